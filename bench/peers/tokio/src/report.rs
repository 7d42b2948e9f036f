//! One workload, run once and reported as one line of JSON.
use std::io::Write;

pub type Workload = (&'static str, fn(u64) -> u64);

fn clock_ns(clock: libc::clockid_t) -> u64 {
    let mut now = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    unsafe { libc::clock_gettime(clock, &mut now) };
    now.tv_sec as u64 * 1_000_000_000 + now.tv_nsec as u64
}

fn peak_bytes() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim().trim_end_matches(" kB").parse::<u64>().unwrap() * 1024
}

pub fn run(name: &str, workload: fn(u64) -> u64, count: u64) {
    let bytes = peak_bytes();
    let wall = clock_ns(libc::CLOCK_MONOTONIC);
    let cpu = clock_ns(libc::CLOCK_PROCESS_CPUTIME_ID);
    let checksum = workload(count);
    let cpu_ns = clock_ns(libc::CLOCK_PROCESS_CPUTIME_ID) - cpu;
    let wall_ns = clock_ns(libc::CLOCK_MONOTONIC) - wall;
    let bytes = peak_bytes() - bytes;
    println!(
        "{{\"workload\": \"{name}\", \"operations\": {count}, \"checksum\": {checksum}, \
         \"wall_ns\": {wall_ns}, \"cpu_ns\": {cpu_ns}, \"bytes\": {bytes}}}"
    );
}

/// Keeps the calling thread on one processor, counted among those the program was given.
pub fn pin_thread(index: usize) {
    unsafe {
        let mut given = std::mem::zeroed::<libc::cpu_set_t>();
        let size = std::mem::size_of_val(&given);
        libc::sched_getaffinity(0, size, &mut given);
        let cpu = (0..libc::CPU_SETSIZE as usize).filter(|cpu| libc::CPU_ISSET(*cpu, &given)).nth(index);
        if let Some(cpu) = cpu {
            let mut one = std::mem::zeroed::<libc::cpu_set_t>();
            libc::CPU_SET(cpu, &mut one);
            libc::sched_setaffinity(0, size, &one);
        }
    }
}

pub fn tell_port(port: u16) {
    println!("port {port}");
    std::io::stdout().flush().unwrap();
}

/// Runs `work` as a task: what block_on() itself is given is slower to wake.
pub fn run_task<T: Send + 'static>(work: impl std::future::Future<Output = T> + Send + 'static) -> T {
    current_thread().block_on(async { tokio::spawn(work).await.unwrap() })
}

pub fn current_thread() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap()
}

pub fn two_workers() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap()
}
