//! Writes a capture, block by block, into memory that the caller flushes.

use super::facts::{Fact, What};
use super::packets::{Flags, Flow};
use super::{EPB, EPB_FLAGS, IDB, INBOUND, LINKTYPE_RAW, LOCAL, MAX_SEGMENT, OUTBOUND, SHB};
use crate::protocol::closing_handshake::TcpEvent;
use crate::protocol::{Role, Time};
use crate::session::assemble::Place;
use crate::session::gap::Missing;
use crate::session::log::Piece;
use core::net::SocketAddr;
use std::convert::Infallible;
use std::io;

/// The blocks of a capture.
#[derive(Debug)]
pub struct Writer {
    /// Not flushed yet.
    buffer: Vec<u8>,
    /// Position in the file of the first octet of `buffer`.
    flushed: u64,
    /// Which end is ours, and the packets, of each connection.
    flows: Vec<(Option<Role>, Flow)>,
}

/// Octets of an Enhanced Packet Block before its packet.
const BLOCK_HEAD: usize = 28;

const OUTBOUND_OPTIONS: [u8; 12] = direction(OUTBOUND);
const INBOUND_OPTIONS: [u8; 12] = direction(INBOUND);

/// The options of a packet that went this way: `epb_flags`, and their end.
const fn direction(flags: u32) -> [u8; 12] {
    let [a, b, c, d] = flags.to_le_bytes();
    [EPB_FLAGS as u8, 0, 4, 0, a, b, c, d, 0, 0, 0, 0]
}

/// Appends an option; its value is padded to 32 bits.
pub fn option(out: &mut Vec<u8>, code: u16, value: &[u8]) {
    out.extend_from_slice(&code.to_le_bytes());
    out.extend_from_slice(&(value.len() as u16).to_le_bytes());
    out.extend_from_slice(value);
    out.resize(out.len().next_multiple_of(4), 0);
}

/// Appends a block whose body `fill` writes, padded to 32 bits with `pad`.
pub fn block(out: &mut Vec<u8>, kind: u32, pad: u8, fill: impl FnOnce(&mut Vec<u8>)) {
    let start = out.len();
    out.extend_from_slice(&kind.to_le_bytes());
    out.extend_from_slice(&[0; 4]);
    fill(out);
    let padded = start + (out.len() - start).next_multiple_of(4);
    out.resize(padded, pad);
    let len = (out.len() - start + 4) as u32;
    out.extend_from_slice(&len.to_le_bytes());
    out[start + 4..start + 8].copy_from_slice(&len.to_le_bytes());
}

/// Appends a Section Header Block with these comments.
pub fn section_header(out: &mut Vec<u8>, comments: &[String]) {
    block(out, SHB, 0, |out| {
        out.extend_from_slice(&0x1A2B_3C4Du32.to_le_bytes());
        out.extend_from_slice(&[1, 0, 0, 0]);
        out.extend_from_slice(&u64::MAX.to_le_bytes());
        for comment in comments {
            option(out, super::OPT_COMMENT, comment.as_bytes());
        }
        option(out, 4, concat!("wsscope ", env!("CARGO_PKG_VERSION")).as_bytes());
        option(out, 0, &[]);
    });
}

/// Appends the local-use block of a fact.
pub fn fact_block(out: &mut Vec<u8>, fact: &Fact) {
    block(out, LOCAL, b' ', |out| out.extend_from_slice(fact.to_json().as_bytes()));
}

impl Default for Writer {
    fn default() -> Writer {
        let mut buffer = Vec::with_capacity(1 << 20);
        section_header(&mut buffer, &[]);
        block(&mut buffer, IDB, 0, |out| {
            out.extend_from_slice(&LINKTYPE_RAW.to_le_bytes());
            out.extend_from_slice(&[0; 2]);
            out.extend_from_slice(&0u32.to_le_bytes());
            option(out, 9, &[9]); // if_tsresol: nanoseconds
            option(out, 0, &[]);
        });
        Writer { buffer, flushed: 0, flows: Vec::new() }
    }
}

impl Writer {
    /// Writes everything to the file.
    ///
    /// # Errors
    /// The file could not be written; what it took is counted, the rest is kept.
    pub fn flush(&mut self, file: &mut impl io::Write) -> io::Result<()> {
        let mut done = 0;
        let result = loop {
            if done == self.buffer.len() {
                break Ok(());
            }
            match file.write(&self.buffer[done..]) {
                Ok(0) => break Err(io::ErrorKind::WriteZero.into()),
                Ok(n) => done += n,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => break Err(error),
            }
        };
        self.flushed += done as u64;
        self.buffer.drain(..done);
        self.buffer.shrink_to(1 << 22);
        result
    }

    /// Octets that the file took.
    #[must_use]
    pub fn flushed(&self) -> u64 {
        self.flushed
    }

    /// Forgets everything: nothing more will be written.
    pub fn discard(&mut self) {
        self.buffer = Vec::new();
        self.flows = Vec::new();
    }

    /// Position in the file of the next block.
    #[must_use]
    pub fn position(&self) -> u64 {
        self.flushed + self.buffer.len() as u64
    }

    /// Octets that wait for [`Writer::flush`].
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.buffer.len()
    }

    /// Appends an Enhanced Packet Block; where its payload is in the file.
    fn packet(&mut self, number: u32, from: Role, flags: Flags, time: Time, octets: &[u8]) -> u64 {
        let flow = (number as usize).checked_sub(1).and_then(|index| self.flows.get_mut(index));
        let Some((role, flow)) = flow else { return 0 };
        let captured = flow.header_len() + octets.len();
        let padding = captured.next_multiple_of(4) - captured;
        let options = match role {
            Some(role) if *role == from => &OUTBOUND_OPTIONS[..],
            Some(_) => &INBOUND_OPTIONS[..],
            None => &[],
        };
        let whole = BLOCK_HEAD + captured + padding + options.len() + 4;
        // Block type and length, interface, time, octets captured and of the packet.
        let words = [EPB, whole as u32, 0, (time >> 32) as u32, time as u32];
        let words = words.into_iter().chain([captured as u32; 2]);
        let mut head = [0; BLOCK_HEAD];
        for (place, word) in head.as_chunks_mut::<4>().0.iter_mut().zip(words) {
            *place = word.to_le_bytes();
        }
        let mut behind = [0; 3 + 12 + 4];
        let end = padding + options.len();
        behind[padding..end].copy_from_slice(options);
        behind[end..end + 4].copy_from_slice(&(whole as u32).to_le_bytes());
        let out = &mut self.buffer;
        out.reserve(whole);
        out.extend_from_slice(&head);
        flow.header(from, flags, octets.len(), out);
        let payload_at = self.flushed + out.len() as u64;
        out.extend_from_slice(octets);
        out.extend_from_slice(&behind[..end + 4]);
        payload_at
    }

    /// A connection begins: SYN, and SYN with ACK.
    pub fn opened(
        &mut self,
        number: u32,
        role: Option<Role>,
        client: SocketAddr,
        server: SocketAddr,
        time: Time,
    ) {
        debug_assert_eq!(number as usize, self.flows.len() + 1);
        self.flows.push((role, Flow::new(client, server)));
        let syn = Flags { syn: true, ..Flags::default() };
        self.packet(number, Role::Client, syn, time, &[]);
        self.packet(number, Role::Server, syn, time, &[]);
    }

    /// Octets that are not known: the sequence numbers jump, and a fact says why.
    pub fn gap(&mut self, number: u32, from: Role, octets: u64, missing: Missing, time: Time) {
        let flow = (number as usize).checked_sub(1).and_then(|index| self.flows.get_mut(index));
        let Some((_, flow)) = flow else { return };
        flow.skip(from, octets);
        let cut = missing == Missing::Cut;
        let what = What::Gap { from: from.word().to_owned(), octets, cut };
        self.fact(&Fact { connection: number, time, what });
    }

    /// FIN or RST as a packet; what was lost as a fact.
    pub fn tcp(
        &mut self,
        number: u32,
        from: Role,
        event: TcpEvent,
        error: Option<&str>,
        time: Time,
    ) {
        let flags = match event {
            TcpEvent::Fin => Flags { fin: true, ..Flags::default() },
            TcpEvent::Rst => Flags { rst: true, ..Flags::default() },
            TcpEvent::Lost => {
                let error = error.map(str::to_owned);
                let what = What::Lost { from: from.word().to_owned(), error };
                return self.fact(&Fact { connection: number, time, what });
            }
        };
        self.packet(number, from, flags, time, &[]);
    }

    /// What no packet can express.
    pub fn fact(&mut self, fact: &Fact) {
        fact_block(&mut self.buffer, fact);
    }
}

impl Place for Writer {
    type Error = Infallible;

    fn place(
        &mut self,
        connection: u32,
        from: Role,
        time: Time,
        octets: &[u8],
        pieces: &mut Vec<Piece>,
    ) -> Result<(), Infallible> {
        for segment in octets.chunks(MAX_SEGMENT) {
            let flags = Flags { psh: true, ..Flags::default() };
            let offset = self.packet(connection, from, flags, time, segment);
            pieces.push(Piece { offset, len: segment.len() as u32 });
        }
        Ok(())
    }
}
