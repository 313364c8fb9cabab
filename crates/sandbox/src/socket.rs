//! Sockets that no other user reaches.

use std::{
    fs,
    os::unix::fs::{DirBuilderExt as _, PermissionsExt as _},
    path::Path,
};

use anyhow::Context as _;
use tokio::net::{UnixListener, UnixStream};

/// Listens at a path, for this user alone; the folder is made likewise if it is not there.
///
/// What a process that was killed left there is replaced; a live one is an error.
pub async fn listen(socket: &Path) -> anyhow::Result<UnixListener> {
    let shown = socket.display();
    let folder = socket.parent().context("the socket has no folder")?;
    // one that is there stays as it is: what lies in it too may have to be reached by others
    let mut made = fs::DirBuilder::new();
    made.recursive(true).mode(0o700);
    made.create(folder)
        .with_context(|| format!("make the folder of {shown}"))?;
    if socket.exists() {
        let is_live = UnixStream::connect(socket).await.is_ok();
        anyhow::ensure!(!is_live, "another process listens at {shown}");
        fs::remove_file(socket).with_context(|| format!("remove the dead socket {shown}"))?;
    }
    let listener = UnixListener::bind(socket).with_context(|| format!("open {shown}"))?;
    fs::set_permissions(socket, fs::Permissions::from_mode(0o600))?;
    Ok(listener)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::listen;

    #[tokio::test]
    async fn a_dead_socket_is_replaced_and_a_live_one_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("run/a.sock");
        let first = listen(&path).await.unwrap();
        assert!(listen(&path).await.is_err());
        drop(first); // its file stays, as after a kill
        listen(&path).await.unwrap();
        let mode = |path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(path.as_path()), 0o600);
        assert_eq!(mode(path.parent().unwrap()), 0o700);
    }
}
