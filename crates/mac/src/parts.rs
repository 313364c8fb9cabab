//! Tables of instances and resources, as the original drew them.

use shared::{
    Infrastructure, Instance, InstanceKind, InstanceState, Instant, Resource, ResourceState,
};

use crate::table::{Align, boxed};

/// The words of the original for where an instance stands.
pub fn status(instance: &Instance, now: Instant) -> String {
    let left_ms = instance.expires_at.map(|end| end.unix_ms() - now.unix_ms());
    let word = match instance.state {
        InstanceState::Creating => "Creating instance",
        InstanceState::Created => "Instance completed",
        InstanceState::Configuring => "Configuring instance",
        InstanceState::Ready => match left_ms {
            Some(left) => return format!("Ready ({}m left)", left.max(0) / 60_000),
            None => "Ready",
        },
        InstanceState::CreateFailed => "Creation failed",
        InstanceState::ConfigureFailed => "Configuration Error",
        InstanceState::Destroying | InstanceState::Destroyed => "Queued to be destroyed",
        InstanceState::DestroyFailed => "Leaked",
    };
    word.to_owned()
}

/// Where a resource stands; one that could not be destroyed may still exist, and cost.
pub fn resource_status(state: ResourceState) -> &'static str {
    match state {
        ResourceState::Creating => "Pending",
        ResourceState::Ready => "Ready",
        ResourceState::CreateFailed => "Creation failed",
        ResourceState::Destroying => "Destroying",
        ResourceState::Destroyed => "Destroyed",
        ResourceState::DestroyFailed => "Leaked",
    }
}

/// Instances, as `mac instance list` shows them.
pub fn instances(instances: &[Instance]) -> String {
    if instances.is_empty() {
        return "There are no active instances\n".to_owned();
    }
    let now = Instant::now();
    let kind = |instance: &Instance| match (&instance.infrastructure, &instance.version) {
        (Some(name), Some(version)) => format!("{name} {version}"),
        _ => match instance.kind {
            InstanceKind::Testing => "testing".to_owned(),
            InstanceKind::Production => "production".to_owned(),
        },
    };
    let rows: Vec<_> = instances
        .iter()
        .map(|instance| {
            [
                instance.name.clone(),
                instance
                    .public_address
                    .clone()
                    .unwrap_or_else(|| "None".into()),
                instance.id.to_string(),
                kind(instance),
                status(instance, now),
            ]
        })
        .collect();
    let titles = ["Instance name", "IP", "Instance ID", "Type", "Status"];
    boxed(Align::Center, titles, &rows)
}

/// Infrastructures, as `mac infrastructure list` shows them.
pub fn infrastructures(infrastructures: &[Infrastructure]) -> String {
    if infrastructures.is_empty() {
        return "There is no active infrastructure\n".to_owned();
    }
    let row = |one: &Infrastructure| [one.name.clone(), one.version.clone()];
    let rows: Vec<_> = infrastructures.iter().map(row).collect();
    boxed(Align::Center, ["Infrastructure name", "version"], &rows)
}

/// The instances of infrastructures, as `mac infrastructure items` shows them.
pub fn instances_of(instances: &[Instance]) -> String {
    if instances.is_empty() {
        return "There are no active instances in infrastructure\n".to_owned();
    }
    let now = Instant::now();
    let rows: Vec<_> = instances
        .iter()
        .map(|instance| {
            [
                instance.infrastructure.clone().unwrap_or_default(),
                instance.version.clone().unwrap_or_default(),
                instance.name.clone(),
                instance.id.to_string(),
                status(instance, now),
            ]
        })
        .collect();
    let titles = [
        "Infrastructure name",
        "Version",
        "Instance name",
        "Instance id",
        "Status",
    ];
    boxed(Align::Center, titles, &rows)
}

/// The resources of infrastructures, as `mac infrastructure items` shows them.
pub fn resources_of(resources: &[Resource]) -> String {
    if resources.is_empty() {
        return "There is no resources in infrastructure\n".to_owned();
    }
    let rows: Vec<_> = resources
        .iter()
        .map(|resource| {
            [
                resource.infrastructure.clone(),
                resource.version.clone(),
                resource.kind.clone(),
                resource.name.clone(),
                resource_status(resource.state).to_owned(),
            ]
        })
        .collect();
    let titles = [
        "Infrastructure name",
        "Version",
        "Resource type",
        "Resource name",
        "Status",
    ];
    boxed(Align::Left, titles, &rows)
}
