// One producer, two consumers, and a queue between them that makes the fast side wait.
#include <cstdio>

#include "ringback/async/gather.h"
#include "ringback/async/run.h"
#include "ringback/async/sleep.h"
#include "ringback/driver/virtual_driver.h"
#include "ringback/sync/queue.h"

using namespace ringback;
using namespace std::chrono_literals;

// [producer]
Task<> producer(Queue<int>& queue, int count) {
  for (int id = 0; id < count; ++id) {
    co_await queue.put(id);  // waits while the queue is full
    std::printf("made vector_%d\n", id);
    co_await sleep(100ms);
  }
  queue.close();  // what is in it can still be taken; then every consumer hears of the end
}
// [/producer]

// [consumer]
Task<> consumer(Queue<int>& queue, const char* name) {
  for (;;) {
    auto id = co_await queue.next();
    if (!id) break;
    std::printf("%s takes vector_%d\n", name, *id);
    co_await sleep(150ms);
  }
}
// [/consumer]

// [main]
Task<> producer_consumer() {
  Queue<int> queue(5);
  co_await gather(producer(queue, 5), consumer(queue, "consumer A"), consumer(queue, "consumer B"));
}
// [/main]

int main() { run(producer_consumer(), {.loop = {.driver = std::make_unique<VirtualDriver>()}}); }
