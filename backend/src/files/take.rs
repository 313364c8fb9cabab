//! Uploads: what arrives is written as it arrives.

use std::{io, os::unix::fs::MetadataExt as _, time::Duration};

use axum::body::{Body, BodyDataStream};
use futures_util::StreamExt as _;
use shared::AccountId;
use tokio::{io::AsyncWriteExt as _, time::timeout};

use super::{
    path::HomePath,
    told,
    upload::{Replace, Upload},
    within,
};
use crate::{Error, Result, app::App, quota};

/// Who sends nothing for so long is gone.
const PATIENCE: Duration = Duration::from_secs(60);
/// Of an upload that is refused so much is read nevertheless, as a browser hears the answer only then.
const READ_IN_VAIN_BYTES: usize = 64 << 20;
/// And for so long.
const READ_IN_VAIN: Duration = Duration::from_secs(10);

/// Puts what arrives at a path of the home.
///
/// # Errors
/// A file is there that is to stay, there is no room, or it does not arrive as a whole.
pub async fn take(
    app: &App,
    account: AccountId,
    path: &str,
    replace: Replace,
    announced_bytes: u64,
    body: Body,
) -> Result<()> {
    let mut body = body.into_data_stream();
    let taken = taken(app, account, path, replace, announced_bytes, &mut body).await;
    if taken.is_err() {
        read_in_vain(body).await;
    }
    taken
}

async fn taken(
    app: &App,
    account: AccountId,
    path: &str,
    replace: Replace,
    announced_bytes: u64,
    body: &mut BodyDataStream,
) -> Result<()> {
    let path = HomePath::parse(path)?;
    let mut coming = quota::expect(app, account, announced_bytes).await?;
    let begun = within(app, account, move |tree| {
        let upload = Upload::begin(tree, &path, replace)?;
        let file = upload.file()?;
        Ok((upload, file))
    });
    let (upload, file) = begun.await?;
    let mut file = tokio::fs::File::from_std(file);
    while let Some(chunk) = timeout(PATIENCE, body.next()).await.map_err(|_| cut())? {
        let chunk = chunk.map_err(|_| cut())?;
        coming.brought(chunk.len() as u64)?;
        file.write_all(&chunk).await.map_err(told)?;
    }
    file.flush().await.map_err(told)?;
    drop(file);
    let finished = tokio::task::spawn_blocking(move || -> io::Result<u64> {
        let file = upload.file()?;
        upload.finish()?;
        Ok(file.metadata()?.blocks().saturating_mul(512))
    });
    let blocks = finished.await.map_err(anyhow::Error::from)?;
    coming.arrived(blocks.map_err(told)?);
    if replace == Replace::Yes {
        // what was there may be gone
        app.homes.forget(account);
    }
    Ok(())
}

fn cut() -> Error {
    let what = "the file did not arrive as a whole, and nothing of it is kept";
    Error::Invalid(what.into(), Some("Send it again.".into()))
}

async fn read_in_vain(mut body: BodyDataStream) {
    let reading = async {
        let mut bytes = 0;
        while let Some(Ok(chunk)) = body.next().await {
            bytes += chunk.len();
            if bytes > READ_IN_VAIN_BYTES {
                return;
            }
        }
    };
    timeout(READ_IN_VAIN, reading).await.ok(); // then it is cut
}
