//! Gathers from the books what an instance may ask of itself.

use std::collections::HashMap;

use bytes::Bytes;
use tracing::warn;

use crate::{
    books::{self, BookedInstance},
    metadata::Facts,
    realm::{EC2, Realm},
};

/// Answers of the books, each asked for once.
pub(crate) struct Gatherer<'a> {
    realm: &'a Realm,
    answers: HashMap<(String, String), Option<String>>,
}

impl<'a> Gatherer<'a> {
    /// One that knows nothing yet.
    pub fn new(realm: &'a Realm) -> Self {
        let answers = HashMap::new();
        Self { realm, answers }
    }

    /// Everything about an instance; what the books do not tell is missing.
    pub async fn facts(
        &mut self,
        region: &str,
        instance: &BookedInstance,
        user_data: Option<Vec<u8>>,
    ) -> Facts {
        let details = &instance.details;
        let subnet = ("DescribeSubnets", "SubnetId.1", details.subnet.as_str());
        let subnet = self.ask(region, subnet).await.unwrap_or_default();
        let vpc = ("DescribeVpcs", "VpcId.1", details.vpc.as_str());
        let vpc = self.ask(region, vpc).await.unwrap_or_default();
        let key = details.key_name.as_deref().unwrap_or_default();
        let key = ("DescribeKeyPairs", "KeyName.1", key);
        let key = self.ask(region, key).await.unwrap_or_default();
        Facts {
            instance: instance.clone(),
            region: region.to_owned(),
            user_data: user_data.map(Bytes::from),
            public_key: books::public_key(&key).ok().flatten(),
            zone_id: books::zone_id(&subnet).ok().flatten(),
            subnet_block: books::subnet(&subnet).ok().flatten(),
            vpc_blocks: books::vpc_blocks(&vpc).unwrap_or_default(),
        }
    }

    /// What the books answer about one thing; nothing if there is none, or no such one any more.
    async fn ask(&mut self, region: &str, ask: (&str, &str, &str)) -> Option<String> {
        let (action, parameter, id) = ask;
        if id.is_empty() {
            return None;
        }
        let known = (region.to_owned(), format!("{parameter} {id}"));
        if let Some(answer) = self.answers.get(&known) {
            return answer.clone();
        }
        let form = [
            ("Action", action),
            ("Version", EC2),
            (parameter, id),
            ("IncludePublicKey", "true"),
        ];
        let answer = self.realm.query(region, "ec2", &form).await;
        let answer = answer
            .inspect_err(|error| warn!("{action} of {id}: {error:#}"))
            .ok();
        self.answers.insert(known, answer.clone());
        answer
    }
}
