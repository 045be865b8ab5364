//! Bodies: the one that comes, within its limit, and the one that goes.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::{Buf, Bytes, BytesMut};
use http::header::CONTENT_LENGTH;
use http::request::Parts;
use http_body::{Frame, SizeHint};
use http_body_util::{BodyExt, Full};
use scim_core::{Limits, ScimError};

/// The body of an answer: bytes that are there as a whole.
#[derive(Clone, Debug, Default)]
pub struct Body(Full<Bytes>);

impl Body {
    pub(crate) fn new(bytes: impl Into<Bytes>) -> Self {
        Self(Full::new(bytes.into()))
    }
}

impl http_body::Body for Body {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        Pin::new(&mut self.0).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.0.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.0.size_hint()
    }
}

/// Reads a body, and no more of it than the limit allows.
pub(crate) async fn read<B>(head: &Parts, body: B, limits: &Limits) -> Result<Bytes, ScimError>
where
    B: http_body::Body,
    B::Data: Buf,
{
    let most = limits.body_bytes;
    let too_large = || ScimError::payload_too_large(format!("the body is longer than {most} bytes"));
    let announced =
        head.headers.get(CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
    let least = announced.unwrap_or(0).max(body.size_hint().lower());
    if usize::try_from(least).map_or(true, |least| least > most) {
        return Err(too_large());
    }
    let mut body = std::pin::pin!(body);
    let mut first = Bytes::new();
    let mut all = BytesMut::new();
    while let Some(frame) = body.frame().await {
        // What went wrong on the wire is not ours to tell.
        let frame = frame.map_err(|_| ScimError::bad_request("the body could not be read"))?;
        let Ok(mut data) = frame.into_data() else { continue };
        if first.len().saturating_add(all.len()).saturating_add(data.remaining()) > most {
            return Err(too_large());
        }
        let length = data.remaining();
        if first.is_empty() && all.is_empty() {
            // The usual case: all in one piece, which need not be copied.
            first = data.copy_to_bytes(length);
        } else {
            if all.is_empty() {
                all.extend_from_slice(&first);
                first = Bytes::new();
            }
            all.extend_from_slice(&data.copy_to_bytes(length));
        }
    }
    Ok(if all.is_empty() { first } else { all.freeze() })
}
