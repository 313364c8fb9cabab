//! A field of a console's form, with the option that says the same.

use forms::{Field, Filled, Kind};
use leptos::prelude::*;

/// A field, with the option that says the same.
#[component]
pub fn ConsoleField(
    field: &'static Field,
    /// The form as it is filled in.
    filled: RwSignal<Filled>,
    /// What is filled in by the person.
    #[prop(into)]
    on_fill: Callback<String>,
) -> impl IntoView {
    let value = Memo::new(move |_| filled.with(|filled| filled.value(field).to_owned()));
    let is_said = move || value.with(|value| !value.is_empty());
    let typed = move |event| on_fill.run(event_target_value(&event));
    let (kind, proposed) = match field.kind {
        Kind::Count => ("number", &[][..]),
        Kind::OneOf(proposed) => ("text", proposed),
        _ => ("text", &[][..]),
    };
    let input = match field.kind {
        Kind::Switch => {
            let switched = move |event| {
                let word = if event_target_checked(&event) {
                    "on"
                } else {
                    ""
                };
                on_fill.run(word.to_owned());
            };
            view! { <input type="checkbox" prop:checked=is_said on:change=switched/> }.into_any()
        }
        _ => {
            let list = (!proposed.is_empty()).then(|| format!("proposed{}", field.option));
            let options = proposed
                .iter()
                .map(|it| view! { <option value=*it></option> });
            let options = options.collect_view();
            let shown = list.clone();
            view! {
                <input type=kind min="1" list=list spellcheck="false" autocapitalize="off" autocomplete="off"
                    prop:value=value on:input=typed/>
                {shown.map(|id| view! { <datalist id=id>{options}</datalist> })}
            }
            .into_any()
        }
    };
    view! {
        <label class="console-field" data-said=move || is_said().to_string()>
            <span>{field.label}</span>
            <code>{field.option}</code>
            {input}
        </label>
    }
}
