//! The headers that a request may carry: media types (RFC 7644 §3.8) and versions (§3.14).

use http::header::{ACCEPT, CONTENT_TYPE, HeaderName, IF_MATCH, IF_NONE_MATCH};
use http::request::Parts;
use scim_core::{ScimError, Version, quote};

/// The media type of SCIM (RFC 7644 §8.1).
pub(crate) const SCIM_JSON: &str = "application/scim+json";

/// What `If-Match` and `If-None-Match` say.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Conditions {
    pub(crate) if_match: Option<Tags>,
    pub(crate) if_none_match: Option<Tags>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Tags {
    /// `*`: any version of a resource that exists.
    Any,
    These(Vec<Version>),
}

impl Tags {
    pub(crate) fn name(&self, version: &Version) -> bool {
        match self {
            Self::Any => true,
            Self::These(tags) => tags.contains(version),
        }
    }
}

impl Conditions {
    pub(crate) fn read(head: &Parts) -> Result<Self, ScimError> {
        Ok(Self { if_match: tags(head, &IF_MATCH)?, if_none_match: tags(head, &IF_NONE_MATCH)? })
    }

    pub(crate) fn of_version(version: Option<Version>) -> Self {
        Self { if_match: version.map(|version| Tags::These(vec![version])), if_none_match: None }
    }
}

fn tags(head: &Parts, name: &HeaderName) -> Result<Option<Tags>, ScimError> {
    let mut all = Vec::new();
    let mut any = false;
    let mut given = false;
    for value in head.headers.get_all(name) {
        given = true;
        let malformed = || ScimError::bad_request(format!("`{name}` is not a list of entity tags"));
        let text = value.to_str().map_err(|_| malformed())?;
        for tag in split(text) {
            match tag.trim() {
                "" => {}
                "*" => any = true,
                tag => all.push(tag.parse().map_err(|_| malformed())?),
            }
        }
    }
    Ok(match (given, any) {
        (false, _) => None,
        (true, true) => Some(Tags::Any),
        (true, false) => Some(Tags::These(all)),
    })
}

/// Splits a list at the commas that are not inside of a tag.
fn split(text: &str) -> impl Iterator<Item = &str> {
    let mut quoted = false;
    text.split(move |c| {
        quoted ^= c == '"';
        c == ',' && !quoted
    })
}

/// Whether the body may be read as JSON. One that does not say what it is gets the benefit of the doubt.
pub(crate) fn check_content_type(head: &Parts) -> Result<(), ScimError> {
    let Some(value) = head.headers.get(CONTENT_TYPE) else { return Ok(()) };
    let text = value.to_str().unwrap_or("?");
    let mut parts = text.split(';');
    let kind = parts.next().unwrap_or_default().trim();
    let known =
        ["application/scim+json", "application/json"].iter().any(|one| kind.eq_ignore_ascii_case(one));
    let utf8 = parts.filter_map(|part| part.split_once('=')).all(|(name, value)| {
        let value = value.trim().trim_matches('"');
        !name.trim().eq_ignore_ascii_case("charset")
            || value.eq_ignore_ascii_case("utf-8")
            || value.eq_ignore_ascii_case("utf8")
    });
    if known && utf8 || text.trim().is_empty() {
        return Ok(());
    }
    Err(ScimError::unsupported_media_type(format!(
        "the body has to be `{SCIM_JSON}` in UTF-8, not {}",
        quote(text)
    )))
}

/// Whether the sender takes JSON for an answer.
pub(crate) fn check_accept(head: &Parts) -> Result<(), ScimError> {
    let mut values = head.headers.get_all(ACCEPT).iter().peekable();
    if values.peek().is_none() {
        return Ok(());
    }
    let mut seen = false;
    for value in values {
        // What cannot be understood is not worth a refusal.
        let Ok(text) = value.to_str() else { return Ok(()) };
        for range in text.split(',') {
            let mut parts = range.split(';');
            let kind = parts.next().unwrap_or_default().trim();
            if kind.is_empty() {
                continue;
            }
            seen = true;
            let refused = parts.any(|part| {
                let Some((name, value)) = part.split_once('=') else { return false };
                name.trim().eq_ignore_ascii_case("q") && value.trim().parse::<f32>().is_ok_and(|q| q <= 0.0)
            });
            let ours = ["application/scim+json", "application/json", "application/*", "*/*", "*"];
            if !refused && ours.iter().any(|one| kind.eq_ignore_ascii_case(one)) {
                return Ok(());
            }
        }
    }
    if seen { Err(ScimError::not_acceptable(format!("answers are `{SCIM_JSON}`"))) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn head(headers: &[(&str, &str)]) -> Parts {
        let mut request = http::Request::builder();
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        request.body(()).unwrap().into_parts().0
    }

    #[test]
    fn lists_of_tags() {
        let read = |value: &str| Conditions::read(&head(&[("if-match", value)])).map(|c| c.if_match.unwrap());
        let version = |tag: &str| tag.parse::<Version>().unwrap();
        assert_eq!(read("*").unwrap(), Tags::Any);
        assert_eq!(read(r#"W/"a,b", "c""#).unwrap(), Tags::These(vec![version("\"a,b\""), version("\"c\"")]));
        assert!(read(r#"W/"a,b", "c""#).unwrap().name(&version(r#"W/"c""#)));
        assert_eq!(read("").unwrap(), Tags::These(vec![]));
        assert_eq!(read("\"a b\"").unwrap_err().to_string(), "400: `if-match` is not a list of entity tags");
        assert_eq!(Conditions::read(&head(&[])).unwrap(), Conditions::default());
    }

    #[test]
    fn ent_20_media_types_of_bodies() {
        let read = |value: &str| check_content_type(&head(&[("content-type", value)]));
        for good in [
            "application/scim+json; charset=utf-8",
            "Application/JSON",
            "application/json;charset=\"UTF-8\"",
            "",
        ] {
            assert_eq!(read(good), Ok(()), "{good}");
        }
        for bad in
            ["text/plain", "application/xml", "application/json; charset=latin1", "application/json+scim"]
        {
            assert_eq!(read(bad).unwrap_err().status(), 415, "{bad}");
        }
        assert_eq!(check_content_type(&head(&[])), Ok(()));
    }

    #[test]
    fn ent_19_media_types_of_answers() {
        let read = |value: &str| check_accept(&head(&[("accept", value)]));
        for good in
            ["application/scim+json", "text/html, */*;q=0.1", "application/json", "", "application/*", "*"]
        {
            assert_eq!(read(good), Ok(()), "{good}");
        }
        for bad in ["text/html", "application/scim+json;q=0", "application/xml, text/plain"] {
            assert_eq!(read(bad).unwrap_err().status(), 406, "{bad}");
        }
        assert_eq!(check_accept(&head(&[])), Ok(()));
    }
}
