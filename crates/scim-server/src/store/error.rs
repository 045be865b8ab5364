//! Why a store could not do what it was asked for.

use std::error::Error as StdError;
use std::fmt;
use std::time::Duration;

use scim_core::{AttrPath, ScimError};
use scim_filter::FilterError;
use scim_patch::PatchError;

/// Why a store could not do what it was asked for.
///
/// It is no [`std::error::Error`] itself, so that `?` turns any error into one: a [`ScimError`], a [`PatchError`] and a
/// [`FilterError`] stay what they are, and all else is [`StoreError::Internal`]: a 500 with a quiet body, and a line in the log.
///
/// ```
/// use scim_core::ScimError;
/// use scim_server::store::StoreError;
///
/// fn row() -> Result<u32, StoreError> {
///     Ok("seven".parse()?)
/// }
///
/// let error = ScimError::from(row().unwrap_err());
/// assert_eq!(error.to_string(), "500: internal error");
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub enum StoreError {
    /// The tenant has no such resource: 404.
    NotFound,
    /// The value of this attribute has to be unique, and is taken: 409 `uniqueness`.
    Conflict(AttrPath),
    /// The resource is not at the version that the write expects: 412.
    VersionMismatch,
    /// There are more results than the store is willing to work out: 400 `tooMany`. The text is for the peer.
    TooMany(String),
    /// The store cannot do this, such as a filter: 400 `invalidFilter` where it is one, 501 otherwise. The text is for the peer.
    Unsupported(String),
    /// The storage is gone for the moment: 503.
    Unavailable {
        /// After how long it is worth another try.
        retry_after: Option<Duration>,
        /// For the log.
        source: Box<dyn StdError + Send + Sync>,
    },
    /// The application refuses, in these words.
    Rejected(ScimError),
    /// Something else went wrong: 500, and the error goes to the log.
    Internal(Box<dyn StdError + Send + Sync>),
}

impl StoreError {
    /// The storage is gone for the moment.
    #[must_use]
    pub fn unavailable(source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        Self::Unavailable { retry_after: None, source: source.into() }
    }

    /// After how long the request is worth another try, if the store says so.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Unavailable { retry_after, .. } => *retry_after,
            _ => None,
        }
    }
}

impl<E: StdError + Send + Sync + 'static> From<E> for StoreError {
    fn from(error: E) -> Self {
        let error: Box<dyn StdError + Send + Sync> = Box::new(error);
        let error = match error.downcast::<ScimError>() {
            Ok(error) => return Self::Rejected(*error),
            Err(error) => error,
        };
        let error = match error.downcast::<PatchError>() {
            Ok(error) => return Self::Rejected((*error).into()),
            Err(error) => error,
        };
        match error.downcast::<FilterError>() {
            Ok(error) => Self::Rejected((*error).into()),
            Err(error) => Self::Internal(error),
        }
    }
}

impl From<StoreError> for ScimError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::NotFound => Self::new(404).with_detail("resource not found"),
            StoreError::Conflict(attribute) => Self::uniqueness(&attribute),
            StoreError::VersionMismatch => Self::precondition_failed(),
            StoreError::TooMany(detail) => Self::too_many(detail),
            StoreError::Unsupported(detail) => Self::not_implemented(detail),
            StoreError::Unavailable { source, .. } => {
                Self::unavailable("the storage is not available: try again later").with_source(source)
            }
            StoreError::Rejected(error) => error,
            StoreError::Internal(source) => Self::internal(source),
        }
    }
}

/// For a log; a peer sees the [`ScimError`].
impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotFound => f.write_str("not found"),
            Self::Conflict(attribute) => write!(f, "`{attribute}` is taken"),
            Self::VersionMismatch => f.write_str("version mismatch"),
            Self::TooMany(detail) | Self::Unsupported(detail) => f.write_str(detail),
            Self::Unavailable { source, .. } => write!(f, "unavailable: {source}"),
            Self::Rejected(error) => error.fmt(f),
            Self::Internal(source) => write!(f, "internal: {source}"),
        }
    }
}
