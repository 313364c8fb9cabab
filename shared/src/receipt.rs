//! Receipts: what an application's deployments came to, in a chain that can be checked offline.
//!
//! Each receipt holds the hash of the one before, so none can be changed, left out or put in
//! between without changing all that follow. The last hash stands for all of them: whoever kept it
//! knows that nothing before it was touched.

use std::fmt::Write as _;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::{Deployment, Instant};

/// What the first receipt has in the place of the hash of the one before.
pub const GENESIS: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// What one deployment came to, as a link of a chain.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Receipt {
    /// Its number in the application's chain, from 1, without gaps.
    pub number: u64,
    /// The hash of the receipt before; zeros for the first.
    pub previous: String,
    /// What happened, as JSON: an [`Outcome`], to the byte as it was hashed.
    pub body: String,
    /// SHA-256 of the number, `previous` and `body`, with a line feed after each of the first two;
    /// 64 hexadecimal digits.
    pub hash: String,
}

/// What a receipt says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outcome {
    /// When it was written.
    pub at: Instant,
    /// The version that was live then.
    pub live: Option<String>,
    /// Who let it go live, if somebody was asked.
    pub approved_by: Option<String>,
    /// The deployment as it ended.
    pub deployment: Deployment,
}

/// What is wrong with a chain.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Broken {
    /// A number is missing, or is there twice.
    #[error("receipt {found} stands where {wanted} should be")]
    Number {
        /// The number that should be there.
        wanted: u64,
        /// The number that is.
        found: u64,
    },
    /// It does not follow the one before.
    #[error("receipt {0} does not follow the one before it")]
    Previous(u64),
    /// What it says is not what was hashed.
    #[error("receipt {0} was changed: its hash is of other words")]
    Hash(u64),
}

impl Receipt {
    /// The receipt that follows a number and a hash: 0 and [`GENESIS`] for the first.
    pub fn after(number: u64, previous: &str, body: String) -> Self {
        let number = number + 1;
        let hash = hash(number, previous, &body);
        Self {
            number,
            previous: previous.to_owned(),
            body,
            hash,
        }
    }
}

fn hash(number: u64, previous: &str, body: &str) -> String {
    let digest = Sha256::digest(format!("{number}\n{previous}\n{body}"));
    digest.iter().fold(String::new(), |mut hex, byte| {
        // a string takes whatever is written
        write!(hex, "{byte:02x}").ok();
        hex
    })
}

/// Checks a chain from its first receipt on; returns the hash that stands for all of it.
pub fn check(receipts: &[Receipt]) -> Result<String, Broken> {
    let mut last = GENESIS.to_owned();
    for (wanted, receipt) in (1..).zip(receipts) {
        let found = receipt.number;
        if found != wanted {
            return Err(Broken::Number { wanted, found });
        }
        if receipt.previous != last {
            return Err(Broken::Previous(found));
        }
        if receipt.hash != hash(found, &receipt.previous, &receipt.body) {
            return Err(Broken::Hash(found));
        }
        last.clone_from(&receipt.hash);
    }
    Ok(last)
}

#[cfg(test)]
mod tests {
    use super::{Broken, GENESIS, Receipt, check};

    fn chain() -> Vec<Receipt> {
        let mut chain: Vec<Receipt> = Vec::new();
        for body in ["one", "two", "three"] {
            let last = chain.last();
            let (number, hash) = last.map_or((0, GENESIS), |last| (last.number, &last.hash));
            chain.push(Receipt::after(number, hash, body.to_owned()));
        }
        chain
    }

    #[test]
    fn a_chain_that_nobody_touched_is_whole() {
        let chain = chain();
        assert_eq!(check(&chain).unwrap(), chain[2].hash);
        assert_eq!(check(&[]).unwrap(), GENESIS);
        // printf '1\n0000…\none' | sha256sum
        let known = "2ec4bba534effe3ad6f9b589f9a77c504240bbc1d3a07ae381d420561bf38eec";
        assert_eq!(chain[0].hash, known);
    }

    #[test]
    fn whatever_is_changed_left_out_or_put_in_is_found() {
        let mut changed = chain();
        changed[1].body.push('!');
        assert_eq!(check(&changed), Err(Broken::Hash(2)));
        let mut left_out = chain();
        left_out.remove(1);
        let (wanted, found) = (2, 3);
        assert_eq!(check(&left_out), Err(Broken::Number { wanted, found }));
        let mut again = chain();
        again[1] = Receipt::after(1, GENESIS, "two".into());
        assert_eq!(check(&again), Err(Broken::Previous(2)));
        let mut hashed_again = chain();
        let other = Receipt::after(1, &hashed_again[0].hash, "2".into());
        hashed_again[1] = other;
        assert_eq!(check(&hashed_again), Err(Broken::Previous(3)));
    }
}
