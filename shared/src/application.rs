//! Applications: all versions of one name, one of them live behind a stable address.

use serde::{Deserialize, Serialize};

use crate::{Controller, Deployment, Id, Infrastructure, Instant, Visitors};

/// The id of an application.
pub type ApplicationId = Id<Application>;

/// All versions of one name, one of them live behind a stable address.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Application {
    /// Its id.
    pub id: ApplicationId,
    /// The macfile's name, for example `docker_tomcat`.
    pub name: String,
    /// The address that people use, for example `http://docker-tomcat.localhost:8080/`.
    pub address: String,
    /// The version that the address leads to; none before the first promotion.
    pub live: Option<String>,
    /// The version that was live before.
    pub previous: Option<String>,
    /// How its address is moved; promotions that are under way go as they began.
    #[serde(default)]
    pub policy: Policy,
    /// What becomes of visitors.
    #[serde(default)]
    pub visitors: Visitors,
    /// How many versions exist now.
    pub versions: u32,
    /// When its first version was asked for.
    pub created_at: Instant,
    /// When the live version last changed, or the application was made.
    pub updated_at: Instant,
}

/// How an application's address is moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Policy {
    /// Whether somebody is asked before a version is made live.
    pub approval: Approval,
    /// How long a new version is watched before the one before it is drained, in seconds; 0 is not at
    /// all, at most a day.
    #[cfg_attr(feature = "openapi", schema(maximum = 86_400))]
    pub bake_seconds: u32,
    /// How long requests that the old version accepted may take, in seconds, at most an hour.
    #[cfg_attr(feature = "openapi", schema(maximum = 3_600))]
    pub drain_seconds: u32,
    /// How long a version's own check may take before it goes live, in seconds, at most an hour; 0 has
    /// its health alone asked for. A macfile checks by its action `check`.
    #[serde(default = "Policy::usual_check_seconds")]
    #[cfg_attr(feature = "openapi", schema(maximum = 3_600, default = 300))]
    pub check_seconds: u32,
    /// How long the actions `activate` and `deactivate` of macfiles may take to move an address, in
    /// seconds, at most an hour.
    #[serde(default = "Policy::usual_switch_seconds")]
    #[cfg_attr(feature = "openapi", schema(maximum = 3_600, default = 300))]
    pub switch_seconds: u32,
    /// How long the old version stays once it is drained, in seconds, at most 30 days; it is destroyed
    /// then. With 0 it stays until somebody destroys it.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(maximum = 2_592_000, default = 0))]
    pub retain_seconds: u32,
}

/// Whether somebody is asked before a version is made live.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Approval {
    /// A version that is well is made live.
    Automatic,
    /// A person says so.
    Needed,
    /// Somebody else than the account says so, by a link.
    Others,
}

impl Policy {
    /// The longest that a new version is watched, in seconds.
    pub const LONGEST_BAKE_SECONDS: u32 = 24 * 3600;
    /// The longest that requests of the old version may take, in seconds.
    pub const LONGEST_DRAIN_SECONDS: u32 = 3600;
    /// The longest that a version's own check may take, in seconds.
    pub const LONGEST_CHECK_SECONDS: u32 = 3600;

    /// The longest that commands may take to move an address, in seconds.
    pub const LONGEST_SWITCH_SECONDS: u32 = 3600;
    /// The longest that an old version is kept by itself, in seconds.
    pub const LONGEST_RETAIN_SECONDS: u32 = 30 * 24 * 3600;

    fn usual_switch_seconds() -> u32 {
        Self::default().switch_seconds
    }

    fn usual_check_seconds() -> u32 {
        Self::default().check_seconds
    }
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            approval: Approval::Automatic,
            bake_seconds: 0,
            drain_seconds: 30,
            check_seconds: 300,
            switch_seconds: 300,
            retain_seconds: 0,
        }
    }
}

/// Asks to see a version at its application's address.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct OpenPreview {
    /// The version.
    pub version: String,
    /// For how many minutes, at most a day.
    #[serde(default = "OpenPreview::usual_minutes")]
    #[cfg_attr(feature = "openapi", schema(minimum = 1, maximum = 1440, default = 60))]
    pub minutes: u32,
}

impl OpenPreview {
    /// For how many minutes, unless somebody says otherwise.
    pub const USUAL_MINUTES: u32 = 60;

    fn usual_minutes() -> u32 {
        Self::USUAL_MINUTES
    }
}

/// Lets whoever has it see a version at its application's address, where others see the live one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Preview {
    /// The version.
    pub version: String,
    /// The application's address.
    pub address: String,
    /// Where a browser gets the pass, and is led to the address.
    pub link: String,
    /// What a program sends in the header `Manageacloud-Preview`.
    pub pass: String,
    /// Until when it is good.
    pub until: Instant,
}

/// What moving an application's address to a version, or destroying one, would do now; nothing of it is
/// done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MovePlan {
    /// The version that would be live, or be destroyed.
    pub version: String,
    /// The version that is live now.
    pub live: Option<String>,
    /// What would be done, in order, in words.
    pub steps: Vec<String>,
    /// The parameters by which the two versions differ, by name. Of what a name like `DB_PASSWORD` says
    /// is secret there is no value, only that it differs.
    pub parameters: Vec<Difference>,
    /// What the two versions' resources have printed, where that differs, by resource; nothing while one
    /// of the two is to be made yet. As with parameters, no secret is told.
    pub outputs: Vec<Difference>,
    /// How the macfile of the version differs from that of the live one: a unified diff, empty when it
    /// does not.
    pub macfile: String,
    /// The command that does the same.
    pub command: String,
}

/// A parameter, or an output, by which two versions differ.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Difference {
    /// Its name.
    pub name: String,
    /// What it is of the live version, if it has it.
    pub before: Option<String>,
    /// What it is of the other one, if it has it.
    pub after: Option<String>,
}

/// An application with its versions and what is going on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ApplicationDetail {
    /// The application.
    pub application: Application,
    /// Its versions, newest first.
    pub versions: Vec<ApplicationVersion>,
    /// The deployment that is under way, if any.
    pub active: Option<Deployment>,
    /// The server that carries it out.
    #[serde(default)]
    pub controller: Option<Controller>,
    /// The promotion that waits for that, if any.
    #[serde(default)]
    pub waiting: Option<Deployment>,
    /// Its latest deployments, newest first.
    pub deployments: Vec<Deployment>,
    /// What rolling back would take right now.
    pub roll_back: RollBackReadiness,
    /// The versions that were live before, latest first, and what going back to each would take.
    #[serde(default)]
    pub ways_back: Vec<WayBack>,
}

/// A version that was live before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct WayBack {
    /// The version.
    pub version: String,
    /// What going back to it would take right now.
    pub readiness: RollBackReadiness,
}

/// One version of an application.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ApplicationVersion {
    /// The infrastructure that is this version.
    pub infrastructure: Infrastructure,
    /// Why it can't be promoted now; none when it can.
    pub not_promotable: Option<String>,
}

/// What rolling back would take right now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "readiness", rename_all = "snake_case")]
pub enum RollBackReadiness {
    /// The version before still runs: the address moves back at once.
    Instant {
        /// The version that would be live again.
        version: String,
        /// Until when it is kept; none when somebody has to destroy it.
        #[serde(default)]
        until: Option<Instant>,
    },
    /// The version before is destroyed: it is made again from its macfile, then the address moves.
    Recreate {
        /// The version that would be live again.
        version: String,
        /// How long making it took, in seconds, if that is known.
        #[serde(default)]
        seconds: Option<u32>,
    },
    /// There is nothing to go back to.
    Impossible {
        /// Why, in words for the page.
        reason: String,
    },
}
