//! SCIM 2.0 on a database.
