//! The calls we make, in our own words.

use std::time::Duration;

use aws_config::timeout::TimeoutConfig;
use aws_sdk_ec2::Client;
use aws_sdk_ec2::config::{Credentials, Region};
use aws_sdk_ec2::types::{
    BlockDeviceMapping, EbsBlockDevice, Filter, Instance, InstanceStateName, InstanceType,
    InstanceTypeInfo, ResourceType, Tag, TagSpecification, VolumeType,
};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;

use crate::{Access, Disk, Error, Launch, Observed, Size, State, groups};

/// A call that has not answered by then is given up; all of them may be repeated.
const OPERATION_TIMEOUT: Duration = Duration::from_secs(60);

/// The tag that says by which key an instance was launched.
const TOKEN_TAG: &str = "mac:launch";

/// A connection to EC2 on behalf of one key.
#[derive(Clone, Debug)]
pub struct Ec2 {
    client: Client,
}

impl Ec2 {
    /// Prepares a client; the first call opens the connection.
    pub async fn connect(access: Access) -> Self {
        let credentials = Credentials::new(
            access.access_key_id,
            access.secret_access_key,
            None,
            None,
            "manageacloud",
        );
        let timeouts = TimeoutConfig::builder()
            .operation_timeout(OPERATION_TIMEOUT)
            .build();
        let mut loader = aws_config::defaults(aws_config::BehaviorVersion::latest())
            .region(Region::new(access.region))
            .credentials_provider(credentials)
            .timeout_config(timeouts);
        if let Some(endpoint) = access.endpoint {
            loader = loader.endpoint_url(endpoint);
        }
        Self {
            client: Client::new(&loader.load().await),
        }
    }

    /// Launches one instance, or finds the one that the same token launched before.
    pub async fn launch(&self, launch: Launch) -> Result<Observed, Error> {
        let subnet = launch.subnet.as_deref();
        let groups = groups::of(&self.client, &launch.ports, launch.admin_port, subnet).await?;
        let disks: Vec<_> = launch.disks.iter().map(block_device).collect();
        let mut tagged = launch.tags;
        tagged.push((TOKEN_TAG.to_owned(), launch.client_token.clone()));
        let answer = self
            .client
            .run_instances()
            .client_token(launch.client_token)
            .image_id(launch.image)
            .instance_type(InstanceType::from(launch.hardware.as_str()))
            .user_data(BASE64.encode(launch.user_data))
            .tag_specifications(tags(launch.name, tagged))
            .set_security_group_ids(Some(groups))
            .set_subnet_id(launch.subnet)
            .set_block_device_mappings((!disks.is_empty()).then_some(disks))
            .min_count(1)
            .max_count(1)
            .send()
            .await
            .map_err(Error::from_sdk)?;
        observed(answer.instances().first()).ok_or_else(|| Error::Refused {
            code: "Empty".to_owned(),
            message: "the answer names no instance".to_owned(),
        })
    }

    /// Tells how an instance is.
    pub async fn describe(&self, provider_id: &str) -> Result<Observed, Error> {
        let answer = self
            .client
            .describe_instances()
            .instance_ids(provider_id)
            .send()
            .await
            .map_err(|error| Error::about(provider_id, error))?;
        let instance = answer
            .reservations()
            .iter()
            .flat_map(|one| one.instances())
            .next();
        observed(instance).ok_or_else(|| Error::NotFound {
            provider_id: provider_id.to_owned(),
        })
    }

    /// Finds the instance that a token launched, if it did, among those that are not gone. It is
    /// found by a tag that each launch gives, as not every cloud looks for tokens.
    pub async fn find(&self, client_token: &str) -> Result<Option<Observed>, Error> {
        let filter = Filter::builder()
            .name(format!("tag:{TOKEN_TAG}"))
            .values(client_token)
            .build();
        let answer = self
            .client
            .describe_instances()
            .filters(filter)
            .send()
            .await
            .map_err(Error::from_sdk)?;
        let instances = answer.reservations().iter().flat_map(|one| one.instances());
        let found = instances.filter_map(|one| observed(Some(one)));
        Ok(found.into_iter().find(|one| one.state != State::Terminated))
    }

    /// The names of the regions that the key may use.
    pub async fn regions(&self) -> Result<Vec<String>, Error> {
        let answer = self
            .client
            .describe_regions()
            .send()
            .await
            .map_err(Error::from_sdk)?;
        let names = answer
            .regions()
            .iter()
            .filter_map(|region| region.region_name());
        Ok(names.map(str::to_owned).collect())
    }

    /// The newest image for 64-bit PCs of an owner whose name fits a pattern with `*`.
    pub async fn newest_image(&self, owner: &str, name: &str) -> Result<Option<String>, Error> {
        let filter = |name: &str, value: &str| Filter::builder().name(name).values(value).build();
        let answer = self
            .client
            .describe_images()
            .owners(owner)
            .filters(filter("name", name))
            .filters(filter("state", "available"))
            .filters(filter("architecture", "x86_64"))
            .send()
            .await
            .map_err(Error::from_sdk)?;
        // dates in RFC 3339 and UTC sort as text
        let newest = answer
            .images()
            .iter()
            .max_by_key(|image| image.creation_date());
        let id = newest.and_then(|image| image.image_id());
        Ok(id.map(str::to_owned))
    }

    /// The sizes for 64-bit PCs that the region sells today, smallest first.
    pub async fn sizes(&self) -> Result<Vec<Size>, Error> {
        let filter = |name: &str, value: &str| Filter::builder().name(name).values(value).build();
        let pages = self
            .client
            .describe_instance_types()
            .filters(filter("current-generation", "true"))
            .filters(filter("processor-info.supported-architecture", "x86_64"))
            .into_paginator()
            .items()
            .send();
        let known: Result<Vec<_>, _> = pages.collect().await;
        let known = known.map_err(Error::from_sdk)?;
        let mut sizes: Vec<Size> = known.iter().filter_map(size).collect();
        sizes.sort_by(|a, b| (a.memory_mb, a.cores, &a.id).cmp(&(b.memory_mb, b.cores, &b.id)));
        Ok(sizes)
    }

    /// Ends an instance for good.
    pub async fn terminate(&self, provider_id: &str) -> Result<(), Error> {
        self.client
            .terminate_instances()
            .instance_ids(provider_id)
            .send()
            .await
            .map(drop)
            .map_err(|error| Error::about(provider_id, error))
    }

    /// Reads what the instance wrote on its console.
    pub async fn console_output(&self, provider_id: &str) -> Result<String, Error> {
        let answer = self
            .client
            .get_console_output()
            .instance_id(provider_id)
            .send()
            .await
            .map_err(|error| Error::about(provider_id, error))?;
        let bytes = BASE64
            .decode(answer.output().unwrap_or_default())
            .map_err(|_| Error::Refused {
                code: "Malformed".to_owned(),
                message: "the console output is not base64".to_owned(),
            })?;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }
}

fn size(known: &InstanceTypeInfo) -> Option<Size> {
    let memory = known.memory_info()?.size_in_mib()?;
    let cores = known.v_cpu_info()?.default_v_cpus()?;
    Some(Size {
        id: known.instance_type()?.as_str().to_owned(),
        memory_mb: u32::try_from(memory).ok()?,
        cores: u32::try_from(cores).ok()?,
    })
}

fn block_device(disk: &Disk) -> BlockDeviceMapping {
    let size = i32::try_from(disk.size_gb).unwrap_or(i32::MAX);
    let kind = disk.kind.as_deref().map(VolumeType::from);
    let iops = disk.iops.and_then(|iops| i32::try_from(iops).ok());
    let volume = EbsBlockDevice::builder()
        .volume_size(size)
        .set_volume_type(kind)
        .set_iops(iops)
        .build();
    BlockDeviceMapping::builder()
        .device_name(&disk.device)
        .ebs(volume)
        .build()
}

fn tags(name: String, more: Vec<(String, String)>) -> TagSpecification {
    let tag = |key: String, value: String| Tag::builder().key(key).value(value).build();
    more.into_iter()
        .fold(
            TagSpecification::builder()
                .resource_type(ResourceType::Instance)
                .tags(tag("Name".to_owned(), name)),
            |specification, (key, value)| specification.tags(tag(key, value)),
        )
        .build()
}

fn observed(instance: Option<&Instance>) -> Option<Observed> {
    let instance = instance?;
    Some(Observed {
        provider_id: instance.instance_id()?.to_owned(),
        state: state(instance.state()?.name()?)?,
        public_address: instance.public_ip_address().map(str::to_owned),
        private_address: instance.private_ip_address().map(str::to_owned),
    })
}

fn state(name: &InstanceStateName) -> Option<State> {
    match name {
        InstanceStateName::Pending => Some(State::Pending),
        InstanceStateName::Running => Some(State::Running),
        InstanceStateName::Stopping => Some(State::Stopping),
        InstanceStateName::Stopped => Some(State::Stopped),
        InstanceStateName::ShuttingDown => Some(State::ShuttingDown),
        InstanceStateName::Terminated => Some(State::Terminated),
        // The SDK's enum is open: a state that EC2 invents later is not one we can act on.
        _ => None,
    }
}
