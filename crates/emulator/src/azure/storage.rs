//! Storage accounts: names alone, as machines are said to have disks in them.

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::{Fault, Tree, ask::NewService, catalogue};

/// How many an account may have; Azure's own limit was 100.
const MOST: usize = 30;

/// A storage account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Storage {
    /// Its name, in lower case.
    pub name: String,
    label: String,
    location: String,
    created_ms: u64,
}

/// What each account begins with: one in each location, as the command line would make it with the
/// first machine there, and wait for it.
pub(crate) fn first(subscription: &str, now_ms: u64) -> Vec<Storage> {
    let named = |location: &&str| {
        let hash = Sha256::digest(format!("{subscription} {location}"));
        let number = hash
            .iter()
            .take(6)
            .fold(0_u64, |all, byte| all << 8 | u64::from(*byte));
        Storage {
            name: format!("portalvhds{number:013}").chars().take(24).collect(),
            label: String::new(),
            location: (*location).to_owned(),
            created_ms: now_ms,
        }
    };
    catalogue::LOCATIONS.iter().map(named).collect()
}

/// Whether a storage account may be called so.
pub(crate) fn is_free(all: &[Storage], name: &str) -> bool {
    let is_letter = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let is_valid = (3..=24).contains(&name.len()) && name.bytes().all(is_letter);
    is_valid && all.iter().all(|storage| storage.name != name)
}

/// Makes one.
pub(crate) fn create(all: &mut Vec<Storage>, new: &NewService, now_ms: u64) -> Result<(), Fault> {
    let location = catalogue::location(&new.location);
    let location =
        location.ok_or_else(|| Fault::BadRequest("The location is not valid.".to_owned()))?;
    if !is_free(all, &new.name) {
        let why = format!(
            "The storage account name {:?} is taken or not valid.",
            new.name
        );
        return Err(Fault::Conflict(why));
    }
    if all.len() >= MOST {
        let why = format!("Quota exceeded: there may be {MOST} storage accounts.");
        return Err(Fault::Conflict(why));
    }
    all.push(Storage {
        name: new.name.clone(),
        label: new.label.clone(),
        location: location.to_owned(),
        created_ms: now_ms,
    });
    Ok(())
}

/// Removes one.
pub(crate) fn delete(all: &mut Vec<Storage>, name: &str) -> Result<(), Fault> {
    let at = all.iter().position(|storage| storage.name == name);
    all.remove(at.ok_or_else(|| Fault::missing("storage account", name))?);
    Ok(())
}

impl Storage {
    /// As [Get Storage Account Properties](https://learn.microsoft.com/en-us/previous-versions/azure/reference/ee460802(v=azure.100))
    /// shows it.
    pub fn show(&self, subscription: &str) -> Tree {
        let name = &self.name;
        let endpoint = |kind| {
            Tree::leaf(
                "Endpoint",
                format!("https://{name}.{kind}.core.windows.net/"),
            )
        };
        let endpoints = Tree::new("Endpoints").with_all(["blob", "queue", "table"].map(endpoint));
        let url = "https://management.core.windows.net";
        Tree::new("StorageService")
            .with_leaf(
                "Url",
                format!("{url}/{subscription}/services/storageservices/{name}"),
            )
            .with_leaf("ServiceName", name)
            .with(
                Tree::new("StorageServiceProperties")
                    .with_leaf("Description", "emulated: nothing can be stored in it")
                    .with_leaf("Location", &self.location)
                    .with_leaf("Label", &self.label)
                    .with_leaf("Status", "Created")
                    .with(endpoints)
                    .with_leaf("AccountType", "Standard_LRS"),
            )
    }
}

#[cfg(test)]
mod tests {
    use super::{create, delete, first, is_free};
    use crate::azure::{Fault, ask::NewService, catalogue::LOCATIONS};

    fn new(name: &str, location: &str) -> NewService {
        NewService {
            name: name.into(),
            label: String::new(),
            description: String::new(),
            location: location.into(),
        }
    }

    #[test]
    fn each_location_has_one_that_the_command_line_takes() {
        let all = first("s", 0);
        assert_eq!(all.len(), LOCATIONS.len());
        for storage in &all {
            assert!(storage.name.starts_with("portalvhds"));
            assert!(is_free(&[], &storage.name) && !is_free(&all, &storage.name));
        }
        assert_ne!(all[0].name, all[1].name);
    }

    #[test]
    fn one_is_made_once_and_removed_once() {
        let mut all = Vec::new();
        create(&mut all, &new("mine", "east us"), 0).unwrap();
        assert!(matches!(
            create(&mut all, &new("mine", "East US"), 0),
            Err(Fault::Conflict(_))
        ));
        assert!(create(&mut all, &new("Bad Name", "East US"), 0).is_err());
        assert!(create(&mut all, &new("other", "The Moon"), 0).is_err());
        assert!(
            all[0]
                .show("s")
                .document()
                .contains("<Location>East US</Location>")
        );
        delete(&mut all, "mine").unwrap();
        assert!(matches!(delete(&mut all, "mine"), Err(Fault::NotFound(_))));
        for at in 0..super::MOST {
            create(&mut all, &new(&format!("name{at}"), "East US"), 0).unwrap();
        }
        assert!(create(&mut all, &new("another", "East US"), 0).is_err());
    }
}
