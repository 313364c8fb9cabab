//! What there is to choose from: locations, images and extensions.

use super::Tree;

/// The locations; what images there are is in all of them.
pub(crate) const LOCATIONS: [&str; 6] = [
    "East US",
    "West US",
    "North Europe",
    "West Europe",
    "Southeast Asia",
    "Australia East",
];

/// What a machine says of itself where there is room for it.
pub(crate) const EMULATED: &str = "emulated: this machine has states, and nothing runs in it";

/// The operating system of an image.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(crate) enum System {
    /// Windows Server.
    Windows,
    /// A distribution of Linux.
    Linux,
}

impl System {
    /// As Azure writes it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Windows => "Windows",
            Self::Linux => "Linux",
        }
    }
}

/// An image.
pub(crate) struct Image {
    /// Its name: the publisher's prefix, and what is in it.
    pub name: &'static str,
    /// Its operating system.
    pub system: System,
    label: &'static str,
    family: &'static str,
    publisher: &'static str,
    size_gb: u32,
}

/// The images, a few of those that Azure had in 2015.
const IMAGES: [Image; 5] = [
    Image {
        name: "ad072bd3082149369c449ba5832401ae__Windows-Server-Remote-Desktop-Session-Host-on-\
               Windows-Server-2012-R2-20150828-0350",
        system: System::Windows,
        label: "Windows Server Remote Desktop Session Host on Windows Server 2012 R2",
        family: "Windows Server Remote Desktop Session Host on Windows Server 2012 R2",
        publisher: "Microsoft Windows Server Remote Desktop Group",
        size_gb: 128,
    },
    Image {
        name: "a699494373c04fc0bc8f2bb1389d6106__Windows-Server-2012-R2-20150825-en.us-127GB.vhd",
        system: System::Windows,
        label: "Windows Server 2012 R2 Datacenter, August 2015",
        family: "Windows Server 2012 R2 Datacenter",
        publisher: "Microsoft Windows Server Group",
        size_gb: 128,
    },
    Image {
        name: "a699494373c04fc0bc8f2bb1389d6106__Win2K8R2SP1-Datacenter-20150825-en.us-127GB.vhd",
        system: System::Windows,
        label: "Windows Server 2008 R2 SP1, August 2015",
        family: "Windows Server 2008 R2 SP1",
        publisher: "Microsoft Windows Server Group",
        size_gb: 128,
    },
    Image {
        name: "b39f27a8b8c64d52b05eac6a62ebad85__Ubuntu-14_04_3-LTS-amd64-server-20150908-en-us-\
               30GB",
        system: System::Linux,
        label: "Ubuntu Server 14.04.3 LTS",
        family: "Ubuntu Server 14.04 LTS",
        publisher: "Canonical",
        size_gb: 30,
    },
    Image {
        name: "6a83c6a2e6a44b3f9b5ac7e8b3a52b1d__Debian-8-amd64-20150904.4",
        system: System::Linux,
        label: "Debian 8 \"Jessie\"",
        family: "Debian 8",
        publisher: "credativ",
        size_gb: 30,
    },
];

/// Publisher, name, version, and what they are for.
pub(crate) const EXTENSIONS: [(&str, &str, &str, &str); 3] = [
    (
        "Microsoft.Compute",
        "CustomScriptExtension",
        "1.4",
        "Runs a script on a Windows machine",
    ),
    (
        "Microsoft.OSTCExtensions",
        "CustomScriptForLinux",
        "1.3",
        "Runs a script on a Linux machine",
    ),
    (
        "Microsoft.Compute",
        "BGInfo",
        "2.1",
        "Shows a machine's facts on its desktop",
    ),
];

/// An image, by its name in any letters.
pub(crate) fn image(name: &str) -> Option<&'static Image> {
    IMAGES
        .iter()
        .find(|image| image.name.eq_ignore_ascii_case(name))
}

/// A location, by its name in any letters.
pub(crate) fn location(name: &str) -> Option<&'static str> {
    let mut all = LOCATIONS.into_iter();
    all.find(|location| location.eq_ignore_ascii_case(name))
}

/// [List Locations](https://learn.microsoft.com/en-us/previous-versions/azure/reference/gg441293(v=azure.100)).
pub(crate) fn locations() -> Tree {
    let services = ["Compute", "Storage", "PersistentVMRole", "HighMemory"];
    let services = Tree::new("AvailableServices")
        .with_all(services.map(|service| Tree::leaf("AvailableService", service)));
    Tree::new("Locations").with_all(LOCATIONS.map(|location| {
        Tree::new("Location")
            .with_leaf("Name", location)
            .with_leaf("DisplayName", location)
            .with(services.clone())
    }))
}

/// [List OS Images](https://learn.microsoft.com/en-us/previous-versions/azure/reference/jj157191(v=azure.100)).
pub(crate) fn images() -> Tree {
    Tree::new("Images").with_all(IMAGES.iter().map(Image::show))
}

/// [List Resource Extensions](https://learn.microsoft.com/en-us/previous-versions/azure/reference/dn495441(v=azure.100)).
pub(crate) fn extensions() -> Tree {
    Tree::new("ResourceExtensions").with_all(EXTENSIONS.map(|(publisher, name, version, words)| {
        Tree::new("ResourceExtension")
            .with_leaf("Publisher", publisher)
            .with_leaf("Name", name)
            .with_leaf("Version", version)
            .with_leaf("Label", name)
            .with_leaf("Description", words)
            .with_leaf("IsJsonExtension", true)
    }))
}

impl Image {
    /// [Get OS Image](https://learn.microsoft.com/en-us/previous-versions/azure/reference/jj157191(v=azure.100)).
    pub fn show(&self) -> Tree {
        Tree::new("OSImage")
            .with_leaf("Category", "Public")
            .with_leaf("Label", self.label)
            .with_leaf("Location", LOCATIONS.join(";"))
            .with_leaf("LogicalSizeInGB", self.size_gb)
            .with_leaf("Name", self.name)
            .with_leaf("OS", self.system.name())
            .with_leaf("Description", EMULATED)
            .with_leaf("ImageFamily", self.family)
            .with_leaf("PublisherName", self.publisher)
    }
}
