//! What moto does not know, or says wrongly.

use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};
use bytes::Bytes;
use tracing::warn;

use super::call::Call;
use crate::{books, refusal::REQUEST_ID};

impl Call {
    /// The answer as it should have been.
    pub(super) fn mend(&self, body: Bytes) -> Bytes {
        let text = String::from_utf8_lossy(&body);
        let mended = match (self.claim.service.as_str(), self.action()) {
            ("elasticloadbalancing", "DescribeInstanceHealth") => self.health(&text),
            ("elasticloadbalancing", _) => Some(books::in_region(&text, &self.claim.region)),
            ("ec2", "GetConsoleOutput") => self.console(),
            _ => None,
        };
        mended.map_or(body, Bytes::from)
    }

    /// What our own prober found, for the instances that moto lists.
    fn health(&self, listed: &str) -> Option<String> {
        let ids = books::health_of(listed).ok()?;
        let balancers = self.realm.balancers();
        let name = self.field("LoadBalancerName");
        let balancer = balancers.iter().find(|balancer| balancer.name == name);
        let is_well = |id: &str| {
            balancer.is_some_and(|balancer| self.realm.health.is_well(id, &balancer.check))
        };
        let members = ids.iter().map(|id| {
            let (state, reason, words) = if is_well(id) {
                ("InService", "N/A", "N/A")
            } else {
                ("OutOfService", "Instance", FAILED)
            };
            format!(
                "<member><Description>{words}</Description><InstanceId>{id}</InstanceId>\
                 <State>{state}</State><ReasonCode>{reason}</ReasonCode></member>"
            )
        });
        Some(format!(
            "<DescribeInstanceHealthResponse \
             xmlns=\"http://elasticloadbalancing.amazonaws.com/doc/2012-06-01/\">\
             <DescribeInstanceHealthResult><InstanceStates>{}</InstanceStates>\
             </DescribeInstanceHealthResult><ResponseMetadata><RequestId>{REQUEST_ID}</RequestId>\
             </ResponseMetadata></DescribeInstanceHealthResponse>",
            members.collect::<String>()
        ))
    }

    /// What the instance really wrote; that it exists moto has checked.
    fn console(&self) -> Option<String> {
        let id = self.field("InstanceId");
        let is_id = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
        if !id.bytes().all(is_id) {
            return None;
        }
        let shown = self.realm.place(id).shown_console();
        if let Err(error) = &shown {
            warn!("the console of {id}: {error}");
        }
        let output = BASE64.encode(shown.ok()?);
        let now = jiff::Timestamp::now();
        Some(format!(
            "<GetConsoleOutputResponse xmlns=\"http://ec2.amazonaws.com/doc/2016-11-15/\">\
             <requestId>{REQUEST_ID}</requestId><instanceId>{id}</instanceId>\
             <timestamp>{now:.3}</timestamp><output>{output}</output></GetConsoleOutputResponse>"
        ))
    }
}

/// AWS's own words.
const FAILED: &str = "Instance has failed at least the UnhealthyThreshold number of health checks \
     consecutively.";
