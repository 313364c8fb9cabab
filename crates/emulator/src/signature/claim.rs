//! What a request says of who signed it, read from its headers or from its address.

use std::{
    collections::HashMap,
    time::{Duration, SystemTime},
};

use http::{HeaderMap, header, request::Parts};

use super::{ALGORITHM, old};
use crate::{accounts::REGION, refusal::Refusal};

/// The longest that a link may be good for.
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html>
const LONGEST_LINK: u64 = 7 * 24 * 3600;

/// What a request says of who signed it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Claim {
    /// The public half of the key.
    pub access_key_id: String,
    /// The region that the request is for.
    pub region: String,
    /// The service that the request is for, in lower case.
    pub service: String,
    /// What proves a session, beside its key.
    pub token: Option<String>,
    /// Where all of it was said.
    pub place: Place,
    /// When it was signed.
    pub(super) time: SystemTime,
    /// The same as it was written, for example `20261123T120000Z`.
    pub(super) stamp: String,
    pub(super) day: String,
    pub(super) scoped_service: String,
    pub(super) signed_headers: Vec<String>,
    pub(super) signature: String,
}

/// Where a signature is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    /// In the `Authorization` header.
    Header,
    /// In the address, for as long as it says.
    Address {
        /// How long the link is good for.
        lasts: Duration,
    },
    /// In the address, as version 2 has it.
    OldLink {
        /// When the link is no longer good.
        ends: SystemTime,
    },
}

impl Claim {
    /// Reads what a request says.
    pub fn read(request: &Parts) -> Result<Self, Refusal> {
        let query = request.uri.query().unwrap_or_default();
        let is_link = query.contains("X-Amz-Algorithm=") || query.contains("X-Amz-Signature=");
        let mut said = request.headers.get_all(header::AUTHORIZATION).iter();
        match (said.next(), said.next(), is_link) {
            (None, _, true) => Self::in_address(query),
            (None, _, false) if query.contains("AWSAccessKeyId=") => Self::in_old_link(query),
            (Some(said), None, false) => {
                let said = said.to_str().map_err(|_| Refusal::Malformed)?;
                Self::in_headers(said, &request.headers)
            }
            (None, _, false) => Err(Refusal::Unsigned),
            // two signatures, and no way to tell which is meant
            _ => Err(Refusal::Malformed),
        }
    }

    /// The claim as an `Authorization` header has it, wherever it was.
    pub fn header(&self) -> String {
        let Self {
            access_key_id,
            signature,
            ..
        } = self;
        let (scope, names) = (self.scope(), self.signed_headers.join(";"));
        format!(
            "{ALGORITHM} Credential={access_key_id}/{scope}, SignedHeaders={names}, \
             Signature={signature}"
        )
    }

    fn in_headers(said: &str, headers: &HeaderMap) -> Result<Self, Refusal> {
        let fields = said.strip_prefix(ALGORITHM).ok_or(Refusal::Malformed)?;
        let field = |name: &str| {
            let mut fields = fields.split(',');
            fields.find_map(|field| field.trim().strip_prefix(name)?.strip_prefix('='))
        };
        let fields = Fields {
            credential: field("Credential"),
            signed_headers: field("SignedHeaders"),
            signature: field("Signature"),
            stamp: stamp(headers),
            token: text(headers, "x-amz-security-token"),
        };
        fields.claim(Place::Header)
    }

    fn in_address(query: &str) -> Result<Self, Refusal> {
        let all: HashMap<_, _> = form_urlencoded::parse(query.as_bytes()).collect();
        let field = |name: &str| all.get(name).map(AsRef::as_ref);
        if field("X-Amz-Algorithm") != Some(ALGORITHM) {
            return Err(Refusal::Malformed);
        }
        let lasts = field("X-Amz-Expires").and_then(|seconds| seconds.parse().ok());
        let lasts = lasts.filter(|seconds| (1..=LONGEST_LINK).contains(seconds));
        let lasts = Duration::from_secs(lasts.ok_or(Refusal::Malformed)?);
        let fields = Fields {
            credential: field("X-Amz-Credential"),
            signed_headers: field("X-Amz-SignedHeaders"),
            signature: field("X-Amz-Signature"),
            stamp: field("X-Amz-Date").map(str::to_owned),
            token: field("X-Amz-Security-Token").map(str::to_owned),
        };
        fields.claim(Place::Address { lasts })
    }
}

impl Claim {
    /// A link by version 2 is for S3, and does not say where.
    fn in_old_link(query: &str) -> Result<Self, Refusal> {
        let all: HashMap<_, _> = form_urlencoded::parse(query.as_bytes()).collect();
        let field = |name: &str| all.get(name).map(|value| value.clone().into_owned());
        let ends = field("Expires").and_then(|seconds| old::end(&seconds));
        let ends = ends.ok_or(Refusal::Malformed)?;
        Ok(Self {
            access_key_id: field("AWSAccessKeyId").ok_or(Refusal::Malformed)?,
            region: REGION.to_owned(),
            service: "s3".to_owned(),
            token: field("x-amz-security-token"),
            place: Place::OldLink { ends },
            time: ends,
            stamp: String::new(),
            day: "19700101".to_owned(),
            scoped_service: "s3".to_owned(),
            signed_headers: vec!["host".to_owned()],
            signature: field("Signature").ok_or(Refusal::Malformed)?,
        })
    }
}

/// The parts of a claim, wherever they were.
struct Fields<'a> {
    credential: Option<&'a str>,
    signed_headers: Option<&'a str>,
    signature: Option<&'a str>,
    stamp: Option<String>,
    token: Option<String>,
}

impl Fields<'_> {
    fn claim(self, place: Place) -> Result<Claim, Refusal> {
        self.read(place).ok_or(Refusal::Malformed)
    }

    fn read(self, place: Place) -> Option<Claim> {
        let scope: Vec<&str> = self.credential?.split('/').collect();
        let [key, day, region, service, "aws4_request"] = scope.as_slice() else {
            return None;
        };
        let is_word = |word: &str| {
            let is_letter = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
            (1..=64).contains(&word.len()) && word.bytes().all(is_letter)
        };
        // moto makes a host name of these two, and looks for its service by that
        if ![region, service].into_iter().all(|word| is_word(word)) {
            return None;
        }
        let names = self.signed_headers?.split(';').map(str::to_ascii_lowercase);
        let signed_headers: Vec<String> = names.collect();
        let stamp = self.stamp?;
        // a signature without the host could be sent to another service of the same account
        signed_headers.iter().find(|name| *name == "host")?;
        Some(Claim {
            access_key_id: (*key).to_owned(),
            region: (*region).to_owned(),
            service: service.to_ascii_lowercase(),
            token: self.token,
            place,
            time: moment(&stamp)?,
            stamp,
            day: (*day).to_owned(),
            scoped_service: (*service).to_owned(),
            signed_headers,
            signature: self.signature?.to_owned(),
        })
    }
}

fn text(headers: &HeaderMap, name: &str) -> Option<String> {
    Some(headers.get(name)?.to_str().ok()?.to_owned())
}

/// When a request was signed: `X-Amz-Date`, or else `Date`, in the form that is signed.
fn stamp(headers: &HeaderMap) -> Option<String> {
    if let Some(stamp) = text(headers, "x-amz-date") {
        return Some(stamp);
    }
    let date = text(headers, "date")?;
    if moment(&date).is_some() {
        return Some(date);
    }
    // RFC 9110, 5.6.7: `Sun, 06 Nov 1994 08:49:37 GMT`
    let time = jiff::fmt::rfc2822::parse(&date).ok()?;
    let time = time.with_time_zone(jiff::tz::TimeZone::UTC);
    Some(time.strftime("%Y%m%dT%H%M%SZ").to_string())
}

/// The time that is meant by, for example, `20261123T120000Z`.
fn moment(stamp: &str) -> Option<SystemTime> {
    let time = jiff::civil::DateTime::strptime("%Y%m%dT%H%M%SZ", stamp).ok()?;
    let time = time.to_zoned(jiff::tz::TimeZone::UTC).ok()?;
    Some(time.timestamp().into())
}
