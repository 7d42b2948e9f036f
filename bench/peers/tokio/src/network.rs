//! An echo server, and many calls at once.
use crate::report::{run_task, tell_port, Workload};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

pub const WORKLOADS: &[Workload] = &[("echo", echo), ("fan_out", fan_out)];

async fn serve(mut peer: TcpStream) -> std::io::Result<()> {
    let mut buffer = [0; 4096];
    loop {
        let got = peer.read(&mut buffer).await?;
        if got == 0 {
            return Ok(());
        }
        peer.write_all(&buffer[..got]).await?;
    }
}

/// Serves until `count` connections have ended.
fn echo(count: u64) -> u64 {
    run_task(async move {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        tell_port(listener.local_addr().unwrap().port());
        let mut peers = Vec::new();
        for _ in 0..count {
            let (peer, _) = listener.accept().await.unwrap();
            peers.push(tokio::spawn(serve(peer)));
        }
        let mut ended = 0;
        for peer in peers {
            ended += u64::from(peer.await.unwrap().is_ok());
        }
        ended
    })
}

async fn call(port: u16, i: u64) -> std::io::Result<u64> {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).await?;
    stream.write_u64_le(i).await?;
    stream.read_u64_le().await
}

/// Calls the server at the port in BENCH_PORT, all at once.
fn fan_out(count: u64) -> u64 {
    let port: u16 = std::env::var("BENCH_PORT").unwrap().parse().unwrap();
    run_task(async move {
        let calls: Vec<_> = (0..count).map(|i| tokio::spawn(call(port, i))).collect();
        let mut sum = 0;
        for call in calls {
            sum += call.await.unwrap().unwrap();
        }
        sum
    })
}
