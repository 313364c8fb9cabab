//! What there is to choose from: locations, sizes, images, extensions and providers.

use serde_json::{Value, json};

use super::kind::Kind;
use crate::azure::catalogue::LOCATIONS;

/// The API that is said to be there; any is taken.
const API_VERSION: &str = "2024-11-01";

/// Name, cores, memory in MiB, disks and the size of the temporary disk in MiB, as
/// [Azure lists them](https://learn.microsoft.com/en-us/azure/virtual-machines/sizes/overview).
const SIZES: [(&str, u32, u32, u32, u32); 10] = [
    ("Standard_B1ls", 1, 512, 2, 4096),
    ("Standard_B1s", 1, 1024, 2, 4096),
    ("Standard_B1ms", 1, 2048, 2, 4096),
    ("Standard_B2s", 2, 4096, 4, 8192),
    ("Standard_B2ms", 2, 8192, 4, 16384),
    ("Standard_DS1_v2", 1, 3584, 4, 7168),
    ("Standard_D2s_v3", 2, 8192, 4, 16384),
    ("Standard_D2s_v5", 2, 8192, 4, 0),
    ("Standard_D4s_v5", 4, 16384, 8, 0),
    ("Standard_F2s_v2", 2, 4096, 4, 16384),
];

/// Whether there are machines of a size, and as Azure writes it.
pub(crate) fn size(name: &str) -> Option<&'static str> {
    let size = SIZES.iter().find(|size| size.0.eq_ignore_ascii_case(name));
    size.map(|size| size.0)
}

/// [List sizes](https://learn.microsoft.com/en-us/rest/api/compute/virtual-machine-sizes/list).
pub(crate) fn sizes() -> Value {
    let shown = SIZES.map(|(name, cores, memory, disks, temporary)| {
        json!({
            "name": name,
            "numberOfCores": cores,
            "memoryInMB": memory,
            "maxDataDiskCount": disks,
            "osDiskSizeInMB": 1_047_552,
            "resourceDiskSizeInMB": temporary,
        })
    });
    json!({"value": shown})
}

/// A location in Resource Manager's words, for example `eastus`, from any spelling of it.
pub(crate) fn location(name: &str) -> Option<String> {
    let wanted = short(name);
    LOCATIONS.into_iter().map(short).find(|own| *own == wanted)
}

fn short(name: &str) -> String {
    name.replace(' ', "").to_ascii_lowercase()
}

/// [List locations](https://learn.microsoft.com/en-us/rest/api/resources/subscriptions/list-locations).
pub(crate) fn locations(subscription: &str) -> Value {
    let shown = LOCATIONS.map(|display| {
        let name = short(display);
        json!({
            "id": format!("/subscriptions/{subscription}/locations/{name}"),
            "name": name,
            "type": "Region",
            "displayName": display,
            "regionalDisplayName": display,
            "metadata": {"regionType": "Physical", "regionCategory": "Recommended"},
        })
    });
    json!({"value": shown})
}

/// A provider by its namespace.
pub(crate) fn provider(subscription: &str, space: &str) -> Option<Value> {
    let mut shown = providers(subscription);
    let all = shown.get_mut("value").and_then(Value::as_array_mut)?;
    let is_meant = |provider: &Value| {
        let own = provider["namespace"].as_str().unwrap_or_default();
        own.eq_ignore_ascii_case(space)
    };
    let at = all.iter().position(is_meant)?;
    Some(all.swap_remove(at))
}

/// [List providers](https://learn.microsoft.com/en-us/rest/api/resources/providers/list).
pub(crate) fn providers(subscription: &str) -> Value {
    let kinds = |space: &str| {
        let own = Kind::ALL.iter().map(|kind| kind.names());
        let own = own.filter(|(own, _)| *own == space).map(|(_, name)| name);
        let all = own.chain((space == "Microsoft.Resources").then_some("deployments"));
        let shown = all.map(|name| {
            json!({
                "resourceType": name,
                "locations": LOCATIONS,
                "apiVersions": [API_VERSION],
                "capabilities": "SupportsTags",
            })
        });
        shown.collect::<Vec<_>>()
    };
    let shown = [
        "Microsoft.Compute",
        "Microsoft.Network",
        "Microsoft.Resources",
    ]
    .map(|space| {
        json!({
            "id": format!("/subscriptions/{subscription}/providers/{space}"),
            "namespace": space,
            "registrationState": "Registered",
            "registrationPolicy": "RegistrationFree",
            "resourceTypes": kinds(space),
        })
    });
    json!({"value": shown})
}

#[cfg(test)]
mod tests {
    use super::location;

    #[test]
    fn a_location_may_be_spelled_either_way() {
        assert_eq!(location("East US").as_deref(), Some("eastus"));
        assert_eq!(location("eastUS").as_deref(), Some("eastus"));
        assert_eq!(location("moon"), None);
    }
}
