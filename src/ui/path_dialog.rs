//! The system's file dialog; its answer comes as a report.

use super::app::App;
use super::session::Report;
use super::state::PathFor;

impl App {
    /// Asks for a path with the system's dialog, or in the window where there is none.
    pub(super) fn ask_path(&mut self, purpose: PathFor) {
        if !self.dialogs {
            return self.on_report(Report::Picked(purpose, None, false));
        }
        let dialog = rfd::AsyncFileDialog::new();
        let dialog = match purpose {
            PathFor::Send | PathFor::Tls(_) => dialog,
            PathFor::Pem => dialog.add_filter("PEM", &["pem"]),
            PathFor::Svg => dialog.add_filter("SVG", &["svg"]),
            PathFor::Payload(_) => dialog,
            PathFor::Export(format) => dialog.add_filter(format.word(), format.endings()),
            PathFor::Open => {
                let all: &[&str] = &["pcapng", "pcap", "cap", "gz", "har", "jsonl", "ndjson"];
                dialog.add_filter("pcapng, pcap, HAR, JSON Lines", all).add_filter("*", &["*"])
            }
            PathFor::Save { .. } => dialog.add_filter("pcapng", &["pcapng"]),
        };
        let name = self.file_name(purpose);
        // Made on this thread, as macOS asks; awaited on another.
        match purpose {
            PathFor::Save { .. }
            | PathFor::Svg
            | PathFor::Pem
            | PathFor::Export(_)
            | PathFor::Payload(_) => {
                let picked = dialog.set_file_name(name).save_file();
                self.await_dialog(purpose, picked);
            }
            PathFor::Open | PathFor::Send | PathFor::Tls(_) => {
                self.await_dialog(purpose, dialog.pick_file());
            }
        }
    }

    fn await_dialog(
        &self,
        purpose: PathFor,
        picked: impl Future<Output = Option<rfd::FileHandle>> + Send + 'static,
    ) {
        self.beside.run(move || {
            let asked = std::time::Instant::now();
            let path = pollster::block_on(picked).map(|handle| handle.path().to_path_buf());
            // Where no dialog can be shown the answer comes faster than a hand.
            let shown = path.is_some() || asked.elapsed().as_millis() > 400;
            Report::Picked(purpose, path, shown)
        });
    }
}
