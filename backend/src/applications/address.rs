//! The address of an application: another origin than the dashboard's, as its host differs.

/// How many accounts may have an application of the same name.
const HOSTS: u32 = 1000;
/// A label of a host name has at most 63 bytes (RFC 1035); some are left for a number.
const LONGEST_HOST_BYTES: usize = 56;

/// The hosts that an application may have, best first: `docker_tomcat` is `docker-tomcat`, or
/// `docker-tomcat-2` when that is another account's.
pub(super) fn hosts(name: &str) -> impl Iterator<Item = String> {
    let plain = |letter: char| match letter.to_ascii_lowercase() {
        letter @ ('a'..='z' | '0'..='9') => letter,
        _ => '-',
    };
    let slug: String = name.chars().map(plain).take(LONGEST_HOST_BYTES).collect();
    let slug = match slug.trim_matches('-') {
        "" => "app".to_owned(),
        slug => slug.to_owned(),
    };
    (1..=HOSTS).map(move |number| match number {
        1 => slug.clone(),
        number => format!("{slug}-{number}"),
    })
}

#[cfg(test)]
mod tests {
    use super::hosts;

    #[test]
    fn a_name_becomes_a_label_of_a_host() {
        assert_eq!(hosts("docker_tomcat").next().unwrap(), "docker-tomcat");
        assert_eq!(hosts("Été 2026!").nth(1).unwrap(), "t--2026-2");
        assert_eq!(hosts("___").next().unwrap(), "app");
        assert!(hosts(&"x".repeat(200)).last().unwrap().len() <= 63);
    }
}
