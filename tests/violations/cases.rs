//! The table: what breaks a rule, and the twin that does not.

use crate::run::Run;
use crate::wire::{
    BINARY, CLOSE, End, KEY, PING, PONG, TEXT, Wire, accept, close_body, frame, request,
};
use wsscope::protocol::{Role, Rule};

type Act = fn(&mut Wire);
type Answer = fn(&mut Wire, &str);

/// What the other end does.
pub enum Play {
    /// A client sends this instead of a request.
    Request(Vec<u8>),
    /// An end sends this, once the connection is open.
    Frames(Role, Vec<u8>),
    /// A server sends this, once permessage-deflate was agreed.
    Deflated(&'static [u8]),
    /// A client does this with `listen` and these options, then ends TCP.
    Listen(&'static [&'static str], Act),
    /// A server does this with `connect` and these options, given the request;
    /// then it ends TCP.
    Connect(&'static [&'static str], Answer),
    /// A server does this, and leaves TCP as it is until `connect` is interrupted.
    Interrupted(&'static [&'static str], fn(&mut Wire, &mut Run)),
}

/// A rule and who breaks it.
pub struct Case {
    pub rule: Rule,
    pub by: Role,
    pub broken: Play,
    pub twin: Play,
}

fn edited(from: &str, to: &str) -> Play {
    let good = request("");
    assert!(good.contains(from), "{from}");
    Play::Request(good.replacen(from, to, 1).into_bytes())
}

fn with(line: &str) -> Play {
    Play::Request(request(&format!("{line}\r\n")).into_bytes())
}

/// A 101 in which something is another.
fn answer(server: &mut Wire, request: &str, from: &str, to: &str) {
    let good = accept(request, "");
    assert!(good.contains(from), "{from}");
    server.send(good.replacen(from, to, 1).as_bytes());
}

fn good_answer(server: &mut Wire, request: &str) {
    server.send(accept(request, "").as_bytes());
}

fn answer_with(server: &mut Wire, request: &str, line: &str) {
    server.send(accept(request, &format!("{line}\r\n")).as_bytes());
}

const EXTENSION: &str = "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits";
const OFFER: [&str; 2] = ["--header", EXTENSION];

/// The opening handshake, both ends.
pub fn heads() -> Vec<Case> {
    use Rule::*;
    let mut cases = Vec::new();
    let mut client = |rule, broken, twin| cases.push(Case { rule, by: Role::Client, broken, twin });
    client(HeadNotHttp, Play::Request(b"HELLO\r\n\r\n".to_vec()), edited("", ""));
    client(HeadNotHttp, Play::Request(b"GET / HTTP/1.1\r\nHost".to_vec()), edited("", ""));
    let long = |len: usize| format!("X-Long: {}", "x".repeat(len));
    client(HeadTooLong, with(&long(1 << 20)), with(&long(60_000)));
    client(HeadTooLong, with(&long(70_000)), with(&long(60_000)));
    client(RequestMethod, edited("GET", "PUT"), edited("/chat?room=1", "*"));
    client(RequestHttpVersion, edited("HTTP/1.1", "HTTP/1.0"), edited("", ""));
    client(RequestHost, edited("Host: example.com\r\n", ""), edited("Host:", "hOST:"));
    client(RequestHost, with("Host: two"), edited("example.com", "[::1]:80"));
    client(
        RequestUpgrade,
        edited("Upgrade: websocket", "Upgrade: h2c"),
        edited("websocket", "WebSocket"),
    );
    client(
        RequestUpgrade,
        edited("Upgrade: websocket\r\n", ""),
        edited("websocket", "h2c, websocket"),
    );
    client(
        RequestConnection,
        edited("Connection: Upgrade", "Connection: keep-alive"),
        edited("Connection: Upgrade", "Connection: keep-alive, upgrade"),
    );
    client(RequestKey, edited(KEY, "c2hvcnQ="), edited(KEY, "AAAAAAAAAAAAAAAAAAAAAA=="));
    client(RequestKey, edited(KEY, "?"), edited("", ""));
    client(RequestKey, edited("Sec-WebSocket-Key", "X-Key"), edited("", ""));
    client(RequestKeyDoubled, with(&format!("Sec-WebSocket-Key: {KEY}")), edited("", ""));
    client(
        RequestVersion,
        edited("Version: 13", "Version: 8"),
        edited("Version: 13", "Version:13 "),
    );
    client(RequestVersion, edited("Version: 13", "Version: 13, 8"), edited("", ""));
    client(RequestVersionMissing, edited("Sec-WebSocket-Version", "X-Version"), edited("", ""));
    client(RequestVersionDoubled, with("Sec-WebSocket-Version: 13"), edited("", ""));
    let origin = "Origin: http://a";
    client(RequestOriginDoubled, with(&format!("{origin}\r\n{origin}")), with(origin));
    let body = request("Content-Length: 4\r\n") + "body";
    client(RequestBody, Play::Request(body.into_bytes()), with("Content-Length: 0"));
    let chunked = request("Transfer-Encoding: chunked\r\n") + "4\r\nbody\r\n0\r\n\r\n";
    client(RequestBody, Play::Request(chunked.into_bytes()), with("TE: trailers"));
    client(HeadSpaceBeforeColon, edited("Host:", "Host :"), edited("Host: ", "Host:"));
    client(HeadFolded, with("X: a\r\n b"), with("X: a b"));
    let offers = |names: &str| with(&format!("Sec-WebSocket-Protocol: {names}"));
    client(RequestSubprotocol, offers("chat, chat"), offers("chat, superchat"));
    client(RequestSubprotocol, offers("two words"), offers("v1.two-words"));
    client(ExtensionMalformed, with("Sec-WebSocket-Extensions: x; a="), with(EXTENSION));
    let early = frame(TEXT, Some([1, 2, 3, 4]), b"early");
    let hurried = [request("").as_bytes(), &early].concat();
    client(FrameBeforeResponse, Play::Request(hurried), Play::Frames(Role::Client, early));

    let mut server = |rule, options, broken, twin| {
        let (broken, twin) = (Play::Connect(options, broken), Play::Connect(options, twin));
        cases.push(Case { rule, by: Role::Server, broken, twin });
    };
    server(HeadNotHttp, &[], |s, _| s.send(b"220 ready\r\n\r\n"), good_answer);
    let refuse: Answer = |s, _| s.send(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n");
    server(ResponseStatus, &[], refuse, |s, request| {
        s.send(b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n");
        good_answer(s, request);
    });
    server(
        ResponseUpgrade,
        &[],
        |s, request| answer(s, request, "Upgrade: websocket\r\n", ""),
        |s, request| answer(s, request, "websocket", "WebSocket"),
    );
    server(
        ResponseConnection,
        &[],
        |s, request| answer(s, request, "Connection: Upgrade", "Connection: close"),
        |s, request| answer(s, request, "Connection: Upgrade", "connection: upgrade"),
    );
    let accept_line = "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";
    assert!(accept(&request(""), "").contains(accept_line));
    server(
        ResponseAccept,
        &[],
        |s, asked| s.send(accept(&request(""), &format!("X-For: {}\r\n", asked.len())).as_bytes()),
        good_answer,
    );
    server(
        ResponseAccept,
        &[],
        |s, request| answer(s, request, "Sec-WebSocket-Accept", "Sec-WebSocket-Except"),
        |s, request| answer(s, request, "Sec-WebSocket-Accept", "SEC-WEBSOCKET-ACCEPT"),
    );
    server(
        ResponseSubprotocol,
        &["--subprotocol", "a", "--subprotocol", "b"],
        |s, request| answer_with(s, request, "Sec-WebSocket-Protocol: c"),
        |s, request| answer_with(s, request, "Sec-WebSocket-Protocol: b"),
    );
    server(
        ResponseSubprotocolDoubled,
        &["--subprotocol", "a", "--subprotocol", "b"],
        |s, request| answer_with(s, request, "Sec-WebSocket-Protocol: a, b"),
        good_answer, // it may choose none
    );
    server(
        ResponseAcceptDoubled,
        &[],
        |s, request| {
            let good = accept(request, "");
            let line = good.lines().find(|line| line.contains("Accept")).unwrap_or_default();
            answer(s, request, line, &format!("{line}\r\n{line}"));
        },
        good_answer,
    );
    server(
        ResponseExtensionsDoubled,
        &["--header", "Sec-WebSocket-Extensions: x-a"],
        |s, request| {
            let line = "Sec-WebSocket-Extensions: x-a";
            answer_with(s, request, &format!("{line}\r\n{line}"));
        },
        |s, request| answer_with(s, request, "Sec-WebSocket-Extensions: x-a"),
    );
    server(
        ResponseLength,
        &[],
        |s, request| answer_with(s, request, "Content-Length: 0"),
        |s, request| answer_with(s, request, "X-Length: 0"),
    );
    server(
        ResponseHttpVersion,
        &[],
        |s, request| answer(s, request, "HTTP/1.1", "HTTP/1.0"),
        good_answer,
    );
    server(
        HeadFolded,
        &[],
        |s, request| answer(s, request, "Connection: ", "Connection:\r\n "),
        good_answer,
    );
    server(
        ResponseExtension,
        &OFFER,
        |s, request| answer_with(s, request, "Sec-WebSocket-Extensions: x-other"),
        |s, request| answer_with(s, request, "Sec-WebSocket-Extensions: permessage-deflate"),
    );
    server(
        ExtensionMalformed,
        &OFFER,
        |s, request| answer_with(s, request, "Sec-WebSocket-Extensions: permessage-deflate; =1"),
        |s, request| answer_with(s, request, "Sec-WebSocket-Extensions: permessage-deflate"),
    );
    negotiation(&mut cases);
    cases
}

/// What either end says of permessage-deflate.
fn negotiation(cases: &mut Vec<Case>) {
    let offers = |parameters: &str| {
        with(&format!("Sec-WebSocket-Extensions: permessage-deflate{parameters}"))
    };
    for (broken, twin) in [
        ("; server_max_window_bits", "; client_max_window_bits"),
        ("; server_max_window_bits=16", "; server_max_window_bits=\"15\""),
        ("; client_no_context_takeover=1", "; client_no_context_takeover"),
        ("; mem_level=8, permessage-deflate", "; server_max_window_bits=8, x; mem_level=8"),
    ] {
        let (broken, twin) = (offers(broken), offers(twin));
        cases.push(Case { rule: Rule::DeflateOfferInvalid, by: Role::Client, broken, twin });
    }
    let mut server = |options, broken, twin| {
        let (broken, twin) = (Play::Connect(options, broken), Play::Connect(options, twin));
        cases.push(Case { rule: Rule::DeflateAnswerInvalid, by: Role::Server, broken, twin });
    };
    const AGREED: &str = "Sec-WebSocket-Extensions: permessage-deflate";
    server(
        &[],
        |s, request| answer_with(s, request, &format!("{AGREED}; x")),
        |s, request| answer_with(s, request, &format!("{AGREED}; client_no_context_takeover")),
    );
    server(
        &[],
        |s, request| answer_with(s, request, &format!("{AGREED}; client_max_window_bits")),
        |s, request| answer_with(s, request, &format!("{AGREED}; client_max_window_bits=8")),
    );
    server(
        &["--deflate", "server_max_window_bits=10"],
        |s, request| answer_with(s, request, AGREED),
        |s, request| answer_with(s, request, &format!("{AGREED}; server_max_window_bits=9")),
    );
}

/// Frames of one end, each with a masking-key of its own if that is the client.
struct Frames {
    client: bool,
    octets: Vec<u8>,
    frames: u8,
}

impl Frames {
    fn key(&mut self) -> Option<[u8; 4]> {
        self.frames += 1;
        self.client.then_some([self.frames, 7, 0x80, 0xff])
    }

    fn then(mut self, first: u8, payload: impl AsRef<[u8]>) -> Frames {
        let key = self.key();
        self.octets.extend(frame(first, key, payload.as_ref()));
        self
    }

    /// With the length in a form of its own.
    fn long(mut self, first: u8, length: &[u8], payload: &[u8]) -> Frames {
        let key = self.key();
        let form = if length.len() == 2 { 126 } else { 127 };
        self.octets.extend([first, form | if key.is_some() { 0x80 } else { 0 }]);
        self.octets.extend(length);
        let plain = frame(first, key, payload);
        self.octets.extend(&plain[2..]);
        self
    }
}

/// What either end can break in its frames.
pub fn frames(by: Role) -> Vec<Case> {
    use Rule::*;
    let f = || Frames { client: by == Role::Client, octets: Vec::new(), frames: 0 };
    let mut cases = Vec::new();
    let mut case = |rule, broken: Frames, twin: Frames| {
        let play = |frames: Frames| Play::Frames(by, frames.octets);
        cases.push(Case { rule, by, broken: play(broken), twin: play(twin) });
    };
    let hi = || f().then(TEXT, "hi");
    // The other way round: masked if it must not be.
    let wrong = Frames { client: by != Role::Client, ..f() }.then(TEXT, "hi");
    case(if by == Role::Client { ClientNotMasked } else { ServerMasked }, wrong, hi());
    for (rule, bit) in [(Rsv1, 0x40), (Rsv2, 0x20), (Rsv3, 0x10)] {
        case(rule, f().then(TEXT | bit, "hi"), hi());
    }
    case(Rsv1, f().then(PING | 0x40, "hi"), f().then(TEXT, "a").then(BINARY, "a"));
    case(ReservedOpcode, f().then(0x83, ""), f().then(BINARY, ""));
    case(ReservedOpcode, f().then(0x8b, "x"), f().then(PING, "x"));
    case(LengthNotMinimal, f().long(TEXT, &[0, 125], &[b'x'; 125]), f().then(TEXT, [b'x'; 125]));
    let minimal = f().long(TEXT, &[0, 126], b"").octets.len();
    case(LengthNotMinimal, f().long(BINARY, &[0, 0, 0, 0, 0, 0, 0, 2], b"hi"), {
        let twin = f().then(BINARY, [b'x'; 126]);
        assert_eq!(twin.octets.len(), minimal + 126);
        twin
    });
    case(LengthNotMinimal, f().long(PING, &[0, 1], b"x"), f().then(BINARY, [b'x'; 65536]));
    case(LengthTopBit, f().long(BINARY, &[0x80, 0, 0, 0, 0, 0, 0, 1], b"x"), hi());
    case(ContinuationWithoutStart, f().then(0x80, "x"), f().then(0x01, "x").then(0x80, "x"));
    case(
        ContinuationWithoutStart,
        f().then(TEXT, "x").then(0x80, "x"),
        f().then(0x02, "x").then(PING, "").then(0x00, "").then(0x80, "x"),
    );
    case(
        MessageInsideMessage,
        f().then(0x01, "x").then(TEXT, "y"),
        f().then(TEXT, "x").then(TEXT, "y"),
    );
    case(
        ControlFragmented,
        f().then(0x09, "x"),
        f().then(0x01, "x").then(PING, "x").then(0x80, ""),
    );
    case(ControlTooLong, f().then(PING, [b'x'; 126]), f().then(PING, [b'x'; 125]));
    let reason = |len: usize| close_body(1000, &"x".repeat(len));
    case(ControlTooLong, f().then(CLOSE, reason(124)), f().then(CLOSE, reason(123)));
    case(CloseBodyOneOctet, f().then(CLOSE, [3]), f().then(CLOSE, ""));
    case(CloseBodyOneOctet, f().then(CLOSE, [0]), f().then(CLOSE, [3, 0xe8]));
    case(FrameAfterClose, f().then(CLOSE, "").then(TEXT, "x"), f().then(TEXT, "x").then(CLOSE, ""));
    case(FrameAfterClose, f().then(CLOSE, "").then(CLOSE, ""), f().then(PING, "").then(CLOSE, ""));
    let bad = |tail: &[u8]| f().then(CLOSE, [&close_body(1000, "")[..], tail].concat());
    case(ReasonNotUtf8, bad(b"\xff"), bad("再见".as_bytes()));
    case(ReasonNotUtf8, bad(b"a\xe5\x86"), bad(b""));
    for (code, twin) in [(1004, 1003), (1005, 1007), (1006, 1008), (1015, 1014)] {
        let close = |code| f().then(CLOSE, close_body(code, ""));
        case(CodeNeverOnTheWire, close(code), close(twin));
    }
    for (code, twin) in
        [(0, 1000), (999, 1001), (1016, 1002), (2999, 3000), (5000, 4999), (65535, 4000)]
    {
        let close = |code| f().then(CLOSE, close_body(code, ""));
        case(CodeUnassigned, close(code), close(twin));
    }
    if by == Role::Server {
        let close = |code| f().then(CLOSE, close_body(code, ""));
        case(CodeOfClients, close(1010), close(1011));
    }
    case(TextNotUtf8, f().then(TEXT, b"a\xc3("), f().then(BINARY, b"a\xc3("));
    case(TextNotUtf8, f().then(TEXT, b"\xe5\xad"), f().then(0x01, b"\xe5\xad").then(0x80, b"\xa9"));
    case(
        TextNotUtf8,
        f().then(0x01, b"\xe5").then(PING, "").then(0x80, b"\xad("),
        f().then(0x01, b"\xe5").then(PING, "").then(0x80, b"\xad\xa9("),
    );
    let cut = |len: usize| {
        let mut cut = f().then(TEXT, "Hello");
        cut.octets.truncate(cut.octets.len() - len);
        cut
    };
    case(FrameCutOff, cut(1), cut(0));
    case(PongUnsolicited, f().then(PONG, "x"), hi());
    if by == Role::Client {
        let keyed = |keys: [[u8; 4]; 2]| Frames {
            octets: keys.iter().flat_map(|key| frame(TEXT, Some(*key), b"hi")).collect(),
            ..f()
        };
        case(MaskingKeyZero, keyed([[0; 4], [1; 4]]), keyed([[0, 0, 0, 1], [1; 4]]));
        case(MaskingKeyRepeated, keyed([[1; 4]; 2]), keyed([[1; 4], [1, 1, 1, 2]]));
    }
    cases
}

fn close_and_wait(client: &mut Wire) {
    client.send_close(1000, "");
    client.expect_close(1000, "");
    client.expect_end(End::Fin);
}

fn accept_close(server: &mut Wire, request: &str) {
    good_answer(server, request);
    server.expect_close(1000, "");
}

/// What is undone when a connection ends.
pub fn endings() -> Vec<Case> {
    use Rule::*;
    let mut cases = Vec::new();
    let mut client = |rule, options, broken, twin| {
        let (broken, twin) = (Play::Listen(options, broken), Play::Listen(options, twin));
        cases.push(Case { rule, by: Role::Client, broken, twin });
    };
    let answered: Act = |c| {
        c.expect_close(1000, "");
        c.send_close(1000, "");
        c.expect_end(End::Fin);
    };
    client(
        CloseNotAnswered,
        &["--after-open", "close:1000"],
        |c| c.expect_close(1000, ""),
        answered,
    );
    let ping = &["--after-open", "ping:a", "--after-open", "ping:b"];
    let both: Act = |c| {
        c.expect(PING, b"a");
        c.expect(PING, b"b");
    };
    client(PingUnanswered, ping, both, |c| {
        c.expect(PING, b"a");
        c.expect(PING, b"b");
        c.send_frame(PONG, b"b"); // an answer to the newest is enough
    });
    client(
        PongUnsolicited,
        &["--after-open", "ping:a"],
        |c| c.send_frame(PONG, b"A"),
        |c| {
            c.expect(PING, b"a");
            c.send_frame(PONG, b"a");
        },
    );
    // A Close behind the Ping excuses nobody.
    let behind = &["--after-open", "ping", "--after-open", "close:1000"];
    client(
        PingUnanswered,
        behind,
        |c| {
            c.expect(PING, b"");
            c.expect_close(1000, "");
            c.send_close(1000, "");
        },
        |c| {
            c.expect(PING, b"");
            c.expect_close(1000, "");
            c.send(&frame(PONG, Some([1; 4]), b""));
            c.send_close(1000, "");
            c.expect_end(End::Fin);
        },
    );
    client(
        ClientEndsTcpFirst,
        &["--tcp-end", "60000"],
        |c| {
            c.send_close(1000, "");
            c.expect_close(1000, "");
        },
        |c| c.send_frame(TEXT, b"no Close, no closing handshake"),
    );
    client(ClientEndsTcpFirst, &["--tcp-end", "20"], |c| c.send_close(1000, ""), close_and_wait);
    client(
        MessageTooBig,
        &["--max-message", "4"],
        |c| {
            c.send_frame(TEXT, b"12345");
            c.expect_close(1009, "");
        },
        |c| c.send_frame(TEXT, b"1234"),
    );

    let mut server = |rule, options, broken, twin| {
        let (broken, twin) = (Play::Connect(options, broken), Play::Connect(options, twin));
        cases.push(Case { rule, by: Role::Server, broken, twin });
    };
    const AGREED: &str = "Sec-WebSocket-Extensions: permessage-deflate";
    // The observer knows the extension that both heads name.
    let offer = &["--violations", "note", "--header", AGREED];
    server(
        Rsv1OnControl,
        offer,
        |s, request| {
            answer_with(s, request, AGREED);
            s.send(b"\xc9\0");
        },
        |s, request| {
            answer_with(s, request, AGREED);
            s.send(b"\xc1\x07\xf2\x48\xcd\xc9\xc9\x07\0\x89\0");
        },
    );
    server(
        Rsv1OnContinuation,
        offer,
        |s, request| {
            answer_with(s, request, AGREED);
            s.send(b"\x41\x03\xf2\x48\xcd\xc0\x04\xc9\xc9\x07\0");
        },
        |s, request| {
            answer_with(s, request, AGREED);
            s.send(b"\x41\x03\xf2\x48\xcd\x80\x04\xc9\xc9\x07\0");
        },
    );
    // "Hello" of RFC 7692 §7.2.3, whole and not; the last begins with what is not there.
    for (rule, broken, twin) in [
        (DeflateDataInvalid, &b"\xc1\x01\xff"[..], &b"\xc1\x07\xf2\x48\xcd\xc9\xc9\x07\0"[..]),
        (
            DeflateDataInvalid,
            b"\xc1\x03\xf2\x48\xcd",
            b"\x41\x01\xf2\x80\x06\x48\xcd\xc9\xc9\x07\0",
        ),
        (
            DeflateDataInvalid,
            b"\xc2\x05\xf2\0\x11\0\0",
            b"\xc1\x08\xf3\x48\xcd\xc9\xc9\x07\0\0\xc2\x05\xf2\0\x11\0\0",
        ),
        (TextNotUtf8, b"\xc1\x09\0\x03\0\xfc\xffa\xc3(\0", b"\xc2\x09\0\x03\0\xfc\xffa\xc3(\0"),
    ] {
        let (broken, twin) = (Play::Deflated(broken), Play::Deflated(twin));
        cases.push(Case { rule, by: Role::Server, broken, twin });
    }
    let mut server = |rule, options, broken, twin| {
        let (broken, twin) = (Play::Connect(options, broken), Play::Connect(options, twin));
        cases.push(Case { rule, by: Role::Server, broken, twin });
    };
    let close = &["--after-open", "close:1000"];
    server(CloseNotAnswered, close, accept_close, |s, request| {
        accept_close(s, request);
        s.send_close(1000, "");
    });
    server(PingUnanswered, &["--after-open", "ping"], good_answer, |s, request| {
        good_answer(s, request);
        s.expect(PING, b"");
        s.send_frame(PONG, b"");
    });

    let mut left = |rule, options, broken, twin| {
        let (broken, twin) = (Play::Interrupted(options, broken), Play::Interrupted(options, twin));
        cases.push(Case { rule, by: Role::Server, broken, twin });
    };
    left(
        TcpNotEnded,
        &["--after-open", "close:1000", "--tcp-end", "never"],
        |s, run| {
            s.expect_close(1000, "");
            s.send_close(1000, "");
            run.frame("server");
        },
        |s, run| {
            s.expect_close(1000, "");
            s.send_close(1000, "");
            s.fin();
            run.line("tcp");
        },
    );
    cases
}
