//! What a machine's agent says of its extensions once the machine is ready. Nothing runs, and it
//! says so.

use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};
use serde_json::Value;

use super::{
    Tree,
    catalogue::{EMULATED, System},
    extension::{Extension, State},
    show::instant,
};

/// How long an extension takes from when its machine is ready.
const TAKING_MS: u64 = 800;
/// What became of it.
pub(crate) struct Outcome {
    /// Whether it ended well.
    pub is_well: bool,
    /// What is said of it.
    pub words: String,
    /// What it wrote.
    pub stdout: String,
}

/// When an extension is done that was set at an instant, on a machine that is ready at another.
pub(crate) fn done_ms(set_ms: u64, ready_ms: u64) -> u64 {
    set_ms.max(ready_ms) + TAKING_MS
}

impl Extension {
    /// As a `ResourceExtensionStatus`, told by the agent of a machine that is ready.
    pub fn status(&self, system: System, ready_ms: u64, now_ms: u64) -> Tree {
        let done_ms = done_ms(self.set_ms, ready_ms);
        let handler = format!("{}.{}", self.publisher, self.name);
        let status = Tree::new("ResourceExtensionStatus")
            .with_leaf("HandlerName", handler)
            .with_leaf("Version", &self.version);
        if self.state == State::Disable {
            return status
                .with_leaf("Status", "NotReady")
                .with(words("It is disabled"));
        }
        if now_ms < done_ms {
            return status
                .with_leaf("Status", "Installing")
                .with(words("It is being installed"));
        }
        let outcome = self.outcome(system);
        status
            .with_leaf("Status", "Ready")
            .with(words("Emulated: nothing runs in this machine"))
            .with(self.setting(&outcome, done_ms))
    }

    fn setting(&self, outcome: &Outcome, done_ms: u64) -> Tree {
        let time = instant(done_ms);
        let (status, code) = if outcome.is_well {
            ("Success", 0)
        } else {
            ("Error", 1)
        };
        let stdout = Tree::new("SubStatus")
            .with_leaf("Name", "StdOut")
            .with_leaf("Status", status)
            .with_leaf("Code", code)
            .with(words(&outcome.stdout));
        Tree::new("ExtensionSettingStatus")
            .with_leaf("Timestamp", &time)
            .with_leaf("ConfigurationAppliedTime", &time)
            .with_leaf("Name", &self.reference)
            .with_leaf("Operation", "Command Execution Finished")
            .with_leaf("Status", status)
            .with_leaf("Code", code)
            .with(words(&outcome.words))
            .with(Tree::new("SubStatusList").with(stdout))
    }

    /// What the agent of a real machine would have made of it, as far as that is known.
    pub fn outcome(&self, system: System) -> Outcome {
        let well = |words: String, stdout: String| Outcome {
            is_well: true,
            words,
            stdout,
        };
        let runs_commands = self.name.starts_with("CustomScript");
        if !runs_commands {
            let words = "Emulated: it is recorded, and did nothing".to_owned();
            return well(words, String::new());
        }
        match self.command() {
            Ok(command) => well(
                format!(
                    "Emulated: no {} runs here, so this was not executed: {command}",
                    system.name()
                ),
                effect(&command),
            ),
            Err(_) if self.has_private => well(
                "Emulated: what is to run is private, and was not kept".to_owned(),
                String::new(),
            ),
            Err(why) => Outcome {
                is_well: false,
                words: why,
                stdout: String::new(),
            },
        }
    }

    /// The command in its public configuration.
    fn command(&self) -> Result<String, String> {
        let value = self.public.first().map(|(_, value)| value.as_str());
        let value: String = value.unwrap_or_default().split_whitespace().collect();
        let text = BASE64.decode(value).unwrap_or_default();
        let config: Value = serde_json::from_slice(&text)
            .map_err(|_| "The public configuration is not valid JSON".to_owned())?;
        let command = config.get("commandToExecute").and_then(Value::as_str);
        let missing = || "The public configuration has no commandToExecute".to_owned();
        command.map(str::to_owned).ok_or_else(missing)
    }
}

/// As a `GuestAgentStatus` of a machine that is ready.
pub(crate) fn status(ready_ms: u64) -> Tree {
    Tree::new("GuestAgentStatus")
        .with_leaf("Timestamp", instant(ready_ms))
        .with_leaf("Status", "Ready")
        .with(words(EMULATED))
}

/// What is known of what a command would have done.
fn effect(command: &str) -> String {
    if command.to_ascii_lowercase().contains("createfolder.ps1") {
        return "On a Windows machine createFolder.ps1 makes the folder C:\\HelloWorld; here it is \
                described, and not made."
            .to_owned();
    }
    String::new()
}

fn words(text: &str) -> Tree {
    Tree::new("FormattedMessage")
        .with_leaf("Language", "en-US")
        .with_leaf("Message", text)
}

#[cfg(test)]
mod tests {
    use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};

    use crate::azure::{
        catalogue::System,
        extension::{Extension, tests::reference},
    };

    fn said(extension: &Extension, now_ms: u64) -> String {
        extension.status(System::Windows, 5000, now_ms).document()
    }

    #[test]
    fn a_script_is_recorded_once_the_machine_is_ready_and_says_that_it_did_not_run() {
        let config =
            "{\"fileUris\":[\"\"], \"commandToExecute\": \"powershell -file createFolder.ps1\"}";
        let extension = Extension::read(&reference(&[("Public", config)]), 1000).unwrap();
        assert!(said(&extension, 5799).contains("Installing"));
        let done = said(&extension, 5800);
        for part in [
            "<Status>Success</Status>",
            "not executed: powershell -file createFolder.ps1",
            "makes the folder C:\\HelloWorld; here it is described",
            "<HandlerName>Microsoft.Compute.CustomScriptExtension</HandlerName>",
            "<Timestamp>1970-01-01T00:00:05.8Z</Timestamp>",
        ] {
            assert!(done.contains(part), "{part} in {done}");
        }
    }

    #[test]
    fn a_configuration_that_names_no_command_is_an_error_of_the_extension() {
        for config in ["not json", "{}", "{\"commandToExecute\": 1}"] {
            let extension = Extension::read(&reference(&[("Public", config)]), 0).unwrap();
            let done = said(&extension, 9000);
            assert!(done.contains("<Status>Error</Status>"), "{done}");
        }
        let both = [("Public", "{}"), ("Private", "hidden")];
        let private = Extension::read(&reference(&both), 0).unwrap();
        let done = said(&private, 9000);
        assert!(done.contains("private, and was not kept"), "{done}");
        assert!(!format!("{private:?}").contains(&BASE64.encode("hidden")));
    }
}
