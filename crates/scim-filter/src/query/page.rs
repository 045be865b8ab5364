//! Pages, RFC 7644 §3.4.2.4 and RFC 9865 §2.

use std::fmt;
use std::ops::Range;
use std::str::FromStr;

use scim_core::{Limits, ScimError, quote};

/// Which part of the results is asked for (RFC 7644 §3.4.2.4, RFC 9865 §2).
///
/// ```
/// use scim_core::Limits;
/// use scim_filter::query::Page;
///
/// let window = Page::from_index(11).with_count(10).window(15, &Limits::default());
/// assert_eq!((window.range, window.start_index), (10..15, 11));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Page {
    /// Where it starts, and so which of the two methods of paging is used.
    pub start: Start,
    /// How many results at the most; what the server likes without one. 0 asks for their number only.
    pub count: Option<u64>,
}

/// Where a page starts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Start {
    /// The request does not say: the first page, by the server's default method (RFC 9865 §2.4).
    #[default]
    Default,
    /// At a position, counted from 1.
    Index(u64),
    /// The first page of a run with cursors.
    FirstCursor,
    /// Where a cursor points.
    Cursor(Cursor),
}

/// A part of a list that is there as a whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Window {
    /// The part, counted from 0; empty where there is nothing left, or nothing wanted.
    pub range: Range<usize>,
    /// `startIndex` of the answer, counted from 1.
    pub start_index: u64,
}

impl Page {
    /// A page that starts at a position, counted from 1; 0 reads as 1.
    #[must_use]
    pub fn from_index(start_index: u64) -> Self {
        Self { start: Start::Index(start_index.max(1)), count: None }
    }

    /// The first page of a run with cursors.
    #[must_use]
    pub fn first_cursor() -> Self {
        Self { start: Start::FirstCursor, count: None }
    }

    /// A further page of a run with cursors.
    #[must_use]
    pub fn from_cursor(cursor: Cursor) -> Self {
        Self { start: Start::Cursor(cursor), count: None }
    }

    /// The same page with at most so many results.
    #[must_use]
    pub fn with_count(mut self, count: u64) -> Self {
        self.count = Some(count);
        self
    }

    /// How many results at the most, within the limits of the server.
    #[must_use]
    pub fn size(&self, limits: &Limits) -> usize {
        match self.count {
            Some(count) => usize::try_from(count).unwrap_or(usize::MAX).min(limits.page_max),
            None => limits.page_default.min(limits.page_max),
        }
    }

    /// How many results at the most, for a server that refuses what it will not do (RFC 9865 §2.1).
    ///
    /// # Errors
    /// `invalidCount` when more are asked for than the server returns.
    pub fn exact_size(&self, limits: &Limits) -> Result<usize, ScimError> {
        if self
            .count
            .is_some_and(|count| usize::try_from(count).map_or(true, |count| count > limits.page_max))
        {
            return Err(ScimError::invalid_count(format!("`count` is at most {} here", limits.page_max)));
        }
        Ok(self.size(limits))
    }

    /// The part of a list of so many results; a page with a cursor starts at the front.
    #[must_use]
    pub fn window(&self, total: usize, limits: &Limits) -> Window {
        let start_index = match self.start {
            Start::Index(start_index) => start_index.max(1),
            Start::Default | Start::FirstCursor | Start::Cursor(_) => 1,
        };
        let start = usize::try_from(start_index - 1).unwrap_or(usize::MAX).min(total);
        let end = start.saturating_add(self.size(limits)).min(total);
        Window { range: start..end, start_index }
    }
}

/// The text that names the next or previous page; only the server that made it knows what it means (RFC 9865 §2).
///
/// ```
/// use scim_filter::query::Cursor;
///
/// assert!("VZUTiyhEQJ94IR".parse::<Cursor>().is_ok());
/// assert!("a b".parse::<Cursor>().is_err());
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Cursor(Box<str>);

impl Cursor {
    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Cursor {
    type Err = ScimError;

    /// # Errors
    /// `invalidCursor` when the text is empty, or has characters other than letters, digits, `-`, `.`, `_` and `~`.
    fn from_str(text: &str) -> Result<Self, ScimError> {
        let unreserved = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_' | b'~');
        if text.is_empty() || !text.bytes().all(unreserved) {
            return Err(ScimError::invalid_cursor(format!("{} is not a cursor", quote(text))));
        }
        Ok(Self(text.into()))
    }
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Puts a page together from its parameters: `startIndex` and `count` as numbers of any size, the text of `cursor`.
pub(super) fn page(
    start_index: Option<i128>,
    count: Option<i128>,
    cursor: Option<&str>,
) -> Result<Page, ScimError> {
    let clamp = |number: i128, least: u64| u64::try_from(number.max(i128::from(least))).unwrap_or(u64::MAX);
    let start = match (start_index, cursor) {
        (Some(_), Some(_)) => {
            return Err(ScimError::invalid_value("`startIndex` and `cursor` do not go together"));
        }
        (Some(start_index), None) => Start::Index(clamp(start_index, 1)),
        (None, Some("")) => Start::FirstCursor,
        (None, Some(cursor)) => Start::Cursor(cursor.parse()?),
        (None, None) => Start::Default,
    };
    Ok(Page { start, count: count.map(|count| clamp(count, 0)) })
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: fn() -> Limits = || Limits { page_default: 3, page_max: 5, ..Limits::default() };

    #[test]
    fn c55_what_is_below_is_clamped() {
        let made = |start, count| page(Some(start), Some(count), None).unwrap();
        assert_eq!(made(0, -1), Page::from_index(1).with_count(0));
        assert_eq!(made(-7, 0), Page::from_index(1).with_count(0));
        assert_eq!(made(i128::MAX, i128::MAX), Page::from_index(u64::MAX).with_count(u64::MAX));
    }

    #[test]
    fn c56_what_is_above_is_clamped_too() {
        assert_eq!(Page::default().size(&LIMITS()), 3);
        assert_eq!(Page::default().with_count(4).size(&LIMITS()), 4);
        assert_eq!(Page::default().with_count(u64::MAX).size(&LIMITS()), 5);
    }

    #[test]
    fn c57_or_refused_by_choice() {
        assert_eq!(Page::first_cursor().with_count(5).exact_size(&LIMITS()), Ok(5));
        let error = Page::first_cursor().with_count(6).exact_size(&LIMITS()).unwrap_err();
        assert_eq!(error.to_string(), "400 invalidCount: `count` is at most 5 here");
    }

    #[test]
    fn c58_one_method_of_paging_at_a_time() {
        let error = page(Some(1), None, Some("")).unwrap_err();
        assert_eq!(error.to_string(), "400 invalidValue: `startIndex` and `cursor` do not go together");
        assert_eq!(page(None, None, Some("")).unwrap(), Page::first_cursor());
        assert_eq!(page(None, None, Some("a~1")).unwrap(), Page::from_cursor("a~1".parse().unwrap()));
        assert_eq!(
            page(None, None, Some("a b")).unwrap_err().to_string(),
            "400 invalidCursor: `a b` is not a cursor"
        );
    }

    #[test]
    fn windows_stay_inside() {
        let window = |page: Page, total| {
            let window = page.window(total, &LIMITS());
            (window.range, window.start_index)
        };
        assert_eq!(window(Page::default(), 10), (0..3, 1));
        assert_eq!(window(Page::from_index(9).with_count(5), 10), (8..10, 9));
        assert_eq!(window(Page::from_index(11), 10), (10..10, 11));
        assert_eq!(window(Page::from_index(u64::MAX), 10), (10..10, u64::MAX));
        assert_eq!(window(Page::default().with_count(0), 10), (0..0, 1));
        assert_eq!(window(Page { start: Start::Index(0), count: None }, 0), (0..0, 1));
    }
}
