//! Panes as the keyboard finds them: F6 goes from one to the next, Tab from there to
//! its controls. And the ring around what has the focus.

use super::shortcuts::pressed;
use super::theme;
use crate::text::Lang;
use crate::text::keys::Does;
use egui::{Context, EventFilter, Id, Key, LayerId, Order, Rect, Sense, Stroke, Ui, WidgetInfo};

/// A pane of the window.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Pane {
    /// Role, address, start, files.
    Top,
    /// The connections.
    Connections,
    /// Table, ladder or statistics.
    Rows,
    /// The chosen row, or the verdict.
    Detail,
    /// What is sent.
    Compose,
    /// How a connection is ended.
    Close,
}

const ALL: [Pane; 6] =
    [Pane::Top, Pane::Connections, Pane::Rows, Pane::Detail, Pane::Compose, Pane::Close];

/// What is remembered of keyboard and panes.
#[derive(Clone, Copy, Debug, Default)]
pub struct Panes {
    /// The focus came by a key: it is to be seen.
    by_key: bool,
}

impl Pane {
    fn id(self) -> Id {
        Id::unique(("pane", self as u8))
    }

    fn name(self, lang: Lang) -> &'static str {
        let words = lang.words();
        match self {
            Pane::Top => words.pane_top,
            Pane::Connections => words.connections,
            Pane::Rows => words.pane_rows,
            Pane::Detail => words.pane_detail,
            Pane::Compose => words.pane_compose,
            Pane::Close => words.pane_close,
        }
    }

    /// Begins the pane: what Tab reaches after it is inside.
    pub fn begin(self, ui: &Ui, rect: Rect, lang: Lang) {
        let response = ui.interact(rect, self.id(), Sense::FOCUSABLE);
        response.widget_info(|| WidgetInfo::labeled(egui::Role::Group, true, self.name(lang)));
        if response.has_focus() && self == Pane::Rows {
            // Arrows choose rows here, they do not move the focus.
            let filter = EventFilter {
                horizontal_arrows: true,
                vertical_arrows: true,
                ..EventFilter::default()
            };
            ui.memory_mut(|memory| memory.set_focus_lock_filter(self.id(), filter));
        }
    }
}

/// Whether keys are the rows': nothing has the focus, or their pane.
#[must_use]
pub fn rows_have_keys(ctx: &Context) -> bool {
    ctx.memory(|memory| memory.focused()).is_none_or(|id| id == Pane::Rows.id())
}

/// Nothing has the focus: what had it is gone.
pub fn let_go(ctx: &Context) {
    ctx.memory_mut(|memory| {
        if let Some(id) = memory.focused() {
            memory.surrender_focus(id);
        }
    });
}

impl Panes {
    /// F6 goes on, Shift+F6 back; notes how the focus moves.
    pub fn keys(&mut self, ctx: &Context) {
        let (next, before, moved, pointed) = ctx.input_mut(|input| {
            let moved = input.key_pressed(Key::Tab);
            let pointed = input.pointer.any_pressed();
            // The more exact one first.
            let before = pressed(input, Does::PreviousPane);
            (pressed(input, Does::NextPane), before, moved, pointed)
        });
        if pointed {
            self.by_key = false;
        }
        if next || before || moved {
            self.by_key = true;
        }
        if next || before {
            let there: Vec<Pane> = ALL.into_iter().filter(|p| place(ctx, *p).is_some()).collect();
            let Some(len) = there.len().checked_sub(1).map(|last| last + 1) else { return };
            let here = there.iter().position(|pane| holds_focus(ctx, *pane));
            let to = match (here, next) {
                (None, true) => 0,
                (None, false) => len - 1,
                (Some(at), true) => (at + 1) % len,
                (Some(at), false) => (at + len - 1) % len,
            };
            ctx.memory_mut(|memory| memory.request_focus(there[to].id()));
        }
    }

    /// Draws the ring, above everything.
    pub fn ring_ui(&self, ui: &Ui) {
        let focused = ui.memory(|memory| memory.focused()).filter(|_| self.by_key);
        let Some(response) = focused.and_then(|id| ui.ctx().read_response(id)) else { return };
        let layer = LayerId::new(Order::Tooltip, Id::unique("focus"));
        let painter = ui.ctx().layer_painter(layer);
        let rect = response.interact_rect.shrink(1.0);
        let stroke = Stroke::new(2.0, theme::palette(ui).accent);
        painter.rect_stroke(rect, 4.0, stroke, egui::StrokeKind::Inside);
    }
}

fn place(ctx: &Context, pane: Pane) -> Option<Rect> {
    ctx.read_response(pane.id()).map(|response| response.rect)
}

/// Whether the focus is on a pane or a control inside it.
fn holds_focus(ctx: &Context, pane: Pane) -> bool {
    let Some(id) = ctx.memory(|memory| memory.focused()) else { return false };
    let control = ctx.read_response(id).map(|response| response.rect.center());
    id == pane.id()
        || ALL.into_iter().all(|other| other.id() != id)
            && control.zip(place(ctx, pane)).is_some_and(|(at, rect)| rect.contains(at))
}
