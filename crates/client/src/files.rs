//! Files of the account's home.

use shared::{Folder, MakeFolder, Problem, paths};

use crate::Client;

/// A folder of the home; the home itself has an empty path.
pub async fn list(client: &Client, path: &str) -> Result<Folder, Problem> {
    client.get(&paths::file(path)).await
}

/// Makes a folder, and those above it.
pub async fn make_folder(client: &Client, path: &str) -> Result<(), Problem> {
    let path = path.to_owned();
    client.post(paths::FILES, &MakeFolder { path }).await
}

/// Removes a file, or a folder with all in it.
pub async fn remove(client: &Client, path: &str) -> Result<(), Problem> {
    client.delete(&paths::file(path)).await
}

#[cfg(not(target_arch = "wasm32"))]
pub use native::{Content, Replace, get, put};

/// The bytes themselves, which a browser moves by itself.
#[cfg(not(target_arch = "wasm32"))]
mod native {
    use reqwest::{Method, Response, header};
    use shared::{Problem, paths};

    use crate::Client;

    /// What becomes of a file that is there already.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub enum Replace {
        /// The new one takes its place.
        Yes,
        /// It stays, and the upload is refused.
        No,
    }

    /// A download, part by part.
    #[derive(Debug)]
    pub struct Content(Response);

    impl Content {
        /// The next part; none after the last.
        pub async fn part(&mut self) -> Result<Option<Vec<u8>>, Problem> {
            let part = self.0.chunk().await;
            let part = part.map_err(|_| Problem::unreachable("the download broke off"))?;
            Ok(part.map(|part| part.to_vec()))
        }
    }

    /// What a file holds, or a folder as a tar archive; and whether it is a folder.
    pub async fn get(client: &Client, path: &str) -> Result<(Content, bool), Problem> {
        let request = client.request(Method::GET, &paths::file_content(path))?;
        let answer = client.accepted(request).await?;
        // of a folder nobody knows how large it will be
        let is_folder = !answer.headers().contains_key(header::ACCEPT_RANGES);
        Ok((Content(answer), is_folder))
    }

    /// Puts a file of that many bytes into the home.
    pub async fn put(
        client: &Client,
        path: &str,
        replace: Replace,
        file: tokio::fs::File,
        bytes: u64,
    ) -> Result<(), Problem> {
        let path = match replace {
            Replace::Yes => paths::file_replaced(path),
            Replace::No => paths::file_content(path),
        };
        let request = client.request(Method::PUT, &path)?;
        let request = request.header(header::CONTENT_LENGTH, bytes);
        client.accepted(request.body(file)).await.map(drop)
    }
}
