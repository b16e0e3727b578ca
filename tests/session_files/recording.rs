//! A capture that can no longer be written: recording stops, says why, and shows
//! nothing that is not in the file.

use super::rig::{self, Script};
use std::fs::{File, OpenOptions};
use std::io::Read as _;
use std::os::fd::OwnedFd;
use wsscope::protocol::{Opcode, Role};
use wsscope::session::recorder::SharedLog;
use wsscope::session::{FaultKind, Kind, Recorder, Stage};

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_told_at_once() {
    let log = SharedLog::default();
    let full = OpenOptions::new().write(true).open("/dev/full").unwrap();
    let error = Recorder::new(full, None, log.clone()).unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::StorageFull);
    let log = log.read();
    let fault = log.notice().unwrap();
    assert_eq!((fault.stage, fault.kind), (Stage::Record, FaultKind::System));
    assert_eq!((log.len(), log.row(0).unwrap().kind), (1, Kind::Fault));
}

#[test]
fn what_could_not_be_written_is_not_shown() {
    // A pipe whose reader goes away is a disk that fails in the middle.
    let (mut reader, writer) = std::io::pipe().unwrap();
    let log = SharedLog::default();
    let mut recorder = Recorder::new(File::from(OwnedFd::from(writer)), None, log.clone()).unwrap();
    let mut script = Script::default();
    let one = script.connection("127.0.0.1:50001", "127.0.0.1:8000");
    let text = rig::frame(Role::Server, Opcode::TEXT, b"written");
    script.octets(one, Role::Server, &text);
    script.octets(one, Role::Server, &text[..4]);
    let written = script.records.len();
    script.octets(one, Role::Server, &text[4..]);
    script.connection("127.0.0.1:50002", "127.0.0.1:8000");
    script.octets(one, Role::Server, rig::frame(Role::Server, Opcode::TEXT, &[0xFF; 9]));
    let lost = script.records.split_off(written);

    for record in script.records {
        recorder.take(record);
    }
    recorder.commit().unwrap();
    let shown = rig::rows(&log.read());
    assert_eq!(shown.len(), 4);
    let mut file = vec![0; 1 << 16];
    let len = reader.read(&mut file).unwrap();
    drop(reader);
    for record in &lost {
        recorder.take(record.clone());
    }
    rig::same(&shown, &rig::rows(&log.read()));
    recorder.commit().unwrap_err();
    let stopped = rig::rows(&log.read());
    rig::same(&shown, &stopped[..4]);
    assert_eq!(stopped.len(), 5);
    {
        let log = log.read();
        assert_eq!(log.fault(4), log.notice());
        assert_eq!(log.notice().map(|fault| fault.stage), Some(Stage::Record));
        assert_eq!((log.connections().len(), log.frame_count()), (1, 1));
        assert!(log.connections()[0].arriving().is_none());
    }
    // What comes now is neither shown nor kept.
    for _ in 0..1000 {
        for record in &lost {
            recorder.take(record.clone());
        }
        recorder.commit().unwrap();
        assert_eq!(recorder.waiting(), 0);
    }
    rig::same(&stopped, &rig::rows(&log.read()));
    recorder.finish().unwrap();
    let ended = rig::rows(&log.read());
    rig::same(&stopped, &ended[..5]);
    assert_eq!((ended.len(), log.read().row(5).unwrap().kind), (6, Kind::Closed));

    // What the file holds are the rows that were shown.
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("session.pcapng");
    std::fs::write(&path, &file[..len]).unwrap();
    let (opened, _) = rig::open(&path);
    rig::same(&shown, &rig::rows(&opened.read())[..4]);
}
