//! Forms of a console, beside the commands that do the same.

use forms::Filled;
use shared::tutorial::Block;

use super::Writer;
use crate::directive::Directive as Click;
use crate::outline::Directive;

impl Writer<'_> {
    /// A form, which is named by a command that fills it in.
    pub(super) fn form(&mut self, directive: &Directive) -> Option<Block> {
        let Some(text) = self.fenced(directive) else {
            let hint = Some("put a command of aws between lines of ```".to_owned());
            self.fail(
                directive.at,
                "a form holds one fence with its command",
                hint,
            );
            return None;
        };
        if let Err(trouble) = Filled::read(&text) {
            self.fail(directive.at, format!("this fills no form: {trouble}"), None);
            return None;
        }
        let command = self.command(directive.at, &text, Click::run(1));
        Some(Block::Form { command })
    }
}
