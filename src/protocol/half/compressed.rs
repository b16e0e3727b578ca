//! The compressed messages of a direction: inflated as they arrive, and judged by
//! what they inflate to.

use super::Half;
use crate::protocol::deflate::InflateError;
use crate::protocol::violation::{Rule, Violation};

/// Octets taken at a time where what they inflate to is kept: a thousandfold of
/// them is what a step may take of memory.
const PORTION: usize = 4096;

impl Half {
    /// As many of `octets` as one step takes.
    pub(super) fn portion<'a>(&self, octets: &'a [u8]) -> &'a [u8] {
        if self.keep_binary && self.inflater.is_some() {
            &octets[..octets.len().min(PORTION)]
        } else {
            octets
        }
    }

    /// Whether the current frame belongs to a message that is inflated.
    pub(super) fn inflates(&self) -> bool {
        self.compressed && self.inflater.is_some() && self.place.is_some()
    }

    /// What compressed messages refer to is not known any more: octets are missing.
    pub fn lose_context(&mut self) {
        if let Some(inflater) = &mut self.inflater {
            inflater.lose();
        }
    }

    /// A compressed message begins.
    pub(super) fn begin_inflating(&mut self) {
        if let Some(inflater) = &mut self.inflater {
            inflater.begin();
        }
    }

    /// Inflates the chunk of this step into the chunk; the message's `last` one says
    /// what became of it.
    pub(super) fn inflate(&mut self, last: bool) -> Option<Result<u64, InflateError>> {
        let text = self.is_text();
        let inflater = self.inflater.as_mut()?;
        let failed = inflater.error();
        let compressed = std::mem::take(&mut self.chunk);
        let (mut inflated, mut bad) = (Vec::new(), None);
        let mut sink = |octets: &[u8]| {
            if text && !self.utf8_failed && bad.is_none() {
                bad = self.utf8.push(octets).err();
            }
            if self.keep_binary {
                inflated.extend_from_slice(octets);
            }
        };
        let mut result = inflater.push(&compressed, &mut sink);
        if last {
            result = inflater.finish(&mut sink);
        }
        let result = result.map(|()| inflater.produced());
        self.chunk = inflated;
        if let Some(at) = bad {
            self.utf8_failed = true;
            self.violations.push(Violation {
                rule: Rule::TextNotUtf8,
                by: self.from,
                at: Some(at),
            });
        }
        if failed.is_none() && result == Err(InflateError::Invalid) {
            self.utf8_failed = true; // half a text says nothing
            self.note(Rule::DeflateDataInvalid);
        }
        if last && result.is_err() {
            self.utf8_failed = true;
        }
        last.then_some(result)
    }
}
