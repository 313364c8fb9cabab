//! Images of operating systems, and extensions, by the steps that lead to them.

use serde_json::{Value, json};

use crate::azure::catalogue::{EXTENSIONS, System};

/// The version of every image.
const IMAGE_VERSION: &str = "1.0.0";

/// An image by its alias, publisher, offer and SKU.
pub(crate) struct Image {
    alias: &'static str,
    publisher: &'static str,
    offer: &'static str,
    sku: &'static str,
    /// Its operating system.
    pub system: System,
    /// The size of its disk, in GB.
    pub disk_gb: u32,
}

const fn linux(
    alias: &'static str,
    publisher: &'static str,
    offer: &'static str,
    sku: &'static str,
) -> Image {
    Image {
        alias,
        publisher,
        offer,
        sku,
        system: System::Linux,
        disk_gb: 30,
    }
}

const fn windows(alias: &'static str, sku: &'static str) -> Image {
    Image {
        alias,
        publisher: "MicrosoftWindowsServer",
        offer: "WindowsServer",
        sku,
        system: System::Windows,
        disk_gb: 127,
    }
}

/// Those that az knows by an alias, and what quickstarts name.
const IMAGES: [Image; 10] = [
    linux(
        "Ubuntu2204",
        "Canonical",
        "0001-com-ubuntu-server-jammy",
        "22_04-lts-gen2",
    ),
    linux("Ubuntu2404", "Canonical", "ubuntu-24_04-lts", "server"),
    linux("Debian11", "Debian", "debian-11", "11-backports-gen2"),
    linux("Debian12", "Debian", "debian-12", "12-gen2"),
    windows("Win2022Datacenter", "2022-datacenter-g2"),
    windows("Win2022DatacenterGen1", "2022-datacenter"),
    windows(
        "Win2022AzureEditionCore",
        "2022-datacenter-azure-edition-core",
    ),
    windows("Win2019Datacenter", "2019-datacenter-gensecond"),
    windows("Win2016Datacenter", "2016-datacenter-gensecond"),
    windows("Win2012R2Datacenter", "2012-R2-Datacenter"),
];

/// An image that somebody names by publisher, offer, SKU and version.
pub(crate) fn image(
    publisher: &str,
    offer: &str,
    sku: &str,
    version: &str,
) -> Option<&'static Image> {
    let is_meant = |image: &&Image| {
        image.publisher.eq_ignore_ascii_case(publisher)
            && image.offer.eq_ignore_ascii_case(offer)
            && image.sku.eq_ignore_ascii_case(sku)
    };
    let is_there = ["latest", IMAGE_VERSION].contains(&version);
    IMAGES.iter().find(is_meant).filter(|_| is_there)
}

impl Image {
    /// One version of it, or, in a list, all of them.
    pub fn show(&self, path: &str, location: &str) -> Value {
        json!({
            "id": path,
            "name": IMAGE_VERSION,
            "location": location,
            "properties": {
                "osDiskImage": {"operatingSystem": self.system.name(), "sizeInGb": self.disk_gb},
                "dataDiskImages": [],
                "hyperVGeneration": "V2",
                "architecture": "x64",
            },
        })
    }
}

/// The document by which az reads names like `Ubuntu2204`.
pub(crate) fn aliases() -> Value {
    let of = |system: System| {
        let images = IMAGES.iter().filter(move |image| image.system == system);
        let shown = images.map(|image| {
            let shown = json!({
                "publisher": image.publisher,
                "offer": image.offer,
                "sku": image.sku,
                "version": "latest",
                "architecture": "x64",
            });
            (image.alias.to_owned(), shown)
        });
        Value::Object(shown.collect())
    };
    let value = json!({"Linux": of(System::Linux), "Windows": of(System::Windows)});
    json!({"outputs": {"aliases": {"type": "object", "value": value}}})
}

/// What a step of a walk through images or extensions has below it.
///
/// The steps are `publishers`, a publisher, `artifacttypes`, `vmimage` or `vmextension`, and so on;
/// none when there is no such step.
pub(crate) fn walk(path: &str, location: &str, steps: &[&str]) -> Option<Value> {
    let named = |names: Vec<&str>| {
        let shown = names.iter().map(
            |name| json!({"id": format!("{path}/{name}"), "name": name, "location": location}),
        );
        Some(Value::Array(shown.collect()))
    };
    let steps: Vec<String> = steps.iter().map(|step| step.to_ascii_lowercase()).collect();
    let steps: Vec<&str> = steps.iter().map(String::as_str).collect();
    let is = |name: &str, wanted: &str| name.eq_ignore_ascii_case(wanted);
    let extensions = |publisher: &str| {
        let all = extensions().filter(|(own, _, _)| is(own, publisher));
        all.map(|(_, name, version)| (name, version))
            .collect::<Vec<_>>()
    };
    match steps.as_slice() {
        [] => {
            let images = IMAGES.iter().map(|image| image.publisher);
            named(once_each(images.chain(extensions_publishers())))
        }
        [publisher, "artifacttypes", "vmimage", "offers"] => {
            let images = IMAGES.iter().filter(|image| is(image.publisher, publisher));
            named(once_each(images.map(|image| image.offer)))
        }
        [
            publisher,
            "artifacttypes",
            "vmimage",
            "offers",
            offer,
            "skus",
        ] => {
            let images = IMAGES.iter();
            let images =
                images.filter(|image| is(image.publisher, publisher) && is(image.offer, offer));
            named(images.map(|image| image.sku).collect())
        }
        [
            publisher,
            "artifacttypes",
            "vmimage",
            "offers",
            offer,
            "skus",
            sku,
            "versions",
        ] => {
            image(publisher, offer, sku, "latest")?;
            named(vec![IMAGE_VERSION])
        }
        [
            publisher,
            "artifacttypes",
            "vmimage",
            "offers",
            offer,
            "skus",
            sku,
            "versions",
            version,
        ] => Some(image(publisher, offer, sku, version)?.show(path, location)),
        [publisher, "artifacttypes", "vmextension", "types"] => named(
            extensions(publisher)
                .into_iter()
                .map(|(name, _)| name)
                .collect(),
        ),
        [
            publisher,
            "artifacttypes",
            "vmextension",
            "types",
            kind,
            "versions",
        ] => {
            let all = extensions(publisher).into_iter();
            named(
                all.filter(|(name, _)| is(name, kind))
                    .map(|(_, version)| version)
                    .collect(),
            )
        }
        _ => None,
    }
}

/// Publisher, name and version of each extension.
fn extensions() -> impl Iterator<Item = (&'static str, &'static str, &'static str)> {
    /// Those that came after Service Management.
    const LATER: [(&str, &str, &str); 2] = [
        ("Microsoft.Azure.Extensions", "CustomScript", "2.1.10"),
        ("Microsoft.Compute", "CustomScriptExtension", "1.10.15"),
    ];
    let earlier = EXTENSIONS
        .iter()
        .map(|(publisher, name, version, _)| (*publisher, *name, *version));
    earlier.chain(LATER)
}

fn extensions_publishers() -> impl Iterator<Item = &'static str> {
    extensions().map(|(publisher, _, _)| publisher)
}

fn once_each(names: impl Iterator<Item = &'static str>) -> Vec<&'static str> {
    let mut names: Vec<&str> = names.collect();
    names.sort_unstable();
    names.dedup();
    names
}

#[cfg(test)]
mod tests {
    use super::{aliases, image, walk};

    #[test]
    fn every_alias_leads_to_an_image() {
        let aliases = aliases();
        let systems = aliases["outputs"]["aliases"]["value"].as_object().unwrap();
        let all = systems
            .values()
            .flat_map(|of| of.as_object().unwrap().values());
        let found = all.map(|alias| {
            let field = |name: &str| alias[name].as_str().unwrap();
            image(field("publisher"), field("offer"), field("sku"), "latest").is_some()
        });
        assert_eq!(found.collect::<Vec<_>>(), [true; 10]);
    }

    #[test]
    fn a_walk_leads_from_publishers_to_a_version() {
        let publishers = walk("p", "eastus", &[]).unwrap().to_string();
        assert!(publishers.contains("Canonical") && publishers.contains("Microsoft.Compute"));
        let steps = ["microsoft.compute", "artifacttypes", "vmextension", "types"];
        assert!(
            walk("p", "eastus", &steps)
                .unwrap()
                .to_string()
                .contains("CustomScriptExtension")
        );
        let steps = [
            "Debian",
            "artifacttypes",
            "vmimage",
            "offers",
            "debian-12",
            "skus",
        ];
        assert!(
            walk("p", "eastus", &steps)
                .unwrap()
                .to_string()
                .contains("12-gen2")
        );
        assert!(walk("p", "eastus", &["Debian"]).is_none());
    }
}
