//! Offers and the answer to them (RFC 7692 §5, §7.1): what a server accepts, and
//! whether an answer is one that an offer allows. Both ends and every observer
//! read what was agreed from the two heads, so they cannot disagree.

use super::{ClientWindow, EXTENSION, ParameterFault, Parameters};
use crate::protocol::{Head, Role, Rule};

const HEADER: &str = "Sec-WebSocket-Extensions";

/// Why an offer was not taken.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Decline {
    /// A server must decline such an offer (§7.1).
    Invalid(ParameterFault),
    /// It asks the server for a window of 8 bits, which zlib cannot compress with.
    ServerWindow8,
    /// The server wants a window of the client that the client does not let it choose.
    ClientWindowAbsent,
}

/// Why a client must fail the connection over an answer (§7.1).
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum AnswerFault {
    /// permessage-deflate was not offered.
    NotOffered,
    /// More than one answer.
    Doubled,
    /// The parameters themselves.
    Invalid(ParameterFault),
    /// `client_max_window_bits`, which the offer does not name.
    ClientWindowNotOffered,
    /// A larger window of the client than was offered.
    ClientWindowLarger {
        /// What was offered.
        offered: u8,
        /// What was answered.
        answered: u8,
    },
    /// A larger window of the server than was asked for; 15 where none is named.
    ServerWindowLarger {
        /// What was asked for.
        offered: u8,
        /// What was answered.
        answered: u8,
    },
    /// `server_no_context_takeover` was asked for and not granted.
    ServerTakeover,
}

/// What came of the offers.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Outcome {
    /// Nothing was offered or agreed.
    None,
    /// There were offers and none was taken; those reasons that the offers show.
    Declined(Vec<Decline>),
    /// Agreed.
    Agreed(Parameters),
    /// The answer is one that no offer allows; what it says, where it can be read.
    Faulty(AnswerFault, Option<Parameters>),
}

impl Outcome {
    /// What both ends go by, where they go on.
    #[must_use]
    pub fn agreed(&self) -> Option<Parameters> {
        match self {
            Outcome::Agreed(parameters) | Outcome::Faulty(_, Some(parameters)) => Some(*parameters),
            _ => None,
        }
    }
}

/// Every permessage-deflate in a head, in order.
fn elements(head: &Head, from: Role) -> Vec<Result<Parameters, ParameterFault>> {
    let of_ours = |element: &str| {
        let (name, parameters) = element.split_once(';').unwrap_or((element, ""));
        let ours = name.trim().eq_ignore_ascii_case(EXTENSION);
        ours.then(|| Parameters::parse(parameters, from))
    };
    head.elements(HEADER).filter_map(of_ours).collect()
}

/// Whether a request offers permessage-deflate, in whatever way.
#[must_use]
pub fn is_offered(request: &Head) -> bool {
    !elements(request, Role::Client).is_empty()
}

/// The answer of a server with these wishes to the first offer that it can take.
///
/// # Errors
/// Why each offer is declined; empty where there is none.
pub fn accept(wishes: &Parameters, request: &Head) -> Result<Parameters, Vec<Decline>> {
    let mut declined = Vec::new();
    for offer in elements(request, Role::Client) {
        match offer.map_err(Decline::Invalid).and_then(|offer| answer(wishes, &offer)) {
            Ok(parameters) => return Ok(parameters),
            Err(reason) => declined.push(reason),
        }
    }
    Err(declined)
}

/// What was asked, made narrower by the server's own wishes.
fn answer(wishes: &Parameters, offer: &Parameters) -> Result<Parameters, Decline> {
    let server_bits = offer.server_max_window_bits.into_iter().chain(wishes.server_max_window_bits);
    let server_max_window_bits = server_bits.min();
    if server_max_window_bits == Some(8) {
        return Err(Decline::ServerWindow8);
    }
    let wish = wishes.client_max_window_bits.bits();
    let client_max_window_bits = match (offer.client_max_window_bits, wish) {
        (ClientWindow::Absent, Some(_)) => return Err(Decline::ClientWindowAbsent),
        (offered, wish) => offered.bits().into_iter().chain(wish).min(),
    };
    Ok(Parameters {
        server_no_context_takeover: offer.server_no_context_takeover
            || wishes.server_no_context_takeover,
        client_no_context_takeover: offer.client_no_context_takeover
            || wishes.client_no_context_takeover,
        server_max_window_bits,
        client_max_window_bits: client_max_window_bits
            .map_or(ClientWindow::Absent, ClientWindow::Bits),
    })
}

/// Why `answer` is none to `offer`.
fn unfit(offer: &Parameters, answer: &Parameters) -> Option<AnswerFault> {
    let server_bits = answer.server_max_window_bits.unwrap_or(15);
    match (offer.client_max_window_bits, answer.client_max_window_bits.bits()) {
        (ClientWindow::Absent, Some(_)) => return Some(AnswerFault::ClientWindowNotOffered),
        (ClientWindow::Bits(offered), Some(answered)) if answered > offered => {
            return Some(AnswerFault::ClientWindowLarger { offered, answered });
        }
        _ => {}
    }
    match offer.server_max_window_bits {
        Some(offered) if server_bits > offered => {
            Some(AnswerFault::ServerWindowLarger { offered, answered: server_bits })
        }
        _ => (offer.server_no_context_takeover && !answer.server_no_context_takeover)
            .then_some(AnswerFault::ServerTakeover),
    }
}

/// What came of the offers of `request` (`None` in a capture that does not hold
/// it) with a 101.
#[must_use]
pub fn outcome(request: Option<&Head>, response: &Head) -> Outcome {
    let offers = request.map(|request| elements(request, Role::Client));
    let mut answers = elements(response, Role::Server);
    let Some(answer) = answers.pop() else {
        let offers = offers.unwrap_or_default();
        if offers.is_empty() {
            return Outcome::None;
        }
        let reason = |offer: Result<Parameters, _>| match offer {
            Err(fault) => Some(Decline::Invalid(fault)),
            Ok(offer) => {
                (offer.server_max_window_bits == Some(8)).then_some(Decline::ServerWindow8)
            }
        };
        return Outcome::Declined(offers.into_iter().filter_map(reason).collect());
    };
    let answer = match answer {
        Ok(answer) if answers.is_empty() => answer,
        Ok(answer) => return Outcome::Faulty(AnswerFault::Doubled, Some(answer)),
        Err(fault) => return Outcome::Faulty(AnswerFault::Invalid(fault), None),
    };
    let Some(offers) = offers else { return Outcome::Agreed(answer) };
    let mut fault = AnswerFault::NotOffered;
    // The last offer is the widest where there are several.
    for offer in offers.iter().flatten() {
        match unfit(offer, &answer) {
            None => return Outcome::Agreed(answer),
            Some(unfit) => fault = unfit,
        }
    }
    Outcome::Faulty(fault, Some(answer))
}

/// What a request breaks of §7.1: an offer that every server has to decline.
#[must_use]
pub fn judge_request(request: &Head) -> Option<Rule> {
    let invalid = elements(request, Role::Client).iter().any(Result::is_err);
    invalid.then_some(Rule::DeflateOfferInvalid)
}

/// What a response breaks of §7.1. One to no offer at all breaks RFC 6455's own
/// rule of extensions.
#[must_use]
pub fn judge_response(outcome: &Outcome) -> Option<Rule> {
    match outcome {
        Outcome::Faulty(AnswerFault::NotOffered, _) => None,
        Outcome::Faulty(..) => Some(Rule::DeflateAnswerInvalid),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(lines: &[&str]) -> Head {
        let lines: String = lines.iter().map(|l| format!("{HEADER}: {l}\r\n")).collect();
        let text = format!("GET / HTTP/1.1\r\n{lines}\r\n");
        Head::parse(Role::Client, text.as_bytes()).unwrap()
    }

    fn response(value: &str) -> Head {
        let line = if value.is_empty() { String::new() } else { format!("{HEADER}: {value}\r\n") };
        let text = format!("HTTP/1.1 101 Switching Protocols\r\n{line}\r\n");
        Head::parse(Role::Server, text.as_bytes()).unwrap()
    }

    /// What follows the extension's name; `None` where nothing is answered.
    fn accepted(wishes: &str, offers: &[&str]) -> Option<String> {
        let wishes = Parameters::parse(wishes, Role::Client).unwrap();
        let answer = accept(&wishes, &request(offers)).ok()?;
        let fits = outcome(Some(&request(offers)), &response(&answer.to_string()));
        assert_eq!(fits, Outcome::Agreed(answer), "{offers:?}");
        Some(answer.to_string()[EXTENSION.len()..].trim_start_matches("; ").to_owned())
    }

    #[test]
    fn a_server_takes_the_first_offer_that_it_can() {
        for (wishes, offers, expected) in [
            ("", &[][..], None),
            ("", &["x-other"], None),
            ("", &["permessage-deflate"], Some("")),
            ("", &["PerMessage-Deflate; client_max_window_bits"], Some("")),
            (
                "",
                &["permessage-deflate; client_max_window_bits=10"],
                Some("client_max_window_bits=10"),
            ),
            (
                "",
                &["permessage-deflate; server_max_window_bits=9; server_no_context_takeover"],
                Some("server_no_context_takeover; server_max_window_bits=9"),
            ),
            ("", &["permessage-deflate; server_max_window_bits=8"], None),
            ("", &["permessage-deflate; foo"], None),
            (
                "",
                &[
                    "permessage-deflate; server_max_window_bits=8, permessage-deflate; foo=1",
                    "x, permessage-deflate; client_no_context_takeover",
                ],
                Some("client_no_context_takeover"),
            ),
            (
                "server_max_window_bits=12; client_max_window_bits=8; client_no_context_takeover",
                &["permessage-deflate; client_max_window_bits"],
                Some(
                    "client_no_context_takeover; server_max_window_bits=12; client_max_window_bits=8",
                ),
            ),
            ("client_max_window_bits=10", &["permessage-deflate"], None),
            (
                "client_max_window_bits=10",
                &["permessage-deflate, permessage-deflate; client_max_window_bits=9"],
                Some("client_max_window_bits=9"),
            ),
            (
                "server_max_window_bits=9",
                &["permessage-deflate; server_max_window_bits=12"],
                Some("server_max_window_bits=9"),
            ),
        ] {
            assert_eq!(accepted(wishes, offers).as_deref(), expected, "{wishes} {offers:?}");
        }
        let both =
            request(&["permessage-deflate; foo, permessage-deflate; server_max_window_bits=8"]);
        let unknown = ParameterFault::Unknown("foo".into());
        assert_eq!(
            accept(&Parameters::BROWSER, &both),
            Err(vec![Decline::Invalid(unknown), Decline::ServerWindow8])
        );
    }

    #[test]
    fn an_answer_fits_an_offer_or_has_a_reason() {
        use AnswerFault::*;
        let fault = |offer: &str, answer: &str| {
            let offer = request(&[&format!("permessage-deflate{offer}")]);
            match outcome(Some(&offer), &response(&format!("permessage-deflate{answer}"))) {
                Outcome::Agreed(_) => None,
                Outcome::Faulty(fault, _) => Some(fault),
                other => panic!("{other:?}"),
            }
        };
        for (offer, answer, expected) in [
            ("", "", None),
            ("", "; server_no_context_takeover; client_no_context_takeover", None),
            ("", "; server_max_window_bits=8", None),
            ("", "; client_max_window_bits=9", Some(ClientWindowNotOffered)),
            ("; client_max_window_bits", "; client_max_window_bits=8", None),
            (
                "; client_max_window_bits=9",
                "; client_max_window_bits=10",
                Some(ClientWindowLarger { offered: 9, answered: 10 }),
            ),
            ("; client_max_window_bits=9", "", None),
            ("; server_max_window_bits=10", "; server_max_window_bits=9", None),
            (
                "; server_max_window_bits=10",
                "",
                Some(ServerWindowLarger { offered: 10, answered: 15 }),
            ),
            ("; server_no_context_takeover", "", Some(ServerTakeover)),
            ("", "; foo", Some(Invalid(ParameterFault::Unknown("foo".into())))),
            ("", ", permessage-deflate", Some(Doubled)),
            // The second offer is the one that was taken.
            ("; server_max_window_bits=9, permessage-deflate", "", None),
        ] {
            assert_eq!(fault(offer, answer), expected, "{offer} | {answer}");
        }
        let none = request(&[]);
        let deflate = response("permessage-deflate");
        let out = outcome(Some(&none), &deflate);
        assert_eq!(out, Outcome::Faulty(NotOffered, Some(Parameters::default())));
        assert_eq!(outcome(None, &deflate), Outcome::Agreed(Parameters::default()));
        assert_eq!(outcome(Some(&none), &response("")), Outcome::None);
        let eight = request(&["permessage-deflate; server_max_window_bits=8"]);
        let declined = Outcome::Declined(vec![Decline::ServerWindow8]);
        assert_eq!(outcome(Some(&eight), &response("")), declined);
    }
}
