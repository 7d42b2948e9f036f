//! A runtime of two workers as a pool.
use crate::report::{run_task, two_workers, Workload};
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::Arc;
use tokio::sync::oneshot;

pub const WORKLOADS: &[Workload] =
    &[("pool_inside", inside), ("pool_outside", outside), ("pool_round_trip", round_trip)];

/// Counts jobs, and tells of the last.
struct Jobs {
    count: u64,
    done: AtomicU64,
    all: std::sync::Mutex<Option<oneshot::Sender<()>>>,
}

impl Jobs {
    fn new(count: u64) -> (Arc<Jobs>, oneshot::Receiver<()>) {
        let (sender, receiver) = oneshot::channel();
        let all = std::sync::Mutex::new(Some(sender));
        (Arc::new(Jobs { count, done: AtomicU64::new(0), all }), receiver)
    }

    fn submit(self: &Arc<Jobs>) {
        let jobs = self.clone();
        tokio::spawn(async move {
            if jobs.done.fetch_add(1, Relaxed) + 1 == jobs.count {
                jobs.all.lock().unwrap().take().unwrap().send(()).unwrap();
            }
        });
    }
}

fn inside(count: u64) -> u64 {
    let (jobs, all) = Jobs::new(count);
    let submitted = jobs.clone();
    two_workers().block_on(async move {
        tokio::spawn(async move {
            for _ in 0..count {
                submitted.submit();
            }
        });
        all.await.unwrap();
    });
    jobs.done.load(Relaxed)
}

fn outside(count: u64) -> u64 {
    let (jobs, all) = Jobs::new(count);
    let pool = two_workers();
    let entered = pool.enter();
    for _ in 0..count {
        jobs.submit();
    }
    pool.block_on(async { all.await.unwrap() });
    drop(entered);
    jobs.done.load(Relaxed)
}

fn round_trip(count: u64) -> u64 {
    let pool = two_workers();
    run_task(async move {
        let mut sum = 0;
        for i in 0..count {
            sum += pool.spawn(async move { i }).await.unwrap();
        }
        pool.shutdown_background();
        sum
    })
}
