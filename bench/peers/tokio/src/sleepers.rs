//! Tasks that sleep, all at once.
use crate::report::{run_task, Workload};
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

pub const WORKLOADS: &[Workload] = &[
    ("sleepers", |count| sleep_all(count, |_| Duration::from_millis(100))),
    ("sleepers_spread", |count| sleep_all(count, |i| Duration::from_micros(50_000 + i * 7919 % 100_000))),
];

fn sleep_all(count: u64, length: fn(u64) -> Duration) -> u64 {
    static SUM: AtomicU64 = AtomicU64::new(0);
    run_task(async move {
        let sleepers: Vec<_> = (0..count)
            .map(|i| {
                tokio::spawn(async move {
                    tokio::time::sleep(length(i)).await;
                    SUM.fetch_add(i, Relaxed);
                })
            })
            .collect();
        for sleeper in sleepers {
            sleeper.await.unwrap();
        }
    });
    SUM.load(Relaxed)
}
