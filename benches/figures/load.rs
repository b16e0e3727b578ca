//! The load: connections that keep a number of messages under way each, with
//! frames made beforehand, so that the server is what is measured.

use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use wsscope::protocol::header::write_frame;
use wsscope::protocol::{Header, Opcode};

const WARM_UP: Duration = Duration::from_millis(500);
const MEASURED: Duration = Duration::from_millis(2000);

const REQUEST: &str = "GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\n\
    Connection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\
    Sec-WebSocket-Version: 13\r\n\r\n";

async fn connection(address: &str, in_flight: usize, size: usize, begin: Instant) -> u64 {
    let mut stream = TcpStream::connect(address).await.expect("the server listens");
    stream.set_nodelay(true).expect("an open socket");
    stream.write_all(REQUEST.as_bytes()).await.expect("the server reads");
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.expect("a response"));
    }
    let mut frames = Vec::new();
    for i in 0..in_flight {
        let key = (0x1234_5678 + i as u32).to_be_bytes();
        let header = Header::new(Opcode::BINARY, size as u64, Some(key));
        write_frame(&header, &vec![0x5A; size], &mut frames);
    }
    let frame = frames.len() / in_flight;
    let echo = Header::new(Opcode::BINARY, size as u64, None).octets() + size;
    stream.write_all(&frames).await.expect("the server reads");
    let (from, until) = (begin + WARM_UP, begin + WARM_UP + MEASURED);
    let mut buffer = vec![0; 256 * 1024];
    let (mut came, mut counted) = (0, 0u64);
    loop {
        let n = stream.read(&mut buffer).await.expect("an echo");
        assert!(n > 0, "the server ended the connection");
        came += n;
        let whole = came / echo;
        came %= echo;
        let now = Instant::now();
        if now >= until {
            return counted;
        }
        if now >= from {
            counted += whole as u64;
        }
        stream.write_all(&frames[..whole * frame]).await.expect("the server reads");
    }
}

/// Prints the messages echoed in a second.
pub fn run(address: &str, connections: usize, in_flight: usize, size: usize) {
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let begin = Instant::now();
    let total = runtime.block_on(async {
        let mut tasks = tokio::task::JoinSet::new();
        for _ in 0..connections {
            let address = address.to_owned();
            tasks.spawn(async move { connection(&address, in_flight, size, begin).await });
        }
        let mut total = 0;
        while let Some(counted) = tasks.join_next().await {
            total += counted.expect("a connection that lasted");
        }
        total
    });
    println!("{}", total as f64 / MEASURED.as_secs_f64());
}
