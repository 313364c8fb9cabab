//! What a request to one of AWS's query APIs asks for.

use std::{borrow::Cow, collections::HashMap};

/// Reads the parameters, which may be in the address as well as in the body.
pub(crate) fn read(query: Option<&str>, body: &[u8]) -> HashMap<String, String> {
    both(query, body)
        .map(|(name, value)| (name.into_owned(), value.into_owned()))
        .collect()
}

/// How often a parameter is there.
pub(crate) fn count(query: Option<&str>, body: &[u8], wanted: &str) -> usize {
    both(query, body).filter(|(name, _)| name == wanted).count()
}

fn both<'a>(
    query: Option<&'a str>,
    body: &'a [u8],
) -> impl Iterator<Item = (Cow<'a, str>, Cow<'a, str>)> {
    let query = query.unwrap_or_default().as_bytes();
    form_urlencoded::parse(query).chain(form_urlencoded::parse(body))
}

#[cfg(test)]
mod tests {
    use super::{count, read};

    #[test]
    fn a_launch_is_seen_in_the_address_as_well_as_in_the_body() {
        let in_address = read(Some("Action=RunInstances&MaxCount=21"), b"");
        let in_body = read(None, b"Action=RunInstances&MaxCount=21");
        assert_eq!(in_address, in_body);
        assert_eq!(in_address["Action"], "RunInstances");
        assert_eq!(count(Some("Action=A"), b"%41ction=B&B=C", "Action"), 2);
    }
}
