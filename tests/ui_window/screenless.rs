//! The window without a screen: laid out and tessellated as its event loop would have
//! it, and not shown. Tests and benches share it.

use wsscope::ui::{App, Start};

/// Points.
const SIZE: egui::Vec2 = egui::vec2(1280.0, 800.0);

/// The window and its context.
pub struct Screenless {
    pub ctx: egui::Context,
    pub app: App,
}

impl Screenless {
    /// A window that begins so.
    pub fn new(start: Start) -> Screenless {
        let ctx = egui::Context::default();
        let app = App::new(&ctx, start, None);
        Screenless { ctx, app }
    }

    /// Paints once, at this time in seconds, with this key pressed and let go.
    pub fn paint(&mut self, time: f64, key: Option<egui::Key>) {
        let event = |pressed| {
            key.map(|key| egui::Event::Key {
                key,
                physical_key: None,
                pressed,
                repeat: false,
                modifiers: egui::Modifiers::NONE,
            })
        };
        let input = egui::RawInput {
            screen_rect: Some(egui::Rect::from_min_size(egui::Pos2::ZERO, SIZE)),
            time: Some(time),
            events: [true, false].into_iter().filter_map(event).collect(),
            ..egui::RawInput::default()
        };
        let (ctx, app) = (&self.ctx, &mut self.app);
        let mut output = ctx.run_ui(input, |ui| {
            app.between(ctx);
            app.paint(ui);
        });
        let shapes = std::mem::take(&mut output.shapes);
        assert!(!ctx.tessellate(shapes, output.pixels_per_point).is_empty());
        output.textures_delta.clear();
    }
}
