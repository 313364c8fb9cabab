//! By the command line from a launch to a page, and visits of a version's address.

use anyhow::Context;

use super::account::Account;
use crate::{
    figure::{Table, Target, number},
    guest::Guest,
    load::Visitors,
    server::Server,
    shell::Shell,
    switches,
};

/// Makes a load balancer, and what the instance will do.
const PREPARE: &str = r"printf '#!/bin/bash\nexec python3 -m http.server 8080\n' > user-data && \
     name=$(aws elb create-load-balancer --load-balancer-name bench --listeners \
     Protocol=HTTP,LoadBalancerPort=80,InstanceProtocol=HTTP,InstancePort=8080 \
     --availability-zones ap-southeast-2a --query DNSName --output text)";

/// From the command to the page, through the load balancer.
const LAUNCH: &str = "id=$(aws ec2 run-instances --image-id ami-69631053 --instance-type t2.micro \
     --user-data file://user-data --query 'Instances[0].InstanceId' --output text) \
     && aws elb register-instances-with-load-balancer --load-balancer-name bench --instances $id \
     --output text && until curl -fso /dev/null http://$name/; do sleep 0.02; done";

/// The same program without a cloud: the two commands' own time, and the start of Python.
const BARE: &str = "aws --version && aws --version && { python3 -m http.server 8080 & } \
     && until curl -fso /dev/null http://127.0.0.1:8080/; do sleep 0.02; done && kill %1";

/// How many visitors go one after the other, and for how long.
const VISITORS: usize = 8;
const SECONDS: u64 = 4;

/// Measures both.
pub async fn measure(server: &Server, table: &mut Table) -> anyhow::Result<()> {
    let guest = Guest::new(server).await?;
    let mut shell = Shell::open(server, &guest).await?;
    shell.run(PREPARE).await?;
    let (_, launched) = shell.run(LAUNCH).await?;
    let (_, bare) = shell.run(BARE).await?;
    shell.end(&guest).await?;
    let beside = format!("the bare programs: {} s", number(bare.as_secs_f64()));
    let what = "emulator: run-instances to page";
    table.add(what, Target::None, launched.as_secs_f64(), "s", &beside);
    throughput(server, &guest, table).await
}

async fn throughput(server: &Server, guest: &Guest, table: &mut Table) -> anyhow::Result<()> {
    let address = switches::prepare(server, guest).await?;
    let endpoint = guest
        .application()
        .await?
        .versions
        .into_iter()
        .find_map(|version| {
            version
                .infrastructure
                .endpoint
                .filter(|_| version.infrastructure.live)
        })
        .context("no version is live")?;
    let balancers = Account::of(server, guest).await?.web;
    let balancer = Visitors::of_socket(&balancers, &endpoint)?;
    let alone = balancer.hasty(VISITORS, SECONDS).await?.per_second;
    let routed = address.hasty(VISITORS, SECONDS).await?.per_second;
    let beside = format!("its load balancer alone: {}/s", number(alone));
    table.add(
        "emulator: visits of an address",
        Target::None,
        routed,
        "/s",
        &beside,
    );
    Ok(())
}
