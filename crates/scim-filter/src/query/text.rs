//! Query strings, RFC 7644 §3.4.2: `application/x-www-form-urlencoded`, decoded exactly once.

use std::borrow::Cow;
use std::fmt::Write;

use scim_core::{AttrPath, Limits, Profile, ScimError, quote};

use super::page::{Start, page};
use super::projection::{ProjectionParams, push};
use super::{ParsedQuery, Query, Sort, SortOrder};
use crate::ast::Filter;

impl Query {
    /// Reads a query string, without its `?`; [`Query::in_uri`] is set.
    ///
    /// `+` and `%20` are blanks and `%2B` is a plus. Names are read in any case; empty pairs, as a trailing `&` makes,
    /// are nothing; a parameter that is none of a query's is ignored and listed. `attributes` and `excludedAttributes`
    /// may be repeated, nothing else may.
    ///
    /// ```
    /// use scim_core::{Limits, Profile, attr};
    /// use scim_filter::Filter;
    /// use scim_filter::query::Query;
    ///
    /// let sent = "filter=emails.value+eq+%22b%2B1@example.com%22&_=1700000000&";
    /// let parsed = Query::parse(sent, &Limits::default(), &Profile::lenient())?;
    /// assert_eq!(parsed.query.filter, Some(Filter::eq(attr::EMAILS_VALUE, "b+1@example.com")));
    /// assert_eq!(parsed.ignored, ["_"]);
    /// # Ok::<(), scim_core::ScimError>(())
    /// ```
    ///
    /// # Errors
    /// 414 when the text is too long; `invalidFilter`, `invalidCursor` or `invalidValue` by the parameter that is wrong.
    pub fn parse(text: &str, limits: &Limits, profile: &Profile) -> Result<ParsedQuery, ScimError> {
        if text.len() > limits.query_bytes {
            let most = limits.query_bytes;
            return Err(ScimError::uri_too_long(format!("the query is longer than {most} bytes")));
        }
        let mut parameters = Parameters::default();
        let mut parsed = ParsedQuery::default();
        parsed.query.in_uri = true;
        for pair in text.split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let name = decode(name)?;
            let value = decode(value).map_err(|error| error.with_context(quote(&name)));
            parameters.add(&name, value, &mut parsed.ignored, limits)?;
        }
        parameters.finish(parsed, limits, profile)
    }

    /// The query as a query string, without a `?`; [`Query::parse`] is the inverse, but for attributes below a schema URI
    /// that has a comma in it: a list of paths has no way to say that.
    ///
    /// ```
    /// use scim_core::attr;
    /// use scim_filter::query::{Page, Query, Sort};
    ///
    /// let query = Query { sort: Some(Sort::by(attr::USER_NAME)), page: Page::from_index(1), ..Query::default() };
    /// assert_eq!(query.to_query_string(), "sortBy=userName&startIndex=1");
    /// ```
    #[must_use]
    pub fn to_query_string(&self) -> String {
        let mut text = String::new();
        if let Some(filter) = &self.filter {
            add(&mut text, "filter", &filter.to_string());
        }
        if let Some(sort) = &self.sort {
            add(&mut text, "sortBy", &sort.by.to_string());
            if sort.order == SortOrder::Descending {
                add(&mut text, "sortOrder", sort.order.as_str());
            }
        }
        match &self.page.start {
            Start::Default => {}
            Start::Index(start_index) => add(&mut text, "startIndex", &start_index.to_string()),
            Start::FirstCursor => add(&mut text, "cursor", ""),
            Start::Cursor(cursor) => add(&mut text, "cursor", cursor.as_str()),
        }
        if let Some(count) = self.page.count {
            add(&mut text, "count", &count.to_string());
        }
        match &self.projection {
            ProjectionParams::Attributes(paths) if !paths.is_empty() => {
                add(&mut text, "attributes", &list(paths));
            }
            ProjectionParams::ExcludedAttributes(paths) if !paths.is_empty() => {
                add(&mut text, "excludedAttributes", &list(paths));
            }
            _ => {}
        }
        text
    }
}

/// The parameters as they come.
#[derive(Default)]
struct Parameters {
    single: [Option<String>; SINGLE.len()],
    attributes: Vec<AttrPath>,
    excluded: Vec<AttrPath>,
}

/// The parameters that stand once.
const SINGLE: [&str; 6] = ["filter", "sortBy", "sortOrder", "startIndex", "count", "cursor"];

impl Parameters {
    fn add(
        &mut self,
        name: &str,
        value: Result<Cow<'_, str>, ScimError>,
        ignored: &mut Vec<String>,
        limits: &Limits,
    ) -> Result<(), ScimError> {
        let single = SINGLE.iter().zip(&mut self.single).find(|(known, _)| known.eq_ignore_ascii_case(name));
        if let Some((known, slot)) = single {
            if slot.is_some() {
                return Err(ScimError::invalid_value(format!("`{known}` is given twice")));
            }
            *slot = Some(value?.into_owned());
            return Ok(());
        }
        let paths = match name {
            name if name.eq_ignore_ascii_case("attributes") => &mut self.attributes,
            name if name.eq_ignore_ascii_case("excludedAttributes") => &mut self.excluded,
            name => {
                ignored.push(name.to_owned());
                return Ok(());
            }
        };
        value?.split(',').try_for_each(|path| push(paths, path, limits))
    }

    fn finish(
        self,
        mut parsed: ParsedQuery,
        limits: &Limits,
        profile: &Profile,
    ) -> Result<ParsedQuery, ScimError> {
        let [filter, sort_by, sort_order, start_index, count, cursor] = self.single;
        if let Some(filter) = filter {
            let read = Filter::parse_with(&filter, limits, profile)?;
            parsed.query.filter = Some(read.filter);
            parsed.deviations = read.deviations;
        }
        parsed.query.sort = sort(sort_by.as_deref(), sort_order.as_deref())?;
        let start_index = start_index.map(|text| integer("startIndex", &text)).transpose()?;
        let count = count.map(|text| integer("count", &text)).transpose()?;
        parsed.query.page = page(start_index, count, cursor.as_deref())?;
        parsed.query.projection =
            ProjectionParams::new(self.attributes, self.excluded, profile, &mut parsed.deviations)?;
        Ok(parsed)
    }
}

/// `sortBy` and `sortOrder`; the second means nothing without the first.
pub(super) fn sort(by: Option<&str>, order: Option<&str>) -> Result<Option<Sort>, ScimError> {
    let order = order.map(str::parse).transpose()?.unwrap_or_default();
    let Some(by) = by else { return Ok(None) };
    let by = by.parse().map_err(|error: ScimError| {
        ScimError::invalid_value(error.detail().unwrap_or_default().to_owned()).with_context("`sortBy`")
    })?;
    Ok(Some(Sort { by, order }))
}

/// An integer of any size, kept within `i128`.
fn integer(name: &str, text: &str) -> Result<i128, ScimError> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return Err(ScimError::invalid_value(format!("`{name}` is an integer, not {}", quote(text))));
    }
    Ok(text.parse().unwrap_or(if text.starts_with('-') { i128::MIN } else { i128::MAX }))
}

/// Undoes the encoding of one name or value, once.
fn decode(text: &str) -> Result<Cow<'_, str>, ScimError> {
    if !text.bytes().any(|b| matches!(b, b'+' | b'%')) {
        return Ok(Cow::Borrowed(text));
    }
    let wrong = |what: &str| ScimError::invalid_value(format!("the query is not percent-encoded: {what}"));
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'+' => b' ',
            b'%' => {
                let mut digit = || char::from(rest.next()?).to_digit(16);
                let pair = digit().and_then(|high| Some(high * 16 + digit()?));
                pair.and_then(|value| u8::try_from(value).ok())
                    .ok_or_else(|| wrong("`%` is not followed by two hexadecimal digits"))?
            }
            byte => byte,
        });
    }
    String::from_utf8(bytes).map(Cow::Owned).map_err(|_| wrong("it is not UTF-8"))
}

/// Appends a parameter, percent-encoded but for the unreserved characters, and a comma and colon, which need none.
fn add(text: &mut String, name: &str, value: &str) {
    if !text.is_empty() {
        text.push('&');
    }
    text.push_str(name);
    text.push('=');
    for c in value.chars() {
        if c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_' | '~' | ',' | ':' | '$') {
            text.push(c);
            continue;
        }
        for byte in c.encode_utf8(&mut [0; 4]).bytes() {
            // Writing to a string does not fail.
            let _ = write!(text, "%{byte:02X}");
        }
    }
}

fn list(paths: &[AttrPath]) -> String {
    paths.iter().map(ToString::to_string).collect::<Vec<_>>().join(",")
}
