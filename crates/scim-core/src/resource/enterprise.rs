//! The extension for users of an enterprise, RFC 7643 §4.3.

use super::typed::{Extension, complex, complex_value};
use crate::uri::SchemaUri;

complex! {
    /// What an enterprise knows of a user (RFC 7643 §4.3).
    pub struct EnterpriseUser {
        "employeeNumber" employee_number: Option<String>,
        "costCenter" cost_center: Option<String>,
        "organization" organization: Option<String>,
        "division" division: Option<String>,
        "department" department: Option<String>,
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
        "value" value: Option<String>,
        "$ref" reference: Option<String>,
        /// Read-only.
        "displayName" display_name: Option<String>,
    }
}

complex_value!(Manager, value = value);
