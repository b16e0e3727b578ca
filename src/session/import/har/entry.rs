//! One entry of a HAR, as leniently as tools differ: only what is needed has to
//! be there, and what is not needed may be anything.

use super::super::Wrong;
use super::super::octets;
use super::super::problem::words;
use crate::protocol::Time;
use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;
use std::borrow::Cow;

/// The keys of an entry that concern a WebSocket.
#[derive(Deserialize)]
#[serde(expecting = "an entry")]
pub(super) struct Entry<'a> {
    #[serde(rename = "startedDateTime")]
    started: Option<Value>,
    /// Milliseconds that the whole took.
    time: Option<Value>,
    pub(super) request: Option<Value>,
    pub(super) response: Option<Value>,
    timings: Option<Value>,
    #[serde(rename = "serverIPAddress")]
    pub(super) server_ip: Option<Value>,
    #[serde(rename = "_resourceType")]
    resource: Option<Value>,
    #[serde(borrow, rename = "_webSocketMessages")]
    pub(super) messages: Option<&'a RawValue>,
    #[serde(rename = "_webSocketClose")]
    pub(super) close: Option<Value>,
    #[serde(rename = "_wsConnection")]
    pub(super) connection: Option<Value>,
    comment: Option<Value>,
    #[serde(borrow, rename = "_wsFrames")]
    pub(super) frames: Option<&'a RawValue>,
}

/// The value behind `key` as text.
fn text<'v>(of: Option<&'v Value>, key: &str) -> Option<&'v str> {
    of?.get(key)?.as_str()
}

impl<'a> Entry<'a> {
    /// Reads an entry; none where it is no WebSocket.
    pub(super) fn parse(raw: &'a RawValue) -> Result<Option<Entry<'a>>, Wrong> {
        let entry: Entry<'a> = serde_json::from_str(raw.get()).map_err(|error| words(&error))?;
        let socket = entry.messages.is_some()
            || entry.frames.is_some()
            || entry.resource.as_ref().and_then(Value::as_str) == Some("websocket")
            || entry.url().starts_with("ws:")
            || entry.url().starts_with("wss:");
        Ok(socket.then_some(entry))
    }

    /// Its URL, or nothing.
    pub(super) fn url(&self) -> Cow<'_, str> {
        Cow::Borrowed(text(self.request.as_ref(), "url").unwrap_or_default())
    }

    /// The note on the connection.
    pub(super) fn comment(&self) -> Option<&str> {
        self.comment.as_ref()?.as_str()
    }

    /// When the request began.
    pub(super) fn started(&self) -> Result<Time, Wrong> {
        let started = self.started.as_ref().ok_or(Wrong::Missing("startedDateTime"))?;
        octets::time(started.as_str().unwrap_or_default(), "startedDateTime")
    }

    /// Nanoseconds from there until the response came.
    pub(super) fn until_response(&self) -> Time {
        const STAGES: [&str; 5] = ["blocked", "dns", "connect", "send", "wait"];
        let timings = self.timings.as_ref();
        let stages = STAGES.iter().map(|stage| nanos(timings.and_then(|t| t.get(*stage))));
        stages.fold(0, Time::saturating_add)
    }

    /// Nanoseconds that the whole took; 0 where that is not told.
    pub(super) fn lasted(&self) -> Time {
        nanos(self.time.as_ref())
    }
}

/// Milliseconds; what is no number, or below 0, counts as none.
fn nanos(milliseconds: Option<&Value>) -> Time {
    const YEAR: f64 = 366.0 * 86_400_000.0;
    let milliseconds = milliseconds.and_then(Value::as_f64).unwrap_or_default();
    (milliseconds.clamp(0.0, YEAR) * 1e6).round() as Time
}
