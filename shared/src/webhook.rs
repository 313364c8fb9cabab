//! Webhooks: where an account is told of its deployments.

use serde::{Deserialize, Serialize};

use crate::{Deployment, DeploymentState, Id, Instant, Link};

/// The id of a webhook.
pub type WebhookId = Id<Webhook>;
/// The id of a delivery.
pub type DeliveryId = Id<Delivery>;

/// Where an account is told of its deployments.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Webhook {
    /// Its id.
    pub id: WebhookId,
    /// Where messages are sent to, by POST.
    pub url: String,
    /// When it was made.
    pub created_at: Instant,
    /// Its latest message, if any.
    pub latest: Option<Delivery>,
}

/// Asks for messages at an address.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NewWebhook {
    /// Where messages are to be sent to: `https://…` or `http://…`.
    pub url: String,
}

/// A webhook that was made, with what is shown once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MadeWebhook {
    /// The webhook.
    pub webhook: Webhook,
    /// What messages are signed with, as [Standard Webhooks](https://www.standardwebhooks.com/)
    /// write it: `whsec_` and base64.
    pub secret: String,
}

/// A message, and how its sending went.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Delivery {
    /// Its id, which is sent as `webhook-id`: whoever gets it twice can tell.
    pub id: DeliveryId,
    /// What happened, for example `deployment.awaiting_approval`.
    pub kind: String,
    /// Where it stands.
    pub state: DeliveryState,
    /// How often it was sent.
    pub attempts: u32,
    /// The status that was answered last.
    pub status: Option<u16>,
    /// Why nothing was answered last.
    pub error: Option<String>,
    /// When it happened.
    pub created_at: Instant,
    /// When it is sent next.
    pub next_at: Option<Instant>,
    /// When it was accepted, or given up.
    pub finished_at: Option<Instant>,
}

/// Where a message stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum DeliveryState {
    /// It is being sent, or is sent again later.
    Waiting,
    /// It was answered with a status of 200 to 299.
    Delivered,
    /// It was not, and is not sent again by itself.
    Failed,
}

/// What is sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    /// What happened.
    #[serde(rename = "type")]
    pub kind: String,
    /// When.
    pub timestamp: Instant,
    /// To which deployment; none when somebody only tries the webhook.
    pub data: Option<Told>,
}

/// What is told of a deployment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Told {
    /// As the API shows it.
    #[serde(flatten)]
    pub deployment: Deployment,
    /// Where somebody may answer it, if it waits for that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub link: Option<Link>,
}

impl Message {
    /// What is sent when a deployment has come to a state; none for states that few want to hear of.
    pub fn of(deployment: Deployment, link: Option<Link>, now: Instant) -> Option<Self> {
        Some(Self {
            kind: format!("deployment.{}", Self::word(deployment.state)?),
            timestamp: now,
            data: Some(Told { deployment, link }),
        })
    }

    /// The last word of the kind for a state.
    pub fn word(state: DeploymentState) -> Option<&'static str> {
        match state {
            DeploymentState::Queued
            | DeploymentState::Provisioning
            | DeploymentState::Checking
            | DeploymentState::Switching
            | DeploymentState::Draining
            | DeploymentState::Destroying => None,
            DeploymentState::AwaitingApproval => Some("awaiting_approval"),
            DeploymentState::Baking => Some("baking"),
            DeploymentState::RollingBack => Some("rolling_back"),
            DeploymentState::Succeeded => Some("succeeded"),
            DeploymentState::RolledBack => Some("rolled_back"),
            DeploymentState::Failed => Some("failed"),
            DeploymentState::Cancelled => Some("cancelled"),
            DeploymentState::NeedsAttention => Some("needs_attention"),
        }
    }
}
