//! A version's own check before it goes live: its macfile's action `check`.

use macfile::Hook;
use rollout::Input;

use super::{
    command::Ended,
    hooks::{self, Caller, said},
};
use crate::Result;

/// The exit code by which a check says that it can't tell: `EX_TEMPFAIL` of `sysexits.h`.
const CANNOT_TELL: i32 = 75;

/// Runs the check of a version, if it has one, with its output in the journal.
///
/// # Errors
/// The server could not run it, which says nothing of the version.
pub(super) async fn run(caller: &Caller, version: &str) -> Result<Input> {
    let run = caller.version(version, None).await?;
    let ended = hooks::call(&run, Hook::Check).await?;
    Ok(ended.as_ref().map_or(Input::Healthy, verdict))
}

/// What a check says by how it ended.
fn verdict(ended: &Ended) -> Input {
    match ended {
        Ended::Itself(output) => match output.exit_code {
            Some(0) => Input::Healthy,
            Some(CANNOT_TELL) => {
                Input::Inconclusive(format!("its check can't tell{}", said(output)))
            }
            Some(code) => Input::Unhealthy(format!("its check ended with {code}{}", said(output))),
            None => Input::Inconclusive("its check did not come to its end".into()),
        },
        Ended::Cancelled(_) => Input::Inconclusive("its check was ended".into()),
        Ended::Otherwise(_, why) => {
            Input::Inconclusive(format!("its check did not come to its end: {why}"))
        }
    }
}

#[cfg(test)]
mod tests {
    use rollout::Input;

    use super::{Ended, verdict};
    use crate::resources::Output;

    fn itself(code: i32, stdout: &str, stderr: &str) -> Input {
        verdict(&Ended::Itself(Output {
            exit_code: Some(code),
            stdout: stdout.into(),
            stderr: stderr.into(),
        }))
    }

    #[test]
    fn a_check_passes_fails_or_can_t_tell() {
        assert_eq!(itself(0, "all is well", "warning: old"), Input::Healthy);
        let bad = Input::Unhealthy("its check ended with 1: no page".into());
        assert_eq!(itself(1, "asking\n", "no page\n\n"), bad);
        let bad = Input::Unhealthy("its check ended with 3: slow".into());
        assert_eq!(itself(3, "slow\n", ""), bad);
        assert_eq!(
            itself(2, "", ""),
            Input::Unhealthy("its check ended with 2".into())
        );
        let open = Input::Inconclusive("its check can't tell: no traffic yet".into());
        assert_eq!(itself(75, "no traffic yet", ""), open);
        let killed = Ended::Otherwise(Output::default(), "signal 9 ended it".into());
        assert!(matches!(verdict(&killed), Input::Inconclusive(why) if why.contains("signal 9")));
    }
}
