//! The instance identity document.

use serde_json::{Value, json};

use super::Facts;

/// Of which form the document is; the newest that there is.
const VERSION: &str = "2017-09-30";

/// Describes the instance as JSON (User Guide, "Instance identity documents").
pub(super) fn identity(facts: &Facts) -> String {
    let (instance, details) = (&facts.instance, &facts.instance.details);
    let document = json!({
        "accountId": details.owner,
        "architecture": details.architecture,
        "availabilityZone": details.zone,
        "billingProducts": null,
        "devpayProductCodes": null,
        "marketplaceProductCodes": null,
        "imageId": details.image,
        "instanceId": instance.id,
        "instanceType": details.instance_type,
        "kernelId": null,
        "pendingTime": without_fraction(&details.launched_at),
        "privateIp": instance.private_address,
        "ramdiskId": null,
        "region": facts.instance.region,
        "version": VERSION,
    });
    pretty(&document)
}

fn pretty(document: &Value) -> String {
    // a tree of texts and nulls can always be written
    serde_json::to_string_pretty(document).unwrap_or_default()
}

/// The document has whole seconds; the API has thousandths.
fn without_fraction(instant: &str) -> String {
    match instant.split_once('.') {
        Some((seconds, _)) => format!("{seconds}Z"),
        None => instant.to_owned(),
    }
}
