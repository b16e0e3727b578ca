//! Compressed messages in a session: filters, ladders and other forms of it look at
//! what they inflate to.

use crate::conversions::Session;
use std::fs::File;
use std::path::PathBuf;
use tempfile::TempDir;
use wsscope::protocol::deflate::{Deflater, Parameters};
use wsscope::protocol::header::{Header, write_frame};
use wsscope::protocol::opening_handshake::{
    Head, RequestParts, ResponseParts, write_accept, write_request,
};
use wsscope::protocol::{Opcode, Role};
use wsscope::session::export::Format;
use wsscope::session::export::payload::{self, Payload};
use wsscope::session::filter::Filter;
use wsscope::session::inflate::Previews;
use wsscope::session::open::Opened;
use wsscope::session::recorder::SharedLog;
use wsscope::session::selection;
use wsscope::session::source::Source;
use wsscope::session::{Observed, Record, Recorder};

/// A connection whose ends compress, being recorded.
pub struct Talk {
    pub path: PathBuf,
    pub log: SharedLog,
    _folder: TempDir,
    recorder: Recorder,
    deflaters: [Deflater; 2],
    time: u64,
    key: u8,
}

impl Talk {
    /// With this answer of the server, which every offer of a browser allows.
    pub fn new(answer: &str) -> Talk {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("talk.pcapng");
        let log = SharedLog::default();
        let file = File::create_new(&path).unwrap();
        let recorder = Recorder::new(file, None, log.clone()).unwrap();
        let agreed = Parameters::parse(answer, Role::Server).unwrap();
        let deflaters = Role::BOTH.map(|role| Deflater::new(agreed.direction(role)).unwrap());
        let time = 1_700_000_000_000_000_000;
        let mut talk = Talk { path, log, _folder: folder, recorder, deflaters, time, key: 0 };
        talk.observe(Observed::Opened {
            role: Some(Role::Server),
            client: "127.0.0.1:50398".parse().unwrap(),
            server: "127.0.0.1:8000".parse().unwrap(),
            tunnel: None,
        });
        let extensions =
            |value: &Parameters| vec![("Sec-WebSocket-Extensions".to_owned(), value.to_string())];
        let parts = RequestParts {
            target: "/chat".into(),
            host: "127.0.0.1:8000".into(),
            headers: extensions(&Parameters::BROWSER),
            ..RequestParts::default()
        };
        let request = write_request(&parts, *b"the sample nonce");
        let head = Head::parse(Role::Client, &request).unwrap();
        let parts = ResponseParts { headers: extensions(&agreed), ..ResponseParts::default() };
        talk.octets(Role::Client, &request);
        talk.octets(Role::Server, &write_accept(&parts, &head));
        talk
    }

    fn observe(&mut self, what: Observed) {
        self.time += 1_700_000;
        self.recorder.take(Record { connection: 1, time: self.time, what });
        self.recorder.commit().unwrap();
    }

    fn octets(&mut self, from: Role, octets: &[u8]) {
        self.observe(Observed::Octets { from, octets: octets.to_vec().into() });
    }

    /// A frame as it is; its row.
    pub fn frame(&mut self, from: Role, header: Header, payload: &[u8]) -> u64 {
        self.key = self.key.wrapping_add(1).max(1);
        let masking_key = (from == Role::Client).then_some([self.key, 2, 3, 4]);
        let mut octets = Vec::new();
        write_frame(&Header { masking_key, ..header }, payload, &mut octets);
        self.octets(from, &octets);
        self.log.read().len() - 1
    }

    /// A compressed message in so many frames with a Ping of the other end before the
    /// last; its last row.
    pub fn message(&mut self, from: Role, opcode: Opcode, text: &[u8], frames: usize) -> u64 {
        let data = self.deflaters[from.index()].message(text);
        let size = data.len().div_ceil(frames).max(1);
        let parts: Vec<&[u8]> = data.chunks(size).collect();
        let mut row = 0;
        for (i, part) in parts.iter().enumerate() {
            let (first, last) = (i == 0, i + 1 == parts.len());
            if last && !first {
                self.frame(from.peer(), Header::new(Opcode::PING, 1, None), b"p");
            }
            let opcode = if first { opcode } else { Opcode::CONTINUATION };
            let header = Header::new(opcode, part.len() as u64, None);
            row = self.frame(from, Header { fin: last, rsv1: first, ..header }, part);
        }
        row
    }

    /// A text message in one frame.
    pub fn say(&mut self, from: Role, text: &str) -> u64 {
        self.message(from, Opcode::TEXT, text.as_bytes(), 1)
    }

    pub fn source(&self) -> Source {
        Source::new(File::open(&self.path).unwrap())
    }

    /// Completes the capture.
    pub fn finish(mut self) -> (PathBuf, TempDir) {
        self.recorder.finish().unwrap();
        (self.path, self._folder)
    }

    fn session(&self) -> Session {
        Session { log: self.log.clone(), source: self.source(), opened: Opened::default() }
    }

    fn rows(&self, filter: &str) -> Vec<u64> {
        let filter = Filter::parse(filter).unwrap();
        let mut found = Vec::new();
        selection::for_each(&filter, &self.log.read(), &self.source(), |index| {
            found.push(index);
            Ok(())
        })
        .unwrap();
        found
    }
}

/// Deflate data of some 10 MB that inflates to 10 GB: the same block of a mebibyte of
/// zeros again and again.
pub fn bomb() -> Vec<u8> {
    let direction = Parameters::default().direction(Role::Client);
    let mut block = Deflater::new(direction).unwrap().message(&vec![0; 1 << 20]);
    let rest = block.len();
    block.extend([0, 0, 0xff, 0xff]);
    let mut bomb = block.repeat(10_000);
    bomb.truncate(bomb.len() - (block.len() - rest));
    bomb
}

/// Not to be guessed from what was said before.
fn noise(number: u64) -> String {
    let mut state = number.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    let mut word = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        format!("{state:016x}")
    };
    (0..40).map(|_| word()).collect()
}

#[test]
fn a_filter_finds_what_a_compressed_message_says() {
    for answer in ["", "server_no_context_takeover; client_no_context_takeover"] {
        let mut talk = Talk::new(answer);
        let plain = Header::new(Opcode::TEXT, 11, None);
        let uncompressed = talk.frame(Role::Server, plain, b"mars, plain");
        let first = talk.say(Role::Client, "to mars");
        let whole = "far away from the earth, on mars, it is quiet ".repeat(4);
        let last = talk.message(Role::Server, Opcode::TEXT, whole.as_bytes(), 3);
        let binary = talk.message(Role::Server, Opcode::BINARY, b"mars in octets", 1);
        // More than the window behind, and more than one checkpoint.
        for i in 0..2500 {
            talk.say(Role::Client, &noise(i));
        }
        let far = talk.say(Role::Client, "to mars");
        assert_eq!(
            talk.rows("text contains \"mars\""),
            [uncompressed, first, last, far],
            "{answer}"
        );
        assert_eq!(talk.rows(&format!("text == \"{whole}\"")), [last]);
        assert_eq!(talk.rows("text matches \"^to .*s$\""), [first, far]);
        assert_eq!(talk.rows("compressed && from == server"), [last - 3, last - 2, last, binary]);
        // The fragments have no text of their own.
        assert_eq!(talk.rows("text && from == server"), [uncompressed, last]);
    }
}

#[test]
fn a_filter_in_the_window_finds_them_too() {
    let mut talk = Talk::new("");
    let long = "long ".repeat(1 << 20) + "mars";
    let rows = [talk.say(Role::Client, "mars"), talk.say(Role::Client, &long)];
    let far = talk.say(Role::Client, "mars again");
    let mut selection = selection::Selection::default();
    selection.set_filter(Some(Filter::parse("text contains \"mars\"").unwrap().into()));
    let (sender, woken) = std::sync::mpsc::channel();
    let sender = std::sync::Mutex::new(sender);
    let wake: selection::Wake = std::sync::Arc::new(move || {
        let _ = sender.lock().unwrap().send(());
    });
    loop {
        // What is long is left to the thread, which wakes us.
        selection.update(&talk.log, &talk.source(), &wake);
        if selection.progress(talk.log.read().len()).is_none() {
            break;
        }
        let _ = woken.recv_timeout(std::time::Duration::from_millis(50));
    }
    let found: Vec<u64> = (0..selection.len()).filter_map(|at| selection.index(at)).collect();
    assert_eq!(found, [rows[0], rows[1], far]);
}

#[test]
fn other_forms_hold_the_message_inflated() {
    let mut talk = Talk::new("client_max_window_bits=10");
    let text = r#"{"planet":"mars"}"#.repeat(20);
    let last = talk.message(Role::Client, Opcode::TEXT, text.as_bytes(), 3);
    talk.say(Role::Server, "孩子,地球太危险了");
    talk.message(Role::Server, Opcode::BINARY, &[0xAB; 3000], 2);
    talk.frame(Role::Server, Header { rsv1: true, ..Header::new(Opcode::TEXT, 1, None) }, b"\xff");
    let session = talk.session();
    let har = session.har();
    let messages = har["log"]["entries"][0]["_webSocketMessages"].as_array().unwrap();
    assert_eq!(messages[0]["data"], text);
    assert_eq!(messages[1]["data"], "孩子,地球太危险了");
    assert_eq!(
        (&messages[2]["opcode"], messages[2]["data"].as_str().unwrap().len()),
        (&2.into(), 4000)
    );
    assert_eq!((&messages[3]["_compressed"], &messages[3]["data"]), (&true.into(), &"/w==".into()));
    assert!(messages[..3].iter().all(|message| message["_compressed"].is_null()));
    // And comes back with every octet.
    let back = Session::import(session.write(Format::Har));
    assert_eq!(back.problems(), Vec::<String>::new());
    // An import ends what was still open.
    assert_eq!(back.lines()[..session.lines().len()], session.lines());
    let csv = String::from_utf8(session.write(Format::Csv)).unwrap();
    assert!(csv.contains(&format!("\"{}\"", text.replace('"', "\"\""))), "{csv}");
    assert!(csv.contains("孩子,地球太危险了"), "{csv}");
    let ladder = String::from_utf8(session.write(Format::Text)).unwrap();
    assert!(ladder.contains("Text · deflate"), "{ladder}");
    assert!(ladder.contains("孩子,地球太危险了"), "{ladder}");
    let svg = String::from_utf8(session.write(Format::Svg)).unwrap();
    assert!(svg.contains("孩子,地球太危险了"), "{svg}");
    // Whichever of its frames is asked for.
    let numbers = [last - 3, last].map(|row| talk.log.read().row(row).unwrap().number);
    for number in numbers {
        let mut out = Vec::new();
        payload::write(&talk.log, &talk.source(), Payload::Message(number), &mut out).unwrap();
        assert_eq!(out, text.as_bytes());
    }
}

#[test]
fn previews_are_kept_and_bounded() {
    let mut talk = Talk::new("");
    let short = talk.say(Role::Client, "to mars");
    let long = talk.say(Role::Client, &"x".repeat(100_000));
    let (log, source) = (talk.log.read(), talk.source());
    let mut previews = Previews::default();
    let first = previews.of(&log, &source, short, 100).unwrap();
    assert_eq!((first.inflated.octets.as_slice(), first.inflated.whole), (&b"to mars"[..], true));
    let part = previews.of(&log, &source, long, 100).unwrap();
    assert_eq!((part.inflated.octets.len(), part.inflated.whole), (100, false));
    assert_eq!(part.message.inflated(), Ok(100_000));
    assert!(part.sent < 1000, "{}", part.sent);
    let again = previews.of(&log, &source, long, 100).unwrap();
    assert!(std::sync::Arc::ptr_eq(&part, &again));
    let more = previews.of(&log, &source, long, 1000).unwrap();
    assert_eq!(more.inflated.octets.len(), 1000);
    assert!(previews.of(&log, &source, long - 2, 100).is_none());
}
