//! The page: a client of the API, drawn in the browser.
//!
//! State lives in the URL, then on the server, then in a signal for what is being typed.

mod accounts;
mod app;
mod applications;
mod deployments;
mod files;
mod infrastructures;
mod links;
mod live;
mod overview;
mod recordings;
mod routes;
mod self_test;
mod shares;
mod terminals;
mod tutorials;
mod ui;
mod visits;
mod webhooks;

fn main() {
    console_error_panic_hook::set_once();
    leptos::mount::mount_to_body(app::App);
}
