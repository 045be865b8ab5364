//! One mapping, ready for use.

use std::borrow::Cow;

use scim_core::schema::AttrType;
use scim_core::{AttrName, AttrPath, Resource, ScimError};
use scim_filter::Filter;
use serde_json::Value;

use super::coerce::coerce;
use super::error::{MappingError, MappingErrorKind};
use super::expression::{Context, Expression, Named};
use super::mapping::ReferenceTo;
use super::target::Target;
use super::values::Flow;

/// One mapping, checked: the attribute of the target, and where its value comes from.
#[derive(Clone, Debug)]
pub struct Row {
    pub(super) target: Target,
    pub(super) source: RowSource,
    pub(super) default: Option<Value>,
    pub(super) only_creation: bool,
    pub(super) is_active: bool,
    pub(super) is_masked: bool,
}

#[derive(Clone, Debug)]
pub(super) enum RowSource {
    Attribute(Named, String),
    Constant(Value),
    Expression { expression: Expression, ignores_null: bool },
    Nothing,
    Reference(ReferenceTo),
}

impl Row {
    /// The attribute of the target as a PATCH names it, such as `emails[type eq "work"].value`.
    #[must_use]
    pub fn target(&self) -> &str {
        &self.target.text
    }

    /// Whether it is written only when the resource is created.
    #[must_use]
    pub fn only_creation(&self) -> bool {
        self.only_creation
    }

    /// The value of a new resource where the source has none.
    #[must_use]
    pub fn default(&self) -> Option<&Value> {
        self.default.as_ref()
    }

    /// The other objects that it points at; [`Values`](crate::Values) have nothing for such a row.
    #[must_use]
    pub fn reference(&self) -> Option<ReferenceTo> {
        match self.source {
            RowSource::Reference(reference) => Some(reference),
            _ => None,
        }
    }

    /// Whether the target is `active`.
    #[must_use]
    pub fn is_active(&self) -> bool {
        self.is_active
    }

    /// Whether logs must not show its values: the schema never returns them, they are passwords by name, or the expression
    /// says so (`Redact`).
    #[must_use]
    pub fn is_masked(&self) -> bool {
        self.is_masked
    }

    /// The value in a resource, not copied. A list of references is none; see [`Row::read`].
    #[must_use]
    pub fn value<'a>(&self, resource: &'a Resource) -> Option<&'a Value> {
        self.target.value(resource)
    }

    /// The value in a resource; for `members`, the list of their ids.
    #[must_use]
    pub fn read(&self, resource: &Resource) -> Option<Value> {
        match self.source {
            RowSource::Reference(ReferenceTo::Members) => self.target.ids(resource),
            _ => self.target.value(resource).cloned(),
        }
    }

    /// Puts a value into a resource. An element that is not there is made of what the brackets say; the first work e-mail
    /// is primary. Other elements and other sub-attributes stay, but for a primary one beside a new one.
    ///
    /// ```
    /// use scim_core::{Resource, SchemaSet};
    /// use scim_sync::{Kind, Rules};
    /// use serde_json::json;
    ///
    /// let rules = Rules::entra_to_atlassian().compile()?;
    /// let mapping = rules.mapping(Kind::User);
    /// let mail = mapping.rows().iter().find(|row| row.target() == r#"emails[type eq "work"].value"#).unwrap();
    /// let mut user = Resource::new(SchemaSet::user());
    /// mail.write(&mut user, json!("b@example.com"))?;
    /// assert_eq!(user.as_map()["emails"], json!([{"type": "work", "value": "b@example.com", "primary": true}]));
    /// mail.clear(&mut user);
    /// assert_eq!(user, Resource::new(SchemaSet::user()));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// `invalidValue` when the value is not of the attribute's type; `invalidPath` when the resource's own schemas do not
    /// have the attribute.
    pub fn write(&self, resource: &mut Resource, value: Value) -> Result<(), ScimError> {
        if let RowSource::Reference(ReferenceTo::Members) = self.source {
            return self.target.write(resource, value);
        }
        match coerce(&self.target.leaf, Cow::Owned(value)) {
            Ok(Some(value)) => self.target.write(resource, value.into_owned()),
            Ok(None) => {
                self.clear(resource);
                Ok(())
            }
            Err(misfit) => Err(ScimError::invalid_value(format!("`{}` {misfit}", self.target()))),
        }
    }

    /// Takes the value out of a resource, and the element with it when only what tells it from others is left.
    pub fn clear(&self, resource: &mut Resource) {
        self.target.clear(resource);
    }

    /// Whether its target is this path.
    pub(crate) fn is(&self, path: &AttrPath) -> bool {
        self.target.is(path)
    }

    /// The list, the element in it as a PATCH names it, and what of it is written, where the target is a part of an
    /// element.
    pub(crate) fn element(&self) -> Option<(&AttrPath, String, &AttrName)> {
        self.target.element()
    }

    /// The question which resources have this value; none for references.
    #[must_use]
    pub fn filter(&self, value: &Value) -> Option<Filter> {
        self.target.filter(value)
    }

    /// Whether two values are the same for the target: texts to the letter, whatever the schema says of case, so that a
    /// correction of case is written; dates by the instant.
    #[must_use]
    pub fn is_same(&self, a: &Value, b: &Value) -> bool {
        a == b
            || match self.target.leaf.kind() {
                AttrType::DateTime | AttrType::Decimal => {
                    scim_core::multi_valued::same_value(&self.target.leaf, a, b)
                }
                _ => false,
            }
    }

    pub(super) fn flow<'a>(&'a self, cx: &Context<'a>) -> Result<Flow<'a>, MappingError> {
        let (value, ignores_null) = match &self.source {
            RowSource::Attribute(named, name) => (cx.attribute(*named, name), false),
            RowSource::Constant(value) => return Ok(Flow::Value(Cow::Borrowed(value))),
            RowSource::Expression { expression, ignores_null } => {
                let value = expression.eval(cx);
                (value.map_err(|error| self.error(MappingErrorKind::Expression(error)))?, *ignores_null)
            }
            RowSource::Nothing | RowSource::Reference(_) => return Ok(Flow::Ignored),
        };
        let value = match value {
            Some(value) => coerce(&self.target.leaf, value)
                .map_err(|misfit| self.error(MappingErrorKind::Type(misfit)))?,
            None => None,
        };
        Ok(match value {
            Some(value) => Flow::Value(value),
            None if ignores_null => Flow::Ignored,
            None => Flow::Null,
        })
    }

    fn error(&self, kind: MappingErrorKind) -> MappingError {
        MappingError::new(self.target(), kind)
    }
}
