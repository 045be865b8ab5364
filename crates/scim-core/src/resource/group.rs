//! Groups, RFC 7643 §4.2.

use super::common::Meta;
use super::typed::{complex, complex_value, resource};
use crate::id::{ExternalId, ResourceId};
use crate::schema::SchemaSet;
use crate::uri::SchemaUri;
use crate::value::Text;

complex! {
    /// A group of users and groups (RFC 7643 §4.2).
    ///
    /// ```
    /// use scim_core::{Group, Member};
    ///
    /// let group = Group {
    ///     display_name: "Tour Guides".into(),
    ///     members: vec![Member::new("2819c223-7f76-453a-919d-413861904646")],
    ///     ..Group::default()
    /// };
    /// let read: Group = serde_json::from_str(&serde_json::to_string(&group).unwrap()).unwrap();
    /// assert_eq!(read.members, group.members);
    /// ```
    pub struct Group {
        /// Beside the base schema, which is written in any case, as are the extensions that are there.
        "schemas" schemas: Vec<SchemaUri>,
        "id" id: Option<ResourceId>,
        "externalId" external_id: Option<ExternalId>,
        /// REQUIRED.
        "displayName" display_name: Text,
        "members" members: Vec<Member>,
        "meta" meta: Option<Meta>,
    }
}

resource!(Group, SchemaUri::GROUP, SchemaSet::group(), required = display_name "displayName");

complex! {
    /// A member of a group (RFC 7643 §4.2).
    pub struct Member {
        /// The `id` of the user or group.
        "value" value: Option<Text>,
        "$ref" reference: Option<Text>,
        "display" display: Option<Text>,
        /// `User` or `Group`.
        "type" kind: Option<Text>,
    }
}

complex_value!(Member, value = value);

impl Member {
    /// The resource of this `id`.
    #[must_use]
    pub fn new(id: impl Into<Text>) -> Self {
        Self { value: Some(id.into()), ..Self::default() }
    }
}
