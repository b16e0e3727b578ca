//! Collecting an HTTP head and the body behind it: where they end.

use super::{Done, Half, HeadDone, MAX_KEPT, Phase, Step};
use crate::protocol::decoder::Decoder;
use crate::protocol::opening_handshake::Head;

#[derive(Debug, Clone)]
pub(super) struct Body {
    pub(super) head_len: usize,
    pub(super) head: Head,
    pub(super) end: BodyEnd,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum BodyEnd {
    Length(usize),
    Chunked,
    EndOfStream,
}

impl Half {
    pub(super) fn step_head(&mut self, input: &[u8]) -> Step {
        let Phase::Head { octets, body } = &mut self.phase else { unreachable!() };
        let before = octets.len();
        let take = input.len().min(MAX_KEPT - before);
        octets.extend_from_slice(&input[..take]);
        let blank_line = if body.is_none() { find_blank_line(octets, before) } else { None };
        // Whichever ends first: a record of TLS, or something with a blank line.
        if body.is_none()
            && let Some(record) = tls_record(octets)
            && record <= blank_line.unwrap_or(octets.len())
        {
            octets.truncate(record);
            let done = self.take_head(Err(IS_TLS.to_owned()), record, true, Phase::Opaque);
            return Step { consumed: record - before, done };
        }
        if let Some(head_len) = blank_line {
            match Head::parse(self.from, &octets[..head_len]) {
                Ok(head) => {
                    let end = body_end(&head);
                    *body = Some(Body { head_len, head, end });
                }
                Err(error) => {
                    octets.truncate(head_len);
                    let done = self.take_head(Err(error), head_len, true, Phase::Opaque);
                    return Step { consumed: head_len - before, done };
                }
            }
        }
        let whole = body.as_ref().and_then(|body| whole_len(body, octets));
        if let (Some(whole), Some(body)) = (whole, body.as_ref()) {
            octets.truncate(whole);
            let (head_len, head) = (body.head_len, body.head.clone());
            let frames = head.asks_upgrade() || head.status() == Some(101);
            let next = if frames {
                Phase::Frames(Decoder::default())
            } else {
                Phase::Head { octets: Vec::new(), body: None }
            };
            let done = self.take_head(Ok(head), head_len, true, next);
            return Step { consumed: whole.saturating_sub(before), done };
        }
        if take < input.len() || octets.len() == MAX_KEPT {
            let (head, head_len) = match body.take() {
                Some(body) => (Ok(body.head), body.head_len),
                None => (Err("no blank line".to_owned()), octets.len()),
            };
            let done = self.take_head(head, head_len, false, Phase::Opaque);
            return Step { consumed: take.max(1).min(input.len()), done };
        }
        Step { consumed: take, done: None }
    }

    pub(super) fn take_head(
        &mut self,
        head: Result<Head, String>,
        head_len: usize,
        complete: bool,
        next: Phase,
    ) -> Option<Done> {
        let Phase::Head { octets, .. } = std::mem::replace(&mut self.phase, next) else {
            unreachable!()
        };
        Some(Done::Head(Box::new(HeadDone { octets, head_len, head, complete })))
    }
}

/// What stands instead of the parser's words where the octets are TLS.
pub const IS_TLS: &str = "a TLS record";

/// The length of the record of TLS that begins here, where a handshake or an
/// alert does (RFC 8446 §5.1).
fn tls_record(octets: &[u8]) -> Option<usize> {
    match *octets {
        [0x15 | 0x16, 3, 0..=4, high, low, ..] => {
            Some(5 + usize::from(u16::from_be_bytes([high, low])))
        }
        _ => None,
    }
}

/// The length of the head: up to and with its blank line. Looks only where a
/// blank line could have been completed by the octets from `from` on.
fn find_blank_line(octets: &[u8], from: usize) -> Option<usize> {
    let start = from.saturating_sub(3);
    octets[start..].windows(4).position(|w| w == b"\r\n\r\n").map(|at| start + at + 4)
}

fn body_end(head: &Head) -> BodyEnd {
    let no_body = head.status().is_some_and(|s| s < 200 || s == 204 || s == 304);
    let length = || head.get("Content-Length").and_then(|v| v.trim().parse().ok());
    if no_body {
        BodyEnd::Length(0)
    } else if head.has_token("Transfer-Encoding", "chunked") {
        BodyEnd::Chunked
    } else if let Some(length) = length() {
        BodyEnd::Length(length)
    } else if head.status().is_some() {
        BodyEnd::EndOfStream
    } else {
        BodyEnd::Length(0)
    }
}

/// Where head and body end within `octets`, if they do.
fn whole_len(body: &Body, octets: &[u8]) -> Option<usize> {
    match body.end {
        BodyEnd::Length(length) => {
            body.head_len.checked_add(length).filter(|whole| *whole <= octets.len())
        }
        BodyEnd::EndOfStream => None,
        BodyEnd::Chunked => {
            let mut at = body.head_len;
            loop {
                let rest = octets.get(at..)?;
                match httparse::parse_chunk_size(rest) {
                    Ok(httparse::Status::Complete((line, 0))) => {
                        // Trailers, if any, end with a blank line as a head does.
                        let trailers = at + line;
                        return match octets.get(trailers..trailers + 2) {
                            Some(b"\r\n") => Some(trailers + 2),
                            _ => find_blank_line(octets, trailers + 3),
                        };
                    }
                    Ok(httparse::Status::Complete((line, size))) => {
                        at = at.checked_add(line)?.checked_add(usize::try_from(size).ok()?)?;
                        at = at.checked_add(2)?;
                    }
                    // Not chunks at all: the end is the stream's.
                    Ok(httparse::Status::Partial) | Err(_) => return None,
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::Role;

    #[test]
    fn a_refusal_is_kept_with_its_body() {
        for (octets, body) in [
            (&b"HTTP/1.1 401 No\r\nContent-Length: 4\r\n\r\nno!\n"[..], &b"no!\n"[..]),
            (
                b"HTTP/1.1 401 No\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nno!\r\n0\r\n\r\n",
                b"3\r\nno!\r\n0\r\n\r\n",
            ),
            (b"HTTP/1.1 401 No\r\n\r\nuntil the end", b"until the end"),
        ] {
            for cut in 1..octets.len() {
                let mut half = Half::new(Role::Server, false);
                let first = half.step(&octets[..cut]);
                assert!(first.done.is_none());
                let done = half.step(&octets[cut..]).done.or_else(|| half.finish());
                let Some(Done::Head(head)) = done else { panic!("cut at {cut}") };
                assert_eq!(&head.octets[head.head_len..], body);
                assert!(head.complete);
            }
        }
    }

    #[test]
    fn a_tls_record_is_told_however_it_comes() {
        let hello = b"\x16\x03\x01\0\x04abcd and more";
        for cut in 1..hello.len() {
            let mut half = Half::new(Role::Client, false);
            let first = half.step(&hello[..cut]);
            let done = match first.done {
                Some(done) => done,
                None => half.step(&hello[cut..]).done.expect("a head"),
            };
            let Done::Head(head) = done else { panic!("cut at {cut}") };
            assert_eq!((&head.octets[..], head.head), (&hello[..9], Err(IS_TLS.to_owned())));
        }
    }

    #[test]
    fn frames_behind_the_head_in_the_same_read_are_not_lost() {
        let mut half = Half::new(Role::Server, false);
        let octets = b"HTTP/1.1 101 Switching Protocols\r\n\r\n\x88\x02\x03\xe8";
        let head = half.step(octets);
        assert!(matches!(head.done, Some(Done::Head(_))));
        let frame = half.step(&octets[head.consumed..]);
        assert!(matches!(frame.done, Some(Done::Frame(_))));
        assert_eq!(half.control(), b"\x03\xe8");
    }
}
