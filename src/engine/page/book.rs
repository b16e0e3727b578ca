//! The pages that were served, and which connections are theirs: a report is taken
//! from the page that opened the connection, and once.

use super::super::tap::ConnectionTap;
use crate::session::page::Page;
use core::net::IpAddr;
use std::collections::{BTreeMap, HashMap, VecDeque};
use std::time::{Duration, Instant};

/// Pages that are known at once; the oldest is forgotten.
const MAX_PAGES: usize = 4096;

/// Connections of one page that are known at once; the oldest is forgotten.
const MAX_ATTEMPTS: usize = 64;

/// How long before or behind its request for the page a browser opens sockets that it
/// may need.
const BROWSING: Duration = Duration::from_secs(2);

/// A page that was served.
struct Served {
    to: IpAddr,
    at: Instant,
    token: String,
    user_agent: String,
    attempts: BTreeMap<u32, Attempt>,
}

/// A connection that it opened.
struct Attempt {
    tap: ConnectionTap,
    reported: bool,
}

/// Why a report is not taken.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Refused {
    /// The page is not known, or the token is not its.
    Token,
    /// The page has no such connection.
    Attempt,
    /// It was reported already.
    Twice,
}

/// The pages.
#[derive(Default)]
pub struct Book {
    pages: HashMap<String, Served>,
    order: VecDeque<String>,
}

/// 128 random bits in hexadecimal, or nothing where the system has none.
#[must_use]
pub fn random() -> Option<String> {
    let mut bits = [0; 16];
    getrandom::fill(&mut bits).ok()?;
    Some(format!("{:032x}", u128::from_ne_bytes(bits)))
}

impl Book {
    /// A page is served: its id and its token.
    pub fn serve(&mut self, user_agent: &str, to: IpAddr) -> Option<(String, String)> {
        let (id, token) = (random()?, random()?);
        if self.order.len() >= MAX_PAGES
            && let Some(oldest) = self.order.pop_front()
        {
            self.pages.remove(&oldest);
        }
        let served = Served {
            to,
            at: Instant::now(),
            token: token.clone(),
            user_agent: user_agent.to_owned(),
            attempts: BTreeMap::new(),
        };
        self.pages.insert(id.clone(), served);
        self.order.push_back(id.clone());
        Some((id, token))
    }

    /// Whether somebody at this address was served a page just now.
    #[must_use]
    pub fn is_browsing(&self, address: IpAddr) -> bool {
        let newest = self.order.iter().rev().filter_map(|id| self.pages.get(id));
        let mut newest = newest.take_while(|served| served.at.elapsed() < BROWSING);
        newest.any(|served| served.to == address)
    }

    /// Who is at the other end of a connection that this page opens.
    #[must_use]
    pub fn page(&self, id: &str, name: &str) -> Option<Page> {
        self.pages.get(id).map(|served| Page::new(&served.user_agent, name))
    }

    /// The page opened a connection; a number counts for the first one only.
    pub fn connect(&mut self, id: &str, attempt: u32, tap: ConnectionTap) {
        let Some(served) = self.pages.get_mut(id) else { return };
        if served.attempts.len() >= MAX_ATTEMPTS {
            served.attempts.pop_first();
        }
        served.attempts.entry(attempt).or_insert(Attempt { tap, reported: false });
    }

    /// The page reports on a connection: where to record that.
    ///
    /// # Errors
    /// It may not.
    pub fn report(
        &mut self,
        id: &str,
        token: &str,
        attempt: u32,
    ) -> Result<ConnectionTap, Refused> {
        let served = self.pages.get_mut(id).filter(|served| served.token == token);
        let served = served.ok_or(Refused::Token)?;
        let attempt = served.attempts.get_mut(&attempt).ok_or(Refused::Attempt)?;
        if std::mem::replace(&mut attempt.reported, true) {
            return Err(Refused::Twice);
        }
        Ok(attempt.tap.clone())
    }
}
