//! What a request to one of AWS's query APIs asks for.

use std::{borrow::Cow, collections::HashMap};

/// Reads the parameters, which may be in the address as well as in the body.
pub(crate) fn read(query: Option<&str>, body: &[u8]) -> HashMap<String, String> {
    both(query, body)
        .map(|(name, value)| (name.into_owned(), value.into_owned()))
        .collect()
}

/// The values of a filter of EC2's: `Filter.1.Name` has those at `Filter.1.Value.1` and so on.
pub(crate) fn filter<'a>(form: &'a HashMap<String, String>, name: &str) -> Vec<&'a str> {
    let named = form.iter().filter(|(_, said)| *said == name);
    let keys = named.filter_map(|(key, _)| key.strip_prefix("Filter.")?.strip_suffix(".Name"));
    let beginnings: Vec<String> = keys
        .map(|number| format!("Filter.{number}.Value."))
        .collect();
    let is_value = |key: &str| {
        beginnings
            .iter()
            .any(|beginning| key.starts_with(beginning))
    };
    let values = form.iter().filter(|(key, _)| is_value(key));
    values.map(|(_, value)| value.as_str()).collect()
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
    use super::{count, filter, read};

    #[test]
    fn a_filter_is_read_with_its_own_values() {
        let body = b"Filter.1.Name=a&Filter.1.Value.1=x&Filter.2.Name=b&Filter.2.Value.1=y\
                     &Filter.2.Value.2=z";
        let form = read(None, body);
        assert_eq!(filter(&form, "a"), ["x"]);
        assert_eq!(filter(&form, "b").len(), 2);
        assert!(filter(&form, "c").is_empty());
    }

    #[test]
    fn a_launch_is_seen_in_the_address_as_well_as_in_the_body() {
        let in_address = read(Some("Action=RunInstances&MaxCount=21"), b"");
        let in_body = read(None, b"Action=RunInstances&MaxCount=21");
        assert_eq!(in_address, in_body);
        assert_eq!(in_address["Action"], "RunInstances");
        assert_eq!(count(Some("Action=A"), b"%41ction=B&B=C", "Action"), 2);
    }
}
