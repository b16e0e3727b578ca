//! Echo over loopback: our server with decoding and recording on, against a bare
//! tokio-tungstenite. Server and load have a CPU each.

use crate::capture;
use crate::table::{Line, in_turns, short};
use futures_util::{SinkExt as _, StreamExt as _};
use std::fs::File;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use wsscope::engine::Engine;
use wsscope::engine::order::Order;
use wsscope::protocol::Behaviour;
use wsscope::protocol::connection::Settings;

const ROUNDS: usize = 5;

/// `while let Some(message) = ws.next().await { ws.send(message).await }`, or with one
/// flush for all messages that were read at once.
pub fn serve_bare(batch: bool) {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .expect("a runtime");
    runtime.block_on(async {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        println!("{}", listener.local_addr().expect("a bound socket"));
        let serve = async move {
            while let Ok((stream, _)) = listener.accept().await {
                stream.set_nodelay(true).expect("an open socket");
                tokio::spawn(async move {
                    let Ok(mut socket) = tokio_tungstenite::accept_async(stream).await else {
                        return;
                    };
                    while let Some(Ok(message)) = socket.next().await {
                        let sent = if batch {
                            let mut sent = socket.feed(message).await;
                            while let Some(Some(Ok(more))) =
                                futures_util::FutureExt::now_or_never(socket.next())
                            {
                                sent = sent.and(socket.feed(more).await);
                            }
                            sent.and(socket.flush().await)
                        } else {
                            socket.send(message).await
                        };
                        if sent.is_err() {
                            return;
                        }
                    }
                });
            }
        };
        tokio::spawn(serve).await.expect("until killed");
    });
}

/// The engine of wsscope, echoing and recording to this file.
pub fn serve_recorded(capture: &str) {
    let file = File::options()
        .read(true)
        .write(true)
        .create(true)
        .truncate(true)
        .open(capture)
        .expect("a file that can be written");
    let (sender, woken) = std::sync::mpsc::sync_channel(1);
    let wake = Arc::new(move || {
        let _ = sender.try_send(());
    });
    let folder = Path::new(capture).parent().map(Path::to_path_buf);
    let engine = Engine::start(file, folder, wake).expect("an engine");
    let behaviour = Behaviour { echo: true, ..Behaviour::default() };
    engine.order(Order::Listen {
        address: "127.0.0.1:0".parse().expect("an address"),
        next_free: false,
        settings: Settings { behaviour, ..Settings::default() },
        tls: None,
    });
    let mut told = false;
    while woken.recv().is_ok() {
        if let (false, Some(address)) = (told, engine.status(|status| status.listening)) {
            println!("{address}");
            told = true;
        }
    }
}

/// A server in a process and on a CPU of its own.
struct Server {
    child: Child,
    address: String,
}

impl Server {
    fn start(words: &[&str]) -> Server {
        let mut child = pinned("0", words).stdout(Stdio::piped()).spawn().expect("a process");
        let out = child.stdout.take().expect("it is piped");
        let mut address = String::new();
        BufReader::new(out).read_line(&mut address).expect("the address");
        Server { child, address: address.trim().to_owned() }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn pinned(cpu: &str, words: &[&str]) -> Command {
    let mut command = Command::new("taskset");
    command.args(["-c", cpu]).arg(std::env::current_exe().expect("this program")).args(words);
    command
}

/// Messages a second.
fn messages(server: &[&str], connections: usize, in_flight: usize, size: usize) -> f64 {
    let server = Server::start(server);
    let figures = [connections, in_flight, size].map(|n| n.to_string());
    let words = ["load", &server.address, &figures[0], &figures[1], &figures[2]];
    let output = pinned("1", &words).stderr(Stdio::inherit()).output().expect("a process");
    String::from_utf8_lossy(&output.stdout).trim().parse().expect("a figure")
}

/// The lines of this group.
pub fn lines() -> Vec<Line> {
    let work = "echo server, recording";
    let two = std::thread::available_parallelism().is_ok_and(|cpus| cpus.get() >= 2);
    if !two || Command::new("taskset").arg("--version").output().is_err() {
        return vec![Line::missing(work, "needs two CPUs and taskset")];
    }
    let folder = capture::folder();
    let place = if folder.path().starts_with("/dev/shm") { "tmpfs" } else { "disk" };
    let capture = folder.path().join("echo.pcapng");
    let ours = ["serve-recorded", capture.to_str().expect("a plain name")];
    let mut lines = Vec::new();
    for (size, in_flight, target) in
        [(64, 64, Some(4.0)), (64, 1, Some(1.0)), (1024, 64, Some(1.0)), (16 * 1024, 64, Some(0.5))]
    {
        for batch in ["each", "batch"] {
            let batched = batch == "batch";
            if batched && (size, in_flight) != (64, 64) {
                continue;
            }
            let (mine, theirs) = in_turns(
                ROUNDS,
                || messages(&ours, 100, in_flight, size),
                || messages(&["serve-bare", batch], 100, in_flight, size),
            );
            let flush = if batched { ", one flush a batch" } else { "" };
            lines.push(Line::ratio(
                &format!("{work} to {place}: {size} B, 100 connections, {in_flight} in flight"),
                format!("{}/s", short(mine)),
                format!("bare tokio-tungstenite{flush} {}/s", short(theirs)),
                mine / theirs,
                target.filter(|_| !batched),
            ));
        }
    }
    lines
}
