//! Files of an account's home: listing, downloads, uploads.
//!
//! The home is its owner's, who may change anything in it at any moment. So nothing is decided by a
//! name twice: each path is opened once, below the home, and what was opened is what is used.

mod answer;
mod archive;
mod list;
mod path;
mod remove;
pub mod routes;
mod send;
mod take;
pub mod tree;
mod upload;

use std::io::{self, Write as _};

use rustix::io::Errno;
use shared::{AccountId, Folder};

use self::{
    path::HomePath,
    tree::Tree,
    upload::{Replace, Upload},
};
use crate::{Error, Result, accounts, app::App, home, quota};

/// What is in a folder of the home.
pub async fn list(app: &App, account: AccountId, path: &str) -> Result<Folder> {
    let path = HomePath::parse(path)?;
    let opened = path.clone();
    let (entries, is_cut) = within(app, account, move |tree| list::list(tree, &opened)).await?;
    Ok(Folder {
        path: path.as_str().to_owned(),
        home: match app.config.no_sandbox {
            true => home::home_of(app, account).display().to_string(),
            false => home::INSIDE.to_owned(),
        },
        entries,
        is_cut,
        usage: quota::usage(app, account).await?,
    })
}

/// Makes a folder, and those above it.
pub async fn make_folder(app: &App, account: AccountId, path: &str) -> Result<()> {
    let path = HomePath::parse(path)?;
    // a name takes room as well
    let coming = quota::expect(app, account, 0).await?;
    within(app, account, move |tree| tree.make_folder(&path)).await?;
    coming.arrived(0);
    Ok(())
}

/// Puts a file there, in place of what was, and makes the folders above it.
pub async fn lay(app: &App, account: AccountId, path: &str, text: Vec<u8>) -> Result<()> {
    let path = HomePath::parse(path)?;
    let bytes = u64::try_from(text.len()).unwrap_or(u64::MAX);
    let coming = quota::expect(app, account, bytes).await?;
    within(app, account, move |tree| {
        if let Some((folder, _)) = path.split() {
            tree.make_folder(&folder)?;
        }
        let upload = Upload::begin(tree, &path, Replace::Yes)?;
        upload.file()?.write_all(&text)?;
        upload.finish()
    })
    .await?;
    coming.arrived(bytes);
    Ok(())
}

/// Removes a file, or a folder with all in it.
pub async fn remove(app: &App, account: AccountId, path: &str) -> Result<()> {
    let path = HomePath::parse(path)?;
    within(app, account, move |tree| remove::remove(tree, &path)).await?;
    app.homes.forget(account);
    Ok(())
}

/// Works on the account's home, which is made when it is not there.
async fn within<T: Send + 'static>(
    app: &App,
    account: AccountId,
    work: impl FnOnce(&Tree) -> io::Result<T> + Send + 'static,
) -> Result<T> {
    let tenant = accounts::tenant(app, account).await?;
    let home = home::ensure(app, &tenant).await?;
    let owner = match app.config.no_sandbox {
        true => None,
        false => sandbox::owner(tenant.number),
    };
    let working = move || work(&Tree::open(&home, owner)?);
    let done = tokio::task::spawn_blocking(working).await;
    done.map_err(anyhow::Error::from)?.map_err(told)
}

/// What the file system said, for who asked.
fn told(error: io::Error) -> Error {
    let invalid = |what: &str, how: &str| Error::Invalid(what.to_owned(), Some(how.to_owned()));
    match error.raw_os_error().map(Errno::from_raw_os_error) {
        Some(Errno::NOENT) => Error::NotFound("file"),
        Some(Errno::NOTDIR) => invalid("this is no folder", "Name a folder of the home."),
        Some(Errno::XDEV | Errno::LOOP) => invalid(
            "a link in this path leads out of the home, or in a circle",
            "Name the file itself: links to what is outside are not followed.",
        ),
        Some(Errno::ISDIR) => Error::Conflict("a folder is there already".into()),
        Some(Errno::EXIST) => Error::Conflict("a file of this name is there already".into()),
        Some(Errno::OPNOTSUPP | Errno::NXIO) => invalid(
            "this is neither a file nor a folder",
            "Pipes, sockets and devices have nothing to download.",
        ),
        Some(Errno::ACCESS | Errno::PERM) => {
            Error::Forbidden("this file or folder may not be opened")
        }
        Some(Errno::NAMETOOLONG) => invalid(
            "this name is too long, or its folders are nested too deep",
            "Choose a shorter name, or use a terminal.",
        ),
        Some(Errno::NOTEMPTY) => {
            Error::Conflict("something is written into this folder right now: try again".into())
        }
        Some(Errno::AGAIN) => {
            Error::Conflict("this folder is moved about right now: try again".into())
        }
        Some(Errno::NOSPC | Errno::DQUOT) => Error::Unavailable(
            "the server's disk is full; whoever runs the server has to make room".into(),
        ),
        _ => anyhow::Error::from(error).into(),
    }
}
