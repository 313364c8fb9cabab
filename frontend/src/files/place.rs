//! Where something is in the home: as shells say it, and as the server wants it.

/// The path from the home on of what a shell calls so; none if that is not in the home.
pub fn in_home(home: &str, shell_path: &str) -> Option<String> {
    let rest = shell_path.strip_prefix(home)?;
    if !rest.is_empty() && !rest.starts_with('/') {
        return None;
    }
    let names: Vec<&str> = rest.split('/').filter(|name| !name.is_empty()).collect();
    let is_plain = |name: &&str| !matches!(*name, "." | "..") && !name.contains(char::is_control);
    names.iter().all(is_plain).then(|| names.join("/"))
}

/// What is called so in a folder of the home.
pub fn join(folder: &str, name: &str) -> String {
    match folder.is_empty() {
        true => name.to_owned(),
        false => format!("{folder}/{name}"),
    }
}

/// The folder that something is in, and its name.
pub fn split(path: &str) -> (&str, &str) {
    path.rsplit_once('/').unwrap_or(("", path))
}

/// A path of the home, as people read it.
pub fn shown(path: &str) -> String {
    match path.is_empty() {
        true => "~".to_owned(),
        false => format!("~/{path}"),
    }
}

/// The folders from the home to a path: the name and the path of each.
pub fn way(path: &str) -> Vec<(String, String)> {
    let mut way = vec![("Home".to_owned(), String::new())];
    for name in path.split('/').filter(|name| !name.is_empty()) {
        let above = way.last().map_or("", |(_, path)| path);
        way.push((name.to_owned(), join(above, name)));
    }
    way
}

#[cfg(test)]
mod tests {
    use super::{in_home, join, shown, split, way};

    #[test]
    fn only_what_is_in_the_home_has_a_path_there() {
        let of = |path| in_home("/home/user", path);
        assert_eq!(of("/home/user"), Some(String::new()));
        assert_eq!(of("/home/user/"), Some(String::new()));
        assert_eq!(of("/home/user/a//b/"), Some("a/b".into()));
        for elsewhere in [
            "/",
            "/tmp",
            "/home/user2",
            "/home/user/../x",
            "a",
            "/home/user/a\u{7}",
        ] {
            assert_eq!(of(elsewhere), None, "{elsewhere}");
        }
    }

    #[test]
    fn paths_are_put_together_and_taken_apart() {
        assert_eq!(join("", "a"), "a");
        assert_eq!(join("a/b", "c"), "a/b/c");
        assert_eq!(split("a/b/c"), ("a/b", "c"));
        assert_eq!(split("a"), ("", "a"));
        assert_eq!((shown(""), shown("a")), ("~".into(), "~/a".into()));
        let names: Vec<_> = way("a/b").into_iter().map(|(_, path)| path).collect();
        assert_eq!(names, ["", "a", "a/b"]);
    }
}
