//! Which requests a rule of an application load balancer is for.
//!
//! <https://docs.aws.amazon.com/elasticloadbalancing/latest/application/rule-condition-types.html>

use ipnet::IpNet;
use serde_json::Value;

use super::{rules::Asked, wildcard};

/// One condition: met when any of its values fits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Condition {
    /// The name that was asked, in whatever case.
    Host(Vec<String>),
    /// The path, letter by letter.
    Path(Vec<String>),
    /// The method.
    Method(Vec<String>),
    /// A header's value, in whatever case.
    Header(String, Vec<String>),
    /// A parameter of the query; without a key, any.
    Query(Vec<(Option<String>, String)>),
    /// The client's address.
    Source(Vec<IpNet>),
    /// One that is not known here, and is never met.
    Unknown(String),
}

impl Condition {
    /// Reads a condition in the words of the request that made it.
    pub(super) fn read(value: &Value) -> Self {
        let field = value["Field"].as_str().unwrap_or_default();
        let values = |config: &str| {
            let lists = [&value[config]["Values"], &value["Values"]];
            let lists = lists.into_iter().filter_map(Value::as_array).flatten();
            let texts = lists.filter_map(|value| value.as_str().map(str::to_owned));
            texts.collect::<Vec<String>>()
        };
        match field {
            "host-header" => Self::Host(lower(values("HostHeaderConfig"))),
            "path-pattern" => Self::Path(values("PathPatternConfig")),
            "http-request-method" => Self::Method(values("HttpRequestMethodConfig")),
            "http-header" => {
                let config = "HttpHeaderConfig";
                let name = value[config]["HttpHeaderName"].as_str();
                Self::Header(name.unwrap_or_default().to_owned(), lower(values(config)))
            }
            "query-string" => Self::Query(parameters(&value["QueryStringConfig"]["Values"])),
            "source-ip" => {
                let nets = values("SourceIpConfig");
                Self::Source(nets.iter().filter_map(|net| net.parse().ok()).collect())
            }
            other => Self::Unknown(other.to_owned()),
        }
    }

    /// Whether a request meets it.
    pub(super) fn is_met(&self, asked: &Asked<'_>) -> bool {
        let any = |patterns: &[String], text: &str| {
            patterns.iter().any(|pattern| wildcard::fits(pattern, text))
        };
        match self {
            Self::Host(patterns) => any(patterns, &asked.host.to_ascii_lowercase()),
            Self::Path(patterns) => any(patterns, asked.uri.path()),
            Self::Method(methods) => methods.iter().any(|method| method == asked.method.as_str()),
            Self::Header(name, patterns) => {
                let values = asked.headers.get_all(name.as_str()).iter();
                let mut texts = values.filter_map(|value| value.to_str().ok());
                texts.any(|text| any(patterns, &text.to_ascii_lowercase()))
            }
            Self::Query(wanted) => {
                let query = asked.uri.query().unwrap_or_default().as_bytes();
                let mut all = form_urlencoded::parse(query);
                all.any(|(key, value)| is_wanted(wanted, &key, &value))
            }
            Self::Source(nets) => nets.iter().any(|net| net.contains(&asked.client)),
            Self::Unknown(_) => false,
        }
    }
}

fn is_wanted(wanted: &[(Option<String>, String)], key: &str, value: &str) -> bool {
    let (key, value) = (key.to_ascii_lowercase(), value.to_ascii_lowercase());
    wanted.iter().any(|(wanted_key, pattern)| {
        let fits_key = wanted_key.as_ref().is_none_or(|k| wildcard::fits(k, &key));
        fits_key && wildcard::fits(pattern, &value)
    })
}

fn parameters(values: &Value) -> Vec<(Option<String>, String)> {
    let values = values.as_array().into_iter().flatten();
    let text = |value: &Value| value.as_str().map(str::to_ascii_lowercase);
    let one = |value: &Value| Some((text(&value["Key"]), text(&value["Value"])?));
    values.filter_map(one).collect()
}

fn lower(values: Vec<String>) -> Vec<String> {
    let lower = values.into_iter().map(|value| value.to_ascii_lowercase());
    lower.collect()
}
