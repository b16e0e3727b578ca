//! The filter above the rows: what is typed, what is offered, what is found.

use super::*;

impl Window {
    /// Types a filter and puts it in force.
    pub fn filter(&mut self, text: &str) {
        self.enter("filter", text);
        self.key(Key::Escape); // what is offered would take Enter only if chosen
        self.click("filter");
        self.key(Key::Enter);
    }

    /// A client that has said three things, one of them twice.
    fn with_talk() -> (Window, TcpStream) {
        let (mut window, mut client) = Window::with_client();
        for text in ["one apple", "two pears", "an apple too", "nothing"] {
            client.write_all(&masked(0x81, text.as_bytes())).unwrap();
        }
        client.write_all(&masked(0x89, b"beat")).unwrap();
        window.see("9 of 9 rows");
        (window, client)
    }
}

#[test]
fn a_filter_hides_rows_and_goes_on_while_they_come() {
    let (mut window, mut client) = Window::with_talk();
    window.filter("text contains \"apple\"");
    window.see("2 of 9 rows");
    assert_eq!(window.rows(), ["1 client Text 9 one apple", "3 client Text 12 an apple too"]);
    client.write_all(&masked(0x81, b"apple pie")).unwrap();
    window.see("3 of 10 rows");
    window.click("Clear the filter");
    window.see("10 of 10 rows");
}

#[test]
fn chips_and_filter_hold_together() {
    let (mut window, mut client) = Window::with_talk();
    window.filter("from == client && len < 100");
    window.see("5 of 9 rows");
    window.click("hide heartbeats");
    window.see("4 of 9 rows");
    window.click("data");
    window.see("4 of 9 rows");
    window.click("Clear the filter");
    window.click("data");
    window.click("endings");
    window.see("0 of 9 rows");
    client.write_all(&masked(0x88, &[0x03, 0xE8])).unwrap();
    window.see("client Close 1000");
    assert!(window.rows().iter().all(|row| row.contains("Close") || row.contains('·')));
}

#[test]
fn what_only_finds_hides_nothing_and_goes_from_match_to_match() {
    let (mut window, _client) = Window::with_talk();
    window.click("find only");
    window.filter("text contains \"apple\"");
    window.see("2 found in 9 rows");
    assert_eq!(window.rows().len(), 9);
    for expected in [3, 5, 3] {
        window.key(Key::F3);
        assert_eq!(window.chosen(), Some(expected), "{:#?}", window.rows());
    }
    window.harness.key_press_modifiers(Modifiers::SHIFT, Key::F3);
    window.harness.step();
    window.harness.step();
    assert_eq!(window.chosen(), Some(5));
    window.click("Next match (F3)");
    assert_eq!(window.chosen(), Some(3));
    window.click("filter");
    window.key(Key::Enter);
    assert_eq!(window.chosen(), Some(5), "Enter goes on");
    window.click("find only");
    window.see("2 of 9 rows");
}

#[test]
fn names_are_offered_and_taken() {
    let (mut window, _client) = Window::with_talk();
    window.harness.key_press_modifiers(Modifiers::COMMAND, Key::F);
    window.harness.step();
    window.harness.event(egui::Event::Text("opc".into()));
    window.see("opcodeopcode of a frame");
    window.key(Key::Tab);
    window.harness.event(egui::Event::Text("== pi".into()));
    window.harness.step();
    window.see("ping");
    window.key(Key::ArrowDown);
    window.key(Key::Enter);
    assert_eq!(window.app().state.filter.text, "opcode == ping ");
    assert!(window.shows("9 of 9 rows"), "Enter took the word, not the filter");
    window.key(Key::Enter);
    window.see("1 of 9 rows");
}

#[test]
fn what_is_offered_can_be_clicked() {
    let (mut window, _client) = Window::with_talk();
    window.enter("filter", "opcode == po");
    let offer = window
        .wait("the offer", |w| w.harness.query_by_label("pong").map(|node| node.rect().center()));
    window.harness.hover_at(offer);
    window.harness.step();
    for pressed in [true, false] {
        window.harness.event(egui::Event::PointerButton {
            pos: offer,
            button: egui::PointerButton::Primary,
            pressed,
            modifiers: Modifiers::NONE,
        });
        window.harness.step();
        window.harness.step();
    }
    assert_eq!(window.app().state.filter.text, "opcode == pong ");
    window.key(Key::Enter);
    window.see("1 of 9 rows");
}

#[test]
fn an_error_is_told_with_its_column_in_both_languages() {
    let (mut window, _client) = Window::with_talk();
    window.filter("opcod == 8");
    window.see("column 1: unknown field `opcod`; did you mean `opcode`?");
    assert!(window.shows("9 of 9 rows"), "nothing is hidden by what is no filter");
    window.see("No filter is in force.");
    window.click("中文");
    window.see("第 1 列：没有字段 `opcod`；是不是 `opcode`？");
    window.enter("过滤", "opcode == 9");
    window.see_gone("第 1 列");
}

#[test]
fn a_wrong_filter_says_which_one_stays_in_force() {
    let (mut window, _client) = Window::with_talk();
    window.filter("opcode == ping");
    window.see("1 of 9 rows");
    window.filter("opcode ==");
    window.see("Still in force: opcode == ping");
    assert!(window.shows("1 of 9 rows"));
    window.click("Clear the filter");
    window.see("9 of 9 rows");
    assert!(!window.shows("Still in force"));
}

#[test]
fn where_nothing_passes_the_table_says_so() {
    let (mut window, _client) = Window::with_talk();
    window.filter("len > 5000");
    window.see("No row passes the filters.");
    assert!(window.rows().is_empty());
    window.click("Clear the filter");
    window.see("9 of 9 rows");
    assert!(!window.shows("No row passes"));
}

#[test]
fn filters_are_kept_by_name_and_the_recent_ones_offered() {
    let (mut window, _client) = Window::with_talk();
    window.filter("ping");
    window.see("1 of 9 rows");
    window.click("Filters ▾");
    window.enter("Name", "heartbeat");
    window.click("Keep");
    window.see("heartbeat");
    window.key(Key::Escape);
    window.click("Clear the filter");
    window.see("9 of 9 rows");
    window.click("Filters ▾");
    window.see("RECENT FILTERS");
    window.click("heartbeat");
    window.see("1 of 9 rows");
    window.click("Filters ▾");
    window.click("Forget heartbeat");
    window.see_gone("Forget heartbeat");
}

#[test]
fn the_help_lists_every_field_and_an_example_is_taken() {
    let (mut window, _client) = Window::with_talk();
    window.click("The filter language");
    window.see("websocket.payload.close.status_code");
    window.click("!ping && !pong");
    assert_eq!(window.app().state.filter.text, "!ping && !pong");
}
