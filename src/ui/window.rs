//! Opens the real window.

use super::app::{App, Start};

/// Runs until the window is closed.
///
/// # Errors
/// No window can be opened, for instance because there is no display.
pub fn run(start: Start) -> Result<(), String> {
    let viewport = egui::ViewportBuilder::default()
        .with_title("wsscope")
        .with_app_id("wsscope")
        .with_inner_size([1280.0, 800.0])
        .with_min_inner_size([900.0, 560.0])
        .with_drag_and_drop(true);
    let options = eframe::NativeOptions { viewport, ..Default::default() };
    eframe::run_native(
        "wsscope",
        options,
        Box::new(|context| {
            Ok(Box::new(App::new(&context.egui_ctx, start, context.storage))
                as Box<dyn eframe::App>)
        }),
    )
    .map_err(|error| error.to_string())
}
