//! What is packed in user data, unpacked to a bound.

use std::io::Read as _;

use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};
use flate2::read::MultiGzDecoder;

/// How much may be unpacked from one user data, however it is packed.
const MOST_BYTES: usize = 16 << 20;

/// How much may still be unpacked.
pub(super) struct Budget(usize);

impl Default for Budget {
    fn default() -> Self {
        Self(MOST_BYTES)
    }
}

impl Budget {
    /// Unpacks gzip.
    ///
    /// # Errors
    /// It is broken, or there is more in it than may be unpacked.
    pub fn inflate(&mut self, packed: &[u8]) -> Result<Vec<u8>, String> {
        let mut inflated = Vec::new();
        let mut bounded = MultiGzDecoder::new(packed).take(self.0 as u64 + 1);
        if let Err(error) = bounded.read_to_end(&mut inflated) {
            return Err(format!("that is broken ({error})"));
        }
        let left = self.0.checked_sub(inflated.len());
        self.0 = left.ok_or_else(|| format!("of more than {} MiB", MOST_BYTES >> 20))?;
        Ok(inflated)
    }
}

/// User data as it was meant: it is base64, and some clients send it as it is.
pub(crate) fn told(text: &str) -> Vec<u8> {
    decoded(text.as_bytes()).unwrap_or_else(|_| text.as_bytes().to_vec())
}

/// Decodes base64, with white space in it.
pub(super) fn decoded(text: &[u8]) -> Result<Vec<u8>, base64::DecodeError> {
    let is_said = |byte: &u8| !byte.is_ascii_whitespace();
    BASE64.decode(text.iter().copied().filter(is_said).collect::<Vec<u8>>())
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use flate2::{Compression, write::GzEncoder};

    use super::{Budget, MOST_BYTES, decoded, told};

    fn packed(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn all_that_is_unpacked_counts_together() {
        let mut budget = Budget::default();
        let half = packed(&vec![0; MOST_BYTES / 2]);
        assert!(half.len() < 16 << 10);
        assert!(budget.inflate(&half).is_ok());
        assert!(budget.inflate(&half).is_ok());
        let why = budget.inflate(&packed(b"x")).unwrap_err();
        assert_eq!(why, "of more than 16 MiB");
    }

    #[test]
    fn what_is_broken_is_said_to_be() {
        let mut whole = packed(b"#!/bin/sh\n");
        whole.truncate(whole.len() - 5);
        let why = Budget::default().inflate(&whole).unwrap_err();
        assert!(why.starts_with("that is broken"), "{why}");
        assert_eq!(decoded(b"aGk\n=").unwrap(), b"hi");
        assert!(decoded(b"a").is_err());
    }

    #[test]
    fn user_data_is_read_from_base64_or_as_it_is() {
        assert_eq!(told("IyEvYmluL3No"), b"#!/bin/sh");
        assert_eq!(told("#!/bin/sh"), b"#!/bin/sh");
    }
}
