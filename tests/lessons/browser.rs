//! Lessons with a browser at the other end: with Chromium, and with a program that
//! stands in for it.

use super::rig::Stage;
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use wsscope::engine::Engine;
use wsscope::engine::order::Order;
use wsscope::lesson::{Library, State};
use wsscope::protocol::connection::Settings;
use wsscope::protocol::{Action, StatusCode};

/// A client that nobody orders about but the test.
fn client() -> Engine {
    Engine::start(tempfile::tempfile().unwrap(), None, Arc::new(|| {})).unwrap()
}

fn connect(client: &Engine, address: SocketAddr, after_open: Vec<Action>) {
    let target: wsscope::engine::address::Target = format!("ws://{address}/").parse().unwrap();
    let mut settings = Settings { after_open, ..Settings::default() };
    settings.request.host = address.to_string();
    settings.request.target = "/".into();
    client.order(Order::Connect { target, settings, tls: Arc::default(), proxy: None });
}

#[test]
fn a_page_is_asked_for_before_it_connects() {
    let lesson = Library::built_in().find("polite").unwrap().clone();
    let mut stage = Stage::with(lesson, true);
    assert!(stage.player.in_browser() && stage.player.next());
    let address = stage.until(|stage| stage.player.address());
    // The page itself is no connection.
    let mut page = TcpStream::connect(address).unwrap();
    page.write_all(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n").unwrap();
    page.read_to_end(&mut Vec::new()).unwrap();
    drop(page);
    assert_eq!(*stage.player.state(), State::Waiting);
    assert_eq!((stage.player.due(), stage.player.connection()), (None, None), "there is no hurry");
    let browser = client();
    connect(&browser, address, vec![Action::text("a person plays about")]);
    stage.wait();
    assert_eq!((stage.player.state(), stage.player.connection()), (&State::Met, Some(1)));
    assert!(stage.player.next());
    stage.wait();
    assert_eq!(*stage.player.state(), State::Met, "{}", stage.said());
    assert!(stage.player.is_finished());
}

#[test]
fn a_page_connects_again_at_the_same_address() {
    let lesson = Library::built_in().find("client-ends").unwrap().clone();
    let mut stage = Stage::with(lesson.clone(), true);
    let browser = client();
    let mut addresses = Vec::new();
    for _ in &lesson.runs {
        assert!(stage.player.next());
        let address = stage.until(|stage| stage.player.address());
        addresses.push(address);
        // A person who is quicker than the lesson.
        let bye = Action::Close(StatusCode(3001), b"bye".to_vec());
        connect(&browser, address, vec![bye]);
        stage.wait();
        assert!(stage.player.next());
        stage.wait();
        assert_eq!(*stage.player.state(), State::Met, "{}", stage.said());
    }
    assert!(stage.player.is_finished());
    assert_eq!(addresses, [addresses[0]; 3]);
}

#[test]
fn a_lesson_that_is_not_for_browsers_is_played_without() {
    let lesson = Library::built_in().find("deflate").unwrap().clone();
    assert!(!Stage::with(lesson, true).player.in_browser());
}

#[test]
#[ignore = "needs Chromium and playwright-core"]
fn chromium_plays_lessons_5_to_13() {
    let mut browser = crate::peer::Peer::lessons(5..=13);
    let mut played: Vec<_> = (5..=13)
        .map(|_| {
            let answer = browser.answer();
            assert_eq!(answer["exit"], 0, "{}", answer["said"].as_str().unwrap_or_default());
            answer["lesson"].as_u64()
        })
        .collect();
    played.sort();
    assert_eq!(played, (5..=13).map(Some).collect::<Vec<_>>());
}
