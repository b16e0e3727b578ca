//! A log of a million rows costs what is visible of it.

use super::*;
use std::fs::File;
use wsscope::protocol;
use wsscope::protocol::opening_handshake::{
    Head, RequestParts, ResponseParts, write_accept, write_request,
};
use wsscope::session::recorder::SharedLog;
use wsscope::session::{Observed, Record, Recorder};
use wsscope::ui::command::Command;
use wsscope::ui::state::PathFor;

/// A capture of so many frames from the server, one octet each.
pub fn capture(path: &Path, frames: u64) {
    let file = File::create_new(path).unwrap();
    let mut recorder = Recorder::new(file, None, SharedLog::default()).unwrap();
    let mut time = 1_700_000_000_000_000_000;
    let mut observe = |recorder: &mut Recorder, what: Observed| {
        time += 1_000;
        recorder.take(Record { connection: 1, time, what });
        recorder.commit().unwrap();
    };
    let opened = Observed::Opened {
        role: Some(protocol::Role::Server),
        client: "127.0.0.1:50398".parse().unwrap(),
        server: "127.0.0.1:8000".parse().unwrap(),
        tunnel: None,
    };
    observe(&mut recorder, opened);
    let parts = RequestParts { target: "/".into(), host: "h".into(), ..RequestParts::default() };
    let request = write_request(&parts, *b"the sample nonce");
    let head = Head::parse(protocol::Role::Client, &request).unwrap();
    let mut octets = |from, octets: Vec<u8>| {
        observe(&mut recorder, Observed::Octets { from, octets: octets.into() });
    };
    octets(protocol::Role::Client, request);
    octets(protocol::Role::Server, write_accept(&ResponseParts::default(), &head));
    for _ in 0..frames / 1000 {
        octets(protocol::Role::Server, b"\x82\x01x".repeat(1000));
    }
    recorder.finish().unwrap();
}

/// Opens a capture of so many frames and moves about in it.
fn rows_that_are_laid_out(frames: u64) {
    let mut window = Window::new(Lang::En);
    let path = window.folder().join("many");
    capture(&path, frames);
    window.click("File ▾");
    window.click("Open…");
    window.enter("Path of the file", &path.display().to_string());
    window.click("Open");
    window.see("viewing many");
    let mut most = 0;
    window.wait_for(Duration::from_secs(180), "all rows", |window| {
        most = most.max(window.rows().len());
        let rows = wsscope::text::sentences::grouped(frames + 4);
        window.shows(&format!("{rows} of {rows} rows")).then_some(())
    });
    for key in [Key::End, Key::PageUp, Key::Home, Key::PageDown, Key::End] {
        window.key(key);
        most = most.max(window.rows().len());
    }
    assert!((10..60).contains(&most), "{most} rows are laid out");
    assert_eq!(window.chosen(), Some(frames + 3));
    window.key(Key::ArrowUp);
    assert!(window.shows(&format!("{frames} server Binary 1 78")));
}

#[test]
fn fifty_thousand_rows_lay_out_what_is_visible() {
    rows_that_are_laid_out(50_000);
}

#[test]
fn opening_can_be_cancelled_and_what_was_read_stays() {
    const FRAMES: u64 = 300_000;
    let mut window = Window::new(Lang::En);
    let path = window.folder().join("many");
    capture(&path, FRAMES);
    let app = window.harness.state_mut().as_mut().unwrap();
    app.apply(Command::Path(PathFor::Open, path));
    // Reading takes many times as long as this painting.
    window.harness.step();
    window.harness.get_by_label("Cancel").click();
    window.see("Cancelled: the rest of the file is not shown");
    let session = window.app().session().unwrap();
    assert!(session.progress().is_none() && session.log.read().len() < FRAMES);
}

#[test]
#[ignore = "takes a minute without optimisation"]
fn a_million_rows_lay_out_what_is_visible() {
    rows_that_are_laid_out(1_000_000);
}
