//! Bodies that are sent in chunks, each with a signature over itself and the one before it.
//!
//! <https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html>

use super::{Claim, hash, hex, is_equal, sign};
use crate::refusal::Refusal;

/// Each chunk is signed.
pub(super) const SIGNED: &str = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD";
/// Each chunk is signed, and headers after the last one are.
pub(super) const SIGNED_WITH_TRAILER: &str = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER";
/// Chunks whose checksum comes last, and no signature: what is signed is the head alone.
const UNSIGNED: &str = "STREAMING-UNSIGNED-PAYLOAD-TRAILER";

/// Whether a way to send a body in chunks is one of these.
pub(super) fn is_known(way: &str) -> bool {
    [SIGNED, SIGNED_WITH_TRAILER, UNSIGNED].contains(&way)
}

/// Whether every chunk of a body is what was signed, in the order in which it was.
pub(super) fn verify(claim: &Claim, key: &[u8], body: &[u8]) -> Result<(), Refusal> {
    let mut before = claim.signature.clone();
    let mut rest = body;
    loop {
        let chunk = Chunk::read(&mut rest).ok_or(Refusal::Malformed)?;
        let text = format!(
            "AWS4-HMAC-SHA256-PAYLOAD\n{}\n{}\n{before}\n{}\n{}",
            claim.stamp,
            claim.scope(),
            hash(b""),
            hash(chunk.data)
        );
        if !is_equal(&hex(&sign(key, &text)), chunk.signature) {
            return Err(Refusal::WrongSignature);
        }
        chunk.signature.clone_into(&mut before);
        if chunk.data.is_empty() {
            return trailer(claim, key, &before, rest);
        }
    }
}

/// What comes after the last chunk: nothing, or headers with a signature of their own.
fn trailer(claim: &Claim, key: &[u8], before: &str, rest: &[u8]) -> Result<(), Refusal> {
    let rest = std::str::from_utf8(rest).map_err(|_| Refusal::Malformed)?;
    let lines = rest
        .split("\r\n")
        .map(str::trim)
        .filter(|line| !line.is_empty());
    let (signatures, headers): (Vec<&str>, Vec<&str>) =
        lines.partition(|line| line.starts_with("x-amz-trailer-signature:"));
    if headers.is_empty() && signatures.is_empty() {
        return Ok(());
    }
    let headers: String = headers.iter().map(|line| format!("{line}\n")).collect();
    let text = format!(
        "AWS4-HMAC-SHA256-TRAILER\n{}\n{}\n{before}\n{}",
        claim.stamp,
        claim.scope(),
        hash(headers.as_bytes())
    );
    let said = signatures.first().and_then(|line| line.split_once(':'));
    let said = said.map_or("", |(_, signature)| signature.trim());
    if is_equal(&hex(&sign(key, &text)), said) {
        Ok(())
    } else {
        Err(Refusal::WrongSignature)
    }
}

/// One chunk: `SIZE;chunk-signature=SIGNATURE\r\nDATA\r\n`, with the size in hex.
struct Chunk<'a> {
    signature: &'a str,
    data: &'a [u8],
}

impl<'a> Chunk<'a> {
    /// Takes a chunk from the front of what is left.
    fn read(rest: &mut &'a [u8]) -> Option<Self> {
        let end = rest.windows(2).position(|pair| pair == b"\r\n")?;
        let head = std::str::from_utf8(&rest[..end]).ok()?;
        let (size, signature) = head.split_once(";chunk-signature=")?;
        let size = usize::from_str_radix(size, 16).ok()?;
        let after = rest.get(end + 2..)?;
        let data = after.get(..size)?;
        *rest = after.get(size..)?;
        // headers come right after the last one's head
        if size > 0 {
            *rest = rest.strip_prefix(b"\r\n")?;
        }
        Some(Self { signature, data })
    }
}
