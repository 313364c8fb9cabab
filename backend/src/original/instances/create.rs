//! Making an instance as the original asks for it.

use std::collections::BTreeMap;

use axum::{Json, extract::State, http::StatusCode};
use serde::Deserialize;
use serde_json::{Value, json};
use shared::{CreateInstance, InstanceKind};

use super::{
    super::{Refusal, caller::Caller, wire::Server},
    server,
};
use crate::{
    Error,
    app::App,
    configurations,
    infrastructures::reported,
    instances::{self, NewAlone},
};

/// `POST instance`; what is not named here was for clouds that are not.
#[derive(Debug, Deserialize)]
pub(super) struct Create {
    cookbook_tag: Option<String>,
    bootstrap: Option<String>,
    deployment: Option<String>,
    location: Option<String>,
    servername: Option<String>,
    provider: Option<String>,
    release: Option<String>,
    hardware: Option<String>,
    #[serde(default)]
    lifespan: Option<Value>,
    #[serde(default)]
    environments: Option<Vec<BTreeMap<String, Value>>>,
    #[serde(default)]
    hd: Option<Vec<BTreeMap<String, Value>>>,
    #[serde(default)]
    port: Option<Vec<u16>>,
    net: Option<String>,
    /// JSON in a string; "null" for an instance on its own.
    #[serde(default)]
    metadata: Option<String>,
    /// Whether it is configured at once; else it waits for `PUT instance`.
    #[serde(default)]
    apply_changes: Option<bool>,
}

pub(super) async fn create(
    State(app): State<App>,
    caller: Caller,
    Json(asked): Json<Create>,
) -> Result<(StatusCode, Json<Server>), Refusal> {
    let metadata: Option<Value> = match &asked.metadata {
        Some(text) => serde_json::from_str(text).map_err(unreadable)?,
        None => None,
    };
    let metadata = metadata.filter(|metadata| !metadata.is_null());
    let word =
        |key: &str| -> Option<String> { Some(metadata.as_ref()?.get(key)?.as_str()?.to_owned()) };
    let infrastructure = match (word("name"), word("version")) {
        (Some(name), Some(version)) => {
            Some(reported::ensure(&app, caller.id(), &name, &version).await?)
        }
        _ => None,
    };
    let new = NewAlone {
        infrastructure,
        step: word("macfile_infrastructure_name").unwrap_or_default(),
        role: word("macfile_role_name"),
        metadata: metadata.as_ref().map(|metadata| kept(metadata, &asked)),
        configure: asked.apply_changes.unwrap_or(true),
    };
    let made = instances::create(&app, caller.id(), wanted(asked)?, new).await?;
    let server = server(&app, &caller, made).await?;
    Ok((StatusCode::CREATED, Json(server)))
}

fn unreadable(error: serde_json::Error) -> Refusal {
    Error::Invalid(
        "the metadata cannot be read".into(),
        Some(error.to_string()),
    )
    .into()
}

/// What the client reads back when it goes on to configure the instance.
fn kept(infrastructure: &Value, asked: &Create) -> Value {
    let mut role = json!({});
    if let Some(tag) = asked.cookbook_tag.as_deref().filter(|tag| !tag.is_empty()) {
        role["cookbook_tag"] = tag.into();
    }
    if let Some(script) = asked
        .bootstrap
        .as_deref()
        .filter(|script| !script.is_empty())
    {
        role["bootstrap"] = script.into();
    }
    json!({ "infrastructure": infrastructure, "system": { "role": role } })
}

fn wanted(asked: Create) -> Result<CreateInstance, Refusal> {
    let filled = |text: Option<String>| text.filter(|text| !text.is_empty());
    let kind = match asked.deployment.as_deref() {
        Some("production") => InstanceKind::Production,
        _ => InstanceKind::Testing,
    };
    Ok(CreateInstance {
        name: filled(asked.servername),
        provider: filled(asked.provider).unwrap_or_else(|| "default".into()),
        location: filled(asked.location),
        hardware: filled(asked.hardware),
        release: filled(asked.release),
        kind,
        lifespan_minutes: asked.lifespan.as_ref().and_then(minutes),
        bootstrap: script(asked.cookbook_tag.as_deref(), asked.bootstrap)?,
        environment: variables(asked.environments.unwrap_or_default()),
        disks: asked
            .hd
            .unwrap_or_default()
            .into_iter()
            .filter_map(disk)
            .collect(),
        ports: asked.port.unwrap_or_default(),
        net: filled(asked.net),
    })
}

/// A whole number, or its text.
pub(super) fn minutes(value: &Value) -> Option<u32> {
    let number = value
        .as_u64()
        .or_else(|| value.as_str()?.trim().parse().ok())?;
    u32::try_from(number).ok()
}

/// The script that is named or given.
pub(super) fn script(tag: Option<&str>, bootstrap: Option<String>) -> Result<String, Refusal> {
    let Some(tag) = tag.filter(|tag| !tag.is_empty()) else {
        return Ok(bootstrap.unwrap_or_default());
    };
    let known = configurations::by_tag(tag);
    let known = known.ok_or_else(|| {
        let unknown = format!("there is no configuration {tag} here");
        Error::Invalid(
            unknown,
            Some("mac configuration list shows what there is".into()),
        )
    })?;
    Ok(known.script.to_owned())
}

/// A list of maps, the later ones over the earlier.
pub(super) fn variables(list: Vec<BTreeMap<String, Value>>) -> BTreeMap<String, String> {
    list.into_iter()
        .flatten()
        .map(|(name, value)| (name, text(value)))
        .collect()
}

/// Lists are what the client makes of addresses: words with spaces between.
pub(super) fn text(value: Value) -> String {
    match value {
        Value::String(text) => text,
        Value::Array(items) => items.into_iter().map(text).collect::<Vec<_>>().join(" "),
        other => other.to_string(),
    }
}

/// `{"/dev/sdb": "20:io1:100"}`
fn disk(map: BTreeMap<String, Value>) -> Option<shared::Disk> {
    let (device, value) = map.into_iter().next()?;
    let text = text(value);
    let mut parts = text.split(':');
    Some(shared::Disk {
        device,
        size_gb: parts.next()?.trim().parse().ok()?,
        kind: parts.next().map(str::to_owned),
        iops: parts.next().and_then(|iops| iops.parse().ok()),
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde_json::json;

    use super::{disk, minutes, variables};

    #[test]
    fn what_its_client_sends_is_read_as_it_means_it() {
        assert_eq!(minutes(&json!(90)), Some(90));
        assert_eq!(minutes(&json!("90")), Some(90));
        assert_eq!(minutes(&json!(null)), None);
        let map = |name: &str, value| BTreeMap::from([(name.to_owned(), value)]);
        let list = vec![
            map("A", json!("1")),
            map("B", json!(["x", "y"])),
            map("A", json!(2)),
        ];
        let read = variables(list);
        assert_eq!((read["A"].as_str(), read["B"].as_str()), ("2", "x y"));
        let disk = disk(map("/dev/sdb", json!("20:io1:100"))).unwrap();
        assert_eq!(
            (disk.size_gb, disk.kind.as_deref(), disk.iops),
            (20, Some("io1"), Some(100))
        );
    }
}
