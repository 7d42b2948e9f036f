// A program has names of its own. With every public header and `using namespace ringback` they stay its own:
// what is not used unqualified by programs is in ringback::runtime or ringback::internal.

#include <cstddef>
#include <tuple>

#include <gtest/gtest.h>

#include "ringback/async/admit.h"
#include "ringback/async/call.h"
#include "ringback/async/completion.h"
#include "ringback/async/context.h"
#include "ringback/async/foreign.h"
#include "ringback/async/future.h"
#include "ringback/async/gather.h"
#include "ringback/async/group.h"
#include "ringback/async/leaf.h"
#include "ringback/async/locals.h"
#include "ringback/async/map.h"
#include "ringback/async/on.h"
#include "ringback/async/on_exit.h"
#include "ringback/async/operation.h"
#include "ringback/async/outcome_of.h"
#include "ringback/async/race.h"
#include "ringback/async/retry.h"
#include "ringback/async/root.h"
#include "ringback/async/run.h"
#include "ringback/async/scope.h"
#include "ringback/async/shield.h"
#include "ringback/async/sleep.h"
#include "ringback/async/start.h"
#include "ringback/async/started.h"
#include "ringback/async/task.h"
#include "ringback/async/task_local.h"
#include "ringback/async/timeout.h"
#include "ringback/async/unhandled.h"
#include "ringback/async/wait.h"
#include "ringback/async/waiter.h"
#include "ringback/async/with_locals.h"
#include "ringback/base/atomic.h"
#include "ringback/base/check.h"
#include "ringback/base/compiler.h"
#include "ringback/base/error.h"
#include "ringback/base/function_name.h"
#include "ringback/base/intrusive_list.h"
#include "ringback/base/outcome.h"
#include "ringback/base/runtime.h"
#include "ringback/base/time.h"
#include "ringback/base/unique_function.h"
#include "ringback/base/version.h"
#include "ringback/driver/chunk.h"
#include "ringback/driver/driver.h"
#include "ringback/driver/fault_driver.h"
#include "ringback/driver/virtual_driver.h"
#include "ringback/exec/adaptive_spin.h"
#include "ringback/exec/admission.h"
#include "ringback/exec/call_unlocked.h"
#include "ringback/exec/chained_hooks.h"
#include "ringback/exec/executor.h"
#include "ringback/exec/executor_list.h"
#include "ringback/exec/frame_memory.h"
#include "ringback/exec/hooks.h"
#include "ringback/exec/inbox.h"
#include "ringback/exec/io_thread.h"
#include "ringback/exec/job.h"
#include "ringback/exec/loop.h"
#include "ringback/exec/new_job.h"
#include "ringback/exec/pool.h"
#include "ringback/exec/process_mark.h"
#include "ringback/exec/thread_state.h"
#include "ringback/exec/timer.h"
#include "ringback/exec/timer_service.h"
#include "ringback/exec/timer_wheel.h"
#include "ringback/http/body.h"
#include "ringback/http/headers.h"
#include "ringback/http/http_client.h"
#include "ringback/http/http_server.h"
#include "ringback/http/method.h"
#include "ringback/http/parser.h"
#include "ringback/http/parser_options.h"
#include "ringback/http/path_parameter.h"
#include "ringback/http/reply.h"
#include "ringback/http/request.h"
#include "ringback/http/response.h"
#include "ringback/http/router.h"
#include "ringback/http/status.h"
#include "ringback/http/target.h"
#include "ringback/http/url.h"
#include "ringback/io/byte_stream.h"
#include "ringback/io/bytes.h"
#include "ringback/io/descriptor.h"
#include "ringback/io/file.h"
#include "ringback/io/kernel_operation.h"
#include "ringback/io/line_reader.h"
#include "ringback/io/pipe.h"
#include "ringback/io/process.h"
#include "ringback/io/process_codec.h"
#include "ringback/io/process_function.h"
#include "ringback/io/process_pool.h"
#include "ringback/io/ready_operation.h"
#include "ringback/io/resource.h"
#include "ringback/io/run_process.h"
#include "ringback/io/signal_set.h"
#include "ringback/io/stream_operation.h"
#include "ringback/net/address.h"
#include "ringback/net/resolver.h"
#include "ringback/net/socket_listener.h"
#include "ringback/net/socket_stream.h"
#include "ringback/net/tcp.h"
#include "ringback/net/tls_engine.h"
#include "ringback/net/udp.h"
#include "ringback/net/unix_socket.h"
#include "ringback/pipeline/branch.h"
#include "ringback/pipeline/cached.h"
#include "ringback/pipeline/emitter.h"
#include "ringback/pipeline/observer.h"
#include "ringback/pipeline/pipeline.h"
#include "ringback/pipeline/resource_pool.h"
#include "ringback/pipeline/stage.h"
#include "ringback/ringback.h"
#include "ringback/stream/generator.h"
#include "ringback/stream/operators.h"
#include "ringback/stream/stream.h"
#include "ringback/stream/stream_core.h"
#include "ringback/sync/capacity_limiter.h"
#include "ringback/sync/condition.h"
#include "ringback/sync/event.h"
#include "ringback/sync/mutex.h"
#include "ringback/sync/queue.h"
#include "ringback/sync/queue_core.h"
#include "ringback/sync/rate_limiter.h"
#include "ringback/sync/semaphore.h"
#include "ringback/sync/waiter_list.h"
#include "ringback/testing/census.h"
#include "ringback/testing/faults.h"
#include "ringback/testing/simulation.h"
#include "ringback/testing/temporary_folder.h"
#include "ringback/testing/unhandled_log.h"
#include "ringback/testing/virtual_time.h"
#include "ringback/testing/wait_all_tasks_blocked.h"
#include "ringback/tls/tls_context.h"
#include "ringback/tls/tls_stream.h"
#include "ringback/trace/dump_on_signal.h"
#include "ringback/trace/log_observer.h"
#include "ringback/trace/progress_observer.h"
#include "ringback/trace/stall_detector.h"
#include "ringback/trace/tasks.h"
#include "ringback/trace/timing_observer.h"

using namespace ringback;

struct Action {};
struct Admit {};
struct Batch {};
struct Block {};
struct Body {};
struct Buffer {};
struct Claim {};
struct Client {};
struct Clock {};
struct Collection {};
struct Column {};
struct Command {};
struct Config {};
struct Connection {};
struct Context {};
struct Counter {};
struct Document {};
struct Driver {};
struct Each {};
struct Engine {};
struct Entry {};
struct Fault {};
struct Frame {};
struct Group {};
struct Guard {};
struct Handle {};
struct Handler {};
struct Held {};
struct Hooks {};
struct Id {};
struct Inbox {};
struct Index {};
struct Item {};
struct Job {};
struct Key {};
struct Leaf {};
struct Link {};
struct List {};
struct Listener {};
struct Lock {};
struct Logger {};
struct Manager {};
struct Message {};
struct Method {};
struct Metrics {};
struct Model {};
struct Name {};
struct Node {};
struct On {};
struct Options {};
struct Order {};
struct Packet {};
struct Page {};
struct Parser {};
struct Point {};
struct Position {};
struct Range {};
struct Record {};
struct Ref {};
struct Request {};
struct Resource {};
struct Response {};
struct Result {};
struct Root {};
struct Row {};
struct Run {};
struct Server {};
struct Service {};
struct Session {};
struct Shield {};
struct Signal {};
struct Sleep {};
struct Slot {};
struct Socket {};
struct Started {};
struct State {};
struct Status {};
struct Step {};
struct Store {};
struct Table {};
struct Tag {};
struct Timeout {};
struct Timer {};
struct Token {};
struct Url {};
struct User {};
struct Value {};
struct Version {};
struct View {};
struct Waiter {};
struct Watch {};
struct When {};
struct Window {};
struct Worker {};
struct Yield {};

namespace {

using Everything =
    std::tuple<Action, Admit, Batch, Block, Body, Buffer, Claim, Client, Clock, Collection, Column, Command, Config,
               Connection, Context, Counter, Document, Driver, Each, Engine, Entry, Fault, Frame, Group, Guard, Handle,
               Handler, Held, Hooks, Id, Inbox, Index, Item, Job, Key, Leaf, Link, List, Listener, Lock, Logger,
               Manager, Message, Method, Metrics, Model, Name, Node, On, Options, Order, Packet, Page, Parser, Point,
               Position, Range, Record, Ref, Request, Resource, Response, Result, Root, Row, Run, Server, Service,
               Session, Shield, Signal, Sleep, Slot, Socket, Started, State, Status, Step, Store, Table, Tag, Timeout,
               Timer, Token, Url, User, Value, Version, View, Waiter, Watch, When, Window, Worker, Yield>;

TEST(EverydayNames, of_a_program_stay_its_own) {
  // Named without its namespace, each is the program's: were there another, this would not compile.
  static_assert(std::tuple_size_v<Everything> > 50);
  Job job;
  run([](Job /*job*/) -> Task<> { co_await sleep(Duration(1)); }(job));
}

}  // namespace
