//! Links of a text to what the page shows.

use crate::routes;

/// How a text begins a link to what the page shows.
const DASHBOARD: &str = "<a href=\"dashboard:";

/// A text whose links to the dashboard lead there, in a tab of their own: the terminal stays.
pub fn led(html: &str) -> String {
    let mut parts = html.split(DASHBOARD);
    let mut led = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (target, rest) = part.split_once('"').unwrap_or((part, ""));
        let address = routes::at(&address(target));
        led += &format!("<a target=\"_blank\" href=\"{address}\"{rest}");
    }
    led
}

/// Where `app/NAME#PLACE`, or a path of the page's, leads.
fn address(target: &str) -> String {
    let (path, place) = target.split_once('#').unwrap_or((target, ""));
    let page = match path.split_once('/') {
        Some(("app", name)) => routes::application(name),
        _ => format!("/{path}"),
    };
    match place {
        "" => page,
        place => format!("{page}?spotlight={place}"),
    }
}

#[cfg(test)]
mod tests {
    use super::address;

    #[test]
    fn a_target_is_a_page_and_a_place_on_it() {
        assert_eq!(address("app/shop"), "/applications/shop");
        assert_eq!(
            address("app/docker_tomcat#promote"),
            "/applications/docker_tomcat?spotlight=promote"
        );
        assert_eq!(address("infrastructures"), "/infrastructures");
    }
}
