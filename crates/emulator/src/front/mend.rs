//! What moto does not know, or says wrongly.

use std::time::SystemTime;

use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};
use bytes::Bytes;
use tracing::warn;

use super::call::Call;
use crate::{books, form, health, refusal::REQUEST_ID, status};

impl Call {
    /// The answer as it should have been.
    pub(super) fn mend(&self, body: Bytes) -> Bytes {
        let text = || String::from_utf8_lossy(&body);
        let mended = match (self.claim.service.as_str(), self.action()) {
            ("elasticloadbalancing", "DescribeInstanceHealth") => {
                health::of_instances(&self.realm, &self.claim.region, &self.form, &text())
            }
            ("elasticloadbalancing", "DescribeTargetHealth") => {
                health::of_targets(&self.realm, &self.form, &text())
            }
            ("elasticloadbalancing", _) => Some(books::in_region(&text(), &self.claim.region)),
            ("ec2", "GetConsoleOutput") => self.console(),
            ("ec2", "DescribeInstanceStatus") => self.status(&text()),
            _ => None,
        };
        mended.map_or(body, Bytes::from)
    }

    /// What came of the instances' boots.
    fn status(&self, listed: &str) -> Option<String> {
        let wanted = form::filter(&self.form, "instance-status.status");
        let now = SystemTime::now();
        status::mended(listed, &wanted, |id| self.realm.vitals.check(id, now)).ok()
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
