//! Handing over what changed, page by page.

use std::fmt;
use std::str::FromStr;

use super::Directory;
use super::store::Store;
use crate::object::{Kind, SourceId, SourceObject};
use crate::source::{Batch, Next, Source, SourceError, Watermark};

/// A walk over the history: from where, how far it has come, and where it ends.
///
/// The end is set when the walk begins, so that it ends although changes go on. What changes while it goes on may be missed by
/// it: the next walk begins at that end and meets it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Walk {
    since: Option<u64>,
    done: u64,
    end: u64,
}

impl Directory {
    pub(super) fn mark(&self, position: u64) -> Watermark {
        Watermark(format!("{}:{position}", self.shared.instance))
    }

    /// A page of changes, without waiting for anything.
    ///
    /// # Errors
    /// [`SourceError::WatermarkLost`].
    pub(in crate::source) fn page(
        &self,
        since: Option<&Watermark>,
        page: Option<&str>,
    ) -> Result<Batch, SourceError> {
        let store = self.read();
        let walk = match page {
            Some(page) => self.own(page).ok_or(SourceError::WatermarkLost)?,
            None => self.begin(&store, since)?,
        };
        if walk.since.is_some_and(|since| !store.remembers(since)) {
            return Err(SourceError::WatermarkLost);
        }
        let (changes, last) = store.walk(walk.since, walk.done, walk.end, self.page_size);
        let next = match last {
            Some(done) => Next::Page(format!("{}:{}", self.shared.instance, Walk { done, ..walk })),
            None => Next::Done { watermark: self.mark(walk.end), complete: walk.since.is_none() },
        };
        Ok(Batch { changes, next })
    }

    fn begin(&self, store: &Store, since: Option<&Watermark>) -> Result<Walk, SourceError> {
        let end = store.last();
        let since = match since {
            Some(watermark) => Some(self.own(&watermark.0).ok_or(SourceError::WatermarkLost)?),
            None => None,
        };
        Ok(Walk { since, done: since.unwrap_or(0), end })
    }

    /// What this very directory has written.
    fn own<T: FromStr>(&self, text: &str) -> Option<T> {
        text.strip_prefix(&self.shared.instance)?.strip_prefix(':')?.parse().ok()
    }
}

impl Source for Directory {
    fn name(&self) -> &str {
        &self.name
    }

    async fn changes(&self, since: Option<&Watermark>, page: Option<&str>) -> Result<Batch, SourceError> {
        self.page(since, page)
    }

    async fn get(&self, kind: Kind, id: &SourceId) -> Result<Option<SourceObject>, SourceError> {
        Ok(self.object(kind, id))
    }
}

impl fmt::Display for Walk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.since {
            Some(since) => write!(f, "{since}:{}:{}", self.done, self.end),
            None => write!(f, "all:{}:{}", self.done, self.end),
        }
    }
}

impl FromStr for Walk {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let mut parts = text.split(':');
        let (Some(since), Some(done), Some(end), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(());
        };
        let number = |text: &str| text.parse().map_err(|_| ());
        let since = if since == "all" { None } else { Some(number(since)?) };
        Ok(Self { since, done: number(done)?, end: number(end)? })
    }
}
