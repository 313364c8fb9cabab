//! How somebody signs in to a new machine: looked at, and never kept.

use roxmltree::Node;

use super::{Fault, tree};

/// Looks at the passwords of new machines while they are there.
///
/// The lengths are those of
/// [Create Virtual Machine Deployment](https://learn.microsoft.com/en-us/previous-versions/azure/reference/jj157194(v=azure.100)).
pub(crate) fn check_sign_in(body: &str) -> Result<(), Fault> {
    let document = tree::document(body)?;
    let sets = document
        .descendants()
        .filter(|node| node.tag_name().name() == "ConfigurationSet");
    for set in sets {
        let (password, lengths) = match text(set, "ConfigurationSetType") {
            "WindowsProvisioningConfiguration" => ("AdminPassword", 8..=123),
            "LinuxProvisioningConfiguration"
                if text(set, "DisableSshPasswordAuthentication") == "true" =>
            {
                continue;
            }
            "LinuxProvisioningConfiguration" => ("UserPassword", 6..=72),
            _ => continue,
        };
        if !lengths.contains(&text(set, password).chars().count()) {
            let why = format!("{password} is missing, or not as long as it must be.");
            return Err(Fault::BadRequest(why));
        }
    }
    Ok(())
}

fn text<'a>(node: Node<'a, '_>, name: &str) -> &'a str {
    let mut children = node.children();
    let child = children.find(|child| child.tag_name().name() == name);
    child
        .and_then(|child| child.text())
        .unwrap_or_default()
        .trim()
}

#[cfg(test)]
mod tests {
    use super::check_sign_in;

    fn checked(set: &str) -> String {
        let body = format!("<Role><ConfigurationSet>{set}</ConfigurationSet></Role>");
        match check_sign_in(&body) {
            Ok(()) => "right".to_owned(),
            Err(fault) => format!("{fault:?}"),
        }
    }

    fn set(system: &str, rest: &str) -> String {
        let kind = format!("{system}ProvisioningConfiguration");
        format!("<ConfigurationSetType>{kind}</ConfigurationSetType>{rest}")
    }

    #[test]
    fn a_password_that_is_missing_or_short_is_refused_without_saying_it() {
        let long = "x".repeat(200);
        for (system, name, password) in [
            ("Windows", "AdminPassword", ""),
            ("Windows", "AdminPassword", "Hidden1"),
            ("Windows", "AdminPassword", &long),
            ("Linux", "UserPassword", "Hide"),
            ("Linux", "AdminPassword", "Long-enough-1"),
        ] {
            let said = checked(&set(system, &format!("<{name}>{password}</{name}>")));
            assert!(
                said.contains("Password is missing, or not as long"),
                "{said}"
            );
            assert!(password.is_empty() || !said.contains(password), "{said}");
        }
    }

    #[test]
    fn a_password_of_the_right_length_or_keys_alone_will_do() {
        let password = "<AdminPassword>Long-enough-1</AdminPassword>";
        assert_eq!(checked(&set("Windows", password)), "right");
        let password = "<UserPassword>Enough</UserPassword>";
        assert_eq!(checked(&set("Linux", password)), "right");
        let keys = "<DisableSshPasswordAuthentication>true</DisableSshPasswordAuthentication>";
        assert_eq!(checked(&set("Linux", keys)), "right");
        assert_eq!(
            checked("<ConfigurationSetType>NetworkConfiguration</ConfigurationSetType>"),
            "right"
        );
    }
}
