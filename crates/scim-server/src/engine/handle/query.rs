//! Queries of one resource type, RFC 7644 §3.4.2 and RFC 9865 §2.

use scim_core::{ListResponse, ScimError};
use scim_filter::CheckOptions;
use scim_filter::query::{Cursor, Page, ParsedQuery, Start as Asked, TypedQuery};

use crate::auth::Access;
use crate::context::Operation;
use crate::cursor::Binding;
use crate::engine::Call;
use crate::engine::listing::{Onward, ask};
use crate::engine::respond::{Failure, Reply};
use crate::store::{Query, Start};

impl Call {
    pub(in crate::engine) async fn query(&self, at: usize, parsed: ParsedQuery) -> Result<Reply, Failure> {
        let mounted = self.mounted(at)?;
        self.note(Operation::Query, Some(&mounted.name));
        self.require(mounted, Access::Read)?;
        let cx = self.cx(mounted, Operation::Query);
        let parsed = self.offered(parsed)?;
        let readable = self.readable(mounted);
        let options = CheckOptions {
            profile: Some(cx.profile()),
            readable: readable.as_deref(),
            ..CheckOptions::default()
        };
        let typed = self.with_ids(&parsed.query).check(cx.schemas(), &options)?;
        self.deviated(typed.deviations.iter().cloned());
        self.deviated(typed.filter.iter().flat_map(|filter| filter.deviations().iter().cloned()));

        let endpoint = mounted.endpoint.as_str();
        let start = match &typed.page.start {
            Asked::Default => Start::Index(1),
            Asked::Index(index) => Start::Index(*index),
            Asked::FirstCursor => Start::After(None),
            Asked::Cursor(cursor) => {
                let inner = self.open(cursor, endpoint, &parsed.query)?;
                Onward::read(&inner).ok_or_else(not_a_cursor)?.start()?
            }
        };
        let with_cursors = self.uses_cursors(&typed.page)?;
        let TypedQuery { filter, sort, page, projection, .. } = typed;
        let count = page.size(self.limits());
        let query =
            Query { filter, sort, start, count, want: projection, total: !with_cursors || count == 0 };
        let part = ask(mounted, &cx, &query).await?;

        let shown = part.items.into_iter().map(|stored| (mounted, stored, &query.want)).collect();
        let shown = self.show(shown).await?;
        let next = match part.next {
            // A store that only has cursors may bring them up itself (RFC 9865 §2.3).
            Some(next) if count > 0 && (with_cursors || matches!(next, Onward::Cursor(_))) => {
                Some(self.sealed(&next.write(), endpoint, &parsed.query)?)
            }
            _ => None,
        };
        let answer = ListResponse {
            total_results: part.total,
            start_index: match (&query.start, with_cursors) {
                (Start::Index(index), false) => Some((*index).max(1)),
                _ => None,
            },
            items_per_page: Some(shown.len() as u64),
            previous_cursor: None,
            next_cursor: next.map(|next| next.as_str().into()),
            resources: Vec::new(),
        };
        self.page(answer, &shown)
    }

    /// Leaves out, or refuses, what the service does not offer.
    pub(super) fn offered(&self, mut parsed: ParsedQuery) -> Result<ParsedQuery, ScimError> {
        let features = &self.engine.features;
        if !features.filter && parsed.query.filter.is_some() {
            return Err(ScimError::invalid_filter("filters are not offered here"));
        }
        if !features.sort {
            parsed.query.sort = None;
        }
        Ok(parsed)
    }

    /// Whether the page is one of a run with cursors.
    pub(super) fn uses_cursors(&self, page: &Page) -> Result<bool, ScimError> {
        match page.start {
            Asked::Default | Asked::Index(_) => Ok(false),
            Asked::FirstCursor | Asked::Cursor(_) if self.engine.seal.is_some() => Ok(true),
            Asked::FirstCursor | Asked::Cursor(_) => {
                Err(ScimError::invalid_value("`cursor` is not offered here: use `startIndex`"))
            }
        }
    }

    /// What a cursor is good for, and nothing else: this tenant and subject, endpoint, filter and order.
    pub(super) fn bound<T>(
        &self,
        endpoint: &str,
        query: &scim_filter::query::Query,
        to: impl FnOnce(&Binding<'_>) -> T,
    ) -> T {
        let filter = query.filter.as_ref().map(|filter| same_names(&filter.to_string()));
        let by = query.sort.as_ref().map(|sort| same_names(&sort.by.to_string()));
        to(&Binding {
            tenant: self.tenant(),
            target: endpoint,
            filter: filter.as_deref(),
            sort: by.as_deref().zip(query.sort.as_ref()).map(|(by, sort)| (by, sort.order)),
            subject: self.principal.subject(),
        })
    }

    /// What a cursor that was sent stands for.
    pub(super) fn open(
        &self,
        cursor: &Cursor,
        endpoint: &str,
        query: &scim_filter::query::Query,
    ) -> Result<String, ScimError> {
        let Some(seal) = &self.engine.seal else { return Err(not_a_cursor()) };
        let inner = self.bound(endpoint, query, |binding| seal.open(cursor, binding, self.now))?;
        let (count, inner) = inner.as_str().split_once(BEHIND_COUNT).ok_or_else(not_a_cursor)?;
        if count != count_of(query) {
            return Err(ScimError::invalid_count("`count` stays the same from page to page"));
        }
        Ok(inner.to_owned())
    }

    /// A cursor to be sent.
    pub(super) fn sealed(
        &self,
        inner: &str,
        endpoint: &str,
        query: &scim_filter::query::Query,
    ) -> Result<Cursor, ScimError> {
        let Some(seal) = &self.engine.seal else { return Err(ScimError::internal("cursors need a key")) };
        let inner: Cursor = format!("{}{BEHIND_COUNT}{inner}", count_of(query)).parse()?;
        self.bound(endpoint, query, |binding| seal.seal(&inner, binding, self.now))
    }
}

/// A filter or path whose names are in one case: in RFC 9865 §2 the second page is asked for in another spelling.
fn same_names(text: &str) -> String {
    let (mut quoted, mut escaped) = (false, false);
    let each = |c: char| {
        if !quoted {
            quoted = c == '"';
            return c.to_ascii_lowercase();
        }
        quoted = escaped || c != '"';
        escaped = !escaped && c == '\\';
        c
    };
    text.chars().map(each).collect()
}

/// Ends the count that a cursor begins with (RFC 9865 §2.1).
const BEHIND_COUNT: char = '~';

fn count_of(query: &scim_filter::query::Query) -> String {
    query.page.count.map_or(String::new(), |count| count.to_string())
}

pub(super) fn not_a_cursor() -> ScimError {
    ScimError::invalid_cursor("the cursor is not one of this query")
}
