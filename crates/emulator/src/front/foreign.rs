//! Things of other accounts that a request names: in ARNs and in addresses of queues.
//!
//! What moto reaches is bounded where it runs (`moto/boundary.py`), however it was named; this says
//! so early, in a word that does not tell whether the other account has such a thing, or exists.
//! A name counts where it is a whole value. Inside a text, a policy's for example, an ARN of another
//! account is no request about it.

use std::{cell::Cell, collections::HashMap, fmt};

use axum::http::request::Parts;
use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};

use crate::{protocol::Protocol, refusal::Refusal};

/// Accounts of AWS's own or of its partners, whose images everybody may use: Canonical, Amazon
/// Linux, Debian.
const EVERYBODYS: [&str; 3] = ["099720109477", "137112412989", "136693071363"];

/// Who asks, and by which service.
#[derive(Clone, Copy)]
pub(super) struct Asker<'a> {
    /// Twelve digits.
    pub number: &'a str,
    /// The service's signing name.
    pub service: &'a str,
}

impl Asker<'_> {
    /// Refuses a request that names a thing of another account.
    pub fn check(
        self,
        parts: &Parts,
        form: &HashMap<String, String>,
        body: &[u8],
        protocol: Protocol,
    ) -> Result<(), Refusal> {
        let path = form_urlencoded::parse(parts.uri.path().as_bytes());
        let path: String = path
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        let arn = path.find("arn:").map_or("", |at| &path[at..]);
        let owner = parts.headers.get("x-amz-expected-bucket-owner");
        let is_another = owner.is_some_and(|owner| owner.as_bytes() != self.number.as_bytes());
        let headers = parts
            .headers
            .values()
            .filter_map(|value| value.to_str().ok());
        let mut values = form
            .values()
            .map(String::as_str)
            .chain(headers)
            .chain([arn]);
        let is_in_body = match protocol {
            Protocol::Json10 | Protocol::Json11 => self.is_in_json(body)?,
            // what is sent to a path may be anything
            Protocol::RestJson => self.is_in_json(body).unwrap_or(false),
            Protocol::Ec2 | Protocol::Query | Protocol::S3 | Protocol::RestXml => false,
        };
        if is_another || is_in_body || values.any(|value| self.is_foreign(value)) {
            return Err(Refusal::Foreign);
        }
        Ok(())
    }

    /// Whether a value is the name of something of another account.
    fn is_foreign(self, value: &str) -> bool {
        let owner = match value.strip_prefix("arn:") {
            Some(rest) => rest.split(':').nth(3),
            None if self.service == "sqs" => queue_owner(value),
            None => None,
        };
        owner.is_some_and(|owner| {
            is_number(owner) && owner != self.number && !EVERYBODYS.contains(&owner)
        })
    }

    /// Whether there is one in a JSON text, which is read without being kept.
    fn is_in_json(self, json: &[u8]) -> Result<bool, Refusal> {
        if json.is_empty() {
            return Ok(false);
        }
        let found = Cell::new(false);
        let look = Look {
            asker: self,
            found: &found,
        };
        let mut reader = serde_json::Deserializer::from_slice(json);
        // deeper than 128 levels is an error, too
        look.deserialize(&mut reader)
            .map_err(|_| Refusal::Unreadable)?;
        Ok(found.get())
    }
}

/// Whose a queue is: `http://127.0.0.1:4566/123456789012/name`.
fn queue_owner(value: &str) -> Option<&str> {
    let (_, rest) = value.split_once("://")?;
    let mut parts = rest.split('/').skip(1);
    let owner = parts.next()?;
    parts.next().map(|_| owner)
}

fn is_number(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Looks at each string of a JSON text.
#[derive(Clone, Copy)]
struct Look<'a> {
    asker: Asker<'a>,
    found: &'a Cell<bool>,
}

impl<'de> DeserializeSeed<'de> for Look<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<(), D::Error> {
        from.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Look<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any JSON")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<(), E> {
        if self.asker.is_foreign(text) {
            self.found.set(true);
        }
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        while list.next_element_seed(self)?.is_some() {}
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while map.next_key_seed(self)?.is_some() {
            map.next_value_seed(self)?;
        }
        Ok(())
    }

    fn visit_bool<E: Error>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E: Error>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E: Error>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E: Error>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_unit<E: Error>(self) -> Result<(), E> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use axum::http::Request;

    use super::Asker;
    use crate::{protocol::Protocol, refusal::Refusal};

    const ME: &str = "111111111111";

    fn check(service: &str, path: &str, value: &str, json: &[u8]) -> Result<(), Refusal> {
        let parts = Request::get(path).body(()).unwrap().into_parts().0;
        let form = HashMap::from([("A".to_owned(), value.to_owned())]);
        let number = ME;
        Asker { number, service }.check(&parts, &form, json, Protocol::Json11)
    }

    #[test]
    fn what_names_a_thing_of_another_account_is_refused_wherever_it_is() {
        let other = "arn:aws:sns:ap-southeast-2:222222222222:topic";
        assert_eq!(check("sns", "/", other, b""), Err(Refusal::Foreign));
        let path = "/tags/arn%3Aaws%3Alambda%3Aus-east-1%3A222222222222%3Afunction%3Af";
        assert_eq!(check("lambda", path, "", b""), Err(Refusal::Foreign));
        let json = br#"{"a": [{"b": "arn:aws:kms:us-east-1:2\u003222222222222:key/k"}]}"#;
        assert_eq!(check("kms", "/", "", json), Ok(()), "thirteen digits");
        let json = br#"{"a": [1, null, {"b": "arn:aws:kms:us-east-1:2\u00322222222222:key/k"}]}"#;
        assert_eq!(check("kms", "/", "", json), Err(Refusal::Foreign));
        let queue = "http://127.0.0.1:4566/222222222222/q";
        assert_eq!(check("sqs", "/", queue, b""), Err(Refusal::Foreign));
        assert_eq!(check("sns", "/", queue, b""), Ok(()));
    }

    #[test]
    fn an_account_s_own_and_what_is_everybody_s_is_let_through() {
        for value in [
            "arn:aws:sns:ap-southeast-2:111111111111:topic",
            "arn:aws:iam::aws:policy/ReadOnlyAccess",
            "arn:aws:s3:::bucket",
            "arn:aws:ec2:us-east-1:099720109477:image/ami-1",
            r#"{"Principal": {"AWS": "arn:aws:iam::222222222222:root"}}"#,
        ] {
            assert_eq!(check("iam", "/", value, b""), Ok(()), "{value}");
        }
    }

    #[test]
    fn a_bucket_that_is_expected_to_be_another_s_is_refused() {
        for (owner, wanted) in [(ME, Ok(())), ("222222222222", Err(Refusal::Foreign))] {
            let request = Request::get("/b/k").header("x-amz-expected-bucket-owner", owner);
            let parts = request.body(()).unwrap().into_parts().0;
            let asker = Asker {
                number: ME,
                service: "s3",
            };
            let checked = asker.check(&parts, &HashMap::new(), b"", Protocol::S3);
            assert_eq!(checked, wanted);
        }
    }

    #[test]
    fn json_that_is_nested_without_end_is_refused() {
        let deep = b"[".repeat(100_000);
        assert_eq!(check("kms", "/", "", &deep), Err(Refusal::Unreadable));
    }
}
