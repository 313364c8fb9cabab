//! The line before a connection: from where to where, in version 1 of the PROXY protocol.
//!
//! <https://www.haproxy.org/download/2.9/doc/proxy-protocol.txt>, section 2.1

use std::net::{Ipv4Addr, SocketAddrV4};

/// The longest line, with its end.
pub(super) const LONGEST: u64 = 107;

/// From where a connection comes and where it was meant to go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Preface {
    /// From where.
    pub from: Ipv4Addr,
    /// To where.
    pub to: SocketAddrV4,
}

impl Preface {
    /// Reads the line; none when it is another one.
    pub fn read(line: &str) -> Option<Self> {
        let line = line.strip_prefix("PROXY TCP4 ")?.strip_suffix("\r\n")?;
        let mut words = line.split(' ');
        let (from, to) = (words.next()?.parse().ok()?, words.next()?.parse().ok()?);
        let (_, port): (u16, u16) = (words.next()?.parse().ok()?, words.next()?.parse().ok()?);
        words.next().is_none().then_some(Self {
            from,
            to: SocketAddrV4::new(to, port),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::{Ipv4Addr, Preface};

    #[test]
    fn a_line_says_from_where_to_where() {
        let read = Preface::read("PROXY TCP4 10.0.0.5 54.1.2.3 40000 443\r\n").unwrap();
        assert_eq!(read.from, Ipv4Addr::new(10, 0, 0, 5));
        assert_eq!(read.to.to_string(), "54.1.2.3:443");
        for other in [
            "",
            "GET / HTTP/1.1\r\n",
            "PROXY TCP4 10.0.0.5 54.1.2.3 40000\r\n",
            "PROXY TCP4 10.0.0.5 54.1.2.3 1 70000\r\n",
            "PROXY TCP4 10.0.0.5 54.1.2.3 1 2 3\r\n",
            "PROXY TCP4 10.0.0.5 54.1.2.3 1 2",
        ] {
            assert_eq!(Preface::read(other), None, "{other}");
        }
    }
}
