//! The verdict on a connection: what each end holds, and the one fact that
//! decided it. Facts and figures only; `text` makes the sentence.

pub mod advice;
pub mod steps;

pub use advice::Advice;
pub use steps::{Step, What};

use super::Fault;
use super::client_model::{self, CloseEvent, Report};
use super::log::Connection;
use crate::protocol::closing_handshake::{Held, TcpEvent};
use crate::protocol::{Role, Rule, StatusCode, Time};

/// What decided how the connection ended.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Explanation {
    /// The capture, or the run, ends while the connection is open.
    Unended,
    /// It has not ended.
    Open,
    /// The capture lacks octets, and among them may be a Close.
    Gap {
        /// Whose octets.
        from: Role,
    },
    /// No 101: refused with a status, or nothing came.
    NeverOpened {
        /// The status of the refusal.
        status: Option<u16>,
        /// Who ended TCP first, and how.
        ended: Option<(Role, TcpEvent)>,
    },
    /// TLS was not established.
    NoTls {
        /// Why not.
        fault: Fault,
    },
    /// A 101 that a client may not take.
    BadResponse {
        /// What is wrong with it.
        rule: Rule,
    },
    /// A Close each way, then TCP in order.
    Clean {
        /// Who sent the first Close.
        started: Role,
        /// Nanoseconds until the answer.
        answered_after: Time,
        /// The answer had the same code.
        same_code: bool,
        /// Who ended TCP first.
        tcp_first: Role,
    },
    /// A Close each way, then a reset.
    ResetAfterCloses {
        /// Who reset TCP, or whose direction was lost.
        by: Role,
        /// Which of the two.
        event: TcpEvent,
    },
    /// TCP ended and no Close was sent.
    NoClose {
        /// Who ended TCP first.
        by: Role,
        /// How.
        event: TcpEvent,
    },
    /// One Close, no answer, then the end of TCP.
    NotAnswered {
        /// Who sent the Close.
        started: Role,
        /// Its code.
        code: Option<StatusCode>,
        /// Who ended TCP first.
        by: Role,
        /// How.
        event: TcpEvent,
    },
    /// An end broke a rule for which the other has to fail the connection.
    Fault {
        /// Who broke it.
        by: Role,
        /// Which.
        rule: Rule,
    },
    /// A Close was sent and is not answered yet, or was not when the run ended.
    Waiting {
        /// Who sent it.
        started: Role,
    },
    /// Both Closes went, TCP has not ended.
    TcpLasts {
        /// Who should end it.
        server_should: bool,
    },
    /// TCP is open one way only.
    HalfClosed {
        /// Who ended its direction.
        by: Role,
    },
}

/// The verdict; "so far" while the connection is not over.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Verdict {
    /// What each end holds (RFC 6455 §7.1.5), client first.
    pub held: [Held; 2],
    /// What a Chromium page in the client's place is told.
    pub close_event: CloseEvent,
    /// What a client of npm `ws` in the client's place reports.
    pub node_ws: Report,
    /// What a client of python `websockets` in the client's place reports.
    pub python: Report,
    /// What decided it.
    pub explanation: Explanation,
    /// Who did what, and when.
    pub steps: Vec<Step>,
    /// What to do about it.
    pub advice: Option<Advice>,
}

impl Verdict {
    /// Of what was observed so far.
    #[must_use]
    pub fn of(connection: &Connection) -> Verdict {
        let facts = &connection.closing;
        let explanation = Explanation::of(connection);
        Verdict {
            held: Role::BOTH.map(|role| facts.held(role)),
            close_event: client_model::chromium(connection),
            node_ws: client_model::node_ws(connection),
            python: client_model::python(connection),
            steps: steps::steps(facts, connection.role),
            advice: Advice::of(connection, &explanation),
            explanation,
        }
    }
}

impl Explanation {
    /// Of what was observed so far.
    #[must_use]
    pub fn of(connection: &Connection) -> Explanation {
        let facts = &connection.closing;
        let tcp = facts.first_tcp_end();
        let blind =
            |role: &Role| connection.blind[role.index()] && facts.end(*role).close.is_none();
        if let Some(from) = Role::BOTH.into_iter().find(blind)
            && (connection.over || tcp.is_some())
        {
            return Explanation::Gap { from };
        }
        if facts.opened_at().is_none() {
            if let Some(fault) = connection.tls_fault.clone() {
                return Explanation::NoTls { fault };
            }
            if let Some(rule) = connection.bad_response {
                return Explanation::BadResponse { rule };
            }
            let ended = tcp.map(|(role, event, _)| (role, event));
            if ended.is_none() && !connection.over && connection.refused.is_none() {
                return Explanation::Open;
            }
            return Explanation::NeverOpened { status: connection.refused, ended };
        }
        let faulty = Role::BOTH.into_iter().find_map(|role| {
            let end = facts.end(role);
            let fault = end.fault.map(|(rule, moment)| (moment.order, rule));
            let fault = fault.filter(|_| !facts.went_on(role.peer()));
            let close = end.close.as_ref();
            let close = close.and_then(|c| c.fault.map(|rule| (c.moment.order, rule)));
            let before_close =
                |order: u32| end.close.as_ref().is_none_or(|c| order <= c.moment.order);
            fault.filter(|(order, _)| before_close(*order)).or(close).map(|(_, rule)| (role, rule))
        });
        if let Some((by, rule)) = faulty {
            return Explanation::Fault { by, rule };
        }
        let Some(started) = facts.initiator() else {
            return match tcp {
                None if connection.over => Explanation::Unended,
                None => Explanation::Open,
                Some((by, event, _)) if facts.is_over() || event != TcpEvent::Fin => {
                    Explanation::NoClose { by, event }
                }
                Some((by, ..)) => Explanation::HalfClosed { by },
            };
        };
        let first = facts.end(started).close.as_ref();
        let code = first.and_then(|c| c.code);
        let Some(answer) = &facts.end(started.peer()).close else {
            return match tcp {
                None => Explanation::Waiting { started },
                Some((by, event, _)) => Explanation::NotAnswered { started, code, by, event },
            };
        };
        if let Some((by, event)) = facts.broken_by() {
            return Explanation::ResetAfterCloses { by, event };
        }
        match tcp {
            Some((tcp_first, ..)) if facts.is_over() => Explanation::Clean {
                started,
                answered_after: first
                    .map_or(0, |c| answer.moment.time.saturating_sub(c.moment.time)),
                same_code: answer.code == code,
                tcp_first,
            },
            Some((by, ..)) => Explanation::HalfClosed { by },
            None => Explanation::TcpLasts { server_should: true },
        }
    }
}
