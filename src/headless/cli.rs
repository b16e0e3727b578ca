//! The command line's options, and the settings that they make.
#![allow(rustdoc::broken_intra_doc_links)] // its comments are the text of --help

use super::convert::ConvertOptions;
use super::lesson::LessonOptions;
use super::opening::AnswerOptions;
use super::tls::{ConnectTls, ListenTls};
use crate::engine::address::{ListenAddress, Target};
use crate::engine::header::{parse_header, parse_header_value};
use crate::engine::option::{
    CloseAnswer, parse_ms, parse_on_close, parse_on_ping, parse_tcp_end, parse_token,
    parse_violations,
};
use crate::engine::proxy::Proxy;
use crate::protocol::action::{ActionError, Word, fold};
use crate::protocol::behaviour::{OnPing, OnViolation, TcpEnd, When};
use crate::protocol::connection::Settings;
use crate::protocol::deflate::{Decline, Parameters};
use crate::protocol::opening_handshake::RequestParts;
use crate::protocol::{Action, Behaviour, Role};
use crate::session::filter::Filter;
use crate::text::{Lang, deflate as text_deflate, filter};
use clap::{Args, Parser, Subcommand};
use std::path::PathBuf;

/// An oscilloscope for WebSocket: every frame as the socket gave and took it, and
/// every way to end a connection.
#[derive(Debug, Parser)]
#[command(name = "wsscope", version, propagate_version = true)]
#[command(args_conflicts_with_subcommands = true)]
pub struct Cli {
    /// A capture, a HAR or JSON Lines to open in the window
    pub file: Option<PathBuf>,
    /// Language of the window and of what is printed: en or zh
    #[arg(long, global = true, value_parser = parse_lang)]
    pub lang: Option<Lang>,
    /// What to do; without, the window opens
    #[command(subcommand)]
    pub command: Option<Command>,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Listen as a server: HOST:PORT, [::1]:8000, localhost:8000 or a bare port; port 0 takes a free one
    Listen(Listen),
    /// Connect as a client to a ws:// or wss:// URL
    Connect(Connect),
    /// Print a capture as ladders: two lifelines, an arrow for each frame, FIN and RST
    Ladder(LadderOptions),
    /// Print the rows of a capture, one line each, as a run without a window does
    Show(ShowOptions),
    /// Convert a session: a capture, a HAR or JSON Lines into any of .pcapng, .har, .jsonl, .csv,
    /// .svg and .txt
    Convert(ConvertOptions),
    /// List the lessons, or open one in the window; with --headless it is played to its end
    Lesson(LessonOptions),
}

/// `wsscope ladder`
#[derive(Debug, Args)]
pub struct LadderOptions {
    /// The capture, a HAR or JSON Lines; - for a pipe
    pub file: PathBuf,
    /// Only this connection, counted from 1
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub connection: Option<u32>,
    /// Write one connection's ladder as SVG instead, for slides
    #[arg(long, value_name = "OUT.svg")]
    pub svg: Option<PathBuf>,
    /// An arrow for each data frame, also of long runs
    #[arg(long)]
    pub unfold: bool,
    /// Open the N-th stream without an opening handshake as WebSocket; without
    /// this they are listed on stderr
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub stream: Option<u32>,
}

/// `wsscope show`
#[derive(Debug, Args)]
pub struct ShowOptions {
    /// The capture; - reads a pipe
    pub file: PathBuf,
    /// JSON Lines instead of lines for people
    #[arg(long)]
    pub json: bool,
    /// Only rows that this lets through, such as 'opcode == close && code != 1000'
    #[arg(long, value_name = "EXPR", default_value = "", hide_default_value = true)]
    #[arg(value_parser = parse_filter, allow_hyphen_values = true)]
    #[arg(long_help = filter_help())]
    pub filter: Filter,
    /// Open the N-th stream without an opening handshake as WebSocket; without
    /// this they are listed on stderr
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub stream: Option<u32>,
}

/// `wsscope listen`
#[derive(Debug, Args)]
pub struct Listen {
    /// Where to listen
    #[arg(default_value = "127.0.0.1:8000")]
    pub address: ListenAddress,
    /// End after N connections that sent an upgrade request have closed, successful or not
    #[arg(long, value_name = "N")]
    pub connections: Option<u64>,
    /// Do not answer a plain HTTP request with the built-in page for a browser (with --headless)
    #[arg(long, requires = "headless")]
    pub no_page: bool,
    /// How a request is answered
    #[command(flatten)]
    pub answer: AnswerOptions,
    /// TLS
    #[command(flatten)]
    pub tls: ListenTls,
    /// The options that both share
    #[command(flatten)]
    pub common: Common,
}

/// `wsscope connect`
#[derive(Debug, Args)]
pub struct Connect {
    /// Where to connect
    pub url: Target,
    /// The Origin header
    #[arg(long, value_parser = parse_header_value)]
    pub origin: Option<String>,
    /// Each line of standard input is a text message; its end is Close 1000 (with --headless)
    #[arg(long, requires = "headless")]
    pub stdin: bool,
    /// Go on behind a redirect, at most 10 times, and behind a 401 for which the URL has
    /// credentials (with --headless)
    #[arg(long, requires = "headless")]
    pub follow: bool,
    /// Through a proxy, http://[user:password@]HOST:PORT (CONNECT) or
    /// socks5://[user:password@]HOST:PORT; it looks the URL's name up
    #[arg(long, value_name = "URL")]
    pub proxy: Option<Proxy>,
    /// TLS
    #[command(flatten)]
    pub tls: ConnectTls,
    /// The options that both share
    #[command(flatten)]
    pub common: Common,
}

/// Options of `listen` and `connect`.
#[derive(Debug, Args, Clone)]
pub struct Common {
    /// No window; one line for people per event on stdout
    #[arg(long)]
    pub headless: bool,
    /// JSON Lines instead (with --headless)
    #[arg(long, requires = "headless")]
    pub json: bool,
    /// Print only rows that this lets through (with --headless); wsscope show --help has the language
    #[arg(long, value_name = "EXPR", requires = "headless", value_parser = parse_filter)]
    #[arg(allow_hyphen_values = true)]
    pub filter: Option<Filter>,
    /// Where the capture goes; else the sessions folder under the user's data directory
    #[arg(long, value_name = "FILE.pcapng", conflicts_with = "no_record")]
    pub record: Option<PathBuf>,
    /// Replace an existing file
    #[arg(long, requires = "record")]
    pub overwrite: bool,
    /// The capture is a temporary file that goes with the run (with --headless)
    #[arg(long, requires = "headless")]
    pub no_record: bool,
    /// Answer each data message with the same
    #[arg(long)]
    pub echo: bool,
    /// Answer to the peer's Close: same, empty, never, fin, rst, CODE[:REASON], or hand: the
    /// answer is prepared and waits for the window's "Let it through"
    #[arg(long, value_name = "ANSWER", default_value = "same", value_parser = parse_on_close)]
    pub on_close: CloseAnswer,
    /// That answer comes so much later
    #[arg(long, value_name = "MS", value_parser = parse_ms)]
    pub close_delay: Option<u64>,
    /// Everything that this end sends goes so much later, in order: heads, frames, FIN and RST
    #[arg(long, value_name = "MS", default_value = "0", value_parser = parse_ms)]
    pub delay: u64,
    /// Answer to a Ping: reply or never
    #[arg(long, value_name = "ANSWER", default_value = "reply", value_parser = parse_on_ping)]
    pub on_ping: OnPing,
    /// End of TCP once the closing handshake is complete: auto (the server at once, the client
    /// when the server has, or after 10 s), never or MS
    #[arg(long, value_name = "WHEN", default_value = "auto", value_parser = parse_tcp_end)]
    pub tcp_end: TcpEnd,
    /// Done once the connection is open; repeatable, in order: text:T, binary:HEX, ping[:T],
    /// pong[:T], close (no body), close:CODE[:REASON], raw:HEX, wait:MS, fin, fin-abrupt (without
    /// TLS's close_notify), rst;
    /// frame:KEY=VALUE,… with opcode, fin, rsv1 to rsv3, mask (role, none, random, zero, HEX),
    /// bits (7, 16, 64), length, repeat, and last hex=HEX or text=T; what stands between batch: and :end
    /// goes out in one write
    #[arg(long, value_name = "ACTION")]
    pub after_open: Vec<Word>,
    /// A rule broken by the peer that must fail the connection: fail, or only note it and go on.
    /// A request without a key then gets a 101 without Sec-WebSocket-Accept; one without
    /// Upgrade is refused all the same
    #[arg(long, value_name = "WHAT", default_value = "fail", value_parser = parse_violations)]
    pub violations: OnViolation,
    /// 'Name: value', repeatable; connect: added to the request; listen: added to the 101. One
    /// that wsscope writes by itself is replaced, and with no value left out
    #[arg(long, value_parser = parse_header)]
    pub header: Vec<(String, String)>,
    /// Repeatable; connect: offered; listen: the first offered one among these, without it the
    /// first offered one
    #[arg(long, value_name = "NAME", value_parser = parse_token)]
    pub subprotocol: Vec<String>,
    /// Limit of the opening handshake
    #[arg(long, value_name = "MS", default_value = "10000", value_parser = parse_ms)]
    pub open_timeout: u64,
    /// permessage-deflate: off, on, or PARAMETERS as in the header, such as
    /// "server_no_context_takeover; client_max_window_bits=10"; connect: offered; listen: what
    /// is asked is accepted, made narrower by these
    #[arg(long, value_name = "HOW", default_value = "on", value_parser = parse_deflate)]
    pub deflate: Deflate,
    /// Largest message taken, counted inflated; beyond, the connection fails with 1009
    #[arg(long, value_name = "OCTETS", default_value_t = 1 << 30)]
    pub max_message: u64,
}

fn parse_lang(text: &str) -> Result<Lang, String> {
    match text {
        "en" => Ok(Lang::En),
        "zh" => Ok(Lang::Zh),
        _ => Err("expected en or zh".into()),
    }
}

fn parse_filter(text: &str) -> Result<Filter, String> {
    Filter::parse(text).map_err(|error| filter::error(Lang::En, text, &error))
}

fn filter_help() -> String {
    let first = "Only rows that this lets through, in Wireshark's language:";
    format!("{first}\n\n{}", filter::help(Lang::En))
}

/// What `--deflate` asks for: `None` for off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Deflate(pub Option<Parameters>);

fn parse_deflate(text: &str) -> Result<Deflate, String> {
    match text {
        "off" => Ok(Deflate(None)),
        "on" => Ok(Deflate(Some(Parameters::BROWSER))),
        "" => Err("expected off, on or parameters".into()),
        _ => Parameters::parse(text, Role::Client)
            .map(|parameters| Deflate(Some(parameters)))
            .map_err(|fault| text_deflate::parameter(Lang::En, &fault)),
    }
}

impl Cli {
    /// What no single word can be blamed for.
    ///
    /// # Errors
    /// A sentence in one line.
    pub fn check(&self) -> Result<(), String> {
        let common = match &self.command {
            Some(Command::Listen(listen)) => &listen.common,
            Some(Command::Connect(connect)) => &connect.common,
            _ => return Ok(()),
        };
        if let Err(error) = common.actions() {
            return Err(format!("error: --after-open: {error}"));
        }
        // A client may ask for it: it is the server that cannot compress so.
        let narrow = common.deflate.0.is_some_and(|d| d.server_max_window_bits == Some(8));
        if narrow && matches!(self.command, Some(Command::Listen(_))) {
            let sentence = text_deflate::decline(Lang::En, &Decline::ServerWindow8);
            return Err(format!("error: --deflate: {sentence}"));
        }
        Ok(())
    }
}

impl Common {
    fn actions(&self) -> Result<Vec<Action>, ActionError> {
        fold(self.after_open.iter().cloned())
    }

    fn behaviour(&self) -> Behaviour {
        Behaviour {
            on_close: self.on_close.answer.clone(),
            close_when: match self.close_delay {
                _ if self.on_close.by_hand => When::ByHand,
                Some(delay) => When::After(delay),
                None => When::AtOnce,
            },
            on_ping: self.on_ping,
            delay: self.delay,
            tcp_end: self.tcp_end,
            echo: self.echo,
            on_violation: self.violations,
            ..Behaviour::default()
        }
    }

    fn settings(&self) -> Settings {
        Settings {
            behaviour: self.behaviour(),
            max_message: self.max_message,
            deflate: self.deflate.0,
            open_timeout: self.open_timeout,
            after_open: self.actions().unwrap_or_default(),
            ..Settings::default()
        }
    }
}

impl Listen {
    /// What each connection begins with.
    #[must_use]
    pub fn settings(&self) -> Settings {
        let (names, headers) = (self.common.subprotocol.clone(), self.common.header.clone());
        let response = self.answer.response(names, headers);
        Settings { response, ..self.common.settings() }
    }
}

impl Connect {
    /// What the connection begins with.
    #[must_use]
    pub fn settings(&self) -> Settings {
        let mut headers: Vec<_> = self.url.authorization().into_iter().collect();
        headers.extend(self.common.header.iter().cloned());
        let request = RequestParts {
            target: self.url.target.clone(),
            host: self.url.host_header.clone(),
            origin: self.origin.clone(),
            subprotocols: self.common.subprotocol.clone(),
            headers,
        };
        Settings { request, ..self.common.settings() }
    }
}

/// A usage error in one line; help and version as they are.
#[must_use]
pub fn one_line(error: &clap::Error) -> String {
    let text = error.render().to_string();
    let first = text.split("\n\n").next().unwrap_or_default();
    first.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(words: &str) -> Result<Cli, clap::Error> {
        Cli::try_parse_from(words.split(' '))
    }

    #[test]
    fn the_words_of_the_contract() {
        let cli =
            parse("wsscope listen 0 --headless --json --on-close 4002:a:b --tcp-end 5").unwrap();
        let Some(Command::Listen(listen)) = cli.command else { panic!() };
        let behaviour = listen.settings().behaviour;
        assert_eq!(
            behaviour.on_close,
            crate::protocol::behaviour::OnClose::Code(
                crate::protocol::StatusCode(4002),
                "a:b".into()
            )
        );
        assert_eq!(behaviour.tcp_end, TcpEnd::After(5_000_000));
        assert!(parse("wsscope some.pcapng").unwrap().file.is_some());
        assert!(parse("wsscope connect ws://h/ --headless --stdin --origin http://o").is_ok());
        assert!(parse("wsscope connect wss://h/ --insecure --server-name 127.0.0.1").is_ok());
    }

    #[test]
    fn a_batch_that_is_not_ended_is_a_usage_error() {
        let check = |words: &str| parse(words).unwrap().check();
        assert!(check("wsscope listen --after-open batch: --after-open ping").is_err());
        assert!(
            check("wsscope listen --after-open batch: --after-open fin --after-open :end").is_err()
        );
        let good = "wsscope listen --after-open batch: --after-open ping --after-open :end";
        assert_eq!(check(good), Ok(()));
        let Some(Command::Listen(listen)) = parse(good).unwrap().command else { panic!() };
        assert!(matches!(listen.settings().after_open[..], [Action::Batch(_)]));
    }

    #[test]
    fn deflate_is_on_unless_told() {
        let deflate = |more: &[&str]| {
            let cli = Cli::try_parse_from([&["wsscope", "listen"], more].concat()).unwrap();
            cli.check()?;
            let Some(Command::Listen(listen)) = cli.command else { panic!() };
            Ok::<_, String>(listen.settings().deflate)
        };
        assert_eq!(deflate(&[]), Ok(Some(Parameters::BROWSER)));
        assert_eq!(deflate(&["--deflate", "on"]), Ok(Some(Parameters::BROWSER)));
        assert_eq!(deflate(&["--deflate", "off"]), Ok(None));
        let chosen =
            deflate(&["--deflate", "server_no_context_takeover; server_max_window_bits=9"]);
        let expected = Parameters {
            server_no_context_takeover: true,
            server_max_window_bits: Some(9),
            ..Parameters::default()
        };
        assert_eq!(chosen, Ok(Some(expected)));
        let error = deflate(&["--deflate", "server_max_window_bits=8"]).unwrap_err();
        assert!(error.starts_with("error: --deflate: ") && !error.contains('\n'), "{error}");
    }

    #[test]
    fn a_usage_error_is_one_line() {
        assert!(parse("wsscope ladder some.pcapng --connection 2 --svg out.svg").is_ok());
        for words in [
            "wsscope ladder",
            "wsscope ladder some.pcapng --connection 0",
            "wsscope listen --json",
            "wsscope listen nonsense",
            "wsscope connect",
            "wsscope connect http://h/",
            "wsscope listen --after-open shout",
            "wsscope listen --after-open frame:opcode=16",
            "wsscope listen --violations ignore",
            "wsscope listen --cert a.pem",
            "wsscope connect wss://h/ --client-key a.pem",
            "wsscope listen --header nonsense",
            "wsscope listen --on-close 70000",
            "wsscope listen --deflate maybe",
            "wsscope listen --deflate server_max_window_bits=16",
            "wsscope --nonsense",
        ] {
            let line = one_line(&parse(words).unwrap_err());
            assert!(line.starts_with("error: ") && !line.contains('\n'), "{words}: {line}");
        }
    }
}
