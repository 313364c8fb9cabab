//! Another machine that holds terminals, as the settings name it.

use std::{path::PathBuf, str::FromStr};

use anyhow::Context as _;
use pty::{Token, Way};

use super::{Kind, Link};

/// A machine's name, and where its host listens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Machine {
    /// What people see.
    pub name: String,
    /// Its name or address in the network, and the port.
    pub address: String,
    /// The file with what its host lets in.
    pub token: PathBuf,
}

impl Machine {
    /// The machines of the settings, which have one token.
    pub fn all(named: &[Named], token: Option<&PathBuf>) -> anyhow::Result<Vec<Self>> {
        let machine = |named: &Named| {
            let token = token.context("--terminal-hosts needs --terminal-hosts-token")?;
            Ok(Self {
                name: named.name.clone(),
                address: named.address.clone(),
                token: token.clone(),
            })
        };
        named.iter().map(machine).collect()
    }

    /// A link to its host.
    pub(super) fn link(&self) -> anyhow::Result<Link> {
        let way = Way::Machine {
            address: self.address.clone(),
            token: Token::read(&self.token)?,
        };
        Ok(Link::new(self.name.clone(), Kind::Machine, way))
    }
}

/// `NAME=HOST:PORT` of the settings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named {
    name: String,
    address: String,
}

impl FromStr for Named {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let parts = text.split_once('=');
        let (name, address) = parts.ok_or("write it as NAME=HOST:PORT")?;
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
        // builds of this machine's begin with a dash
        if name.is_empty() || name.starts_with('-') || !name.bytes().all(is_plain) {
            return Err(format!("{name:?} is no name of letters, digits and dashes"));
        }
        let port = address
            .rsplit_once(':')
            .map(|(_, port)| port.parse::<u16>());
        match port {
            Some(Ok(_)) => Ok(Self {
                name: name.to_owned(),
                address: address.to_owned(),
            }),
            Some(Err(_)) | None => Err(format!("{address:?} has no port")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Named;

    #[test]
    fn a_machine_has_a_name_and_a_port() {
        let read = |text: &str| text.parse::<Named>();
        assert_eq!(
            read("second=10.0.0.2:7717").unwrap().address,
            "10.0.0.2:7717"
        );
        assert_eq!(
            read("six=[fd00::2]:7717").unwrap().address,
            "[fd00::2]:7717"
        );
        for wrong in [
            "second",
            "=a:1",
            "-x=a:1",
            "a b=a:1",
            "a=b",
            "a=b:x",
            "a=b:70000",
        ] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }
}
