//! Webhooks: where an account is told of its deployments, and what it was told.

mod deliveries;
mod webhook_list;

pub use webhook_list::WebhookList;
