//! Wireshark's opinion of captures that tcpdump made: as many frames, with the
//! same opcodes, lengths and codes, in every format that its tools convert to.

use super::builder::open_path;
use crate::run::{Run, words};
use crate::wire::{self, End, PING, TEXT, Wire, frame};
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;
use wsscope::session::{Kind, Log};

/// A tcpdump that goes with the test, and what it said.
struct Tcpdump(Child, String);

impl Drop for Tcpdump {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// tcpdump on a port of the loopback, which is listening.
fn tcpdump(file: &Path, port: u16, options: &[&str]) -> Tcpdump {
    let tcpdump = Command::new("tcpdump")
        .args(["-U", "--immediate-mode", "-B", "65536", "-Z", "root", "-w"])
        .arg(file)
        .args(options)
        .args(["tcp", "port", &port.to_string()])
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .expect("tcpdump runs");
    let mut tcpdump = Tcpdump(tcpdump, String::new());
    let mut said = BufReader::new(tcpdump.0.stderr.as_mut().expect("a pipe"));
    while !tcpdump.1.contains("listening on") {
        let more = said.read_line(&mut tcpdump.1).expect("a pipe");
        assert!(more > 0, "tcpdump needs to be root: {}", tcpdump.1);
    }
    tcpdump
}

/// Each frame: who, opcode, octets of payload, code. Several frames of one packet
/// are one row of tshark's, with commas.
fn shown(path: &Path) -> Vec<String> {
    let fields = [
        "tcp.srcport",
        "websocket.opcode",
        "websocket.payload_length",
        "websocket.payload_length_ext_16",
        "websocket.payload_length_ext_64",
        "websocket.payload.close.status_code",
    ];
    let mut tshark = Command::new("tshark");
    tshark.arg("-r").arg(path).args(["-Y", "websocket", "-T", "fields", "-E", "separator=/t"]);
    for field in fields {
        tshark.args(["-e", field]);
    }
    let output = tshark.stderr(Stdio::null()).output().expect("tshark runs");
    let text = String::from_utf8(output.stdout).expect("text");
    let mut frames = Vec::new();
    for row in text.lines() {
        let columns: Vec<Vec<&str>> =
            row.split('\t').map(|column| column.split(',').collect()).collect();
        let (mut ext16, mut ext64) = (columns[3].iter(), columns[4].iter());
        let mut codes = columns[5].iter();
        for (opcode, len) in columns[1].iter().zip(&columns[2]) {
            let len = match *len {
                "126" => ext16.next().expect("a length of 16 bits"),
                "127" => ext64.next().expect("a length of 64 bits"),
                len => len,
            };
            let code = if *opcode == "8" { codes.next().unwrap_or(&"") } else { &"" };
            frames.push(format!("{} opcode {opcode} len {len} {code}", columns[0][0]));
        }
    }
    frames
}

fn told(log: &Log) -> Vec<String> {
    let rows = (0..log.len()).filter_map(|index| Some((index, log.row(index)?)));
    rows.filter(|(_, row)| row.kind == Kind::Frame)
        .map(|(index, row)| {
            let connection = log.connection(row.connection).expect("its connection");
            let port = match row.from() {
                Some(wsscope::protocol::Role::Client) => connection.client.port(),
                _ => connection.server.port(),
            };
            let code = row.status().map_or(String::new(), |code| code.0.to_string());
            let opcode = row.opcode().value();
            format!("{port} opcode {opcode} len {} {code}", log.payload_len(index))
        })
        .collect()
}

/// Talks while tcpdump looks; where its file is.
fn captured(folder: &Path, name: &str, address: &str, options: &[&str]) -> PathBuf {
    let file = folder.join(name);
    let run = Run::listen_on(&format!("{address}:0"), &words("--echo --no-record --connections 1"));
    let port = run.port();
    let tcpdump = tcpdump(&file, port, options);
    let mut client = Wire::connect_to(format!("{address}:{port}").parse().expect("an address"));
    client.send(wire::request("").as_bytes());
    client.head();
    let key = Some(wire::MASKING_KEY);
    client.send(
        &[frame(TEXT, key, b"a"), frame(PING, key, b""), frame(0x82, key, &[7; 300])].concat(),
    );
    for _ in 0..3 {
        client.frame();
    }
    let big = vec![b'x'; 200_000];
    client.send_frame(TEXT, &big);
    client.expect(TEXT, &big);
    client.send_close(1000, "bye");
    client.frame();
    client.expect_end(End::Fin);
    client.fin();
    run.end().expect(0);
    // Once both FINs are in the file, all before them is.
    let deadline = Instant::now() + Duration::from_secs(60);
    let fins = || {
        let mut tshark = Command::new("tshark");
        tshark.arg("-r").arg(&file).args(["-Y", "tcp.flags.fin == 1", "-T", "fields"]);
        let output = tshark.args(["-e", "tcp.srcport"]).output().expect("tshark runs");
        let ports = String::from_utf8_lossy(&output.stdout).into_owned();
        ports.lines().collect::<std::collections::HashSet<_>>().len()
    };
    while fins() < 2 {
        assert!(Instant::now() < deadline, "{name}: no end: {}", tcpdump.1);
        std::thread::sleep(Duration::from_millis(100));
    }
    drop(tcpdump);
    file
}

fn tool(name: &str, arguments: &[&str]) {
    let status = Command::new(name).args(arguments).status().expect("Wireshark's tools run");
    assert!(status.success(), "{name} {arguments:?}");
}

#[test]
#[ignore = "needs tshark"]
fn what_tcpdump_captured_is_what_tshark_shows() {
    let folder = TempDir::new().expect("a folder");
    let path = |name: &str| folder.path().join(name).display().to_string();
    let mut files = vec![
        captured(folder.path(), "lo.pcap", "127.0.0.1", &["-i", "lo", "-s", "0"]),
        captured(
            folder.path(),
            "nano.pcap",
            "127.0.0.1",
            &["-i", "lo", "-s", "0", "--time-stamp-precision=nano"],
        ),
        captured(folder.path(), "cooked.pcap", "127.0.0.1", &["-i", "any", "-y", "LINUX_SLL"]),
        captured(folder.path(), "cooked2.pcap", "127.0.0.1", &["-i", "any", "-y", "LINUX_SLL2"]),
        captured(folder.path(), "v6.pcap", "[::1]", &["-i", "lo", "-s", "0"]),
    ];
    for (to, options) in [
        ("lo.pcapng", &["-F", "pcapng"][..]),
        ("lo-nano.pcap", &["-F", "nsecpcap"]),
        // Without Ethernet's 14 octets it is raw IP.
        ("raw.pcap", &["-F", "pcap", "-C", "14", "-L", "-T", "rawip"]),
    ] {
        tool("editcap", &[options, &[&path("lo.pcap"), &path(to)]].concat());
        files.push(folder.path().join(to));
    }
    tool("mergecap", &["-w", &path("both.pcapng"), &path("lo.pcap"), &path("cooked2.pcap")]);
    files.push(folder.path().join("both.pcapng"));
    for file in files {
        let (log, opened) = open_path(&file, None);
        let (told, shown) = (told(&log.read()), shown(&file));
        let least = 10;
        assert!(told.len() >= least, "{}: {told:?}, {shown:?}, {opened:?}", file.display());
        // tshark shows a packet that "any" saw twice as sent again, so once.
        assert_eq!(told, shown, "{}", file.display());
        assert_eq!(opened.left_out, Default::default(), "{}", file.display());
    }
}
