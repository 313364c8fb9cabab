//! The API, through the real server, a real database and the real client: a file a noun.
//!
//! One program for all of them, as linking the server takes longer than running its tests.

#![expect(clippy::unwrap_used, reason = "a test that can't go on stops")]

mod accounts;
mod activation;
mod amazon;
mod amazon_ssh;
mod applications;
mod azure;
mod checks;
mod cloud;
mod crash;
mod description;
mod escapes;
mod events;
mod faults;
mod files;
mod health;
mod hosts;
mod https;
mod infrastructures;
mod instances;
mod internet;
mod isolation;
mod kill_points;
mod landlocked;
mod links;
mod logins;
mod mac;
mod mac_verbs;
mod main_job;
mod original;
mod output;
mod policies;
mod previews;
mod problems;
mod providers;
mod proxies;
mod queue;
mod reached;
mod recordings;
mod remains;
mod removal;
mod runs;
mod server;
mod shares;
mod shell;
mod terminals;
mod tutorial_images;
mod tutorial_previews;
mod tutorials;
mod undo;
mod versions;
mod visitors;
mod ways;
mod webhooks;
