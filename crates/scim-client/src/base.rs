//! Where the server is, and the addresses below it.

use std::fmt;

use http::Uri;
use scim_core::{ResourceId, ScimError, quote};
use url::Url;

/// The base URL, kept whole: with its path and its query, such as `?aadOptscim062020`.
#[derive(Clone)]
pub(crate) struct Base {
    /// Scheme, host and path, without a slash at the end.
    prefix: String,
    query: Option<String>,
    https: bool,
}

impl Base {
    pub(crate) fn parse(text: &str) -> Result<Self, ScimError> {
        let wrong = |why: &str| Err(ScimError::invalid_value(format!("the base URL {why}")));
        let Ok(url) = Url::parse(text.trim()) else { return wrong("is not a URL") };
        let https = match url.scheme() {
            "https" => true,
            "http" => false,
            _ => return wrong("has to begin with `https://` or `http://`"),
        };
        // It would end in logs.
        if !url.username().is_empty() || url.password().is_some() {
            return wrong("holds a name or password: give the token to the builder");
        }
        if url.fragment().is_some() {
            return wrong("has a `#`");
        }
        let origin = url.origin().ascii_serialization();
        let prefix = format!("{origin}{}", url.path().trim_end_matches('/'));
        let query = url.query().filter(|query| !query.is_empty()).map(str::to_owned);
        Ok(Self { prefix, query, https })
    }

    pub(crate) fn is_https(&self) -> bool {
        self.https
    }

    /// The address of a path below, with these parameters beside those of the base URL.
    pub(crate) fn uri(&self, path: &str, query: &str) -> Result<Uri, ScimError> {
        let mut text = String::with_capacity(self.prefix.len() + path.len() + query.len() + 32);
        text.push_str(&self.prefix);
        text.push_str(path);
        for (at, part) in self.query.iter().map(String::as_str).chain(Some(query)).enumerate() {
            if !part.is_empty() {
                text.push(if at > 0 && self.query.is_some() { '&' } else { '?' });
                text.push_str(part);
            }
        }
        Uri::try_from(text).map_err(|error| {
            ScimError::invalid_value(format!("the address of {} is no URI: {error}", quote(path)))
        })
    }
}

impl Base {
    /// The path below the base URL to which an answer about `path` redirects; nothing if it is another place, or another
    /// way to get there.
    pub(crate) fn below(&self, path: &str, location: &str) -> Option<String> {
        let asked = Url::parse(&format!("{}{path}", self.prefix)).ok()?;
        let to = asked.join(location.trim()).ok()?;
        let own = Url::parse(&self.prefix).ok()?;
        if to.origin() != own.origin() || !to.username().is_empty() || to.password().is_some() {
            return None;
        }
        let rest = to.path().strip_prefix(own.path().trim_end_matches('/'))?;
        let rest = rest.trim_end_matches('/');
        (rest.starts_with('/') && rest.len() > 1 && rest != path).then(|| rest.to_owned())
    }
}

/// The base URL without its query, which is nobody's business.
impl fmt::Debug for Base {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.prefix)
    }
}

/// The path of a resource: the id encoded, so that it is one segment whatever is in it.
pub(crate) fn resource_path(endpoint: &str, id: &ResourceId) -> Result<String, ScimError> {
    let id = id.as_str();
    // Whoever normalises a URL reads these as "here" and "one up", encoded or not.
    if id == "." || id == ".." {
        return Err(ScimError::invalid_value(format!("{} cannot stand in a path", quote(id))));
    }
    let mut path = String::with_capacity(endpoint.len() + 1 + id.len());
    path.push_str(endpoint);
    path.push('/');
    encode(id, &mut path);
    Ok(path)
}

/// Appends a text, percent-encoded but for the unreserved characters.
pub(crate) fn encode(text: &str, out: &mut String) {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            out.push(char::from(byte));
        } else {
            out.push('%');
            let digit = |nibble: u8| DIGITS.get(usize::from(nibble)).copied().map_or('0', char::from);
            out.push(digit(byte >> 4));
            out.push(digit(byte & 15));
        }
    }
}

/// The endpoint as a path: a slash at its front, none at its end.
pub(crate) fn endpoint_path(endpoint: &str) -> String {
    format!("/{}", endpoint.trim_matches('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn uri(base: &str, path: &str, query: &str) -> String {
        Base::parse(base).unwrap().uri(path, query).unwrap().to_string()
    }

    #[test]
    fn the_base_is_kept_whole() {
        assert_eq!(uri("https://h.example", "/Users", ""), "https://h.example/Users");
        assert_eq!(
            uri("https://h.example/scim/directory/a%20b/", "/Users/7", "count=1"),
            "https://h.example/scim/directory/a%20b/Users/7?count=1"
        );
        assert_eq!(
            uri("http://h.example:8080/v2/?aadOptscim062020", "/Users", "filter=a%20b"),
            "http://h.example:8080/v2/Users?aadOptscim062020&filter=a%20b"
        );
        assert_eq!(uri("https://h.example/?x=1&y", "/Users", ""), "https://h.example/Users?x=1&y");
    }

    #[test]
    fn bad_base_urls() {
        let said: Vec<String> = [
            "",
            "h.example",
            "ftp://h.example",
            "https://",
            "https://me:secret@h.example",
            "https://h.example/#x",
        ]
        .iter()
        .map(|text| Base::parse(text).unwrap_err().to_string())
        .collect();
        assert!(!said.join("").contains("secret"));
        insta::assert_snapshot!(said.join("\n"));
    }

    #[test]
    fn an_id_is_one_segment() {
        let path = |id: &str| resource_path("/Users", &ResourceId::new(id).unwrap());
        assert_eq!(path("a-1").unwrap(), "/Users/a-1");
        assert_eq!(path("a/../b?c#d%e+ü").unwrap(), "/Users/a%2F..%2Fb%3Fc%23d%25e%2B%C3%BC");
        assert!(path(".").is_err() && path("..").is_err());
    }
}
