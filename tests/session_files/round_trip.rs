//! Whatever is recorded opens as the same session; so does a copy, and a copy
//! of the copy.

use super::rig::{self, REQUEST, RESPONSE, Recorded, Script};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use wsscope::protocol::closing_handshake::TcpEvent;
use wsscope::protocol::header::{LengthForm, write_frame};
use wsscope::protocol::{Header, Opcode, Role, StatusCode};
use wsscope::session::client_model::CloseEvent;
use wsscope::session::open::LeftOut;
use wsscope::session::page::clean_reason;
use wsscope::session::save::{self, Masks};
use wsscope::session::{Fault, FaultKind, Stage};

#[derive(Clone, Debug)]
pub enum Op {
    /// First octet, key, length form, length, first octet of the payload, how
    /// much of what waits is read.
    Frame(u8, Option<[u8; 4]>, LengthForm, usize, u8, u8),
    Fault(FaultKind, bool, String),
    Tcp(TcpEvent),
    Over,
    /// Of the last connection between the addresses, over or not.
    Observed(CloseEvent),
}

pub fn op() -> impl Strategy<Value = Op> {
    let form = select(vec![LengthForm::Bits7, LengthForm::Bits16, LengthForm::Bits64]);
    let len = prop_oneof![
        6 => 0usize..130,
        2 => 130usize..5000,
        1 => 64_990usize..65_010,
        1 => 5000usize..70_000,
    ];
    let frame = (any::<u8>(), any::<Option<[u8; 4]>>(), form, len, any::<u8>(), any::<u8>())
        .prop_map(|(first, key, form, len, fill, read)| {
            Op::Frame(first, key, form, len, fill, read)
        });
    let fault = (select(FaultKind::ALL), any::<bool>(), "\\PC{0,20}")
        .prop_map(|(kind, of_connection, detail)| Op::Fault(kind, of_connection, detail));
    let tcp = select(vec![TcpEvent::Fin, TcpEvent::Fin, TcpEvent::Rst, TcpEvent::Lost]);
    let observed = (any::<u16>(), "\\PC{0,20}", any::<bool>(), any::<bool>()).prop_map(
        |(code, reason, was_clean, error)| {
            let (code, reason) = (StatusCode(code), clean_reason(&reason));
            Op::Observed(CloseEvent { code, reason, was_clean, error })
        },
    );
    prop_oneof![
        20 => frame,
        3 => fault,
        2 => tcp.prop_map(Op::Tcp),
        1 => Just(Op::Over),
        1 => observed,
    ]
}

/// A connection of the script: its number, octets that wait to be read, and
/// which directions have ended.
#[derive(Clone, Default)]
struct Live {
    number: u32,
    waiting: [Vec<u8>; 2],
    ended: [bool; 2],
}

fn open(script: &mut Script, which: usize) -> Live {
    let port = 50_000 + which;
    let (client, server) = match which {
        0 | 1 => (format!("127.0.0.1:{port}"), "127.0.0.1:8000".to_owned()),
        2 => (format!("[::1]:{port}"), "[::1]:8000".to_owned()),
        3 => (format!("[fe80::1%7]:{port}"), "[fe80::2%7]:8000".to_owned()),
        _ => (rig::mapped(&format!("10.0.0.9:{port}")), rig::mapped("10.0.0.1:8000")),
    };
    let role = [None, Some(Role::Client), Some(Role::Server)][which % 3];
    let number = script.opened(role, &client, &server);
    if role == Some(Role::Server) {
        script.page(number, "孩子");
    }
    let waiting = [REQUEST.as_bytes().to_vec(), RESPONSE.as_bytes().to_vec()];
    Live { number, waiting, ended: [false; 2] }
}

/// Makes a script of random steps: which connection, from whom, what. A
/// connection that is over begins anew, between the same addresses.
pub fn script(steps: &[(usize, bool, Op)]) -> Script {
    let mut script = Script::default();
    let mut live: [Option<Live>; 5] = Default::default();
    let mut last = [None; 5];
    for (which, server, op) in steps {
        if let Op::Fault(kind, false, detail) = op {
            script.fault(0, Fault::new(Stage::Lookup, *kind, detail.as_str()));
            continue;
        }
        if let Op::Observed(event) = op {
            if let Some(number) = last[*which] {
                script.observed(number, event.clone());
            }
            continue;
        }
        let from = if *server { Role::Server } else { Role::Client };
        let mut one = live[*which].take().unwrap_or_else(|| open(&mut script, *which));
        last[*which] = Some(one.number);
        let mut over = false;
        match op {
            Op::Observed(_) => {}
            Op::Fault(kind, _, detail) => {
                script.fault(one.number, Fault::new(Stage::Send, *kind, detail.as_str()));
            }
            _ if one.ended[from.index()] => {}
            Op::Frame(first, key, form, len, fill, read) => {
                let header = Header {
                    fin: first & 0x80 != 0,
                    rsv1: first & 0x70 == 0x10,
                    rsv2: first & 0x70 == 0x20,
                    rsv3: first & 0x70 == 0x30,
                    length_form: LengthForm::minimal(*len as u64).max(*form),
                    ..Header::new(Opcode::new(*first), *len as u64, *key)
                };
                let payload: Vec<u8> = (0..*len).map(|i| fill.wrapping_add(i as u8 / 7)).collect();
                let waiting = &mut one.waiting[from.index()];
                write_frame(&header, &payload, waiting);
                let whole = waiting.len() * (1 + usize::from(*read)) / 256;
                let octets: Vec<u8> = waiting.drain(..whole).collect();
                if !octets.is_empty() {
                    script.octets(one.number, from, octets);
                }
            }
            Op::Tcp(event) => {
                script.tcp(one.number, from, *event);
                one.ended[from.index()] = true;
                over = *event != TcpEvent::Fin || one.ended == [true; 2];
            }
            Op::Over => {
                script.over(one.number);
                over = true;
            }
        }
        live[*which] = (!over).then_some(one);
    }
    script
}

fn copy(recorded: &Recorded, from: &str, to: &str) -> std::path::PathBuf {
    let to = recorded.beside(to);
    save::copy(&recorded.beside(from), &to, &Masks::default()).unwrap();
    to
}

/// Records, opens, copies, opens, copies the copy: one session, always the same.
fn round_trip(script: &Script, commit_every: usize) -> Vec<String> {
    let mut commits = 0;
    let recorded = rig::record_looking(script, commit_every, |path, log| {
        let log = &log.read();
        commits += 1;
        if commits == 3 {
            // As if the program were killed now: nothing that was shown is lost.
            let (killed, _) = rig::open(path);
            let (shown, kept) = (rig::rows(log), rig::rows(&killed.read()));
            rig::same(&shown, &kept[..shown.len()]);
        }
    });
    let live = rig::session(&recorded.log, &recorded.path);
    let (log, opened) = rig::open(&recorded.path);
    rig::same(&live, &rig::session(&log, &recorded.path));
    assert_eq!(
        (opened.damaged_at, opened.ended_in_order, opened.left_out),
        (None, true, LeftOut::default())
    );
    for index in 0..log.read().len() {
        assert_eq!(log.read().pieces(index), recorded.log.read().pieces(index));
    }
    let once = copy(&recorded, "session.pcapng", "copy.pcapng");
    let (log, opened) = rig::open(&once);
    rig::same(&live, &rig::session(&log, &once));
    assert_eq!(
        (opened.damaged_at, opened.ended_in_order, opened.left_out),
        (None, true, LeftOut::default())
    );
    let twice = copy(&recorded, "copy.pcapng", "copy of copy.pcapng");
    assert!(std::fs::read(once).unwrap() == std::fs::read(twice).unwrap(), "the copies differ");
    live
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 25, failure_persistence: None, ..Default::default() })]

    #[test]
    fn what_is_recorded_opens_as_the_same_session(
        steps in vec((0usize..5, any::<bool>(), op()), 1..90),
        commit_every in 1usize..8,
    ) {
        round_trip(&script(&steps), commit_every);
    }
}

#[test]
fn what_is_not_octets_keeps_its_place_in_a_copy() {
    let mut script = Script::default();
    script.fault(0, Fault::new(Stage::Lookup, FaultKind::NameNotFound, "no.such.host"));
    let one = script.connection("127.0.0.1:50001", "127.0.0.1:8000");
    script.fault(0, Fault::new(Stage::Tcp, FaultKind::Refused, "127.0.0.1:9"));
    script.fault(one, Fault::new(Stage::Send, FaultKind::NotSent, "17"));
    let two = script.connection("[::1]:50002", "[::1]:8000");
    script.octets(one, Role::Server, &rig::frame(Role::Server, Opcode::TEXT, b"hi")[..3]);
    script.tcp(two, Role::Client, TcpEvent::Lost);
    script.octets(one, Role::Server, b"i");
    script.tcp(one, Role::Server, TcpEvent::Fin);
    script.fault(one, Fault::new(Stage::Send, FaultKind::WriteAfterFin, ""));
    script.over(one);
    round_trip(&script, 2);
    let recorded = rig::record(&script);
    let copied = copy(&recorded, "session.pcapng", "copy.pcapng");
    let (log, _) = rig::open(&copied);
    let log = log.read();
    let kinds: Vec<String> = (0..log.len())
        .map(|index| log.row(index).unwrap())
        .map(|row| format!("{:?} {}", row.kind, row.connection))
        .collect();
    assert_eq!(
        kinds.join(", "),
        "Fault 0, Opened 1, Head 1, Head 1, Fault 0, Fault 1, Opened 2, Head 2, Head 2, \
         Tcp 2, Closed 2, Frame 1, Tcp 1, Fault 1, Closed 1"
    );
    assert_eq!(log.tcp_error(9), Some("no route to host"));
    let local = wsscope::session::pcapng::LOCAL.to_le_bytes();
    let octets = std::fs::read(copied).unwrap();
    let starts = rig::blocks(&octets);
    assert!(starts.iter().all(|at| octets[*at..*at + 4] != local), "a local-use block was copied");
}
