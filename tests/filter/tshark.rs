//! Wireshark on the same capture: expressions that both understand let the same
//! frames through.

use super::known::session;
use super::rows;
use std::process::{Command, Stdio};

/// Numbers of the WebSocket frames that tshark lets through.
fn shown(path: &std::path::Path, filter: &str) -> Vec<u32> {
    let run = |filter: &str| -> Vec<u32> {
        let tshark = std::env::var_os("WSSCOPE_TSHARK").unwrap_or("tshark".into());
        let mut tshark = Command::new(tshark);
        tshark.arg("-r").arg(path).args(["-Y", filter, "-T", "fields", "-e", "frame.number"]);
        let output = tshark.stderr(Stdio::piped()).output().expect("tshark runs");
        assert!(output.status.success(), "{filter}: {}", String::from_utf8_lossy(&output.stderr));
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        text.lines().map(|line| line.parse().expect("a number")).collect()
    };
    let packets = run("websocket");
    let found = run(&format!("websocket && ({filter})"));
    found
        .into_iter()
        .map(|packet| packets.iter().position(|p| *p == packet).unwrap() as u32 + 1)
        .collect()
}

#[test]
#[ignore = "needs tshark"]
fn wireshark_lets_the_same_frames_through() {
    let session = session();
    let path = session.recorded.path.clone();
    let log = session.log.read();
    for filter in [
        "websocket.opcode == 8 && websocket.payload.close.status_code != 1000",
        "websocket.opcode in {8..9}",
        "websocket.opcode in {0, 2, 0xa}",
        "!websocket.fin",
        "websocket.fin == 0",
        "not websocket.mask == 1",
        "websocket.mask",
        "websocket.payload_length > 4",
        "websocket.payload_length_ext_16 > 5",
        "websocket.masking_key == 37:fa:21:3d",
        "websocket.payload.close.status_code",
        "websocket.payload.close.status_code != 1000",
        "!(websocket.payload.close.status_code == 1000)",
        "websocket.payload.close.reason contains \"mask\"",
        "websocket.payload.text contains \"state\"",
        "websocket.payload.text matches \"ID\\\":\\\\d+\"",
        "websocket.payload.text == \"hello\"",
        "websocket.opcode == 9 || websocket.opcode == 8 && websocket.mask == 1",
        "websocket.opcode == 9 or websocket.opcode == 8 and not websocket.mask == 1",
        "(websocket.opcode == 9 || websocket.opcode == 8) && websocket.mask == 1",
        "! websocket.opcode == 1 && ! websocket.opcode == 0",
        "ip.src == 10.0.0.0/8",
        "tcp.srcport == 8000 && tcp.dstport == 50002",
        "frame.time_relative > 0.02",
    ] {
        let ours: Vec<u32> = rows(&session, filter)
            .into_iter()
            .map(|index| log.row(index).unwrap().number)
            .filter(|number| *number > 0)
            .collect();
        assert_eq!(ours, shown(&path, filter), "{filter}\n{}", session.shown());
    }
}
