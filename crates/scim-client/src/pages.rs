//! Lists, page by page: RFC 7644 §3.4.2.4 by index, RFC 9865 by cursor.

use std::collections::HashSet;
use std::fmt;
use std::hash::{BuildHasher, RandomState};

use http::Method;
use scim_core::ScimResource;
use scim_filter::query::{Query, Start};

use crate::base::encode;
use crate::endpoint::{Endpoint, filtered};
use crate::error::{Error, UnexpectedKind};
use crate::exchange::{Ask, Success};
use crate::list::{List, list};
use crate::read::Fetched;
use crate::stream::ResourceStream;
use crate::write;

/// A list that is read page by page: [`Endpoint::list`], [`Endpoint::search`].
///
/// The next page begins after what came, not after what was promised. The end is an empty page, or the total that the
/// latest page gave; a server whose pages repeat themselves is an error, not an end, so that a list that is short is
/// never taken for a whole one. Whichever page failed is asked for again by the next call.
///
/// ```
/// # async fn run(client: scim_client::Client) -> Result<(), scim_client::Error> {
/// use scim_filter::query::Query;
///
/// let mut pages = client.users().list(Query::default());
/// while let Some(page) = pages.next().await? {
///     for user in &page.resources {
///         println!("{}", user.user_name);
///     }
/// }
/// # Ok(())
/// # }
/// ```
pub struct Pages<T> {
    endpoint: Endpoint<T>,
    query: Query,
    post: bool,
    next: Next,
    received: u64,
    pages: u64,
    empty: u32,
    max_pages: u64,
    total: Option<u64>,
    /// The ids of the page before.
    before: HashSet<String>,
    /// The first id of every page, and every cursor: what stands for them, so that a long list takes no more than a few
    /// bytes a page.
    firsts: HashSet<u64>,
    cursors: HashSet<u64>,
    hasher: RandomState,
}

enum Next {
    Start,
    Index(u64),
    Cursor(String),
    End,
}

/// A page of a list.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Page<T> {
    /// The resources.
    pub resources: Vec<Fetched<T>>,
    /// How many there are in all, as the server says.
    pub total: Option<u64>,
}

/// So many pages in a row may be empty though a cursor says that there is more.
const MOST_EMPTY: u32 = 10;

impl<T> Pages<T> {
    pub(crate) fn new(endpoint: Endpoint<T>, mut query: Query, post: bool) -> Self {
        let dialect = endpoint.client.dialect();
        if let Some(cap) = dialect.page_cap {
            query.page.count = Some(query.page.count.map_or(cap, |count| count.min(cap)));
        }
        if dialect.cursor && query.page.start == Start::Default {
            query.page.start = Start::FirstCursor;
        }
        if query.projection == scim_filter::query::ProjectionParams::Default {
            query.projection = endpoint.projection.clone();
        }
        Self {
            endpoint,
            query,
            post,
            next: Next::Start,
            received: 0,
            pages: 0,
            empty: 0,
            max_pages: 1_000_000,
            total: None,
            before: HashSet::new(),
            firsts: HashSet::new(),
            cursors: HashSet::new(),
            hasher: RandomState::new(),
        }
    }

    /// How many pages are read before the list counts as endless; a million by default.
    #[must_use]
    pub fn with_max_pages(mut self, pages: u64) -> Self {
        self.max_pages = pages;
        self
    }

    /// How many resources there are in all, as the server said last.
    #[must_use]
    pub fn total(&self) -> Option<u64> {
        self.total
    }

    /// How many resources came so far.
    #[must_use]
    pub fn received(&self) -> u64 {
        self.received
    }

    fn ask(&self) -> Result<Ask, Error> {
        let mut query = self.query.clone();
        let cursor = match &self.next {
            Next::Start | Next::End => None,
            Next::Index(index) => {
                query.page.start = Start::Index(*index);
                None
            }
            Next::Cursor(cursor) => {
                query.page.start = Start::Default;
                Some(cursor)
            }
        };
        // A server's cursor goes back as it came, also where it is none by the RFC.
        if self.post {
            let mut body = query.to_search_request();
            if let (Some(cursor), Some(body)) = (cursor, body.as_object_mut()) {
                body.insert("cursor".to_owned(), cursor.as_str().into());
            }
            let body = write::bytes(&body).map_err(Error::request)?;
            let mut ask =
                Ask::new(Method::POST, format!("{}/.search", self.endpoint.path.trim_end_matches('/')))
                    .with_body(body);
            ask.repeatable = true;
            return Ok(ask);
        }
        let mut text = query.to_query_string();
        if let Some(cursor) = cursor {
            text.push_str(if text.is_empty() { "cursor=" } else { "&cursor=" });
            encode(cursor, &mut text);
        }
        Ok(Ask::new(Method::GET, &*self.endpoint.path).with_query(text))
    }
}

impl<T: ScimResource> Pages<T> {
    /// The next page, or nothing at the end.
    ///
    /// # Errors
    /// [`Error`]; [`UnexpectedKind::EndlessPages`] where the server goes round in circles.
    pub async fn next(&mut self) -> Result<Option<Page<T>>, Error> {
        if matches!(self.next, Next::End) {
            return Ok(None);
        }
        self.endpoint.whole(&self.query).map_err(Error::request)?;
        if let Some(filter) = &self.query.filter {
            let dialect = self.endpoint.client.dialect();
            dialect.check_filter(&self.endpoint.path, &filtered(filter)).map_err(Error::request)?;
        }
        loop {
            let ask = self.ask()?;
            let success = self.endpoint.client.exchange(&ask).await.0?;
            let list = list(&success, &self.endpoint)?;
            self.pages += 1;
            if self.pages > self.max_pages {
                let detail = format!("more than {} pages", self.max_pages);
                return Err(success.odd(UnexpectedKind::EndlessPages, detail));
            }
            let resources = self.read(&success, &list)?;
            let came = list.resources.len() as u64;
            let next = self.after(&success, &list, came)?;
            self.total = list.total_results.or(self.total);
            self.received += came;
            self.next = next;
            if came > 0 {
                self.empty = 0;
                return Ok(Some(Page { resources, total: list.total_results }));
            }
            self.empty += 1;
            if matches!(self.next, Next::End) {
                return Ok(None);
            }
            if self.empty >= MOST_EMPTY {
                return Err(success.odd(UnexpectedKind::EndlessPages, "nothing but empty pages"));
            }
        }
    }

    /// Where the list goes on.
    fn after(&mut self, success: &Success, list: &List<'_>, came: u64) -> Result<Next, Error> {
        if !self.endpoint.client.dialect().paging || self.query.page.count == Some(0) {
            return Ok(Next::End);
        }
        if let Some(cursor) = list.next_cursor.as_deref().filter(|cursor| !cursor.is_empty()) {
            if !self.cursors.insert(self.hasher.hash_one(cursor)) {
                return Err(success.odd(UnexpectedKind::EndlessPages, "a cursor came twice"));
            }
            return Ok(Next::Cursor(cursor.to_owned()));
        }
        let by_cursor = matches!(self.next, Next::Cursor(_))
            || matches!(self.query.page.start, Start::FirstCursor | Start::Cursor(_));
        if by_cursor || came == 0 {
            return Ok(Next::End);
        }
        let start = match (&self.next, &self.query.page.start) {
            (Next::Index(index), _) | (_, Start::Index(index)) => *index,
            _ => 1,
        };
        let next = start.saturating_add(came);
        Ok(match list.total_results {
            Some(total) if next > total => Next::End,
            _ => Next::Index(next),
        })
    }

    /// The resources of a page without those that the page before had already: where one is created or deleted meanwhile,
    /// the others move.
    fn read(&mut self, success: &Success, list: &List<'_>) -> Result<Vec<Fetched<T>>, Error> {
        let limits = &self.endpoint.client.0.limits;
        let mut resources = Vec::with_capacity(list.resources.len());
        let mut ids = HashSet::with_capacity(list.resources.len());
        let mut known = 0;
        let mut first = None;
        for (at, raw) in (1..).zip(&list.resources) {
            let fetched = self.endpoint.reader.element::<T>(raw.get(), limits);
            let fetched = fetched.map_err(|why| {
                success.odd(UnexpectedKind::Malformed, format!("resource {at} of the page: {why}"))
            })?;
            if let Some(id) = &fetched.id {
                // Where there are several types, a server may number each of them on its own.
                let id = match (&self.endpoint.reader.types, &fetched.resource_type) {
                    (Some(_), Some(of)) => format!("{of}/{id}"),
                    _ => id.as_str().to_owned(),
                };
                if self.before.contains(&id) || ids.contains(&id) {
                    ids.insert(id);
                    known += 1;
                    continue;
                }
                if resources.is_empty() {
                    first = Some(id.clone());
                }
                ids.insert(id);
            }
            resources.push(fetched);
        }
        let first = first.is_none_or(|first| self.firsts.insert(self.hasher.hash_one(&*first)));
        if !list.resources.is_empty() && (known == list.resources.len() || !first) {
            return Err(success.odd(UnexpectedKind::EndlessPages, "a page came twice"));
        }
        self.before = ids;
        Ok(resources)
    }

    /// The resources one by one, as a stream: a page is asked for when the one before is used up.
    #[must_use]
    pub fn into_stream(self) -> ResourceStream<T> {
        ResourceStream::new(self)
    }

    /// All resources that are left, if they are no more than the bound.
    ///
    /// ```
    /// # async fn run(client: scim_client::Client) -> Result<(), scim_client::Error> {
    /// use scim_filter::query::Query;
    ///
    /// let groups = client.groups().list(Query::default()).collect(5_000).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`next`](Self::next); [`UnexpectedKind::TooMany`] where there are more, so that nobody works with a part of a list.
    pub async fn collect(mut self, bound: usize) -> Result<Vec<Fetched<T>>, Error> {
        let mut all = Vec::new();
        while let Some(page) = self.next().await? {
            if all.len() + page.resources.len() > bound {
                let asked = format!("{} {}", if self.post { "POST" } else { "GET" }, self.endpoint.path);
                let detail = format!("{bound} are the bound");
                let odd = crate::error::Unexpected::new(UnexpectedKind::TooMany, 200, &asked, detail);
                return Err(odd.into());
            }
            all.extend(page.resources);
        }
        Ok(all)
    }
}

impl<T> fmt::Debug for Pages<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pages")
            .field("endpoint", &self.endpoint)
            .field("received", &self.received)
            .field("total", &self.total)
            .finish_non_exhaustive()
    }
}
