//! Pages in browsers at the other end: who they are, what they reported beside what
//! was predicted, a hundred of them in the list, and one button for all.

use super::*;
use crate::session_files::rig::{Recorded, Script, frame, record};
use wsscope::protocol::closing_handshake::TcpEvent;
use wsscope::protocol::{Opcode, Role as End, StatusCode};
use wsscope::session::Observed;
use wsscope::session::client_model::CloseEvent;

/// A page that the server ended with 1000 and `bye`; the browser is told apart from the
/// script's own where there is one.
fn page(script: &mut Script, name: &str, browser: Option<&str>) -> u32 {
    let port = 50_000 + script.records.len();
    let number = script.connection(&format!("192.0.2.7:{port}"), "192.0.2.1:8000");
    script.page(number, name);
    if let Some(Observed::Page(page)) = script.records.last_mut().map(|record| &mut record.what)
        && let Some(browser) = browser
    {
        browser.clone_into(&mut page.browser);
    }
    number
}

fn close(script: &mut Script, number: u32) {
    for from in [End::Server, End::Client] {
        script.octets(number, from, frame(from, Opcode::CLOSE, b"\x03\xe8bye"));
    }
    for from in [End::Server, End::Client] {
        script.tcp(number, from, TcpEvent::Fin);
    }
}

fn event(code: u16, reason: &str, was_clean: bool, error: bool) -> CloseEvent {
    CloseEvent { code: StatusCode(code), reason: reason.into(), was_clean, error }
}

/// A page in a browser that loads itself, then connects with a name.
fn visitor(address: SocketAddr, i: u32) -> TcpStream {
    let page = get(address);
    let id = page.split("data-page=\"").nth(1).and_then(|rest| rest.split('"').next()).unwrap();
    handshake_at(address, &format!("/?page={id}&n=1&name=visitor+{i}"), "").0
}

fn viewing(script: &Script) -> (Window, Recorded) {
    let recorded = record(script);
    let mut window = Window::new(Lang::En);
    window.open(&recorded.path);
    window.see("viewing session");
    (window, recorded)
}

/// The cells of one field, from its name to its mark or the next field.
fn cells(window: &Window, field: &str, count: usize) -> Vec<String> {
    let mut labels = window.labels();
    labels.dedup();
    let heading = labels.iter().position(|label| label == "PREDICTED AND OBSERVED").unwrap();
    let at = labels[heading..].iter().position(|label| label == field).unwrap();
    labels[heading + at + 1..].iter().take(count).cloned().collect()
}

#[test]
fn what_agrees_is_said_without_colour() {
    let mut script = Script::default();
    let number = page(&mut script, "Li Lei", None);
    close(&mut script, number);
    script.observed(number, event(1000, "bye", true, false));
    let (mut window, _file) = viewing(&script);
    window.see("PREDICTED AND OBSERVED");
    window.see("Li Lei · Chromium 156");
    window.see("= as predicted");
    assert_eq!(cells(&window, "code", 2), ["1000", "="]);
    assert!(!window.shows("≠"));
    assert!(!window.shows("WHAT THE PAGE GETS"), "it is said once");
}

#[test]
fn each_field_that_differs_is_marked() {
    let mut script = Script::default();
    let number = page(&mut script, "", None);
    close(&mut script, number);
    script.observed(number, event(1006, "", false, false));
    let (mut window, _file) = viewing(&script);
    window.see("≠ not as predicted: code, reason, wasClean");
    assert_eq!(cells(&window, "code", 3), ["1000", "1006", "≠"]);
    assert_eq!(cells(&window, "reason", 3), ["\"bye\"", "\"\"", "≠"]);
    assert_eq!(cells(&window, "wasClean", 3), ["true", "false", "≠"]);
    assert_eq!(cells(&window, "error", 2), ["none", "="]);
}

#[test]
fn a_browser_that_nobody_predicts_is_only_observed() {
    let mut script = Script::default();
    let number = page(&mut script, "Han Meimei", Some("Firefox 140"));
    close(&mut script, number);
    script.observed(number, event(1000, "bye", true, false));
    let (mut window, _file) = viewing(&script);
    window.see("Han Meimei · Firefox 140");
    window.see("observed only: nothing is predicted for this browser");
    assert_eq!(cells(&window, "code", 2), ["1000", "reason"]);
    assert!(!window.labels().contains(&"predicted".to_owned()));
}

#[test]
fn a_page_that_has_not_reported_is_said_to_be_silent() {
    let mut script = Script::default();
    let number = page(&mut script, "Li Lei", None);
    close(&mut script, number);
    let (mut window, _file) = viewing(&script);
    window.see("The page has not reported its CloseEvent.");
    window.see("WHAT THE PAGE GETS");
}

#[test]
fn a_connection_that_lasts_longer_than_its_capture_is_not_said_to_end() {
    let mut script = Script::default();
    page(&mut script, "Li Lei", None);
    let (mut window, _file) = viewing(&script);
    window.see("The capture ends here, while the connection is open");
    let labels = window.labels().join("\n");
    assert!(!labels.contains("1006") && !labels.contains("WHAT THE PAGE GETS"), "{labels}");
}

#[test]
fn a_class_is_listed_by_name_and_found() {
    let mut script = Script::default();
    for i in 1..=100 {
        let browser = if i % 4 == 0 { "Firefox 140" } else { "Chromium 156" };
        let name = if i == 37 { "Li Lei".to_owned() } else { format!("学生 {i}") };
        page(&mut script, &name, Some(browser));
    }
    let (mut window, _file) = viewing(&script);
    window.see("100 OPEN 学生 100 · Firefox 140");
    assert!(!window.shows("1 OPEN 学生 1 "), "only what is visible is laid out");
    window.enter("name, browser, address", "firefox");
    window.see("25 / 100");
    window.enter("name, browser, address", "chromium LEI");
    window.see("1 / 100");
    window.click_part("37 OPEN Li Lei · Chromium 156");
    assert_eq!(window.app().state.view.scope().connection, Some(37));
    window.enter("name, browser, address", "nobody");
    window.see("0 / 100");
    window.enter("name, browser, address", "");
    window.see("100 OPEN 学生 100 · Firefox 140");
}

#[test]
fn one_button_closes_all_with_the_chosen_code_and_reason() {
    let (mut window, address) = Window::listening();
    let mut clients = vec![visitor(address, 1)];
    window.see("1 OPEN visitor 1 · Firefox 140");
    assert!(!window.shows("open connections"), "one needs no button for all");
    clients.extend((2..=100).map(|i| visitor(address, i)));
    window.see("100 open · 0 closed");
    window.see("100 OPEN visitor 100 · Firefox 140");
    window.choose("Status code", "1001 Going Away");
    window.enter("Reason", MARS);
    window.click("Send this Close to all 100 open connections");
    let close = [&[0x88, 47, 0x03, 0xe9], MARS.as_bytes()].concat();
    for client in &mut clients {
        expect(client, &close);
        client.write_all(&masked(0x88, &close[2..])).unwrap();
    }
    clients.clear();
    window.see("0 open · 100 closed");
    window.see("100 CLOSED");
}
