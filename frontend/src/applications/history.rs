//! An application's deployments, and the ways back from what is live.

use leptos::prelude::*;
use shared::{ApplicationDetail, Deployment};

use super::view::{Move, way_back_of};
use crate::{
    deployments::{HISTORY, deployment_cells},
    live::Live,
    ui::{Busy, Confirm, Table},
};

/// The heads of the columns: those of deployments, and one more.
const COLUMNS: &[&str] = &{
    let mut columns = [""; HISTORY.len() + 1];
    let mut at = 0;
    while at < HISTORY.len() {
        columns[at] = HISTORY[at];
        at += 1;
    }
    columns[at] = "Way back";
    columns
};

/// An application's deployments; one whose version could be live again has a button for that.
#[component]
pub fn ApplicationHistory(
    /// The application.
    detail: Signal<ApplicationDetail>,
    /// Whether a request to move is under way.
    busy: Signal<Busy>,
    /// Moves the address.
    on_move: Callback<Move>,
) -> impl IntoView {
    let now = Live::current().now;
    let rows = Signal::derive(move || {
        detail.with(|detail| {
            let rows = detail.deployments.iter().map(|deployment| {
                (
                    deployment.clone(),
                    way_back_of(detail, deployment, now.get()),
                )
            });
            rows.collect::<Vec<_>>()
        })
    });
    let cells = move |row: Signal<(Deployment, Option<Move>)>| {
        let deployment = Signal::derive(move || row.with(|row| row.0.clone()));
        let way = Memo::new(move |_| row.with(|row| row.1.clone()));
        view! {
            {deployment_cells(deployment)}
            <td>{move || way.get().map(|way| view! { <Back way busy on_move/> })}</td>
        }
    };
    view! { <Table columns=COLUMNS items=rows key=|row| row.0.id cells/> }
}

#[component]
fn Back(way: Move, busy: Signal<Busy>, on_move: Callback<Move>) -> impl IntoView {
    let (label, says, blocked) = (way.label.clone(), way.says.clone(), way.blocked.clone());
    view! { <Confirm label says busy blocked on_confirm=move || on_move.run(way.clone())/> }
}
