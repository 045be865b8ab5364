//! Bodies: the one that comes, within its limit, and the one that goes.

use std::error::Error as StdError;
use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::{Buf, Bytes, BytesMut};
use http::header::CONTENT_LENGTH;
use http::request::Parts;
use http_body::{Frame, SizeHint};
use http_body_util::{BodyExt, Full};
use scim_core::{Limits, ScimError};

use super::stream::Streamed;

/// The body of an answer.
pub struct Body(Inner);

enum Inner {
    Whole(Full<Bytes>),
    /// Long lists are read while they are written.
    Streamed(Streamed),
}

impl Body {
    pub(crate) fn new(bytes: impl Into<Bytes>) -> Self {
        Self(Inner::Whole(Full::new(bytes.into())))
    }

    pub(crate) fn streamed(streamed: Streamed) -> Self {
        Self(Inner::Streamed(streamed))
    }
}

impl Default for Body {
    fn default() -> Self {
        Self::new(Bytes::new())
    }
}

impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Body(..)")
    }
}

impl http_body::Body for Body {
    type Data = Bytes;
    type Error = Box<dyn StdError + Send + Sync>;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        match &mut self.0 {
            Inner::Whole(bytes) => Pin::new(bytes).poll_frame(cx).map_err(|never| match never {}),
            Inner::Streamed(streamed) => {
                streamed.poll(cx).map(|piece| piece.map(|piece| piece.map(Frame::data)))
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        match &self.0 {
            Inner::Whole(bytes) => bytes.is_end_stream(),
            Inner::Streamed(_) => false,
        }
    }

    fn size_hint(&self) -> SizeHint {
        match &self.0 {
            Inner::Whole(bytes) => bytes.size_hint(),
            Inner::Streamed(_) => SizeHint::default(),
        }
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
