//! Where things stand in the ladder: columns by the width of the panel, heights
//! by the zoom.

use egui::{FontId, Rect};

/// The height of a rung at the usual zoom.
pub const RUNG: f32 = 44.0;
/// The smallest zoom: a label and its arrow still have room.
pub const LOWEST: f32 = 0.6;
/// The smallest zoom for a room.
pub const READ_FROM_AFAR: f32 = 0.78;
/// The largest zoom.
pub const TALLEST: f32 = 2.4;
/// Half of a lifeline's width.
pub const HALF: f32 = 5.0;

const TIMES: f32 = 76.0;
const STATES: f32 = 116.0;
const TIMES_PRESENTED: f32 = 64.0;
const STATES_PRESENTED: f32 = 96.0;
const WIDEST: f32 = 760.0;

/// Where things stand.
#[derive(Clone, Copy, Debug)]
pub struct Geometry {
    /// Where rungs are.
    pub body: Rect,
    /// The middle of each lifeline.
    pub lifelines: [f32; 2],
    /// The left edge of the times.
    pub times: f32,
    /// The height of a rung.
    pub rung: f32,
    /// The zoom of type.
    pub zoom: f32,
}

/// How much larger the names of both ends are at this zoom.
#[must_use]
pub fn names(zoom: f32) -> f32 {
    zoom.clamp(1.0, 1.5)
}

impl Geometry {
    /// In this rectangle; where it is presented, arrows have what room there is.
    #[must_use]
    pub fn new(body: Rect, zoom: f32, presented: bool) -> Geometry {
        let largest = if presented { 1.1 } else { 1.8 };
        let type_zoom = zoom.clamp(0.8, largest);
        let (times, states) =
            if presented { (TIMES_PRESENTED, STATES_PRESENTED) } else { (TIMES, STATES) };
        let (times, states) = (times * type_zoom, states * type_zoom);
        let free = body.width() - 12.0 - times - 2.0 * states - 12.0;
        let middle = free.clamp(120.0, WIDEST * type_zoom);
        let left = body.left() + 12.0 + ((free - middle) / 2.0).max(0.0);
        let client = left + times + states;
        Geometry {
            body,
            lifelines: [client, client + middle],
            times: left,
            rung: RUNG * zoom,
            zoom: type_zoom,
        }
    }

    /// Between the lifelines.
    #[must_use]
    pub fn middle_width(&self) -> f32 {
        self.lifelines[1] - self.lifelines[0] - 2.0 * HALF
    }

    /// Halfway between the lifelines.
    #[must_use]
    pub fn middle(&self) -> f32 {
        self.lifelines[0].midpoint(self.lifelines[1])
    }

    /// From the top of a rung to the tail of its arrow.
    #[must_use]
    pub fn tail(&self) -> f32 {
        (self.rung * 0.64).round()
    }

    /// How far down an arrow goes from its tail to its head: always as much,
    /// since nobody knows the far end's clock.
    #[must_use]
    pub fn slope(&self) -> f32 {
        (self.rung * 0.18).round()
    }

    /// Type that grows with the zoom.
    #[must_use]
    pub fn font(&self, font: FontId) -> FontId {
        FontId { size: font.size * self.zoom, ..font }
    }
}
