//! What a browser does with the page, in bare TCP: load it, connect with its query,
//! report. And a hundred of them at once.

use super::super::run::LIMIT;
use super::super::wire::{Wire, request};
use super::exchange;
use serde_json::json;
use std::collections::HashSet;
use std::sync::Arc;
use std::sync::mpsc::channel;
use wsscope::engine::Engine;
use wsscope::engine::order::{ConnectionOrder, Order};
use wsscope::protocol::connection::Settings;
use wsscope::protocol::{Action, StatusCode};
use wsscope::session::page::{Comparison, compare};

const AGENT: &str = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) \
                     Chrome/156.0.0.0 Safari/537.36";

/// A page as it was served.
pub struct Page {
    port: u16,
    pub id: String,
    pub token: String,
}

/// The same request with the length of its body in its head.
pub fn with_length(request: &str) -> String {
    let (head, body) = request.split_once("\r\n\r\n").expect("a head");
    let lines = head.lines().filter(|line| !line.starts_with("Content-Length:"));
    let head: String = lines.map(|line| format!("{line}\r\n")).collect();
    format!("{head}Content-Length: {}\r\n\r\n{body}", body.len())
}

impl Page {
    pub fn load(port: u16) -> Page {
        let answer = super::get(port, "/", &format!("User-Agent: {AGENT}\r\n"));
        let data = |key: &str| {
            let value = answer.split(&format!("data-{key}=\"")).nth(1);
            value.and_then(|value| value.split('"').next()).expect("an attribute").to_owned()
        };
        Page { port, id: data("page"), token: data("token") }
    }

    /// Opens a WebSocket as this page does.
    pub fn open(&self, attempt: u32, name: &str) -> Wire {
        let target = format!("/?page={}&n={attempt}&name={name}", self.id);
        let mut wire = Wire::connect(self.port);
        wire.send(request("").replace("/chat?room=1", &target).as_bytes());
        let head = wire.head();
        assert!(head.starts_with("HTTP/1.1 101 "), "{head}");
        wire
    }

    pub fn report(&self, attempt: u32, code: u16, reason: &str, clean: bool) -> String {
        // Not by serde_json: a test may want escapes of its own.
        format!(
            r#"{{"page":"{}","attempt":{attempt},"code":{code},"reason":"{reason}","wasClean":{clean},"error":false}}"#,
            self.id
        )
    }

    pub fn post(&self, body: &str) -> String {
        let (port, token) = (self.port, &self.token);
        with_length(&format!(
            "POST /close-event HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\
             Origin: http://127.0.0.1:{port}\r\nContent-Type: application/json\r\n\
             X-Wsscope-Token: {token}\r\n\r\n{body}"
        ))
    }
}

#[test]
fn a_hundred_pages_are_named_closed_by_one_order_and_observed() {
    const CLASS: usize = 100;
    let (waker, woken) = channel();
    let wake = Arc::new(move || waker.send(()).unwrap_or_default());
    let mut engine = Engine::start(tempfile::tempfile().unwrap(), None, wake).unwrap();
    // Until what is looked for is so.
    let until = |is: &dyn Fn() -> bool| {
        while !is() {
            woken.recv_timeout(LIMIT).expect("something happens");
        }
    };
    engine.order(Order::Listen {
        address: "127.0.0.1:0".parse().unwrap(),
        next_free: false,
        settings: Settings::default(),
        tls: None,
    });
    until(&|| engine.status(|status| status.listening.is_some()));
    let port = engine.status(|status| status.listening.unwrap().port());
    let client = |n: usize| {
        move || {
            let page = Page::load(port);
            let mut wire = page.open(1, &format!("%E5%AD%A9+{n}"));
            wire.expect_close(1000, "class is over");
            wire.send_close(1000, "class is over");
            wire.rest();
            let report = page.post(&page.report(1, 1000, "class is over", true));
            assert!(exchange(port, &report).starts_with("HTTP/1.1 204 "));
        }
    };
    let clients: Vec<_> = (0..CLASS).map(|n| std::thread::spawn(client(n))).collect();
    let log = engine.log();
    let opened = |log: &wsscope::session::Log| {
        let open = log.connections().iter().filter(|c| c.closing.opened_at().is_some());
        open.count()
    };
    until(&|| opened(&log.read()) == CLASS);
    let close = Action::Close(StatusCode::NORMAL, b"class is over".to_vec());
    engine.order(Order::All(ConnectionOrder::Perform(vec![close])));
    clients.into_iter().for_each(|client| client.join().expect("it saw what it should"));
    until(&|| log.read().connections().iter().all(|c| c.observed.is_some()));
    let read = log.read();
    assert_eq!(read.connections().len(), CLASS);
    let names = read.connections().iter().map(|connection| {
        assert_eq!(compare(connection), Some(Comparison::Agrees));
        let page = connection.page.as_ref().expect("it is a page's");
        assert_eq!(page.browser, "Chromium 156");
        page.name.clone()
    });
    let expected: HashSet<String> = (0..CLASS).map(|n| format!("孩 {n}")).collect();
    assert_eq!(names.collect::<HashSet<_>>(), expected);
    drop(read);
    engine.order(Order::ShutDown);
    engine.wait();
    // Its type is part of what scripts rely on.
    assert_eq!(json!(Comparison::Agrees.as_predicted()), json!(true));
}
