// The names that the examples in the first comments of headers speak of (tools/header_examples).
//
// Nothing here is defined: the examples are compiled, not linked. What several examples speak of stands in
// `everyone`; what one alone does, or has another meaning in, stands in the namespace of its header.
#pragma once

#include <csignal>
#include <cstdio>
#include <iostream>

namespace everyone {

using namespace ringback;
using namespace std::chrono_literals;

using Returns = Task<>;  // what an example's statements are a coroutine of
Task<> before();

struct Page {
  void render();
};
extern std::string url;
extern std::vector<std::string> urls;
Task<Page> fetch(std::string url);

struct Web {
  Task<Page> get(std::string url);
};

extern Pool pool;
extern Loop loop;
Task<> serve();
extern std::string question;
extern std::string text;
void log(std::string_view first, std::string_view second = "");
void print(std::string_view text);
bool is_even(int number);
int square(int number);
Stream<int> numbers();

}  // namespace everyone

using namespace everyone;

namespace of_ringback_async_admit {
extern std::vector<Page> pages;
}
namespace of_ringback_async_completion {
void on_answer(int value, void* user);
void c_library_ask(std::string question, void (*on_answer)(int, void*), void* user);
}  // namespace of_ringback_async_completion
namespace of_ringback_async_future {
int add_up();
}
namespace of_ringback_async_gather {
extern int id;
Task<std::string> load_user(int id);
extern std::vector<Task<Page>> fetches;
}  // namespace of_ringback_async_gather
namespace of_ringback_async_race {
struct PageCache {
  Task<Page> get(std::string key);
};
extern PageCache cache;
extern std::string key;
}  // namespace of_ringback_async_race
namespace of_ringback_async_scope {
extern std::vector<int> peers;
Task<> talk_to(int peer);
Task<> announce();
}  // namespace of_ringback_async_scope
namespace of_ringback_async_started {
Task<TcpListener> listen(int port);
extern Scope& scope;
}  // namespace of_ringback_async_started
namespace of_ringback_async_task_local {
extern std::string request;
Task<> answer(std::string request);
}  // namespace of_ringback_async_task_local
namespace of_ringback_async_retry {
extern Web http;
}
namespace of_ringback_async_start {
extern Web http;
}
namespace of_ringback_async_timeout {
extern Web http;
}
namespace of_ringback_async_wait {
extern Web http;
}
namespace of_ringback_driver_fault_driver {
extern std::size_t k;
}
namespace of_ringback_exec_admission {
int work();
}
namespace of_ringback_http_body {
struct Row {
  std::string text() const;
};
std::shared_ptr<const std::vector<Row>> load_rows();
extern http::Request request;
extern http::Response response;
}  // namespace of_ringback_http_body
namespace of_ringback_http_headers {
extern http::Headers headers;
}  // namespace of_ringback_http_headers
namespace of_ringback_http_parser {
extern std::string_view bytes;
}  // namespace of_ringback_http_parser
namespace of_ringback_http_response {
using Returns = Task<http::Response>;
extern std::string document;
}  // namespace of_ringback_http_response
namespace of_ringback_http_router {
Task<http::Response> find_user(http::Request& request, std::uint64_t id);
Task<http::Response> store_file(http::Request& request, std::string path);
}  // namespace of_ringback_http_router
namespace of_ringback_io_byte_stream {
extern ByteStream& stream;
extern std::span<std::byte> buffer;
}  // namespace of_ringback_io_byte_stream
namespace of_ringback_io_file {
extern std::string line;
}
namespace of_ringback_io_line_reader {
extern ByteStream& stream;
}
namespace of_ringback_io_stream_operation {
struct MyStream {
  void make_read(runtime::StreamPlace& place, std::span<std::byte> into);
  struct MyRead : runtime::StreamOperation {
    MyRead(MyStream& stream, std::span<std::byte> into);
    bool begin(runtime::Waiter& waiter) noexcept override;
    Outcome<std::size_t> take_size() override;
    Outcome<Chunk> take_chunk() override;
  };
  Task<std::size_t> read_and_decrypt(std::span<std::byte> into);
};
}  // namespace of_ringback_io_stream_operation
namespace of_ringback_pipeline_branch {
bool is_question(const std::string& text);
bool is_order(const std::string& text);
extern Pipeline<std::string, std::string> answer;
extern Pipeline<std::string, std::string> order;
extern Pipeline<std::string, std::string> refuse;
struct Hits {};
extern Pipeline<std::string, Hits> search_web;
extern Pipeline<std::string, Hits> search_archive;
Hits merge(Hits web, Hits archive);
std::vector<std::string> split(std::string text);
extern Pipeline<std::string, std::string> summarise;
std::string join(std::vector<std::string> parts);
}  // namespace of_ringback_pipeline_branch
namespace of_ringback_pipeline_emitter {
void call_wang(const std::string& goods);
}
namespace of_ringback_pipeline_pipeline {
struct Docs {};
struct Answer {};
Docs retrieve(std::string question);
Docs rerank(Docs docs);
Task<Answer> write(Docs docs);
extern std::vector<std::string> questions;
}  // namespace of_ringback_pipeline_pipeline
namespace of_ringback_pipeline_resource_pool {
struct Connection {};
Task<Connection> connect(std::string host);
Task<std::string> ask_for_name(Connection& connection);
}  // namespace of_ringback_pipeline_resource_pool
namespace of_ringback_pipeline_stage {
struct Docs {};
struct Token {};
std::vector<std::string> split(std::string text);
Task<Docs> retrieve(std::string question);
Stream<Token> write(Docs docs);
Docs search(std::string question);
}  // namespace of_ringback_pipeline_stage
namespace of_ringback_stream_stream {
bool is_error(const std::string& line);
Stream<int> count();
}  // namespace of_ringback_stream_stream
namespace of_ringback_sync_condition {
extern Mutex mutex;
extern Condition changed;
extern std::vector<int> list;
}  // namespace of_ringback_sync_condition
namespace of_ringback_sync_mutex {
extern Mutex mutex;
}
namespace of_ringback_sync_queue {
extern Page page;
}
namespace of_ringback_testing_simulation {
using namespace ringback::testing;
Task<int> serve_and_ask();
}  // namespace of_ringback_testing_simulation
namespace of_ringback_testing_temporary_folder {
using namespace ringback::testing;
}
namespace of_ringback_testing_census {
using namespace ringback::testing;
void EXPECT_EQ(std::size_t one, std::size_t other);
}  // namespace of_ringback_testing_census
namespace of_ringback_testing_virtual_time {
using namespace ringback::testing;
Task<int> serve_for(std::chrono::hours time);
}  // namespace of_ringback_testing_virtual_time
namespace of_ringback_testing_wait_all_tasks_blocked {
using namespace ringback::testing;
extern Scope& scope;
extern Queue<int>& queue;
Task<> consume(Queue<int>& queue);
}  // namespace of_ringback_testing_wait_all_tasks_blocked
namespace of_ringback_tls_tls_stream {
extern Resolver& resolver;
extern TlsContext& context;
}  // namespace of_ringback_tls_tls_stream
namespace of_ringback_trace_dump_on_signal {
Task<int> serve();
}
namespace of_ringback_trace_stall_detector {
Task<int> serve();
}
namespace of_ringback_trace_log_observer {
using namespace ringback::trace;
extern Pipeline<std::string, Page>& chain;
}  // namespace of_ringback_trace_log_observer
namespace of_ringback_trace_progress_observer {
using namespace ringback::trace;
extern Pipeline<std::string, Page>& chain;
extern std::vector<std::string> inputs;
void draw(std::size_t done, std::optional<std::size_t> total);
}  // namespace of_ringback_trace_progress_observer
namespace of_ringback_trace_timing_observer {
using namespace ringback::trace;
extern Pipeline<std::string, Page>& chain;
}  // namespace of_ringback_trace_timing_observer
namespace of_vectordb_client_client {
using namespace vectordb;
void use(PointId id, float score);
}  // namespace of_vectordb_client_client
namespace of_vectordb_collection_collection {
using namespace vectordb;
extern Database& database;
void use(PointId id, float score);
}  // namespace of_vectordb_collection_collection
namespace of_vectordb_collection_database {
using namespace vectordb;
}
namespace of_vectordb_import_load {
using namespace vectordb;
extern Collection& books;
std::vector<float> embed(std::string_view text);
void draw_bar(const LoadSummary& progress);
}  // namespace of_vectordb_import_load
namespace of_vectordb_json_json_reader {
using namespace vectordb;
extern std::string body;
extern std::size_t limit;
extern std::vector<float> vector;
}  // namespace of_vectordb_json_json_reader
namespace of_vectordb_json_json_writer {
using namespace vectordb;
extern std::vector<float> numbers;
void send(std::string text);
}  // namespace of_vectordb_json_json_writer
namespace of_vectordb_point_point_id {
using namespace vectordb;
}
namespace of_vectordb_server_server {
using namespace vectordb;
}
namespace of_vectordb_text_embedder {
using namespace vectordb;
extern std::vector<std::string> texts;
}  // namespace of_vectordb_text_embedder
