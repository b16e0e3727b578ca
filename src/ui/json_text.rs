//! JSON laid out for reading: order, doubled names and the spelling of numbers
//! stay as they were sent.

use serde::de::IgnoredAny;

/// Longest payload that is looked at.
pub const MAX_JSON: u64 = 1 << 20;

const MAX_OUT: usize = 4 << 20;
const MAX_INDENT: usize = 16;

/// The same JSON with a line for each member.
///
/// # Errors
/// It is no JSON: the parser's words.
pub fn pretty(octets: &[u8]) -> Result<String, String> {
    serde_json::from_slice::<IgnoredAny>(octets).map_err(|error| error.to_string())?;
    let text = std::str::from_utf8(octets).map_err(|error| error.to_string())?;
    let mut out = String::with_capacity(text.len() * 2);
    let (mut depth, mut in_string, mut escaped) = (0usize, false, false);
    let mut chars = text.chars().peekable();
    let line = |out: &mut String, depth: usize| {
        out.push('\n');
        out.extend(std::iter::repeat_n("  ", depth.min(MAX_INDENT)));
    };
    while let Some(c) = chars.next() {
        if out.len() > MAX_OUT {
            out.push_str("\n…");
            break;
        }
        if in_string {
            out.push(c);
            in_string = escaped || c != '"';
            escaped = c == '\\' && !escaped;
            continue;
        }
        match c {
            ' ' | '\t' | '\n' | '\r' => {}
            '{' | '[' => {
                while chars.peek().is_some_and(char::is_ascii_whitespace) {
                    chars.next();
                }
                out.push(c);
                if let Some(close) = chars.next_if(|c| matches!(c, '}' | ']')) {
                    out.push(close);
                } else {
                    depth += 1;
                    line(&mut out, depth);
                }
            }
            '}' | ']' => {
                depth = depth.saturating_sub(1);
                line(&mut out, depth);
                out.push(c);
            }
            ',' => {
                out.push(c);
                line(&mut out, depth);
            }
            ':' => out.push_str(": "),
            _ => {
                in_string = c == '"';
                out.push(c);
            }
        }
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn order_and_spelling_survive() {
        let json = r#" {"b":1.50,"a":[ ],"b":"x \" , {","c":[1,{"d":null}]} "#;
        let expected = "{\n  \"b\": 1.50,\n  \"a\": [],\n  \"b\": \"x \\\" , {\",\n  \"c\": [\n    1,\n    {\n      \"d\": null\n    }\n  ]\n}";
        assert_eq!(pretty(json.as_bytes()).unwrap(), expected);
        assert!(pretty(b"{").is_err());
        assert!(pretty(b"\xff").is_err());
    }
}
