//! Endings as people meet them, as small captures: made here, kept in
//! `tests/vectors/field`, opened and judged.
//!
//! `WSSCOPE_BLESS=1` writes the files anew where the format has changed.

use super::rig::{self, Script};
use std::path::{Path, PathBuf};
use wsscope::protocol::closing_handshake::TcpEvent;
use wsscope::protocol::{Opcode, Role, SECOND, StatusCode, close};
use wsscope::session::verdict::Verdict;
use wsscope::text::{Lang, sentences};

/// What a capture has to say.
struct Field {
    name: &'static str,
    script: Script,
    /// Each violation: its id, who.
    violations: &'static [&'static str],
    /// What the client and the server hold, and the CloseEvent.
    held: [&'static str; 3],
    explanation: &'static str,
}

fn close_frame(from: Role, code: u16, reason: &str) -> Vec<u8> {
    rig::frame(from, Opcode::CLOSE, &close::body(StatusCode(code), reason.as_bytes()))
}

/// A connection of our end in this role.
fn opened(role: Role) -> Script {
    let mut script = Script::default();
    let one = script.opened(Some(role), "192.0.2.7:50001", "198.51.100.20:80");
    script.octets(one, Role::Client, rig::REQUEST);
    script.octets(one, Role::Server, rig::RESPONSE);
    script
}

/// So much later than the record before.
fn pause(script: &mut Script, seconds: u64) {
    let behind = script.records.len() - 1;
    script.records[behind].time += seconds * SECOND;
}

fn fins(script: &mut Script, first: Role) {
    script.tcp(1, first, TcpEvent::Fin);
    script.tcp(1, first.peer(), TcpEvent::Fin);
    script.over(1);
}

/// A server's Close that our client fails the connection for.
fn refused_close(code: u16, reason: &str) -> Script {
    let mut script = opened(Role::Client);
    script.octets(1, Role::Server, rig::frame(Role::Server, Opcode::TEXT, b"hello"));
    script.octets(1, Role::Server, close_frame(Role::Server, code, reason));
    script.octets(1, Role::Client, close_frame(Role::Client, 1002, ""));
    fins(&mut script, Role::Client);
    script
}

/// A server writes this at once, our client answers the Close in it.
fn close_and_more(octets: &[u8], answer: Vec<u8>) -> Script {
    let mut script = opened(Role::Client);
    script.octets(1, Role::Server, octets);
    script.octets(1, Role::Client, answer);
    fins(&mut script, Role::Server);
    script
}

fn server_never_ends_tcp() -> Script {
    let mut script = opened(Role::Client);
    script.octets(1, Role::Client, close_frame(Role::Client, 1000, "done"));
    script.octets(1, Role::Server, close_frame(Role::Server, 1000, "done"));
    script.tcp(1, Role::Client, TcpEvent::Fin);
    pause(&mut script, 10);
    script.over(1);
    pause(&mut script, 60);
    script
}

fn client_never_answers() -> Script {
    let mut script = opened(Role::Server);
    script.octets(1, Role::Server, close_frame(Role::Server, 1001, "restart"));
    script.tcp(1, Role::Server, TcpEvent::Fin);
    pause(&mut script, 30);
    script.over(1);
    pause(&mut script, 60);
    script
}

fn all() -> Vec<Field> {
    let empty = rig::frame(Role::Client, Opcode::CLOSE, b"");
    let text = rig::frame(Role::Server, Opcode::TEXT, b"one more");
    let then_data = [close_frame(Role::Server, 1000, "bye"), text].concat();
    let own_code = "The server broke RFC 6455 §7.4.1 (1004, 1005, 1006 and 1015 are never on the \
                    wire), so the client has to fail the connection (§7.1.7)";
    vec![
        Field {
            name: "server-sends-1005",
            script: refused_close(1005, ""),
            violations: &["code-never-on-the-wire server"],
            held: ["1006 \"\" not clean", "1002 \"\" clean", "1006 \"\" not clean"],
            explanation: own_code,
        },
        Field {
            name: "proxy-forwards-1006",
            script: refused_close(1006, "upstream closed"),
            violations: &["code-never-on-the-wire server"],
            held: ["1006 \"\" not clean", "1002 \"\" clean", "1006 \"\" not clean"],
            explanation: own_code,
        },
        Field {
            name: "server-never-ends-tcp",
            script: server_never_ends_tcp(),
            violations: &["tcp-not-ended server"],
            held: ["1000 \"done\" not clean", "1000 \"done\" not clean", "1000 \"done\" clean"],
            explanation: "The client ended its direction of TCP, the server has not: half-closed \
                          (RFC 6455 §7.1.1)",
        },
        Field {
            name: "client-never-answers",
            script: client_never_answers(),
            violations: &["close-not-answered client"],
            held: ["1001 \"restart\" not clean", "1006 \"\" not clean", "1001 \"restart\" clean"],
            explanation: "The server sent Close 1001, the client never answered it and the server \
                          ended TCP (FIN) (RFC 6455 §5.5.1)",
        },
        Field {
            name: "close-88-00-00-00",
            script: close_and_more(b"\x88\0\0\0", empty),
            violations: &["frame-after-close server", "continuation-without-start server"],
            held: ["1005 \"\" clean", "1005 \"\" clean", "1006 \"\" not clean"],
            explanation: "The server started the closing handshake, the client answered with the \
                          same code after 1.2 ms, then the server ended TCP: closed cleanly (RFC \
                          6455 §7.1.4)",
        },
        Field {
            name: "close-then-data",
            script: close_and_more(&then_data, close_frame(Role::Client, 1000, "bye")),
            violations: &["frame-after-close server"],
            held: ["1000 \"bye\" clean", "1000 \"bye\" clean", "1006 \"\" not clean"],
            explanation: "The server started the closing handshake, the client answered with the \
                          same code after 1.2 ms, then the server ended TCP: closed cleanly (RFC \
                          6455 §7.1.4)",
        },
    ]
}

fn path(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors/field");
    folder.join(format!("{name}.pcapng"))
}

/// The file without its first block, which names the version that wrote it.
fn behind_the_header(octets: &[u8]) -> &[u8] {
    &octets[rig::blocks(octets)[1]..]
}

#[test]
fn the_captures_of_the_field_are_what_is_recorded_today() {
    let bless = std::env::var_os("WSSCOPE_BLESS").is_some_and(|value| value == "1");
    for field in all() {
        let (path, octets) = (path(field.name), rig::record(&field.script).octets());
        if bless {
            std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
            std::fs::write(&path, &octets).expect("the file is written");
        }
        let kept = std::fs::read(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        let same = behind_the_header(&kept) == behind_the_header(&octets);
        assert!(same, "{} differs; WSSCOPE_BLESS=1 writes it anew", path.display());
        assert!(kept.len() < 4096, "{}: {} octets", field.name, kept.len());
    }
}

#[test]
fn the_endings_of_the_field_are_understood() {
    for field in all() {
        let (log, opened) = rig::open(&path(field.name));
        assert_eq!((opened.damaged_at, opened.ended_in_order), (None, true), "{}", field.name);
        let log = log.read();
        let [connection] = log.connections() else { panic!("{}: one connection", field.name) };
        let violations: Vec<String> = (0..log.len())
            .flat_map(|index| log.violations(index))
            .map(|v| format!("{} {}", v.rule.id(), v.by.word()))
            .collect();
        assert_eq!(violations, field.violations, "{}", field.name);
        let verdict = Verdict::of(connection);
        let words = |code: StatusCode, reason: &str, clean: bool| {
            format!("{} {reason:?} {}", code.0, if clean { "clean" } else { "not clean" })
        };
        let [client, server] = &verdict.held;
        let event = &verdict.close_event;
        let held = [
            words(client.code, &client.reason, client.was_clean),
            words(server.code, &server.reason, server.was_clean),
            words(event.code, &event.reason, event.was_clean),
        ];
        assert_eq!(held, field.held, "{}", field.name);
        let explanation = sentences::explanation(Lang::En, &verdict.explanation);
        assert_eq!(explanation, field.explanation, "{}", field.name);
    }
}
