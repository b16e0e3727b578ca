//! Save as: credentials are replaced and nothing else, the target is private
//! and replaced only by a copy that is whole.

use super::rig::{self, Recorded, Script};
use std::fs::File;
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use wsscope::protocol::{Opcode, Role};
use wsscope::session::save::{self, Masks};
use wsscope::session::source::Source;
use wsscope::session::{Fault, FaultKind, Recorder, Stage, entry, store};

const SECRET: &str = "GET ws://joe:pass@h/chat HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\n\
    Connection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\
    Sec-WebSocket-Version: 13\r\nCookie: a=b; c=d\r\nX-Cookie: stays\r\n\
    AUTHORIZATION:Basic am9l\r\nProxy-Authorization: Basic eHl6  \r\n\r\n";
const MASKED: &str = "GET ws://XXXXXXXX@h/chat HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\n\
    Connection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\
    Sec-WebSocket-Version: 13\r\nCookie: XXXXXXXX\r\nX-Cookie: stays\r\n\
    AUTHORIZATION:XXXXXXXXXX\r\nProxy-Authorization: XXXXXXXXXX  \r\n\r\n";
const SET: &str = "HTTP/1.1 401 Unauthorized\r\nSet-Cookie: id=1; Secure\r\nset-cookie: x\r\n\
    Content-Length: 14\r\n\r\nCookie: stays\n";
const SET_MASKED: &str = "HTTP/1.1 401 Unauthorized\r\nSet-Cookie: XXXXXXXXXXXX\r\nset-cookie: X\r\n\
    Content-Length: 14\r\n\r\nCookie: stays\n";

fn secret(reads: usize) -> Script {
    let mut script = Script::default();
    let one = script.opened(Some(Role::Server), "127.0.0.1:50001", "127.0.0.1:8000");
    for read in SECRET.as_bytes().chunks(reads) {
        script.octets(one, Role::Client, read);
    }
    for read in SET.as_bytes().chunks(reads) {
        script.octets(one, Role::Server, read);
    }
    let two = script.connection("127.0.0.1:50002", "127.0.0.1:8000");
    let cookie = rig::frame(Role::Server, Opcode::TEXT, b"\r\nCookie: stays too\r\n");
    script.octets(two, Role::Server, cookie);
    script
}

fn masks(recorded: &Recorded) -> Masks {
    let source = Source::new(File::open(&recorded.path).unwrap());
    save::credentials(&recorded.log.read(), &source).unwrap()
}

#[test]
fn credentials_are_replaced_and_nothing_else() {
    for reads in [1, 7, 64, 1000] {
        let recorded = rig::record(&secret(reads));
        let (plain, masked) = (recorded.beside("plain.pcapng"), recorded.beside("masked.pcapng"));
        save::copy(&recorded.path, &plain, &Masks::default()).unwrap();
        save::copy(&recorded.path, &masked, &masks(&recorded)).unwrap();
        let (log, opened) = rig::open(&masked);
        assert!(opened.ended_in_order);
        let source = Source::new(File::open(&masked).unwrap());
        let (head, _) = entry::head(&log.read(), &source, 1).unwrap();
        assert_eq!(String::from_utf8(head).unwrap(), MASKED);
        let (mut head, body) = entry::head(&log.read(), &source, 2).unwrap();
        head.extend_from_slice(&body);
        assert_eq!(String::from_utf8(head).unwrap(), SET_MASKED);

        let (plain, masked) = (std::fs::read(plain).unwrap(), std::fs::read(masked).unwrap());
        assert_eq!(plain.len(), masked.len());
        let changed = plain.iter().zip(&masked).filter(|(plain, masked)| plain != masked);
        let expected =
            SECRET.bytes().zip(MASKED.bytes()).chain(SET.bytes().zip(SET_MASKED.bytes()));
        assert_eq!(changed.count(), expected.filter(|(plain, masked)| plain != masked).count());
    }
}

#[test]
fn a_masked_copy_of_a_live_session_holds_nothing_that_was_not_looked_at() {
    let folder = tempfile::tempdir().unwrap();
    let (path, to) = (folder.path().join("live.pcapng"), folder.path().join("copy.pcapng"));
    let log = wsscope::session::recorder::SharedLog::default();
    let mut recorder =
        Recorder::new(store::create(&path, false).unwrap(), None, log.clone()).unwrap();
    let mut script = Script::default();
    let one = script.opened(Some(Role::Server), "127.0.0.1:50001", "127.0.0.1:8000");
    // A head that is still arriving has no row yet.
    script.octets(one, Role::Client, &SECRET[..SECRET.find("am9l").unwrap() + 4]);
    for record in script.records.drain(..) {
        recorder.take(record);
    }
    recorder.commit().unwrap();
    let masks = save::credentials(&log.read(), &Source::new(File::open(&path).unwrap())).unwrap();
    script.octets(one, Role::Client, &SECRET[SECRET.find("am9l").unwrap() + 4..]);
    recorder.take(script.records.remove(0));
    recorder.commit().unwrap();
    save::copy(&path, &to, &masks).unwrap();
    let octets = std::fs::read(&to).unwrap();
    let holds = |text: &str| octets.windows(text.len()).any(|w| w == text.as_bytes());
    assert!(holds("Cookie: XXXXXXXX\r\n") && holds("AUTHORIZATION:XXXXXXXXXX"));
    for secret in ["joe:pass", "a=b", "am9l", "eHl6"] {
        assert!(!holds(secret), "{secret} is in the copy");
    }
}

#[test]
fn a_copy_is_private_and_replaces_only_when_whole() {
    let recorded = rig::record(&secret(1000));
    let to = recorded.beside("copy.pcapng");
    std::fs::write(&to, "old").unwrap();
    std::fs::set_permissions(&to, std::fs::Permissions::from_mode(0o644)).unwrap();

    let none = recorded.beside("none.pcapng");
    std::fs::write(&none, "no capture").unwrap();
    save::copy(&none, &to, &Masks::default()).unwrap_err();
    assert_eq!(std::fs::read(&to).unwrap(), b"old");

    save::copy(&recorded.path, &to, &Masks::default()).unwrap();
    assert_eq!(std::fs::metadata(&to).unwrap().permissions().mode() & 0o777, 0o600);
    assert!(rig::open(&to).1.ended_in_order);

    // A folder in the way can neither be replaced nor harmed.
    let folder = recorded.beside("folder");
    std::fs::create_dir(&folder).unwrap();
    std::fs::write(folder.join("file"), "").unwrap();
    save::copy(&recorded.path, &folder, &Masks::default()).unwrap_err();
    save::copy(&recorded.path, &recorded.beside("no such/copy"), &Masks::default()).unwrap_err();
    assert!(folder.join("file").exists());
    let mut names: Vec<_> = std::fs::read_dir(recorded.folder.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    assert_eq!(names, ["copy.pcapng", "folder", "none.pcapng", "session.pcapng"]);
}

#[test]
fn a_live_file_is_not_replaced() {
    let recorded = rig::record(&secret(1000));
    let live = recorded.beside("live.pcapng");
    let file = store::create(&live, false).unwrap();
    let refused = save::copy(&recorded.path, &live, &Masks::default());
    assert!(refused.is_err() && std::fs::metadata(&live).unwrap().len() == 0);
    drop(file);
    save::copy(&recorded.path, &live, &Masks::default()).unwrap();
}

#[test]
fn a_damaged_capture_is_copied_up_to_the_damage() {
    let recorded = rig::record(&secret(1000));
    let octets = recorded.octets();
    let last = *rig::blocks(&octets).last().unwrap();
    File::create(&recorded.path).unwrap().write_all(&octets[..octets.len() - 1]).unwrap();
    let to = recorded.beside("copy.pcapng");
    save::copy(&recorded.path, &to, &Masks::default()).unwrap();
    assert_eq!(std::fs::read(to).unwrap(), octets[..last]);
}

#[test]
fn blocks_that_others_put_into_our_capture_are_kept() {
    let mut script = secret(1000);
    script.fault(1, Fault::new(Stage::Send, FaultKind::NotSent, "17"));
    let recorded = rig::record(&script);
    let octets = recorded.octets();
    let block = |kind: u32, body: &[u8]| {
        let mut block = Vec::new();
        wsscope::session::pcapng::write::block(&mut block, kind, 0, |out| {
            out.extend_from_slice(body);
        });
        block
    };
    let foreign = [
        block(0xBAD, b"\x01\x02\x03\x04whatever"),
        block(wsscope::session::pcapng::LOCAL, b"not ours"),
        block(wsscope::session::pcapng::LOCAL, b"{\"connection\":1}"),
        block(4, b"\0\0\0\0"),
    ];
    let (mut mixed, starts) = (Vec::new(), rig::blocks(&octets));
    for (n, start) in starts.iter().enumerate() {
        let end = starts.get(n + 1).copied().unwrap_or(octets.len());
        mixed.extend_from_slice(&octets[*start..end]);
        mixed.extend_from_slice(&foreign[n % foreign.len()]);
    }
    std::fs::write(&recorded.path, &mixed).unwrap();
    let to = recorded.beside("copy.pcapng");
    save::copy(&recorded.path, &to, &Masks::default()).unwrap();
    let (copy, rows) = (std::fs::read(&to).unwrap(), rig::rows(&recorded.log.read()));
    rig::same(&rows, &rig::rows(&rig::open(&to).0.read()));
    for (n, foreign) in foreign.iter().enumerate() {
        let count = |octets: &[u8]| {
            rig::blocks(octets).iter().filter(|at| octets[**at..].starts_with(foreign)).count()
        };
        assert!(count(&mixed) > 0 && count(&mixed) == count(&copy), "block {n}");
    }
}
