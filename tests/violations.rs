//! Every rule of the table, broken over a real socket and found in the JSON with
//! its section, and beside it the correct twin that is not flagged.

mod cases;
mod outcomes;

use super::run::Run;
use super::wire::{CLOSE, PONG, Wire, server};
use cases::{Case, Play};
use serde_json::Value;
use std::collections::BTreeSet;
use wsscope::protocol::{Role, Rule};
use wsscope::text::{Lang, rules};

/// Every violation of a run or a connection.
fn violations(lines: &[Value]) -> impl Iterator<Item = &Value> {
    lines.iter().filter_map(|line| line["violations"].as_array()).flatten()
}

/// Fails unless the lines tell that `by` broke `rule`, in the words of the table.
#[track_caller]
fn expect_broken(lines: &[Value], rule: Rule, by: Role) {
    let found = violations(lines).find(|v| v["id"] == rule.id() && v["by"] == by.word());
    let Some(found) = found else { panic!("no {} by {} in {lines:#?}", rule.id(), by.word()) };
    assert_eq!(found["rfc"], rule.rfc(), "{found}");
    assert_eq!(found["section"], rule.section(), "{found}");
    assert_eq!(found["severity"], rule.severity().word(), "{found}");
    assert_eq!(found["sentence"], rules::rule(Lang::En, rule), "{found}");
}

/// One `listen` for all clients that need no options of it.
struct Listener {
    run: Run,
    connections: u64,
}

impl Listener {
    fn new(options: &[&str]) -> Listener {
        Listener { run: Run::listen(options), connections: 0 }
    }

    fn connect(&mut self) -> Wire {
        self.connections += 1;
        Wire::connect(self.run.port())
    }

    /// Ends this connection; gives all that was said about it.
    fn lines_of(&mut self, mut client: Wire) -> Vec<Value> {
        client.fin();
        client.read_on();
        let number = self.connections;
        self.run.until(|line| line["type"] == "closed" && line["connection"] == number);
        let of_it = self.run.lines.iter().filter(|line| line["connection"] == number);
        of_it.cloned().collect()
    }
}

/// Reads the Close with which the other end fails the connection.
#[track_caller]
fn expect_failed(wire: &mut Wire, rule: Rule) {
    let close = loop {
        let frame = wire.frame();
        if frame.first != PONG {
            break frame;
        }
    };
    let code = rule.status_code().to_be_bytes();
    assert_eq!((close.first, &close.payload[..2]), (CLOSE, &code[..]), "{}", rule.id());
}

/// Plays one side of a case; gives the program's lines. With `fails`, the
/// program has to fail the connection as that rule says.
fn play(listener: &mut Listener, play: &Play, fails: Option<Rule>) -> Vec<Value> {
    match play {
        Play::Request(head) => {
            let mut client = listener.connect();
            client.try_send(head);
            listener.lines_of(client)
        }
        Play::Frames(Role::Client, octets) => {
            let mut client = listener.connect();
            client.send(super::wire::request("").as_bytes());
            client.head();
            client.send(octets);
            if let Some(rule) = fails {
                expect_failed(&mut client, rule);
            }
            listener.lines_of(client)
        }
        Play::Frames(Role::Server, octets) => {
            let (sockets, port) = server();
            let run = Run::connect_port(port, &[]);
            let mut server = Wire::accept_open(&sockets);
            server.send(octets);
            if let Some(rule) = fails {
                expect_failed(&mut server, rule);
            }
            server.fin();
            server.read_on();
            run.end().lines
        }
        Play::Deflated(octets) => {
            let (sockets, port) = server();
            let run = Run::connect_port(port, &[]);
            let agreed = "Sec-WebSocket-Extensions: permessage-deflate\r\n";
            let (mut server, _) = Wire::accept_with(&sockets, agreed, octets);
            if let Some(rule) = fails {
                expect_failed(&mut server, rule);
            }
            server.fin();
            server.read_on();
            run.end().lines
        }
        Play::Listen(options, act) => {
            let run = Run::listen(options);
            let mut client = Wire::open(run.port());
            act(&mut client);
            client.fin();
            client.read_on();
            run.interrupt().expect(0).lines
        }
        Play::Connect(options, act) => {
            let (sockets, port) = server();
            let run = Run::connect_port(port, options);
            let mut server = Wire::accept(&sockets);
            let request = server.head();
            act(&mut server, &request);
            server.fin();
            server.read_on();
            run.end().lines
        }
        Play::Interrupted(options, act) => {
            let (sockets, port) = server();
            let mut run = Run::connect_port(port, options);
            let mut server = Wire::accept_open(&sockets);
            act(&mut server, &mut run);
            run.interrupt().lines
        }
    }
}

fn check(cases: Vec<Case>) -> BTreeSet<Rule> {
    let mut listener = Listener::new(&[]);
    let mut provoked = BTreeSet::new();
    for Case { rule, by, broken, twin } in cases {
        let in_frames = matches!(broken, Play::Frames(..) | Play::Deflated(_));
        let lines = play(&mut listener, &broken, (in_frames && rule.fails()).then_some(rule));
        expect_broken(&lines, rule, by);
        let lines = play(&mut listener, &twin, None);
        let flagged: Vec<&Value> = violations(&lines).collect();
        assert!(flagged.is_empty(), "the twin of {}: {flagged:#?}", rule.id());
        provoked.insert(rule);
    }
    provoked
}

#[test]
fn every_rule_is_found_and_its_twin_is_not() {
    let groups = [
        cases::heads(),
        cases::frames(Role::Client),
        cases::frames(Role::Server),
        cases::endings(),
    ];
    let mut provoked = BTreeSet::new();
    std::thread::scope(|scope| {
        let groups = groups.map(|cases| scope.spawn(|| check(cases)));
        for group in groups {
            provoked.extend(group.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
        }
    });
    let missing: Vec<&str> =
        Rule::ALL.iter().filter(|rule| !provoked.contains(rule)).map(|rule| rule.id()).collect();
    assert!(missing.is_empty(), "never broken by this test: {missing:?}");
}
