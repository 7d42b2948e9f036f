// What stands in for a remote database in compare: this machine's packages in the vector database, in a
// process of its own, answering over HTTP.
//
//   POST /collections/packages/points/query                   at once
//   POST /later/50000000/collections/packages/points/query    50 ms later (nanoseconds)
//
// It holds two collections of texts: `packages`, all of them, and `sample`, kSampleSize spread evenly over
// all, whose searches take so little that what is measured is the waiting.
#pragma once

#include <iosfwd>
#include <string>
#include <vector>

#include "cli/package_texts.h"
#include "ringback/async/task.h"
#include "vectordb/collection/database.h"
#include "vectordb/server/server.h"

namespace ringback::demo {

constexpr std::size_t kSampleSize = 2000;
constexpr const char* kSample = "sample";
constexpr const char* kPackages = "packages";

// Makes a collection of `texts`, with a model of their words in its metadata. Errors: those of the Database.
Task<> fill_collection(vectordb::Database& database, std::string name, std::vector<cli::TextRecord> texts);

// Takes "/later/N" off the front of a request's target, and gives N, as nanoseconds. Zero without it.
Duration take_latency(http::Request& request);

// Put around the server's answers: delays them by waiting, or as a blocking server would, by holding up
// its thread.
Task<http::Response> delayed(http::Request& request, Task<http::Response> answer);
Task<http::Response> delayed_blocking(http::Request& request, Task<http::Response> answer);

// The hidden command `serve-packages [--sample] [--blocking] [--records FILE]`: prints "port N", then serves
// until SIGTERM; with --sample that collection alone. Errors: UsageError, Error.
int serve_packages_command(const std::vector<std::string>& words, std::ostream& out);

}  // namespace ringback::demo
