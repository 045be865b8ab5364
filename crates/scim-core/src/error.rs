//! Errors, RFC 7644 §3.12 and RFC 9865 §2.1.

use std::borrow::Cow;
use std::error::Error as StdError;
use std::fmt::{self, Write as _};
use std::sync::Arc;

use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde::ser::{Serialize, SerializeStruct, Serializer};

use crate::path::AttrPath;
use crate::uri::SchemaUri;

/// The one protocol error: a server answers with it, a client receives it (RFC 7644 §3.12).
///
/// It has two messages. [`detail`](Self::detail) is for the peer and is all that is ever serialised;
/// [`source`](StdError::source) is for the log.
///
/// ```
/// use scim_core::{ScimError, attr};
///
/// let error = ScimError::uniqueness(&attr::USER_NAME);
/// assert_eq!(error.status(), 409);
/// assert_eq!(
///     serde_json::to_string(&error)?,
///     r#"{"schemas":["urn:ietf:params:scim:api:messages:2.0:Error"],"scimType":"uniqueness","detail":"`userName` is taken by another resource","status":"409"}"#
/// );
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone)]
pub struct ScimError(Box<Inner>);

#[derive(Clone)]
struct Inner {
    status: u16,
    scim_type: Option<ScimType>,
    detail: Option<Cow<'static, str>>,
    source: Option<Arc<dyn StdError + Send + Sync>>,
}

/// The keyword that says what was wrong (RFC 7644 §3.12 Table 9, RFC 9865 §2.1).
///
/// May grow, as the registry may: a keyword that is not known here is kept in [`ScimType::Other`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ScimType {
    /// The filter is malformed, or an attribute and operator in it do not go together.
    InvalidFilter,
    /// The filter yields more results than the server is willing to work out.
    TooMany,
    /// A value that has to be unique is taken.
    Uniqueness,
    /// The change does not go with the mutability of its target.
    Mutability,
    /// The structure of the body is wrong.
    InvalidSyntax,
    /// The path of a PATCH operation is malformed or names nothing that exists.
    InvalidPath,
    /// The path of a PATCH operation selects nothing that could be changed.
    NoTarget,
    /// A value is missing, or does not fit its attribute.
    InvalidValue,
    /// The protocol version asked for is not supported.
    InvalidVers,
    /// The request carries something confidential in its URI.
    Sensitive,
    /// The cursor is not one of ours.
    InvalidCursor,
    /// The cursor was good once.
    ExpiredCursor,
    /// The page size is outside of what the server allows.
    InvalidCount,
    /// A keyword that this library does not know, as it was received.
    Other(Box<str>),
}

macro_rules! keywords {
    ($($variant:ident = $keyword:literal)*) => {
        impl ScimType {
            /// The keyword, as it stands in `scimType`.
            #[must_use]
            pub fn as_str(&self) -> &str {
                match self {
                    $(Self::$variant => $keyword,)*
                    Self::Other(keyword) => keyword,
                }
            }
        }

        impl From<&str> for ScimType {
            fn from(keyword: &str) -> Self {
                match keyword {
                    $($keyword => Self::$variant,)*
                    other => Self::Other(other.into()),
                }
            }
        }
    };
}

keywords! {
    InvalidFilter = "invalidFilter"
    TooMany = "tooMany"
    Uniqueness = "uniqueness"
    Mutability = "mutability"
    InvalidSyntax = "invalidSyntax"
    InvalidPath = "invalidPath"
    NoTarget = "noTarget"
    InvalidValue = "invalidValue"
    InvalidVers = "invalidVers"
    Sensitive = "sensitive"
    InvalidCursor = "invalidCursor"
    ExpiredCursor = "expiredCursor"
    InvalidCount = "invalidCount"
}

impl fmt::Display for ScimType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

macro_rules! with_type {
    ($($(#[$doc:meta])* $name:ident, $status:literal, $variant:ident;)*) => {
        $(
            $(#[$doc])*
            #[must_use]
            pub fn $name(detail: impl Into<Cow<'static, str>>) -> Self {
                Self::new($status).with_type(ScimType::$variant).with_detail(detail)
            }
        )*
    };
}

macro_rules! with_detail {
    ($($(#[$doc:meta])* $name:ident, $status:literal;)*) => {
        $(
            $(#[$doc])*
            #[must_use]
            pub fn $name(detail: impl Into<Cow<'static, str>>) -> Self {
                Self::new($status).with_detail(detail)
            }
        )*
    };
}

/// One constructor a case of RFC 7644 §3.12 and RFC 9865 §2.1.
impl ScimError {
    with_type! {
        /// 400 `invalidFilter`.
        invalid_filter, 400, InvalidFilter;
        /// 400 `tooMany`.
        too_many, 400, TooMany;
        /// 400 `invalidSyntax`.
        invalid_syntax, 400, InvalidSyntax;
        /// 400 `invalidPath`.
        invalid_path, 400, InvalidPath;
        /// 400 `noTarget`.
        no_target, 400, NoTarget;
        /// 400 `invalidValue`.
        invalid_value, 400, InvalidValue;
        /// 400 `invalidVers`.
        invalid_vers, 400, InvalidVers;
        /// 400 `invalidCursor`.
        invalid_cursor, 400, InvalidCursor;
        /// 400 `expiredCursor`.
        expired_cursor, 400, ExpiredCursor;
        /// 400 `invalidCount`.
        invalid_count, 400, InvalidCount;
        /// 403 `sensitive` (RFC 7644 §7.5.2).
        sensitive, 403, Sensitive;
        /// 400 `mutability`, in words of its own; see also [`ScimError::mutability`].
        not_mutable, 400, Mutability;
    }

    with_detail! {
        /// 400 without a keyword.
        bad_request, 400;
        /// 401: who is asking is not known.
        unauthorized, 401;
        /// 403: who is asking may not do this.
        forbidden, 403;
        /// 405: the endpoint does not take this method.
        method_not_allowed, 405;
        /// 406: the peer accepts no media type that we could send.
        not_acceptable, 406;
        /// 409 without a keyword.
        conflict, 409;
        /// 413: a limit was exceeded; the text says which (RFC 7644 §3.7.4).
        payload_too_large, 413;
        /// 414: the URI is too long.
        uri_too_long, 414;
        /// 415: the body is of a media type that we do not read.
        unsupported_media_type, 415;
        /// 429: too many requests.
        too_many_requests, 429;
        /// 501: this server does not offer the operation.
        not_implemented, 501;
        /// 503: try again later.
        unavailable, 503;
    }

    /// 409 `uniqueness`: another resource has this value (RFC 7644 §3.3).
    #[must_use]
    pub fn uniqueness(attribute: &AttrPath) -> Self {
        Self::new(409)
            .with_type(ScimType::Uniqueness)
            .with_detail(format!("`{attribute}` is taken by another resource"))
    }

    /// 400 `mutability`: this attribute cannot be changed so.
    #[must_use]
    pub fn mutability(attribute: &AttrPath, why: &str) -> Self {
        Self::not_mutable(format!("`{attribute}` {why}"))
    }

    /// 404: there is no such resource.
    #[must_use]
    pub fn not_found(id: &str) -> Self {
        Self::new(404).with_detail(format!("resource {} not found", quote(id)))
    }

    /// 412: the resource is no longer at the version that the request names.
    #[must_use]
    pub fn precondition_failed() -> Self {
        Self::new(412).with_detail("the resource has changed: read it again and repeat the request")
    }

    /// 500: something went wrong that is not the peer's business. The source is for the log only.
    #[must_use]
    pub fn internal(source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        Self::new(500).with_detail("internal error").with_source(source)
    }

    /// An error of any HTTP status, without keyword and detail.
    #[must_use]
    pub fn new(status: u16) -> Self {
        Self(Box::new(Inner { status, scim_type: None, detail: None, source: None }))
    }

    /// Sets the HTTP status, for an error whose body did not say it.
    #[must_use]
    pub fn with_status(mut self, status: u16) -> Self {
        self.0.status = status;
        self
    }

    /// Sets the keyword.
    #[must_use]
    pub fn with_type(mut self, scim_type: ScimType) -> Self {
        self.0.scim_type = Some(scim_type);
        self
    }

    /// Sets the message for the peer.
    #[must_use]
    pub fn with_detail(mut self, detail: impl Into<Cow<'static, str>>) -> Self {
        self.0.detail = Some(detail.into());
        self
    }

    /// Puts words in front of the message for the peer, as in "operation 3: ...".
    #[must_use]
    pub fn with_context(mut self, context: impl fmt::Display) -> Self {
        self.0.detail = Some(match self.0.detail.take() {
            Some(detail) => format!("{context}: {detail}").into(),
            None => context.to_string().into(),
        });
        self
    }

    /// Sets the cause, for the log; it is never serialised.
    #[must_use]
    pub fn with_source(mut self, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        self.0.source = Some(Arc::from(source.into()));
        self
    }

    /// The HTTP status.
    #[must_use]
    pub fn status(&self) -> u16 {
        self.0.status
    }

    /// The keyword, if there is one.
    #[must_use]
    pub fn scim_type(&self) -> Option<&ScimType> {
        self.0.scim_type.as_ref()
    }

    /// The message for the peer.
    #[must_use]
    pub fn detail(&self) -> Option<&str> {
        self.0.detail.as_deref()
    }
}

impl fmt::Display for ScimError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0.status)?;
        if let Some(scim_type) = &self.0.scim_type {
            write!(f, " {scim_type}")?;
        }
        match &self.0.detail {
            // It may be a peer's: no line breaks of its own in our log.
            Some(detail) => {
                f.write_str(": ")?;
                detail.chars().try_for_each(|c| match c {
                    c if c.is_control() => write!(f, "{}", c.escape_default()),
                    c => f.write_char(c),
                })
            }
            None => Ok(()),
        }
    }
}

impl fmt::Debug for ScimError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ScimError")
            .field("status", &self.0.status)
            .field("scim_type", &self.0.scim_type)
            .field("detail", &self.0.detail)
            .field("source", &self.0.source)
            .finish()
    }
}

impl StdError for ScimError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0.source.as_deref().map(|source| source as &(dyn StdError + 'static))
    }
}

/// Equal when the peer would see the same; the source does not count.
impl PartialEq for ScimError {
    fn eq(&self, other: &Self) -> bool {
        (self.0.status, &self.0.scim_type, &self.0.detail)
            == (other.0.status, &other.0.scim_type, &other.0.detail)
    }
}

impl Serialize for ScimError {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut body = serializer.serialize_struct("Error", 4)?;
        body.serialize_field("schemas", &[SchemaUri::ERROR])?;
        match &self.0.scim_type {
            Some(scim_type) => body.serialize_field("scimType", scim_type.as_str())?,
            None => body.skip_field("scimType")?,
        }
        match &self.0.detail {
            Some(detail) => body.serialize_field("detail", detail)?,
            None => body.skip_field("detail")?,
        }
        body.serialize_field("status", &StatusText(self.0.status))?;
        body.end()
    }
}

/// The status as the JSON string that RFC 7644 §3.12 asks for.
struct StatusText(u16);

impl Serialize for StatusText {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

/// Reads what real servers send: `status` as a string or a number, names in any case, the `Errors` array of SCIM 1.1.
/// A body without a status reads as status 0.
impl<'de> Deserialize<'de> for ScimError {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(ErrorVisitor)
    }
}

struct ErrorVisitor;

impl<'de> Visitor<'de> for ErrorVisitor {
    type Value = ScimError;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a SCIM error")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<ScimError, A::Error> {
        let mut error = ScimError::new(0);
        while let Some(key) = map.next_key::<Cow<'de, str>>()? {
            if key.eq_ignore_ascii_case("status") || key.eq_ignore_ascii_case("code") {
                if let Some(status) = map.next_value::<Loose>()?.status() {
                    error.0.status = status;
                }
            } else if key.eq_ignore_ascii_case("scimType") {
                if let Loose::Text(text) = map.next_value()? {
                    error.0.scim_type = Some(text.as_str().into());
                }
            } else if key.eq_ignore_ascii_case("detail") || key.eq_ignore_ascii_case("description") {
                if let Loose::Text(text) = map.next_value()? {
                    error.0.detail = Some(text.into());
                }
            } else if key.eq_ignore_ascii_case("Errors") {
                if let Some(first) = map.next_value::<FirstError>()?.0 {
                    let (status, first) = (error.0.status, first.0);
                    error.0 = first;
                    if error.0.status == 0 {
                        error.0.status = status;
                    }
                }
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(error)
    }
}

/// A text, a number, or anything else, which is skipped.
enum Loose {
    Text(String),
    Number(u64),
    Other,
}

impl Loose {
    fn status(&self) -> Option<u16> {
        match self {
            Self::Text(text) => status_of(text),
            Self::Number(number) => u16::try_from(*number).ok(),
            Self::Other => None,
        }
    }
}

impl<'de> Deserialize<'de> for Loose {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(match serde_json::Value::deserialize(deserializer)? {
            serde_json::Value::String(text) => Self::Text(text),
            serde_json::Value::Number(number) => number.as_u64().map_or(Self::Other, Self::Number),
            _ => Self::Other,
        })
    }
}

/// The number that a status text starts with, as in `404 Not Found`.
fn status_of(text: &str) -> Option<u16> {
    text.trim().split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()
}

/// The first element of SCIM 1.1's `Errors`.
struct FirstError(Option<ScimError>);

impl<'de> Deserialize<'de> for FirstError {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // Others use the name for something else, such as an object with a list for each field.
        let first = match serde_json::Value::deserialize(deserializer)? {
            serde_json::Value::Array(errors) => errors.into_iter().next(),
            _ => None,
        };
        Ok(Self(first.and_then(|first| FlatError::deserialize(first).ok()).map(|flat| flat.0)))
    }
}

/// An element of `Errors`: read without looking for a further `Errors` in it, so that nothing recurses.
struct FlatError(ScimError);

impl<'de> Deserialize<'de> for FlatError {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut error = ScimError::new(0);
        if let serde_json::Value::Object(fields) = serde_json::Value::deserialize(deserializer)? {
            for (key, value) in fields {
                match (key.to_ascii_lowercase().as_str(), value) {
                    ("code" | "status", serde_json::Value::String(text)) => {
                        error.0.status = status_of(&text).unwrap_or(0);
                    }
                    ("code" | "status", serde_json::Value::Number(number)) => {
                        error.0.status = number.as_u64().and_then(|n| n.try_into().ok()).unwrap_or(0);
                    }
                    ("description" | "detail", serde_json::Value::String(text)) => {
                        error.0.detail = Some(text.into());
                    }
                    ("scimtype" | "type", serde_json::Value::String(text)) => {
                        error.0.scim_type = Some(text.as_str().into());
                    }
                    _ => {}
                }
            }
        }
        Ok(Self(error))
    }
}

/// A peer's text as it may stand in a message: in backticks, cut to 64 characters, control characters escaped.
///
/// ```
/// use scim_core::quote;
///
/// assert_eq!(quote("a\nb").to_string(), "`a\\nb`");
/// assert_eq!(quote(&"x".repeat(100)).to_string().chars().count(), 67);
/// ```
#[must_use]
pub fn quote(text: &str) -> Quoted<'_> {
    Quoted(text)
}

/// What [`quote`] returns.
#[derive(Clone, Copy, Debug)]
pub struct Quoted<'a>(&'a str);

impl fmt::Display for Quoted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const MOST: usize = 64;
        f.write_str("`")?;
        for (at, c) in self.0.chars().enumerate() {
            if at == MOST {
                f.write_str("…")?;
                break;
            }
            match c {
                '`' => f.write_str("'")?,
                '"' | '\'' | '\\' => write!(f, "{c}")?,
                c => write!(f, "{}", c.escape_debug())?,
            }
        }
        f.write_str("`")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::attr;

    #[test]
    fn every_constructor_in_json_and_words() {
        let all = [
            ScimError::invalid_filter("d"),
            ScimError::too_many("d"),
            ScimError::invalid_syntax("d"),
            ScimError::invalid_path("d"),
            ScimError::no_target("d"),
            ScimError::invalid_value("d"),
            ScimError::invalid_vers("d"),
            ScimError::invalid_cursor("d"),
            ScimError::expired_cursor("d"),
            ScimError::invalid_count("d"),
            ScimError::sensitive("d"),
            ScimError::not_mutable("d"),
            ScimError::mutability(&attr::ID, "is read-only"),
            ScimError::uniqueness(&attr::USER_NAME),
            ScimError::not_found("x`y"),
            ScimError::precondition_failed(),
            ScimError::internal("password of the database"),
            ScimError::payload_too_large("d"),
            ScimError::new(418),
        ];
        let lines: Vec<String> =
            all.iter().map(|e| format!("{e} | {}", serde_json::to_string(e).unwrap())).collect();
        insta::assert_snapshot!(lines.join("\n"));
    }

    #[test]
    fn the_source_stays_home() {
        let error = ScimError::internal("password of the database");
        assert!(!serde_json::to_string(&error).unwrap().contains("password"));
        assert!(!error.to_string().contains("password"));
        assert_eq!(error.source().unwrap().to_string(), "password of the database");
    }

    #[test]
    fn reads_what_servers_send() {
        let read = |text: &str| serde_json::from_str::<ScimError>(text).unwrap();
        let usual = read(
            r#"{"schemas":["urn:ietf:params:scim:api:messages:2.0:Error"],"status":"409","scimType":"uniqueness"}"#,
        );
        assert_eq!((usual.status(), usual.scim_type()), (409, Some(&ScimType::Uniqueness)));
        assert_eq!(read(r#"{"status":404}"#).status(), 404);
        assert_eq!(read(r#"{"Status":" 404 ","DETAIL":"x"}"#).detail(), Some("x"));
        assert_eq!(read(r#"{"scimType":"novel","status":"400"}"#).scim_type().unwrap().as_str(), "novel");
        let old = read(r#"{"Errors":[{"description":"gone","code":"404"},{"code":1}]}"#);
        assert_eq!((old.status(), old.detail()), (404, Some("gone")));
        assert_eq!(read("{}").status(), 0);
        assert_eq!(read(r#"{"status":"404 Not Found","errors":{"userName":["taken"]}}"#).status(), 404);
        assert_eq!(read(r#"{"status":409,"errors":null}"#).with_status(412).status(), 412);
        assert_eq!(read(r#"{"status":400,"detail":"x\nforged"}"#).to_string(), "400: x\\nforged");
        assert_eq!(read(r#"{"status":"many","detail":null,"schemas":"x"}"#), ScimError::new(0));
        assert!(serde_json::from_str::<ScimError>("[]").is_err());
    }

    #[test]
    fn round_trips() {
        let error = ScimError::sensitive("say it in a body");
        let text = serde_json::to_string(&error).unwrap();
        assert_eq!(serde_json::from_str::<ScimError>(&text).unwrap(), error);
    }

    #[test]
    fn quotes_cut_and_escape() {
        assert_eq!(quote("\u{202e}a\0").to_string(), "`\\u{202e}a\\0`");
        assert_eq!(quote("say \"hi\"").to_string(), "`say \"hi\"`");
        assert_eq!(quote("").to_string(), "``");
    }
}
