//! What a request asks for, read from its method, path, query and body.

use jsonc_parser::ParseOptions;
use serde_json::Value;

use super::{
    id::Id,
    kind::Kind,
    shape::{self, Fields},
};
use crate::azure::{Fault, path::decoded_as_written};

/// How deep a body may be.
const DEEPEST: usize = 60;

/// What is asked for.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Ask {
    /// What is to happen.
    pub verb: Verb,
    /// To what.
    pub target: Target,
    /// The path, as it was sent, without the subscription.
    pub path: String,
    /// The body; an empty object where there is none.
    pub body: Value,
    /// Whether how a machine is doing is to be shown with it.
    pub with_instance_view: bool,
    /// Which of a list are meant.
    pub filter: String,
}

/// What is to happen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verb {
    /// It is shown.
    Get,
    /// Whether it is there is said.
    Head,
    /// It becomes as it is sent.
    Put,
    /// It changes in what is sent.
    Patch,
    /// It is told something.
    Post,
    /// It is removed.
    Delete,
}

/// What a path stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Target {
    /// The locations.
    Locations,
    /// The groups.
    Groups,
    /// A group.
    Group(String),
    /// All resources, of a group if one is named.
    All(Option<String>),
    /// The resources of a kind, of a group if one is named.
    Kind(Option<String>, Kind),
    /// A resource, or a part of one.
    One(Id),
    /// The parts of a resource.
    Parts(Id),
    /// What a resource is told.
    Told(Id, String),
    /// The deployments of a group.
    Deployments(String),
    /// A deployment, by its group and its name, or what is asked of it.
    Deployment(String, String, Option<String>),
    /// The sizes of machines.
    Sizes,
    /// Images and extensions: the location, and the steps that lead there.
    Walk(String, Vec<String>),
    /// The providers, or one of them.
    Providers(Option<String>),
    /// How far a change is, by the id that it was answered with.
    Operation(String),
}

impl Ask {
    /// Reads a request; the path is what follows the subscription.
    pub fn read(method: &str, path: &str, query: &str, body: &str) -> Result<Self, Fault> {
        let verb = match method {
            "GET" => Verb::Get,
            "HEAD" => Verb::Head,
            "PUT" => Verb::Put,
            "PATCH" => Verb::Patch,
            "POST" => Verb::Post,
            "DELETE" => Verb::Delete,
            _ => {
                let why = format!("{method} is not supported.");
                return Err(Fault::refused(405, "MethodNotAllowed", why));
            }
        };
        let parameter = |name: &str| {
            let mut all = form_urlencoded::parse(query.as_bytes());
            let found = all.find(|(own, _)| own.eq_ignore_ascii_case(name));
            found.map(|(_, value)| value.into_owned())
        };
        if parameter("api-version").is_none_or(|version| version.is_empty()) {
            let why =
                "The api-version query parameter (?api-version=) is required for all requests.";
            return Err(Fault::refused(400, "MissingApiVersionParameter", why));
        }
        let words = path.split('/').filter(|word| !word.is_empty());
        let words: Vec<String> = words.map(decoded_as_written).collect();
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let target = target(&words).ok_or_else(|| {
            let why = format!("Nothing is emulated at '/{}'.", words.join("/"));
            Fault::refused(404, "InvalidResourceType", why)
        })?;
        let expand = parameter("$expand").unwrap_or_default();
        Ok(Self {
            verb,
            target,
            path: path.to_owned(),
            body: read(body)?,
            with_instance_view: expand.eq_ignore_ascii_case("instanceView"),
            filter: parameter("$filter").unwrap_or_default(),
        })
    }
}

impl Ask {
    /// The change whose progress is asked, by its id.
    pub fn operation(&self) -> Option<&str> {
        match &self.target {
            Target::Operation(id) => Some(id),
            _ => None,
        }
    }

    /// Whether something may be another afterwards.
    pub fn changes(&self) -> bool {
        !matches!(self.verb, Verb::Get | Verb::Head)
    }
}

/// Reads a body as Resource Manager does: with comments, and with names that are not quoted, since az
/// sends templates so.
fn read(body: &str) -> Result<Value, Fault> {
    if body.trim().is_empty() {
        return Ok(Value::Object(Fields::new()));
    }
    let wrong = |why: String| Fault::refused(400, "InvalidRequestContent", why);
    let value: Value = jsonc_parser::parse_to_serde_value(body, &ParseOptions::default())
        .map_err(|error| wrong(format!("The request content was invalid: {error}.")))?;
    if !value.is_object() {
        return Err(wrong("The request content is not an object.".to_owned()));
    }
    // what is kept must be read again, and serde_json reads no deeper than twice this
    if shape::depth(&value) > DEEPEST {
        return Err(wrong("The request content is nested too deep.".to_owned()));
    }
    Ok(value)
}

fn target(words: &[&str]) -> Option<Target> {
    let low: Vec<String> = words.iter().map(|word| word.to_ascii_lowercase()).collect();
    let low: Vec<&str> = low.iter().map(String::as_str).collect();
    Some(match (low.as_slice(), words) {
        (["locations"], _) => Target::Locations,
        (["resources"], _) => Target::All(None),
        (["operationstatuses", id], _) => Target::Operation(id.to_string()),
        (["resourcegroups"], _) => Target::Groups,
        (["resourcegroups", _], [_, group]) => Target::Group(group.to_string()),
        (["resourcegroups", _, "resources"], [_, group, _]) => Target::All(Some(group.to_string())),
        (["resourcegroups", _, "providers", rest @ ..], [_, group, _, words @ ..]) => {
            return in_group(group, rest, words);
        }
        (["providers"], _) => Target::Providers(None),
        (["providers", space] | ["providers", space, "register"], _) => {
            Target::Providers(Some(space.to_string()))
        }
        (["providers", "microsoft.compute", "locations", _, "vmsizes"], _) => Target::Sizes,
        (
            [
                "providers",
                "microsoft.compute",
                "locations",
                at,
                "publishers",
                ..,
            ],
            [_, _, _, _, _, steps @ ..],
        ) => {
            let steps = steps.iter().map(ToString::to_string);
            Target::Walk(at.to_string(), steps.collect())
        }
        (["providers", space, kind], _) => Target::Kind(None, Kind::read(space, kind)?),
        _ => return None,
    })
}

/// What follows `providers` in a group, in small letters and as it was written.
fn in_group(group: &str, low: &[&str], words: &[&str]) -> Option<Target> {
    let group = group.to_owned();
    Some(match (low, words) {
        (["microsoft.resources", "deployments"], _) => Target::Deployments(group),
        (["microsoft.resources", "deployments", _], [_, _, name]) => {
            Target::Deployment(group, name.to_string(), None)
        }
        (["microsoft.resources", "deployments", _, what], [_, _, name, _]) => {
            Target::Deployment(group, name.to_string(), Some(what.to_string()))
        }
        ([space, kind], _) => Target::Kind(Some(group), Kind::read(space, kind)?),
        ([_, _, _, last], [before @ .., _]) => {
            let whole = Id::within(&group, before)?;
            if whole
                .kind
                .parts()
                .is_some_and(|parts| parts.eq_ignore_ascii_case(last))
            {
                Target::Parts(whole)
            } else {
                Target::Told(whole, last.to_string())
            }
        }
        _ => Target::One(Id::within(&group, words)?),
    })
}

#[cfg(test)]
mod tests {
    use super::{Ask, Target};
    use crate::azure::{
        Fault,
        resources::{id::Id, kind::Kind},
    };

    fn target(path: &str) -> Option<Target> {
        let ask = Ask::read("GET", path, "api-version=1", "");
        ask.ok().map(|ask| ask.target)
    }

    #[test]
    fn a_path_is_read_in_any_letters_and_names_stay_as_they_are() {
        let machine = Id::new("Rg", Kind::Machine, "Vm");
        let path = "/ResourceGroups/Rg/providers/microsoft.compute/VIRTUALMACHINES/Vm";
        assert_eq!(target(path), Some(Target::One(machine.clone())));
        let extension = Target::One(machine.part("E"));
        assert_eq!(target(&format!("{path}/extensions/E")), Some(extension));
        let parts = Target::Parts(machine.clone());
        assert_eq!(target(&format!("{path}/Extensions")), Some(parts));
        let told = Target::Told(machine, "poweroff".to_owned());
        assert_eq!(target(&format!("{path}/powerOff")), Some(told));
        let deployment = Target::Deployment("Rg".into(), "D".into(), None);
        let path = "/resourcegroups/Rg/providers/Microsoft.Resources/deployments";
        assert_eq!(target(&format!("{path}/D")), Some(deployment));
        assert_eq!(
            target(&format!("{path}/")),
            Some(Target::Deployments("Rg".into()))
        );
    }

    #[test]
    fn what_is_not_there_or_not_json_is_refused_by_a_code() {
        let code = |method: &str, path: &str, query: &str, body: &str| match Ask::read(
            method, path, query, body,
        ) {
            Err(Fault::Refused { code, .. }) => code,
            other => panic!("{other:?}"),
        };
        assert_eq!(
            code("GET", "/locations", "", ""),
            "MissingApiVersionParameter"
        );
        assert_eq!(
            code("TRACE", "/locations", "api-version=1", ""),
            "MethodNotAllowed"
        );
        assert_eq!(
            code("GET", "/moons", "api-version=1", ""),
            "InvalidResourceType"
        );
        let deep = format!("{{\"a\": {}{}}}", "[".repeat(100), "]".repeat(100));
        let bomb = "[".repeat(200_000);
        for body in ["{", "[]", "1", &deep, &bomb] {
            let path = "/resourcegroups/g";
            assert_eq!(
                code("PUT", path, "api-version=1", body),
                "InvalidRequestContent"
            );
        }
    }
}
