//! Compressed messages (RFC 7692): what is known of each, and any of them inflated
//! again from the capture.
//!
//! With context takeover a message refers to the 32 KiB before it. So that a view
//! can show any message without inflating all that came before, that window is kept
//! now and then in a side file, and inflating resumes from the nearest one.

mod lost;
mod previews;

use super::entry;
use super::log::Log;
use super::row::{Kind, Row};
use super::row_octets::RowOctets;
use super::source::Source;
use crate::protocol::Role;
use crate::protocol::deflate::{InflateError, Inflater};
use std::collections::HashMap;
use std::fs::File;
use std::io::{self, Seek as _, SeekFrom, Write as _};

pub use lost::Lost;
pub use previews::{Preview, Previews};

/// A compressed message whose last frame came.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Compressed {
    first: u32,
    last: u32,
    inflated: Result<u32, InflateError>,
    text: bool,
}

impl Compressed {
    pub(super) fn new(
        rows: [u64; 2],
        inflated: Result<u64, InflateError>,
        text: bool,
    ) -> Compressed {
        let [first, last] = rows.map(|row| row as u32);
        // The observer's limit is far below.
        let len = |len| u32::try_from(len).map_err(|_| InflateError::TooLong);
        Compressed { first, last, inflated: inflated.and_then(len), text }
    }

    /// The row of its first frame.
    #[must_use]
    pub fn first(&self) -> u64 {
        u64::from(self.first)
    }

    /// Octets that it inflates to, or why that is not known.
    ///
    /// # Errors
    /// It was not inflated whole.
    pub fn inflated(&self) -> Result<u64, InflateError> {
        self.inflated.map(u64::from)
    }

    /// Whether it is a text message.
    #[must_use]
    pub fn is_text(&self) -> bool {
        self.text
    }

    /// Octets of its payload as they were sent, in all its frames.
    #[must_use]
    pub fn octets(&self, log: &Log) -> u64 {
        let own = |index: &u64| {
            log.row(u64::from(self.last)).is_some_and(|last| {
                log.row(*index).is_some_and(|row| of_direction(row, last.connection, last.from()))
            })
        };
        let rows = (self.first()..=u64::from(self.last)).filter(own);
        rows.map(|index| log.payload_len(index)).sum()
    }
}

/// Whether a row is a data frame of a compressed message in this direction.
fn of_direction(row: &Row, connection: u32, from: Option<Role>) -> bool {
    row.kind == Kind::Frame
        && row.connection == connection
        && row.from() == from
        && row.is_compressed()
}

/// The window at a boundary between two messages.
#[derive(Clone, Copy, Debug)]
struct Checkpoint {
    /// The first row behind the boundary.
    row: u64,
    offset: u64,
    len: usize,
}

/// What the log keeps of compressed messages.
#[derive(Debug, Default)]
pub(super) struct Inflation {
    /// In the order of their last rows.
    messages: Vec<Compressed>,
    checkpoints: HashMap<(u32, Role), Vec<Checkpoint>>,
    file: Option<(File, Source)>,
    len: u64,
}

impl Inflation {
    pub(super) fn push(&mut self, message: Compressed) {
        self.messages.push(message);
    }

    fn find(&self, last: u64) -> Option<&Compressed> {
        let at = self.messages.partition_point(|message| u64::from(message.last) < last);
        self.messages.get(at).filter(|message| u64::from(message.last) == last)
    }

    /// Keeps the window of a direction before `row`. Without a side file (no room, no
    /// folder for it) inflating begins further ahead, and takes longer.
    pub(super) fn keep(&mut self, connection: u32, from: Role, row: u64, window: &[u8]) {
        let offset = self.len;
        if self.write(window).is_ok() {
            let checkpoint = Checkpoint { row, offset, len: window.len() };
            self.checkpoints.entry((connection, from)).or_default().push(checkpoint);
        }
    }

    fn write(&mut self, window: &[u8]) -> io::Result<()> {
        if self.file.is_none() {
            let file = tempfile::tempfile()?;
            let source = Source::new(file.try_clone()?);
            self.file = Some((file, source));
        }
        let Some((file, _)) = &mut self.file else { return Ok(()) };
        file.seek(SeekFrom::Start(self.len))?;
        file.write_all(window)?;
        self.len += window.len() as u64;
        Ok(())
    }

    /// The nearest window before `row`, and the row that it stands before.
    fn nearest(&self, connection: u32, from: Role, row: u64) -> io::Result<Option<(u64, Vec<u8>)>> {
        let Some(all) = self.checkpoints.get(&(connection, from)) else { return Ok(None) };
        let before = all.partition_point(|checkpoint| checkpoint.row <= row);
        let Some(checkpoint) = before.checked_sub(1).map(|at| all[at]) else { return Ok(None) };
        let Some((_, source)) = &self.file else { return Ok(None) };
        let mut window = vec![0; checkpoint.len];
        if source.read(checkpoint.offset, &mut window)? < checkpoint.len {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        Ok(Some((checkpoint.row, window)))
    }

    /// As [`Log::retract`].
    pub(super) fn retract(&mut self, visible: u64) {
        self.messages.truncate(self.messages.partition_point(|m| u64::from(m.last) < visible));
        for checkpoints in self.checkpoints.values_mut() {
            checkpoints.retain(|checkpoint| checkpoint.row <= visible);
        }
    }
}

impl Log {
    /// The compressed message whose last frame is this row.
    #[must_use]
    pub fn compressed(&self, last: u64) -> Option<&Compressed> {
        self.inflation.find(last).filter(|_| last < self.len())
    }
}

/// A message inflated, or its beginning.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct InflatedMessage {
    /// What it inflates to; no more than was asked for.
    pub octets: Vec<u8>,
    /// These are all, and the message is what it should be.
    pub whole: bool,
}

/// Inflates messages again. One that comes behind the one before in its direction
/// goes on from there, so that reading in order inflates everything once.
#[derive(Debug, Default)]
pub struct Reader(HashMap<(u32, Role), Position>);

/// Between two messages of a direction.
#[derive(Debug)]
struct Position {
    row: u64,
    inflater: Inflater,
}

/// Directions of which a reader keeps the state, of some 40 KiB each.
const KEPT: usize = 128;

/// Octets of a message that is inflated to its end, however little of it is asked for:
/// as many as between two windows.
const GONE_THROUGH: u64 = 1 << 20;

/// Octets read from the capture at once.
const READ: u64 = 64 * 1024;

impl Reader {
    /// The message whose last frame is row `last`: its first `limit` octets. `None`
    /// where the row ends no compressed message, or what it refers to is lost.
    ///
    /// # Errors
    /// The capture or the side file could not be read.
    pub fn message(
        &mut self,
        log: &Log,
        source: &Source,
        last: u64,
        limit: u64,
    ) -> io::Result<Option<InflatedMessage>> {
        let Some(message) = log.compressed(last) else { return Ok(None) };
        let Some((row, from)) = log.row(last).and_then(|row| Some((row, row.from()?))) else {
            return Ok(None);
        };
        if message.inflated == Err(InflateError::ContextLost) {
            return Ok(None);
        }
        let connection = row.connection;
        // A short one is gone through, so that the next one need not begin further ahead.
        let stop_at =
            if message.inflated().is_ok_and(|len| len <= GONE_THROUGH) { u64::MAX } else { limit };
        let Some(position) = self.position(log, connection, from, message.first())? else {
            return Ok(None);
        };
        let Position { row: mut index, mut inflater } = position;
        let mut octets = Vec::new();
        while index <= last {
            let wanted = index >= message.first();
            let frame = log.row(index).filter(|row| of_direction(row, connection, Some(from)));
            if let Some(frame) = frame {
                if frame.part == 1 {
                    inflater.begin();
                    inflater.set_limit(if wanted { stop_at } else { u64::MAX });
                }
                let mut sink = |piece: &[u8]| {
                    if wanted {
                        let room = limit.saturating_sub(octets.len() as u64);
                        let room = usize::try_from(room).unwrap_or(usize::MAX);
                        octets.extend_from_slice(&piece[..piece.len().min(room)]);
                    }
                };
                let result = push_frame(log, source, index, &mut inflater, &mut sink)?;
                let result = match result {
                    Ok(()) if frame.fin() => inflater.finish(&mut sink),
                    result => result,
                };
                if result.is_err() {
                    return Ok(Some(InflatedMessage { octets, whole: false }));
                }
            }
            index += 1;
        }
        if self.0.len() >= KEPT {
            self.0.clear();
        }
        let whole = inflater.produced() == octets.len() as u64;
        self.0.insert((connection, from), Position { row: index, inflater });
        Ok(Some(InflatedMessage { octets, whole }))
    }

    /// Where to begin in order to inflate the message that begins at row `first`.
    fn position(
        &mut self,
        log: &Log,
        connection: u32,
        from: Role,
        first: u64,
    ) -> io::Result<Option<Position>> {
        let agreed = log.connection(connection).and_then(|connection| connection.deflate);
        let Some(direction) = agreed.map(|agreed| agreed.direction(from)) else { return Ok(None) };
        if !direction.context_takeover {
            let inflater = Inflater::new(direction, u64::MAX);
            return Ok(Some(Position { row: first, inflater }));
        }
        let reached = self.0.remove(&(connection, from)).filter(|reached| reached.row <= first);
        let kept = log.inflation.nearest(connection, from, first)?;
        Ok(Some(match (reached, kept) {
            (Some(reached), kept) if kept.as_ref().is_none_or(|(row, _)| *row <= reached.row) => {
                reached
            }
            (_, Some((row, window))) => {
                Position { row, inflater: Inflater::resume(direction, u64::MAX, &window) }
            }
            (_, None) => Position { row: 0, inflater: Inflater::new(direction, u64::MAX) },
        }))
    }
}

/// Inflates what came of one frame's payload.
fn push_frame(
    log: &Log,
    source: &Source,
    index: u64,
    inflater: &mut Inflater,
    sink: &mut dyn FnMut(&[u8]),
) -> io::Result<Result<(), InflateError>> {
    let header = entry::frame(log, source, index, 0)?.header;
    let payload = RowOctets::of(log, source, index);
    let payload = payload.from(header.octets() as u64, header.masking_key);
    let mut at = 0;
    while at < payload.len() {
        let piece = payload.read(at, READ, true)?;
        at += piece.len() as u64;
        if let Err(error) = inflater.push(&piece, sink) {
            return Ok(Err(error));
        }
    }
    Ok(Ok(()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::deflate::{Deflater, Parameters};
    use crate::protocol::header::{Header, write_frame};
    use crate::protocol::{Opcode, Time};
    use crate::session::assemble::Place;
    use crate::session::log::Piece;
    use std::convert::Infallible;

    /// A capture that holds octets and nothing else.
    #[derive(Default)]
    struct Octets(Vec<u8>);

    impl Place for Octets {
        type Error = Infallible;

        fn place(
            &mut self,
            _: u32,
            _: Role,
            _: Time,
            octets: &[u8],
            pieces: &mut Vec<Piece>,
        ) -> Result<(), Infallible> {
            pieces.push(Piece { offset: self.0.len() as u64, len: octets.len() as u32 });
            self.0.extend_from_slice(octets);
            Ok(())
        }
    }

    /// What is sent, and what was recorded of it.
    struct Scene {
        log: Log,
        capture: Octets,
        deflater: Deflater,
    }

    impl Scene {
        fn new(parameters: &str) -> Scene {
            let mut log = Log::default();
            let address = core::net::SocketAddr::from(([127, 0, 0, 1], 1));
            log.opened(1, None, address, address, 0);
            let agreed = Parameters::parse(parameters, Role::Server).unwrap();
            let deflater = Deflater::new(agreed.direction(Role::Server)).unwrap();
            let mut scene = Scene { log, capture: Octets::default(), deflater };
            let head = format!(
                "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
                 Sec-WebSocket-Extensions: {agreed}\r\n\r\n"
            );
            scene.octets(head.as_bytes());
            scene
        }

        /// Octets of the server, in reads that cut frames anywhere.
        fn octets(&mut self, octets: &[u8]) {
            for read in octets.chunks(60_000) {
                let Ok(()) = self.log.octets(1, Role::Server, 0, read, &mut self.capture);
            }
            self.log.publish();
        }

        /// A compressed message in two frames with a Ping between; its last row.
        fn message(&mut self, text: &[u8]) -> u64 {
            let data = self.deflater.message(text);
            let (first, second) = data.split_at(data.len() / 3);
            let mut octets = Vec::new();
            let begin = Header {
                fin: false,
                rsv1: true,
                ..Header::new(Opcode::TEXT, first.len() as u64, None)
            };
            write_frame(&begin, first, &mut octets);
            write_frame(&Header::new(Opcode::PING, 1, None), b"p", &mut octets);
            write_frame(
                &Header::new(Opcode::CONTINUATION, second.len() as u64, None),
                second,
                &mut octets,
            );
            self.octets(&octets);
            self.log.len() - 1
        }

        fn source(&self) -> Source {
            let mut file = tempfile::tempfile().unwrap();
            file.write_all(&self.capture.0).unwrap();
            Source::new(file)
        }
    }

    /// Text that refers to what was said before, a little more each time.
    fn text(number: usize) -> Vec<u8> {
        (0..4000).flat_map(|i| format!("{} ", (i * (number + 7)) % 1009).into_bytes()).collect()
    }

    #[test]
    fn any_message_is_inflated_from_the_nearest_window() {
        for parameters in ["", "server_no_context_takeover", "server_max_window_bits=9"] {
            let mut scene = Scene::new(parameters);
            let rows: Vec<u64> = (0..150).map(|i| scene.message(&text(i))).collect();
            let takeover = !parameters.contains("no_context");
            assert_eq!(scene.log.inflation.len > 0, takeover, "a window was kept");
            let source = scene.source();
            let mut reader = Reader::default();
            // In order, then against it, each alone.
            for i in (0..150).chain((0..150).rev().step_by(29)) {
                let expected = text(i);
                let message = *scene.log.compressed(rows[i]).unwrap();
                assert_eq!(message.inflated(), Ok(expected.len() as u64));
                assert!(message.is_text() && message.first() + 2 == rows[i]);
                let read = |reader: &mut Reader, limit| {
                    reader.message(&scene.log, &source, rows[i], limit).unwrap().unwrap()
                };
                let whole = InflatedMessage { octets: expected.clone(), whole: true };
                assert_eq!(read(&mut reader, u64::MAX), whole, "{parameters} {i}");
                let part = InflatedMessage { octets: expected[..100].to_vec(), whole: false };
                if i % 37 == 0 {
                    assert_eq!(read(&mut Reader::default(), 100), part);
                    assert_eq!(read(&mut reader, 100), part);
                }
                let (sent, len) = (message.octets(&scene.log), expected.len() as u64);
                assert!(sent > 0 && sent < len, "{sent} of {len}");
            }
            assert_eq!(scene.log.compressed(rows[3] - 1), None);
        }
    }

    #[test]
    fn what_is_retracted_is_inflated_no_more() {
        let mut scene = Scene::new("");
        let rows: Vec<u64> = (0..100).map(|i| scene.message(&text(i))).collect();
        for i in [100, 30, 1, 0] {
            let visible = rows.get(i).map_or(scene.log.len(), |row| row - 2);
            scene.log.inflation.retract(visible);
            assert_eq!(scene.log.inflation.messages.len(), i);
            let kept = scene.log.inflation.checkpoints.values().flatten();
            assert!(kept.clone().all(|c| c.row <= visible));
            assert_eq!(kept.count() > 0, i == 100);
        }
    }

    #[test]
    fn what_refers_to_what_was_lost_is_not_guessed() {
        let mut scene = Scene::new("");
        let good = scene.message(b"good");
        scene.octets(b"\xc1\x01\xff");
        let bad = scene.log.len() - 1;
        let after = scene.message(b"after");
        let source = scene.source();
        let inflated = |row| scene.log.compressed(row).unwrap().inflated();
        assert_eq!(inflated(good), Ok(4));
        assert_eq!(inflated(bad), Err(InflateError::Invalid));
        assert_eq!(inflated(after), Err(InflateError::ContextLost));
        let lost = |row| scene.log.lost_context(row);
        assert_eq!([lost(good), lost(bad), lost(after)], [None, None, Some(Lost::Behind(bad))]);
        let read = |row| Reader::default().message(&scene.log, &source, row, 10).unwrap();
        assert_eq!(read(good), Some(InflatedMessage { octets: b"good".to_vec(), whole: true }));
        assert_eq!(read(bad), Some(InflatedMessage { octets: Vec::new(), whole: false }));
        assert_eq!(read(after), None);
    }
}
