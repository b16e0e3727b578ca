//! `_wsFrames`, which wsscope itself writes: every head, frame and end of TCP of
//! a connection, from which its octets are rebuilt exactly.

use super::super::noted::{On, Told};
use super::super::octets::{self, FrameFields, base64, masking_key};
use super::super::problem::{Items, Place, Problems, words};
use super::super::spool::Spool;
use super::entry::Entry;
use super::{EntryError, Wrong};
use crate::protocol::Time;
use crate::session::gap::Hole;
use crate::session::page::{Page, StoredClose};
use crate::session::pcapng::facts;
use crate::session::row::Kind;
use crate::session::tls::Tls;
use crate::session::{Observed, Record};
use bytes::Bytes;
use core::net::SocketAddr;
use serde::Deserialize;
use serde_json::value::RawValue;
use std::borrow::Cow;

/// `_wsConnection`
#[derive(Deserialize)]
#[serde(expecting = "_wsConnection as an object")]
struct Connection {
    time: String,
    role: Option<String>,
    client: SocketAddr,
    server: SocketAddr,
    page: Option<Page>,
    comment: Option<String>,
    #[serde(default)]
    bookmark: bool,
}

/// An item of the list: a head, a frame, an end of TCP, an error, or the end.
#[derive(Deserialize)]
#[serde(expecting = "an item")]
struct Item<'a> {
    #[serde(borrow)]
    time: Cow<'a, str>,
    from: Option<String>,
    #[serde(borrow)]
    head: Option<Cow<'a, str>>,
    #[serde(borrow)]
    body: Option<Cow<'a, str>>,
    tls: Option<Box<Tls>>,
    close_event: Option<StoredClose>,
    tcp: Option<String>,
    #[serde(default)]
    close_notify: bool,
    error: Option<String>,
    stage: Option<String>,
    kind: Option<String>,
    detail: Option<String>,
    #[serde(default)]
    over: bool,
    fin: Option<bool>,
    rsv: Option<u8>,
    opcode: Option<u8>,
    masking_key: Option<String>,
    length_bits: Option<u8>,
    payload_len: Option<u64>,
    complete: Option<bool>,
    octets: Option<u64>,
    #[serde(borrow)]
    payload: Option<Cow<'a, str>>,
    #[serde(default)]
    missing: Vec<Hole>,
    #[serde(borrow)]
    comment: Option<Cow<'a, str>>,
    #[serde(default)]
    bookmark: bool,
}

/// Gives the records of an entry; an item that makes no sense is left out.
pub(super) fn read(
    entry: &Entry<'_>,
    list: &RawValue,
    connection: u32,
    spool: &mut Spool,
    problems: &mut Problems,
) -> Result<(), EntryError> {
    let about = entry.connection.as_ref().ok_or(Wrong::Missing("_wsConnection"))?;
    let about = Connection::deserialize(about).map_err(|error| words(&error))?;
    let role = about.role.as_deref().map(octets::from).transpose();
    let role = role.map_err(|_| Wrong::Value("_wsConnection.role"))?;
    let time = octets::time(&about.time, "_wsConnection.time")?;
    let items: Vec<&RawValue> = serde_json::from_str(list.get()).map_err(|error| words(&error))?;
    let what = Observed::Opened { role, client: about.client, server: about.server, tunnel: None };
    spool.push(Record { connection, time, what })?;
    if let Some(page) = about.page {
        spool.push(Record { connection, time, what: Observed::Page(page) })?;
    }
    let opened = On::Row(Kind::Opened, None);
    if let Some(told) = Told::new(opened, about.comment.as_deref(), about.bookmark) {
        spool.tell(told);
    }
    let mut heads = [false; 2];
    for (index, raw) in items.into_iter().enumerate() {
        match record(raw, &mut heads) {
            Ok((records, told)) => {
                if let Some(told) = told {
                    spool.tell(told);
                }
                for (time, what) in records {
                    spool.push(Record { connection, time, what })?;
                }
            }
            Err(wrong) => {
                let item = Some((Items::Frames, index as u64 + 1));
                let url = entry.url().into_owned();
                problems.note(Place::Entry { entry: connection.into(), url, item }, wrong);
            }
        }
    }
    Ok(())
}

type Records = (Vec<(Time, Observed)>, Option<Told>);

fn record(raw: &RawValue, heads: &mut [bool; 2]) -> Result<Records, Wrong> {
    let item: Item<'_> = serde_json::from_str(raw.get()).map_err(|error| words(&error))?;
    let told = item.told();
    Ok((observed(item, heads)?, told))
}

fn observed(item: Item<'_>, heads: &mut [bool; 2]) -> Result<Vec<(Time, Observed)>, Wrong> {
    let time = octets::time(&item.time, "time")?;
    if item.over {
        return Ok(vec![(time, Observed::Over)]);
    }
    if let Some(stage) = &item.stage {
        let (kind, detail) = (item.kind.as_deref(), item.detail.as_deref());
        let fault = octets::fault(stage, kind, detail, detail.unwrap_or_default())?;
        return Ok(vec![(time, octets::observed(fault)?)]);
    }
    if let Some(tls) = item.tls {
        return Ok(vec![(time, Observed::Tls(tls))]);
    }
    if let Some(event) = item.close_event {
        return Ok(vec![(time, Observed::CloseEvent(event.into()))]);
    }
    let from = octets::from(item.from.as_deref().ok_or(Wrong::Missing("from"))?)?;
    if let Some(word) = &item.tcp {
        let event = octets::tcp_event(word).ok_or(Wrong::Value("tcp"))?;
        let notified = item.close_notify.then_some((time, Observed::CloseNotify { from }));
        let ended = (time, Observed::Tcp { from, event, error: item.error });
        return Ok(notified.into_iter().chain([ended]).collect());
    }
    let octets = if let Some(head) = &item.head {
        heads[from.index()] = true;
        let body = item.body.map(|body| base64(&body, "body")).transpose()?;
        [octets::latin1(head)?, body.unwrap_or_default()].concat()
    } else if heads[from.index()] {
        let observed = item.frame()?.observed(from)?;
        return Ok(observed.into_iter().map(|what| (time, what)).collect());
    } else {
        return Err(Wrong::FrameBeforeHead);
    };
    if octets.is_empty() {
        return Err(Wrong::Value("head"));
    }
    Ok(vec![(time, Observed::Octets { from, octets: Bytes::from(octets) })])
}

impl Item<'_> {
    /// What is written on its row.
    fn told(&self) -> Option<Told> {
        let kind = match self {
            Item { over: true, .. } => Kind::Closed,
            Item { stage: Some(_), .. } => Kind::Fault,
            Item { tls: Some(_), .. } => Kind::Tls,
            Item { close_event: Some(_), .. } => Kind::Observed,
            Item { tcp: Some(_), .. } => Kind::Tcp,
            Item { head: Some(_), .. } => Kind::Head,
            _ => Kind::Frame,
        };
        let from = self.from.as_deref().and_then(facts::role);
        Told::new(On::Row(kind, from), self.comment.as_deref(), self.bookmark)
    }

    fn frame(&self) -> Result<FrameFields, Wrong> {
        let rsv = self.rsv.ok_or(Wrong::Missing("rsv"))?;
        if rsv > 7 {
            return Err(Wrong::Value("rsv"));
        }
        Ok(FrameFields {
            fin: self.fin.ok_or(Wrong::Missing("fin"))?,
            rsv: [rsv & 4 != 0, rsv & 2 != 0, rsv & 1 != 0],
            opcode: self.opcode.ok_or(Wrong::Missing("opcode"))?,
            key: self.masking_key.as_deref().map(masking_key).transpose()?,
            length_bits: self.length_bits.ok_or(Wrong::Missing("length_bits"))?,
            payload_len: self.payload_len.ok_or(Wrong::Missing("payload_len"))?,
            complete: self.complete.unwrap_or(true),
            octets: self.octets,
            payload: base64(self.payload.as_deref().ok_or(Wrong::Missing("payload"))?, "payload")?,
            missing: self.missing.clone(),
        })
    }
}
