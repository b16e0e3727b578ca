//! HARs as other tools write them: written here by hand, with the keys and forms
//! that those tools have.

use super::Session;
use serde_json::{Value, json};
use wsscope::session::Log;

fn har(creator: Value, entries: Value) -> Vec<u8> {
    let log = json!({"version": "1.2", "creator": creator, "pages": [], "entries": entries});
    serde_json::to_vec_pretty(&json!({"log": log})).unwrap()
}

fn header(name: &str, value: &str) -> Value {
    json!({"name": name, "value": value})
}

/// As the Network panel saves it: messages before the request, headers as sent,
/// text as text, binary as base64, failures as messages of type error.
pub fn chrome() -> Vec<u8> {
    let entry = json!({
        "_connectionId": "1234", "_initiator": {"type": "script"}, "_priority": null,
        "_resourceType": "websocket",
        "_webSocketMessages": [
            {"type": "send", "time": 1700000000.25, "opcode": 1, "data": "孩子"},
            {"type": "receive", "time": 1700000000.5, "opcode": 2, "data": "AP8="},
            {"type": "receive", "time": 1700000000.75, "opcode": 1, "data": ""},
            {"type": "error", "time": 1700000001.0, "opcode": -1, "data": "Invalid frame header"},
        ],
        "cache": {}, "connection": "1234",
        "request": {
            "method": "GET", "url": "ws://localhost:8000/chat?x=1", "httpVersion": "HTTP/1.1",
            "headers": [
                header("Host", "localhost:8000"), header("Connection", "Upgrade"),
                header("Upgrade", "websocket"), header("Sec-WebSocket-Version", "13"),
                header("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="),
                header("User-Agent", "Chrome"),
                header("Sec-WebSocket-Extensions", "permessage-deflate; client_max_window_bits"),
            ],
            "queryString": [header("x", "1")], "cookies": [], "headersSize": 300, "bodySize": 0,
        },
        "response": {
            "status": 101, "statusText": "Switching Protocols", "httpVersion": "HTTP/1.1",
            "headers": [
                header("Connection", "Upgrade"), header("Upgrade", "websocket"),
                header("Sec-WebSocket-Accept", "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="),
                header("Sec-WebSocket-Extensions", "permessage-deflate"),
            ],
            "cookies": [], "content": {"size": 0, "mimeType": "x-unknown"}, "redirectURL": "",
            "headersSize": 129, "bodySize": 0, "_transferSize": 129, "_error": null,
        },
        "serverIPAddress": "127.0.0.1", "startedDateTime": "2023-11-14T22:13:20.100Z",
        "time": 20.5, "timings": {"blocked": 5.5, "dns": -1, "ssl": -1, "connect": 10, "send": 0,
            "wait": 5, "receive": 0, "_blocked_queueing": -1},
    });
    let page = json!({"request": {"url": "http://localhost/", "headers": []}, "response": {}});
    har(json!({"name": "WebInspector", "version": "537.36"}), json!([page, entry]))
}

/// As `save.har` writes it: over HTTP/2, times with an offset, no end.
fn mitmproxy() -> Vec<u8> {
    let entry = json!({
        "startedDateTime": "2023-11-14T22:13:20.100000+00:00", "time": 12.0,
        "request": {
            "method": "CONNECT", "url": "https://example.com/ws", "httpVersion": "HTTP/2.0",
            "cookies": [], "queryString": [], "headersSize": 99, "bodySize": 0,
            "headers": [header(":authority", "example.com"), header("sec-websocket-version", "13")],
        },
        "response": {
            "status": 200, "statusText": "", "httpVersion": "HTTP/2.0", "cookies": [],
            "headers": [header("server", "nginx")],
            "content": {"size": 0, "compression": 0, "mimeType": "", "text": ""},
            "redirectURL": "", "headersSize": 50, "bodySize": 0,
        },
        "cache": {}, "timings": {"connect": null, "ssl": null, "send": 1.0, "receive": 1.0, "wait": 10.0},
        "_resourceType": "websocket",
        "_webSocketMessages": [
            {"type": "send", "time": 1700000000.2, "opcode": 1, "data": "a"},
            {"type": "send", "time": 1700000000.3, "opcode": 2, "data": "AQI="},
            {"type": "receive", "time": 1700000000.4, "opcode": 1, "data": "b"},
        ],
    });
    let creator = json!({"name": "mitmproxy", "version": "0.1", "comment": "mitmproxy version 11"});
    har(creator, json!([entry]))
}

/// As HTTP Toolkit exports it: header names in lower case, ends as an object or a word.
fn http_toolkit() -> Vec<u8> {
    let entry = |port: u16, close: Value| {
        json!({
            "pageref": "Firefox", "startedDateTime": "2023-11-14T23:13:20.100+01:00", "time": -1,
            "request": {
                "method": "GET", "url": format!("ws://localhost:{port}/"), "httpVersion": "HTTP/1.1",
                "cookies": [], "queryString": [], "headersSize": -1, "bodySize": 0,
                "headers": [header("host", "localhost"), header("upgrade", "websocket"),
                    header("connection", "keep-alive, Upgrade"),
                    header("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ=="),
                    header("sec-websocket-version", "13")],
            },
            "response": {
                "status": 101, "statusText": "Switching Protocols", "httpVersion": "HTTP/1.1",
                "headers": [header("upgrade", "websocket"), header("connection", "Upgrade"),
                    header("sec-websocket-accept", "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")],
                "cookies": [], "content": {"mimeType": "application/octet-stream", "size": 0},
                "redirectURL": "", "headersSize": -1, "bodySize": 0,
            },
            "cache": {}, "timings": {"blocked": -1, "dns": -1, "connect": -1, "ssl": -1, "send": 0,
                "wait": 2, "receive": 0},
            "_resourceType": "websocket",
            "_webSocketMessages": [
                {"type": "receive", "opcode": 1, "data": "hi", "time": 1700000000.2},
            ],
            "_webSocketClose": close,
        })
    };
    let entries = json!([
        entry(1, json!({"code": 4001, "reason": "bye", "timestamp": 1700000001.5})),
        entry(2, json!("aborted")),
        entry(3, json!({})),
        entry(4, json!({"code": 1006, "reason": ""})),
        entry(5, json!({"code": 1005})),
    ]);
    har(json!({"name": "HTTP Toolkit", "version": "1.20.1"}), entries)
}

fn frames(session: &Session) -> Vec<Value> {
    let told = |f: Value| json!([f["from"], f["opcode"], f["payload"]]);
    session.all("frame").into_iter().map(told).collect()
}

/// Nothing is judged that the HAR does not show.
fn no_violations(log: &Log) {
    for index in 0..log.len() {
        assert_eq!(log.violations(index), [], "row {index}");
    }
}

#[test]
fn what_chrome_writes_opens() {
    let session = Session::import(chrome());
    assert_eq!(session.problems(), Vec::<String>::new());
    assert_eq!(session.opened.left_out.items, 1);
    no_violations(&session.log.read());
    let expected = [
        json!(["client", 1, {"text": "孩子"}]),
        json!(["server", 2, {"bytes": "AP8="}]),
        json!(["server", 1, {"text": ""}]),
    ];
    assert_eq!(frames(&session), expected);
    assert_eq!(session.all("frame")[0]["time"], "2023-11-14T22:13:20.250000000Z");
    let heads = session.all("opening_handshake");
    assert_eq!(heads.len(), 2);
    assert!(heads[0]["head"].as_str().unwrap().starts_with("GET /chat?x=1 HTTP/1.1\r\nHost: "));
    assert_eq!(heads[1]["time"], "2023-11-14T22:13:20.120500000Z");
    let error = &session.all("error")[0];
    assert!(error["message"].as_str().unwrap().contains("Invalid frame header"));
    let connection = &session.all("connection")[0];
    assert_eq!(
        (&connection["role"], &connection["server"]),
        (&Value::Null, &json!("127.0.0.1:8000"))
    );
    let log = session.log.read();
    let from = log.made_from().unwrap();
    assert_eq!((from.format.as_str(), from.by.as_str()), ("har", "WebInspector 537.36"));
    // A key that nobody could take for a drawn one.
    assert_eq!(session.all("frame")[0]["masking_key"], "00000001");
}

#[test]
fn what_was_made_says_so_wherever_it_goes() {
    use wsscope::session::export::Format;
    let capture = Session::import(chrome()).write(Format::Pcapng);
    let note = b"\"made_from\":{\"format\":\"har\",\"by\":\"WebInspector 537.36\"}";
    assert!(capture.windows(note.len()).any(|octets| octets == note));
    let opened = Session::import(capture);
    assert!(opened.log.read().made_from().is_some());
    assert_eq!(frames(&opened).len(), 3);
}

#[test]
fn what_mitmproxy_writes_opens() {
    let session = Session::import(mitmproxy());
    assert_eq!(session.problems(), Vec::<String>::new());
    no_violations(&session.log.read());
    let expected = [
        json!(["client", 1, {"text": "a"}]),
        json!(["client", 2, {"bytes": "AQI="}]),
        json!(["server", 1, {"text": "b"}]),
    ];
    assert_eq!(frames(&session), expected);
    let heads = session.all("opening_handshake");
    assert!(
        heads[0]["head"].as_str().unwrap().starts_with("GET /ws HTTP/1.1\r\nHost: example.com\r\n")
    );
    assert!(heads[1]["head"].as_str().unwrap().contains("\r\nserver: nginx\r\n"));
    assert_eq!(session.all("connection")[0]["server"], "198.51.100.1:443");
    assert_eq!(session.all("tcp"), Vec::<Value>::new(), "no end was told");
}

#[test]
fn what_http_toolkit_writes_opens() {
    let session = Session::import(http_toolkit());
    assert_eq!(session.problems(), Vec::<String>::new());
    no_violations(&session.log.read());
    let ends: Vec<Value> = session
        .all("closed")
        .iter()
        .map(|line| {
            json!([line["connection"], line["close_event"]["code"], line["close_event"]["reason"]])
        })
        .collect();
    for end in [
        json!([1, 4001, "bye"]),
        json!([2, 1006, ""]),
        json!([3, 1005, ""]),
        json!([4, 1006, ""]),
        json!([5, 1005, ""]),
    ] {
        assert!(ends.contains(&end), "{end} is not among {ends:?}");
    }
    let closes = session.all("frame").into_iter().filter(|frame| frame["opcode"] == 8);
    let first = closes.min_by_key(|frame| frame["connection"].as_u64()).unwrap();
    assert_eq!(first["time"], "2023-11-14T22:13:21.500000000Z");
    assert_eq!(session.all("connection")[0]["time"], "2023-11-14T22:13:20.100000000Z");
}

#[test]
fn what_is_wrong_is_told_and_the_rest_is_taken() {
    let mut entries = serde_json::from_slice::<Value>(&http_toolkit()).unwrap();
    let list = entries["log"]["entries"].as_array_mut().unwrap();
    list[0]["startedDateTime"] = json!("yesterday");
    list[1]["_webSocketMessages"] = json!([
        {"type": "send", "time": 1700000000.1, "opcode": 1, "data": "good"},
        {"type": "send", "time": 1e300, "opcode": 1, "data": "late"},
        {"type": "send", "time": 1700000000.2, "opcode": 2, "data": "no base64!"},
        {"type": "send", "time": 1700000000.2, "opcode": 77, "data": ""},
        {"type": "shout", "time": 1700000000.2, "opcode": 1, "data": ""},
        {"type": "send", "time": "soon", "opcode": 1, "data": ""},
        {"type": "send", "time": 1700000000.2, "data": ""},
        17,
        {"type": "send", "time": 1700000000.3, "opcode": 1, "data": "good too"},
    ]);
    list[2]["request"]["url"] = json!("no URL");
    list[3] = json!(null);
    list[4]["_webSocketMessages"] = json!({"not": "a list"});
    let session = Session::import(serde_json::to_vec(&entries).unwrap());
    let expected =
        [json!(["client", 1, {"text": "good"}]), json!(["client", 1, {"text": "good too"}])];
    assert_eq!(frames(&session), expected);
    let problems = session.problems();
    for (problem, part) in problems.iter().zip([
        "entry 1 (ws://localhost:1/): the value of startedDateTime makes no sense",
        "entry 2 (ws://localhost:2/), _webSocketMessages 2: the value of time makes no sense",
        "entry 2 (ws://localhost:2/), _webSocketMessages 3: the value of data makes no sense",
        "entry 2 (ws://localhost:2/), _webSocketMessages 4: the value of opcode makes no sense",
        "entry 2 (ws://localhost:2/), _webSocketMessages 5: the value of type makes no sense",
        "_webSocketMessages 6: this is not the JSON that was expected: invalid type: string \"soon\"",
        "entry 2 (ws://localhost:2/), _webSocketMessages 7: opcode is missing",
        "_webSocketMessages 8: this is not the JSON that was expected: invalid type: integer `17`",
        "entry 3 (no URL): the value of request.url makes no sense",
        "entry 4: this is not the JSON that was expected",
        "entry 5 (ws://localhost:5/): this is not the JSON that was expected: invalid type: map",
    ]) {
        assert!(problem.contains(part), "{problem}\nhas not\n{part}");
    }
    assert_eq!(problems.len(), 11, "{problems:#?}");
}
