//! What a request to one of AWS's query APIs asks for.

use std::collections::HashMap;

/// Reads the parameters, which may be in the address as well as in the body.
pub(crate) fn read(query: Option<&str>, body: &[u8]) -> HashMap<String, String> {
    let query = query.unwrap_or_default().as_bytes();
    let both = form_urlencoded::parse(query).chain(form_urlencoded::parse(body));
    both.map(|(name, value)| (name.into_owned(), value.into_owned()))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::read;

    #[test]
    fn a_launch_is_seen_in_the_address_as_well_as_in_the_body() {
        let in_address = read(Some("Action=RunInstances&MaxCount=21"), b"");
        let in_body = read(None, b"Action=RunInstances&MaxCount=21");
        assert_eq!(in_address, in_body);
        assert_eq!(in_address["Action"], "RunInstances");
    }
}
