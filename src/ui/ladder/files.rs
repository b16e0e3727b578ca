//! The ladder taken along: as text to the clipboard, as SVG into a file.

use crate::session::ladder::Ladder;
use crate::session::pcapng::read::ReadError;
use crate::text::ladder::{Shown, ladder as ladder_text};
use crate::text::ladder_svg::ladder_svg;
use crate::ui::app::App;
use crate::ui::session::Report;
use std::path::PathBuf;

impl App {
    fn shown_ladder(&self) -> Option<&Ladder> {
        self.state.ladder.ladder()
    }

    /// Copies the ladder as text.
    pub(in crate::ui) fn copy_ladder(&self) {
        let (Some(session), Some(ladder)) = (self.session(), self.shown_ladder()) else { return };
        let shown = Shown { now: self.time(), ..Shown::default() };
        let log = session.shown().read();
        let text = ladder_text(&log, &session.source, ladder, self.state.lang, shown);
        self.context().copy_text(text);
    }

    /// The name that the picture of the ladder gets unless another is chosen.
    pub(in crate::ui) fn svg_name(&self) -> String {
        let stem = self.session().and_then(|s| s.path.file_stem()).unwrap_or_default();
        let number = self.shown_ladder().map_or(1, Ladder::number);
        format!("{}-{number}.svg", stem.to_string_lossy())
    }

    /// Saves the ladder as a picture, beside the window.
    pub(in crate::ui) fn save_svg(&self, path: PathBuf) {
        let (Some(session), Some(ladder)) = (self.session(), self.shown_ladder()) else { return };
        let (log, source, ladder) =
            (session.shown().clone(), session.source.clone(), ladder.clone());
        let (lang, now) = (self.state.lang, self.time());
        self.beside.run(move || {
            let svg = ladder_svg(&log.read(), &source, &ladder, lang, now);
            let result = std::fs::write(&path, svg).map_err(ReadError::Io);
            // A picture is no capture: it is not among the recent ones.
            Report::Saved(path, result, true)
        });
    }
}
