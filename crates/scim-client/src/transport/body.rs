//! The body of a request, and how the body of an answer is read.

use std::convert::Infallible;
use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::{Buf, Bytes, BytesMut};
use http_body::{Body, Frame, SizeHint};
use http_body_util::BodyExt;

use super::BoxError;

/// The body of a request: bytes that are all there. `Debug` shows how many.
#[derive(Clone, Default)]
pub struct RequestBody(Bytes);

impl RequestBody {
    pub(crate) fn new(bytes: Bytes) -> Self {
        Self(bytes)
    }

    /// The bytes.
    #[must_use]
    pub fn into_bytes(self) -> Bytes {
        self.0
    }
}

impl fmt::Debug for RequestBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RequestBody({} bytes)", self.0.len())
    }
}

impl Body for RequestBody {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let bytes = std::mem::take(&mut self.0);
        Poll::Ready((!bytes.is_empty()).then(|| Ok(Frame::data(bytes))))
    }

    fn is_end_stream(&self) -> bool {
        self.0.is_empty()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.0.len() as u64)
    }
}

/// Why there is no body.
#[derive(Debug)]
pub(crate) enum Unread {
    /// It is longer than the limit.
    TooLong,
    /// It broke off.
    Broken(BoxError),
}

/// Reads a body, and stops as soon as it is longer than the limit.
pub(crate) async fn read<B>(body: B, limit: usize) -> Result<Bytes, Unread>
where
    B: Body,
    B::Error: Into<BoxError>,
{
    if usize::try_from(body.size_hint().lower()).map_or(true, |least| least > limit) {
        return Err(Unread::TooLong);
    }
    let mut body = std::pin::pin!(body);
    let mut collected = Collected::within(limit);
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|error| Unread::Broken(error.into()))?;
        let Ok(mut data) = frame.into_data() else { continue };
        // What does not fit need not be made `Bytes` first, which may copy it.
        if !collected.has_room_for(data.remaining() as u64) {
            return Err(Unread::TooLong);
        }
        collected.add(data.copy_to_bytes(data.remaining()));
    }
    Ok(collected.into_bytes())
}

/// The pieces of a body, as far as a limit.
pub(super) struct Collected {
    room: usize,
    /// Most bodies come in one piece, which need not be copied.
    first: Bytes,
    all: BytesMut,
}

impl Collected {
    pub(super) fn within(limit: usize) -> Self {
        Self { room: limit, first: Bytes::new(), all: BytesMut::new() }
    }

    pub(super) fn has_room_for(&self, bytes: u64) -> bool {
        usize::try_from(bytes).is_ok_and(|bytes| bytes <= self.room)
    }

    /// Takes one more piece; `false`, if it is too much.
    pub(super) fn add(&mut self, data: Bytes) -> bool {
        let Some(room) = self.room.checked_sub(data.len()) else { return false };
        self.room = room;
        if self.first.is_empty() && self.all.is_empty() {
            self.first = data;
        } else {
            if self.all.is_empty() {
                self.all.extend_from_slice(&std::mem::take(&mut self.first));
            }
            self.all.extend_from_slice(&data);
        }
        true
    }

    pub(super) fn into_bytes(self) -> Bytes {
        if self.all.is_empty() { self.first } else { self.all.freeze() }
    }
}

#[cfg(test)]
mod tests {
    use http_body_util::Full;

    use super::*;

    /// A body of pieces of these sizes.
    struct Frames(&'static [usize]);

    impl Body for Frames {
        type Data = Bytes;
        type Error = Infallible;

        fn poll_frame(
            mut self: Pin<&mut Self>,
            _: &mut Context<'_>,
        ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
            let Some((size, rest)) = self.0.split_first() else { return Poll::Ready(None) };
            self.0 = rest;
            Poll::Ready(Some(Ok(Frame::data(vec![b'x'; *size].into()))))
        }
    }

    #[tokio::test]
    async fn the_limit_is_exact() {
        assert_eq!(read(Frames(&[3, 0, 4, 3]), 10).await.unwrap().len(), 10);
        assert!(matches!(read(Frames(&[3, 4, 4]), 10).await, Err(Unread::TooLong)));
        assert_eq!(read(Frames(&[]), 0).await.unwrap().len(), 0);
        assert!(matches!(read(Full::new(Bytes::from_static(b"12345")), 4).await, Err(Unread::TooLong)));
    }
}
