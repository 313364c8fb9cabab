//! The text of a request that is signed: the same however it was spelled on its way.

use http::{HeaderMap, request::Parts};

use super::claim::Claim;

/// The canonical request; `payload` stands for the body.
pub(super) fn request(claim: &Claim, request: &Parts, payload: &str) -> String {
    let headers = claim.signed_headers.iter();
    let headers: String = headers
        .map(|name| format!("{name}:{}\n", header(request, name)))
        .collect();
    format!(
        "{}\n{}\n{}\n{headers}\n{}\n{payload}",
        request.method,
        path(&claim.service, request.uri.path()),
        query(request.uri.query().unwrap_or_default()),
        claim.signed_headers.join(";"),
    )
}

/// All values of a header, with single spaces.
fn header(request: &Parts, name: &str) -> String {
    // HTTP/2 has the host elsewhere
    if name == "host" && !request.headers.contains_key(name) {
        let authority = request.uri.authority();
        return authority.map_or(String::new(), ToString::to_string);
    }
    values(&request.headers, name)
}

fn values(headers: &HeaderMap, name: &str) -> String {
    let values = headers.get_all(name).iter();
    let values = values.map(|value| {
        let text = String::from_utf8_lossy(value.as_bytes());
        text.split_ascii_whitespace().collect::<Vec<_>>().join(" ")
    });
    values.collect::<Vec<_>>().join(",")
}

/// The path: S3's as it is, every other's in its shortest form and encoded once more.
fn path(service: &str, path: &str) -> String {
    if service == "s3" {
        return path.to_owned();
    }
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    let is_folder = path.ends_with('/') && !parts.is_empty();
    let parts: Vec<String> = parts.into_iter().map(encode).collect();
    format!("/{}{}", parts.join("/"), if is_folder { "/" } else { "" })
}

/// The parameters in order, without the signature itself.
fn query(query: &str) -> String {
    let pairs = form_urlencoded::parse(query.as_bytes());
    let pairs = pairs.filter(|(name, _)| name != "X-Amz-Signature");
    let mut pairs: Vec<(String, String)> = pairs
        .map(|(name, value)| (encode(&name), encode(&value)))
        .collect();
    pairs.sort();
    let pairs = pairs.iter().map(|(name, value)| format!("{name}={value}"));
    pairs.collect::<Vec<_>>().join("&")
}

/// Encodes all but RFC 3986's unreserved characters.
fn encode(text: &str) -> String {
    let byte = |byte: u8| {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            char::from(byte).to_string()
        } else {
            format!("%{byte:02X}")
        }
    };
    text.bytes().map(byte).collect()
}

#[cfg(test)]
mod tests {
    use super::{path, query};

    #[test]
    fn a_path_is_in_its_shortest_form_but_a_key_of_s3_as_it_is() {
        for (sent, signed) in [
            ("/", "/"),
            ("//a/./b/../c//", "/a/c/"),
            ("/a%20b", "/a%2520b"),
            ("/..", "/"),
        ] {
            assert_eq!(path("iam", sent), signed);
            assert_eq!(path("s3", sent), sent);
        }
    }

    #[test]
    fn parameters_are_in_order_and_encoded_alike() {
        assert_eq!(query("b=2&a=%7e+&a&X-Amz-Signature=x"), "a=&a=~%20&b=2");
    }
}
