//! What the server tells open pages, over `/api/v1/events`.

use serde::{Deserialize, Serialize};

use crate::{
    Application, Deployment, DeploymentId, HomeUsage, Infrastructure, InfrastructureId, LogLine,
    Recording, RecordingId, Sharing, Step, Terminal, TerminalId, VersionTraffic,
};

/// Something of the signed-in account changed; one JSON text frame each.
///
/// Entities come whole, so an event can be applied twice, or before or after a list was read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Event {
    /// Sent first, and again when events were lost: read again what you show.
    Resync,
    /// An application was made or changed.
    Application {
        /// The application as it is now.
        application: Application,
    },
    /// An infrastructure was made or changed.
    Infrastructure {
        /// The infrastructure as it is now.
        infrastructure: Infrastructure,
    },
    /// An infrastructure is destroyed and no longer listed.
    InfrastructureGone {
        /// Which one.
        id: InfrastructureId,
    },
    /// A deployment was made or changed.
    Deployment {
        /// The deployment as it is now.
        deployment: Deployment,
    },
    /// A step of a deployment changed.
    Step {
        /// The deployment that it belongs to.
        deployment_id: DeploymentId,
        /// The step as it is now.
        step: Step,
    },
    /// Lines were added to a deployment's log.
    Log {
        /// The deployment that they belong to.
        deployment_id: DeploymentId,
        /// The lines, oldest first.
        lines: Vec<LogLine>,
    },
    /// How visitors of an application were answered in the last second; none when there were none.
    Traffic {
        /// The application's name.
        application: String,
        /// For each version that was asked, that second.
        versions: Vec<VersionTraffic>,
    },
    /// A terminal was opened or changed.
    Terminal {
        /// The terminal as it is now.
        terminal: Terminal,
    },
    /// Links to a terminal were made or ended, or others look at it.
    Sharing {
        /// How it is now.
        sharing: Sharing,
    },
    /// A terminal is over and no longer listed.
    TerminalGone {
        /// Which one.
        id: TerminalId,
    },
    /// A recording was begun or changed.
    Recording {
        /// The recording as it is now.
        recording: Recording,
    },
    /// A recording was removed.
    RecordingGone {
        /// Which one.
        id: RecordingId,
    },
    /// A preview of a tutorial was made, or changed.
    TutorialPreview {
        /// The tutorial's name.
        name: String,
        /// The number of this change, which grows.
        revision: u64,
    },
    /// A preview of a tutorial is over.
    TutorialPreviewGone {
        /// The tutorial's name.
        name: String,
    },
    /// The home has got room, or is full.
    Home {
        /// What it holds.
        usage: HomeUsage,
    },
}
