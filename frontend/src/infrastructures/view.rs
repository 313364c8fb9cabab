//! What the infrastructure pages decide.

use shared::{
    Infrastructure, InfrastructureState, Instance, InstanceKind, InstanceState, Instant,
    ResourceState,
};

use crate::ui::Tone;

/// An infrastructure's state in a word.
pub fn infrastructure_badge(state: InfrastructureState) -> (&'static str, Tone) {
    match state {
        InfrastructureState::Creating => ("Creating", Tone::Iris),
        InfrastructureState::Ready => ("Ready", Tone::Quiet),
        InfrastructureState::CreateFailed => ("Create failed", Tone::Red),
        InfrastructureState::Destroying => ("Destroying", Tone::Amber),
        InfrastructureState::DestroyFailed => ("Destroy failed", Tone::Red),
        InfrastructureState::Destroyed => ("Destroyed", Tone::Quiet),
    }
}

/// An instance's state in a word.
pub fn instance_badge(state: InstanceState) -> (&'static str, Tone) {
    match state {
        InstanceState::Creating => ("Creating", Tone::Iris),
        InstanceState::Created => ("Created", Tone::Iris),
        InstanceState::Configuring => ("Configuring", Tone::Iris),
        InstanceState::Ready => ("Ready", Tone::Quiet),
        InstanceState::ConfigureFailed => ("Configure failed", Tone::Red),
        InstanceState::CreateFailed => ("Create failed", Tone::Red),
        InstanceState::Destroying => ("Destroying", Tone::Amber),
        InstanceState::Destroyed => ("Destroyed", Tone::Quiet),
        InstanceState::DestroyFailed => ("Leaked", Tone::Red),
    }
}

/// A resource's state in a word.
pub fn resource_badge(state: ResourceState) -> (&'static str, Tone) {
    match state {
        ResourceState::Creating => ("Creating", Tone::Iris),
        ResourceState::Ready => ("Ready", Tone::Quiet),
        ResourceState::CreateFailed => ("Create failed", Tone::Red),
        ResourceState::Destroying => ("Destroying", Tone::Amber),
        ResourceState::Destroyed => ("Destroyed", Tone::Quiet),
        ResourceState::DestroyFailed => ("Leaked", Tone::Red),
    }
}

/// When an instance ends by itself.
pub fn ends(instance: &Instance, now: Instant) -> String {
    if matches!(
        instance.state,
        InstanceState::Destroying | InstanceState::Destroyed
    ) {
        return "it has ended".into();
    }
    match (instance.kind, instance.expires_at) {
        (InstanceKind::Production, _) => "never: it is for production".into(),
        (InstanceKind::Testing, None) => "not while its version is live".into(),
        (InstanceKind::Testing, Some(end)) => {
            let minutes = (end.unix_ms() - now.unix_ms()).max(0) / 60_000;
            format!("in {minutes} min")
        }
    }
}

/// What the button that destroys it says.
pub fn destroy_label(infrastructure: &Infrastructure) -> String {
    let verb = match infrastructure.state {
        InfrastructureState::DestroyFailed => "Try again to destroy",
        InfrastructureState::Creating
        | InfrastructureState::Ready
        | InfrastructureState::CreateFailed
        | InfrastructureState::Destroying
        | InfrastructureState::Destroyed => "Destroy",
    };
    format!("{verb} {} {}", infrastructure.name, infrastructure.version)
}

/// Why it cannot be destroyed now; a live one can when it is the only one.
pub fn not_destroyable(
    infrastructure: &Infrastructure,
    all: &[Infrastructure],
) -> Option<&'static str> {
    let is_other =
        |other: &Infrastructure| other.name == infrastructure.name && other.id != infrastructure.id;
    if infrastructure.live && all.iter().any(is_other) {
        return Some("It is live: promote another version first.");
    }
    match infrastructure.state {
        InfrastructureState::Creating => Some("It is still being made."),
        InfrastructureState::Destroying => Some("It is being destroyed."),
        InfrastructureState::Destroyed => Some("It is gone."),
        InfrastructureState::Ready
        | InfrastructureState::CreateFailed
        | InfrastructureState::DestroyFailed => None,
    }
}

#[cfg(test)]
mod tests {
    use shared::{Instance, InstanceId, InstanceKind, InstanceState, Instant};

    use super::ends;

    #[test]
    fn an_instance_says_when_it_ends_by_itself() {
        let at = Instant::from_unix_ms;
        let mut instance = Instance {
            id: InstanceId::new(),
            name: "box".into(),
            infrastructure: None,
            version: None,
            role: None,
            provider: "local".into(),
            location: "local".into(),
            hardware: "t2.micro".into(),
            release: "any".into(),
            kind: InstanceKind::Testing,
            provider_id: None,
            public_address: None,
            private_address: None,
            state: InstanceState::Ready,
            error: None,
            expires_at: Some(at(600_000)),
            created_at: at(0),
        };
        assert_eq!(ends(&instance, at(30_000)), "in 9 min");
        assert_eq!(ends(&instance, at(700_000)), "in 0 min");
        instance.expires_at = None;
        assert_eq!(ends(&instance, at(0)), "not while its version is live");
        instance.state = InstanceState::Destroyed;
        assert_eq!(ends(&instance, at(0)), "it has ended");
        instance.state = InstanceState::Ready;
        instance.kind = InstanceKind::Production;
        assert_eq!(ends(&instance, at(0)), "never: it is for production");
    }
}
