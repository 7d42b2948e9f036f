//! Tokio, on the same work as bench/ringback. See bench/README.md for the protocol.
mod endings;
mod network;
mod pool;
mod report;
mod sleepers;
mod tasks;

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let count: u64 = arguments.get(2).and_then(|text| text.parse().ok()).unwrap_or(0);
    let workloads = [tasks::WORKLOADS, sleepers::WORKLOADS, pool::WORKLOADS, network::WORKLOADS, endings::WORKLOADS].concat();
    let name = arguments.get(1).map(String::as_str).unwrap_or("");
    match workloads.iter().find(|(each, _)| *each == name) {
        Some((name, run)) if count > 0 => report::run(name, *run, count),
        _ => {
            eprintln!("usage: tokio WORKLOAD COUNT, with WORKLOAD one of");
            for (name, _) in &workloads {
                eprintln!("  {name}");
            }
            std::process::exit(2);
        }
    }
}
