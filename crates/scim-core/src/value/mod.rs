//! The data types of RFC 7643 §2.3, and what counts as no value (§2.5).

pub mod binary;
pub mod datetime;
pub mod reference;
pub mod secret;
mod short;
pub mod text;

use serde_json::Value;

pub use self::short::Text;

/// Whether a value is one of the spellings of "unassigned": `null`, `[]` or `{}` (RFC 7643 §2.5).
///
/// ```
/// use scim_core::value::is_unassigned;
/// use serde_json::json;
///
/// assert!(is_unassigned(&json!([])));
/// assert!(!is_unassigned(&json!("")));
/// assert!(!is_unassigned(&json!(false)));
/// ```
#[must_use]
pub fn is_unassigned(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Array(elements) => elements.is_empty(),
        Value::Object(members) => members.is_empty(),
        Value::Bool(_) | Value::Number(_) | Value::String(_) => false,
    }
}
