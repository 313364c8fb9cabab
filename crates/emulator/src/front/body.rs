//! Bodies of requests: read whole, within bounds of size, time and what all take together.

use std::{io::Read as _, sync::Arc, time::Duration};

use axum::{
    body::{Body, to_bytes},
    http::{HeaderMap, header},
};
use bytes::Bytes;
use flate2::read::MultiGzDecoder;
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::timeout,
};

use crate::refusal::Refusal;

/// The largest request, packed or not; AWS's own limit for user data is far below.
pub(crate) const LARGEST_BYTES: usize = 16 << 20;
/// Up to which size a body is little work.
const SMALL_BYTES: usize = 64 << 10;
/// What the bodies of an endpoint's requests take together, in KiB; more wait.
const OWN_KIB: usize = 48 << 10;
/// What those of all endpoints take together.
const ALL_KIB: usize = 512 << 10;
/// The one way to pack a body that AWS's libraries have.
const GZIP: &[u8] = b"gzip";
/// How long a body may take to come.
const SLOWEST: Duration = Duration::from_secs(60);
/// How long a request may wait for room.
const PATIENCE: Duration = Duration::from_secs(30);

/// Memory for the bodies of all endpoints.
#[derive(Clone)]
pub(crate) struct AllRoom(Arc<Semaphore>);

/// An endpoint's part of it, so that none takes what others need.
pub(super) struct Room {
    own: Arc<Semaphore>,
    all: AllRoom,
}

/// A body, and the memory that is set aside for it.
pub(super) struct Held {
    /// All of the body.
    pub body: Bytes,
    _room: [OwnedSemaphorePermit; 2],
}

impl Default for AllRoom {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(ALL_KIB)))
    }
}

impl Room {
    /// A part for one endpoint.
    pub fn within(all: AllRoom) -> Self {
        let own = Arc::new(Semaphore::new(OWN_KIB));
        Self { own, all }
    }

    /// Reads a body, of which the headers may say the size.
    ///
    /// One that says that it is too large is not read at all.
    pub async fn read(&self, headers: &HeaderMap, body: Body) -> Result<Held, Refusal> {
        let said = said(headers);
        if said.is_some_and(|size| size > LARGEST_BYTES) {
            return Err(Refusal::TooLarge);
        }
        let size = said
            .filter(|_| !is_packed(headers))
            .unwrap_or(LARGEST_BYTES);
        let room = timeout(PATIENCE, self.take(size)).await;
        let room = room.map_err(|_| Refusal::Busy)??;
        let read = timeout(SLOWEST, to_bytes(body, LARGEST_BYTES)).await;
        let read = read.map_err(|_| Refusal::Slow)?;
        Ok(Held {
            // one whose size was said can only have been cut off
            body: read.map_err(|_| said.map_or(Refusal::TooLarge, |_| Refusal::Unreadable))?,
            _room: room,
        })
    }

    async fn take(&self, size: usize) -> Result<[OwnedSemaphorePermit; 2], Refusal> {
        let kib = u32::try_from(size.div_ceil(1024)).map_err(|_| Refusal::TooLarge)?;
        let take = |of: &Arc<Semaphore>| of.clone().acquire_many_owned(kib);
        let own = take(&self.own).await.map_err(|_| Refusal::Unavailable)?;
        let all = take(&self.all.0).await.map_err(|_| Refusal::Unavailable)?;
        Ok([own, all])
    }
}

/// Whether the body is said to be little work to read, to check and to unpack.
pub(super) fn is_small(headers: &HeaderMap) -> bool {
    let size = match said(headers) {
        None if !headers.contains_key(header::TRANSFER_ENCODING) => Some(0),
        size => size,
    };
    size.is_some_and(|size| size <= SMALL_BYTES) && !is_packed(headers)
}

/// What the headers say the size is.
fn said(headers: &HeaderMap) -> Option<usize> {
    let size = headers.get(header::CONTENT_LENGTH)?;
    size.to_str().ok()?.parse().ok()
}

fn is_packed(headers: &HeaderMap) -> bool {
    let how = headers.get(header::CONTENT_ENCODING);
    how.is_some_and(|how| how == GZIP)
}

impl Held {
    /// Unpacks what a client has packed, as moto would do without an end. What S3 is sent packed
    /// stays so, as it is kept that way.
    pub fn unpack(&mut self, service: &str, headers: &mut HeaderMap) -> Result<(), Refusal> {
        if service == "s3" {
            return Ok(());
        }
        let Some(packed) = headers.remove(header::CONTENT_ENCODING) else {
            return Ok(());
        };
        match packed.as_bytes() {
            b"identity" => Ok(()),
            GZIP => {
                self.body = unpacked(&self.body)?;
                Ok(())
            }
            _ => Err(Refusal::Unreadable),
        }
    }
}

fn unpacked(packed: &[u8]) -> Result<Bytes, Refusal> {
    let most = u64::try_from(LARGEST_BYTES).unwrap_or(u64::MAX);
    let mut plain = Vec::new();
    let mut reader = MultiGzDecoder::new(packed).take(most + 1);
    let read = reader.read_to_end(&mut plain);
    read.map_err(|_| Refusal::Unreadable)?;
    if plain.len() > LARGEST_BYTES {
        return Err(Refusal::TooLarge);
    }
    Ok(plain.into())
}

#[cfg(test)]
mod tests {
    use std::io::{Read as _, repeat};

    use flate2::{Compression, read::GzEncoder};

    use axum::http::HeaderMap;

    use super::{LARGEST_BYTES, Refusal, is_small, unpacked};

    #[test]
    fn a_body_is_small_when_its_head_says_so() {
        let small = |headers: &[(&'static str, &str)]| {
            let headers = headers.iter().map(|(name, value)| {
                let name = axum::http::HeaderName::from_static(name);
                (name, value.parse().unwrap())
            });
            is_small(&headers.collect::<HeaderMap>())
        };
        assert!(small(&[]));
        assert!(small(&[("content-length", "65536")]));
        assert!(!small(&[("content-length", "65537")]));
        assert!(!small(&[("transfer-encoding", "chunked")]));
        assert!(!small(&[
            ("content-length", "9"),
            ("content-encoding", "gzip")
        ]));
    }

    #[test]
    fn what_is_packed_is_unpacked_up_to_the_largest_that_may_be() {
        let pack = |size: usize| {
            let mut packed = Vec::new();
            let plain = repeat(b'x').take(size as u64);
            GzEncoder::new(plain, Compression::fast())
                .read_to_end(&mut packed)
                .unwrap();
            packed
        };
        assert_eq!(unpacked(&pack(5)).unwrap(), "xxxxx");
        assert_eq!(unpacked(&pack(LARGEST_BYTES + 1)), Err(Refusal::TooLarge));
        assert_eq!(unpacked(b"not packed"), Err(Refusal::Unreadable));
    }
}
