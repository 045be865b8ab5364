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
    let mut first = Bytes::new();
    let mut all = BytesMut::new();
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|error| Unread::Broken(error.into()))?;
        let Ok(mut data) = frame.into_data() else { continue };
        let read = first.len() + all.len();
        if data.remaining() > limit.saturating_sub(read) {
            return Err(Unread::TooLong);
        }
        // Most bodies come in one piece, which need not be copied.
        if read == 0 {
            first = data.copy_to_bytes(data.remaining());
        } else {
            if all.is_empty() {
                all.extend_from_slice(&std::mem::take(&mut first));
            }
            all.extend_from_slice(&data.copy_to_bytes(data.remaining()));
        }
    }
    Ok(if all.is_empty() { first } else { all.freeze() })
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
