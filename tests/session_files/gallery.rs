//! The gallery of endings from the field: each capture is what is recorded today,
//! and what its answer says is what opening it shows.
//!
//! `WSSCOPE_BLESS=1` writes the files anew where the format has changed.

mod scripts;

use super::rig::{self, Script};
use std::path::{Path, PathBuf};
use wsscope::protocol::{Role, Rule, StatusCode};
use wsscope::session::verdict::Verdict;
use wsscope::text::{Lang, gallery, sentences};

/// What a capture has to say.
struct Ending {
    name: &'static str,
    script: fn() -> Script,
    /// Each violation: its id, who.
    violations: &'static [&'static str],
    /// What the client and the server hold, and the CloseEvent.
    held: [&'static str; 3],
    explanation: &'static str,
}

const ENDINGS: &[Ending] = &[
    Ending {
        name: "server-sends-1005",
        script: scripts::server_sends_1005,
        violations: &["code-never-on-the-wire server"],
        held: ["1006 \"\" not clean", "1002 \"\" clean", "1006 \"\" not clean"],
        explanation: "The server broke RFC 6455 §7.4.1 (1004, 1005, 1006 and 1015 are never on \
                      the wire), so the client has to fail the connection (§7.1.7)",
    },
    Ending {
        name: "proxy-forwards-1006",
        script: scripts::proxy_forwards_1006,
        violations: &["code-never-on-the-wire server"],
        held: ["1006 \"\" not clean", "1002 \"\" clean", "1006 \"\" not clean"],
        explanation: "The server broke RFC 6455 §7.4.1 (1004, 1005, 1006 and 1015 are never on \
                      the wire), so the client has to fail the connection (§7.1.7)",
    },
    Ending {
        name: "proxy-cuts-idle",
        script: scripts::proxy_cuts_idle,
        violations: &[],
        held: ["1006 \"\" not clean", "1006 \"\" not clean", "1006 \"\" not clean"],
        explanation: "The server ended TCP (FIN) and nobody had sent a Close: 1006 (RFC 6455 \
                      §7.1.5)",
    },
    Ending {
        name: "client-never-answers",
        script: scripts::client_never_answers,
        violations: &["close-not-answered client"],
        held: ["1001 \"restart\" not clean", "1006 \"\" not clean", "1001 \"restart\" clean"],
        explanation: "The server sent Close 1001, the client never answered it and the server \
                      ended TCP (FIN) (RFC 6455 §5.5.1)",
    },
    Ending {
        name: "server-never-ends-tcp",
        script: scripts::server_never_ends_tcp,
        violations: &["tcp-not-ended server"],
        held: ["1000 \"done\" not clean", "1000 \"done\" not clean", "1000 \"done\" clean"],
        explanation: "The client ended its direction of TCP, the server has not: half-closed \
                      (RFC 6455 §7.1.1)",
    },
    Ending {
        name: "reset-behind-close",
        script: scripts::reset_behind_close,
        violations: &[],
        held: ["1000 \"bye\" not clean", "1000 \"bye\" not clean", "1000 \"bye\" not clean"],
        explanation: "A Close went each way, then the server reset TCP (RST): the codes count, \
                      clean it is not (RFC 6455 §7.1.4)",
    },
    Ending {
        name: "close-88-00-00-00",
        script: scripts::close_88_00_00_00,
        violations: &["frame-after-close server", "continuation-without-start server"],
        held: ["1005 \"\" clean", "1005 \"\" clean", "1006 \"\" not clean"],
        explanation: "The server started the closing handshake, the client answered with the \
                      same code after 1.2 ms, then the server ended TCP: closed cleanly (RFC \
                      6455 §7.1.4)",
    },
    Ending {
        name: "close-then-data",
        script: scripts::close_then_data,
        violations: &["frame-after-close server"],
        held: ["1000 \"bye\" clean", "1000 \"bye\" clean", "1006 \"\" not clean"],
        explanation: "The server started the closing handshake, the client answered with the \
                      same code after 1.2 ms, then the server ended TCP: closed cleanly (RFC \
                      6455 §7.1.4)",
    },
    Ending {
        name: "close-of-one-octet",
        script: scripts::close_of_one_octet,
        violations: &["close-body-one-octet server"],
        held: ["1006 \"\" not clean", "1002 \"\" clean", "1006 \"\" not clean"],
        explanation: "The server broke RFC 6455 §5.5.1 (a Close body is empty or begins with a \
                      code of two octets), so the client has to fail the connection (§7.1.7)",
    },
    Ending {
        name: "reason-cut-in-a-character",
        script: scripts::reason_cut_in_a_character,
        violations: &["reason-not-utf8 server"],
        held: ["1006 \"\" not clean", "1007 \"\" clean", "1006 \"\" not clean"],
        explanation: "The server broke RFC 6455 §8.1 (the reason of a Close is UTF-8), so the \
                      client has to fail the connection (§7.1.7)",
    },
    Ending {
        name: "length-not-minimal",
        script: scripts::length_not_minimal,
        violations: &["length-not-minimal server"],
        held: ["1006 \"\" not clean", "1002 \"\" clean", "1006 \"\" not clean"],
        explanation: "The server broke RFC 6455 §5.2 (the length takes its shortest form), so \
                      the client has to fail the connection (§7.1.7)",
    },
    Ending {
        name: "compressed-unasked",
        script: scripts::compressed_unasked,
        violations: &["rsv1-without-extension server"],
        held: ["1006 \"\" not clean", "1002 \"\" clean", "1006 \"\" not clean"],
        explanation: "The server broke RFC 6455 §5.2 (RSV1 is 0 unless an extension gives it a \
                      meaning), so the client has to fail the connection (§7.1.7)",
    },
    Ending {
        name: "client-does-not-mask",
        script: scripts::client_does_not_mask,
        violations: &["client-not-masked client", "close-not-answered client"],
        held: ["1002 \"\" not clean", "1006 \"\" not clean", "1002 \"\" clean"],
        explanation: "The client broke RFC 6455 §5.1 (a client masks every frame), so the server \
                      has to fail the connection (§7.1.7)",
    },
    Ending {
        name: "page-instead-of-101",
        script: scripts::page_instead_of_101,
        violations: &["response-status server"],
        held: ["1006 \"\" not clean", "1006 \"\" not clean", "1006 \"\" not clean"],
        explanation: "The server answered 200, not 101: it never became a WebSocket (RFC 6455 \
                      §4.1)",
    },
];

fn path(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/gallery");
    folder.join(format!("{name}.pcapng"))
}

/// The file without its first block, which names the version that wrote it.
fn behind_the_header(octets: &[u8]) -> &[u8] {
    &octets[rig::blocks(octets)[1]..]
}

#[test]
fn the_captures_of_the_gallery_are_what_is_recorded_today() {
    let bless = std::env::var_os("WSSCOPE_BLESS").is_some_and(|value| value == "1");
    for ending in ENDINGS {
        let (path, octets) = (path(ending.name), rig::record(&(ending.script)()).octets());
        if bless {
            std::fs::write(&path, &octets).expect("the file is written");
        }
        let kept = std::fs::read(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        let same = behind_the_header(&kept) == behind_the_header(&octets);
        assert!(same, "{} differs; WSSCOPE_BLESS=1 writes it anew", path.display());
        assert!(kept.len() < 4096, "{}: {} octets", ending.name, kept.len());
    }
}

#[test]
fn the_endings_of_the_gallery_are_understood() {
    for ending in ENDINGS {
        let (log, opened) = rig::open(&path(ending.name));
        assert_eq!((opened.damaged_at, opened.ended_in_order), (None, true), "{}", ending.name);
        let log = log.read();
        let [connection] = log.connections() else { panic!("{}: one connection", ending.name) };
        let violations: Vec<String> = (0..log.len())
            .flat_map(|index| log.violations(index))
            .map(|v| format!("{} {}", v.rule.id(), v.by.word()))
            .collect();
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
        assert_eq!(held, ending.held, "{}", ending.name);
        let explanation = sentences::explanation(Lang::En, &verdict.explanation);
        assert_eq!(explanation, ending.explanation, "{}", ending.name);
        assert_eq!(violations, ending.violations, "{}", ending.name);
    }
}

#[test]
fn each_answer_says_what_its_capture_shows() {
    let named: Vec<&str> = gallery::endings().iter().map(|e| e.capture.as_str()).collect();
    assert_eq!(named, ENDINGS.iter().map(|e| e.name).collect::<Vec<_>>());
    for ending in gallery::endings() {
        let path = path(&ending.capture);
        assert_eq!(ending.octets(), std::fs::read(&path).unwrap(), "{}", ending.capture);
        let (log, _) = rig::open(&path);
        let log = log.read();
        let connection = &log.connections()[0];
        let verdict = Verdict::of(connection);
        let broken = (0..log.len()).flat_map(|index| {
            log.violations(index).iter().map(move |violation| (index, violation.rule))
        });
        let broken: Vec<(u64, Rule)> = broken.collect();
        assert!(ending.rows.is_sorted() && ending.rows.last() < Some(&log.len()));
        for (index, rule) in &broken {
            // What is only found out in the end stands on the last row.
            let late = *rule == Rule::CloseNotAnswered || *rule == Rule::TcpNotEnded;
            assert!(late || ending.rows.contains(index), "{}: row {index}", ending.capture);
        }
        for lang in [Lang::En, Lang::Zh] {
            let answer = ending.answer(lang);
            let mut said = vec![verdict.held[connection.viewpoint().index()].code.0.to_string()];
            if connection.viewpoint() == Role::Client {
                said.push(verdict.close_event.code.0.to_string());
            }
            said.extend(broken.iter().map(|(_, rule)| format!("§{}", rule.section())));
            for said in said {
                assert!(answer.contains(&said), "{}: {said} in {answer}", ending.capture);
            }
            let question = ending.question(lang);
            let asks = if lang == Lang::En {
                "What went wrong here?"
            } else {
                "这里出了什么问题？"
            };
            assert!(question.ends_with(asks), "{question}");
            assert!(!ending.title(lang).is_empty());
        }
    }
}
