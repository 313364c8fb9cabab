//! A list in rows.

use std::hash::Hash;

use leptos::prelude::*;

use super::row;

/// A list in rows, each of which stays where it is when its item changes.
#[component]
pub fn Table<T, K, V, C>(
    /// The heads of the columns.
    columns: &'static [&'static str],
    /// The list.
    items: Signal<Vec<T>>,
    /// What tells items apart.
    key: fn(&T) -> K,
    /// Draws a row's cells.
    cells: C,
) -> impl IntoView
where
    T: Clone + PartialEq + Send + Sync + 'static,
    K: Eq + Hash + 'static,
    V: IntoView + 'static,
    C: Fn(Signal<T>) -> V + Clone + Send + 'static,
{
    let one = move |item: T| {
        let item = row(items, item, move |a, b| key(a) == key(b));
        view! { <tr>{cells(item)}</tr> }
    };
    let heads = columns
        .iter()
        .map(|head| view! { <th scope="col">{*head}</th> });
    view! {
        <div class="table-scroll">
            <table>
                <thead><tr>{heads.collect_view()}</tr></thead>
                <tbody><For each=move || items.get() key=move |item| key(item) children=one/></tbody>
            </table>
        </div>
    }
}
