//! Paths that the standard does not have and senders write all the same.

use super::{SchemaExtension, SchemaSet};
use crate::deviation::Switch;
use crate::path::AttrPath;

use super::Resolved;

/// `department` or `urn:..:User.department`: an extension's attribute without its URN, or with a dot after it.
///
/// On under [`Profile::lenient`](crate::Profile::lenient). [`SchemaSet::resolve_lenient`] says what is meant.
pub static EXTENSION_PATHS: Switch =
    Switch::new("ENT-13", "extension attribute without its URN, or with a dot after it").lenient();

impl SchemaSet {
    /// What a path means that [`SchemaSet::resolve`] refuses, if that is beyond doubt: an attribute without a URN that
    /// exactly one extension has and the base schema has not, or the URN of an extension, a dot, and one of its
    /// attributes.
    ///
    /// Ask only where [`EXTENSION_PATHS`] is on, and report its use. `None` for everything else, also for what `resolve`
    /// answers.
    ///
    /// ```
    /// use scim_core::{AttrPath, SchemaSet, attr};
    ///
    /// for sent in ["department", "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User.department"] {
    ///     let path: AttrPath = sent.parse()?;
    ///     assert!(SchemaSet::user().resolve(&path).is_err());
    ///     assert_eq!(SchemaSet::user().resolve_lenient(&path).unwrap().path(), &attr::DEPARTMENT);
    /// }
    /// # Ok::<(), scim_core::ScimError>(())
    /// ```
    #[must_use]
    pub fn resolve_lenient(&self, path: &AttrPath) -> Option<Resolved> {
        if self.resolve(path).is_ok() {
            return None;
        }
        let schemas = self.extensions().iter().map(SchemaExtension::schema);
        if path.schema().is_none() {
            let name = path.name()?.as_str();
            if self.attributes().any(|attribute| *attribute.name() == *name) {
                return None;
            }
            let mut having = schemas.filter(|schema| schema.attribute(name).is_some());
            let (one, None) = (having.next()?, having.next()) else { return None };
            return self.resolve(&path.clone().with_schema(one.id().clone())).ok();
        }
        let text = path.to_string();
        schemas.map(|schema| schema.id()).find_map(|uri| {
            let (head, tail) = text.split_at_checked(uri.as_str().len())?;
            let inner: AttrPath = tail.strip_prefix('.').filter(|_| *uri == *head)?.parse().ok()?;
            inner.schema().is_none().then(|| self.resolve(&inner.with_schema(uri.clone())).ok())?
        })
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::super::{AttrType, Attribute, Schema};
    use super::*;
    use crate::AttrName;

    fn schemas() -> SchemaSet {
        let of = |name, kind| Attribute::new(AttrName::from_static(name), kind);
        let schema = |uri: &str, names: &[&'static str]| {
            let attributes = names.iter().map(|name| of(name, AttrType::String)).collect();
            let schema = Schema::new(uri.parse().unwrap(), "More", "", attributes).unwrap();
            SchemaExtension::optional(Arc::new(schema))
        };
        let enterprise = SchemaSet::user().extensions().to_vec();
        let more = [
            schema("urn:x:more", &["badge", "title", "division"]),
            schema("urn:x:more.of", &["it", "manager"]),
        ];
        SchemaSet::new(Schema::user(), enterprise.into_iter().chain(more)).unwrap()
    }

    #[test]
    fn ent13_an_extension_attribute_in_another_form() {
        const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
        for (sent, meant) in [
            ("BADGE", "urn:x:more:badge"),
            ("costCenter", &format!("{ENTERPRISE}:costCenter")),
            ("URN:X:More.Badge", "urn:x:more:badge"),
            ("urn:x:more.of.it", "urn:x:more.of:it"),
            (&format!("{ENTERPRISE}.manager"), &format!("{ENTERPRISE}:manager")),
            (&format!("{ENTERPRISE}.manager.value"), &format!("{ENTERPRISE}:manager.value")),
        ] {
            let resolved = schemas().resolve_lenient(&sent.parse().unwrap());
            assert_eq!(
                resolved.map(|resolved| resolved.path().to_string()).as_deref(),
                Some(meant),
                "{sent}"
            );
        }
    }

    #[test]
    fn what_is_in_doubt_or_in_order_is_left_alone() {
        for sent in [
            "title",
            "title.badge",
            "name.badge",
            "division",
            "manager.value",
            "shoeSize",
            "badge.sub",
            "urn:x:more:badge",
            "urn:x:more",
            "urn:x:more.",
            "urn:x:more.shoeSize",
            "urn:x:more.badge.sub",
            "urn:x:moree.badge",
            "urn:x:more.x:badge",
            "urn:ietf:params:scim:schemas:core:2.0:User.userName",
        ] {
            let Ok(path) = sent.parse() else { continue };
            assert!(schemas().resolve_lenient(&path).is_none(), "{sent}");
        }
    }
}
