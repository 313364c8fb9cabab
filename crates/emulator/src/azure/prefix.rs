//! Ranges of addresses, as [RFC 4632](https://www.rfc-editor.org/rfc/rfc4632) writes them.

use std::{net::Ipv4Addr, str::FromStr};

use super::Fault;

/// Addresses at a range's beginning that Azure keeps for itself.
const KEPT_ADDRESSES: u32 = 4;

/// A range of addresses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Prefix {
    base: u32,
    bits: u32,
}

impl FromStr for Prefix {
    type Err = Fault;

    fn from_str(text: &str) -> Result<Self, Fault> {
        let read = || {
            let (base, bits) = text.trim().split_once('/')?;
            let (base, bits): (Ipv4Addr, u32) = (base.parse().ok()?, bits.parse().ok()?);
            let prefix = Self {
                base: base.to_bits(),
                bits,
            };
            (bits <= 29 && prefix.base & prefix.host_mask() == 0).then_some(prefix)
        };
        let wrong = || Fault::BadRequest(format!("{text:?} is not a valid address prefix."));
        read().ok_or_else(wrong)
    }
}

impl Prefix {
    fn host_mask(self) -> u32 {
        u32::MAX.checked_shr(self.bits).unwrap_or(0)
    }

    /// Whether all of another range is in this one.
    pub fn contains(self, other: Self) -> bool {
        other.bits >= self.bits && other.base & !self.host_mask() == self.base
    }

    /// As it is written, for example `10.0.0.0/8`.
    pub fn show(self) -> String {
        format!("{}/{}", Ipv4Addr::from_bits(self.base), self.bits)
    }

    /// Whether a machine may have an address of it.
    pub fn gives(self, address: Ipv4Addr) -> bool {
        let last = self.base | self.host_mask();
        (self.base + KEPT_ADDRESSES..last).contains(&address.to_bits())
    }

    /// The first address that machines may have, and nobody has.
    pub fn free(self, used: &[Ipv4Addr]) -> Option<Ipv4Addr> {
        let last = self.base | self.host_mask();
        let mut all = (self.base + KEPT_ADDRESSES..last).map(Ipv4Addr::from_bits);
        all.find(|address| !used.contains(address))
    }
}

/// Where machines are that are in no virtual network: the shared address space of
/// [RFC 6598](https://www.rfc-editor.org/rfc/rfc6598).
pub(crate) fn address_outside(used: &[Ipv4Addr]) -> Option<Ipv4Addr> {
    let prefix = Prefix {
        base: Ipv4Addr::new(100, 64, 0, 0).to_bits(),
        bits: 10,
    };
    prefix.free(used)
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::{Prefix, address_outside};

    #[test]
    fn a_range_is_read_and_knows_what_is_in_it() {
        let read = |text: &str| text.parse::<Prefix>();
        let wide = read("10.0.0.0/8").unwrap();
        assert_eq!(wide.show(), "10.0.0.0/8");
        assert!(wide.contains(read("10.32.0.0/11").unwrap()) && wide.contains(wide));
        assert!(!wide.contains(read("11.0.0.0/16").unwrap()));
        assert!(!read("10.32.0.0/11").unwrap().contains(wide));
        assert!(read("0.0.0.0/0").unwrap().contains(wide));
        for bad in [
            "",
            "10.0.0.0",
            "10.0.0.0/30",
            "10.0.0.0/33",
            "10.0.0.1/8",
            "a/8",
            "1.2.3/8",
        ] {
            assert!(read(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn the_last_range_of_all_gives_addresses_too() {
        let last: Prefix = "255.255.255.248/29".parse().unwrap();
        assert_eq!(last.free(&[]), Some(Ipv4Addr::new(255, 255, 255, 252)));
        assert_eq!(address_outside(&[]), Some(Ipv4Addr::new(100, 64, 0, 4)));
    }
}
