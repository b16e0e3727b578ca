//! The few lines with which a client connects: what a page runs, and the same for
//! Node, Python and websocat. They are complete programs, to be copied and run.

use super::Lang;
use std::fmt::Write as _;

/// What runs the lines.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Client {
    /// A page, or a browser's console.
    #[default]
    Browser,
    /// Node with npm `ws`.
    Node,
    /// Python with `websockets`.
    Python,
    /// A POSIX shell with `websocat`.
    Websocat,
}

impl Client {
    /// In the order in which they are offered.
    pub const ALL: [Client; 4] = [Client::Browser, Client::Node, Client::Python, Client::Websocat];

    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Client::Browser => "JavaScript",
            Client::Node => "Node (ws)",
            Client::Python => "Python (websockets)",
            Client::Websocat => "websocat",
        }
    }
}

/// What a client asks for.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Call {
    /// `ws://` or `wss://`.
    pub url: String,
    /// In the order of preference.
    pub subprotocols: Vec<String>,
    /// The Origin header; a page sends its own.
    pub origin: Option<String>,
    /// Further headers of the request, which a page cannot set.
    pub headers: Vec<(String, String)>,
    /// Takes any certificate, as one that was made for the moment needs it.
    pub insecure: bool,
}

/// The lines for this client.
#[must_use]
pub fn snippet(client: Client, call: &Call, lang: Lang) -> String {
    match client {
        Client::Browser => browser(call, lang),
        Client::Node => node(call, lang),
        Client::Python => python(call, lang),
        Client::Websocat => websocat(call, lang),
    }
}

/// A string of JavaScript and of Python, which read JSON's escapes alike; what is not
/// ASCII stands as it is.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

fn list(texts: &[String]) -> String {
    format!("[{}]", texts.iter().map(|text| quoted(text)).collect::<Vec<_>>().join(", "))
}

/// A word of a POSIX shell.
fn word(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

fn browser(call: &Call, lang: Lang) -> String {
    let words = lang.words();
    let mut lines = String::new();
    let mut left_out: Vec<&str> = call.headers.iter().map(|(name, _)| name.as_str()).collect();
    left_out.extend(call.origin.as_ref().map(|_| "Origin"));
    if !left_out.is_empty() {
        let _ = writeln!(lines, "// {} {}", words.code_no_headers, left_out.join(", "));
    }
    if call.insecure {
        let _ = writeln!(lines, "// {}", words.code_trust_first);
    }
    let url = quoted(&call.url);
    let protocols = match &call.subprotocols[..] {
        [] => String::new(),
        all => format!(", {}", list(all)),
    };
    let _ = write!(
        lines,
        "const ws = new WebSocket({url}{protocols});\n\
         ws.onopen = () => ws.send(\"hello\");\n\
         ws.onmessage = (event) => console.log(event.data);\n\
         ws.onerror = () => console.log(\"error\");\n\
         ws.onclose = (event) => console.log(event.code, event.reason, event.wasClean);\n"
    );
    lines
}

/// Headers by name, those of one name together.
fn by_name(headers: &[(String, String)]) -> Vec<(&str, Vec<String>)> {
    let mut names: Vec<(&str, Vec<String>)> = Vec::new();
    for (name, value) in headers {
        match names.iter_mut().find(|(known, _)| known.eq_ignore_ascii_case(name)) {
            Some((_, values)) => values.push(value.clone()),
            None => names.push((name, vec![value.clone()])),
        }
    }
    names
}

fn node(call: &Call, lang: Lang) -> String {
    let words = lang.words();
    let mut arguments = quoted(&call.url);
    if !call.subprotocols.is_empty() {
        let _ = write!(arguments, ", {}", list(&call.subprotocols));
    }
    let mut options = String::new();
    if let Some(origin) = &call.origin {
        let _ = writeln!(options, "  origin: {},", quoted(origin));
    }
    if !call.headers.is_empty() {
        options.push_str("  headers: {\n");
        for (name, values) in by_name(&call.headers) {
            let value = if let [one] = &values[..] { quoted(one) } else { list(&values) };
            let _ = writeln!(options, "    {}: {value},", quoted(name));
        }
        options.push_str("  },\n");
    }
    if call.insecure {
        let _ = writeln!(options, "  rejectUnauthorized: false, // {}", words.code_any_certificate);
    }
    if !options.is_empty() {
        let _ = write!(arguments, ", {{\n{options}}}");
    }
    format!(
        "// npm install ws; node client.mjs\n\
         import WebSocket from \"ws\";\n\n\
         const ws = new WebSocket({arguments});\n\
         ws.on(\"open\", () => ws.send(\"hello\"));\n\
         ws.on(\"message\", (data) => console.log(data.toString()));\n\
         ws.on(\"error\", (error) => console.log(error.message));\n\
         ws.on(\"close\", (code, reason) => console.log(code, reason.toString()));\n"
    )
}

fn python(call: &Call, lang: Lang) -> String {
    let words = lang.words();
    let mut arguments = vec![quoted(&call.url)];
    if !call.subprotocols.is_empty() {
        arguments.push(format!("subprotocols={}", list(&call.subprotocols)));
    }
    if let Some(origin) = &call.origin {
        arguments.push(format!("origin={}", quoted(origin)));
    }
    if !call.headers.is_empty() {
        let pair =
            |(name, value): &(String, String)| format!("({}, {})", quoted(name), quoted(value));
        let pairs: Vec<String> = call.headers.iter().map(pair).collect();
        arguments.push(format!("additional_headers=[{}]", pairs.join(", ")));
    }
    let (mut import, mut context) = (String::new(), String::new());
    if call.insecure {
        "import ssl\n\n".clone_into(&mut import);
        context = format!(
            "context = ssl.create_default_context()\n\
             context.check_hostname = False  # {}\n\
             context.verify_mode = ssl.CERT_NONE\n\n",
            words.code_any_certificate
        );
        arguments.push("ssl=context".to_owned());
    }
    let arguments = match &arguments[..] {
        [url] => url.clone(),
        all => format!("\n    {},\n", all.join(",\n    ")),
    };
    format!(
        "# pip install websockets\n\
         {import}\
         from websockets.exceptions import ConnectionClosed\n\
         from websockets.sync.client import connect\n\n\
         {context}\
         with connect({arguments}) as ws:\n    \
             try:\n        \
                 ws.send(\"hello\")\n        \
                 while True:\n            \
                     print(ws.recv())\n    \
             except ConnectionClosed:\n        \
                 print(ws.close_code, ws.close_reason)\n"
    )
}

fn websocat(call: &Call, lang: Lang) -> String {
    let mut parts = vec!["websocat".to_owned()];
    if !call.subprotocols.is_empty() {
        parts.push(format!("--protocol {}", word(&call.subprotocols.join(", "))));
    }
    if let Some(origin) = &call.origin {
        parts.push(format!("--origin {}", word(origin)));
    }
    // Without the sign of equality, -H takes what follows for headers too.
    parts.extend(call.headers.iter().map(|(n, v)| format!("-H={}", word(&format!("{n}: {v}")))));
    if call.insecure {
        parts.push("--insecure".to_owned());
    }
    parts.push(word(&call.url));
    format!("# {}\n{}\n", lang.words().code_each_line, parts.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call() -> Call {
        let header = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        Call {
            url: "ws://127.0.0.1:8000/火星?a='b'".into(),
            subprotocols: vec!["v2.mars".into(), r#"it's "1\2""#.into()],
            origin: Some("http://mars.test".into()),
            headers: vec![
                header("X-Planet", r#"a "quoted" \ 火星 😀"#),
                header("X-Moon", "it's Phobos"),
                header("x-moon", "Deimos"),
            ],
            insecure: false,
        }
    }

    fn of(client: Client, call: &Call) -> String {
        snippet(client, call, Lang::En)
    }

    #[test]
    fn plain_calls_are_the_few_lines_that_everybody_knows() {
        let call = Call { url: "ws://127.0.0.1:8000/".into(), ..Call::default() };
        let browser = of(Client::Browser, &call);
        assert!(browser.starts_with("const ws = new WebSocket(\"ws://127.0.0.1:8000/\");\n"));
        assert_eq!(browser.lines().count(), 5);
        assert!(of(Client::Node, &call).contains("new WebSocket(\"ws://127.0.0.1:8000/\");"));
        assert!(
            of(Client::Python, &call).contains("with connect(\"ws://127.0.0.1:8000/\") as ws:")
        );
        assert!(of(Client::Websocat, &call).ends_with("websocat 'ws://127.0.0.1:8000/'\n"));
    }

    #[test]
    fn quotes_backslashes_and_other_scripts_stay_what_they_are() {
        let node = of(Client::Node, &call());
        assert!(node.contains(r#"new WebSocket("ws://127.0.0.1:8000/火星?a='b'", ["#), "{node}");
        assert!(node.contains(r#"["v2.mars", "it's \"1\\2\""]"#), "{node}");
        assert!(node.contains(r#"    "X-Planet": "a \"quoted\" \\ 火星 😀","#), "{node}");
        let python = of(Client::Python, &call());
        assert!(python.contains(r#"("X-Planet", "a \"quoted\" \\ 火星 😀")"#), "{python}");
        assert!(python.contains("    subprotocols=[\"v2.mars\", "), "{python}");
        let shell = of(Client::Websocat, &call());
        assert!(shell.contains(r#"--protocol 'v2.mars, it'\''s "1\2"'"#), "{shell}");
        assert!(shell.contains(r#"-H='X-Planet: a "quoted" \ 火星 😀'"#), "{shell}");
        assert!(shell.contains(r"-H='X-Moon: it'\''s Phobos'"), "{shell}");
        assert!(shell.ends_with(" 'ws://127.0.0.1:8000/火星?a='\\''b'\\'''\n"), "{shell}");
    }

    #[test]
    fn controls_do_not_end_a_string() {
        assert_eq!(quoted("a\nb\u{7}"), r#""a\nb\u0007""#);
    }

    #[test]
    fn headers_of_one_name_stay_two_in_node() {
        let node = of(Client::Node, &call());
        assert!(node.contains(r#""X-Moon": ["it's Phobos", "Deimos"],"#), "{node}");
    }

    #[test]
    fn a_page_is_told_what_it_cannot_set() {
        let page = of(Client::Browser, &call());
        let comment = page.lines().next().unwrap();
        assert!(
            comment.starts_with("// ") && comment.ends_with("X-Planet, X-Moon, x-moon, Origin")
        );
        assert!(!page.contains("Phobos"), "{page}");
        assert!(page.contains(r#"["v2.mars", "it's \"1\\2\""]"#), "{page}");
    }

    #[test]
    fn any_certificate_is_taken_only_where_that_is_chosen() {
        let signs = ["rejectUnauthorized: false", "CERT_NONE", "--insecure"];
        let clients = [Client::Node, Client::Python, Client::Websocat];
        for (client, sign) in clients.into_iter().zip(signs) {
            assert!(!of(client, &call()).contains(sign), "{client:?}");
            let call = Call { insecure: true, ..call() };
            assert!(of(client, &call).contains(sign), "{client:?}");
        }
    }

    #[test]
    fn comments_are_in_the_language_of_the_reader() {
        for lang in [Lang::En, Lang::Zh] {
            let page = snippet(Client::Browser, &call(), lang);
            assert!(page.contains(lang.words().code_no_headers));
        }
    }
}
