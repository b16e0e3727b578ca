//! What was measured, as a Markdown table.

use std::io;
use std::sync::OnceLock;
use std::time::{Duration, Instant};

/// One line of the table.
pub struct Line {
    /// What is done.
    pub work: String,
    /// Our figure, with its unit.
    pub ours: String,
    /// Whom it is compared with, and its figure.
    pub against: String,
    /// How many times better ours is, or what else is compared.
    pub ratio: String,
    /// What it has to reach.
    pub target: String,
    /// Whether it does; `None` where there is no target, or it could not be measured.
    pub reached: Option<bool>,
}

impl Line {
    /// Ours against another's by a ratio that has to be at least `target`.
    pub fn ratio(
        work: &str,
        ours: String,
        against: String,
        ratio: f64,
        target: Option<f64>,
    ) -> Line {
        Line {
            work: work.to_owned(),
            ours,
            against,
            ratio: if ratio < 10.0 { format!("{ratio:.2}×") } else { format!("{ratio:.0}×") },
            target: target.map_or_else(String::new, |target| format!("≥ {target}×")),
            reached: target.map(|target| ratio >= target),
        }
    }

    /// One figure that has to stay at or below `limit`.
    pub fn at_most(work: &str, figure: f64, limit: f64, unit: &str) -> Line {
        let target = format!("≤ {limit} {unit}");
        Line { target, reached: Some(figure <= limit), ..Line::alone(work, figure, unit) }
    }

    /// One figure that has to reach `target`.
    pub fn at_least(work: &str, figure: f64, target: f64, unit: &str) -> Line {
        let reached = Some(figure >= target);
        Line { target: format!("≥ {target} {unit}"), reached, ..Line::alone(work, figure, unit) }
    }

    /// One figure without a target.
    pub fn alone(work: &str, figure: f64, unit: &str) -> Line {
        let ours = if figure < 10.0 { format!("{figure:.2}") } else { format!("{figure:.0}") };
        Line { ours: format!("{ours} {unit}"), ..Line::missing(work, "") }
    }

    /// Why it could not be measured.
    pub fn missing(work: &str, why: &str) -> Line {
        Line {
            work: work.to_owned(),
            ours: String::new(),
            against: why.to_owned(),
            ratio: String::new(),
            target: String::new(),
            reached: None,
        }
    }
}

/// The table.
pub fn markdown(lines: &[Line]) -> String {
    let mut table = String::from(
        "| Work | wsscope | Against | Ratio | Target | |\n|---|---|---|---|---|---|\n",
    );
    for line in lines {
        let mark = match line.reached {
            Some(true) => "reached",
            Some(false) => "**not reached**",
            None => "",
        };
        let Line { work, ours, against, ratio, target, .. } = line;
        table += &format!("| {work} | {ours} | {against} | {ratio} | {target} | {mark} |\n");
    }
    table
}

const BEGIN: &str = "<!-- figures: made by `cargo bench -- --readme` -->\n";
const END: &str = "<!-- end of figures -->";

/// Puts the table between its two marks.
pub fn into_readme(table: &str) -> io::Result<()> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/README.md");
    let text = std::fs::read_to_string(path)?;
    let parts = text.split_once(BEGIN).and_then(|(before, rest)| {
        let (_, after) = rest.split_once(END)?;
        Some((before, after))
    });
    let Some((before, after)) = parts else {
        return Err(io::Error::other("the marks of the table are not there"));
    };
    std::fs::write(path, format!("{before}{BEGIN}{table}{END}{after}"))
}

/// The middle one.
pub fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures[figures.len() / 2]
}

/// How long this thread has had a CPU, so that what else the machine does counts less;
/// where the system does not tell, what the clock says. Known to some milliseconds.
pub fn cpu_time() -> Duration {
    static START: OnceLock<Instant> = OnceLock::new();
    let told = std::fs::read_to_string("/proc/thread-self/schedstat").ok();
    let nanos = told.and_then(|told| told.split_whitespace().next()?.parse().ok());
    nanos.map_or_else(|| START.get_or_init(Instant::now).elapsed(), Duration::from_nanos)
}

/// Seconds on the CPU of another process, or of this one's children that have ended.
pub fn cpu_of(process: Option<u32>) -> Option<f64> {
    let (path, first) = match process {
        Some(process) => (format!("/proc/{process}/stat"), 11),
        None => ("/proc/self/stat".to_owned(), 13),
    };
    let told = std::fs::read_to_string(path).ok()?;
    // Behind the name, which may hold anything: user and system time in hundredths.
    let mut fields = told.rsplit_once(')')?.1.split_whitespace().skip(first);
    let mut next = || fields.next()?.parse::<f64>().ok();
    Some((next()? + next()?) / 100.0)
}

/// The best of several: what else the machine does makes a figure worse, never better.
pub fn best(figures: impl Iterator<Item = f64>, better: fn(f64, f64) -> f64) -> f64 {
    figures.reduce(better).unwrap_or(f64::NAN)
}

/// Runs both in turns, and takes the median of each.
pub fn in_turns(
    rounds: usize,
    mut a: impl FnMut() -> f64,
    mut b: impl FnMut() -> f64,
) -> (f64, f64) {
    let pairs: Vec<(f64, f64)> = (0..rounds).map(|_| (a(), b())).collect();
    let (a, b) = pairs.into_iter().unzip();
    (median(a), median(b))
}

/// So many a second.
pub fn per_second(count: u64, time: Duration) -> f64 {
    count as f64 / time.as_secs_f64()
}

/// `12.3 M`, `456 k`, `7.8`.
pub fn short(figure: f64) -> String {
    match figure {
        f if f >= 1e9 => format!("{:.1} G", f / 1e9),
        f if f >= 1e6 => format!("{:.1} M", f / 1e6),
        f if f >= 1e3 => format!("{:.0} k", f / 1e3),
        f => format!("{f:.1}"),
    }
}
