//! The sample macfile, against the same commands typed by hand in the same terminal.

use crate::{
    figure::{Table, Target, number},
    guest::Guest,
    server::Server,
    shell::Shell,
};

/// What the macfile's user-data comes to where no container runs.
const USER_DATA: &str = r"printf '#!/bin/bash\nexec python3 -m http.server 8080\n' > user-data";

/// The macfile's commands, as a person would type them one after the other.
const BY_HAND: &str = "aws ec2 run-instances --image-id ami-69631053 --instance-type t2.micro \
     --user-data file://user-data --tag-specifications \
     'ResourceType=instance,Tags=[{Key=by,Value=hand}]' --output text \
     && aws elb create-load-balancer --load-balancer-name hand --listeners \
     Protocol=HTTP,LoadBalancerPort=80,InstanceProtocol=HTTP,InstancePort=8080 \
     --availability-zones ap-southeast-2a --query DNSName --output text \
     && id=$(aws ec2 describe-instances --filters Name=tag:by,Values=hand \
     Name=instance-state-name,Values=pending,running \
     --query 'Reservations[].Instances[].InstanceId' --output text) \
     && aws elb register-instances-with-load-balancer --load-balancer-name hand --instances $id \
     --output text \
     && aws elb wait any-instance-in-service --load-balancer-name hand";

/// Takes away what was made by hand.
const CLEAR: &str = "aws elb delete-load-balancer --load-balancer-name hand \
     && aws ec2 terminate-instances --instance-ids $id";

/// What the journal, the events and the sandboxes of single commands may cost on top.
const ON_TOP: f64 = 1.1;

/// How often each is done.
const RUNS: usize = 3;

/// Measures both in turn.
pub async fn measure(server: &Server, table: &mut Table) -> anyhow::Result<()> {
    let guest = Guest::new(server).await?;
    let mut shell = Shell::open(server, &guest).await?;
    shell.run(USER_DATA).await?;
    let (mut ours, mut by_hand) = (Vec::new(), Vec::new());
    for number in 0..RUNS {
        ours.push(shell.run(&sample(&format!("{number}-jre8"))).await?.1);
        by_hand.push(shell.run(BY_HAND).await?.1);
        shell.run(CLEAR).await?;
    }
    let median = |mut all: Vec<std::time::Duration>| {
        all.sort_unstable();
        all[RUNS / 2].as_secs_f64()
    };
    let (ours, by_hand) = (median(ours), median(by_hand));
    let beside = format!("by hand: {} s", number(by_hand));
    table.add(
        "macfile: docker_tomcat",
        Target::Below(by_hand * ON_TOP),
        ours,
        "s",
        &beside,
    );
    Ok(())
}

/// The line that makes a version of the sample.
pub fn sample(version: &str) -> String {
    format!("mac -s infrastructure macfile docker_tomcat.macfile -p TOMCAT_VERSION={version}")
}
