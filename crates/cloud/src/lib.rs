//! Instances of an EC2-speaking cloud, the emulated one or Amazon's.
//!
//! The only crate that links `aws-sdk-ec2`; its types never leave here. Knows no accounts, no
//! database and no macfile. Everything it does is safe to repeat: a launch carries its own key.
//!
//! ```no_run
//! # async fn example() -> Result<(), cloud::Error> {
//! let access = cloud::Access {
//!     access_key_id: "AKIAEXAMPLE".into(),
//!     secret_access_key: "secret".into(),
//!     region: "ap-southeast-2".into(),
//!     endpoint: Some("http://127.0.0.1:4566".into()),
//! };
//! let ec2 = cloud::Ec2::connect(access).await;
//! let observed = ec2.describe("i-0123456789abcdef0").await?;
//! println!("{:?}", observed.state);
//! # Ok(())
//! # }
//! ```

mod ec2;
mod error;
mod groups;

pub use ec2::Ec2;
pub use error::Error;

use std::fmt;

/// What a cloud needs to know to let us in.
#[derive(Clone)]
pub struct Access {
    /// The public half of the key.
    pub access_key_id: String,
    /// The secret half of the key, hidden in `Debug`.
    pub secret_access_key: String,
    /// The region, as `ap-southeast-2`.
    pub region: String,
    /// Where the API answers; none means Amazon's own address of the region.
    pub endpoint: Option<String>,
}

impl fmt::Debug for Access {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Access")
            .field("access_key_id", &self.access_key_id)
            .field("secret_access_key", &"hidden")
            .field("region", &self.region)
            .field("endpoint", &self.endpoint)
            .finish()
    }
}

/// One instance to be launched.
#[derive(Clone)]
pub struct Launch {
    /// The idempotency key: the same token launches at most one instance.
    pub client_token: String,
    /// What people call the instance; becomes its `Name` tag.
    pub name: String,
    /// The image, as `ami-69631053`.
    pub image: String,
    /// The instance type, as `t2.micro`.
    pub hardware: String,
    /// The script the instance runs first, in clear text; hidden in `Debug`.
    pub user_data: String,
    /// More tags, key and value.
    pub tags: Vec<(String, String)>,
    /// The ports that a security group opens; with none it is in the cloud's default group.
    pub ports: Vec<u16>,
    /// The port by which it is administered, which is opened in any case.
    pub admin_port: u16,
    /// The subnet it is attached to; none means the cloud's default one.
    pub subnet: Option<String>,
    /// Additional disks.
    pub disks: Vec<Disk>,
}

/// An additional disk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Disk {
    /// The device, as `/dev/sdb`.
    pub device: String,
    /// Its size in gigabytes.
    pub size_gb: u32,
    /// The kind of volume, as `gp2`.
    pub kind: Option<String>,
    /// Operations a second, for kinds that need them.
    pub iops: Option<u32>,
}

impl fmt::Debug for Launch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Launch")
            .field("client_token", &self.client_token)
            .field("name", &self.name)
            .field("image", &self.image)
            .field("hardware", &self.hardware)
            .field("user_data_bytes", &self.user_data.len())
            .field("ports", &self.ports)
            .finish_non_exhaustive()
    }
}

/// A size of instances.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Size {
    /// Its name, as `t2.micro`.
    pub id: String,
    /// Its memory in mebibytes.
    pub memory_mb: u32,
    /// Its processors, as the system on it counts them.
    pub cores: u32,
}

/// What the cloud said of an instance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Observed {
    /// The cloud's id, as `i-0123456789abcdef0`.
    pub provider_id: String,
    /// The state of its life.
    pub state: State,
    /// The address the world reaches it at, once it has one.
    pub public_address: Option<String>,
    /// The address its neighbours reach it at, once it has one.
    pub private_address: Option<String>,
}

/// The states of an instance's life.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Being prepared.
    Pending,
    /// Running.
    Running,
    /// Being stopped.
    Stopping,
    /// Stopped; can be started again.
    Stopped,
    /// Being terminated.
    ShuttingDown,
    /// Gone for good.
    Terminated,
}
