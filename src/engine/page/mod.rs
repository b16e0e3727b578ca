//! The page for a browser: a listener answers a plain HTTP request with it, and takes
//! the CloseEvent that it reports. None of this is a connection to be looked at.
//!
//! Only our own page may report: from the same origin, with the token that its copy was
//! served with, about a connection that it opened. A request has to name us by address,
//! so that no other site's name can lead here (DNS rebinding).

mod book;
mod request;
mod response;

use super::tap::ConnectionTap;
use crate::protocol::StatusCode;
use crate::session::client_model::CloseEvent;
use crate::session::page::{Page, clean_reason};
use book::{Book, Refused};
use core::net::IpAddr;
use request::{Asks, First, Link, Request};
use response::Response;
use serde::Deserialize;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::sync::Semaphore;
use tokio::time::timeout;

/// How long a client may be silent, or its head incomplete, before it is a connection.
const SILENCE: Duration = Duration::from_millis(250);

/// How long a socket may be silent that a browser keeps ready for its next request.
const SPARE: Duration = Duration::from_secs(60);

/// How long a page request may take in all.
const LIMIT: Duration = Duration::from_secs(5);

/// How long a client may take to end TCP once it has its answer.
const LINGER: Duration = Duration::from_secs(1);

/// Octets of a report.
const MAX_BODY: u64 = 4096;

/// Page requests that are answered at once.
const AT_ONCE: usize = 128;

/// What a client began with, where that was read before it became a connection.
#[derive(Debug, Default)]
pub struct Ahead {
    /// Octets that came.
    pub octets: Vec<u8>,
    /// How reading failed behind them.
    pub broken: Option<io::Error>,
}

impl Ahead {
    /// Nothing was read, or all of it was taken.
    pub fn is_empty(&self) -> bool {
        self.octets.is_empty() && self.broken.is_none()
    }
}

/// Reads until it is known what the client wants, at most so long.
async fn read(stream: &TcpStream, ahead: &mut Ahead, limit: Duration) {
    let Ahead { octets, broken } = ahead;
    // What came until then counts.
    let _ = timeout(limit, async {
        while request::first(octets) == First::Undecided {
            let read = match stream.readable().await {
                Ok(()) => stream.try_read_buf(octets),
                Err(error) => Err(error),
            };
            match read {
                Ok(0) => return, // its FIN can be read again
                Ok(_) => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(error) => return *broken = Some(error),
            }
        }
    })
    .await;
}

/// A client that was silent at first, and is a connection since: browsers open sockets
/// before they know what for, and a page may still be what it wants.
pub struct Late {
    pages: Arc<Pages>,
    /// Where it connected to.
    port: u16,
    client: IpAddr,
}

impl Late {
    /// What to answer if the first octets of the connection ask for the page.
    #[must_use]
    pub fn answer(&self, octets: &[u8]) -> Option<Vec<u8>> {
        let First::Plain(request) = request::first(octets) else { return None };
        let Asks::Page { head } = request.asks else { return None };
        let response = match request.is_to(self.port) {
            true => self.pages.page(&request, self.client),
            false => Response::FOREIGN_HOST,
        };
        Some(response.octets(head))
    }
}

/// What a page reports.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Report {
    page: String,
    attempt: u32,
    code: u16,
    reason: String,
    was_clean: bool,
    error: bool,
}

/// The pages of an engine.
pub struct Pages {
    book: Mutex<Book>,
    room: Semaphore,
}

impl Default for Pages {
    fn default() -> Pages {
        Pages { book: Mutex::default(), room: Semaphore::new(AT_ONCE) }
    }
}

impl Pages {
    fn book(&self) -> MutexGuard<'_, Book> {
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Reads what a client begins with, until it is known whether it wants the page; that
    /// is soon, also for one that says nothing. `None` for a socket that a browser opened
    /// beside its request for the page, and never used.
    pub async fn begin(&self, stream: &TcpStream, client: IpAddr) -> Option<Ahead> {
        let mut ahead = Ahead::default();
        read(stream, &mut ahead, SILENCE).await;
        if ahead.is_empty() && self.book().is_browsing(client) {
            read(stream, &mut ahead, SPARE).await;
            return (!ahead.octets.is_empty()).then_some(ahead);
        }
        Some(ahead)
    }

    /// For a client of whom nothing came yet; `None` where it cannot be answered.
    pub fn late(self: &Arc<Self>, stream: &TcpStream, ahead: &Ahead) -> Option<Late> {
        let port = stream.local_addr().ok()?.port();
        let client = stream.peer_addr().ok()?.ip();
        ahead.is_empty().then(|| Late { pages: self.clone(), port, client })
    }

    /// The page of ours that opens the connection which begins so.
    pub fn opens(&self, octets: &[u8]) -> Option<(Link, Page)> {
        let link = Link::of(octets)?;
        let page = self.book().page(&link.page, &link.name)?;
        Some((link, page))
    }

    /// Keeps which connection that is.
    pub fn connected(&self, link: &Link, tap: ConnectionTap) {
        self.book().connect(&link.page, link.attempt, tap);
    }

    /// Answers a plain request and ends TCP; gives the client back if it made none.
    pub async fn answer(&self, mut stream: TcpStream, ahead: Ahead) -> Option<(TcpStream, Ahead)> {
        let First::Plain(request) = request::first(&ahead.octets) else {
            return Some((stream, ahead));
        };
        let body = ahead.octets.get(request.len..).unwrap_or_default().to_vec();
        let answered = timeout(LIMIT, async {
            let _room = self.room.acquire().await;
            let response = self.response(&mut stream, &request, body).await?;
            let head_only = request.asks == Asks::Page { head: true };
            stream.write_all(&response.octets(head_only)).await?;
            stream.shutdown().await?;
            // Octets that nobody has read would turn the FIN into a reset.
            let _ = timeout(LINGER, async {
                let mut rest = [0; 4096];
                while stream.read(&mut rest).await.is_ok_and(|n| n > 0) {}
            })
            .await;
            io::Result::Ok(())
        });
        // A client that went away, or is too slow, has no answer; nobody else is told.
        let _ = answered.await;
        None
    }

    fn page(&self, request: &Request, client: IpAddr) -> Response {
        let served = self.book().serve(&request.user_agent, client);
        match served.zip(book::random()) {
            Some(((id, token), nonce)) => Response::page(&request.host, &id, &token, &nonce),
            None => Response::NO_RANDOMNESS,
        }
    }

    async fn response(
        &self,
        stream: &mut TcpStream,
        request: &Request,
        body: Vec<u8>,
    ) -> io::Result<Response> {
        if !request.is_to(stream.local_addr()?.port()) {
            return Ok(Response::FOREIGN_HOST);
        }
        match request.asks {
            Asks::Icon => Ok(Response::NOTHING),
            Asks::Page { .. } => Ok(self.page(request, stream.peer_addr()?.ip())),
            Asks::Report if !request.is_same_origin() => Ok(Response::FOREIGN_ORIGIN),
            Asks::Report if !request.is_json() => Ok(Response::NOT_JSON),
            Asks::Report => {
                let Some(length) = request.content_length else { return Ok(Response::NO_LENGTH) };
                if length > MAX_BODY || body.len() as u64 > length {
                    return Ok(Response::TOO_LARGE);
                }
                let mut body = body;
                let rest = length - body.len() as u64;
                stream.take(rest).read_to_end(&mut body).await?;
                Ok(self.take(&request.token, &body).await)
            }
        }
    }

    /// Records a report.
    async fn take(&self, token: &str, body: &[u8]) -> Response {
        let Ok(report) = serde_json::from_slice::<Report>(body) else {
            return Response::NO_REPORT;
        };
        let Report { page, attempt, code, reason, was_clean, error } = report;
        let tap = self.book().report(&page, token, attempt);
        match tap {
            Ok(tap) => {
                let (code, reason) = (StatusCode(code), clean_reason(&reason));
                tap.close_event(CloseEvent { code, reason, was_clean, error }).await;
                Response::NOTHING
            }
            Err(Refused::Token) => Response::FOREIGN_TOKEN,
            Err(Refused::Attempt) => Response::NO_ATTEMPT,
            Err(Refused::Twice) => Response::TWICE,
        }
    }
}
