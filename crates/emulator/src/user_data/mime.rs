//! Messages of several parts (RFC 2045 and 2046), as far as cloud-init's tools write them.

use super::packed;

/// A part of a message.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Part {
    /// Its type, in small letters, for example `text/x-shellscript`.
    pub kind: Option<String>,
    /// What is in it, decoded.
    pub body: Vec<u8>,
}

/// Reads the parts of a message; one that is of no such type is its own only part.
///
/// # Errors
/// It has several parts and no boundary, or one that is not as it was said to be encoded.
pub(super) fn parts(message: &[u8]) -> Result<Vec<Part>, String> {
    let (headers, body) = split(message);
    let kind = kind(&headers);
    if !kind
        .as_deref()
        .is_some_and(|kind| kind.starts_with("multipart/"))
    {
        let body = decoded(&headers, body)?;
        return Ok(vec![Part { kind, body }]);
    }
    let boundary = parameter(&headers, "boundary");
    let boundary = boundary.ok_or("multipart without a boundary")?;
    let between = between(body, &boundary);
    let part = |part: Vec<u8>| {
        let (headers, body) = split(&part);
        let kind = self::kind(&headers);
        // a message in a message keeps its headers, by which it is read in its turn
        let is_message = kind
            .as_deref()
            .is_some_and(|kind| kind.starts_with("multipart/"));
        let body = if is_message {
            part.clone()
        } else {
            decoded(&headers, body)?
        };
        Ok(Part { kind, body })
    };
    between.into_iter().map(part).collect()
}

type Headers = Vec<(String, String)>;

/// The headers, unfolded, and what follows them.
fn split(message: &[u8]) -> (Headers, &[u8]) {
    let mut headers: Headers = Vec::new();
    let mut rest = message;
    while !rest.is_empty() {
        let (line, after) = line(rest);
        rest = after;
        let text = String::from_utf8_lossy(line);
        if text.trim().is_empty() {
            break;
        }
        match (text.starts_with([' ', '\t']), headers.last_mut()) {
            (true, Some((_, value))) => value.push_str(text.trim_end()),
            _ => {
                headers.extend(text.split_once(':').map(|(name, value)| {
                    (name.trim().to_ascii_lowercase(), value.trim().to_owned())
                }))
            }
        }
    }
    (headers, rest)
}

/// A line with its end, and what follows it.
fn line(bytes: &[u8]) -> (&[u8], &[u8]) {
    let end = bytes.iter().position(|byte| *byte == b'\n');
    bytes.split_at(end.map_or(bytes.len(), |end| end + 1))
}

fn header<'a>(headers: &'a Headers, name: &str) -> Option<&'a str> {
    let mut all = headers.iter();
    all.find(|(known, _)| known == name)
        .map(|(_, value)| value.as_str())
}

fn kind(headers: &Headers) -> Option<String> {
    let kind = header(headers, "content-type")?.split(';').next()?;
    Some(kind.trim().to_ascii_lowercase())
}

fn parameter(headers: &Headers, name: &str) -> Option<String> {
    let parameters = header(headers, "content-type")?.split(';').skip(1);
    let mut pairs = parameters.filter_map(|parameter| parameter.split_once('='));
    let (_, value) = pairs.find(|(known, _)| known.trim().eq_ignore_ascii_case(name))?;
    let value = value.trim().trim_matches('"').to_owned();
    (!value.is_empty()).then_some(value)
}

/// What is between a boundary's lines; the line's end before one belongs to it.
fn between(body: &[u8], boundary: &str) -> Vec<Vec<u8>> {
    let (open, close) = (format!("--{boundary}"), format!("--{boundary}--"));
    let mut parts: Vec<Vec<u8>> = Vec::new();
    let mut part: Option<Vec<u8>> = None;
    let mut rest = body;
    while !rest.is_empty() {
        let (line, after) = line(rest);
        rest = after;
        let is = |word: &str| line.trim_ascii_end() == word.as_bytes();
        if is(&open) || is(&close) {
            parts.extend(part.take().map(without_end));
            if is(&close) {
                return parts;
            }
            part = Some(Vec::new());
        } else if let Some(part) = &mut part {
            part.extend_from_slice(line);
        }
    }
    parts.extend(part);
    parts
}

fn without_end(mut part: Vec<u8>) -> Vec<u8> {
    if part.pop_if(|last| *last == b'\n').is_some() {
        part.pop_if(|last| *last == b'\r');
    }
    part
}

fn decoded(headers: &Headers, body: &[u8]) -> Result<Vec<u8>, String> {
    let how = header(headers, "content-transfer-encoding").unwrap_or("7bit");
    match how.to_ascii_lowercase().as_str() {
        "base64" => {
            packed::decoded(body).map_err(|error| format!("a part is not base64 ({error})"))
        }
        "quoted-printable" => Ok(unquoted(body)),
        "7bit" | "8bit" | "binary" => Ok(body.to_vec()),
        other => Err(format!(
            "a part is encoded as {}, which is unknown",
            super::shown(other)
        )),
    }
}

/// Quoted-printable text (RFC 2045, 6.7).
fn unquoted(body: &[u8]) -> Vec<u8> {
    let mut text = Vec::with_capacity(body.len());
    let mut rest = body;
    while let [first, after @ ..] = rest {
        let hex = |digits: &[u8]| u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok();
        (rest, _) = match (first, after) {
            (b'=', [b'\r', b'\n', after @ ..] | [b'\n', after @ ..]) => (after, ()),
            (b'=', [_, _, further @ ..]) if hex(&after[..2]).is_some() => {
                text.extend(hex(&after[..2]));
                (further, ())
            }
            _ => {
                text.push(*first);
                (after, ())
            }
        };
    }
    text
}

#[cfg(test)]
mod tests {
    use super::parts;

    #[test]
    fn parts_are_read_with_their_types_and_decoded() {
        let message =
            b"Content-Type: multipart/mixed;\r\n boundary=\"//\"\r\nMIME-Version: 1.0\r\n\
            \r\nto be left out\r\n--//\r\nContent-Type: text/x-shellscript; charset=\"utf-8\"\r\n\
            \r\n#!/bin/sh\r\n\r\n--//\r\nContent-Transfer-Encoding: base64\r\n\r\nIyEvYmlu\r\nL3No\
            \r\n--//\nContent-Type: TEXT/plain\nContent-Transfer-Encoding: quoted-printable\n\n\
            a=3Db=\nc=zz\n--//--\nafterwards";
        let found = parts(message).unwrap();
        let kinds: Vec<_> = found.iter().map(|part| part.kind.as_deref()).collect();
        assert_eq!(
            kinds,
            [Some("text/x-shellscript"), None, Some("text/plain")]
        );
        let bodies: Vec<_> = found.iter().map(|part| part.body.as_slice()).collect();
        assert_eq!(bodies, [&b"#!/bin/sh\r\n"[..], b"#!/bin/sh", b"a=bc=zz"]);
    }

    #[test]
    fn a_message_without_an_end_is_read_to_its_end() {
        let message = b"Content-Type: multipart/mixed; boundary=b\n\n--b\n\n#!/bin/sh\n";
        assert_eq!(parts(message).unwrap()[0].body, b"#!/bin/sh\n");
    }

    #[test]
    fn what_cannot_be_read_is_said() {
        assert!(parts(b"Content-Type: multipart/mixed\n\n--b\n").is_err());
        let odd = b"Content-Type: multipart/mixed; boundary=b\n\n--b\n\
            Content-Transfer-Encoding: x-uuencode\n\nx\n--b--";
        assert!(parts(odd).unwrap_err().contains("x-uuencode"));
    }
}
