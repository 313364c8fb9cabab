//! What a name is: by an account's zones of Route 53, and by what its instances and load balancers
//! are called.

use std::net::Ipv4Addr;

use super::Directory;
use crate::{
    balancing::by_weight,
    books::{Record, Zone},
};

/// How many names one after the other stand for the next.
const MOST_HOPS: usize = 8;
/// How many seconds an answer about an instance or a load balancer may be kept.
const TTL: u32 = 5;

/// One record of an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Found {
    /// Whose it is.
    pub name: String,
    /// How many seconds it may be kept.
    pub ttl: u32,
    /// What it says.
    pub data: Data,
}

impl Found {
    /// The address, if it is one.
    pub fn address(&self) -> Option<Ipv4Addr> {
        match self.data {
            Data::A(address) => Some(address),
            Data::Cname(_) | Data::Txt(_) => None,
        }
    }
}

/// What a record says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Data {
    /// An address.
    A(Ipv4Addr),
    /// Another name.
    Cname(String),
    /// A text.
    Txt(String),
}

/// What is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Addresses.
    A,
    /// The name that it stands for.
    Cname,
    /// Texts.
    Txt,
    /// Anything else, of which there is nothing.
    Other,
}

impl Kind {
    fn word(self) -> &'static str {
        match self {
            Self::A => "A",
            Self::Cname => "CNAME",
            Self::Txt => "TXT",
            Self::Other => "",
        }
    }
}

/// The answer: none when there is no such name.
pub(crate) fn answer(
    directory: &Directory,
    zones: &[Zone],
    name: &str,
    kind: Kind,
    mut random: impl FnMut() -> u32,
) -> Option<Vec<Found>> {
    let mut found: Vec<Found> = Vec::new();
    let mut name = plain(name);
    for _ in 0..MOST_HOPS {
        if let Some(address) = directory.address(&name) {
            found.extend((kind == Kind::A).then(|| Found {
                name: name.clone(),
                ttl: TTL,
                data: Data::A(address),
            }));
            return Some(found);
        }
        let of_name: Vec<&Record> = records(zones, &name);
        if of_name.is_empty() {
            // where the way led out of what is known here, it is told so far
            return (!found.is_empty() || is_zone(zones, &name)).then_some(found);
        }
        let of_kind = of_kind(&of_name, kind.word());
        if let Some(alias) = pick(&of_kind, random()).find_map(|record| record.alias.clone()) {
            let of_alias = answer_of_alias(directory, zones, &alias, kind, &mut random);
            found.extend(of_alias.into_iter().map(|one| Found {
                name: name.clone(),
                ..one
            }));
            return Some(found);
        }
        if !of_kind.is_empty() || kind == Kind::Cname {
            let picked = pick(&of_kind, random());
            found.extend(picked.flat_map(|record| data_of(&name, record)));
            return Some(found);
        }
        let cnames = self::of_kind(&of_name, "CNAME");
        let Some(next) = pick(&cnames, random()).find_map(|record| record.values.first().cloned())
        else {
            return Some(found);
        };
        let ttl = cnames.first().map_or(TTL, |record| record.ttl);
        found.push(Found {
            name: name.clone(),
            ttl,
            data: Data::Cname(plain(&next)),
        });
        name = plain(&next);
    }
    Some(found)
}

/// The addresses of what an alias stands for, which the asker does not hear of.
fn answer_of_alias(
    directory: &Directory,
    zones: &[Zone],
    alias: &str,
    kind: Kind,
    random: &mut impl FnMut() -> u32,
) -> Vec<Found> {
    let mut name = plain(alias).trim_start_matches("dualstack.").to_owned();
    for _ in 0..MOST_HOPS {
        if let Some(address) = directory.address(&name) {
            let data = Data::A(address);
            return vec![Found {
                name,
                ttl: TTL,
                data,
            }];
        }
        let of_name = records(zones, &name);
        let of_kind = of_kind(&of_name, kind.word());
        let picked: Vec<&Record> = pick(&of_kind, random()).collect();
        match picked.iter().find_map(|record| record.alias.as_ref()) {
            Some(next) => name = plain(next),
            None => {
                let data = picked.iter().flat_map(|record| data_of(&name, record));
                return data.collect();
            }
        }
    }
    Vec::new()
}

/// The records of a name in the zone that it is in, or those of its wildcard
/// ([RFC 4592](https://www.rfc-editor.org/rfc/rfc4592)).
fn records<'a>(zones: &'a [Zone], name: &str) -> Vec<&'a Record> {
    let Some(zone) = zone_of(zones, name) else {
        return Vec::new();
    };
    let named = |wanted: &str| -> Vec<&'a Record> {
        let all = zone.records.iter();
        all.filter(|record| plain(&record.name) == wanted).collect()
    };
    let exact = named(name);
    if !exact.is_empty() {
        return exact;
    }
    let mut rest = name;
    while let Some((_, parent)) = rest.split_once('.') {
        let starred = named(&format!("*.{parent}"));
        if !starred.is_empty() || !named(parent).is_empty() {
            return starred;
        }
        rest = parent;
    }
    Vec::new()
}

fn zone_of<'a>(zones: &'a [Zone], name: &str) -> Option<&'a Zone> {
    let is_in = |zone: &&Zone| {
        let zone = plain(&zone.name);
        name.strip_suffix(&zone)
            .is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
    };
    zones
        .iter()
        .filter(is_in)
        .max_by_key(|zone| zone.name.len())
}

fn is_zone(zones: &[Zone], name: &str) -> bool {
    zones.iter().any(|zone| plain(&zone.name) == name)
}

fn of_kind<'a>(records: &[&'a Record], kind: &str) -> Vec<&'a Record> {
    let all = records.iter().copied();
    all.filter(|record| record.kind == kind).collect()
}

/// Of records with weights one, by its weight; if all are 0, any. Others are all answered.
fn pick<'a>(records: &[&'a Record], random: u32) -> impl Iterator<Item = &'a Record> {
    let weighted = records.iter().filter_map(|one| Some((*one, one.weight?)));
    let any = weighted.clone().map(|(record, _)| (record, 1));
    let picked = by_weight(weighted, random).or_else(|| by_weight(any, random));
    let plain = records.iter().copied().filter(|one| one.weight.is_none());
    let plain: Vec<&Record> = plain.collect();
    plain.into_iter().chain(picked)
}

fn data_of(name: &str, record: &Record) -> Vec<Found> {
    let data = record
        .values
        .iter()
        .filter_map(|value| match record.kind.as_str() {
            "A" => value.parse().ok().map(Data::A),
            "CNAME" => Some(Data::Cname(plain(value))),
            "TXT" => Some(Data::Txt(value.trim_matches('"').to_owned())),
            _ => None,
        });
    let found = data.map(|data| Found {
        name: name.to_owned(),
        ttl: record.ttl,
        data,
    });
    found.collect()
}

/// A name as it is compared: Route 53 writes a star as `\052`, and dots at the end.
fn plain(name: &str) -> String {
    let name = name.replace("\\052", "*").to_ascii_lowercase();
    name.trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{Data, Kind, answer};
    use crate::{balancing::Balancing, books::Picture, network::Directory};

    fn record(name: &str, kind: &str, values: &[&str], weight: Option<u32>) -> Value {
        json!({"name": name, "kind": kind, "ttl": 60, "values": values, "alias": null,
            "weight": weight})
    }

    fn ask(name: &str, kind: Kind, random: u32) -> Option<Vec<Data>> {
        let mut alias = record("example.com.", "A", &[], None);
        alias["alias"] = json!("dualstack.alb-1.elb.amazonaws.com.");
        let mut inner = record("inner.example.com", "A", &[], None);
        inner["alias"] = json!("www.example.com");
        let balancer = json!({"name": "alb", "dns_name": "alb-1.elb.amazonaws.com",
            "kind": "application", "groups": [], "vpc": "v", "listeners": [], "idle": 60});
        let picture: Picture = serde_json::from_value(json!({
            "instances": [], "groups": [], "classic": [], "balancers": [balancer],
            "target_groups": [], "zones": [{"name": "example.com.", "records": [
                alias,
                inner,
                record("www.example.com.", "A", &["203.0.113.1", "203.0.113.2"], None),
                record("app.example.com.", "CNAME", &["blue.example.com"], Some(90)),
                record("app.example.com.", "CNAME", &["green.example.com"], Some(10)),
                record("blue.example.com", "A", &["203.0.113.3"], None),
                record("green.example.com", "CNAME", &["alb-1.elb.amazonaws.com"], None),
                record("out.example.com", "CNAME", &["www.elsewhere.org"], None),
                record("loop.example.com", "CNAME", &["loop.example.com"], None),
                record("\\052.wild.example.com", "TXT", &["\"a text\""], None)]}]}))
        .unwrap();
        let directory = Directory::new(&picture, &Balancing::read(&picture));
        let found = answer(&directory, &picture.zones, name, kind, || random)?;
        Some(found.into_iter().map(|one| one.data).collect())
    }

    fn a(last: u8) -> Data {
        Data::A([203, 0, 113, last].into())
    }

    #[test]
    fn records_are_answered_with_all_that_they_stand_for() {
        assert_eq!(ask("WWW.example.com", Kind::A, 0).unwrap(), [a(1), a(2)]);
        let blue = Data::Cname("blue.example.com".into());
        assert_eq!(ask("app.example.com", Kind::A, 0).unwrap(), [blue, a(3)]);
        let green = ask("app.example.com", Kind::A, u32::MAX).unwrap();
        let names = ["green.example.com", "alb-1.elb.amazonaws.com"];
        assert_eq!(green[..2], names.map(|name| Data::Cname(name.into())));
        assert!(matches!(green[2], Data::A(_)));
    }

    #[test]
    fn an_alias_has_the_addresses_of_what_it_stands_for() {
        let at = ask("alb-1.elb.amazonaws.com", Kind::A, 0).unwrap();
        assert_eq!(ask("example.com", Kind::A, 0).unwrap(), at);
        assert_eq!(ask("inner.example.com", Kind::A, 0).unwrap(), [a(1), a(2)]);
    }

    #[test]
    fn wildcards_texts_and_what_is_not_there() {
        let text = Data::Txt("a text".into());
        assert_eq!(ask("x.y.wild.example.com", Kind::Txt, 0).unwrap(), [text]);
        assert_eq!(ask("www.example.com", Kind::Txt, 0).unwrap(), []);
        assert_eq!(ask("www.example.com", Kind::Other, 0).unwrap(), []);
        assert_eq!(ask("none.example.com", Kind::A, 0), None);
        assert_eq!(ask("www.elsewhere.org", Kind::A, 0), None);
        let out = Data::Cname("www.elsewhere.org".into());
        assert_eq!(ask("out.example.com", Kind::A, 0).unwrap(), [out]);
        assert!(ask("loop.example.com", Kind::A, 0).unwrap().len() <= 8);
    }
}
