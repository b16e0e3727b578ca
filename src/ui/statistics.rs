//! The figures of the rows that are shown, as numbers and as plots.
//!
//! Client and server are told apart by line and marker as well: the client's line
//! is whole, its marks and bars are full; the server's are dashed and hollow.

use super::theme::{self, Palette};
use super::widgets;
use crate::protocol::{Opcode, Role};
use crate::session::statistics::{SIZES, Slice, Spread, Statistics};
use crate::text::{Lang, sentences};
use egui::{Align, Color32, Grid, Layout, RichText, ScrollArea, Sense, Stroke, Ui, vec2};
use egui_plot::{
    AxisHints, Bar, BarChart, GridMark, Line, LineStyle, MarkerShape, Plot, PlotPoints, Points,
};

/// A line of the table: what, the client's, the server's, both.
type Figure = [String; 4];

/// The figures as words.
fn figures(statistics: &Statistics, lang: Lang) -> Vec<Figure> {
    let words = lang.words();
    let mut figures = Vec::new();
    let mut count = |name: &str, [client, server]: [u64; 2]| {
        let all = client + server;
        figures.push([name.to_owned(), client.to_string(), server.to_string(), all.to_string()]);
    };
    count(words.frames, statistics.total.frames);
    count(words.octets, statistics.total.octets);
    for opcode in 0..16 {
        let of_opcode = [0, 1].map(|end| statistics.opcodes[end][usize::from(opcode)]);
        if of_opcode != [0, 0] {
            count(Opcode::new(opcode).name(), of_opcode);
        }
    }
    let sum = |spread: &Spread| u64::try_from(spread.sum).unwrap_or(u64::MAX);
    count(words.payload_octets, [0, 1].map(|end| sum(&statistics.payload[end])));
    let mut spread = |title: &str, ends: &[Spread; 2], show: &dyn Fn(f64) -> String| {
        let ends = [ends[0].clone(), ends[1].clone(), ends[0].with(&ends[1])];
        let mut line = |name: &str, value: &dyn Fn(&Spread) -> Option<f64>| {
            let [client, server, both] =
                ends.each_ref().map(|end| value(end).map_or("–".to_owned(), show));
            figures.push([format!("{title}: {name}"), client, server, both]);
        };
        line(words.least, &|s| (s.count > 0).then_some(s.min as f64));
        line(words.median, &|s| s.median().map(|median| median as f64));
        line(words.mean, &Spread::mean);
        line(words.greatest, &|s| (s.count > 0).then_some(s.max as f64));
    };
    let number = |n: f64| if n.fract() == 0.0 { format!("{n:.0}") } else { format!("{n:.1}") };
    spread(words.payload_octets, &statistics.payload, &number);
    let trips = &statistics.round_trips;
    if trips[0].count + trips[1].count > 0 {
        spread(words.round_trips, trips, &|nanos| sentences::duration(nanos as u64));
    }
    let ratios = Role::BOTH.map(|from| statistics.ratio(from));
    if ratios != [None, None] {
        let [client, server] = ratios.map(|r| r.map_or("–".to_owned(), |r| format!("{r:.2}")));
        figures.push([words.compression_ratio.to_owned(), client, server, String::new()]);
    }
    figures
}

/// Paints the figures; `left` rows are not counted yet.
pub fn statistics_ui(ui: &mut Ui, statistics: &Statistics, left: u64, lang: Lang) {
    let words = lang.words();
    let area = ui.available_rect_before_wrap().shrink2(vec2(12.0, 0.0));
    ui.scope_builder(egui::UiBuilder::new().max_rect(area), |ui| {
        ScrollArea::vertical().id_salt("statistics").auto_shrink(false).show(ui, |ui| {
            ui.horizontal(|ui| {
                Role::BOTH.into_iter().for_each(|role| legend(ui, role, lang));
                if left > 0 {
                    widgets::dim(ui, format!("{} {}", words.counting, sentences::grouped(left)));
                }
            });
            if statistics.total == Slice::default() {
                widgets::dim(ui, words.no_frames);
                return;
            }
            let width = ui.available_width() - 12.0;
            let columns = if width > 560.0 { 2 } else { 1 };
            let plot = vec2((width - 12.0 * (columns as f32 - 1.0)) / columns as f32, 150.0);
            plots(ui, statistics, columns, plot, lang);
            ui.add_space(8.0);
            table(ui, &figures(statistics, lang), lang);
            ui.add_space(8.0);
        });
    });
}

fn table(ui: &mut Ui, figures: &[Figure], lang: Lang) {
    let words = lang.words();
    let palette = theme::palette(ui);
    let head = ["", words.client, words.server, words.both_ends];
    if ui.button(words.copy_figures).clicked() {
        let lines = std::iter::once(head.join("\t")).chain(figures.iter().map(|f| f.join("\t")));
        ui.ctx().copy_text(lines.collect::<Vec<_>>().join("\n"));
    }
    // A column more than there are: the last would take all the room.
    Grid::new("figures").num_columns(5).spacing(vec2(20.0, 2.0)).striped(true).show(ui, |ui| {
        for name in head {
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                ui.label(RichText::new(name).font(theme::bold_small()).color(palette.dim));
            });
        }
        ui.end_row();
        for [name, values @ ..] in figures {
            ui.label(RichText::new(name).font(theme::small()));
            for value in values {
                let value = value.parse().map_or_else(|_| value.clone(), sentences::grouped);
                ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                    ui.label(RichText::new(value).font(theme::mono()));
                });
            }
            ui.end_row();
        }
    });
}

fn color(palette: &Palette, role: Role) -> Color32 {
    if role == Role::Client { palette.client } else { palette.server }
}

fn name(lang: Lang, role: Role) -> &'static str {
    let words = lang.words();
    if role == Role::Client { words.client } else { words.server }
}

/// A sample of the line and the mark of an end, and its name.
fn legend(ui: &mut Ui, role: Role, lang: Lang) {
    let color = color(theme::palette(ui), role);
    let (rect, _) = ui.allocate_exact_size(vec2(36.0, 20.0), Sense::hover());
    let (stroke, middle) = (Stroke::new(1.5, color), rect.center());
    let line = [rect.left_center(), rect.right_center()];
    if role == Role::Client {
        ui.painter().line_segment(line, stroke);
        ui.painter().circle_filled(middle, 4.0, color);
    } else {
        ui.painter().extend(egui::Shape::dashed_line(&line, stroke, 5.0, 4.0));
        let mark = egui::Rect::from_center_size(middle, vec2(8.0, 8.0));
        let fill = ui.visuals().panel_fill;
        ui.painter().rect(mark, 0.0, fill, stroke, egui::StrokeKind::Inside);
    }
    ui.label(RichText::new(name(lang, role)).color(color));
}

/// A plot that shows and does not move.
fn plot<'a>(ui: &Ui, id: &'static str, size: egui::Vec2) -> Plot<'a> {
    Plot::new(id)
        .width(size.x)
        .height(size.y)
        .allow_zoom(false)
        .allow_drag(false)
        .allow_scroll(false)
        .allow_boxed_zoom(false)
        .allow_double_click_reset(false)
        .sense(Sense::hover())
        .include_y(0.0)
        .set_margin_fraction(vec2(0.02, 0.08))
        .grid_color(theme::palette(ui).stroke)
        .y_grid_spacer(lines)
        .custom_y_axes(vec![y_axis(|mark| short(mark.value))])
}

/// Some four lines at round figures.
fn lines(input: egui_plot::GridInput) -> Vec<GridMark> {
    let (least, most) = input.bounds;
    let rough = ((most - least) / 4.0).max(1e-9);
    let power = 10f64.powf(rough.log10().floor());
    let step = [1.0, 2.0, 5.0, 10.0].map(|by| by * power).into_iter().find(|s| *s >= rough);
    let step = step.unwrap_or(rough);
    let first = (least / step).ceil() as i64;
    let values = (first..first + 8).map(|n| n as f64 * step).take_while(|value| *value <= most);
    values.map(|value| GridMark { value, step_size: step }).collect()
}

/// The axis of figures, with a label at each line that has room for one.
fn y_axis<'a>(label: impl Fn(GridMark) -> String + 'a) -> AxisHints<'a> {
    AxisHints::new_y()
        .formatter(move |mark, _| label(mark))
        .min_thickness(44.0)
        .label_spacing(egui::Rangef::new(16.0, 28.0))
}

/// A figure that fits an axis.
fn short(value: f64) -> String {
    let plain = |value: f64| {
        let text = format!("{value:.2}");
        text.trim_end_matches('0').trim_end_matches('.').to_owned()
    };
    match value.abs() {
        0.0..1e3 => plain(value),
        1e3..1e6 => format!("{} k", plain(value / 1e3)),
        1e6..1e9 => format!("{} M", plain(value / 1e6)),
        _ => format!("{} G", plain(value / 1e9)),
    }
}

fn plots(ui: &mut Ui, statistics: &Statistics, columns: usize, size: egui::Vec2, lang: Lang) {
    let words = lang.words();
    Grid::new("plots").num_columns(columns).spacing(vec2(12.0, 10.0)).show(ui, |ui| {
        let end_row = |ui: &mut Ui, n: usize| {
            if n.is_multiple_of(columns) {
                ui.end_row();
            }
        };
        ui.vertical(|ui| {
            titled(ui, words.frames_a_second, words.time_axis);
            rate(ui, "frames", statistics, |slice| slice.frames, size, lang);
        });
        end_row(ui, 1);
        ui.vertical(|ui| {
            titled(ui, words.octets_a_second, words.time_axis);
            rate(ui, "octets", statistics, |slice| slice.octets, size, lang);
        });
        end_row(ui, 2);
        ui.vertical(|ui| {
            titled(ui, words.payload_sizes, "");
            sizes(ui, statistics, size, lang);
        });
        end_row(ui, 3);
        ui.vertical(|ui| {
            titled(ui, words.opcodes, "");
            opcodes(ui, statistics, size, lang);
        });
        end_row(ui, 4);
    });
    ui.add_space(10.0);
    titled(ui, words.round_trips, words.time_axis);
    let wide = vec2(size.x * columns as f32 + 12.0 * (columns as f32 - 1.0), size.y);
    round_trips(ui, statistics, wide, lang);
}

fn titled(ui: &mut Ui, title: &str, axis: &str) {
    ui.horizontal(|ui| {
        ui.label(RichText::new(title).font(theme::bold_small()));
        widgets::dim(ui, axis);
    });
}

/// Slices that a line can show without becoming a band.
const SLICES: usize = 120;
/// Points up to which each gets a mark.
const MARKED: usize = 60;

fn rate(
    ui: &mut Ui,
    id: &'static str,
    statistics: &Statistics,
    what: impl Fn(&Slice) -> [u64; 2],
    size: egui::Vec2,
    lang: Lang,
) {
    let palette = theme::palette(ui);
    let (width, slices) = statistics.slices(SLICES);
    let width = width as f64 / 1e9;
    plot(ui, id, size).show(ui, |plot| {
        for role in Role::BOTH {
            let points: Vec<[f64; 2]> = slices
                .iter()
                .enumerate()
                .map(|(n, slice)| {
                    [(n as f64 + 0.5) * width, what(slice)[role.index()] as f64 / width]
                })
                .collect();
            let color = color(palette, role);
            if points.len() <= MARKED {
                plot.points(marks(name(lang, role), points.clone(), role, color));
            }
            let style = match role {
                Role::Client => LineStyle::Solid,
                Role::Server => LineStyle::dashed_dense(),
            };
            let line = Line::new(name(lang, role), PlotPoints::from(points));
            plot.line(line.color(color).width(1.5).style(style));
        }
    });
}

/// Full circles of the client, hollow squares of the server.
fn marks<'a>(name: &str, points: Vec<[f64; 2]>, role: Role, color: Color32) -> Points<'a> {
    let shape = if role == Role::Client { MarkerShape::Circle } else { MarkerShape::Square };
    let points = Points::new(name, PlotPoints::from(points));
    points.shape(shape).filled(role == Role::Client).radius(3.5).color(color)
}

/// Pairs of bars, full of the client and hollow of the server.
fn pairs(plot: &mut egui_plot::PlotUi<'_>, bars: &[[u64; 2]], palette: &Palette, lang: Lang) {
    for role in Role::BOTH {
        let color = color(palette, role);
        let (shift, fill) = match role {
            Role::Client => (-0.2, color),
            Role::Server => (0.2, color.gamma_multiply(0.15)),
        };
        let bars = bars.iter().enumerate().filter(|(_, bar)| bar[role.index()] > 0);
        let bars = bars.map(|(n, bar)| {
            let bar = Bar::new(n as f64 + shift, bar[role.index()] as f64).width(0.36);
            bar.fill(fill).stroke(Stroke::new(1.5, color))
        });
        plot.bar_chart(BarChart::new(name(lang, role), bars.collect()).color(color));
    }
}

/// The room that a name below a bar needs, in points.
const NAME: f32 = 56.0;

/// Bars with a name each, below it; of some only where there is no room for all.
fn named_bars(
    ui: &mut Ui,
    id: &'static str,
    bars: &[[u64; 2]],
    names: &[String],
    size: egui::Vec2,
    lang: Lang,
) {
    let palette = theme::palette(ui);
    let room = (size.x / NAME).max(1.0);
    let every = (names.len() as f32 / room).ceil().max(1.0) as usize;
    let marks = move |input: egui_plot::GridInput| {
        let (first, last) = (input.bounds.0.max(0.0) as usize, input.bounds.1.max(0.0) as usize);
        let marked = (first..=last).filter(|n| n % every == 0);
        marked.map(|n| GridMark { value: n as f64, step_size: 100.0 }).collect()
    };
    let name = |value: f64| names.get(value as usize).cloned().unwrap_or_default();
    plot(ui, id, size)
        .x_axis_formatter(move |mark, _| name(mark.value))
        .x_grid_spacer(marks)
        .show_grid([false, true])
        .include_x(-0.6)
        .include_x(bars.len() as f64 - 0.4)
        .show(ui, |plot| pairs(plot, bars, palette, lang));
}

fn sizes(ui: &mut Ui, statistics: &Statistics, size: egui::Vec2, lang: Lang) {
    let used = |n: &usize| statistics.sizes.iter().any(|sizes| sizes[*n] > 0);
    let first = (0..SIZES).find(used).unwrap_or_default();
    let last = (0..SIZES).rev().find(used).unwrap_or_default();
    let bars: Vec<[u64; 2]> =
        (first..=last).map(|n| [statistics.sizes[0][n], statistics.sizes[1][n]]).collect();
    let names: Vec<String> = (first..=last).map(size_name).collect();
    named_bars(ui, "sizes", &bars, &names, size, lang);
}

/// Where a bin of sizes begins.
fn size_name(bin: usize) -> String {
    match bin {
        0 => "0".to_owned(),
        1 => "1".to_owned(),
        2..=10 => format!("{}+", 1 << (bin - 1)),
        11..=20 => format!("{} Ki+", 1 << (bin - 11)),
        21..=30 => format!("{} Mi+", 1 << (bin - 21)),
        _ => format!("{} Gi+", 1u64 << (bin - 31)),
    }
}

fn opcodes(ui: &mut Ui, statistics: &Statistics, size: egui::Vec2, lang: Lang) {
    let used: Vec<u8> =
        (0..16).filter(|n| statistics.opcodes.iter().any(|of| of[usize::from(*n)] > 0)).collect();
    let count = |n: &u8| [0, 1].map(|end: usize| statistics.opcodes[end][usize::from(*n)]);
    let bars: Vec<[u64; 2]> = used.iter().map(count).collect();
    let names: Vec<String> = used.iter().map(|n| Opcode::new(*n).name().to_owned()).collect();
    named_bars(ui, "opcodes", &bars, &names, size, lang);
}

fn round_trips(ui: &mut Ui, statistics: &Statistics, size: egui::Vec2, lang: Lang) {
    let words = lang.words();
    if statistics.some_round_trips.is_empty() {
        widgets::dim(ui, words.no_round_trips);
        return;
    }
    let palette = theme::palette(ui);
    let label = |mark: GridMark| sentences::duration((mark.value.max(0.0) * 1e9) as u64);
    plot(ui, "round trips", size).custom_y_axes(vec![y_axis(label)]).show(ui, |plot| {
        for role in Role::BOTH {
            let of_role = statistics.some_round_trips.iter().filter(|trip| trip.from == role);
            let points: Vec<[f64; 2]> =
                of_role.map(|trip| [trip.at as f64 / 1e9, trip.took as f64 / 1e9]).collect();
            let name = format!("{} {}", words.asked_by, name(lang, role));
            plot.points(marks(&name, points, role, color(palette, role)));
        }
    });
}
