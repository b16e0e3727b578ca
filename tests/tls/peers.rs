//! TLS with the programs that people use at the other end.

use super::local;
use super::peer::{Ca, Identity, ca, expired, for_clients, issue, names, write};
use super::trusting;
use crate::peer::{folder, python};
use crate::run::{Ended, LIMIT, Run, holds};
use serde_json::{Value, json};
use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};
use tempfile::TempDir;

/// A program, until it is dropped.
struct Program(Child);

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A server's program, and the port in the first line that it prints.
fn serve(command: &mut Command) -> (Program, u16) {
    let mut child = command.stdout(Stdio::piped()).spawn().expect("the program starts");
    let mut line = String::new();
    let stdout = child.stdout.as_mut().expect("a pipe");
    BufReader::new(stdout).read_line(&mut line).expect("a line");
    let port = line.trim().parse().unwrap_or_else(|_| panic!("no port in {line:?}"));
    (Program(child), port)
}

/// An echo server; with a third file it wants a client certificate of that CA.
const NODE_SERVER: &str = "const [cert, key, ca] = process.argv.slice(1).map(f => require('fs').readFileSync(f));
const { WebSocketServer } = require('ws');
const server = require('https').createServer({ cert, key, ca, requestCert: !!ca, rejectUnauthorized: !!ca });
new WebSocketServer({ server }).on('connection', ws => ws.on('message', (m, b) => ws.send(m, { binary: b })));
server.listen(0, '127.0.0.1', () => console.log(server.address().port));";

/// Waits until openssl, which does not say so, listens there.
fn listens(port: u16) {
    let deadline = std::time::Instant::now() + LIMIT;
    while std::net::TcpStream::connect(("127.0.0.1", port)).is_err() {
        assert!(std::time::Instant::now() < deadline, "openssl does not listen");
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
}

const NODE_CLIENT: &str = "const [url, ca] = process.argv.slice(1);
const WebSocket = require('ws');
const ws = new WebSocket(url, { ca: require('fs').readFileSync(ca), servername: 'localhost' });
ws.on('open', () => ws.send('hello'));
ws.on('message', m => { console.log(String(m)); ws.close(3001, 'bye'); });
ws.on('error', e => console.log(String(e)));";

const PYTHON_SERVER: &str = "import asyncio, ssl, sys, websockets
async def echo(ws):
    async for m in ws: await ws.send(m)
async def main():
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER); tls.load_cert_chain(sys.argv[1], sys.argv[2])
    async with websockets.serve(echo, '127.0.0.1', 0, ssl=tls) as s:
        print(s.sockets[0].getsockname()[1], flush=True); await asyncio.Future()
asyncio.run(main())";

const PYTHON_CLIENT: &str = "import asyncio, ssl, sys, websockets
async def main():
    tls = ssl.create_default_context(cafile=sys.argv[2])
    async with websockets.connect(sys.argv[1], ssl=tls) as ws:
        await ws.send('hello'); print(await ws.recv()); await ws.close(3001, 'bye')
asyncio.run(main())";

fn node(script: &str) -> Command {
    let mut command = Command::new("node");
    command.current_dir(folder()).args(["-e", script, "--"]);
    command
}

fn python_script(script: &str) -> Command {
    let mut command = Command::new(python());
    command.args(["-c", script]);
    command
}

/// The program as a client of an echo server.
fn talk_to(command: &mut Command, certificate: &str) {
    let (_server, port) = serve(command);
    let options = ["--ca", certificate, "--deflate", "off", "--after-open", "text:hello"];
    let mut run = Run::connect(&format!("wss://localhost:{port}/"), &options);
    holds(&run.frame("server"), &json!({"payload": {"text": "hello"}}));
    let ended = run.interrupt().expect(0);
    holds(ended.only("tls"), &json!({"verified": true, "server_name": "localhost"}));
    holds(&ended.only("closed")["close_event"], &json!({"code": 1001, "was_clean": true}));
    let fin = ended.all("tcp").into_iter().find(|line| line["from"] == "server").expect("an end");
    assert!(fin["close_notify"].is_boolean() || fin["event"] == "rst", "{fin}");
}

/// The program as a server of such a client.
fn talk_with(command: impl FnOnce(&str, &str) -> Command) {
    let folder = TempDir::new().expect("a folder");
    let (_, [certificate, key]) = local(&folder);
    let run = Run::listen(&["--cert", &certificate, "--key", &key, "--echo", "--connections", "1"]);
    let url = format!("wss://localhost:{}/", run.port());
    let output = command(&url, &certificate).output().expect("the program runs");
    assert_eq!(String::from_utf8_lossy(&output.stdout).trim(), "hello", "{output:?}");
    let ended = run.end().expect(0);
    holds(ended.only("tls"), &json!({"version": "TLS 1.3", "server_name": "localhost"}));
    holds(&ended.only("closed")["close_event"], &json!({"code": 3001, "reason": "bye"}));
}

#[test]
#[ignore = "needs node with ws"]
fn node_ws_both_ways() {
    let folder = TempDir::new().expect("a folder");
    let (_, [certificate, key]) = local(&folder);
    talk_to(node(NODE_SERVER).args([&certificate, &key]), &certificate);
    talk_with(|url, ca| {
        let mut client = node(NODE_CLIENT);
        client.args([url, ca]);
        client
    });
}

/// The program as a client of a node server with this identity; what it says.
fn says_of_node(identity: &Identity, clients: Option<&Ca>, options: &[&str]) -> (Ended, String) {
    let folder = TempDir::new().expect("a folder");
    let mut files = vec![
        write(folder.path(), "cert.pem", &identity.pem),
        write(folder.path(), "key.pem", &identity.key.serialize_pem()),
    ];
    files.extend(clients.map(|ca| write(folder.path(), "clients.pem", &ca.pem())));
    let (_server, port) = serve(node(NODE_SERVER).args(&files));
    let ended = Run::connect(&format!("wss://127.0.0.1:{port}/"), options).end();
    let told = ended.all("error").iter().map(|line| line["message"].to_string()).collect();
    (ended, told)
}

#[test]
#[ignore = "needs node with ws"]
fn each_certificate_of_a_node_server_has_its_sentence() {
    let folder = TempDir::new().expect("a folder");
    let root = ca("test root");
    let trusted = trusting(&folder, &root);
    let here = || names(&["127.0.0.1"]);
    for (identity, says) in [
        (issue(&expired(here()), Some(&root)), "expired on 2002-02-03 00:00:00 UTC"),
        (issue(&names(&["b.test"]), Some(&root)), "is not for 127.0.0.1 but for b.test"),
        (issue(&here(), None), "self-signed"),
        (issue(&here(), Some(&ca("other root"))), "unknown issuer (CN=other root)"),
    ] {
        let (ended, told) = says_of_node(&identity, None, &["--ca", &trusted]);
        assert!(told.contains(says), "{told}");
        holds(ended.expect(1).only("tls"), &json!({"version": null, "verified": false}));
    }
    let server = issue(&here(), Some(&root));
    let own = issue(&for_clients(names(&["me"])), Some(&root));
    let stranger = issue(&for_clients(names(&["me"])), Some(&ca("other root")));
    let options = |identity: &Identity| {
        let pem = write(folder.path(), "me.pem", &identity.pem);
        let key = write(folder.path(), "me.key", &identity.key.serialize_pem());
        ["--client-cert".to_owned(), pem, "--client-key".to_owned(), key]
    };
    let with = |identity: Option<&Identity>| {
        let more = identity.map(options);
        let mut all = vec!["--ca", &trusted[..], "--after-open", "close:1000"];
        all.extend(more.iter().flatten().map(String::as_str));
        says_of_node(&server, Some(&root), &all)
    };
    let (ended, told) = with(None);
    assert!(told.contains("certificate_required"), "{told}");
    holds(ended.expect(1).only("closed"), &json!({"client": {"code": 1006}}));
    let (ended, told) = with(Some(&own));
    assert_eq!(told, "");
    holds(ended.expect(0).only("closed"), &json!({"client": {"code": 1000}}));
    let (ended, told) = with(Some(&stranger));
    // node judges it once TLS is established, and ends that without an alert: by a FIN, or
    // by a RST where it has not read the request.
    let ends = ["the server ended TCP without a response", "TCP was broken off before"];
    assert!(ends.iter().any(|end| told.contains(end)), "{told}");
    holds(ended.expect(1).only("closed"), &json!({"client": {"code": 1006}}));
}

/// How openssl's end of TCP is recorded.
fn end_of_openssl(ended: &Ended, from: &str) -> Value {
    let mut fins = ended.all("tcp").into_iter().filter(|line| line["from"] == from);
    let fin = fins.next().expect("its end");
    json!([fin["event"], fin["close_notify"]])
}

/// openssl, which is spoken to and heard.
fn piped(openssl: &mut Command) -> Program {
    let openssl = openssl.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
    Program(openssl.spawn().expect("openssl runs"))
}

/// Waits until openssl has read this, since one that is killed with unread octets ends TCP
/// by a RST.
fn has_read(openssl: &mut Program, words: &str) {
    let stdout = openssl.0.stdout.as_mut().expect("a pipe");
    let mut lines = BufReader::new(stdout).lines();
    let found = lines.any(|line| line.is_ok_and(|line| line.contains(words)));
    assert!(found, "openssl ended without having read '{words}'");
}

#[test]
#[ignore = "needs openssl"]
fn whether_openssl_ends_tls_in_order_is_told() {
    let folder = TempDir::new().expect("a folder");
    let (_, [certificate, key]) = local(&folder);
    for (in_order, expected) in [(true, json!(["fin", true])), (false, json!(["fin", false]))] {
        let run = Run::listen(&["--cert", &certificate, "--key", &key, "--connections", "1"]);
        let mut client = piped(Command::new("openssl").args([
            "s_client",
            "-connect",
            &format!("127.0.0.1:{}", run.port()),
        ]));
        let stdin = client.0.stdin.as_mut().expect("a pipe");
        std::io::Write::write_all(stdin, crate::wire::request("").as_bytes()).expect("it reads");
        has_read(&mut client, "101 Switching Protocols");
        if in_order {
            // The end of its input is where it says goodbye.
            drop(client.0.stdin.take());
        } else {
            client.0.kill().expect("it runs");
        }
        assert_eq!(end_of_openssl(&run.end().expect(0), "client"), expected);
    }
    for (option, expected) in [("-www", json!(["fin", true])), ("-quiet", json!(["fin", false]))] {
        let port = crate::wire::free_port();
        let mut server = piped(
            Command::new("openssl")
                .args(["s_server", "-accept", &port.to_string(), "-cert", &certificate])
                .args(["-key", &key, option]),
        );
        listens(port);
        let url = format!("wss://127.0.0.1:{port}/");
        let run = Run::connect(&url, &["--insecure"]);
        if option == "-quiet" {
            has_read(&mut server, "Sec-WebSocket-Version");
            server.0.kill().expect("it runs");
        }
        assert_eq!(end_of_openssl(&run.end().expect(1), "server"), expected, "{option}");
    }
}

#[test]
#[ignore = "needs python websockets"]
fn python_websockets_both_ways() {
    let folder = TempDir::new().expect("a folder");
    let (_, [certificate, key]) = local(&folder);
    talk_to(python_script(PYTHON_SERVER).args([&certificate, &key]), &certificate);
    talk_with(|url, ca| {
        let mut client = python_script(PYTHON_CLIENT);
        client.args([url, ca]);
        client
    });
}

#[test]
#[ignore = "needs openssl"]
fn openssl_as_a_client_and_as_a_server() {
    let folder = TempDir::new().expect("a folder");
    let (_, [certificate, key]) = local(&folder);
    for version in ["-tls1_2", "-tls1_3"] {
        let mut run = Run::listen(&["--cert", &certificate, "--key", &key, "--connections", "1"]);
        let address = format!("127.0.0.1:{}", run.port());
        let mut client = piped(
            Command::new("openssl")
                .args([
                    "s_client",
                    "-quiet",
                    "-connect",
                    &address,
                    "-CAfile",
                    &certificate,
                    version,
                ])
                .args(["-servername", "localhost", "-verify_return_error", "-alpn", "http/1.1"]),
        );
        let stdin = client.0.stdin.as_mut().expect("a pipe");
        std::io::Write::write_all(stdin, crate::wire::request("").as_bytes()).expect("it reads");
        let mut line = String::new();
        let stdout = client.0.stdout.as_mut().expect("a pipe");
        BufReader::new(stdout).read_line(&mut line).expect("a response");
        assert!(line.starts_with("HTTP/1.1 101 "), "{line}");
        let told = run.line("tls");
        holds(&told, &json!({"server_name": "localhost", "alpn": "http/1.1"}));
        assert_eq!(told["version"], if version == "-tls1_2" { "TLS 1.2" } else { "TLS 1.3" });
        drop(client);
        run.end().expect(0);
    }
    // openssl's own certificates say CA:TRUE unless told otherwise.
    let (own, own_key) = (folder.path().join("ca.pem"), folder.path().join("ca.key"));
    let made = Command::new("openssl")
        .args(["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=mine"])
        .arg("-keyout")
        .arg(&own_key)
        .arg("-out")
        .arg(&own)
        .stderr(Stdio::null())
        .status();
    assert!(made.is_ok_and(|status| status.success()));
    let port = crate::wire::free_port();
    let server = Command::new("openssl")
        .args(["s_server", "-quiet", "-accept", &port.to_string()])
        .arg("-cert")
        .arg(&own)
        .arg("-key")
        .arg(&own_key)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .map(Program)
        .expect("openssl runs");
    listens(port);
    let url = format!("wss://127.0.0.1:{port}/");
    let sentence = |options: &[&str]| -> Value {
        Run::connect(&url, options).end().expect(1).only("error")["message"].clone()
    };
    assert!(sentence(&[]).to_string().contains("self-signed (CN=mine)"));
    assert!(sentence(&["--ca", &own.display().to_string()]).to_string().contains("CA:TRUE"));
    drop(server);
}

const CHROMIUM: &str = "const [url] = process.argv.slice(1);
const { chromium } = require('playwright-core');
(async () => {
  const browser = await chromium.launch({ executablePath: process.env.WSSCOPE_CHROMIUM || '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu', '--ignore-certificate-errors'] });
  const page = await browser.newPage();
  console.log(await page.evaluate(url => new Promise(done => {
    const ws = new WebSocket(url);
    ws.onopen = () => ws.send('hello');
    ws.onmessage = m => { window.m = m.data; ws.close(3001, 'bye'); };
    ws.onclose = () => done(window.m);
  }), url));
  await browser.close();
})();";

#[test]
#[ignore = "needs Chromium"]
fn chromium_as_a_client() {
    talk_with(|url, _| {
        let mut client = node(CHROMIUM);
        client.arg(url);
        client
    });
}

#[test]
#[ignore = "needs tshark"]
fn tshark_reads_the_cleartext() {
    let server =
        Run::listen_on("127.0.0.1:0", &["--tls", "--record", "s.pcapng", "--connections", "1"]);
    let options = ["--insecure", "--after-open", "text:hi", "--after-open", "close:3001:bye"];
    Run::connect(&server.url(), &options).end().expect(0);
    let ended = server.end().expect(0);
    let rows = crate::wireshark::rows(&ended.path("s.pcapng"));
    assert_eq!(rows.len(), 3, "{rows:?}");
}
