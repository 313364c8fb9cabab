//! What `DescribeInstanceStatus` says, by what came of the instances' boots.

use jiff::Timestamp;
use roxmltree::{Document, Node};

use crate::vitals::Check;

/// moto's answer with the checks of the instances that run; it says of all of them that they are
/// well. With `wanted`, the values of a filter by `instance-status.status`, which moto does not
/// know, the others are left out.
pub(crate) fn mended(
    xml: &str,
    wanted: &[&str],
    check: impl Fn(&str) -> Check,
) -> Result<String, roxmltree::Error> {
    let document = Document::parse(xml)?;
    let (mut mended, mut copied) = (String::with_capacity(xml.len()), 0);
    for item in document.descendants().filter(is_item) {
        let (range, text, status) = status_of(item, xml, &check);
        let is_wanted = wanted.is_empty() || wanted.contains(&status);
        let (range, text) = if is_wanted {
            (range, text)
        } else {
            (item.range(), String::new())
        };
        mended.push_str(&xml[copied..range.start]);
        mended.push_str(&text);
        copied = range.end;
    }
    mended.push_str(&xml[copied..]);
    Ok(mended)
}

fn is_item(node: &Node<'_, '_>) -> bool {
    let parent = node.parent();
    let is_listed = parent.is_some_and(|set| set.tag_name().name() == "instanceStatusSet");
    is_listed && node.is_element()
}

fn child<'a, 'input>(node: Node<'a, 'input>, name: &str) -> Option<Node<'a, 'input>> {
    node.children().find(|node| node.tag_name().name() == name)
}

/// Where the status of an instance stands, its new text, and the status in a word.
fn status_of<'a>(
    item: Node<'a, '_>,
    xml: &str,
    check: &impl Fn(&str) -> Check,
) -> (std::ops::Range<usize>, String, &'a str) {
    let text = |of: Option<Node<'a, '_>>| of.and_then(|node| node.text()).unwrap_or_default();
    let state = text(child(item, "instanceState").and_then(|state| child(state, "name")));
    let status = child(item, "instanceStatus");
    let range = status.map_or(item.range().end..item.range().end, |node| node.range());
    if state != "running" {
        let word = text(status.and_then(|status| child(status, "status")));
        return (range.clone(), xml[range].to_owned(), word);
    }
    let check = check(text(child(item, "instanceId")));
    let (word, reachability) = words(check);
    (
        range,
        format!(
            "<instanceStatus><details><item><name>reachability</name>\
         <status>{reachability}</status>{}</item></details><status>{word}</status></instanceStatus>",
            since(check)
        ),
        word,
    )
}

/// The status, and that of its only check.
fn words(check: Check) -> (&'static str, &'static str) {
    match check {
        Check::Passed => ("ok", "passed"),
        Check::Initializing => ("initializing", "initializing"),
        Check::Failed(_) => ("impaired", "failed"),
    }
}

fn since(check: Check) -> String {
    let Check::Failed(at) = check else {
        return String::new();
    };
    let at = Timestamp::try_from(at); // which fails in the year 10000
    at.map_or_else(
        |_| String::new(),
        |at| format!("<impairedSince>{at:.3}</impairedSince>"),
    )
}

#[cfg(test)]
mod tests {
    use std::time::SystemTime;

    use super::mended;
    use crate::vitals::Check;

    /// As moto answers.
    fn answer() -> String {
        let item = |id: &str, state: &str, status: &str| {
            format!(
                "<item><availabilityZone>a</availabilityZone><instanceId>{id}</instanceId>\
                 <instanceState><code>16</code><name>{state}</name></instanceState>\
                 <instanceStatus>{status}</instanceStatus><systemStatus><details><item>\
                 <name>reachability</name><status>passed</status></item></details>\
                 <status>ok</status></systemStatus></item>"
            )
        };
        let ok = "<details><item><name>reachability</name><status>passed</status></item>\
                  </details><status>ok</status>";
        format!(
            "<?xml version=\"1.0\"?><R xmlns=\"http://ec2.amazonaws.com/doc/2016-11-15\">\
             <instanceStatusSet>{}{}{}{}</instanceStatusSet><requestId>x</requestId></R>",
            item("i-well", "running", ok),
            item("i-ill", "running", ok),
            item("i-young", "running", ok),
            item("i-off", "stopped", "<status>not-applicable</status>"),
        )
    }

    fn check(id: &str) -> Check {
        match id {
            "i-well" => Check::Passed,
            "i-ill" => Check::Failed(SystemTime::UNIX_EPOCH),
            _ => Check::Initializing,
        }
    }

    #[test]
    fn each_instance_that_runs_has_its_own_status() {
        let mended = mended(&answer(), &[], check).unwrap();
        let ill = "<instanceStatus><details><item><name>reachability</name><status>failed</status>\
            <impairedSince>1970-01-01T00:00:00.000Z</impairedSince></item></details>\
            <status>impaired</status></instanceStatus>";
        assert!(mended.contains(ill), "{mended}");
        assert_eq!(mended.matches("<status>initializing</status>").count(), 2);
        assert_eq!(mended.matches("<systemStatus>").count(), 4);
        let same = |id: &str| {
            let item = |xml: &str| {
                xml.split(&format!("<instanceId>{id}<"))
                    .nth(1)
                    .unwrap()
                    .to_owned()
            };
            let end = |item: String| item.split("<systemStatus>").next().unwrap().to_owned();
            assert_eq!(end(item(&mended)), end(item(&answer())));
        };
        same("i-well");
        same("i-off");
    }

    #[test]
    fn a_filter_by_status_leaves_the_others_out() {
        let ids = |wanted: &[&str]| {
            let xml = mended(&answer(), wanted, check).unwrap();
            let found = xml.match_indices("<instanceId>");
            let found = found.map(|(at, tag)| xml[at + tag.len()..].split('<').next().unwrap());
            found.map(str::to_owned).collect::<Vec<_>>()
        };
        assert_eq!(ids(&["ok"]), ["i-well"]);
        assert_eq!(ids(&["impaired", "not-applicable"]), ["i-ill", "i-off"]);
    }
}
