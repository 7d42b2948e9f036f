// An HttpClient against a server that says what a test has written down, in every place.
#pragma once

#include <string>

#include "ringback/http/http_client.h"
#include "ringback/http/scripted_server_test.h"
#include "ringback/io/places_test.h"

namespace ringback::testing_http {

class ClientPlaceTest : public testing_places::PlaceTest {
 protected:
  template <typename T>
  T with(ScriptedServer& server, Task<T> client) {
    return in_place(ScriptedServer::answering(server, std::move(client)));
  }
};

inline Task<std::string> body_of(HttpClient& http, std::string url) {
  const http::Response response = co_await http.get(std::move(url));
  co_return response.body.text();
}

}  // namespace ringback::testing_http
