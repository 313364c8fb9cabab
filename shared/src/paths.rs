//! The paths of our API, written once.

use crate::{
    DeliveryId, DeploymentId, DeploymentKind, InstanceId, RecordingId, ShareId, TerminalId,
    WebhookId,
};

/// Where the API begins.
pub const API: &str = "/api/v1";
/// `GET`: how the server is. Open to anybody.
pub const HEALTH: &str = "/api/v1/health";
/// `GET`: how the hops behind the server are. Open to anybody.
pub const SELF_TEST: &str = "/api/v1/self-test";
/// `GET`, upgraded to a websocket that says what it hears. Open to anybody.
pub const SELF_TEST_SOCKET: &str = "/api/v1/self-test/socket";
/// `GET`: the signed-in account.
pub const ACCOUNT: &str = "/api/v1/account";
/// `POST`: makes a guest account and signs in.
pub const GUESTS: &str = "/api/v1/guests";
/// `DELETE`: signs out.
pub const SESSION: &str = "/api/v1/session";
/// `POST`: makes a token.
pub const TOKENS: &str = "/api/v1/tokens";
/// `GET`: what is signed in; `DELETE`: signs out all but the asker and the account's own terminals.
pub const LOGINS: &str = "/api/v1/logins";

/// `DELETE`: signs one out.
pub fn login(id: &str) -> String {
    format!("{LOGINS}/{}", segment(id))
}

/// `GET`, upgraded to a websocket of [`crate::Event`]s.
pub const EVENTS: &str = "/api/v1/events";
/// `GET`: the account's applications.
pub const APPLICATIONS: &str = "/api/v1/applications";
/// `GET`: the account's infrastructures; `POST`: makes one from a macfile.
pub const INFRASTRUCTURES: &str = "/api/v1/infrastructures";
/// `GET`: scripts that are ready to configure instances.
pub const CONFIGURATIONS: &str = "/api/v1/configurations";
/// `GET`: who runs instances.
pub const PROVIDERS: &str = "/api/v1/providers";
/// `GET`: the account's instances; `POST`: makes one on its own.
pub const INSTANCES: &str = "/api/v1/instances";
/// `GET`: the account's deployments, newest first.
pub const DEPLOYMENTS: &str = "/api/v1/deployments";
/// `GET`: the account's terminals; `POST`: opens one.
pub const TERMINALS: &str = "/api/v1/terminals";

/// `GET`: a folder of the account's home; `POST`: makes one; `DELETE`: removes what is at a path.
pub const FILES: &str = "/api/v1/files";
/// `GET`: what a file holds; `PUT`: puts it there.
pub const FILE_CONTENT: &str = "/api/v1/files/content";

/// What is at a path of the home: a folder to list, or anything to remove.
pub fn file(path: &str) -> String {
    format!("{FILES}?path={}", segment(path))
}

/// What a file of the home holds, or a folder as a tar archive.
pub fn file_content(path: &str) -> String {
    format!("{FILE_CONTENT}?path={}", segment(path))
}

/// Where a file is put in the place of one that is there.
pub fn file_replaced(path: &str) -> String {
    format!("{}&overwrite=true", file_content(path))
}

/// `GET`: what a link is about; `POST`: answers by it. Open to anybody.
pub const LINKS: &str = "/api/v1/links";

/// What a link is about, and the answer by it.
pub fn link(secret: &str) -> String {
    format!("{LINKS}/{}", segment(secret))
}

/// `POST`: makes a link by which somebody without an account may answer.
pub fn deployment_links(id: DeploymentId) -> String {
    format!("{DEPLOYMENTS}/{id}/links")
}

/// `GET`: where the account is told of its deployments; `POST`: asks for that at an address.
pub const WEBHOOKS: &str = "/api/v1/webhooks";

/// `DELETE`: forgets a webhook.
pub fn webhook(id: WebhookId) -> String {
    format!("{WEBHOOKS}/{id}")
}

/// `POST`: sends a message that says nothing.
pub fn webhook_test(id: WebhookId) -> String {
    format!("{WEBHOOKS}/{id}/test")
}

/// `GET`: the latest messages to a webhook.
pub fn webhook_deliveries(id: WebhookId) -> String {
    format!("{WEBHOOKS}/{id}/deliveries")
}

/// `POST`: sends a message again.
pub fn webhook_replay(id: WebhookId, delivery: DeliveryId) -> String {
    format!("{WEBHOOKS}/{id}/deliveries/{delivery}/replay")
}

/// `GET`: one application with its versions.
pub fn application(name: &str) -> String {
    format!("{APPLICATIONS}/{}", segment(name))
}

/// `PUT`: how an application's address is moved.
pub fn application_policy(name: &str) -> String {
    format!("{APPLICATIONS}/{}/policy", segment(name))
}

/// `PUT`: what becomes of visitors.
pub fn application_visitors(name: &str) -> String {
    format!("{APPLICATIONS}/{}/visitors", segment(name))
}

/// `GET`: how visitors were answered lately.
pub fn application_traffic(name: &str) -> String {
    format!("{APPLICATIONS}/{}/traffic", segment(name))
}

/// `POST`: promotes a version or rolls back.
pub fn application_deployments(name: &str) -> String {
    format!("{APPLICATIONS}/{}/deployments", segment(name))
}

/// `GET`: what an application's deployments came to, as a chain.
pub fn application_receipts(name: &str) -> String {
    format!("{APPLICATIONS}/{}/receipts", segment(name))
}

/// `POST`: makes a pass that shows a version at the application's address.
pub fn application_previews(name: &str) -> String {
    format!("{APPLICATIONS}/{}/previews", segment(name))
}

/// `GET`: leads a browser to a version, shown at the application's address.
pub fn version_preview(name: &str, version: &str) -> String {
    let (name, version) = (segment(name), segment(version));
    format!("{APPLICATIONS}/{name}/versions/{version}/preview")
}

/// `GET`: what making a version live would do, by a promotion or by rolling back.
pub fn version_plan(name: &str, version: &str, kind: DeploymentKind) -> String {
    let (name, version) = (segment(name), segment(version));
    let path = format!("{APPLICATIONS}/{name}/versions/{version}/plan");
    match kind {
        DeploymentKind::RollBack => format!("{path}?kind=roll_back"),
        DeploymentKind::Destroy => format!("{path}?kind=destroy"),
        DeploymentKind::Promote | DeploymentKind::Create => path,
    }
}

/// `GET`: one infrastructure with its parts; `DELETE`: destroys it.
pub fn infrastructure(name: &str, version: &str) -> String {
    format!("{INFRASTRUCTURES}/{}/{}", segment(name), segment(version))
}

/// `GET`: one resource.
pub fn resource(name: &str, version: &str, resource: &str) -> String {
    format!(
        "{}/resources/{}",
        infrastructure(name, version),
        segment(resource)
    )
}

/// `POST`: goes on with making a version whose making failed or was cut short.
pub fn infrastructure_resume(name: &str, version: &str) -> String {
    format!("{}/resume", infrastructure(name, version))
}

/// `PUT`: keeps a version for longer that is about to be destroyed by itself.
pub fn infrastructure_keep(name: &str, version: &str) -> String {
    format!("{}/keep", infrastructure(name, version))
}

/// `GET`: one instance; `PATCH`: changes its lifespan; `DELETE`: destroys it.
pub fn instance(id: InstanceId) -> String {
    format!("{INSTANCES}/{id}")
}

/// `GET`: what an instance wrote; its scripts' part from byte `after` on, waiting up to `wait_ms`
/// for more.
pub fn instance_log(id: InstanceId, after: u64, wait_ms: u64) -> String {
    format!("{INSTANCES}/{id}/log?after={after}&wait_ms={wait_ms}")
}

/// `GET`: what is known of an instance from within.
pub fn instance_facts(id: InstanceId) -> String {
    format!("{INSTANCES}/{id}/facts")
}

/// `POST`: configures an instance once more.
pub fn instance_configuration(id: InstanceId) -> String {
    format!("{INSTANCES}/{id}/configuration")
}

/// `POST`: runs a command on an instance, and answers when it has ended.
pub fn instance_command(id: InstanceId) -> String {
    format!("{INSTANCES}/{id}/command")
}

/// `GET`: where a provider runs instances.
pub fn provider_locations(provider: &str) -> String {
    format!("{PROVIDERS}/{}/locations", segment(provider))
}

/// `GET`: the sizes of a provider's instances at a location.
pub fn provider_hardware(provider: &str, location: &str) -> String {
    let location = segment(location);
    format!(
        "{PROVIDERS}/{}/locations/{location}/hardware",
        segment(provider)
    )
}

/// `PUT`: saves the account's credentials for a provider; `DELETE`: forgets them.
pub fn provider_credential(provider: &str) -> String {
    format!("{PROVIDERS}/{}/credential", segment(provider))
}

/// `POST`: gives the account a new key to the emulated cloud.
pub fn provider_renew(provider: &str) -> String {
    format!("{PROVIDERS}/{}/renew", segment(provider))
}

/// `GET`: one deployment with its steps.
pub fn deployment(id: DeploymentId) -> String {
    format!("{DEPLOYMENTS}/{id}")
}

/// `GET`: a deployment's log after line `after`; waits up to `wait_ms` for more.
pub fn deployment_log(id: DeploymentId, after: u64, wait_ms: u64) -> String {
    format!("{DEPLOYMENTS}/{id}/log?after={after}&wait_ms={wait_ms}")
}

/// `POST`: lets a deployment move the address.
pub fn deployment_approve(id: DeploymentId) -> String {
    format!("{DEPLOYMENTS}/{id}/approve")
}

/// `POST`: asks for more time before what comes next.
pub fn deployment_prolong(id: DeploymentId) -> String {
    format!("{DEPLOYMENTS}/{id}/prolong")
}

/// `POST`: ends a deployment that is under way.
pub fn deployment_cancel(id: DeploymentId) -> String {
    format!("{DEPLOYMENTS}/{id}/cancel")
}

/// `GET`: the next command that the client of a deployment has to run, or null when there is
/// none after `wait_ms`.
pub fn deployment_command(id: DeploymentId, wait_ms: u64) -> String {
    format!("{DEPLOYMENTS}/{id}/command?wait_ms={wait_ms}")
}

/// `POST`: what a client's command wrote, or that it ended.
pub fn deployment_command_report(id: DeploymentId, number: u64) -> String {
    format!("{DEPLOYMENTS}/{id}/commands/{number}")
}

/// `PATCH`: renames a terminal; `DELETE`: ends it.
pub fn terminal(id: TerminalId) -> String {
    format!("{TERMINALS}/{id}")
}

/// `POST`: gives a terminal more time.
pub fn terminal_extend(id: TerminalId) -> String {
    format!("{TERMINALS}/{id}/extend")
}

/// `GET`, upgraded to the websocket of [`crate::terminal`].
pub fn terminal_socket(id: TerminalId) -> String {
    format!("{TERMINALS}/{id}/socket")
}

/// `GET`: the links to a terminal, and who looks at it; `POST`: makes a link; `DELETE`: ends all.
pub fn terminal_shares(id: TerminalId) -> String {
    format!("{TERMINALS}/{id}/shares")
}

/// `DELETE`: ends a link.
pub fn terminal_share(id: TerminalId, share: ShareId) -> String {
    format!("{TERMINALS}/{id}/shares/{share}")
}

/// `GET`: the tutorials.
pub const TUTORIALS: &str = "/api/v1/tutorials";

/// `GET`: a tutorial with its text, in a language if it is there in that.
pub fn tutorial(name: &str, language: &str) -> String {
    format!(
        "{TUTORIALS}/{}?language={}",
        segment(name),
        segment(language)
    )
}

/// `GET`: an image that a tutorial shows, by its path in the tutorial's folder.
pub fn tutorial_image(name: &str) -> String {
    format!("{TUTORIALS}/{}/image", segment(name))
}

/// Below it, what authors look at before others do.
pub const TUTORIAL_PREVIEWS: &str = "/api/v1/tutorial-previews";

/// `PUT`: shows a folder as a tutorial, to its author alone; `DELETE`: ends that.
pub fn tutorial_preview(folder: &str) -> String {
    format!("{TUTORIAL_PREVIEWS}/{}", segment(folder))
}

/// `GET`: how far the account is; `PUT`: the step that it reads; `DELETE`: forgets all of it.
pub fn tutorial_progress(name: &str) -> String {
    format!("{TUTORIALS}/{}/progress", segment(name))
}

/// `POST`: finds out whether a task is done.
pub fn tutorial_check(name: &str, task: &str) -> String {
    let (name, task) = (segment(name), segment(task));
    format!("{TUTORIALS}/{name}/tasks/{task}/check")
}

/// `POST`: does a task for the reader.
pub fn tutorial_solution(name: &str, task: &str) -> String {
    let (name, task) = (segment(name), segment(task));
    format!("{TUTORIALS}/{name}/tasks/{task}/solution")
}

/// `POST`: lets somebody in by a link to a terminal. Open to anybody.
pub const VISITS: &str = "/api/v1/visits";

/// `GET`, upgraded to the websocket of [`crate::terminal`], once.
pub fn visit_socket(ticket: &str) -> String {
    format!("{VISITS}/{}/socket", segment(ticket))
}

/// `POST`: records what a terminal writes; `DELETE`: stops that.
pub fn terminal_recording(id: TerminalId) -> String {
    format!("{TERMINALS}/{id}/recording")
}

/// In which terminal something was asked: the header that `mac` sends there.
pub const TERMINAL_HEADER: &str = "x-terminal";
/// The offset of the first byte that is sent.
pub const OFFSET_HEADER: &str = "x-offset";
/// The columns of a screen.
pub const COLS_HEADER: &str = "x-cols";
/// The rows of a screen.
pub const ROWS_HEADER: &str = "x-rows";

/// `GET`: the account's recordings, newest first.
pub const RECORDINGS: &str = "/api/v1/recordings";

/// `GET`: the recordings in which a text was written.
pub fn recordings_with(text: &str) -> String {
    format!("{RECORDINGS}?q={}", segment(text))
}

/// `GET`: the recordings in which a deployment was begun.
pub fn recordings_of(deployment: DeploymentId) -> String {
    format!("{RECORDINGS}?deployment={deployment}")
}

/// `GET`: one recording; `DELETE`: removes it.
pub fn recording(id: RecordingId) -> String {
    format!("{RECORDINGS}/{id}")
}

/// `GET`: what was written, from an offset on.
pub fn recording_data(id: RecordingId, from: u64) -> String {
    format!("{RECORDINGS}/{id}/data?from={from}")
}

/// `GET`: what draws the screen as it was at an offset.
pub fn recording_screen(id: RecordingId, at: u64) -> String {
    format!("{RECORDINGS}/{id}/screen?at={at}")
}

/// `GET`: when what was written, as [`crate::recording::Moment`]s.
pub fn recording_index(id: RecordingId) -> String {
    format!("{RECORDINGS}/{id}/index")
}

/// `GET`: the recording as an asciicast, for other players.
pub fn recording_cast(id: RecordingId) -> String {
    format!("{RECORDINGS}/{id}/cast")
}

/// `GET`: where a text was written in a recording.
pub fn recording_search(id: RecordingId, text: &str) -> String {
    format!("{RECORDINGS}/{id}/search?q={}", segment(text))
}

/// Encodes a path segment: everything but RFC 3986's unreserved characters.
pub fn segment(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                out.push(char::from(byte));
            }
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    #[test]
    fn odd_characters_stay_inside_their_segment() {
        assert_eq!(
            super::infrastructure("a/b", "8 jre?é"),
            "/api/v1/infrastructures/a%2Fb/8%20jre%3F%C3%A9"
        );
    }
}
