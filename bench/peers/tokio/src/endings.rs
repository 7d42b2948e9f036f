//! Errors, cancellation and timeouts.
use crate::report::{run_task, Workload};
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Notify;
use tokio::time::timeout;

pub const WORKLOADS: &[Workload] =
    &[("error", error), ("cancel", cancel), ("timeout", timeout_at_once), ("timeout_yield", timeout_yield)];

const ERROR_DEPTH: u64 = 10;

type Failing = Pin<Box<dyn Future<Output = Result<u64, std::io::Error>> + Send>>;

fn fail_below(depth: u64) -> Failing {
    Box::pin(async move {
        if depth == 0 {
            return Err(std::io::Error::new(std::io::ErrorKind::ConnectionRefused, "no one is there"));
        }
        let value = fail_below(depth - 1).await?;
        Ok(value + 1)
    })
}

fn error(count: u64) -> u64 {
    run_task(async move {
        let mut caught = 0;
        for _ in 0..count {
            caught += u64::from(fail_below(ERROR_DEPTH - 1).await.is_err());
        }
        caught
    })
}

fn cancel(count: u64) -> u64 {
    run_task(async move {
        let never = Arc::new(Notify::new());
        let waiters: Vec<_> = (0..count)
            .map(|_| {
                let never = never.clone();
                tokio::spawn(async move { never.notified().await })
            })
            .collect();
        tokio::task::yield_now().await; // now all wait
        waiters.iter().for_each(|waiter| waiter.abort());
        let mut cancelled = 0;
        for waiter in waiters {
            cancelled += u64::from(waiter.await.unwrap_err().is_cancelled());
        }
        cancelled
    })
}

fn timeout_at_once(count: u64) -> u64 {
    run_task(async move {
        let mut done = 0;
        for _ in 0..count {
            done += u64::from(timeout(Duration::from_secs(1), std::future::ready(())).await.is_ok());
        }
        done
    })
}

fn timeout_yield(count: u64) -> u64 {
    run_task(async move {
        let mut done = 0;
        for _ in 0..count {
            done += u64::from(timeout(Duration::from_secs(1), tokio::task::yield_now()).await.is_ok());
        }
        done
    })
}
