//! The detail pane, found by its labels as a screen reader finds them.

use egui_kittest::Harness;
use egui_kittest::kittest::Queryable as _;
use std::fs::File;
use wsscope::protocol::closing_handshake::TcpEvent;
use wsscope::protocol::header::{FieldId, write_frame};
use wsscope::protocol::opening_handshake::{
    Head, RequestParts, ResponseParts, write_accept, write_request,
};
use wsscope::protocol::{Header, Opcode, Role, close};
use wsscope::session::inflate::Previews;
use wsscope::session::recorder::SharedLog;
use wsscope::session::source::Source;
use wsscope::session::{Fault, FaultKind, Kind, Observed, Record, Recorder, Stage};
use wsscope::text::Lang;
use wsscope::ui::frame_detail::{Body, DetailState, FrameDetail, Tab, frame_detail_ui};
use wsscope::ui::{fonts, theme};

const MARS: &str = "孩子,地球太危险了,快回火星去吧!";
const KEY: [u8; 4] = [0x37, 0xfa, 0x21, 0x3d];

/// A session recorded into a file.
struct Session {
    log: SharedLog,
    source: Source,
    recorder: Recorder,
    time: u64,
}

impl Session {
    fn new() -> Session {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("session.pcapng");
        let log = SharedLog::default();
        let file = File::create_new(&path).unwrap();
        let recorder = Recorder::new(file, None, log.clone()).unwrap();
        let source = Source::new(File::open(&path).unwrap());
        Session { log, source, recorder, time: 1_700_000_000_000_000_000 }
    }

    fn observe(&mut self, what: Observed) {
        self.time += 1_700_000;
        self.recorder.take(Record { connection: 1, time: self.time, what });
        self.recorder.commit().unwrap();
    }

    fn octets(&mut self, from: Role, octets: Vec<u8>) -> u64 {
        self.observe(Observed::Octets { from, octets: octets.into() });
        self.last()
    }

    fn frame(&mut self, from: Role, header: Header, payload: &[u8]) -> u64 {
        let mut octets = Vec::new();
        write_frame(&header, payload, &mut octets);
        self.octets(from, octets)
    }

    fn last(&self) -> u64 {
        self.log.read().len() - 1
    }

    /// A connection that is open: rows 0 to 2.
    fn open() -> Session {
        let mut session = Session::new();
        session.observe(Observed::Opened {
            role: Some(Role::Server),
            client: "127.0.0.1:50398".parse().unwrap(),
            server: "127.0.0.1:8000".parse().unwrap(),
            tunnel: None,
        });
        let parts = RequestParts {
            target: "/chat".into(),
            host: "127.0.0.1:8000".into(),
            ..RequestParts::default()
        };
        let request = write_request(&parts, *b"the sample nonce");
        let head = Head::parse(Role::Client, &request).unwrap();
        session.octets(Role::Client, request);
        session.octets(Role::Server, write_accept(&ResponseParts::default(), &head));
        session
    }

    fn close(&mut self, from: Role, code: u16, reason: &str) -> u64 {
        let body = close::body(close::StatusCode(code), reason.as_bytes());
        let key = (from == Role::Client).then_some(KEY);
        self.frame(from, Header::new(Opcode::CLOSE, body.len() as u64, key), &body)
    }

    fn tcp(&mut self, from: Role, event: TcpEvent) -> u64 {
        self.observe(Observed::Tcp { from, event, error: None });
        self.last()
    }

    fn detail(&self, index: u64, lang: Lang) -> FrameDetail {
        let mut previews = Previews::default();
        FrameDetail::of((&self.log.read(), &self.source), &mut previews, index, lang).unwrap()
    }

    fn pane(&self, index: u64, lang: Lang) -> Harness<'static, DetailState> {
        pane(self.detail(index, lang), lang, 300.0)
    }
}

/// The pane in a window so tall that nothing is scrolled away.
fn pane(detail: FrameDetail, lang: Lang, width: f32) -> Harness<'static, DetailState> {
    Harness::builder()
        .with_size([width, 1600.0])
        .with_context_setup(|ctx| {
            ctx.set_fonts(fonts::definitions());
            theme::install(ctx);
        })
        .build_ui_state(
            move |ui, state| frame_detail_ui(ui, &detail, state, lang),
            DetailState::default(),
        )
}

fn text(payload: &str) -> Header {
    Header::new(Opcode::TEXT, payload.len() as u64, Some(KEY))
}

/// Every text of these is somewhere on the pane.
fn shows(pane: &Harness<'_, DetailState>, texts: &[&str]) {
    for text in texts {
        assert!(pane.query_all_by_label_contains(text).next().is_some(), "no “{text}”");
    }
}

#[test]
fn a_masked_text_frame_shows_its_bits_and_its_text() {
    let mut session = Session::open();
    let json = r#"{"planet":"mars"}"#;
    let row = session.frame(Role::Client, text(json), json.as_bytes());
    let mut pane = session.pane(row, Lang::En);
    shows(&pane, &["FRAME 1 · TEXT · FROM THE CLIENT", "FIN 1", "opcode 1", "MASK 1"]);
    shows(&pane, &["payload length 17", "masking-key · 37 fa 21 3d", "payload · 17 octets"]);
    shows(&pane, &["0000 81 91 37 fa 21 3d 4c d8", json, "no rule broken"]);
    shows(&pane, &["first octet: 4c XOR 37 = 7b \"{\"", "Text: a message of UTF-8"]);
    pane.get_by_label("JSON").click();
    pane.run();
    shows(&pane, &["  \"planet\": \"mars\""]);
    pane.get_by_label("Hex").click();
    pane.run();
    shows(&pane, &["0000 7b 22 70 6c 61 6e 65 74"]);
    pane.get_by_label("Masked").click();
    pane.run();
    shows(&pane, &["0000 4c d8 51 51"]);
    pane.get_by_label("Copy hex").click();
    pane.run();
    shows(&pane, &["copied: 17 octets"]);
}

#[test]
fn a_close_says_code_reason_and_what_the_page_gets() {
    let mut session = Session::open();
    let row = session.close(Role::Server, 1000, MARS);
    let pane = session.pane(row, Lang::En);
    shows(&pane, &["FRAME 1 · CLOSE · FROM THE SERVER", "status code 1000 · 03 e8"]);
    shows(&pane, &["reason · 45 octets of UTF-8", "1000 Normal Closure", "§7.4.1"]);
    shows(&pane, &["either end may send it", MARS, "WHAT THE PAGE WILL GET", "wasClean true"]);
    shows(&pane, &["SO FAR", "The server sent a Close and the client has not answered it"]);
    let pane = session.pane(row, Lang::Zh);
    shows(&pane, &["帧 1 · Close · 来自服务器", "状态码 1000 · 03 e8", "未违反任何规则", MARS]);
}

#[test]
fn a_close_of_one_octet_names_the_rule_it_breaks() {
    let mut session = Session::open();
    let row = session.frame(Role::Server, Header::new(Opcode::CLOSE, 1, None), &[3]);
    let pane = session.pane(row, Lang::En);
    shows(&pane, &["03 · one octet cannot hold a status code", "close-body-one-octet", "MUST"]);
    shows(&pane, &["RFC 6455 §5.5.1", "a Close body is empty or begins with a code"]);
}

#[test]
fn a_fragment_shows_its_message() {
    let mut session = Session::open();
    let mut rows = Vec::new();
    for (opcode, fin, part) in [
        (Opcode::TEXT, false, "hello, "),
        (Opcode::CONTINUATION, false, "火"),
        (Opcode::CONTINUATION, true, "星"),
    ] {
        let header = Header { fin, ..Header::new(opcode, part.len() as u64, Some(KEY)) };
        rows.push(session.frame(Role::Client, header, part.as_bytes()));
        session.frame(Role::Client, Header::new(Opcode::PING, 0, Some(KEY)), b"");
    }
    for (part, row) in (1..).zip(rows) {
        let pane = session.pane(row, Lang::En);
        shows(&pane, &[&format!("part {part} of 3 · message 1"), "hello, 火星", "13 octets"]);
    }
}

#[test]
fn a_head_shows_how_the_key_becomes_the_proof() {
    let session = Session::open();
    for row in [1, 2] {
        let pane = session.pane(row, Lang::En);
        shows(&pane, &["FROM KEY TO ACCEPT", "dGhlIHNhbXBsZSBub25jZQ==258EAFA5-E914"]);
        shows(
            &pane,
            &["b37a4f2cc0624f1690f64606cf385945b2bec4ea", "✓ the response holds the same"],
        );
    }
    let pane = session.pane(2, Lang::En);
    shows(&pane, &["OPENING HANDSHAKE · 101 · FROM THE SERVER", "Sec-WebSocket-Accept: s3pPLM"]);
    let mut session = Session::new();
    session.observe(Observed::Opened {
        role: None,
        client: "127.0.0.1:50398".parse().unwrap(),
        server: "127.0.0.1:8000".parse().unwrap(),
        tunnel: None,
    });
    let request =
        write_request(&RequestParts { target: "/".into(), ..RequestParts::default() }, [7; 16]);
    session.octets(Role::Client, request);
    let wrong = "HTTP/1.1 101 X\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: no\r\n\r\n";
    let row = session.octets(Role::Server, wrong.into());
    shows(&session.pane(row, Lang::En), &["× the response holds", "no", "response-accept"]);
}

#[test]
fn the_ends_of_tcp_and_of_the_connection_are_explained() {
    let mut session = Session::open();
    session.close(Role::Server, 4001, "bye");
    session.close(Role::Client, 4001, "bye");
    let fin = session.tcp(Role::Server, TcpEvent::Fin);
    session.tcp(Role::Client, TcpEvent::Fin);
    let pane = session.pane(fin, Lang::En);
    shows(
        &pane,
        &["TCP · FIN · FROM THE SERVER", "The server has sent its last octet", "half-close"],
    );
    let closed = session.last();
    assert_eq!(session.log.read().row(closed).unwrap().kind, Kind::Closed);
    let pane = session.pane(closed, Lang::En);
    shows(&pane, &["CONNECTION 1 · CLOSED", "127.0.0.1:50398", "WHAT EACH END HOLDS", "VERDICT"]);
    shows(&pane, &["code 4001", "reason \"bye\"", "The server started the closing handshake"]);
    let pane = session.pane(0, Lang::Zh);
    shows(&pane, &["连接 1 · TCP 已建立", "127.0.0.1:8000"]);

    let mut session = Session::open();
    let rst = session.tcp(Role::Client, TcpEvent::Rst) - 1;
    shows(&session.pane(rst, Lang::En), &["TCP · RST · FROM THE CLIENT", "discarded", "code 1006"]);
    let fault = Fault::new(Stage::Tls, FaultKind::Refused, "127.0.0.1:9");
    session.observe(Observed::Fault(fault));
    let pane = session.pane(session.last(), Lang::En);
    shows(&pane, &["ERROR · TLS", "127.0.0.1:9 refused the connection"]);
}

#[test]
fn a_field_under_the_pointer_lights_up_in_the_hex_and_the_other_way_round() {
    let mut session = Session::open();
    let row = session.frame(Role::Client, text("hello"), b"hello");
    let mut pane = session.pane(row, Lang::En);
    pane.get_by_label("opcode 1").hover();
    pane.run();
    assert_eq!(pane.state().hovered(), Some(FieldId::Opcode));
    let line = pane.get_by_label("0000 81 85 37 fa 21 3d 5f 9f").rect();
    let octet = |i: f32| line.left_center() + egui::vec2(4.0 * 7.2 + 8.0 + 18.0 * i + 3.0, 0.0);
    for (i, field) in [(0.0, FieldId::Fin), (1.0, FieldId::Mask), (2.0, FieldId::MaskingKey)] {
        pane.hover_at(octet(i));
        pane.run();
        assert_eq!(pane.state().hovered(), Some(field));
    }
    pane.hover_at(octet(6.5));
    pane.run();
    assert_eq!(pane.state().hovered(), Some(FieldId::Payload));
    pane.get_by_label("FIN 1").click();
    pane.run();
    pane.hover_at(egui::pos2(1.0, 1599.0));
    pane.run();
    assert_eq!(pane.state().hovered(), None);
    assert_eq!(pane.state().linked.lit().map(|s| s.field()), Some(FieldId::Fin), "pinned");
}

#[test]
fn a_hundred_megabytes_cost_what_is_visible() {
    let mut session = Session::open();
    let payload = vec![b'x'; 100 << 20];
    let row = session.frame(
        Role::Server,
        Header::new(Opcode::TEXT, payload.len() as u64, None),
        &payload,
    );
    drop(payload);
    let detail = session.detail(row, Lang::En);
    let Body::Frame(part) = &detail.body else { panic!("a frame") };
    let octets = part.payload.clone();
    assert_eq!(octets.octets_read(), 0, "building reads the beginning only");
    let mut pane = pane(detail, Lang::En, 300.0);
    shows(&pane, &["shown: first 1,048,576 of 104,857,600 octets"]);
    assert_eq!(octets.octets_read(), 1 << 20);
    pane.run();
    assert_eq!(octets.octets_read(), 1 << 20, "what was read is kept");
    assert!(pane.state().laid_out < 40);
    pane.get_by_label("Hex").click();
    pane.run();
    let before = octets.octets_read();
    pane.state_mut().tab = Some(Tab::Hex);
    pane.step();
    assert!(octets.octets_read() - before <= 16 * 13, "the visible lines alone");
    assert!(pane.state().laid_out < 40);
    pane.get_by_label("go to octet, hex").focus();
    pane.run();
    pane.event(egui::Event::Text("63fffff".to_owned()));
    pane.run();
    shows(&pane, &["63ffff8 78 78 78 78"]);
    pane.get_by_label("JSON").click();
    pane.run();
    shows(&pane, &["Payloads beyond 1 MiB are not formatted as JSON."]);
}

#[test]
fn a_frame_that_is_cut_off_says_so() {
    for (octets, sentence) in [
        (vec![0x82, 5, 1, 2], "cut off: 2 of 5 octets of payload came"),
        (vec![0x82, 126, 1], "cut off inside the header: 3 octets of it came"),
    ] {
        let mut session = Session::open();
        session.octets(Role::Server, octets);
        let fin = session.tcp(Role::Server, TcpEvent::Fin);
        shows(&session.pane(fin - 1, Lang::En), &[sentence, "frame-cut-off"]);
    }
}

#[test]
fn what_is_no_text_is_escaped() {
    let mut session = Session::open();
    let header = Header::new(Opcode::TEXT, 4, Some(KEY));
    let row = session.frame(Role::Client, header, b"a\xff\x01b");
    let pane = session.pane(row, Lang::En);
    shows(&pane, &["a\\xff\\x01b", "text-not-utf8", "at octet 1 of the payload"]);
}

#[test]
fn nothing_reaches_beyond_the_pane_at_any_width() {
    let mut session = Session::open();
    let long = "x".repeat(300);
    let mut rows = vec![0, 1, 2];
    rows.push(session.frame(Role::Client, text(&long), long.as_bytes()));
    rows.push(session.close(Role::Server, 1000, MARS));
    session.close(Role::Client, 1000, MARS);
    rows.push(session.tcp(Role::Server, TcpEvent::Fin));
    rows.push(session.tcp(Role::Client, TcpEvent::Fin));
    rows.push(session.last());
    session.observe(Observed::Fault(Fault::new(Stage::Tcp, FaultKind::Refused, "127.0.0.1:9")));
    rows.push(session.last());
    for lang in [Lang::En, Lang::Zh] {
        for (row, width) in rows.iter().flat_map(|row| [(row, 280.0), (row, 480.0)]) {
            let pane = pane(session.detail(*row, lang), lang, width);
            for node in pane.query_all_by_label_contains("") {
                let right = node.rect().right();
                assert!(right <= width + 0.5, "{right} > {width}: {node:?}");
            }
        }
    }
}

#[test]
fn an_ending_shows_its_steps_what_to_do_and_what_libraries_report() {
    let mut session = Session::open();
    session.close(Role::Server, 999, "r");
    session.close(Role::Client, 1002, "");
    session.tcp(Role::Server, TcpEvent::Fin);
    session.tcp(Role::Client, TcpEvent::Fin);
    let row = session.last();
    let pane = session.pane(row, Lang::En);
    shows(&pane, &["CloseEvent", "wasClean true", "code 999"]);
    shows(&pane, &["THE ENDING, STEP BY STEP", "The server sent Close 999", "+1.7 ms", "in all"]);
    shows(&pane, &["CLOSING lasted"]);
    shows(&pane, &["WHAT TO DO", "send 1000, 1001, 1011"]);
    shows(&pane, &["AND OTHER CLIENTS", "npm ws", "WS_ERR_INVALID_CLOSE_CODE"]);
    shows(&pane, &["python websockets", "ConnectionClosedError", "never on the wire"]);
    let pane = session.pane(row, Lang::Zh);
    shows(&pane, &["关闭过程", "如何处理", "其他客户端", "服务器发送 Close 999"]);
}
