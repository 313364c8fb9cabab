//! Which rule of a listener is for a request, and what it does.

use std::net::IpAddr;

use http::{HeaderMap, Method, Uri};

use super::{Action, Listener};

/// What is asked.
#[derive(Debug)]
pub(crate) struct Asked<'a> {
    /// The name that was asked, without its port.
    pub host: &'a str,
    /// The port that was asked.
    pub port: u16,
    /// The path and the query.
    pub uri: &'a Uri,
    /// The method.
    pub method: &'a Method,
    /// The headers.
    pub headers: &'a HeaderMap,
    /// Who asks.
    pub client: IpAddr,
}

impl Asked<'_> {
    /// A place to send the client to, with what it asked in place of `#{host}` and the like.
    ///
    /// <https://docs.aws.amazon.com/elasticloadbalancing/latest/application/rule-action-types.html>
    pub fn fill(&self, location: &str) -> String {
        let path = self.uri.path().trim_start_matches('/');
        let filled = location
            .replace("#{protocol}", "http")
            .replace("#{host}", self.host)
            .replace("#{port}", &self.port.to_string())
            .replace("#{path}", path)
            .replace("#{query}", self.uri.query().unwrap_or_default());
        filled.trim_end_matches('?').to_owned()
    }
}

/// What is done with a request: what the first rule says whose conditions are all met.
pub(crate) fn answer_of<'a>(listener: &'a Listener, asked: &Asked<'_>) -> Option<&'a Action> {
    let mut rules = listener.rules.iter();
    let rule = rules.find(|rule| rule.conditions.iter().all(|one| one.is_met(asked)));
    rule.map(|rule| &rule.action)
}

#[cfg(test)]
mod tests {
    use http::{HeaderMap, Method};
    use serde_json::{Value, json};

    use super::{super::conditions::Condition, Asked};

    fn is_met(condition: Value, uri: &str) -> bool {
        let mut headers = HeaderMap::new();
        headers.insert("x-canary", "Yes please".parse().unwrap());
        let asked = Asked {
            host: "Shop.example.com",
            port: 80,
            uri: &uri.parse().unwrap(),
            method: &Method::GET,
            headers: &headers,
            client: [10, 1, 2, 3].into(),
        };
        Condition::read(&condition).is_met(&asked)
    }

    #[test]
    fn every_kind_of_condition_is_met_as_aws_says() {
        let met = [
            json!({"Field": "path-pattern", "Values": ["/img/*"]}),
            json!({"Field": "path-pattern", "PathPatternConfig": {"Values": ["/x", "/img/?"]}}),
            json!({"Field": "host-header", "HostHeaderConfig": {"Values": ["*.EXAMPLE.com"]}}),
            json!({"Field": "http-request-method",
                   "HttpRequestMethodConfig": {"Values": ["POST", "GET"]}}),
            json!({"Field": "http-header",
                   "HttpHeaderConfig": {"HttpHeaderName": "X-Canary", "Values": ["yes*"]}}),
            json!({"Field": "query-string",
                   "QueryStringConfig": {"Values": [{"Key": "V", "Value": "gr*"}]}}),
            json!({"Field": "query-string", "QueryStringConfig": {"Values": [{"Value": "green"}]}}),
            json!({"Field": "source-ip", "SourceIpConfig": {"Values": ["10.0.0.0/8"]}}),
        ];
        for condition in met {
            assert!(is_met(condition.clone(), "/img/a?v=Green"), "{condition}");
        }
        let not = [
            json!({"Field": "path-pattern", "Values": ["/IMG/*"]}),
            json!({"Field": "host-header", "Values": ["example.com"]}),
            json!({"Field": "source-ip", "SourceIpConfig": {"Values": ["192.168.0.0/16"]}}),
            json!({"Field": "query-string",
                   "QueryStringConfig": {"Values": [{"Key": "w", "Value": "green"}]}}),
            json!({"Field": "of-tomorrow", "Values": ["*"]}),
        ];
        for condition in not {
            assert!(!is_met(condition.clone(), "/img/a?v=Green"), "{condition}");
        }
    }

    #[test]
    fn a_place_to_go_has_what_was_asked_in_it() {
        let asked = Asked {
            host: "a.b",
            port: 8080,
            uri: &"/x/y?k=v".parse().unwrap(),
            method: &Method::GET,
            headers: &HeaderMap::new(),
            client: [10, 1, 2, 3].into(),
        };
        let whole = "#{protocol}://#{host}:#{port}/#{path}?#{query}";
        assert_eq!(asked.fill(whole), "http://a.b:8080/x/y?k=v");
        assert_eq!(
            asked.fill("http://c:80/new/#{path}?"),
            "http://c:80/new/x/y"
        );
    }
}
