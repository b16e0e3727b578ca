//! The ladder: as a value, as text compared with `snapshots/`, as SVG.
//!
//! `WSSCOPE_BLESS=1 cargo test ladder` writes the snapshots anew.

use std::fs::File;
use std::path::PathBuf;
use std::time::{Duration, Instant};
use wsscope::protocol::closing_handshake::TcpEvent;
use wsscope::protocol::header::write_frame;
use wsscope::protocol::opening_handshake::{
    Head, RequestParts, ResponseParts, write_accept, write_request,
};
use wsscope::protocol::{Header, Opcode, ReadyState, Role, StatusCode, close};
use wsscope::session::filter::Filter;
use wsscope::session::ladder::{Folding, Ladder, Mark, What};
use wsscope::session::notes::{Note, Subject};
use wsscope::session::recorder::SharedLog;
use wsscope::session::source::Source;
use wsscope::session::view::View;
use wsscope::session::{Observed, Record, Recorder};
use wsscope::text::Lang;
use wsscope::text::ladder::{Shown, ladder as ladder_text};
use wsscope::text::ladder_svg::ladder_svg;

pub const MARS: &str = "孩子,地球太危险了,快回火星去吧!";
const START: u64 = 1_700_000_000_000_000_000;
const MS: u64 = 1_000_000;

/// A scripted connection, recorded with fixed times.
pub struct Scene {
    pub log: SharedLog,
    pub source: Source,
    recorder: Recorder,
    time: u64,
    pub path: PathBuf,
    _folder: tempfile::TempDir,
}

impl Scene {
    /// TCP is established, `ours` is this end.
    pub fn new(ours: Option<Role>) -> Scene {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("scene.pcapng");
        let log = SharedLog::default();
        let recorder = Recorder::new(File::create_new(&path).unwrap(), None, log.clone()).unwrap();
        let source = Source::new(File::open(&path).unwrap());
        let mut scene = Scene { log, source, recorder, time: START, path, _folder: folder };
        scene.observe(Observed::Opened {
            role: ours,
            client: "127.0.0.1:50398".parse().unwrap(),
            server: "127.0.0.1:8000".parse().unwrap(),
            tunnel: None,
        });
        scene
    }

    /// The opening handshake is complete.
    pub fn open(ours: Option<Role>) -> Scene {
        Scene::new(ours).handshake()
    }

    pub fn handshake(mut self) -> Scene {
        let parts = RequestParts {
            target: "/chat".into(),
            host: "127.0.0.1:8000".into(),
            ..RequestParts::default()
        };
        let request = write_request(&parts, *b"the sample nonce");
        let head = Head::parse(Role::Client, &request).unwrap();
        self.octets(Role::Client, request);
        self.octets(Role::Server, write_accept(&ResponseParts::default(), &head));
        self
    }

    /// The next thing happens so much later.
    pub fn wait(mut self, nanos: u64) -> Scene {
        self.time += nanos;
        self
    }

    pub fn observe(&mut self, what: Observed) {
        self.recorder.take(Record { connection: 1, time: self.time, what });
        self.time += MS * 17 / 10;
        self.recorder.commit().unwrap();
    }

    pub fn octets(&mut self, from: Role, octets: Vec<u8>) {
        self.observe(Observed::Octets { from, octets: octets.into() });
    }

    pub fn frame(mut self, from: Role, opcode: Opcode, payload: &[u8]) -> Scene {
        // Another key each time, as a client should.
        let key = (from == Role::Client).then(|| (self.time as u32).to_be_bytes());
        let mut octets = Vec::new();
        let header = Header::new(opcode, payload.len() as u64, key);
        write_frame(&header, payload, &mut octets);
        self.octets(from, octets);
        self
    }

    pub fn text(self, from: Role, text: &str) -> Scene {
        self.frame(from, Opcode::TEXT, text.as_bytes())
    }

    pub fn close(self, from: Role, code: u16, reason: &str) -> Scene {
        let body = close::body(StatusCode(code), reason.as_bytes());
        self.frame(from, Opcode::CLOSE, &body)
    }

    pub fn tcp(mut self, from: Role, event: TcpEvent) -> Scene {
        self.observe(Observed::Tcp { from, event, error: None });
        self
    }

    pub fn fin(self, from: Role) -> Scene {
        self.tcp(from, TcpEvent::Fin)
    }

    /// The socket is gone.
    fn over(mut self) -> Scene {
        self.observe(Observed::Over);
        self
    }

    /// Nothing more is observed.
    pub fn end(mut self) -> Scene {
        self.recorder.finish().unwrap();
        self
    }

    pub fn ladder(&self, folding: Folding) -> Ladder {
        Ladder::of(&self.log.read(), 1, folding)
    }

    fn print(&self, ladder: &Ladder, lang: Lang) -> String {
        ladder_text(&self.log.read(), &self.source, ladder, lang, Shown::default())
    }

    #[track_caller]
    fn is(&self, name: &str) {
        compare(name, &self.print(&self.ladder(Folding::default()), Lang::En));
    }
}

/// Compares with the snapshot of this name; says which line is the first that differs.
#[track_caller]
pub fn compare(name: &str, text: &str) {
    let path =
        PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(format!("tests/snapshots/{name}.txt"));
    if std::env::var_os("WSSCOPE_BLESS").is_some() {
        std::fs::write(&path, text).unwrap();
    }
    let expected = std::fs::read_to_string(&path).unwrap_or_default().replace("\r\n", "\n");
    if expected == text {
        return;
    }
    let (mut before, mut now) = (expected.lines(), text.lines());
    let mut number = 0;
    loop {
        number += 1;
        let (was, is) = (before.next(), now.next());
        if was != is {
            panic!(
                "{name}.txt:{number} differs\n  snapshot: {}\n  now:      {}\n\n{text}\n\
                 WSSCOPE_BLESS=1 writes it anew",
                was.unwrap_or("(its end)"),
                is.unwrap_or("(its end)"),
            );
        }
    }
}

const US: Option<Role> = Some(Role::Server);

#[test]
fn scene_one_a_close_with_a_reason_behind_the_101() {
    let scene = Scene::open(US)
        .close(Role::Server, 1000, MARS)
        .close(Role::Client, 1000, MARS)
        .fin(Role::Server)
        .fin(Role::Client)
        .end();
    scene.is("scene_1_close_with_reason");
    let ladder = scene.ladder(Folding::default());
    compare("scene_1_chinese", &scene.print(&ladder, Lang::Zh));
}

#[test]
fn scene_two_tcp_is_ended_without_a_close() {
    let scene = Scene::open(US).fin(Role::Server).fin(Role::Client).end();
    scene.is("scene_2_fin");
}

#[test]
fn scene_three_a_close_without_a_body() {
    let scene = Scene::open(US)
        .frame(Role::Server, Opcode::CLOSE, b"")
        .frame(Role::Client, Opcode::CLOSE, b"")
        .fin(Role::Server)
        .fin(Role::Client)
        .end();
    scene.is("scene_3_empty_close");
}

#[test]
fn scene_four_the_close_of_a_client_is_answered_by_fin_or_by_another_code() {
    let begin = || Scene::open(US).close(Role::Client, 3001, "bye");
    begin().fin(Role::Server).fin(Role::Client).end().is("scene_4_answered_by_fin");
    begin()
        .close(Role::Server, 4002, "other")
        .fin(Role::Server)
        .fin(Role::Client)
        .end()
        .is("scene_4_answered_by_4002");
}

fn two_closes(ours: Option<Role>) -> Scene {
    Scene::open(ours)
        .close(Role::Client, 3001, "bye")
        .close(Role::Server, 1001, "restart")
        .fin(Role::Server)
        .fin(Role::Client)
        .end()
}

#[test]
fn one_end_cannot_tell_an_answer_from_a_crossing_close() {
    two_closes(Some(Role::Client)).is("answer_or_crossing");
    let marks = |ours| two_closes(ours).ladder(Folding::default()).marks(4);
    assert_eq!(marks(Some(Role::Client)), [Mark::AnswerOrCrossing(true)]);
    assert_eq!(marks(None), [Mark::AnswerOrCrossing(false)]);
    assert_eq!(marks(US), [], "an end knows what it answered");
}

#[test]
fn crossing_closes_cross_where_both_ends_were_observed() {
    let scene = two_closes(Some(Role::Client));
    let mut ladder = scene.ladder(Folding::default());
    let (t, rungs) = (START + 5 * MS, ladder.rungs().to_vec());
    // Each was sent 1 ms before the other came.
    ladder.observe_both(|row| match row {
        3 => Some([t, t + 3 * MS]),
        4 => Some([t + 4 * MS, t + MS]),
        row => Some(
            [rungs[row as usize].time; 2]
                .map(|time| if row < 3 { time - 9 * MS } else { time + 9 * MS }),
        ),
    });
    assert!(ladder.crosses(3, 4) && ladder.crosses(4, 3) && !ladder.crosses(2, 4));
    let states = |rung: usize, role: Role| ladder.rungs()[rung].states[role.index()];
    // Each end was CLOSING with its own Close already.
    assert_eq!(states(4, Role::Server).before, ReadyState::Open);
    assert!(states(4, Role::Server).changes() && !states(3, Role::Server).changes());
    assert!(states(3, Role::Client).changes() && !states(4, Role::Client).changes());
    compare("crossing_observed_at_both_ends", &scene.print(&ladder, Lang::En));
    let svg = ladder_svg(&scene.log.read(), &scene.source, &ladder, Lang::En, 0);
    let line = |row: &str| {
        let arrow = svg.split(&format!("data-row=\"{row}\"")).nth(1).unwrap();
        let end = |name: &str| {
            let value = arrow.split(&format!(" {name}=\"")).nth(1).unwrap();
            value.split('"').next().unwrap().parse::<f32>().unwrap()
        };
        (end("y1"), end("y2"))
    };
    assert_eq!(line("3"), line("4"), "both go down the same way, from opposite sides");
}

#[test]
fn a_peer_that_never_answers() {
    Scene::open(US)
        .frame(Role::Server, Opcode::PING, b"there?")
        .close(Role::Server, 1000, "bye")
        .wait(10_000 * MS)
        .over()
        .end()
        .is("never_answered");
}

#[test]
fn a_reset_behind_the_close() {
    Scene::open(US)
        .close(Role::Server, 4001, "r")
        .tcp(Role::Client, TcpEvent::Rst)
        .end()
        .is("reset_after_close");
}

#[test]
fn a_half_closed_tcp() {
    let scene = Scene::open(US).fin(Role::Client).text(Role::Server, "still here");
    scene.is("half_closed");
    let ladder = scene.ladder(Folding::default());
    assert_eq!(ladder.marks(3), [Mark::HalfClosed(Role::Server)]);
    assert_eq!(ladder.half_closed(&ladder.rungs()[4]), Some(Role::Client));
    assert_eq!(ladder.half_closed(&ladder.rungs()[2]), None);
}

fn chat(rounds: usize) -> Scene {
    let mut scene = Scene::open(US).frame(Role::Client, Opcode::PING, b"1");
    scene = scene.frame(Role::Server, Opcode::PONG, b"1");
    for i in 0..rounds {
        scene = scene.text(Role::Client, &format!("question {i}"));
        scene = scene.text(Role::Server, &format!("answer {i}"));
    }
    scene
}

#[test]
fn a_run_of_data_frames_folds_into_an_arrow_for_each_direction() {
    let scene = chat(6).frame(Role::Server, Opcode::PING, b"").text(Role::Client, "and on").end();
    scene.is("folded");
    let folded = scene.ladder(Folding::default());
    let folds: Vec<_> = folded.rungs().iter().filter(|r| r.is_folded()).collect();
    assert_eq!(folds.iter().map(|r| r.rows).collect::<Vec<_>>(), [6, 6]);
    assert_eq!(folds.iter().map(|r| r.from).collect::<Vec<_>>(), Role::BOTH.map(Some));
    // Every row has its rung.
    let log = scene.log.read();
    for row in 0..log.len() {
        let rung = folded.rung_of(&log, row).expect("a rung");
        assert_eq!(folded.rungs()[rung].from, log.row(row).unwrap().from(), "row {row}");
    }
    let run = folds[0].run.expect("a run");
    let unfolded = Ladder::of(&log, 1, Folding { unfolded: [run].into(), ..Folding::default() });
    assert_eq!(unfolded.rungs().len() as u64, log.len());
    assert!(unfolded.rungs()[5].run == Some(run) && unfolded.rungs()[4].run.is_none());
}

/// The ladder with rungs for what this filter lets through.
fn filtered(scene: &Scene, filter: &str) -> Ladder {
    let mut view = View::default();
    view.set_filter(Some(Filter::parse(filter).unwrap()), false);
    let nobody: wsscope::session::selection::Wake = std::sync::Arc::new(|| {});
    view.update(&scene.log, &scene.source, &nobody);
    let mut ladder = Ladder::new(1, Folding::default());
    assert!(ladder.update_shown(&scene.log.read(), view.shown()));
    ladder
}

#[test]
fn a_filter_hides_arrows_and_changes_no_state() {
    let scene = chat(3).frame(Role::Server, Opcode::PING, b"").text(Role::Client, "and on");
    let scene = scene.frame(Role::Client, Opcode::PONG, b"").close(Role::Server, 1000, "");
    let scene = scene.tcp(Role::Client, TcpEvent::Fin);
    let quiet = filtered(&scene, "!ping && !pong");
    assert!(quiet.rungs().iter().all(|r| r.what != What::Frame(Opcode::PING)));
    // Nothing that is hidden stands between them: they fold.
    assert_eq!(quiet.rungs().iter().filter(|r| r.is_folded()).count(), 2);

    let all = scene.ladder(Folding::default());
    let pings = filtered(&scene, "ping && from == server");
    let [ping] = pings.rungs() else { panic!("{:?}", pings.rungs()) };
    let same = all.rungs().iter().find(|rung| rung.row == ping.row).unwrap();
    assert_eq!(ping.states, same.states);
    assert_eq!(pings.marks(0), [], "its answer is hidden, and an answer all the same");
    for role in Role::BOTH {
        assert_eq!(pings.bottom(role), all.rungs().last().unwrap().states[role.index()].after);
        assert_eq!(pings.stuck(role), all.stuck(role));
    }
    assert_eq!(pings.rung_of(&scene.log.read(), 0), None);
    assert_eq!(filtered(&scene, "text == \"no\"").rungs(), []);
}

#[test]
fn notes_and_bookmarks_stand_at_their_rungs() {
    let scene = chat(4).close(Role::Client, 1000, "").end();
    let close = scene
        .ladder(Folding::default())
        .rungs()
        .iter()
        .rev()
        .find_map(|rung| (rung.what == What::Frame(Opcode::CLOSE)).then_some(rung.row));
    for (row, text, bookmark) in
        [(close.unwrap(), "why here?\nask Ada", true), (5, "a question", false)]
    {
        scene.log.write().set_note(Note::new(Subject::Row(row), text, bookmark));
    }
    let (log, ladder) = (scene.log.read(), scene.ladder(Folding::default()));
    let text = ladder_text(&log, &scene.source, &ladder, Lang::En, Shown::default());
    assert!(text.contains("  Bookmark ") && text.contains("  Note: why here?·ask Ada"), "{text}");
    assert!(text.contains("  Note: a question"), "one within a fold: {text}");
    let svg = ladder_svg(&log, &scene.source, &ladder, Lang::Zh, 0);
    well_formed(&svg);
    assert_eq!(svg.matches("class=\"bookmark\"").count(), 1);
    assert!(svg.contains("书签 · 备注：why here?·ask Ada"), "{svg}");
}

#[test]
fn five_data_frames_stay_five_arrows() {
    let mut scene = Scene::open(US);
    for i in 0..5 {
        scene = scene.text(Role::Client, &i.to_string());
    }
    assert_eq!(scene.ladder(Folding::default()).rungs().len(), 3 + 5);
}

#[test]
fn growing_row_by_row_gives_the_same_ladder() {
    let scene = chat(9).close(Role::Client, 1000, "").end();
    let whole = scene.ladder(Folding::default());
    let mut scene = chat(0);
    let mut grown = scene.ladder(Folding::default());
    for i in 0..9 {
        scene = scene.text(Role::Client, &format!("question {i}"));
        assert!(grown.update(&scene.log.read()));
        scene = scene.text(Role::Server, &format!("answer {i}"));
        assert!(grown.update(&scene.log.read()));
    }
    let scene = scene.close(Role::Client, 1000, "").end();
    assert!(grown.update(&scene.log.read()));
    assert_eq!(grown.rungs(), whole.rungs());
}

#[test]
fn each_end_changes_its_state_at_its_own_end_of_the_arrow() {
    let ladder = two_closes(Some(Role::Client)).ladder(Folding::default());
    let words = |role: Role| {
        let steps = ladder.rungs().iter().map(|r| r.states[role.index()].after);
        let mut words: Vec<_> = steps.map(ReadyState::word).collect();
        words.dedup();
        words
    };
    for role in Role::BOTH {
        assert_eq!(words(role), ["CONNECTING", "OPEN", "CLOSING", "CLOSED"]);
    }
    assert!(ladder.is_known(Role::Client) && !ladder.is_known(Role::Server));
    assert!(!two_closes(None).ladder(Folding::default()).is_known(Role::Client));
}

/// A scene with so many frames, and the least time that its ladder took.
fn long_scene(frames: usize) -> (Scene, Duration) {
    let mut scene = Scene::open(US);
    let mut octets = Vec::new();
    for _ in 0..frames {
        write_frame(&Header::new(Opcode::TEXT, 2, None), b"hi", &mut octets);
    }
    scene.octets(Role::Server, octets);
    let time = || {
        let begun = Instant::now();
        let ladder = scene.ladder(Folding::default());
        assert_eq!(ladder.rungs().len(), 4);
        begun.elapsed()
    };
    let least = (0..5).map(|_| time()).min().expect("five");
    (scene, least)
}

#[test]
fn a_hundred_thousand_frames_are_a_few_rungs() {
    let (_, few) = long_scene(100_000 / 16);
    let (scene, many) = long_scene(100_000);
    // In step with the frames it is 16 times as long, by their square 256 times: between
    // the two is room for any load on the machine.
    assert!(many < few * 80, "{many:?} for 16 times what took {few:?}");
    let ladder = scene.ladder(Folding::default());
    assert_eq!(ladder.rungs().len(), 4);
    assert_eq!(ladder.rungs()[3].rows, 100_000);
    let text = scene.print(&ladder, Lang::En);
    assert!(text.contains("100,000 data frames · 200.0 kB"), "{text}");
}

#[test]
fn the_svg_is_well_formed_and_has_every_arrow() {
    let evil = "a<b>&\"'\u{1}";
    let scene = chat(1).text(Role::Client, evil).close(Role::Client, 3001, evil);
    let scene = scene.close(Role::Server, 1001, "x").end();
    let ladder = scene.ladder(Folding::default());
    let arrows = ladder.rungs().iter().filter(|r| r.is_arrow()).count();
    for lang in [Lang::En, Lang::Zh] {
        let svg = ladder_svg(&scene.log.read(), &scene.source, &ladder, lang, 0);
        assert_eq!(svg.matches("<g class=\"arrow ").count(), arrows);
        assert_eq!(svg.matches("<polygon").count(), arrows);
        assert!(svg.contains("a&lt;b&gt;&amp;&quot;'"), "{svg}");
        well_formed(&svg);
        for state in ["CONNECTING", "OPEN", "CLOSING"] {
            assert!(svg.matches(&format!(">{state}<")).count() >= 2, "{state} on both lifelines");
        }
    }
}

/// Tags nest, attributes are quoted, text holds no `<` and no bare `&`.
fn well_formed(xml: &str) {
    let mut open: Vec<&str> = Vec::new();
    let mut rest = xml.trim_end();
    while let Some(at) = rest.find('<') {
        let (text, tag) = rest.split_at(at);
        assert!(!text.contains('>') && text.chars().all(|c| c == '\n' || !c.is_control()));
        for entity in text.split('&').skip(1) {
            let name = entity.split(';').next().unwrap();
            assert!(["amp", "lt", "gt", "quot"].contains(&name), "&{name}");
        }
        let end = tag.find('>').expect("a tag ends");
        let inner = &tag[1..end];
        assert_eq!(inner.matches('"').count() % 2, 0, "{inner}");
        let name = inner.trim_start_matches('/').split([' ', '/', '\n']).next().unwrap();
        if inner.starts_with('/') {
            assert_eq!(open.pop(), Some(name));
        } else if !inner.ends_with('/') {
            open.push(name);
        }
        rest = &tag[end + 1..];
    }
    assert!(open.is_empty() && rest.is_empty(), "{open:?} {rest}");
}

/// The command's exit status, standard output and standard error.
fn command(scene: &Scene, arguments: &[&str]) -> (i32, String, String) {
    let home = scene.path.parent().unwrap();
    let output = crate::run::command(home, arguments).output().unwrap();
    let text = |octets: Vec<u8>| String::from_utf8(octets).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

#[test]
fn the_command_prints_what_the_window_draws() {
    let scene = two_closes(Some(Role::Client));
    let expected = scene.print(&scene.ladder(Folding::default()), Lang::En);
    assert_eq!(command(&scene, &["ladder", "scene.pcapng"]), (0, expected, String::new()));
    let chinese = scene.print(&scene.ladder(Folding::default()), Lang::Zh);
    let arguments = ["ladder", "scene.pcapng", "--connection", "1", "--lang", "zh"];
    assert_eq!(command(&scene, &arguments), (0, chinese, String::new()));
    let svg = ["ladder", "scene.pcapng", "--svg", "out.svg"];
    assert_eq!(command(&scene, &svg), (0, String::new(), String::new()));
    well_formed(&std::fs::read_to_string(scene.path.with_file_name("out.svg")).unwrap());
}

#[test]
fn the_command_says_in_one_line_what_it_cannot_read() {
    let scene = chat(20).end();
    let whole = std::fs::read(&scene.path).unwrap();
    std::fs::write(scene.path.with_file_name("cut.pcapng"), &whole[..whole.len() / 2]).unwrap();
    std::fs::write(scene.path.with_file_name("text.txt"), "no capture").unwrap();
    for (arguments, code) in [
        (&["ladder", "text.txt"][..], 1),
        (&["ladder", "missing.pcapng"], 1),
        (&["ladder", "."], 1),
        (&["ladder", "scene.pcapng", "--connection", "2"], 1),
        (&["ladder", "scene.pcapng", "--connection", "0"], 2),
        (&["ladder"], 2),
    ] {
        let (status, out, error) = command(&scene, arguments);
        assert_eq!((status, out.as_str()), (code, ""), "{arguments:?}: {error}");
        assert_eq!(error.lines().count(), 1, "{arguments:?}: {error}");
    }
    let (status, out, error) = command(&scene, &["ladder", "cut.pcapng"]);
    assert_eq!(status, 0, "{error}");
    assert!(out.contains("101 Switching Protocols") && out.contains("data frames"), "{out}");
    assert!(error.starts_with("cut.pcapng: ") && error.lines().count() == 1, "{error}");
}
