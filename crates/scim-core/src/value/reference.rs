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

/// Whether two references mean the same resource: equal texts; URLs that are equal but for the case of scheme and host,
/// or for a version segment before the endpoint (RFC 7643 §2.4); or a URL and a relative reference, written as
/// `../Users/7`, `/Users/7` or `Users/7`, that end in the same endpoint and id.
///
/// ```
/// use scim_core::value::reference::same_resource;
///
/// assert!(same_resource("https://example.com/v2/Users/7", "HTTPS://Example.com/Users/7"));
/// assert!(same_resource("../Users/7", "https://example.com/v2/Users/7"));
/// assert!(!same_resource("https://example.com/v2/Users/7", "https://example.org/v2/Users/7"));
/// assert!(!same_resource("../Users/7", "../Groups/7"));
/// ```
#[must_use]
pub fn same_resource(a: &str, b: &str) -> bool {
    if a == b {
        return true;
    }
    match (Form::of(a), Form::of(b)) {
        (Some(Form::Absolute(a)), Some(Form::Absolute(b))) => a.is_same(&b),
        (Some(Form::Relative(tail)), Some(Form::Absolute(whole)))
        | (Some(Form::Absolute(whole)), Some(Form::Relative(tail))) => {
            whole.cut().is_some_and(|(_, end)| end == tail)
        }
        (Some(Form::Relative(a)), Some(Form::Relative(b))) => a == b,
        _ => false,
    }
}

/// A reference that may mean the same as one that is spelled otherwise.
enum Form<'a> {
    Absolute(Absolute<'a>),
    /// Endpoint and id.
    Relative((&'a str, &'a str)),
}

struct Absolute<'a> {
    /// `None` where the reference starts with `//`: the scheme is that of the service.
    scheme: Option<&'a str>,
    host: &'a str,
    /// What follows the `/` after the host.
    path: &'a str,
}

impl<'a> Form<'a> {
    fn of(reference: &'a str) -> Option<Self> {
        let is_scheme =
            |text: &str| text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'-' | b'.'));
        let scheme = reference.split_once("://").filter(|(scheme, _)| is_scheme(scheme));
        let (scheme, rest) = match (reference.strip_prefix("//"), scheme) {
            (Some(rest), _) => (None, rest),
            (None, Some((scheme, rest))) => (Some(scheme), rest),
            (None, None) => {
                let rest = reference.strip_prefix("../").or_else(|| reference.strip_prefix('/'));
                return end(rest.unwrap_or(reference)).map(Self::Relative);
            }
        };
        let (host, path) = rest.split_once('/').filter(|(host, _)| !host.is_empty())?;
        Some(Self::Absolute(Absolute { scheme, host, path }))
    }
}

impl<'a> Absolute<'a> {
    fn is_same(&self, other: &Self) -> bool {
        let scheme = match (self.scheme, other.scheme) {
            (Some(a), Some(b)) => a.eq_ignore_ascii_case(b),
            _ => true,
        };
        let path = || match (self.cut(), other.cut()) {
            _ if self.path == other.path => true,
            (Some((a, a_end)), Some((b, b_end))) => {
                a_end == b_end && without_version(a) == without_version(b)
            }
            _ => false,
        };
        scheme && self.host.eq_ignore_ascii_case(other.host) && path()
    }

    /// The path before its last two segments, and these.
    fn cut(&self) -> Option<(&'a str, (&'a str, &'a str))> {
        let (before, id) = self.path.rsplit_once('/')?;
        let start = before.rfind('/').map_or(0, |slash| slash + 1);
        let tail = end(self.path.get(start..)?).filter(|(_, last)| *last == id)?;
        Some((self.path.get(..start)?.trim_end_matches('/'), tail))
    }
}

/// A text that is an endpoint, a slash and an id.
fn end(text: &str) -> Option<(&str, &str)> {
    let (endpoint, id) = text.split_once('/')?;
    let is_segment = |part: &str| !part.is_empty() && part != "." && part != ".." && !part.contains('/');
    (is_segment(endpoint) && is_segment(id)).then_some((endpoint, id))
}

/// A path without the version that it may end in.
fn without_version(path: &str) -> &str {
    let (rest, last) = path.rsplit_once('/').unwrap_or(("", path));
    if is_version(last) { rest } else { path }
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
    fn another_host_is_another_resource() {
        let known = "https://a.example/Users/1";
        for other in [
            "https://Users/1",
            "//evil.example/Users/1",
            "//Users/1",
            "x/y/z/Users/1",
            "../../Users/1",
            "./Users/1",
            "https://a.example.evil/Users/1",
            "https://a.example//Users/../Users/1",
            "http://a.example/Users/1",
            "Users/1?x=https://a.example",
            "https:///Users/1",
        ] {
            assert!(!same_resource(known, other) && !same_resource(other, known), "{other}");
        }
        assert!(!same_resource("x/Users/1", "y/Users/1"));
        for odd in ["https://Users/1", "https:///Users/1", "Users/1?x=https://a.example/Users/1"] {
            assert!(!same_resource(odd, "../Users/1"), "{odd}");
        }
    }

    #[test]
    fn scheme_and_host_compare_without_case_and_the_rest_exactly() {
        let known = "https://a.example/scim/v2/Users/aB";
        for (other, same) in [
            ("HTTPS://A.Example/scim/Users/aB", true),
            ("//A.example/scim/v2/Users/aB", true),
            ("https://a.example/scim/v2/users/aB", false),
            ("https://a.example/SCIM/v2/Users/aB", false),
            ("https://a.example/scim/v2/Users/ab", false),
        ] {
            assert_eq!(same_resource(known, other), same, "{other}");
        }
        assert!(same_resource("https://example.com/v2/Users/7", "https://example.com/Users/7"));
        assert!(same_resource("https://photos.example/7", "https://PHOTOS.example/7"));
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
