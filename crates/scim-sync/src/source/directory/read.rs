//! Handing over what changed, page by page.

use std::fmt;
use std::str::FromStr;

use super::Directory;
use super::store::Store;
use crate::object::{Kind, SourceId, SourceObject};
use crate::source::{Batch, Next, Source, SourceError, Watermark};

/// A walk over the history: from where, how far it has come, and where it began.
///
/// A walk over everything goes by the order in which objects came, and ends with those that were there when it began: what
/// changes meanwhile comes after that. A walk over changes ends where the history ends. An object that changes again while it
/// goes on moves to that end, and the walk has to meet it there: it may hold an earlier change that nobody has been told of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Walk {
    since: Option<u64>,
    done: u64,
    begun: u64,
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
        let end = if walk.since.is_some() { store.last() } else { walk.begun };
        let (changes, last) = store.walk(walk.since, walk.done, end, self.page_size);
        let next = match last {
            Some(done) => Next::Page(format!("{}:{}", self.shared.instance, Walk { done, ..walk })),
            None => Next::Done { watermark: self.mark(end), complete: walk.since.is_none() },
        };
        Ok(Batch { changes, next })
    }

    fn begin(&self, store: &Store, since: Option<&Watermark>) -> Result<Walk, SourceError> {
        let begun = store.last();
        let since = match since {
            Some(watermark) => Some(self.own(&watermark.0).ok_or(SourceError::WatermarkLost)?),
            None => None,
        };
        Ok(Walk { since, done: since.unwrap_or(0), begun })
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
            Some(since) => write!(f, "{since}:{}:{}", self.done, self.begun),
            None => write!(f, "all:{}:{}", self.done, self.begun),
        }
    }
}

impl FromStr for Walk {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let mut parts = text.split(':');
        let (Some(since), Some(done), Some(begun), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(());
        };
        let number = |text: &str| text.parse().map_err(|_| ());
        let since = if since == "all" { None } else { Some(number(since)?) };
        Ok(Self { since, done: number(done)?, begun: number(begun)? })
    }
}
