//! Everything that can be asked for, as a tree of folders and texts.

use bytes::Bytes;

use super::{Facts, document, network};

/// The versions that AWS lists; all of them hold the same here.
const VERSIONS: [&str; 28] = [
    "1.0",
    "2007-01-19",
    "2007-03-01",
    "2007-08-29",
    "2007-10-10",
    "2007-12-15",
    "2008-02-01",
    "2008-09-01",
    "2009-04-04",
    "2011-01-01",
    "2011-05-01",
    "2012-01-12",
    "2014-02-25",
    "2014-11-05",
    "2015-10-20",
    "2016-04-19",
    "2016-06-30",
    "2016-09-02",
    "2018-03-28",
    "2018-08-17",
    "2018-09-24",
    "2019-10-01",
    "2020-10-27",
    "2021-01-03",
    "2021-03-23",
    "2021-07-15",
    "2022-09-24",
    "latest",
];

/// A folder or what is in one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Entry {
    /// What is in it, by name, in its order.
    Folder(Vec<Child>),
    /// A text.
    Text(String),
    /// What may not be text.
    Bytes(Bytes),
}

/// What is in a folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Child {
    /// What it is asked for by.
    name: String,
    /// How the folder lists it.
    shown: String,
    entry: Entry,
}

impl Entry {
    fn find(&self, path: &[String]) -> Option<&Self> {
        let Some((first, rest)) = path.split_first() else {
            return Some(self);
        };
        let Self::Folder(children) = self else {
            return None;
        };
        let child = children.iter().find(|child| child.name == *first)?;
        child.entry.find(rest)
    }

    /// The names of what is in a folder, with a slash after those of folders.
    pub fn listing(&self) -> String {
        let Self::Folder(children) = self else {
            return String::new();
        };
        let shown: Vec<&str> = children.iter().map(|child| child.shown.as_str()).collect();
        shown.join("\n")
    }
}

/// A folder.
pub(super) fn folder(name: impl Into<String>, children: Vec<Child>) -> Child {
    let name = name.into();
    let shown = format!("{name}/");
    let entry = Entry::Folder(children);
    Child { name, shown, entry }
}

/// A text.
pub(super) fn leaf(name: impl Into<String>, text: impl Into<String>) -> Child {
    let (name, entry) = (name.into(), Entry::Text(text.into()));
    let shown = name.clone();
    Child { name, shown, entry }
}

/// A text that the instance may not have.
pub(super) fn may_have(name: &str, text: Option<&String>) -> Option<Child> {
    text.map(|text| leaf(name, text))
}

/// What a path leads to, of which the first part is a version.
pub(super) fn find(path: &[String], facts: &Facts) -> Option<Entry> {
    let Some((version, rest)) = path.split_first() else {
        let versions = VERSIONS.map(|version| leaf(version, ""));
        return Some(Entry::Folder(versions.to_vec()));
    };
    let is_known = VERSIONS.contains(&version.as_str());
    let root = is_known.then(|| Entry::Folder(version_of(facts)))?;
    root.find(rest).cloned()
}

fn version_of(facts: &Facts) -> Vec<Child> {
    let identity = folder(
        "instance-identity",
        vec![leaf("document", document::identity(facts))],
    );
    let mut children = vec![
        listed_plainly(folder("dynamic", vec![identity])),
        listed_plainly(folder("meta-data", meta_data(facts))),
    ];
    children.extend(facts.user_data.clone().map(|bytes| Child {
        name: "user-data".to_owned(),
        shown: "user-data".to_owned(),
        entry: Entry::Bytes(bytes),
    }));
    children
}

/// The uppermost folders are listed without a slash.
fn listed_plainly(mut child: Child) -> Child {
    child.shown.clone_from(&child.name);
    child
}

fn meta_data(facts: &Facts) -> Vec<Child> {
    let (instance, details) = (&facts.instance, &facts.instance.details);
    let mac = details.interfaces.first().map(|first| &first.mac);
    let lifecycle = details.lifecycle.as_deref().unwrap_or("on-demand");
    let children = [
        Some(leaf("ami-id", &details.image)),
        Some(leaf("ami-launch-index", &details.launch_index)),
        Some(leaf("ami-manifest-path", "(unknown)")),
        Some(folder("block-device-mapping", devices(facts))),
        Some(leaf("hostname", &details.private_name)),
        profile(facts),
        Some(leaf("instance-action", "none")),
        Some(leaf("instance-id", &instance.id)),
        Some(leaf("instance-life-cycle", lifecycle)),
        Some(leaf("instance-type", &details.instance_type)),
        Some(leaf("local-hostname", &details.private_name)),
        Some(leaf("local-ipv4", &instance.private_address)),
        may_have("mac", mac),
        Some(network::folder_of(facts)),
        Some(folder("placement", placement(facts))),
        Some(leaf("profile", "default-hvm")),
        may_have("public-hostname", details.public_name.as_ref()),
        may_have("public-ipv4", details.public_address.as_ref()),
        public_keys(facts),
        Some(leaf("reservation-id", &details.reservation)),
        Some(leaf("security-groups", names(&details.groups))),
        Some(folder("services", services(&facts.instance.region))),
        tags(facts),
    ];
    children.into_iter().flatten().collect()
}

/// The root twice, as `ami` and `root`, and each further volume as `ebs1`, `ebs2`…
fn devices(facts: &Facts) -> Vec<Child> {
    let details = &facts.instance.details;
    let root = &details.root_device;
    let further = details.devices.iter().filter(|device| *device != root);
    let named = further.enumerate().map(|(index, device)| {
        let short = device.strip_prefix("/dev/").unwrap_or(device);
        leaf(format!("ebs{}", index + 1), short)
    });
    let mut children = vec![leaf("ami", root)];
    children.extend(named);
    children.push(leaf("root", root));
    children
}

/// The profile, without its role's credentials.
fn profile(facts: &Facts) -> Option<Child> {
    let profile = facts.instance.details.profile.as_ref()?;
    let info = serde_json::json!({
        "Code": "Success",
        "LastUpdated": facts.instance.details.launched_at,
        "InstanceProfileArn": profile.arn,
        "InstanceProfileId": profile.id,
    });
    Some(folder("iam", vec![leaf("info", format!("{info:#}"))]))
}

fn placement(facts: &Facts) -> Vec<Child> {
    let zone = leaf("availability-zone", &facts.instance.details.zone);
    let zone_id = may_have(
        "availability-zone-id",
        facts.instance.details.zone_id.as_ref(),
    );
    let region = leaf("region", &facts.instance.region);
    [Some(zone), zone_id, Some(region)]
        .into_iter()
        .flatten()
        .collect()
}

/// The only key is number 0, and listed with its name.
fn public_keys(facts: &Facts) -> Option<Child> {
    let (name, key) = facts
        .instance
        .details
        .key_name
        .as_ref()
        .zip(facts.instance.details.public_key.as_ref())?;
    let mut only = folder("0", vec![leaf("openssh-key", key)]);
    only.shown = format!("0={name}");
    Some(folder("public-keys", vec![only]))
}

fn services(region: &str) -> Vec<Child> {
    let (domain, partition) = match region {
        china if china.starts_with("cn-") => ("amazonaws.com.cn", "aws-cn"),
        gov if gov.starts_with("us-gov-") => ("amazonaws.com", "aws-us-gov"),
        _ => ("amazonaws.com", "aws"),
    };
    vec![leaf("domain", domain), leaf("partition", partition)]
}

/// The tags, if it may know them; AWS takes such keys only then.
fn tags(facts: &Facts) -> Option<Child> {
    let details = &facts.instance.details;
    let may_be = |byte: u8| byte.is_ascii_alphanumeric() || b"+-=.,_:@".contains(&byte);
    let can_be_asked =
        |key: &str| !matches!(key, "" | "." | ".." | "_index") && key.bytes().all(may_be);
    let asked = details.tags.iter().filter(|(key, _)| can_be_asked(key));
    let tags = asked.map(|(key, value)| leaf(key, value)).collect();
    let has_tags = details.metadata.has_tags && !details.tags.is_empty();
    has_tags.then(|| folder("tags", vec![folder("instance", tags)]))
}

/// The names of groups, one a line.
pub(super) fn names(groups: &[(String, String)]) -> String {
    let names: Vec<&str> = groups.iter().map(|(_, name)| name.as_str()).collect();
    names.join("\n")
}
