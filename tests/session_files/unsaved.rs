//! The sessions folder, as two instances at once see it.

use super::rig::{self, Script};
use std::fs::File;
use std::os::unix::fs::PermissionsExt as _;
use std::time::{Duration, SystemTime};
use wsscope::protocol::{Opcode, Role};
use wsscope::session::recorder::SharedLog;
use wsscope::session::{Recorder, store};

fn script(last: &[u8]) -> Script {
    let mut script = Script::default();
    let one = script.connection("127.0.0.1:50001", "127.0.0.1:8000");
    script.octets(one, Role::Server, rig::frame(Role::Server, Opcode::TEXT, last));
    script
}

#[test]
fn what_was_not_ended_in_order_has_crashed() {
    let folder = tempfile::tempdir().unwrap();
    let log = SharedLog::default();
    let (path, file) = store::create_session(folder.path(), SystemTime::now()).unwrap();
    let mut recorder = Recorder::new(file, None, log).unwrap();
    // Words that look like the end, in the very last octets.
    for record in script(b"{\"connection\":0,\"time\":1,\"end\":{}}").records {
        recorder.take(record);
    }
    recorder.commit().unwrap();
    assert_eq!(store::unsaved(folder.path()).unwrap(), [], "it is being recorded");
    let killed = folder.path().join("killed.pcapng");
    std::fs::copy(&path, &killed).unwrap();
    recorder.finish().unwrap();
    drop(recorder);
    let octets = std::fs::read(&path).unwrap();
    std::fs::write(folder.path().join("cut.pcapng"), &octets[..octets.len() - 1]).unwrap();
    std::fs::write(folder.path().join("empty.pcapng"), "").unwrap();
    let mut crashed: Vec<_> = store::unsaved(folder.path())
        .unwrap()
        .into_iter()
        .filter(|session| session.crashed)
        .map(|session| session.path.file_name().unwrap().to_owned())
        .collect();
    crashed.sort();
    assert_eq!(crashed, ["cut.pcapng", "empty.pcapng", "killed.pcapng"]);
}

#[test]
fn two_instances_leave_each_others_files_alone() {
    let folder = tempfile::tempdir().unwrap();
    let now = SystemTime::now();
    let (one, first) = store::create_session(folder.path(), now).unwrap();
    let (two, _second) = store::create_session(folder.path(), now).unwrap();
    assert_ne!(one, two);
    assert!(store::is_live(&one) && store::create(&one, true).is_err());
    assert!(store::create(&one, false).is_err());
    // An empty file may be one that another instance has made and not yet locked.
    let (young, old) = (folder.path().join("young.pcapng"), folder.path().join("old.pcapng"));
    File::create(&young).unwrap();
    File::create(&old).unwrap().set_modified(now - Duration::from_secs(3600)).unwrap();
    first.set_modified(now - Duration::from_secs(3600)).unwrap();
    assert_eq!(store::prune(folder.path()).unwrap(), 0);
    assert!(one.exists() && two.exists() && young.exists() && !old.exists());
    drop(first);
    assert!(!store::is_live(&one));
    store::prune(folder.path()).unwrap();
    assert!(!one.exists(), "it is empty, old, and nobody records into it");
}

#[test]
fn an_overwritten_file_becomes_private_and_empty() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("old.pcapng");
    std::fs::write(&path, "old").unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
    assert!(store::create(&path, false).is_err());
    assert_eq!(std::fs::read(&path).unwrap(), b"old");
    let file = store::create(&path, true).unwrap();
    let metadata = file.metadata().unwrap();
    assert_eq!((metadata.len(), metadata.permissions().mode() & 0o777), (0, 0o600));
}
