//! Under which name a version serves.

/// A command that prints one host name, and nothing else, says where the version serves.
pub fn of(stdout: &str) -> Option<&str> {
    let text = stdout.trim();
    let is_label = |label: &str| {
        let inside = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
        !label.is_empty() && label.len() <= 63 && label.bytes().all(inside)
    };
    let labels: Vec<&str> = text.split('.').collect();
    let last_is_a_word = labels
        .last()
        .is_some_and(|last| last.bytes().all(|byte| byte.is_ascii_alphabetic()));
    let is_name = labels.len() > 2 && last_is_a_word && labels.into_iter().all(is_label);
    (is_name && text.len() <= 253).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::of;

    #[test]
    fn a_host_name_alone_is_an_endpoint() {
        let name = "docker-tomcat-7-jre8.ap-southeast-2.elb.amazonaws.com";
        assert_eq!(of(&format!("{name}\n")), Some(name));
        for other in [
            "",
            "i-0abc",
            "10.0.0.1",
            "{\"a\": 1}",
            "two.host.names and.more.words",
        ] {
            assert_eq!(of(other), None, "{other}");
        }
    }
}
