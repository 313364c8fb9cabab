//! What is asked for, read from a request's method, path, query and body.

use super::{
    Ask, Fault,
    ask::{Deed, Detail, Look, NewService, Order, Place},
    roles::{NewDeployment, NewRole},
};

impl Ask {
    /// Reads a request; the path is what follows the subscription.
    pub fn read(method: &str, path: &str, query: &str, body: &str) -> Result<Self, Fault> {
        let words: Vec<String> = path
            .split('/')
            .filter(|word| !word.is_empty())
            .map(decoded)
            .collect();
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let unknown = || Fault::NotFound(format!("{method} /{} is not there.", words.join("/")));
        if method == "GET" {
            return look(&words, query).map(Self::Look).ok_or_else(unknown);
        }
        let deed = deed(method, &words, query, body)?;
        let deed = deed.map(Box::new).map(Self::Do);
        deed.ok_or_else(unknown)
    }
}

fn look(words: &[&str], query: &str) -> Option<Look> {
    Some(match words {
        ["locations"] => Look::Locations,
        ["affinitygroups"] => Look::AffinityGroups,
        ["operations", id] => Look::Operation(id.to_string()),
        ["services", "networking", "media"] => Look::Network,
        ["services", "networking", "virtualnetwork"] => Look::Sites,
        ["services", "images"] => Look::Images,
        ["services", "images", name] => Look::Image(name.to_string()),
        ["services", "vmimages"] => Look::MachineImages,
        ["services", "resourceextensions"] => Look::Extensions,
        ["services", "hostedservices", rest @ ..] => return look_at_service(rest, query),
        ["services", "storageservices"] => Look::Storages,
        ["services", "storageservices", name] => Look::Storage(name.to_string()),
        [
            "services",
            "storageservices",
            "operations",
            "isavailable",
            name,
        ] => Look::IsStorageFree(name.to_string()),
        _ => return None,
    })
}

fn look_at_service(words: &[&str], query: &str) -> Option<Look> {
    Some(match words {
        [] => Look::Services,
        ["operations", "isavailable", name] => Look::IsServiceFree(name.to_string()),
        [name] if has(query, "embed-detail=true") => {
            Look::Service(name.to_string(), Detail::Deployment)
        }
        [name] => Look::Service(name.to_string(), Detail::Plain),
        [name, "deploymentslots", slot] => Look::Slot(name.to_string(), slot.to_string()),
        [service, "deployments", deployment] => Look::Deployment(place(service, deployment, "")),
        [service, "deployments", deployment, "roles", role] => {
            Look::Role(place(service, deployment, role))
        }
        _ => return None,
    })
}

fn deed(method: &str, words: &[&str], query: &str, body: &str) -> Result<Option<Deed>, Fault> {
    let (service, rest) = match (method, words) {
        ("PUT", ["services", "networking", "media"]) => {
            return Ok(Some(Deed::SetNetwork(body.to_owned())));
        }
        ("POST", ["services", "storageservices"]) => {
            let new = NewService::read(body, "CreateStorageServiceInput")?;
            return Ok(Some(Deed::CreateStorage(new)));
        }
        ("DELETE", ["services", "storageservices", name]) => {
            return Ok(Some(Deed::DeleteStorage(name.to_string())));
        }
        ("POST", ["services", "hostedservices"]) => {
            let new = NewService::read(body, "CreateHostedService")?;
            return Ok(Some(Deed::CreateService(new)));
        }
        ("DELETE", ["services", "hostedservices", name]) if has(query, "comp=media") => {
            return Ok(Some(Deed::DeleteAll(name.to_string())));
        }
        ("DELETE", ["services", "hostedservices", name]) => {
            return Ok(Some(Deed::DeleteService(name.to_string())));
        }
        (
            _,
            [
                "services",
                "hostedservices",
                service,
                "deployments",
                rest @ ..,
            ],
        ) => (*service, rest),
        _ => return Ok(None),
    };
    Ok(Some(match (method, rest) {
        ("POST", []) => Deed::Deploy(service.to_owned(), NewDeployment::read(body)?),
        ("DELETE", [name]) => Deed::Undeploy(place(service, name, "")),
        ("POST", [name, "roles"]) => Deed::AddRole(place(service, name, ""), NewRole::read(body)?),
        ("PUT", [name, "roles", role]) => {
            Deed::UpdateRole(place(service, name, role), NewRole::read_again(body)?)
        }
        ("DELETE", [name, "roles", role]) => Deed::DeleteRole(place(service, name, role)),
        ("POST", [name, "roleinstances", role, "operations"]) => {
            Deed::Tell(place(service, name, role), Order::read(body)?)
        }
        _ => return Ok(None),
    }))
}

fn place(service: &str, deployment: &str, role: &str) -> Place {
    Place {
        service: service.to_owned(),
        deployment: deployment.to_owned(),
        role: role.to_owned(),
    }
}

fn has(query: &str, wanted: &str) -> bool {
    query
        .split('&')
        .any(|pair| pair.eq_ignore_ascii_case(wanted))
}

/// A word of a path without its escapes, in lower case; no name of Azure's tells letters apart.
fn decoded(word: &str) -> String {
    decoded_as_written(word).to_ascii_lowercase()
}

/// A word of a path without its escapes.
pub(crate) fn decoded_as_written(word: &str) -> String {
    let mut rest = word.as_bytes();
    let mut plain = Vec::with_capacity(rest.len());
    while let [first, after @ ..] = rest {
        let (byte, after) = escaped(rest).unwrap_or((*first, after));
        plain.push(byte);
        rest = after;
    }
    String::from_utf8_lossy(&plain).into_owned()
}

/// The byte that is escaped in front, and what follows it.
fn escaped(bytes: &[u8]) -> Option<(u8, &[u8])> {
    let [b'%', high, low, after @ ..] = bytes else {
        return None;
    };
    let digit = |digit: &u8| char::from(*digit).to_digit(16);
    let byte = u8::try_from(digit(high)? * 16 + digit(low)?).ok()?;
    Some((byte, after))
}

#[cfg(test)]
mod tests {
    use super::{decoded, place};
    use crate::azure::{
        Ask, Fault,
        ask::{Deed, Detail, Look, Order},
    };

    fn look(path: &str, query: &str) -> Look {
        match Ask::read("GET", path, query, "").unwrap() {
            Ask::Look(look) => look,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn an_address_is_read_in_any_letters() {
        let role = Look::Role(place("s", "d", "r"));
        assert_eq!(
            look("services/HostedServices/S/deployments/d/Roles/R", ""),
            role
        );
        let slot = Look::Slot("s".into(), "production".into());
        assert_eq!(
            look("/services/hostedservices/s/deploymentslots/Production", ""),
            slot
        );
        let detail = Look::Service("s".into(), Detail::Deployment);
        assert_eq!(
            look("services/hostedservices/s", "embed-detail=true"),
            detail
        );
        let plain = Look::Service("s".into(), Detail::Plain);
        assert_eq!(look("services/hostedservices/s", ""), plain);
        assert_eq!(decoded("East%20us%2F%zz%4"), "east us/%zz%4");
    }

    #[test]
    fn a_machine_is_told_what_the_body_says() {
        let told = |body: &str| {
            let path = "services/hostedservices/s/deployments/d/roleinstances/r/Operations";
            Ask::read("POST", path, "", body)
        };
        for (body, order) in [
            ("<StartRoleOperation/>", Order::Start),
            ("<RestartRoleOperation/>", Order::Restart),
            ("<ShutdownRoleOperation/>", Order::Stop),
            (
                "<ShutdownRoleOperation><PostShutdownAction>StoppedDeallocated\
                 </PostShutdownAction></ShutdownRoleOperation>",
                Order::Deallocate,
            ),
        ] {
            let deed = Deed::Tell(place("s", "d", "r"), order);
            assert_eq!(told(body), Ok(Ask::Do(Box::new(deed))));
        }
        assert!(told("<CaptureRoleOperation/>").is_err());
        assert!(told("").is_err());
    }

    #[test]
    fn what_is_not_there_is_not_found() {
        for (method, path) in [
            ("GET", ""),
            ("GET", "services"),
            ("GET", "services/disks"),
            ("PATCH", "locations"),
            ("POST", "services/hostedservices/s/deployments/d/roles/r"),
            ("DELETE", "services/images/i"),
        ] {
            let fault = Ask::read(method, path, "", "").unwrap_err();
            assert!(
                matches!(fault, Fault::NotFound(_)),
                "{method} {path}: {fault:?}"
            );
        }
    }
}
