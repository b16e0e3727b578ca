//! Times as files spell them: RFC 3339, and seconds since the epoch.

use crate::protocol::Time;
use std::time::{Duration, SystemTime};

/// RFC 3339 in UTC with nine digits.
#[must_use]
pub fn rfc3339(time: Time) -> String {
    let time = SystemTime::UNIX_EPOCH + Duration::from_nanos(time);
    humantime::format_rfc3339_nanos(time).to_string()
}

/// Reads RFC 3339 with any offset; finer than a nanosecond is cut off.
#[must_use]
pub fn parse_rfc3339(text: &str) -> Option<Time> {
    let (time, rest) = (text.get(..19)?, text.get(19..)?);
    let (fraction, zone) = rest.split_at(rest.find(['Z', 'z', '+', '-'])?);
    let fraction = fraction.get(..fraction.len().min(10))?;
    let utc = humantime::parse_rfc3339(&format!("{time}{fraction}Z")).ok()?;
    let local = utc.duration_since(SystemTime::UNIX_EPOCH).ok()?;
    let since = match zone.split_at(1) {
        ("+", offset) => local.checked_sub(hours_minutes(offset)?)?,
        ("-", offset) => local.checked_add(hours_minutes(offset)?)?,
        (_, "") => local,
        _ => return None,
    };
    Time::try_from(since.as_nanos()).ok()
}

/// `01:30` or `0130`.
fn hours_minutes(text: &str) -> Option<Duration> {
    let digits = text.replacen(':', "", 1);
    let number = digits.parse::<u64>().ok().filter(|_| digits.len() == 4)?;
    (number % 100 < 60).then(|| Duration::from_secs((number / 100 * 60 + number % 100) * 60))
}

/// Seconds since the epoch, as precise as a float is.
#[must_use]
pub fn of_seconds(seconds: f64) -> Option<Time> {
    const LATEST: f64 = (u64::MAX / 1_000_000_000) as f64;
    let nanos = |s: f64| s.trunc() as u64 * 1_000_000_000 + (s.fract() * 1e9).round() as u64;
    (0.0..LATEST).contains(&seconds).then(|| nanos(seconds))
}

/// The same the other way: a float holds a time of this century to 240 ns.
#[must_use]
pub fn seconds(time: Time) -> f64 {
    time as f64 / 1e9
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_with_any_offset() {
        for (text, time) in [
            ("1970-01-01T00:00:01Z", Some(1_000_000_000)),
            ("1970-01-01T00:00:00.000000001Z", Some(1)),
            ("1970-01-01T01:00:00.5+01:00", Some(500_000_000)),
            ("1969-12-31T22:30:00-01:30", None),
            ("1970-01-01T00:00:00-0130", Some(5_400_000_000_000)),
            ("1970-01-01T00:00:00.1234567891234+00:00", Some(123_456_789)),
            ("1970-01-01T00:00:00+01:00", None),
            ("1970-01-01T00:00:00", None),
            ("1970-01-01T00:00:00+1", None),
            ("1970-01-01T00:00:00++001", None),
            ("1970-01-01T00:00:00Zulu", None),
            ("1970-01-01T00:00:00.é", None),
            ("yesterday", None),
            ("", None),
            ("9999-12-31T23:59:59Z", None),
        ] {
            assert_eq!(parse_rfc3339(text), time, "{text}");
        }
        assert_eq!(
            parse_rfc3339(&rfc3339(1_700_000_000_123_456_789)),
            Some(1_700_000_000_123_456_789)
        );
    }

    #[test]
    fn seconds_that_no_capture_holds_are_refused() {
        assert_eq!(of_seconds(1.5), Some(1_500_000_000));
        for seconds in [1e300, 2e10, -1.0, f64::NAN, f64::INFINITY] {
            assert_eq!(of_seconds(seconds), None, "{seconds}");
        }
    }
}
