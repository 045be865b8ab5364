//! Where the service is, as its clients see it: RFC 7644 §1.3 and §6, RFC 7643 §3.1 for `meta.location`.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use scim_core::{TenantId, quote};
use url::Url;

/// Where the service is, as its clients see it (RFC 7644 §1.3).
///
/// All links begin with it: what a request says in `Host` is a stranger's word.
///
/// ```
/// use scim_server::BaseUrl;
///
/// let one = BaseUrl::new("https://app.example/scim/v2/")?;
/// let many = BaseUrl::per_tenant("https://app.example/scim/directory/{tenant}")?;
/// assert_eq!(one.to_string(), "https://app.example/scim/v2");
/// assert_eq!(many.to_string(), "https://app.example/scim/directory/{tenant}");
/// # Ok::<(), scim_server::BaseUrlError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BaseUrl {
    /// Without a slash at its end, and without the tenant.
    url: Arc<str>,
    /// The path of it: empty, or from its first slash on.
    path: Arc<str>,
    per_tenant: bool,
}

/// The base URL of one tenant; cheap to clone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Base(Arc<str>);

/// A text that is no base URL, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BaseUrlError {
    text: String,
    why: &'static str,
}

const TENANT: &str = "{tenant}";

/// All that RFC 3986 §2.3 does not call unreserved, but for the colon: URIs of schemas stay as they are (RFC 7643 §8.7).
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~').remove(b':');

impl BaseUrl {
    /// One for all tenants: the credentials say which. A slash at the end is dropped.
    ///
    /// # Errors
    /// When it is no absolute `http` or `https` URL, or has a query, a fragment, a user, `..` or an empty segment.
    pub fn new(text: &str) -> Result<Self, BaseUrlError> {
        Self::read(text, text, false)
    }

    /// One for each tenant (RFC 7644 §6): `{tenant}` is the last segment of the path, and stands nowhere else.
    ///
    /// Tenants called `.` or `..` cannot be reached then, for no URL can name them.
    ///
    /// # Errors
    /// As [`BaseUrl::new`], and when `{tenant}` is not the last segment.
    pub fn per_tenant(text: &str) -> Result<Self, BaseUrlError> {
        match text.strip_suffix('/').unwrap_or(text).strip_suffix(TENANT).filter(|base| base.ends_with('/')) {
            Some(base) => Self::read(text, base, true),
            None => Err(BaseUrlError::new(text, "its last segment has to be `{tenant}`")),
        }
    }

    fn read(whole: &str, text: &str, per_tenant: bool) -> Result<Self, BaseUrlError> {
        let no = |why| BaseUrlError::new(whole, why);
        // What the parser would tidy up without a word is refused: the links would not be what was asked for.
        if text.chars().any(|c| c.is_control() || c.is_whitespace() || c == '\\') {
            return Err(no("it has blanks, control characters or backslashes"));
        }
        if text.contains(['{', '}']) {
            return Err(no("`{tenant}` stands only at the end of a base URL per tenant"));
        }
        let (Some((_, rest)), Ok(url)) = (text.split_once("://"), Url::parse(text)) else {
            return Err(no("it is not an absolute URL"));
        };
        if !matches!(url.scheme(), "http" | "https") || !url.has_host() {
            return Err(no("it has to begin with `http://` or `https://`"));
        }
        if text.contains(['?', '#']) {
            return Err(no("it has a query or a fragment"));
        }
        if rest.split('/').next().is_some_and(|authority| authority.contains('@')) {
            return Err(no("it has a user"));
        }
        let segments = rest.split_once('/').map_or("", |(_, path)| path);
        let segments = segments.strip_suffix('/').unwrap_or(segments);
        if !segments.is_empty() && !segments.split('/').all(is_segment) {
            return Err(no("its path has a segment that is empty, `.`, `..` or wrongly encoded"));
        }
        let path = url.path().trim_end_matches('/');
        let url = url.as_str().trim_end_matches('/');
        Ok(Self { url: url.into(), path: path.into(), per_tenant })
    }

    /// The base URL of a tenant.
    pub(crate) fn for_tenant(&self, tenant: &TenantId) -> Base {
        if self.per_tenant {
            Base(format!("{}/{}", self.url, encode_segment(tenant.as_str())).into())
        } else {
            Base(Arc::clone(&self.url))
        }
    }

    /// The tenant in the path of a request, still encoded, and what follows: nothing, or a slash and more.
    ///
    /// The service may see the whole path, or what a framework left of it after it took the base away: where the path begins
    /// with that of the base, it is the whole. `None` where the tenant is missing or could be none, or the path is no path.
    pub(crate) fn split<'a>(&self, path: &'a str) -> Option<(Option<&'a str>, &'a str)> {
        if !path.is_empty() && !path.starts_with('/') {
            return None;
        }
        let rest = after_segments(path, &self.path).unwrap_or(path);
        if !self.per_tenant {
            return Some((None, rest));
        }
        let (tenant, rest) = first_segment(rest)?;
        is_segment(tenant).then_some((Some(tenant), rest))
    }
}

impl Base {
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// The URL of an endpoint, such as `/Users`.
    pub(crate) fn endpoint(&self, endpoint: &str) -> String {
        format!("{}/{}", self.0, endpoint.trim_matches('/'))
    }

    /// The URL of a resource (RFC 7643 §3.1 `meta.location`).
    pub(crate) fn location(&self, endpoint: &str, id: &str) -> String {
        format!("{}/{}/{}", self.0, endpoint.trim_matches('/'), encode_segment(id))
    }
}

/// Whether a segment of a path, still encoded, names this tenant, exactly.
pub(crate) fn tenant_matches(segment: &str, tenant: &TenantId) -> bool {
    is_segment(segment) && decode_segment(segment).is_some_and(|text| text == tenant.as_str())
}

/// A text as one segment of a path.
fn encode_segment(text: &str) -> Cow<'_, str> {
    match text {
        // To a client these would be a step up; most leave them alone like this.
        "." => "%2E".into(),
        ".." => "%2E%2E".into(),
        text => utf8_percent_encode(text, SEGMENT).into(),
    }
}

/// The text of one segment of a path, decoded exactly once; `None` for an escape that is none, or what is not UTF-8.
pub(crate) fn decode_segment(segment: &str) -> Option<Cow<'_, str>> {
    let hex = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_hexdigit);
    let escapes = segment.split('%').skip(1).map(str::as_bytes);
    if !escapes.into_iter().all(|after| hex(after.first()) && hex(after.get(1))) {
        return None;
    }
    percent_decode_str(segment).decode_utf8().ok()
}

/// Whether it is a segment that stands for itself.
fn is_segment(segment: &str) -> bool {
    decode_segment(segment).is_some_and(|text| !matches!(&*text, "" | "." | ".."))
}

/// `/a/b` is `a` and `/b`.
fn first_segment(path: &str) -> Option<(&str, &str)> {
    let path = path.strip_prefix('/')?;
    Some(path.find('/').and_then(|at| path.split_at_checked(at)).unwrap_or((path, "")))
}

/// What follows in a path after all segments of another one. Segments are the same however they are encoded.
fn after_segments<'a>(mut path: &'a str, mut base: &str) -> Option<&'a str> {
    while let Some((wanted, more)) = first_segment(base) {
        let (found, rest) = first_segment(path)?;
        if found != wanted && decode_segment(found)? != decode_segment(wanted)? {
            return None;
        }
        (path, base) = (rest, more);
    }
    Some(path)
}

impl BaseUrlError {
    fn new(text: &str, why: &'static str) -> Self {
        // There may be a password before it.
        let text = text.rsplit_once('@').map_or(text, |(_, after)| after);
        Self { text: text.to_owned(), why }
    }
}

impl fmt::Display for BaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.url)?;
        if self.per_tenant { write!(f, "/{TENANT}") } else { Ok(()) }
    }
}

impl fmt::Display for BaseUrlError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} is no base URL: {}", quote(&self.text), self.why)
    }
}

impl std::error::Error for BaseUrlError {}

#[cfg(test)]
#[path = "base_url_tests.rs"]
mod tests;
