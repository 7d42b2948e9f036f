// The vector database, as a stranger would use it: linked in, and its headers included.
#include <ringback/async/wait.h>
#include <vectordb/collection/database.h>

#include <cstdio>
#include <cstdlib>

namespace {

// Before main(), which is that of the library's own consumer.
struct Try {
  Try() {
    vectordb::Database database;
    const vectordb::Collection points = ringback::wait(database.create("points", {.dimension = 2}));
    ringback::wait(points.upsert({{.id = 1, .vector = {1, 2}}}));
    const bool found = ringback::wait(points.search({1, 2})).size() == 1;
    std::printf("vectordb: %s\n", found ? "good" : "nothing was found");
    if (!found) std::exit(1);
  }
};
const Try once;

}  // namespace
