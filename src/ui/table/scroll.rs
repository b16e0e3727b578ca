//! A position in a list of any length: a row and a fraction of it.
//!
//! An offset in pixels as f32 breaks beyond 2^24 px, some 730,000 rows; a row
//! number and a fraction are exact at any length.

/// Where a list stands.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub struct Scroll {
    /// The first row that is (partly) visible.
    pub row: u64,
    /// How much of it is above the edge, from 0 to 1.
    pub fraction: f32,
}

/// The list as the scroll bar sees it.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Extent {
    /// Rows in all.
    pub rows: u64,
    /// Rows that fit, with the fraction.
    pub visible: f32,
}

impl Extent {
    /// The last position: the last row is whole at the bottom.
    #[must_use]
    pub fn end(self) -> Scroll {
        let top = self.rows as f64 - f64::from(self.visible);
        if top <= 0.0 {
            return Scroll::default();
        }
        Scroll { row: top as u64, fraction: (top - top.floor()) as f32 }
    }
}

impl Scroll {
    fn value(self) -> f64 {
        self.row as f64 + f64::from(self.fraction)
    }

    fn of(value: f64, extent: Extent) -> Scroll {
        let value = value.clamp(0.0, extent.end().value());
        Scroll { row: value as u64, fraction: (value - value.floor()) as f32 }
    }

    /// Moves by rows, stopping at both ends.
    #[must_use]
    pub fn moved(self, rows: f64, extent: Extent) -> Scroll {
        Scroll::of(self.value() + rows, extent)
    }

    /// Moves as little as needed to show a row whole.
    #[must_use]
    pub fn showing(self, row: u64, extent: Extent) -> Scroll {
        let (top, row) = (self.value(), row as f64);
        if row < top {
            Scroll::of(row, extent)
        } else if row + 1.0 > top + f64::from(extent.visible) {
            Scroll::of(row + 1.0 - f64::from(extent.visible), extent)
        } else {
            Scroll::of(top, extent)
        }
    }

    /// Whether this is the end.
    #[must_use]
    pub fn is_at_end(self, extent: Extent) -> bool {
        self.value() + 0.01 >= extent.end().value()
    }

    /// The scroll bar's handle: where it begins and how long it is, from 0 to 1.
    #[must_use]
    pub fn handle(self, extent: Extent, shortest: f32) -> (f32, f32) {
        let len = (f64::from(extent.visible) / extent.rows.max(1) as f64).min(1.0) as f32;
        let len = len.max(shortest).min(1.0);
        let end = extent.end().value();
        let at = if end > 0.0 { (self.value() / end) as f32 } else { 0.0 };
        (at * (1.0 - len), len)
    }

    /// Where the list stands when the handle begins at `at` of the free way.
    #[must_use]
    pub fn at(at: f32, extent: Extent) -> Scroll {
        Scroll::of(f64::from(at.clamp(0.0, 1.0)) * extent.end().value(), extent)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MANY: Extent = Extent { rows: 100_000_000, visible: 20.5 };

    #[test]
    fn the_last_of_a_hundred_million_rows_is_exactly_reachable() {
        let end = Scroll::default().showing(MANY.rows - 1, MANY);
        assert_eq!((end.row, end.fraction), (99_999_979, 0.5));
        assert_eq!(Scroll::at(1.0, MANY), end);
        assert!(end.is_at_end(MANY));
        assert_eq!(end.moved(-1.0, MANY).row, 99_999_978);
        assert_eq!(end.moved(5.0, MANY), end);
    }

    #[test]
    fn a_short_list_does_not_move() {
        let few = Extent { rows: 3, visible: 20.0 };
        assert_eq!(Scroll::default().moved(7.0, few), Scroll::default());
        assert_eq!(Scroll::default().handle(few, 0.05), (0.0, 1.0));
    }

    #[test]
    fn a_row_that_is_visible_does_not_move_the_list() {
        let at = Scroll { row: 50, fraction: 0.25 };
        assert_eq!(at.showing(60, MANY), at);
        assert_eq!(at.showing(10, MANY).row, 10);
        assert_eq!(at.showing(100, MANY).row, 80);
    }
}
