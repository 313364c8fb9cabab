//! What moto's books and answers say: pure readings of its JSON and of AWS's XML.

mod instance;
mod picture;

pub(crate) use instance::*;
pub(crate) use picture::*;

use roxmltree::{Document, Node};

/// The ids of the instances that an answer to `DescribeInstanceHealth` lists.
pub(crate) fn health_of(xml: &str) -> Result<Vec<String>, roxmltree::Error> {
    let document = Document::parse(xml)?;
    let ids = document
        .descendants()
        .filter(|node| node.has_tag_name_any("InstanceId"));
    Ok(ids
        .filter_map(|node| node.text().map(str::to_owned))
        .collect())
}

/// A target that an answer to `DescribeTargetHealth` lists.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Described {
    /// As it was registered: an instance's id, or an address.
    pub id: String,
    /// The port that requests go to.
    pub port: u16,
    /// The port that is asked.
    pub health_port: String,
}

/// The targets that an answer to `DescribeTargetHealth` lists.
pub(crate) fn targets_of(xml: &str) -> Result<Vec<Described>, roxmltree::Error> {
    let document = Document::parse(xml)?;
    let all = document.descendants();
    let lists = all.filter(|node| node.has_tag_name_any("TargetHealthDescriptions"));
    let members = lists.flat_map(|list| list.children());
    let described = members.filter_map(|member| {
        let target = child(member, "Target")?;
        let port: u16 = text(target, "Port")?.parse().ok()?;
        let asked = text(member, "HealthCheckPort").filter(|text| text != "traffic-port");
        Some(Described {
            id: text(target, "Id")?,
            port,
            health_port: asked.unwrap_or_else(|| port.to_string()),
        })
    });
    Ok(described.collect())
}

/// moto says `us-east-1` in every load balancer's name, whatever the region.
pub(crate) fn in_region(text: &str, region: &str) -> String {
    text.replace(
        ".us-east-1.elb.amazonaws.com",
        &format!(".{region}.elb.amazonaws.com"),
    )
}

fn child<'a, 'input>(node: Node<'a, 'input>, name: &str) -> Option<Node<'a, 'input>> {
    node.children().find(|node| node.has_tag_name_any(name))
}

fn text(node: Node<'_, '_>, name: &str) -> Option<String> {
    child(node, name)?.text().map(|text| text.trim().to_owned())
}

/// AWS's answers are all in one namespace, which differs by service and version.
trait AnyNamespace {
    fn has_tag_name_any(&self, name: &str) -> bool;
}

impl AnyNamespace for Node<'_, '_> {
    fn has_tag_name_any(&self, name: &str) -> bool {
        self.tag_name().name() == name
    }
}

/// An instance with everything, as it is written down, for tests.
#[cfg(test)]
pub(crate) fn example() -> BookedInstance {
    serde_json::from_str(include_str!("instance.json")).unwrap()
}

#[cfg(test)]
mod tests {
    use super::{BookedState, example};

    #[test]
    fn an_instance_is_read_with_what_it_should_be_and_where_it_is_reached() {
        assert_eq!(
            BookedState::from("pending".to_owned()),
            BookedState::Running
        );
        assert_eq!(
            BookedState::from("stopping".to_owned()),
            BookedState::Stopped
        );
        let gone = BookedState::from("shutting-down".to_owned());
        assert_eq!(gone, BookedState::Terminated);
        assert!(example().has([54, 214, 141, 26].into()));
        assert!(example().has([10, 91, 244, 136].into()));
        assert!(!example().has([10, 91, 244, 137].into()));
    }
}
