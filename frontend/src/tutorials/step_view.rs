//! A step of a tutorial.

use leptos::prelude::*;
use shared::tutorial::{Block, TutorialStep};

use super::{
    aside::{Aside, Kind},
    change_view::ChangeView,
    command_block::CommandBlock,
    console_form::ConsoleForm,
    player::Player,
    prose::Prose,
    quiz::Quiz,
    task_card::TaskCard,
};

/// A step of a tutorial: its title, and what it says.
#[component]
pub fn StepView(
    step: TutorialStep,
    /// Which it is, from 0.
    number: usize,
) -> impl IntoView {
    let (id, title, label) = (step.id.clone(), step.title.clone(), step.title.clone());
    let blocks = drawn(&step.blocks, &step, number);
    view! {
        <article class="lesson-step" id=id aria-label=label>
            <h2 tabindex="-1">{title}</h2>
            {blocks}
        </article>
    }
}

fn drawn(blocks: &[Block], step: &TutorialStep, number: usize) -> AnyView {
    let each = blocks.iter().enumerate();
    each.map(|(at, block)| draw(block, step, (number, at)))
        .collect_view()
        .into_any()
}

fn draw(block: &Block, step: &TutorialStep, (number, at): (usize, usize)) -> AnyView {
    match block {
        Block::Prose { html } => view! { <Prose html=html.clone() step=number/> }.into_any(),
        Block::Command { command } => {
            let index = usize::try_from(*command).unwrap_or(usize::MAX);
            let place = (number, *command);
            let known = step.commands.get(index).cloned();
            known
                .map(|command| view! { <CommandBlock command place/> })
                .into_any()
        }
        Block::Form { command } => view! { <ConsoleForm place=(number, *command)/> }.into_any(),
        Block::Task { task } => Player::current()
            .task(task)
            .map(|task| view! { <TaskCard task/> })
            .into_any(),
        Block::Hint { blocks } => aside(Kind::Hint, blocks, step, number),
        Block::Solution { blocks } => aside(Kind::Solution, blocks, step, number),
        Block::Note { blocks } => aside(Kind::Note, blocks, step, number),
        Block::Quiz {
            html,
            choices,
            answers,
        } => {
            let (html, choices, answers) = (html.clone(), choices.clone(), answers.clone());
            let name = format!("{}-{at}-{html}", step.id);
            view! { <Quiz html choices answers step=number name/> }.into_any()
        }
        Block::Edit { file, change } => {
            view! { <ChangeView file=file.clone() change=change.clone()/> }.into_any()
        }
    }
}

fn aside(kind: Kind, blocks: &[Block], step: &TutorialStep, number: usize) -> AnyView {
    let inside = drawn(blocks, step, number);
    view! { <Aside kind>{inside}</Aside> }.into_any()
}
