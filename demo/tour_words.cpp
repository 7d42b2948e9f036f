#include "demo/tour_words.h"

namespace ringback::demo {
namespace {

constexpr TourWords kChinese{
    .intro = "每个测得的时间旁边，方括号里是原文给出的时间：只算等待。",

    .basics_title = "=== 1. 基础对比 ===",
    .sync_three = "同步执行 3 个任务：",
    .async_three = "异步执行 3 个任务：",
    .sync_begins = "[同步] {} 开始",
    .sync_ends = "[同步] {} 完成",
    .async_begins = "[异步] {} 开始",
    .async_ends = "[异步] {} 完成",
    .sync_total = "同步总耗时: {}",
    .async_total = "异步总耗时: {}",

    .search_title = "=== 2. 向量数据库查询对比 ===",
    .sync_search = "同步批量查询 10 个向量：",
    .async_search = "异步批量查询 10 个向量：",
    .sync_took = "同步耗时: {}",
    .async_took = "异步耗时: {}",
    .got = "获得 {} 个结果",

    .callback_title = "=== 3. 回调 vs async/await ===",
    .callback_style = "回调风格执行：",
    .await_style = "async/await 风格执行：",
    .callback_done = "回调完成: {}",
    .await_done = "异步完成: {}",

    .error_title = "=== 4. 错误处理 ===",
    .simulated_error = "模拟错误",
    .success = "成功",
    .caught = "捕获错误: {}",
    .task_succeeded = "任务 {} 成功: {}",
    .task_failed = "任务 {} 失败: {}",

    .timeout_title = "=== 5. 超时控制 ===",
    .finished = "完成",
    .result = "结果: {}",
    .timed_out = "操作超时！",

    .limit_title = "=== 6. 并发限制（信号量）===",
    .limited_begins = "任务 {} 开始（并发中）",
    .limited_ends = "任务 {} 完成",
    .took = "耗时: {}",
    .results = "结果: {}",

    .insert_title = "=== 7. 向量数据库批量插入 ===",
    .inserted = "插入 {} 条，耗时: {}",
    .if_sync = "；同步需要 {}",

    .queue_title = "=== 8. 生产者-消费者模式 ===",
    .consumer_a = "消费者A",
    .consumer_b = "消费者B",
    .produced = "生产: vector_{}",
    .consumed = "{} 消费: vector_{}",
    .both_ended = "两个消费者都已结束",

    .textbook = "原文 {}",
};

constexpr TourWords kEnglish{
    .intro = "Beside each measured time, in brackets, stands the textbook's: the waits alone.",

    .basics_title = "=== 1. The basics ===",
    .sync_three = "Three tasks, synchronously:",
    .async_three = "Three tasks, asynchronously:",
    .sync_begins = "[sync] {} begins",
    .sync_ends = "[sync] {} done",
    .async_begins = "[async] {} begins",
    .async_ends = "[async] {} done",
    .sync_total = "sync total: {}",
    .async_total = "async total: {}",

    .search_title = "=== 2. Searching a vector database ===",
    .sync_search = "Ten vectors searched, synchronously:",
    .async_search = "Ten vectors searched, asynchronously:",
    .sync_took = "sync time: {}",
    .async_took = "async time: {}",
    .got = "got {} results",

    .callback_title = "=== 3. Callback vs async/await ===",
    .callback_style = "Callback style:",
    .await_style = "async/await style:",
    .callback_done = "callback done: {}",
    .await_done = "await done: {}",

    .error_title = "=== 4. Handling errors ===",
    .simulated_error = "simulated error",
    .success = "ok",
    .caught = "caught: {}",
    .task_succeeded = "task {} succeeded: {}",
    .task_failed = "task {} failed: {}",

    .timeout_title = "=== 5. Timeouts ===",
    .finished = "finished",
    .result = "result: {}",
    .timed_out = "the operation timed out!",

    .limit_title = "=== 6. Bounded concurrency (semaphore) ===",
    .limited_begins = "task {} begins (concurrently)",
    .limited_ends = "task {} done",
    .took = "time: {}",
    .results = "results: {}",

    .insert_title = "=== 7. Batch insert into a vector database ===",
    .inserted = "inserted {}, time: {}",
    .if_sync = "; synchronously {}",

    .queue_title = "=== 8. Producer and consumers ===",
    .consumer_a = "consumer A",
    .consumer_b = "consumer B",
    .produced = "produced: vector_{}",
    .consumed = "{} consumed: vector_{}",
    .both_ended = "both consumers have ended",

    .textbook = "textbook {}",
};

}  // namespace

const TourWords& tour_words(Language language) { return language == Language::zh ? kChinese : kEnglish; }

}  // namespace ringback::demo
