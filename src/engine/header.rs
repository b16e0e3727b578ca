//! Headers as people type them.

/// Whether `text` is a token of HTTP (RFC 9110 §5.6.2).
#[must_use]
pub fn is_token(text: &str) -> bool {
    !text.is_empty()
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b))
}

/// Reads a header's value.
///
/// # Errors
/// What is wrong with it.
pub fn parse_header_value(text: &str) -> Result<String, String> {
    if text.chars().any(|c| c.is_control() && c != '\t') {
        return Err("a header's value has no line breaks or control characters".into());
    }
    Ok(text.trim().to_owned())
}

/// Reads `Name: value`.
///
/// # Errors
/// What is wrong with it.
pub fn parse_header(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once(':').ok_or("expected 'Name: value'")?;
    if !is_token(name.trim()) {
        return Err("a header's name is letters, digits and hyphens".into());
    }
    Ok((name.trim().to_owned(), parse_header_value(value)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_cannot_break_the_head() {
        assert_eq!(parse_header("X-A:  b: c ").unwrap(), ("X-A".into(), "b: c".into()));
        for bad in ["", "no colon", "a b: c", ": c", "X: a\r\nY: b"] {
            assert!(parse_header(bad).is_err(), "{bad:?}");
        }
    }
}
