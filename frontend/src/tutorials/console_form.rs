//! A form of the console beside the command that does the same: each is made of the other.

use forms::Filled;
use leptos::prelude::*;

use super::{
    console_field::ConsoleField,
    player::Player,
    runs::{Place, Run},
};

/// A form of the console, and the command that does the same. Filling in the form writes the command; typing
/// the command, here or in the terminal, fills in the form.
#[component]
pub fn ConsoleForm(place: Place) -> impl IntoView {
    let player = Player::current();
    let text = player.command(place).map(|command| command.text)?;
    let first = Filled::read(&text).ok()?;
    let form = first.form();
    let (filled, line) = (RwSignal::new(first), RwSignal::new(text.clone()));
    let trouble = RwSignal::new(None::<String>);
    let run = Memo::new(move |_| player.runs.with(|runs| runs.of(place)));
    Effect::new(move |_| player.make(place, line.get()));
    let write = move |typed: String| {
        match read(&typed, form) {
            Ok(read) => {
                filled.set(read);
                trouble.set(None);
            }
            Err(why) => trouble.set(Some(why)),
        }
        line.set(typed);
    };
    // what is typed in the terminal; what this form typed there is in it already
    let beside = Memo::new(move |_| player.line_beside(place));
    Effect::new(move |before: Option<()>| {
        let typed = beside.get();
        let is_new = before.is_some();
        if let Some(typed) = typed.filter(|it| is_new && *it != line.get_untracked())
            && let Ok(read) = read(&typed, form)
        {
            filled.set(read);
            line.set(typed);
            trouble.set(None);
        }
    });
    let fields = form.fields.iter().map(|field| {
        let fill = move |value: String| {
            filled.update(|filled| filled.fill(field, &value));
            trouble.set(None);
            line.set(filled.with_untracked(Filled::command));
        };
        view! { <ConsoleField field filled on_fill=fill/> }
    });
    let fields = fields.collect_view();
    let others = Memo::new(move |_| filled.with(|it| it.others().join(" ")));
    let restore = move |_| write(text.clone());
    let title = format!("Console form: {}", form.place);
    Some(view! {
        <section class="console-form" aria-label=title>
            <p class="console-place">{form.place}</p>
            <div class="console-fields">{fields}</div>
            <Show when=move || others.with(|it| !it.is_empty())>
                <p class="muted">"No field here for "<code>{others}</code></p>
            </Show>
            <div class="console-does">
                <label class="console-command">
                    <span>"Command"</span>
                    <textarea rows="3" spellcheck="false" autocapitalize="off" autocomplete="off" prop:value=line
                        on:input=move |event| write(event_target_value(&event))></textarea>
                </label>
                <p class="console-trouble" role="status">{trouble}</p>
                <div class="buttons">
                    <button type="button" class="button" data-kind="primary" on:click=move |_| player.click(place)>{form.button}</button>
                    <button type="button" class="button" on:click=restore>"As in the text"</button>
                    <span class="lesson-run" role="status" data-state=move || run.get().map(Run::word)>
                        {move || run.get().map(Run::words)}
                    </span>
                </div>
            </div>
        </section>
    })
}

/// The form, as a line fills it in; or why that is not this form.
fn read(line: &str, form: &'static forms::Form) -> Result<Filled, String> {
    match Filled::read(line) {
        Ok(read) if read.form() == form => Ok(read),
        Ok(other) => Err(format!("That is another form: {}.", other.form().place)),
        Err(why) => Err(format!("The form stays as it is: {why}.")),
    }
}

#[cfg(test)]
mod tests {
    use forms::Filled;

    use super::read;

    #[test]
    fn a_line_that_is_not_this_form_says_why() {
        let form = Filled::read("aws ec2 stop-instances").unwrap().form();
        assert!(read("aws ec2 stop-instances --instance-ids i-1", form).is_ok());
        for (line, why) in [
            (
                "aws ec2 terminate-instances",
                "That is another form: EC2 › Instances › Instance state › Terminate (delete) instance.",
            ),
            (
                "ls",
                "The form stays as it is: a command of aws begins with aws.",
            ),
        ] {
            assert_eq!(read(line, form).unwrap_err(), why);
        }
    }
}
