//! Why a PATCH is refused, RFC 7644 §3.12.

use std::fmt;

use scim_core::{ScimError, ScimType};

/// Why a PATCH request is refused, and which of its operations is at fault.
///
/// It converts into the [`ScimError`] that RFC 7644 §3.12 asks for: `invalidSyntax` for the envelope, `invalidPath` and
/// `noTarget` for paths, `invalidFilter` for what stands between brackets, `invalidValue` and `mutability` for what is
/// written; 413 where a limit on operations or values is exceeded. In words, operations are counted from 1.
///
/// ```
/// use scim_core::{Profile, SchemaSet, ScimError, ScimType};
/// use scim_patch::PatchRequest;
/// use serde_json::json;
///
/// let body = json!({
///     "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
///     "Operations": [
///         {"op": "replace", "path": "title", "value": "Guide"},
///         {"op": "replace", "path": "shoeSize", "value": 42},
///     ],
/// });
/// let error = PatchRequest::parse(body, SchemaSet::user(), &Profile::lenient()).unwrap_err();
/// assert_eq!(error.to_string(), "operation 2: `shoeSize` is not an attribute of this resource type");
/// assert_eq!(error.operation(), Some(1));
/// assert_eq!(error.scim_type(), Some(&ScimType::InvalidPath));
/// assert_eq!(ScimError::from(error).status(), 400);
/// ```
#[derive(Clone, PartialEq)]
pub struct PatchError {
    operation: Option<usize>,
    error: ScimError,
}

impl PatchError {
    /// Blames an operation by its index in `Operations`, for a check of an application's own, such as uniqueness.
    ///
    /// ```
    /// use scim_core::{ScimError, attr};
    /// use scim_patch::PatchError;
    ///
    /// let taken = PatchError::of(1, ScimError::uniqueness(&attr::USER_NAME));
    /// assert_eq!(taken.to_string(), "operation 2: `userName` is taken by another resource");
    /// ```
    #[must_use]
    pub fn of(operation: usize, error: ScimError) -> Self {
        Self { operation: Some(operation), error }
    }

    /// Blames the request as a whole.
    #[must_use]
    pub(crate) fn whole(error: ScimError) -> Self {
        Self { operation: None, error }
    }

    /// The index of the operation in `Operations`, from 0; `None` when the request as a whole is at fault.
    #[must_use]
    pub fn operation(&self) -> Option<usize> {
        self.operation
    }

    /// The HTTP status: 400, or 413 where a limit was exceeded.
    #[must_use]
    pub fn status(&self) -> u16 {
        self.error.status()
    }

    /// The keyword; 413 has none.
    #[must_use]
    pub fn scim_type(&self) -> Option<&ScimType> {
        self.error.scim_type()
    }
}

impl fmt::Display for PatchError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(operation) = self.operation {
            write!(f, "operation {}: ", operation.saturating_add(1))?;
        }
        f.write_str(self.error.detail().unwrap_or("refused"))
    }
}

impl fmt::Debug for PatchError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PatchError({} {:?})", self.error.status(), self.to_string())
    }
}

impl std::error::Error for PatchError {}

impl From<PatchError> for ScimError {
    fn from(error: PatchError) -> Self {
        match error.operation {
            Some(operation) => {
                error.error.with_context(format_args!("operation {}", operation.saturating_add(1)))
            }
            None => error.error,
        }
    }
}
