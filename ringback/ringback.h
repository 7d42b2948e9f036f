// Everything that a program on tasks types, but HTTP, TLS, tracing and testing.
//
//   #include "ringback/ringback.h"
//
//   ringback::Task<int> answer() {
//     co_await ringback::sleep(std::chrono::seconds(1));
//     co_return 42;
//   }
//
// For a first program, and for small ones: it is slow to compile, so a program of many files includes the headers that
// each file needs. HTTP is in ringback/http/http_client.h and http_server.h, TLS in ringback/tls/, what shows a running
// program in ringback/trace/, virtual time and simulated faults in ringback/testing/. The library itself does not
// include this header.
#pragma once

#include "ringback/async/admit.h"
#include "ringback/async/completion.h"
#include "ringback/async/future.h"
#include "ringback/async/gather.h"
#include "ringback/async/map.h"
#include "ringback/async/on.h"
#include "ringback/async/on_exit.h"
#include "ringback/async/outcome_of.h"
#include "ringback/async/race.h"
#include "ringback/async/retry.h"
#include "ringback/async/run.h"
#include "ringback/async/scope.h"
#include "ringback/async/shield.h"
#include "ringback/async/sleep.h"
#include "ringback/async/start.h"
#include "ringback/async/task.h"
#include "ringback/async/task_local.h"
#include "ringback/async/timeout.h"
#include "ringback/async/unhandled.h"
#include "ringback/async/wait.h"
#include "ringback/async/with_locals.h"
#include "ringback/base/error.h"
#include "ringback/base/outcome.h"
#include "ringback/base/time.h"
#include "ringback/base/version.h"
#include "ringback/exec/loop.h"
#include "ringback/exec/pool.h"
#include "ringback/io/byte_stream.h"
#include "ringback/io/file.h"
#include "ringback/io/line_reader.h"
#include "ringback/io/pipe.h"
#include "ringback/io/process.h"
#include "ringback/io/process_pool.h"
#include "ringback/io/run_process.h"
#include "ringback/io/signal_set.h"
#include "ringback/net/address.h"
#include "ringback/net/resolver.h"
#include "ringback/net/tcp.h"
#include "ringback/net/udp.h"
#include "ringback/net/unix_socket.h"
#include "ringback/pipeline/branch.h"
#include "ringback/pipeline/cached.h"
#include "ringback/pipeline/emitter.h"
#include "ringback/pipeline/observer.h"
#include "ringback/pipeline/pipeline.h"
#include "ringback/pipeline/resource_pool.h"
#include "ringback/pipeline/stage.h"
#include "ringback/stream/generator.h"
#include "ringback/stream/operators.h"
#include "ringback/stream/stream.h"
#include "ringback/sync/capacity_limiter.h"
#include "ringback/sync/condition.h"
#include "ringback/sync/event.h"
#include "ringback/sync/mutex.h"
#include "ringback/sync/queue.h"
#include "ringback/sync/rate_limiter.h"
#include "ringback/sync/semaphore.h"
