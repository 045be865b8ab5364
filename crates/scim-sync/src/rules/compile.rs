//! From rules as they are written to rules as they are used: everything is read and checked once.

use scim_core::schema::{AttrType, Mutability};
use scim_core::{SchemaSet, attr, quote};
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::coerce::coerce;
use super::error::{MappingError, MappingErrorKind, RulesError, RulesProblem};
use super::expression::{Context, Expression, Named};
use super::filter::Filters;
use super::mapping::{Apply, Mapping, SourceOf};
use super::row::{Row, RowSource};
use super::target::Target;
use super::values::{Flow, Values};
use super::verdict::Scope;
use super::{Rules, extension};
use crate::object::{Kind, SourceObject};

/// Rules, checked and ready for use.
#[derive(Clone, Debug)]
pub struct CompiledRules {
    rules: Rules,
    users: CompiledMapping,
    groups: CompiledMapping,
    user_filters: Filters,
    group_filters: Filters,
}

/// The mappings of one kind of objects, checked and ready for use.
#[derive(Clone, Debug)]
pub struct CompiledMapping {
    rows: Vec<Row>,
    matching: Vec<usize>,
    schemas: SchemaSet,
    /// The required attributes, and the rows that write them.
    required: Vec<(String, Vec<usize>)>,
}

impl Rules {
    /// Reads and checks everything: expressions, regular expressions, targets, operators and their values.
    ///
    /// # Errors
    /// [`RulesError`], with all that is wrong and where.
    pub fn compile(self) -> Result<CompiledRules, RulesError> {
        let mut problems = Vec::new();
        let users = CompiledMapping::compile(Kind::User, &self, &mut problems);
        let user_filters = Filters::compile(Kind::User, &self.users.filters, &mut problems);
        let groups = CompiledMapping::compile(Kind::Group, &self, &mut problems);
        let group_filters = Filters::compile(Kind::Group, &self.groups.filters, &mut problems);
        RulesError::of(problems)?;
        Ok(CompiledRules { rules: self, users, groups, user_filters, group_filters })
    }

    /// A text that changes when the rules do: SHA-256 of their JSON, in hexadecimal.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        // Rules hold nothing that cannot be written as JSON.
        let json = serde_json::to_vec(self).unwrap_or_default();
        Sha256::digest(json).iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

impl CompiledRules {
    /// The rules as they were written.
    #[must_use]
    pub fn rules(&self) -> &Rules {
        &self.rules
    }

    /// The mappings of this kind.
    #[must_use]
    pub fn mapping(&self, kind: Kind) -> &CompiledMapping {
        match kind {
            Kind::User => &self.users,
            Kind::Group => &self.groups,
        }
    }

    /// Whether an object is in scope: active, assigned with a role that counts, and through the filters.
    #[must_use]
    pub fn scope<'a>(&'a self, object: &'a SourceObject) -> Scope<'a> {
        Scope::new(self, object)
    }

    pub(super) fn filters(&self, kind: Kind) -> &Filters {
        match kind {
            Kind::User => &self.user_filters,
            Kind::Group => &self.group_filters,
        }
    }
}

impl CompiledMapping {
    /// The mappings, in the order of the rules.
    #[must_use]
    pub fn rows(&self) -> &[Row] {
        &self.rows
    }

    /// The indexes of the rows that resources are looked for by, the first one first.
    #[must_use]
    pub fn matching(&self) -> &[usize] {
        &self.matching
    }

    /// The schemas that the rows write to: the standard's, and an extension for each custom URN.
    #[must_use]
    pub fn schemas(&self) -> &SchemaSet {
        &self.schemas
    }

    /// What the attributes of an object become; it has to be the whole object. Defaults are left to the caller, who knows
    /// whether a resource is created: see [`Row::default`].
    ///
    /// ```
    /// use scim_sync::{Kind, Rules, SourceObject};
    /// use serde_json::json;
    ///
    /// let rules = Rules::entra_to_atlassian().compile()?;
    /// let mapping = rules.mapping(Kind::User);
    /// let user = SourceObject::user("7").with("userPrincipalName", "b@example.com").with("surname", "");
    /// let values = mapping.values(&user, false)?;
    /// let named = |target| values.get(mapping.rows().iter().position(|row| row.target() == target).unwrap());
    /// assert_eq!(named("userName"), Some(&json!("b@example.com")));
    /// assert_eq!(named("active"), Some(&json!(true)));
    /// assert_eq!(named("name.familyName"), None);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`MappingError`] when an expression fails, or a value is not of the attribute's type.
    pub fn values<'a>(
        &'a self,
        object: &'a SourceObject,
        soft_deleted: bool,
    ) -> Result<Values<'a>, MappingError> {
        let cx = Context { object, soft_deleted };
        let mut values = Vec::with_capacity(self.rows.len());
        for row in &self.rows {
            values.push(row.flow(&cx)?);
        }
        Ok(Values::new(values))
    }

    /// The values that switch an account off, whatever is wrong with the others.
    pub(crate) fn values_of_active<'a>(&'a self, object: &'a SourceObject) -> Values<'a> {
        let cx = Context { object, soft_deleted: true };
        let flow = |row: &'a Row| match row.is_active {
            true => row.flow(&cx).unwrap_or(Flow::Ignored),
            false => Flow::Ignored,
        };
        Values::new(self.rows.iter().map(flow).collect())
    }

    /// Whether a resource can be created of these values and the defaults: every required attribute has one.
    ///
    /// # Errors
    /// [`MappingError`] with the code `MandatoryFieldsMissing`.
    pub fn check_creation(&self, values: &Values<'_>) -> Result<(), MappingError> {
        let given = |row: &usize| {
            values.get(*row).is_some() || self.rows.get(*row).is_some_and(|row| row.default.is_some())
        };
        match self.required.iter().find(|(_, rows)| !rows.iter().any(given)) {
            Some((name, _)) => Err(MappingError::new(name, MappingErrorKind::Missing)),
            None => Ok(()),
        }
    }

    fn compile(kind: Kind, rules: &Rules, problems: &mut Vec<RulesProblem>) -> Self {
        let object = rules.mapping(kind);
        let before = problems.len();
        let schemas = extension::schemas(kind, &object.mappings, problems);
        let mut rows: Vec<Row> = Vec::with_capacity(object.mappings.len());
        let mut keys: Vec<(String, usize)> = Vec::new();
        let mut matching: Vec<(u32, usize)> = Vec::new();
        for (at, mapping) in object.mappings.iter().enumerate() {
            let place = format!("{kind}s, mapping {} {}", at + 1, quote(short(&mapping.target)));
            let row = match compile_row(kind, mapping, &schemas) {
                Ok(row) => row,
                Err((words, position)) => {
                    problems.push(RulesProblem::new(&place, words).at(position));
                    continue;
                }
            };
            let key = row.target.key();
            if let Some((_, first)) = keys.iter().find(|(other, _)| *other == key) {
                problems.push(RulesProblem::new(
                    &place,
                    format!("mapping {} writes the same attribute", first + 1),
                ));
            }
            keys.push((key, at));
            if let Some(precedence) = mapping.matching {
                let same = matching.iter().find(|(other, _)| *other == precedence);
                match (check_matching(&row, precedence, &schemas), same) {
                    (Err(words), _) => problems.push(RulesProblem::new(&place, words)),
                    (Ok(()), Some(_)) => {
                        let words = format!("another mapping has the matching precedence {precedence}, too");
                        problems.push(RulesProblem::new(&place, words));
                    }
                    (Ok(()), None) => matching.push((precedence, rows.len())),
                }
            }
            rows.push(row);
        }
        if problems.len() == before && object.enabled && !rows.is_empty() && matching.is_empty() {
            let words = "no mapping is a matching one, so that nobody who is there already would be found";
            problems.push(RulesProblem::new(&format!("{kind}s"), words));
        }
        matching.sort_unstable();
        let matching = matching.into_iter().map(|(_, row)| row).collect();
        let required = required(&schemas, &rows);
        Self { rows, matching, schemas, required }
    }
}

/// The required attributes, and the rows that write them or a part of them.
fn required(schemas: &SchemaSet, rows: &[Row]) -> Vec<(String, Vec<usize>)> {
    let required = schemas
        .base()
        .attributes()
        .iter()
        .filter(|attribute| attribute.required() && attribute.mutability() != Mutability::ReadOnly);
    required
        .map(|attribute| {
            let writes =
                |(at, row): (usize, &Row)| (*row.target.attribute.name() == *attribute.name()).then_some(at);
            (attribute.name().to_string(), rows.iter().enumerate().filter_map(writes).collect())
        })
        .collect()
}

/// A target without its URN, where that would fill the line.
fn short(target: &str) -> &str {
    match target.rsplit_once(':') {
        Some((_, name)) if target.len() > 64 && !target.contains('[') => name,
        _ => target,
    }
}

type Refusal = (String, Option<usize>);

fn compile_row(kind: Kind, mapping: &Mapping, schemas: &SchemaSet) -> Result<Row, Refusal> {
    let reference = match mapping.source {
        SourceOf::Reference(reference) => Some(reference),
        _ => None,
    };
    let target = Target::new(&mapping.target, schemas, kind, reference)?;
    let mut is_masked = target.is_secret();
    let fixed = |what: &str, value: &Value| {
        let value = coerce(&target.leaf, std::borrow::Cow::Borrowed(value));
        match value {
            Ok(Some(value)) => Ok(value.into_owned()),
            Ok(None) => Err((format!("the {what} is empty"), None)),
            Err(misfit) => Err((format!("the {what} does not fit: the attribute {misfit}"), None)),
        }
    };
    let source = match &mapping.source {
        SourceOf::Direct(name) if name.trim().is_empty() => {
            return Err(("the attribute of the source is empty".to_owned(), None));
        }
        SourceOf::Direct(name) => RowSource::Attribute(Named::of(name), name.clone()),
        SourceOf::Constant(value) => RowSource::Constant(fixed("constant", value)?),
        SourceOf::Expression(text) => {
            let expression =
                Expression::parse(text).map_err(|error| (error.to_string(), Some(error.position())))?;
            is_masked |= expression.is_redacted();
            RowSource::Expression { ignores_null: expression.ignores_null(), expression }
        }
        SourceOf::None if mapping.default.is_none() => {
            return Err(("it has neither a source nor a default".to_owned(), None));
        }
        SourceOf::None => RowSource::Nothing,
        SourceOf::Reference(_) if mapping.default.is_some() => {
            return Err(("a reference has no default".to_owned(), None));
        }
        SourceOf::Reference(reference) => RowSource::Reference(*reference),
    };
    let default = mapping.default.as_ref().map(|value| fixed("default", value)).transpose()?;
    let is_active = target.is(&attr::ACTIVE);
    let only_creation = mapping.apply == Apply::OnlyDuringCreation;
    Ok(Row { target, source, default, only_creation, is_active, is_masked })
}

/// Whether resources can be looked for by a row.
fn check_matching(row: &Row, precedence: u32, schemas: &SchemaSet) -> Result<(), String> {
    if precedence == 0 {
        return Err("a matching precedence counts from 1 on".to_owned());
    }
    match &row.source {
        RowSource::Attribute(..) => {}
        RowSource::Expression { expression, .. } if expression.reads_source() => {}
        RowSource::Expression { .. } | RowSource::Constant(_) => {
            return Err("cannot be a matching attribute: its value is the same for everybody".to_owned());
        }
        RowSource::Nothing | RowSource::Reference(_) => {
            return Err("cannot be a matching attribute: it has no value of its own".to_owned());
        }
    }
    if row.target.leaf.kind() == AttrType::Boolean {
        return Err("cannot be a matching attribute: true or false is no name".to_owned());
    }
    let sample = match row.target.leaf.kind() {
        AttrType::Integer | AttrType::Decimal => Value::from(1),
        AttrType::DateTime => Value::from("2026-01-31T08:00:00Z"),
        AttrType::Binary => Value::from("AAAA"),
        _ => Value::from("x"),
    };
    let filter = row.filter(&sample).ok_or("cannot be a matching attribute")?;
    match filter.check(schemas) {
        Ok(_) => Ok(()),
        Err(error) => Err(format!("cannot be a matching attribute: {error}")),
    }
}
