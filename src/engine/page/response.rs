//! Answers to plain requests: the page, or why not.

use std::borrow::Cow;
use std::fmt::Write as _;

/// The page; what stands in double braces is filled in.
const PAGE: &str = include_str!("../../../assets/page.html");

/// An answer.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Response {
    /// With its phrase.
    status: &'static str,
    /// What the body may do (Content Security Policy Level 3).
    policy: Cow<'static, str>,
    /// HTML for the page, otherwise a sentence.
    body: Cow<'static, str>,
    html: bool,
}

const fn refusal(status: &'static str, body: &'static str) -> Response {
    let policy = Cow::Borrowed("default-src 'none'; frame-ancestors 'none'");
    Response { status, policy, body: Cow::Borrowed(body), html: false }
}

impl Response {
    pub const NOTHING: Response = refusal("204 No Content", "");
    pub const FOREIGN_HOST: Response = refusal(
        "403 Forbidden",
        "Open this page by the IP address or as localhost, with the port that wsscope listens on.\n",
    );
    pub const FOREIGN_ORIGIN: Response =
        refusal("403 Forbidden", "Only wsscope's own page may report: this Origin is another.\n");
    pub const FOREIGN_TOKEN: Response =
        refusal("403 Forbidden", "Only wsscope's own page may report: reload it.\n");
    pub const NO_ATTEMPT: Response =
        refusal("404 Not Found", "This page opened no connection of this number.\n");
    pub const TWICE: Response =
        refusal("409 Conflict", "This connection's CloseEvent was reported already.\n");
    pub const NOT_JSON: Response =
        refusal("415 Unsupported Media Type", "A report is application/json.\n");
    pub const NO_LENGTH: Response =
        refusal("411 Length Required", "A report has a Content-Length.\n");
    pub const TOO_LARGE: Response =
        refusal("413 Content Too Large", "A report has at most 4096 octets.\n");
    pub const NO_REPORT: Response = refusal(
        "400 Bad Request",
        "A report is an object with page, attempt, code, reason, wasClean and error.\n",
    );
    pub const NO_RANDOMNESS: Response =
        refusal("503 Service Unavailable", "The system gives no random numbers.\n");

    /// The page for one browser, asked for at `host`.
    pub fn page(host: &str, id: &str, token: &str, nonce: &str) -> Response {
        let filled = [("{{page}}", id), ("{{token}}", token), ("{{nonce}}", nonce)];
        let body =
            filled.iter().fold(PAGE.to_owned(), |body, (key, value)| body.replace(key, value));
        // Not every browser takes 'self' for the same host over ws:.
        let policy = format!(
            "default-src 'none'; script-src 'nonce-{nonce}'; style-src 'nonce-{nonce}'; \
             connect-src 'self' ws://{host}; base-uri 'none'; form-action 'none'; \
             frame-ancestors 'none'"
        );
        Response { status: "200 OK", policy: policy.into(), body: body.into(), html: true }
    }

    /// As it is sent; without its body in answer to a HEAD.
    pub fn octets(&self, head_only: bool) -> Vec<u8> {
        let kind = if self.html { "text/html" } else { "text/plain" };
        let mut octets = format!("HTTP/1.1 {}\r\n", self.status);
        let _ = write!(octets, "Content-Security-Policy: {}\r\n", self.policy);
        if *self != Response::NOTHING {
            let length = self.body.len();
            let _ = write!(
                octets,
                "Content-Type: {kind}; charset=utf-8\r\nContent-Length: {length}\r\n"
            );
        }
        octets += "Cache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\n\
                   Referrer-Policy: no-referrer\r\nCross-Origin-Resource-Policy: same-origin\r\n\
                   Connection: close\r\n\r\n";
        if !head_only {
            octets += &self.body;
        }
        octets.into_bytes()
    }
}
