//! The emulated cloud: how soon its instances serve, what they cost, and what its load balancers
//! and its endpoint bear, each beside the same programs without it.

pub mod account;
mod answers;
mod colours;
mod ec2;
mod elb;
pub mod forwarding;
mod front;
mod haproxy;
mod hundred;
mod launches;
mod nginx;
mod pages;

use crate::{emulator::account::Account, figure::Table, server::Server};

/// Measures all of it.
pub async fn measure(server: &Server, table: &mut Table) -> anyhow::Result<()> {
    pages::measure(server, table).await?;
    let account = Account::new(server).await?;
    front::measure(server, &account, table).await?;
    launches::measure(&account, table).await?;
    forwarding::measure(server, &account, table).await?;
    colours::measure(&account, table).await?;
    hundred::measure(server, table).await
}
