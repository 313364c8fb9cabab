//! Links and images of a text.

use shared::{paths, tutorial::Block};

use crate::routes;

/// How a text begins an image of its folder.
const IMAGE: &str = "<img src=\"";

/// How a text begins a link to what the page shows.
const DASHBOARD: &str = "<a href=\"dashboard:";

/// A text whose images come from the server, as they are at a change of the tutorial's.
pub fn pictured(html: &str, tutorial: &str, revision: u64) -> String {
    let mut parts = html.split(IMAGE);
    let mut pictured = parts.next().unwrap_or_default().to_owned();
    let from = paths::tutorial_image(tutorial);
    for part in parts {
        let (path, rest) = part.split_once('"').unwrap_or((part, ""));
        pictured += &format!("{IMAGE}{}?path={path}", routes::at(&from));
        if revision > 0 {
            // browsers show again what they have of an address
            pictured += &format!("&amp;v={revision}");
        }
        pictured += &format!("\"{rest}");
    }
    pictured
}

/// Whether an image is shown in blocks.
pub fn are_pictured(blocks: &[Block]) -> bool {
    blocks.iter().any(|block| match block {
        Block::Prose { html } => html.contains(IMAGE),
        Block::Hint { blocks } | Block::Solution { blocks } | Block::Note { blocks } => {
            are_pictured(blocks)
        }
        Block::Quiz { html, choices, .. } => {
            html.contains(IMAGE) || choices.iter().any(|choice| choice.contains(IMAGE))
        }
        Block::Command { .. } | Block::Form { .. } | Block::Task { .. } | Block::Edit { .. } => {
            false
        }
    })
}

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
