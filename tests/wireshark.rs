//! Wireshark's opinion of a capture: as many WebSocket frames as our lines, with the
//! same opcodes, codes and reasons, on any port; and of the segments on the wire.

use super::capture;
use super::run::{Ended, LIMIT, Run, after_open, command, octets, words};
use super::wire::{End, PING, TEXT, Wire, frame};
use serde_json::Value;
use std::io::{BufRead as _, BufReader};
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener};
use std::path::Path;
use std::process::{Command, Stdio};
use tempfile::TempDir;

/// A WebSocket frame as tshark shows it.
#[derive(Debug, PartialEq, Clone)]
pub struct Row {
    from_port: u16,
    opcode: u64,
    code: Option<u64>,
    reason: Option<String>,
}

/// The fields of every row that `filter` lets through.
pub fn fields(path: &Path, filter: &str, names: &[&str]) -> Vec<Vec<String>> {
    let mut tshark = Command::new(std::env::var_os("WSSCOPE_TSHARK").unwrap_or("tshark".into()));
    tshark.arg("-r").arg(path).args(["-Y", filter, "-T", "fields", "-E", "separator=/t"]);
    for name in names {
        tshark.args(["-e", name]);
    }
    let output = tshark.stderr(Stdio::null()).output().expect("tshark runs");
    String::from_utf8_lossy(&output.stdout)
        .lines()
        .map(|line| line.split('\t').map(str::to_owned).collect())
        .collect()
}

pub fn rows(path: &Path) -> Vec<Row> {
    let names = [
        "tcp.srcport",
        "websocket.opcode",
        "websocket.payload.close.status_code",
        "websocket.payload.close.reason",
    ];
    fields(path, "websocket", &names)
        .into_iter()
        .map(|row| Row {
            from_port: row[0].parse().expect("a port"),
            opcode: row[1].parse().unwrap_or_else(|_| panic!("one frame a row: {row:?}")),
            code: row[2].parse().ok(),
            reason: Some(row[3].clone()).filter(|reason| !reason.is_empty()),
        })
        .collect()
}

/// The same of our own lines.
fn told(ended: &Ended, server: u16) -> Vec<Row> {
    let connection = ended.all("connection");
    let client = |number: &Value| -> u16 {
        let line = connection.iter().find(|line| line["connection"] == *number).expect("a line");
        let address = line["client"].as_str().expect("an address");
        address.rsplit(':').next().and_then(|port| port.parse().ok()).expect("a port")
    };
    ended
        .all("frame")
        .into_iter()
        .map(|line| Row {
            from_port: if line["from"] == "server" { server } else { client(&line["connection"]) },
            opcode: line["opcode"].as_u64().expect("an opcode"),
            code: line["status_code"].as_u64(),
            reason: line["reason"].as_str().filter(|reason| !reason.is_empty()).map(str::to_owned),
        })
        .collect()
}

/// Talks about everything on this address and compares the capture with the lines.
fn compare(address: SocketAddr) {
    let options = words("--record c.pcapng --echo --connections 2");
    let options = [&options[..], &after_open(&["text:welcome", "ping:p"])].concat();
    let run = Run::listen_on(&address.to_string(), &options);
    let port = run.port();
    let address = SocketAddr::new(address.ip(), port);
    let (mut one, mut two) = (Wire::connect_to(address), Wire::connect_to(address));
    for client in [&mut one, &mut two] {
        client.send(super::wire::request("").as_bytes());
        client.head();
        client.expect(TEXT, b"welcome");
        client.expect(PING, b"p");
    }
    let key = Some(super::wire::MASKING_KEY);
    // Frames side by side in one write, fragments, and one longer than a packet.
    let sent = [
        frame(TEXT, key, b"a"),
        frame(TEXT, key, "火星".as_bytes()),
        frame(PING, key, b""),
        frame(0x02, key, b"frag"),
        frame(0x80, key, b"ment"),
    ];
    one.send(&sent.concat());
    for _ in 0..3 {
        one.frame();
    }
    let big = vec![b'x'; 150_000];
    two.send_frame(TEXT, &big);
    two.expect(TEXT, &big);
    one.frame();
    one.send_close(1000, "孩子,地球太危险了,快回火星去吧!");
    two.send_frame(super::wire::CLOSE, b"");
    for client in [&mut one, &mut two] {
        client.frame();
        client.expect_end(End::Fin);
        client.fin();
    }
    let ended = run.end().expect(0);
    let path = ended.path("c.pcapng");
    let (told, shown) = (told(&ended, port), rows(&path));
    assert!(told.len() > 15, "{told:?}");
    assert_eq!(shown, told, "on {address}");
    let flags = |filter| fields(&path, filter, &["tcp.srcport"]).len();
    assert_eq!(flags("tcp.flags.fin == 1"), 4, "a FIN each way of both connections");
    assert_eq!(flags("tcp.flags.syn == 1 && tcp.flags.ack == 0"), 2);
    assert_eq!(flags("_ws.malformed"), 0);
    assert_eq!(flags("tcp.analysis.lost_segment || tcp.analysis.retransmission"), 0);
}

#[test]
#[ignore = "needs tshark"]
fn wireshark_shows_the_same_frames_on_any_port() {
    compare(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)));
    for port in [8000, 41234] {
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        if TcpListener::bind(address).is_ok() {
            compare(address);
        } else {
            eprintln!("port {port} is taken: not tested");
        }
    }
    for port in [0, 8000] {
        let address = SocketAddr::from((Ipv6Addr::LOCALHOST, port));
        if TcpListener::bind(address).is_ok() {
            compare(address);
        } else {
            eprintln!("{address} is not to be had: not tested");
        }
    }
}

#[test]
#[ignore = "needs tshark"]
fn wireshark_shows_a_reset_and_a_refusal() {
    let run =
        Run::listen_on("127.0.0.1:0", &words("--record c.pcapng --connections 2 --on-close rst"));
    let port = run.port();
    let mut client = Wire::open(port);
    client.send_close(3001, "bye");
    client.expect_end(End::Rst);
    let mut refused = Wire::connect(port);
    refused.send(super::wire::request("").replace("Version: 13", "Version: 7").as_bytes());
    refused.head();
    refused.fin();
    refused.rest();
    let ended = run.end().expect(0);
    let path = ended.path("c.pcapng");
    let resets = fields(&path, "tcp.flags.reset == 1", &["tcp.srcport"]);
    assert_eq!(resets, [[port.to_string()]]);
    let statuses = fields(&path, "http.response", &["http.response.code"]);
    assert_eq!(statuses, [["101"], ["426"]]);
    assert_eq!(rows(&path), told(&ended, port));
}

#[test]
#[ignore = "needs tshark"]
fn what_was_printed_is_in_the_capture_of_a_killed_run() {
    let mut run = Run::listen_on("127.0.0.1:0", &["--record", "c.pcapng", "--echo"]);
    let mut client = Wire::open(run.port());
    let traffic = frame(TEXT, Some(super::wire::MASKING_KEY), b"in mid traffic").repeat(1000);
    let reader = std::thread::spawn({
        let mut client = client.clone();
        move || client.read_on()
    });
    let writer = std::thread::spawn(move || while client.try_send(&traffic) {});
    run.until(|line| line["number"].as_u64().is_some_and(|number| number >= 5_000));
    let ended = run.destroy();
    writer.join().expect("it stops when nobody reads");
    reader.join().expect("it stops when nobody writes");
    let printed = ended.all("frame").len();
    assert!(printed >= 5_000, "{printed}");
    let path = ended.path("c.pcapng");
    let in_the_file = rows(&path).len();
    assert!(in_the_file >= printed, "{printed} printed, {in_the_file} in the file");
    // And the last one printed is there, octet by octet.
    let last = ended.all("frame").last().map(|line| octets(&line["payload"])).expect("a frame");
    assert_eq!(last, b"in mid traffic");
}

#[test]
#[ignore = "needs tshark"]
fn each_action_is_a_segment_of_its_own() {
    let home = TempDir::new().expect("a folder");
    let file = home.path().join("wire.pcap");
    let port = super::wire::free_port();
    let mut tcpdump = Command::new("tcpdump")
        .args(["-i", "lo", "-U", "--immediate-mode", "-Z", "root", "-s", "0", "-w"])
        .arg(&file)
        .args(["tcp", "port", &port.to_string()])
        .stderr(Stdio::piped())
        .spawn()
        .expect("tcpdump runs");
    let mut said = BufReader::new(tcpdump.stderr.take().expect("a pipe")).lines();
    let ready = said.find(|line| line.as_ref().is_ok_and(|line| line.contains("listening on")));
    assert!(ready.is_some(), "tcpdump needs to be root");

    let run_home = TempDir::new().expect("a folder");
    let address = port.to_string();
    let options = words("--headless --json --no-record --connections 1");
    let actions = after_open(&["text:one", "binary:02", "close:1000"]);
    let arguments = [&["listen", &address], &options[..], &actions].concat();
    let mut run = Run::spawn(command(run_home.path(), &arguments), run_home);
    run.line("listening");
    let mut client = Wire::open(port);
    client.expect(TEXT, b"one");
    client.frame();
    client.expect_close(1000, "");
    client.send_close(1000, "");
    client.expect_end(End::Fin);
    client.fin();
    run.end().expect(0);
    // Once the last FIN is in the file, all before it is.
    let from_server = format!("tcp.srcport == {port}");
    let deadline = std::time::Instant::now() + LIMIT;
    while fields(&file, "tcp.flags.fin == 1", &["tcp.srcport"]).len() < 2 {
        assert!(std::time::Instant::now() < deadline, "tcpdump saw no end");
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
    tcpdump.kill().expect("it runs");
    tcpdump.wait().expect("it ran");
    let filter = format!("{from_server} && tcp.len > 0");
    let segments = fields(&file, &filter, &["tcp.len", "tcp.flags.push"]);
    assert_eq!(segments.len(), 4, "the 101 and three actions: {segments:?}");
    let lengths: Vec<&str> = segments.iter().skip(1).map(|segment| &segment[0][..]).collect();
    assert_eq!(lengths, ["5", "3", "4"]);
}

#[test]
#[ignore = "needs tshark"]
fn no_row_is_shared_by_two_frames() {
    let run = Run::listen_on("127.0.0.1:0", &["--record", "c.pcapng", "--echo"]);
    let port = run.port();
    let mut client = Wire::open(port);
    let key = Some(super::wire::MASKING_KEY);
    client.send(&frame(TEXT, key, b"side by side").repeat(50));
    for _ in 0..50 {
        client.expect(TEXT, b"side by side");
    }
    let ended = run.interrupt().expect(0);
    let path = ended.path("c.pcapng");
    assert_eq!(rows(&path), told(&ended, port));
    let packets = capture::packets(&path);
    let with_frames = packets.iter().filter(|packet| packet.payload.len() < 50).count();
    assert!(with_frames >= 100, "{with_frames}");
}

#[test]
#[ignore = "needs tshark"]
fn tshark_inflates_a_compressed_capture() {
    let listen = Run::listen_on(
        "127.0.0.1:0",
        &words("--record c.pcapng --echo --connections 1 --deflate client_max_window_bits=10"),
    );
    let port = listen.port();
    let actions = ["text:Hello Hello", "text:Hello Hello", "text:", "wait:200", "close:1000"];
    Run::connect_port(port, &after_open(&actions)).end().expect(0);
    let ended = listen.end().expect(0);
    let names = ["tcp.srcport", "websocket.pmc", "websocket.payload.text"];
    let seen = fields(&ended.path("c.pcapng"), "websocket.opcode == 1", &names);
    for from_server in [false, true] {
        let own = seen.iter().filter(|row| (row[0] == port.to_string()) == from_server);
        let texts: Vec<&str> = own.clone().map(|row| row[2].as_str()).collect();
        assert_eq!(texts, ["Hello Hello", "Hello Hello", ""], "{seen:?}");
        assert!(own.into_iter().all(|row| row[1] == "1" || row[1] == "True"), "{seen:?}");
    }
}

/// Number and comments of each packet that has some.
fn comments(path: &Path) -> Vec<[String; 2]> {
    let names = ["frame.number", "frame.comment"];
    let rows = fields(path, "frame.comment", &names).into_iter();
    rows.map(|row| [row[0].clone(), row[1].clone()]).collect()
}

#[test]
#[ignore = "needs tshark"]
fn wireshark_shows_notes_and_its_own_show_here() {
    use wsscope::session::notes::{Note, Subject};
    use wsscope::session::recorder::SharedLog;
    use wsscope::session::{Kind, open, save, source::Source};

    let run = Run::listen_on("127.0.0.1:0", &["--record", "c.pcapng", "--echo"]);
    let mut client = Wire::open(run.port());
    for text in [&b"one"[..], b"two", &[b'x'; 100_000]] {
        client.send_frame(TEXT, text);
        client.expect(TEXT, text);
    }
    let ended = run.interrupt().expect(0);
    let path = ended.path("c.pcapng");
    let opened = |path: &Path| {
        let log = SharedLog::default();
        let file = std::fs::File::open(path).expect("a file");
        open::open(file, &log, &open::Progress::default()).expect("a capture");
        log
    };
    let log = opened(&path);
    let frames = |log: &SharedLog| -> Vec<u64> {
        let log = log.read();
        (0..log.len()).filter(|row| log.row(*row).map(|r| r.kind) == Some(Kind::Frame)).collect()
    };
    let rows = frames(&log);
    {
        let mut log = log.write();
        log.set_note(Note::new(Subject::Row(rows[0]), "孩子, the first", false));
        log.set_note(Note::new(Subject::Row(rows[1]), "", true));
        log.set_note(Note::new(Subject::Row(rows[4]), "in two packets", true));
        log.set_note(Note::new(Subject::Connection(1), "about Mars", false));
        log.set_note(Note::new(Subject::Session, "Phobos", false));
    }
    let copy = ended.path("copy.pcapng");
    let source = Source::new(std::fs::File::open(&path).expect("a file"));
    save::copy_noted(&source, &log, &copy, &save::Masks::default()).expect("a copy");
    let numbers: Vec<String> = fields(&copy, "websocket", &["frame.number"])
        .into_iter()
        .map(|row| row[0].clone())
        .collect();
    let expected = [
        ["1", "[connection] about Mars"],
        [&numbers[0], "孩子, the first"],
        [&numbers[1], "[bookmark]"],
        [&numbers[4], "[bookmark] in two packets"],
    ];
    let shown: Vec<_> =
        comments(&copy).into_iter().filter(|[_, text]| !text.starts_with("wsscope ")).collect();
    assert_eq!(shown, expected);

    // And the other way: what Wireshark's own tool writes is shown at its frame.
    let edited = ended.path("edited.pcapng");
    let edit = Command::new("editcap")
        .args(["-a", &format!("{}:from Wireshark", numbers[3])])
        .args(["-a", &format!("{}:in its place", numbers[0])])
        .args([&copy, &edited])
        .status()
        .expect("editcap runs");
    assert!(edit.success());
    let log = opened(&edited);
    let (rows, log) = (frames(&log), log.read());
    assert_eq!(log.note(rows[3]), Some("from Wireshark"));
    assert!(log.note(rows[0]).is_some_and(|note| note.ends_with("in its place")));
    assert!(log.bookmarked(rows[1]) && log.bookmarked(rows[4]));
    assert_eq!(log.connection_note(1), Some("about Mars"));
}
