//! Opens a capture: walks its packets in order and appends the same rows that
//! the live session had, by the same code.
//!
//! A connection begins with a SYN. In a capture of somebody else only those that
//! begin with a GET are taken; segments are expected in order (one that was sent
//! again is passed over).

mod flows;
mod link;

use super::Log;
use super::pcapng::facts::{COMMENT_PREFIX, Fact, What, role};
use super::pcapng::read::{BlockReader, RawBlock, ReadError};
use super::pcapng::{EPB, OPT_COMMENT};
use super::recorder::SharedLog;
use crate::protocol::closing_handshake::TcpEvent;
use flows::{Flow, Key};
use link::Interface;
use pcap_parser::pcapng::Block;
use std::collections::HashMap;
use std::io::Read;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// How far opening is, and whether it is still wanted.
#[derive(Debug, Default)]
pub struct Progress {
    /// Octets of the file that were read.
    pub octets: AtomicU64,
    /// Set to stop.
    pub cancelled: AtomicBool,
}

/// What opening a file came to.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Opened {
    /// Where the file is damaged or cut off; what stands before it is in the log.
    pub damaged_at: Option<u64>,
    /// The recording was ended in order.
    pub ended_in_order: bool,
    /// TCP connections without a request by GET, packets without TCP: left out.
    pub left_out: u64,
    /// Somebody cancelled it.
    pub cancelled: bool,
}

struct Reader<'a> {
    log: &'a mut Log,
    interfaces: Vec<Interface>,
    ours: bool,
    flows: Vec<Flow>,
    by_key: HashMap<Key, usize>,
    opened: Opened,
}

/// Blocks read between two publications of rows.
const BATCH: usize = 4096;

/// Reads all of `input` into the log; rows become visible on the way.
///
/// # Errors
/// The file is of another kind, or cannot be read at all.
pub fn open(input: impl Read, log: &SharedLog, progress: &Progress) -> Result<Opened, ReadError> {
    let mut blocks = BlockReader::new(input)?;
    let mut opened = Opened::default();
    let (mut interfaces, mut flows, mut by_key, mut ours) = (vec![], vec![], HashMap::new(), false);
    loop {
        let mut guard = log.write();
        let mut reader = Reader { log: &mut guard, interfaces, ours, flows, by_key, opened };
        let more = reader.batch(&mut blocks);
        Reader { interfaces, ours, flows, by_key, opened, .. } = reader;
        progress.octets.store(blocks.position(), Ordering::Relaxed);
        let end = match more {
            Ok(true) if !progress.cancelled.load(Ordering::Relaxed) => None,
            Ok(more) => {
                opened.cancelled = more;
                Some(Ok(()))
            }
            Err(ReadError::Damaged(at)) => {
                opened.damaged_at = Some(at);
                Some(Ok(()))
            }
            Err(error) => Some(Err(error)),
        };
        if end.is_some() {
            guard.over_all();
        }
        guard.publish();
        guard.captured = Some(blocks.position());
        drop(guard);
        match end {
            None => {}
            Some(Ok(())) => return Ok(opened),
            Some(Err(error)) => return Err(error),
        }
    }
}

impl Reader<'_> {
    /// Reads some blocks; `false` at the end of the file.
    fn batch(&mut self, blocks: &mut BlockReader<impl Read>) -> Result<bool, ReadError> {
        for _ in 0..BATCH {
            match blocks.next_block()? {
                Some(block) => self.block(&block)?,
                None => return Ok(false),
            }
        }
        Ok(true)
    }

    fn block(&mut self, raw: &RawBlock<'_>) -> Result<(), ReadError> {
        if let Some(json) = raw.local() {
            if let Some(fact) = Fact::from_json(json) {
                self.fact(&fact);
            }
            return Ok(());
        }
        if raw.kind == EPB {
            let packet = raw.packet().ok_or(ReadError::Damaged(raw.offset))?;
            if self.packet(raw, &packet).is_none() {
                self.opened.left_out += 1;
            }
            for (_, text) in packet.options.filter(|(code, _)| *code == OPT_COMMENT) {
                self.comment(text);
            }
            return Ok(());
        }
        match raw.parse() {
            Some(Block::SectionHeader(section)) => {
                self.interfaces.clear();
                self.ours = section
                    .options
                    .iter()
                    .any(|o| o.code.0 == 4 && o.value.starts_with(b"wsscope "));
                for option in section.options.iter().filter(|o| o.code.0 == OPT_COMMENT) {
                    self.comment(option.as_bytes().unwrap_or_default());
                }
            }
            Some(Block::InterfaceDescription(interface)) => self.interfaces.push(Interface {
                link: interface.linktype.0,
                resolution: interface.ts_resolution().unwrap_or(1_000_000),
                // The parser reads it as little-endian whatever the section says.
                offset: if raw.big_endian {
                    interface.if_tsoffset.swap_bytes()
                } else {
                    interface.if_tsoffset
                },
            }),
            _ => {}
        }
        Ok(())
    }

    fn comment(&mut self, text: &[u8]) {
        let fact = text.strip_prefix(COMMENT_PREFIX.as_bytes()).and_then(Fact::from_json);
        if let Some(fact) = fact {
            self.fact(&fact);
        }
    }

    fn fact(&mut self, fact: &Fact) {
        let (number, time) = (fact.connection, fact.time);
        match &fact.what {
            What::Fault { .. } => {
                if let Some(fault) = fact.fault() {
                    self.log.append_fault(number, fault, time);
                }
            }
            What::Lost { from, error } => {
                if let Some(from) = role(from) {
                    self.log.tcp(number, from, TcpEvent::Lost, error.clone(), time);
                }
            }
            What::Over {} => self.log.over(number, time),
            What::End {} => self.opened.ended_in_order = true,
        }
    }
}
