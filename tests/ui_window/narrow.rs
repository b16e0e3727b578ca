//! Small windows and large type: everything stays within its pane, and nothing lies on
//! something else.

use super::*;
use egui::{Rect, vec2};

impl Window {
    /// Makes the window this large, its frame of 8 points aside.
    fn resize(&mut self, width: f32, height: f32) {
        self.harness.set_size(vec2(width + 16.0, height + 16.0));
        self.harness.run_steps(4);
    }

    /// Where the control, or else the label, of this name lies.
    #[track_caller]
    fn place(&mut self, name: &str) -> Rect {
        self.wait(name, |window| {
            let root = window.harness.root();
            let named = root.children_recursive().filter(|node| {
                let node = node.accesskit_node();
                node.label().or_else(|| node.value()).is_some_and(|label| label.starts_with(name))
            });
            let mut named: Vec<_> = named.collect();
            named.sort_by_key(|node| {
                let node = node.accesskit_node();
                (node.label().is_none_or(|label| label != name), node.role() == Role::Label)
            });
            named.first().map(|node| node.rect())
        })
    }

    /// All of these lie within the pane, none on another.
    #[track_caller]
    fn side_by_side(&mut self, pane: &str, names: &[&str]) {
        let around = self.place(pane).expand(0.5);
        let places: Vec<Rect> = names.iter().map(|name| self.place(name)).collect();
        for (n, place) in places.iter().enumerate() {
            assert!(around.contains_rect(*place), "{}: {place} in {around}", names[n]);
            for (m, other) in places.iter().enumerate().skip(n + 1) {
                let on = place.shrink(0.5).intersects(other.shrink(0.5));
                assert!(!on, "{} {place} on {} {other}", names[n], names[m]);
            }
        }
    }
}

const TOP: &[&str] = &[
    "Address",
    "Client",
    "TLS ws://",
    "Options ▾",
    "■ Stop",
    "Lesson ▾",
    "File ▾",
    "Present",
    "Smaller",
    "Bigger",
    "中文",
    "Light or dark",
    "Keys",
];

#[test]
fn the_top_bar_lies_side_by_side_in_every_size() {
    let mut window = Window::with_partner();
    for (width, height) in [(1280.0, 800.0), (1000.0, 700.0), (900.0, 560.0), (874.0, 546.0)] {
        window.resize(width, height);
        window.side_by_side("Role and files", TOP);
    }
}

const BAR: &[&str] = &[
    "Table",
    "Ladder",
    "Statistics",
    "filter",
    "Clear the filter",
    "find only",
    "Previous match",
    "Next match",
    "Filters ▾",
    "The filter language",
    "hide heartbeats",
    "violations",
    "data",
    "endings",
    "follow",
];

/// A file of which a row is bookmarked, which is not saved.
fn with_unsaved_note() -> Window {
    let (mut window, _) = Window::viewing();
    window.click_part("client Text 5 hello");
    window.click("Bookmark");
    window.see("notes not saved");
    window
}

#[test]
fn the_filter_bar_lies_side_by_side_in_every_size() {
    let mut window = with_unsaved_note();
    for find in [false, true] {
        if find {
            window.click("find only");
            window.filter("text contains \"hello\"");
            window.see(" found in ");
        }
        let count = window.one(if find { " found in " } else { " rows" }).unwrap();
        for (width, height) in [(1280.0, 800.0), (900.0, 560.0), (874.0, 546.0)] {
            window.resize(width, height);
            let ends: &[&str] = &[&count, "notes not saved", "viewing mars.pcapng"];
            let names: Vec<&str> = BAR.iter().chain(ends).copied().collect();
            window.side_by_side("Rows", &names);
        }
    }
}

#[test]
fn the_note_editor_lies_side_by_side_in_a_narrow_pane() {
    let mut window = with_unsaved_note();
    for (width, height) in [(1280.0, 800.0), (900.0, 560.0)] {
        window.resize(width, height);
        let names = ["This row", "connection 1", "Bookmark", "Next bookmark", "Previous bookmark"];
        window.side_by_side("Detail", &names);
    }
}

#[test]
fn the_caption_of_a_payload_is_whole_beside_its_buttons() {
    let mut window = Window::with_partner();
    window.click_part("client Text 5 hello");
    window.side_by_side("Detail", &["PAYLOAD", "Unmasked", "Masked"]);
    window.click("中文");
    window.side_by_side("详情", &["载荷 payload", "去掩码（unmasked）", "掩码后（masked）"]);
}

#[test]
fn composer_and_close_panel_lie_side_by_side() {
    let mut window = Window::with_partner();
    window.resize(900.0, 560.0);
    for tab in ["Binary", "Sequence"] {
        window.click(tab);
        let names =
            ["Binary", "Ping", "Pong", "Fragments", "Raw", "Frame", "Sequence", "Send Ctrl+↵"];
        window.side_by_side("Send", &names);
    }
    let close = ["Status code", "Send Close", "Empty Close", "End TCP (FIN)", "Reset (RST)"];
    window.side_by_side("End", &close);
}
