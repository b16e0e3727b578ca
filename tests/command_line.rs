//! The command line: addresses, usage errors, exit codes, what people are told.

use super::run::{LIMIT, Run, command, expect_usage_error, holds, output, words};
use super::wire::{CLOSE, TEXT, Wire, free_port, has_ipv6, server};
use serde_json::json;
use std::net::{TcpStream, ToSocketAddrs as _};
use tempfile::TempDir;

/// The first line that the program prints without `--json`.
fn first_text(arguments: &[&str]) -> (Run, String) {
    let mut run = Run::start(arguments);
    let line = run.text().expect("a first line");
    (run, line)
}

#[test]
fn version_and_help_are_everywhere() {
    let version = env!("CARGO_PKG_VERSION");
    for arguments in
        [&["--version"][..], &["--help"], &["listen", "--help"], &["connect", "--help"]]
    {
        let (run, first) = first_text(arguments);
        if arguments == ["--version"] {
            assert!(first.contains("wsscope") && first.contains(version), "{first}");
        }
        run.end().expect(0);
    }
    for subcommand in ["listen", "connect"] {
        let mut run = Run::start(&[subcommand, "--version"]);
        let text: String = std::iter::from_fn(|| run.text()).collect();
        assert!(text.contains(version), "{subcommand}: {text}");
        run.end().expect(0);
    }
}

#[test]
fn help_names_every_option() {
    let both = words(
        "--headless --json --record --overwrite --no-record --echo --on-close --close-delay --delay \
         --on-ping --tcp-end --after-open --header --subprotocol --open-timeout --max-message --lang",
    );
    for (subcommand, own) in [
        ("listen", &["--connections", "--answer", "--answer-delay", "--answer-subprotocol"][..]),
        ("connect", &["--origin", "--stdin", "--follow"]),
    ] {
        let mut run = Run::start(&[subcommand, "--help"]);
        let text: String = std::iter::from_fn(|| run.text()).collect();
        if subcommand == "listen" {
            assert!(text.contains("127.0.0.1:8000"), "the default address is told:\n{text}");
        }
        for option in both.iter().chain(own) {
            assert!(text.contains(option), "{subcommand} --help does not name {option}:\n{text}");
        }
        run.end().expect(0);
    }
}

#[test]
fn a_usage_error_is_one_line_and_exit_code_2() {
    let listen = ["listen", "127.0.0.1:0", "--headless", "--json", "--no-record"];
    let port = free_port();
    let url = format!("ws://127.0.0.1:{port}/");
    let connect = ["connect", &url, "--headless", "--json", "--no-record"];
    for options in [
        &["--nonsense"][..],
        &["--after-open"],
        &["--after-open", "shout"],
        &["--after-open", "binary:0"],
        &["--after-open", "raw:zz"],
        &["--after-open", "close:70000"],
        &["--after-open", "wait:soon"],
        &["--on-close", "maybe"],
        &["--on-close", "65536"],
        &["--close-delay", "-1"],
        &["--delay", "soon"],
        &["--on-ping", "sometimes"],
        &["--tcp-end", "soon"],
        &["--header", "no colon"],
        &["--open-timeout", "x"],
        &["--max-message", "x"],
        &["--lang", "fr"],
    ] {
        expect_usage_error(&[&listen[..], options].concat());
        expect_usage_error(&[&connect[..], options].concat());
    }
    expect_usage_error(&[&listen[..], &["--connections", "x"]].concat());
    expect_usage_error(&[&listen[..], &["--origin", "http://a"]].concat());
    expect_usage_error(&[&listen[..], &["--stdin"]].concat());
    expect_usage_error(&[&connect[..], &["--connections", "1"]].concat());
    expect_usage_error(&["connect", "--headless", "--json"]);
    for url in ["http://127.0.0.1/", "ws://", "ws://127.0.0.1:99999/"] {
        expect_usage_error(&["connect", url, "--headless", "--json"]);
    }
    for address in ["127.0.0.1:99999", "127.0.0.1:x", "65536", "a:b:c"] {
        expect_usage_error(&["listen", address, "--headless", "--json"]);
    }
}

#[test]
fn the_first_line_tells_where_it_listens() {
    let (run, line) = first_text(&["listen", "127.0.0.1:0", "--headless", "--no-record"]);
    let port: u16 = line
        .strip_prefix("listening on ws://127.0.0.1:")
        .and_then(|rest| rest.strip_suffix('/'))
        .and_then(|port| port.parse().ok())
        .unwrap_or_else(|| panic!("the first line is {line:?}"));
    Wire::open(port); // it accepts
    run.interrupt().expect(0);

    let run = Run::listen(&[]);
    let first = &run.lines[0];
    assert_eq!(first, &json!({"type": "listening", "url": run.url()}));
    assert_eq!(run.url(), format!("ws://127.0.0.1:{}/", run.port()));
    Wire::open(run.port());
}

#[test]
fn people_get_a_line_for_each_event() {
    for lang in [&[][..], &["--lang", "en"], &["--lang", "zh"]] {
        let home = TempDir::new().expect("a folder");
        let arguments =
            [&["listen", "127.0.0.1:0", "--headless", "--no-record", "--connections", "1"], lang]
                .concat();
        let mut command = command(home.path(), &arguments);
        command.env("LANG", "zh_CN.UTF-8").env("LC_ALL", "zh_CN.UTF-8");
        let mut run = Run::spawn(command, home);
        let first = run.text().expect("a first line");
        let port: String = first.chars().filter(|c| c.is_ascii_digit() || *c == ':').collect();
        let port = port.rsplit(':').next().and_then(|port| port.parse().ok()).expect("a port");
        let mut client = Wire::open(port);
        client.send_frame(TEXT, b"hello");
        client.send_close(4001, "goodbye");
        client.expect_close(4001, "goodbye");
        client.fin();
        let lines: Vec<String> = std::iter::from_fn(|| run.text()).collect();
        run.end().expect(0);
        let text = lines.join("\n");
        assert!(text.contains("hello") && text.contains("4001"), "{text}");
        let chinese = text.chars().any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c));
        assert_eq!(chinese, lang == ["--lang", "zh"], "{lang:?}:\n{first}\n{text}");
    }
}

#[test]
fn every_form_of_address_is_taken() {
    let mut forms: Vec<(String, Option<&str>)> = vec![
        ("127.0.0.1:0".into(), Some("127.0.0.1")),
        ("0".into(), Some("127.0.0.1")),
        (free_port().to_string(), Some("127.0.0.1")),
        ("localhost:0".into(), None),
    ];
    if has_ipv6() {
        forms.push(("[::1]:0".into(), Some("[::1]")));
    }
    for (address, host) in forms {
        let run = Run::listen_on(&address, &["--no-record"]);
        if let Some(host) = host {
            assert_eq!(run.url(), format!("ws://{host}:{}/", run.port()), "{address}");
        }
        if let Ok(port) =
            address.parse::<u16>().map_err(|_| ()).and_then(|p| (p > 0).then_some(p).ok_or(()))
        {
            assert_eq!(run.port(), port);
        }
        let reach = match host {
            Some("[::1]") => ("::1", run.port()),
            Some(_) => ("127.0.0.1", run.port()),
            None => ("localhost", run.port()),
        };
        let reached = reach
            .to_socket_addrs()
            .expect("a name that every machine knows")
            .any(|address| TcpStream::connect_timeout(&address, LIMIT).is_ok());
        assert!(reached, "{address}");
        // And by our own client, under the URL that was printed.
        let client = Run::connect(&run.url(), &["--after-open", "close:1000"]);
        client.end().expect(0);
    }
}

#[test]
fn listen_fails_where_it_cannot_listen() {
    let (_taken, port) = server();
    let address = format!("127.0.0.1:{port}");
    let ended = output(&["listen", &address, "--headless", "--json", "--no-record"]).expect(1);
    holds(ended.only("error"), &json!({"stage": "listen", "connection": null}));
    assert!(ended.all("listening").is_empty());
}

#[test]
fn connect_fails_where_nobody_listens() {
    let run = Run::connect_port(free_port(), &[]);
    let ended = run.end().expect(1);
    holds(ended.only("error"), &json!({"stage": "tcp"}));
}

#[test]
fn connect_fails_where_nobody_has_that_name() {
    let ended = Run::connect("ws://no-such-host.invalid/", &[]).end().expect(1);
    holds(ended.only("error"), &json!({"stage": "lookup"}));
}

#[test]
fn connect_is_0_only_if_it_was_clean() {
    let (listener, port) = server();
    let run = Run::connect_port(port, &[]);
    let mut server = Wire::accept_open(&listener);
    server.send_close(4001, "any code");
    server.expect_close(4001, "any code");
    server.fin();
    run.end().expect(0);

    // A Close each way, but a reset in place of a FIN.
    let run = Run::connect_port(port, &[]);
    let mut server = Wire::accept_open(&listener);
    server.send_close(1000, "");
    server.expect_close(1000, "");
    server.rst();
    run.end().expect(1);

    // A Close with a fault is no Close.
    let run = Run::connect_port(port, &[]);
    let mut server = Wire::accept_open(&listener);
    server.send_frame(CLOSE, &[3]);
    let (_, _) = server.rest();
    server.fin();
    run.end().expect(1);

    let run = Run::connect_port(port, &[]);
    let mut server = Wire::accept_open(&listener);
    server.fin();
    run.end().expect(1);
}

#[test]
fn connections_are_counted_if_they_asked_for_an_upgrade() {
    // With the page, a plain request would be no connection at all.
    let mut run = Run::listen(&["--connections", "2", "--no-page"]);
    let port = run.port();
    // Neither of these two asks.
    let mut silent = Wire::connect(port);
    silent.fin();
    silent.rest();
    run.closed();
    let mut plain = Wire::connect(port);
    plain.send(b"GET / HTTP/1.1\r\nHost: example.com\r\n\r\n");
    plain.fin();
    plain.rest();
    run.closed();
    // This one asks and is refused.
    let mut refused = Wire::connect(port);
    refused.send(super::wire::request("").replace("Version: 13", "Version: 12").as_bytes());
    let head = refused.head();
    assert!(head.starts_with("HTTP/1.1 426 "), "{head}");
    refused.fin();
    refused.rest();
    run.closed();
    let mut open = Wire::open(port);
    open.fin();
    open.rest();
    let ended = run.end().expect(0);
    assert_eq!(ended.all("closed").len(), 4);
}
