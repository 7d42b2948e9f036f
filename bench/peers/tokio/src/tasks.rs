//! Tasks and queues of one thread, and a queue between two.
use crate::report::{pin_thread, run_task, two_workers, Workload};
use tokio::sync::mpsc;

pub const WORKLOADS: &[Workload] = &[
    ("spawn", spawn),
    ("spawn_future", spawn_future),
    ("yield", yields),
    ("ping_pong", ping_pong),
    ("queue", queue),
    ("queue_threads", queue_threads),
    ("queue_threads_one_runtime", queue_threads_one_runtime),
];

const BATCH: u64 = 64;
const QUEUE: usize = 64;
const YIELDERS: u64 = 4;

async fn give(i: u64) -> u64 {
    i
}

fn spawn(count: u64) -> u64 {
    run_task(async move {
        let mut sum = 0;
        let mut children = Vec::with_capacity(BATCH as usize);
        for at in (0..count).step_by(BATCH as usize) {
            children.extend((at..at + BATCH).map(|i| tokio::spawn(give(i))));
            for child in children.drain(..) {
                sum += child.await.unwrap();
            }
        }
        sum
    })
}

fn spawn_future(count: u64) -> u64 {
    run_task(async move {
        let mut sum = 0;
        for i in 0..count {
            sum += tokio::spawn(give(i)).await.unwrap();
        }
        sum
    })
}

fn yields(count: u64) -> u64 {
    run_task(async move {
        let one = || async move {
            let mut done = 0;
            for _ in 0..count / YIELDERS {
                tokio::task::yield_now().await;
                done += 1;
            }
            done
        };
        let tasks: Vec<_> = (0..YIELDERS).map(|_| tokio::spawn(one())).collect();
        let mut sum = 0;
        for task in tasks {
            sum += task.await.unwrap();
        }
        sum
    })
}

fn ping_pong(count: u64) -> u64 {
    run_task(async move {
        let (there, mut from_there) = mpsc::channel(1);
        let (back, mut from_back) = mpsc::channel(1);
        tokio::spawn(async move {
            while let Some(item) = from_there.recv().await {
                back.send(item).await.unwrap();
            }
        });
        let mut sum = 0;
        for i in 0..count / 2 {
            there.send(i).await.unwrap();
            sum += from_back.recv().await.unwrap();
        }
        sum
    })
}

async fn produce(count: u64, queue: mpsc::Sender<u64>) {
    for i in 0..count {
        queue.send(i).await.unwrap();
    }
}

async fn consume(mut queue: mpsc::Receiver<u64>) -> u64 {
    let mut sum = 0;
    while let Some(item) = queue.recv().await {
        sum += item;
    }
    sum
}

fn queue(count: u64) -> u64 {
    run_task(async move {
        let (sender, receiver) = mpsc::channel(QUEUE);
        tokio::spawn(produce(count, sender));
        consume(receiver).await
    })
}

/// A runtime on each of two pinned threads.
fn queue_threads(count: u64) -> u64 {
    let (sender, receiver) = mpsc::channel(QUEUE);
    let producer = std::thread::spawn(move || {
        pin_thread(1);
        run_task(produce(count, sender));
    });
    pin_thread(0);
    let sum = run_task(consume(receiver));
    producer.join().unwrap();
    sum
}

/// One runtime of two workers, which may run both tasks on one of them.
fn queue_threads_one_runtime(count: u64) -> u64 {
    two_workers().block_on(async {
        let (sender, receiver) = mpsc::channel(QUEUE);
        tokio::spawn(produce(count, sender));
        tokio::spawn(consume(receiver)).await.unwrap()
    })
}
