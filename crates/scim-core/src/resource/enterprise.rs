//! The extension for users of an enterprise, RFC 7643 §4.3.

use super::typed::{Extension, complex, complex_value};
use crate::uri::SchemaUri;
use crate::value::Text;

complex! {
    /// What an enterprise knows of a user (RFC 7643 §4.3).
    pub struct EnterpriseUser {
        "employeeNumber" employee_number: Option<Text>,
        "costCenter" cost_center: Option<Text>,
        "organization" organization: Option<Text>,
        "division" division: Option<Text>,
        "department" department: Option<Text>,
        "manager" manager: Option<Manager>,
    }
}

complex_value!(EnterpriseUser);

impl Extension for EnterpriseUser {
    const SCHEMA: SchemaUri = SchemaUri::ENTERPRISE_USER;
}

complex! {
    /// The manager of a user (RFC 7643 §4.3).
    pub struct Manager {
        /// The `id` of the manager's user.
        "value" value: Option<Text>,
        "$ref" reference: Option<Text>,
        /// Read-only.
        "displayName" display_name: Option<Text>,
    }
}

complex_value!(Manager, value = value);
