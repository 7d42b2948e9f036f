//! hyper: a server that says hello, on one thread of Tokio. See bench/README.md for the protocol.
#[allow(dead_code)]
#[path = "../../tokio/src/report.rs"]
mod report;

use hyper::header::{HeaderValue, CONTENT_TYPE};
use hyper::server::conn::Http;
use hyper::service::service_fn;
use hyper::{Body, Request, Response};
use std::convert::Infallible;
use tokio::net::TcpListener;

async fn hello(_: Request<Body>) -> Result<Response<Body>, Infallible> {
    let mut response = Response::new(Body::from("Hello, world!"));
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    Ok(response)
}

/// Serves until `count` connections have ended.
fn http(count: u64) -> u64 {
    report::run_task(async move {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        report::tell_port(listener.local_addr().unwrap().port());
        let mut server = Http::new();
        server.http1_only(true).pipeline_flush(true);
        let mut peers = Vec::new();
        for _ in 0..count {
            let (peer, _) = listener.accept().await.unwrap();
            peer.set_nodelay(true).unwrap();
            peers.push(tokio::spawn(server.serve_connection(peer, service_fn(hello))));
        }
        let mut ended = 0;
        for peer in peers {
            ended += u64::from(peer.await.unwrap().is_ok());
        }
        ended
    })
}

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let count: u64 = arguments.get(2).and_then(|text| text.parse().ok()).unwrap_or(0);
    if count > 0 && arguments[1] == "http" {
        report::run("http", http, count);
        return;
    }
    eprintln!("usage: hyper WORKLOAD COUNT, with WORKLOAD one of\n  http");
    std::process::exit(2);
}
