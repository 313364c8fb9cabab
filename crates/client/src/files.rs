//! Files of the account's home.

use reqwest::{Method, header};
use shared::{Folder, MakeFolder, Problem, ProblemKind, paths};

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

/// How much of a file is taken as a text.
const TEXT_BYTES: usize = 256 << 10;

/// What a file of text holds; none if there is no such file.
///
/// # Errors
/// It is larger than 256 KiB, or no text in UTF-8.
pub async fn text(client: &Client, path: &str) -> Result<Option<String>, Problem> {
    let request = client.request(Method::GET, &paths::file_content(path))?;
    // one byte more tells whether there is more
    let request = request.header(header::RANGE, format!("bytes=0-{TEXT_BYTES}"));
    let bytes = match client.whole(request).await {
        Ok((_, bytes)) => bytes,
        Err(problem) if problem.kind == ProblemKind::NotFound => return Ok(None),
        // of a file in which nothing is, no range can be had
        Err(problem) if problem.status == 416 => Vec::new(),
        Err(problem) => return Err(problem),
    };
    let text = (bytes.len() <= TEXT_BYTES).then(|| String::from_utf8(bytes).ok());
    let text = text.flatten();
    text.map(Some)
        .ok_or_else(|| Problem::unreachable(format!("{path} is no text, or too large for one")))
}

/// Puts a text into a file, in place of what it holds.
pub async fn put_text(client: &Client, path: &str, text: &str) -> Result<(), Problem> {
    let request = client.request(Method::PUT, &paths::file_replaced(path))?;
    let request = request.body(text.to_owned());
    client.accepted(request).await.map(drop)
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
