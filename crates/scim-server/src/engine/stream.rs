//! Answers with lists that need not fit into memory.

use std::collections::VecDeque;
use std::error::Error as StdError;
use std::fmt;
use std::task::{Context, Poll};

use bytes::Bytes;
use scim_core::{ListResponse, Projection, Resource};
use serde_json::{Map, Value};

use super::Call;
use super::present::{Shown, to_json};
use super::respond::Failure;
use crate::store::erased::BoxFuture;
use crate::store::{LongList, PIECE, StoreError};

/// A body whose pieces are made when they are asked for.
pub(crate) struct Streamed {
    call: Call,
    /// What was written since the last list.
    open: Vec<u8>,
    pieces: VecDeque<Piece>,
    /// Never polled from two sides: a body is polled through `&mut`.
    running: Option<BoxFuture<'static, Written>>,
}

/// What was written of a list, and what is left of it.
type Written = (Result<Vec<u8>, StoreError>, Option<Elements>);

enum Piece {
    Bytes(Bytes),
    Elements(Box<Elements>),
}

/// A list that is being written.
struct Elements {
    call: Call,
    at: usize,
    name: String,
    list: LongList,
    want: Projection,
    after: Option<String>,
    begun: bool,
}

impl Streamed {
    pub(crate) fn new(call: &Call) -> Self {
        Self { call: call.detached(), open: Vec::new(), pieces: VecDeque::new(), running: None }
    }

    /// Adds a resource with its lists.
    pub(crate) fn resource(&mut self, shown: &Shown<'_>) -> Result<(), Failure> {
        let mut head = to_json(&shown.projected())?;
        // The lists come before the bracket that closes the object, which is never empty: it has an id.
        head.pop();
        self.open.append(&mut head);
        let at = self.call.types.iter().position(|mounted| mounted.name == shown.mounted.name);
        for (attribute, list) in shown.long_lists() {
            let (Some(at), Some(attribute)) = (at, attribute.attribute()) else { continue };
            let elements = Elements {
                call: self.call.detached(),
                at,
                name: attribute.name().as_str().to_owned(),
                list: list.clone(),
                want: shown.want.clone(),
                after: None,
                begun: false,
            };
            self.close();
            self.pieces.push_back(Piece::Elements(Box::new(elements)));
        }
        self.open.push(b'}');
        self.close();
        Ok(())
    }

    /// Adds a page of resources.
    pub(crate) fn list(&mut self, about: &ListResponse<()>, shown: &[Shown<'_>]) -> Result<(), Failure> {
        let mut head = to_json(about)?;
        // It ends with the brackets of an empty list, and its own.
        head.truncate(head.len().saturating_sub(2));
        self.open.append(&mut head);
        for (index, shown) in shown.iter().enumerate() {
            if index > 0 {
                self.open.push(b',');
            }
            self.resource(shown)?;
        }
        self.open.extend_from_slice(b"]}");
        self.close();
        Ok(())
    }

    fn close(&mut self) {
        if !self.open.is_empty() {
            self.pieces.push_back(Piece::Bytes(std::mem::take(&mut self.open).into()));
        }
    }

    pub(crate) fn poll(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, Box<dyn StdError + Send + Sync>>>> {
        loop {
            if let Some(running) = &mut self.running {
                let Poll::Ready((written, more)) = running.as_mut().poll(cx) else { return Poll::Pending };
                self.running = more.map(|more| Box::pin(more.next()) as _);
                match written {
                    Ok(bytes) if bytes.is_empty() => continue,
                    Ok(bytes) => return Poll::Ready(Some(Ok(bytes.into()))),
                    Err(error) => {
                        self.pieces.clear();
                        self.running = None;
                        tracing::error!(tenant = %self.call.tenant(), error = %error, "an answer broke off");
                        return Poll::Ready(Some(Err("the answer broke off".into())));
                    }
                }
            }
            match self.pieces.pop_front() {
                None => return Poll::Ready(None),
                Some(Piece::Bytes(bytes)) => return Poll::Ready(Some(Ok(bytes))),
                Some(Piece::Elements(elements)) => self.running = Some(Box::pin(elements.next())),
            }
        }
    }
}

impl Elements {
    /// Writes the next elements, and says what is left.
    async fn next(mut self) -> Written {
        match self.write().await {
            Ok((bytes, true)) => (Ok(bytes), Some(self)),
            Ok((mut bytes, false)) => {
                if self.begun {
                    bytes.push(b']');
                }
                (Ok(bytes), None)
            }
            Err(error) => (Err(error), None),
        }
    }

    async fn write(&mut self) -> Result<(Vec<u8>, bool), StoreError> {
        let page = self.list.page(self.after.as_deref(), PIECE).await?;
        self.after = page.next;
        let mut out = Vec::new();
        if !page.elements.is_empty() {
            let mounted = self.call.mounted(self.at)?;
            let schemas = &mounted.schemas;
            let mut map = Map::new();
            map.insert(self.name.clone(), Value::Array(page.elements));
            // These few are shown as the list of a resource that has nothing else.
            let part = Resource::from_canonical(map, schemas);
            let names = self.call.names(std::iter::once((mounted, &part, &self.want))).await?;
            let mut overlay = Map::new();
            self.call.link(mounted, &part, &self.want, &names, &mut overlay);
            let shown = schemas.project(&part, &self.want).with_overlay(&overlay);
            let written = serde_json::to_vec(&shown)?;
            let before = self.name.len().saturating_add(5);
            if let Some(elements) = written.get(before..written.len().saturating_sub(2)) {
                if self.begun {
                    out.push(b',');
                } else {
                    out.extend_from_slice(format!(",\"{}\":[", self.name).as_bytes());
                    self.begun = true;
                }
                out.extend_from_slice(elements);
            }
        }
        Ok((out, self.after.is_some()))
    }
}

impl fmt::Debug for Streamed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Streamed(..)")
    }
}
