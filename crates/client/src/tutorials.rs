//! Tutorials, how far the account is in each, and their tasks.

use shared::{
    Page, Problem, Tutorial, TutorialDetail, paths,
    tutorial::{Checked, Previewed, Progress, PushPreview, ReadStep, Solved},
};

use crate::Client;

/// All tutorials, the shortest first.
pub async fn list(client: &Client) -> Result<Page<Tutorial>, Problem> {
    client.get(paths::TUTORIALS).await
}

/// A tutorial with its text, in a language if it is there in that.
pub async fn read(client: &Client, name: &str, language: &str) -> Result<TutorialDetail, Problem> {
    client.get(&paths::tutorial(name, language)).await
}

/// How far the account is in a tutorial.
pub async fn progress(client: &Client, name: &str) -> Result<Progress, Problem> {
    client.get(&paths::tutorial_progress(name)).await
}

/// Notes which step the account reads.
pub async fn turn_to(client: &Client, name: &str, step: u32) -> Result<Progress, Problem> {
    let path = paths::tutorial_progress(name);
    client.put(&path, &ReadStep { step }).await
}

/// Forgets how far the account is.
pub async fn reset(client: &Client, name: &str) -> Result<(), Problem> {
    client.delete(&paths::tutorial_progress(name)).await
}

/// Finds out whether a task is done.
pub async fn check(client: &Client, name: &str, task: &str) -> Result<Checked, Problem> {
    client.post(&paths::tutorial_check(name, task), &()).await
}

/// Does a task for the reader.
pub async fn solve(client: &Client, name: &str, task: &str) -> Result<Solved, Problem> {
    client
        .post(&paths::tutorial_solution(name, task), &())
        .await
}

/// Shows a folder as a tutorial, to its author alone; where.
pub async fn preview(
    client: &Client,
    folder: &str,
    pushed: &PushPreview,
) -> Result<Previewed, Problem> {
    client.put(&paths::tutorial_preview(folder), pushed).await
}

/// Ends a preview.
pub async fn end_preview(client: &Client, folder: &str) -> Result<(), Problem> {
    client.delete(&paths::tutorial_preview(folder)).await
}
