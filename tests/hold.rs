//! Hold and delay over real sockets: through the engine's orders, and on the command line.

use super::run::{LIMIT, Run, after_open, time, words};
use super::wire::{BINARY, CLOSE, End, PING, PONG, TEXT, Wire, close_body, frame, request};
use std::sync::Arc;
use std::time::{Duration, Instant};
use wsscope::engine::Engine;
use wsscope::engine::address::ListenAddress;
use wsscope::engine::order::{ConnectionOrder, Order};
use wsscope::engine::status::Holding;
use wsscope::protocol::connection::{HeldWhat, Settings};
use wsscope::protocol::{Action, Behaviour, ReadyState, Role};

/// An engine that listens, and its port.
struct Listening {
    engine: Engine,
    port: u16,
}

impl Listening {
    fn new(settings: Settings) -> Listening {
        let file = tempfile::tempfile().expect("a file");
        let engine = Engine::start(file, None, Arc::new(|| ())).expect("an engine");
        let address = ListenAddress { host: "127.0.0.1".into(), port: 0 };
        assert!(engine.order(Order::Listen { address, next_free: false, settings, tls: None }));
        let mut listening = Listening { engine, port: 0 };
        listening.port = listening.wait("it listens", |engine| {
            engine.status(|status| status.listening).map(|address| address.port())
        });
        listening
    }

    #[track_caller]
    fn wait<T>(&self, what: &str, look: impl Fn(&Engine) -> Option<T>) -> T {
        let begin = Instant::now();
        loop {
            if let Some(found) = look(&self.engine) {
                return found;
            }
            let held = self.holding();
            assert!(begin.elapsed() < LIMIT, "{what}, in vain: {held:?}");
            std::thread::sleep(Duration::from_millis(2));
        }
    }

    fn order(&self, order: ConnectionOrder) {
        assert!(self.engine.order(Order::One(1, order)));
    }

    /// What the first connection holds.
    fn holding(&self) -> Holding {
        self.engine.status(|status| status.held.get(&1).cloned()).unwrap_or_default()
    }

    #[track_caller]
    fn wait_for(&self, count: usize) -> Holding {
        self.wait(&format!("{count} wait"), |_| {
            Some(self.holding()).filter(|holding| holding.count == count)
        })
    }

    /// What this end is, as the log saw it.
    fn state(&self) -> ReadyState {
        self.engine.log().read().connections()[0].closing.ready_state(Role::Server)
    }
}

/// Settings of a server that echoes.
fn echoing(hold: bool) -> Settings {
    let behaviour = Behaviour { echo: true, ..Behaviour::default() };
    Settings { behaviour, hold, ..Settings::default() }
}

#[test]
fn what_a_connection_sends_waits_goes_and_is_dropped_by_order() {
    let listening = Listening::new(echoing(true));
    let mut client = Wire::connect(listening.port);
    client.send(request("").as_bytes());
    let first = listening.wait_for(1).first.remove(0);
    assert_eq!(first.what, HeldWhat::Head("HTTP/1.1 101 Switching Protocols".into()));
    client.quiet_for(Duration::from_millis(50));
    listening.order(ConnectionOrder::Release);
    assert!(client.head().starts_with("HTTP/1.1 101"));
    client.send_frame(PING, b"p");
    client.send_frame(TEXT, b"one");
    client.send_frame(TEXT, b"two");
    listening.wait_for(3);
    listening.order(ConnectionOrder::Perform(vec![Action::text("mine"), Action::Fin]));
    let waits = listening.wait_for(5);
    // The second echo never goes, ours goes before all else.
    listening.order(ConnectionOrder::Drop(waits.first[2].id));
    listening.order(ConnectionOrder::LetThrough(waits.first[3].id));
    client.expect(TEXT, b"mine");
    listening.wait_for(3);
    client.quiet_for(Duration::from_millis(50));
    assert_eq!(listening.state(), ReadyState::Open);
    listening.order(ConnectionOrder::LetAllThrough);
    client.expect(PONG, b"p");
    client.expect(TEXT, b"one");
    client.expect_end(End::Fin);
    assert_eq!(listening.wait_for(0), Holding { on_hold: true, ..Holding::default() });
    // The hold is over once the connection is.
    client.fin();
    listening.wait("the connection ends", |engine| {
        engine.status(|status| status.held.is_empty()).then_some(())
    });
}

#[test]
fn a_flood_on_hold_is_bounded_and_goes_on_when_it_is_let_go() {
    const MESSAGES: usize = 400;
    let listening = Listening::new(Settings { deflate: None, ..echoing(false) });
    let mut client = Wire::open(listening.port);
    listening.order(ConnectionOrder::Hold(true));
    listening.wait("it is on hold", |_| listening.holding().on_hold.then_some(()));
    let message = vec![7; 64 << 10];
    let flood = frame(BINARY, Some([1, 2, 3, 4]), &message);
    let mut writer = client.clone();
    let writing = std::thread::spawn(move || (0..MESSAGES).for_each(|_| writer.send(&flood)));
    // Reading stops: of 25 MiB a little more than 4 wait.
    let full = listening.wait("the queue is full", |_| {
        Some(listening.holding().count).filter(|count| count * message.len() >= 4 << 20)
    });
    std::thread::sleep(Duration::from_millis(300));
    let later = listening.holding().count;
    assert!(later * message.len() < 5 << 20, "{full}, then {later} messages");
    assert!(!writing.is_finished(), "the peer's sends pile up");
    listening.order(ConnectionOrder::Hold(false));
    for _ in 0..MESSAGES {
        client.expect(BINARY, &message);
    }
    writing.join().expect("all was written");
    client.send_close(1000, "");
    client.expect_close(1000, "");
}

#[test]
fn shutting_down_waits_for_no_hold() {
    let mut listening = Listening::new(echoing(true));
    // One whose 101 waits, and one whose answer to a Close does.
    let mut opening = Wire::connect(listening.port);
    opening.send(request("").as_bytes());
    listening.wait_for(1);
    assert!(listening.engine.order(Order::Hold(false)));
    assert!(opening.head().starts_with("HTTP/1.1 101"));
    assert!(listening.engine.order(Order::Hold(true)));
    listening.wait("it is on hold", |_| listening.holding().on_hold.then_some(()));
    opening.send_frame(TEXT, b"x");
    opening.send_close(1000, "");
    listening.wait_for(2);
    let mut second = Wire::connect(listening.port);
    second.send(request("").as_bytes());
    listening.wait("the second 101 waits", |engine| {
        engine.status(|status| status.held.get(&2).filter(|h| h.count == 1).map(|_| ()))
    });
    let begin = Instant::now();
    assert!(listening.engine.order(Order::ShutDown));
    opening.expect(CLOSE, &close_body(1001, ""));
    opening.expect_end(End::Fin);
    second.expect_end(End::Fin);
    listening.engine.wait();
    assert!(begin.elapsed() < Duration::from_secs(10), "took {:?}", begin.elapsed());
}

#[test]
fn a_delay_counts_for_heads_frames_and_the_end_of_tcp() {
    let run = Run::listen(&words("--connections 1 --delay 150 --echo --after-open text:hi"));
    let mut client = Wire::open(run.port());
    client.expect(TEXT, b"hi");
    client.send_frame(TEXT, b"a");
    client.expect(TEXT, b"a");
    client.send_close(1000, "");
    client.expect_close(1000, "");
    client.expect_end(End::Fin);
    client.fin();
    let ended = run.end().expect(0);
    let heads = ended.all("opening_handshake");
    let (theirs, ours) = (ended.frames("client"), ended.frames("server"));
    let fin = ended.all("tcp")[0];
    // From what came, since an own write may be noted late; twice where one follows another.
    for (what, first, then, least) in [
        ("the 101", heads[0], heads[1], 149.0),
        ("the script", heads[0], ours[0], 299.0),
        ("the echo", theirs[0], ours[1], 149.0),
        ("the Close", theirs[1], ours[2], 149.0),
        ("the FIN", theirs[1], fin, 299.0),
    ] {
        let late = time(then) - time(first);
        assert!(late >= least, "{what}: {late} ms");
    }
}

#[test]
fn a_clients_delay_keeps_the_order_of_what_it_says() {
    let mut server = Run::listen(&words("--connections 1 --on-close never"));
    let actions = after_open(&["text:a", "ping:b", "text:c", "close:1000:bye", "fin"]);
    let options = [&words("--delay 50")[..], &actions].concat();
    let client = Run::connect_port(server.port(), &options);
    server.closed();
    let ended = server.end().expect(0);
    let opcodes: Vec<u64> =
        ended.frames("client").iter().filter_map(|line| line["opcode"].as_u64()).collect();
    assert_eq!(opcodes, [1, 9, 1, 8]);
    client.end().expect(1);
}
