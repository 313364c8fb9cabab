//! Two connections that go on in another protocol, for example as a websocket.

use hyper::upgrade::OnUpgrade;
use hyper_util::rt::TokioIo;
use tokio::io::copy_bidirectional;
use tokio_util::sync::CancellationToken;
use tracing::debug;

/// Passes bytes both ways once both sides are upgraded, until one of them ends or it is cut.
///
/// `until` is dropped then, so that who counts sockets knows of the end.
pub fn join(
    visitor: OnUpgrade,
    upstream: OnUpgrade,
    until: impl Send + 'static,
    cut: CancellationToken,
) {
    tokio::spawn(async move {
        let _until_here = until;
        let passed = async {
            let (visitor, upstream) = tokio::try_join!(visitor, upstream)?;
            let (mut visitor, mut upstream) = (TokioIo::new(visitor), TokioIo::new(upstream));
            copy_bidirectional(&mut visitor, &mut upstream).await?;
            Ok::<_, Box<dyn std::error::Error + Send + Sync>>(())
        };
        // either end may hang up at any time
        if let Some(Err(error)) = cut.run_until_cancelled(passed).await {
            debug!("a socket ended: {error}");
        }
    });
}
