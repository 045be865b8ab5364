//! `reference` values, RFC 7643 §2.3.7: absolute or relative URIs.

use url::Url;

/// The absolute form of a reference; a relative one is resolved against the base URL of the service, the part before
/// the endpoint of the resource type (RFC 7643 §2.3.7). `None` when it is no URI.
///
/// ```
/// use scim_core::value::reference::resolve;
///
/// let base = "https://example.com/scim/v2".parse()?;
/// assert_eq!(resolve(&base, "Users/7").unwrap().as_str(), "https://example.com/scim/v2/Users/7");
/// assert_eq!(resolve(&base, "../Users/7").unwrap().as_str(), "https://example.com/scim/v2/Users/7");
/// assert_eq!(resolve(&base, "https://example.org/x").unwrap().as_str(), "https://example.org/x");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use]
pub fn resolve(base: &Url, reference: &str) -> Option<Url> {
    // `../Users/7` is written as seen from a resource, whose URL is two segments below the base.
    let mut from = base.clone();
    from.path_segments_mut().ok()?.pop_if_empty();
    if reference.starts_with("../") {
        from.path_segments_mut().ok()?.push("-").push("-");
    } else {
        from.path_segments_mut().ok()?.push("");
    }
    from.set_query(None);
    from.join(reference).ok()
}

/// Whether a text could be a URI, absolute or relative: it has no blanks, no control characters and none of the characters
/// that RFC 3986 leaves out. Characters beyond ASCII are let through, as people write them.
///
/// ```
/// use scim_core::value::reference::is_uri;
///
/// assert!(is_uri("../Users/7") && is_uri("https://example.com/a%20b") && is_uri("tel:+1-201-555-0123"));
/// assert!(!is_uri("not a uri") && !is_uri("a<b>") && !is_uri("a\nb"));
/// ```
#[must_use]
pub fn is_uri(text: &str) -> bool {
    !text.chars().any(|c| {
        c.is_control()
            || c.is_whitespace()
            || matches!(c, '<' | '>' | '"' | '\\' | '^' | '`' | '{' | '|' | '}')
    })
}

/// Whether two references mean the same resource: equal texts, or URIs that end in the same endpoint and id, where one
/// is relative or the two differ only in a version segment (RFC 7643 §2.4).
///
/// ```
/// use scim_core::value::reference::same_resource;
///
/// assert!(same_resource("https://example.com/v2/Users/7", "https://example.com/Users/7"));
/// assert!(same_resource("../Users/7", "https://example.com/v2/Users/7"));
/// assert!(!same_resource("https://example.com/v2/Users/7", "https://example.org/v2/Users/7"));
/// assert!(!same_resource("../Users/7", "../Groups/7"));
/// ```
#[must_use]
pub fn same_resource(a: &str, b: &str) -> bool {
    if a == b {
        return true;
    }
    let (Some(a), Some(b)) = (Parts::of(a), Parts::of(b)) else { return false };
    if a.tail != b.tail {
        return false;
    }
    match (a.head, b.head) {
        (Some(a), Some(b)) => without_version(a) == without_version(b),
        _ => true,
    }
}

/// A reference cut before its last two segments.
struct Parts<'a> {
    /// Scheme, authority and the leading path; `None` when the reference is relative.
    head: Option<&'a str>,
    tail: (&'a str, &'a str),
}

impl<'a> Parts<'a> {
    fn of(reference: &'a str) -> Option<Self> {
        let (rest, id) = reference.rsplit_once('/')?;
        let (head, endpoint) = rest.rsplit_once('/').unwrap_or(("", rest));
        if id.is_empty() || endpoint.is_empty() || endpoint == ".." {
            return None;
        }
        let absolute = head.contains("://");
        Some(Self { head: absolute.then_some(head), tail: (endpoint, id) })
    }
}

fn without_version(head: &str) -> &str {
    match head.rsplit_once('/') {
        Some((rest, last)) if is_version(last) => rest,
        _ => head,
    }
}

fn is_version(segment: &str) -> bool {
    let mut chars = segment.chars();
    matches!(chars.next(), Some('v' | 'V'))
        && segment.len() > 1
        && chars.all(|c| c.is_ascii_digit() || c == '.')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn section_2_4_versions_do_not_matter() {
        let same = [
            "https://example.com/scim/v2/Users/7",
            "https://example.com/scim/Users/7",
            "https://example.com/scim/v1/Users/7",
            "../Users/7",
            "/Users/7",
            "Users/7",
        ];
        for a in same {
            for b in same {
                assert!(same_resource(a, b), "{a} {b}");
            }
        }
    }

    #[test]
    fn different_resources_stay_different() {
        for (a, b) in [
            ("https://example.com/v2/Users/7", "https://example.com/v2/Users/8"),
            ("https://example.com/v2/Users/7", "https://example.com/v2/Users/7/"),
            ("https://example.com/v2/Users/a", "https://example.com/v2/Users/A"),
            ("https://example.com/scim/Users/7", "https://example.com/Users/7"),
            ("7", "/7"),
            ("", "/"),
            ("https://example.com/video/Users/7", "https://example.com/Users/7"),
        ] {
            assert!(!same_resource(a, b), "{a} {b}");
        }
    }

    #[test]
    fn relative_references_start_at_the_service() {
        for base in [
            "https://example.com/scim/v2",
            "https://example.com/scim/v2/",
            "https://example.com/scim/v2?flag",
        ] {
            let base: Url = base.parse().unwrap();
            assert_eq!(
                resolve(&base, "../Groups/1").unwrap().as_str(),
                "https://example.com/scim/v2/Groups/1"
            );
            assert_eq!(resolve(&base, "Groups/1").unwrap().as_str(), "https://example.com/scim/v2/Groups/1");
        }
        assert!(resolve(&"mailto:a@b".parse().unwrap(), "Groups/1").is_none());
    }
}
