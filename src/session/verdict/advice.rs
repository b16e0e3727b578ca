//! What to do about an ending: one piece of advice for those that people meet
//! most; none where there is nothing to do.

use super::Explanation;
use crate::protocol::closing_handshake::TcpEvent;
use crate::protocol::{Role, Rule, StatusCode, Time};
use crate::session::log::Connection;

/// Without a frame for so long, a proxy's limit is the likely cause.
pub const IDLE: Time = 30_000_000_000;

/// What to do.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Advice {
    /// The request got no answer.
    NoResponse {
        /// The server ended TCP instead.
        ended: bool,
    },
    /// The server answered with another status than 101.
    Refused {
        /// Which.
        status: u16,
    },
    /// The 101 is not one that a client may take.
    BadResponse {
        /// What is wrong with it.
        rule: Rule,
    },
    /// TCP ended without a Close after a long silence.
    SendPings {
        /// Nanoseconds without a frame.
        idle: Time,
    },
    /// TCP ended without a Close.
    CloseBeforeTcp {
        /// Who ended it.
        by: Role,
        /// How.
        event: TcpEvent,
    },
    /// A Close is not answered.
    AnswerClose {
        /// By whom.
        by: Role,
    },
    /// TCP was ended instead of an answer to a Close.
    AnswerBeforeTcp {
        /// By whom.
        by: Role,
    },
    /// TCP was reset after the Close: octets were not read, or thrown away.
    DrainBeforeClose {
        /// Who reset it.
        by: Role,
    },
    /// The server does not end TCP.
    EndTcp,
    /// Only one direction of TCP has ended.
    EndTcpToo {
        /// Whose has not.
        by: Role,
    },
    /// The client does not mask.
    Mask,
    /// An end sent text that is not UTF-8.
    SendUtf8 {
        /// Which end.
        by: Role,
    },
    /// An end sent a code that may not be on the wire.
    ChooseCode {
        /// Which end.
        by: Role,
    },
    /// An end broke another rule of framing.
    MendFrames {
        /// Which end.
        by: Role,
    },
    /// 1002: an end found a fault of the other that is not seen here.
    FindFault {
        /// Who found it.
        by: Role,
    },
    /// 1009: a message was too big.
    SmallerMessages {
        /// For whom.
        by: Role,
    },
    /// 1007: data did not fit its type.
    MatchType {
        /// Who refused it.
        by: Role,
    },
    /// 1011: the server, or the client, failed.
    LookAtLog {
        /// Whose log tells why.
        by: Role,
    },
    /// 1005: a Close without a code.
    SendCode {
        /// Whose.
        by: Role,
    },
    /// 1001 of a client: the page was left.
    PageLeft,
    /// 1001 of a server, 1012 or 1013: it comes back.
    Reconnect {
        /// The code.
        code: StatusCode,
    },
    /// 1008, 3000 or 3003: it was refused on purpose.
    SeeReason {
        /// Who refused.
        by: Role,
    },
}

impl Advice {
    /// The advice on a connection that ended like this.
    #[must_use]
    pub fn of(connection: &Connection, explanation: &Explanation) -> Option<Advice> {
        Some(match *explanation {
            // A gap hides what happened; a fault's own sentence says what to do.
            Explanation::Open
            | Explanation::Unended
            | Explanation::Gap { .. }
            | Explanation::NoTls { .. } => return None,
            Explanation::BadResponse { rule } => Advice::BadResponse { rule },
            Explanation::NeverOpened { status: Some(status), .. } => Advice::Refused { status },
            Explanation::NeverOpened { status: None, ended } => {
                Advice::NoResponse { ended: ended.is_some_and(|(by, _)| by == Role::Server) }
            }
            Explanation::NoClose { by, event } => match idle(connection) {
                Some(idle) => Advice::SendPings { idle },
                None => Advice::CloseBeforeTcp { by, event },
            },
            Explanation::Waiting { started } => Advice::AnswerClose { by: started.peer() },
            Explanation::NotAnswered { started, by, event, .. } => {
                if by == started && event == TcpEvent::Fin {
                    // It waited and gave up, or did not wait.
                    Advice::AnswerClose { by: started.peer() }
                } else if by == started {
                    Advice::DrainBeforeClose { by }
                } else {
                    Advice::AnswerBeforeTcp { by }
                }
            }
            Explanation::ResetAfterCloses { by, event: TcpEvent::Rst } => {
                Advice::DrainBeforeClose { by }
            }
            Explanation::Fault { by, rule } => match rule {
                Rule::ClientNotMasked => Advice::Mask,
                Rule::TextNotUtf8 | Rule::ReasonNotUtf8 => Advice::SendUtf8 { by },
                Rule::CodeNeverOnTheWire | Rule::CodeUnassigned => Advice::ChooseCode { by },
                _ => Advice::MendFrames { by },
            },
            Explanation::TcpLasts { .. } => Advice::EndTcp,
            Explanation::HalfClosed { by } => Advice::EndTcpToo { by: by.peer() },
            Explanation::Clean { .. } | Explanation::ResetAfterCloses { .. } => {
                return of_code(connection);
            }
        })
    }
}

/// What the first Close asks for.
fn of_code(connection: &Connection) -> Option<Advice> {
    let by = connection.closing.initiator()?;
    let close = connection.closing.end(by).close.as_ref()?;
    let Some(code) = close.code else { return Some(Advice::SendCode { by }) };
    Some(match (code.0, by) {
        (1001, Role::Client) => Advice::PageLeft,
        (1001 | 1012 | 1013, _) => Advice::Reconnect { code },
        (1002, _) => Advice::FindFault { by },
        (1003 | 1007, _) => Advice::MatchType { by },
        (1008 | 3000 | 3003, _) => Advice::SeeReason { by },
        (1009, _) => Advice::SmallerMessages { by },
        (1011 | 1014, _) => Advice::LookAtLog { by },
        _ => return None,
    })
}

/// How long no frame had come when TCP ended, where that is long.
fn idle(connection: &Connection) -> Option<Time> {
    let (_, _, moment) = connection.closing.first_tcp_end()?;
    let idle = moment.time.saturating_sub(connection.last_frame?);
    (idle >= IDLE).then_some(idle)
}
