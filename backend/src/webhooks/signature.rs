//! Signatures as [Standard Webhooks](https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md)
//! write them, and when a message is sent again.

use std::time::Duration;

use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};
use hmac::{Hmac, Mac as _};
use sha2::Sha256;

/// How secrets of this kind of signature begin.
const PREFIX: &str = "whsec_";
/// The length of a secret: the specification asks for 24 to 64.
pub(super) const SECRET_BYTES: usize = 32;

/// A secret as it is shown to whoever checks signatures with it.
pub(super) fn shown(secret: &[u8]) -> String {
    format!("{PREFIX}{}", BASE64.encode(secret))
}

/// The header `webhook-signature` for what is sent under an id at a time, in unix seconds.
pub(super) fn sign(secret: &[u8], id: &str, seconds: i64, payload: &str) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret).expect("HMAC takes keys of any length");
    mac.update(format!("{id}.{seconds}.{payload}").as_bytes());
    format!("v1,{}", BASE64.encode(mac.finalize().into_bytes()))
}

/// How long after an attempt that failed the next one is made, as the specification proposes;
/// none after the last.
pub(super) fn pause(attempts: u32) -> Option<Duration> {
    const PAUSES: [u64; 9] = [
        5,
        5 * 60,
        30 * 60,
        2 * 3600,
        5 * 3600,
        10 * 3600,
        14 * 3600,
        20 * 3600,
        24 * 3600,
    ];
    let place = usize::try_from(attempts).ok()?.checked_sub(1)?;
    PAUSES.get(place).copied().map(Duration::from_secs)
}

#[cfg(test)]
mod tests {
    use super::{pause, shown, sign};

    #[test]
    fn whoever_has_the_secret_can_check_a_signature() {
        let secret = [7; 32];
        let (id, payload) = ("msg_1", "{\"type\":\"test\"}");
        let now = jiff::Timestamp::now().as_second();
        let mut headers = http::HeaderMap::new();
        headers.insert("webhook-id", id.parse().unwrap());
        headers.insert("webhook-timestamp", now.into());
        let signature = sign(&secret, id, now, payload);
        headers.insert("webhook-signature", signature.parse().unwrap());
        let peer = standardwebhooks::Webhook::new(&shown(&secret)).unwrap();
        peer.verify(payload.as_bytes(), &headers).unwrap();
        assert!(peer.verify(b"{}", &headers).is_err());
    }

    #[test]
    fn a_message_is_sent_ten_times_within_three_days_and_a_half() {
        let pauses: Vec<_> = (1..).map_while(pause).collect();
        assert_eq!(pauses.len(), 9);
        assert!(pauses.is_sorted());
        let hours = pauses.iter().sum::<std::time::Duration>().as_secs() / 3600;
        assert_eq!(hours, 75);
        assert_eq!(pause(0), None);
    }
}
