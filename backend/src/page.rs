//! The built page: static files, precompressed, and `index.html` for every path of the page.

use std::path::Path;

use axum::{
    Router,
    extract::Request,
    http::{HeaderValue, header},
    middleware::{self, Next},
    response::{IntoResponse, Response},
};
use tower_http::services::{ServeDir, ServeFile};

use crate::{Error, base_path};

/// A file name with a hash never changes its content.
const FOR_EVER: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");

/// Serves the files of `assets`, as a page that is below the path `base`.
pub fn service(assets: &Path, base: String) -> Router {
    let index = ServeFile::new(assets.join("index.html"));
    let files = ServeDir::new(assets)
        .precompressed_br()
        .precompressed_gzip()
        .fallback(index);
    let folder = assets.to_owned();
    let below = move |request: Request, next: Next| {
        let (folder, base) = (folder.clone(), base.clone());
        async move {
            if base.is_empty() || request.uri().path().starts_with("/assets/") {
                return next.run(request).await;
            }
            match base_path::index(&folder, &base).await {
                Ok(index) => index,
                Err(_) => next.run(request).await, // says that it is not there
            }
        }
    };
    Router::new()
        .fallback_service(files)
        .layer(middleware::from_fn(below))
        .layer(middleware::from_fn(answer))
}

async fn answer(request: Request, next: Next) -> Response {
    let path = request.uri().path().to_owned();
    if path.starts_with("/api/") {
        return Error::NotFound("path").into_response();
    }
    let mut response = next.run(request).await;
    let hashed = path.starts_with("/assets/") && response.status().is_success();
    let caching = if hashed {
        FOR_EVER
    } else {
        HeaderValue::from_static("no-cache")
    };
    response
        .headers_mut()
        .insert(header::CACHE_CONTROL, caching);
    response
}
