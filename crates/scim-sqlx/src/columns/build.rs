//! Checking a map of columns, so that a mistake is found when the application starts.

use std::collections::BTreeMap;

use scim_core::schema::{AttrType, Attribute, Mutability, Returned};
use scim_core::{AttrPath, Resolved, SchemaSet, attr};
use scim_filter::CheckOptions;
use scim_filter::query::Sort;

use super::child::Child;
use super::column::{Column, Constant, Kind, Source, check_name};
use super::{Columns, ColumnsBuilder, ColumnsError, Held, Rows};

pub(super) fn build(builder: ColumnsBuilder) -> Result<Columns, ColumnsError> {
    let ColumnsBuilder { schemas, id, mut sources, children, nothing_else } = builder;
    let table = id.column.table();
    let id_column = id.column.written(None)?;
    sources.insert(0, (attr::ID, Source::Column(id.column, id.kind)));
    let mut held = BTreeMap::new();
    for (path, source) in &sources {
        let target = resolve(&schemas, path)?;
        let own = held_by(&schemas, &target, source, table)?;
        insert(&mut held, &target, own)?;
    }
    let mut lists = BTreeMap::new();
    for (path, child) in &children {
        let target = resolve(&schemas, path)?;
        let is_list = target.attribute().is_some_and(|attribute| attribute.multi_valued());
        if !is_list || target.sub_attribute().is_some() {
            return Err(error(format!("`{path}` is no multi-valued attribute: it has no table of its own")));
        }
        if held.keys().any(|own| own.clone().without_sub() == *target.path() && own != target.path()) {
            return Err(error(format!("`{path}` is mapped twice")));
        }
        let rows = rows(&schemas, &target, child)?;
        if held.contains_key(target.path()) || lists.insert(target.path().clone(), rows).is_some() {
            return Err(error(format!("`{path}` is mapped twice")));
        }
    }
    let besides: Vec<(AttrPath, String)> =
        held.keys().filter_map(|path| Some((path.clone(), beside(&held, path)?))).collect();
    for (path, beside) in besides {
        if let Some(Held::Constant { only_if, .. }) = held.get_mut(&path) {
            *only_if = Some(beside);
        }
    }
    Ok(Columns { schemas, id: id_column, id_kind: id.kind, held, lists, nothing_else })
}

fn error(words: String) -> ColumnsError {
    ColumnsError::new(words)
}

fn resolve(schemas: &SchemaSet, path: &AttrPath) -> Result<Resolved, ColumnsError> {
    schemas.resolve(path).map_err(|refused| error(refused.detail().unwrap_or_default().to_owned()))
}

fn insert(held: &mut BTreeMap<AttrPath, Held>, target: &Resolved, own: Held) -> Result<(), ColumnsError> {
    match held.insert(target.path().clone(), own) {
        None => Ok(()),
        Some(_) => Err(error(format!("`{}` is mapped twice", target.path()))),
    }
}

fn held_by(
    schemas: &SchemaSet,
    target: &Resolved,
    source: &Source,
    table: Option<&str>,
) -> Result<Held, ColumnsError> {
    match source {
        Source::Column(column, kind) => {
            check_kind(schemas, target, *kind)?;
            Ok(Held::Column { sql: column.written(table)?, kind: *kind })
        }
        Source::Constant(value) => {
            let fits = match (value, target.leaf().map(|leaf| leaf.kind())) {
                (Constant::Boolean(_), Some(AttrType::Boolean)) => true,
                (Constant::Texts(_), Some(AttrType::String | AttrType::Reference)) => {
                    target.leaf().is_some_and(|leaf| leaf.multi_valued())
                }
                (Constant::Text(_), Some(AttrType::String | AttrType::Reference)) => true,
                _ => false,
            };
            if !fits {
                return Err(error(format!("`{}` cannot have the value {value:?}", target.path())));
            }
            Ok(Held::Constant { value: value.clone(), only_if: None })
        }
        Source::Never => Ok(Held::Never),
    }
}

fn rows(schemas: &SchemaSet, target: &Resolved, child: &Child) -> Result<Rows, ColumnsError> {
    for name in [child.table, child.key, child.parent] {
        check_name(name)?;
    }
    let parent_table = Column::from(child.parent).table();
    if parent_table.is_none() || parent_table == Some(child.table) {
        let words = format!(
            "`{}` has to name another table than `{}`, as `users.id` does",
            child.parent, child.table
        );
        return Err(error(words));
    }
    let table = Some(child.table);
    let mut held = BTreeMap::new();
    for (name, source) in &child.sources {
        let is_simple = target.attribute().is_some_and(|attribute| attribute.kind() != AttrType::Complex);
        let sub = match target.with_sub_attribute(name) {
            Some(sub) => sub,
            None if is_simple && *name == "value" => target.clone(),
            None => return Err(error(format!("`{}` has no sub-attribute `{name}`", target.path()))),
        };
        let own = held_by(schemas, &sub, source, table)?;
        insert(&mut held, &sub, own)?;
    }
    let position = child.position.map(|column| column.written(table)).transpose()?;
    let from =
        format!("{} WHERE {} = {}", child.table, Column::from(child.key).written(table)?, child.parent);
    Ok(Rows { from, held, position })
}

/// Whether a column of this kind can answer what may be asked about the attribute.
fn check_kind(schemas: &SchemaSet, target: &Resolved, kind: Kind) -> Result<(), ColumnsError> {
    let path = target.path();
    let is_secret =
        |leaf: &Attribute| leaf.returned() == Returned::Never || leaf.mutability() == Mutability::WriteOnly;
    if target.attribute().is_some_and(|leaf| is_secret(leaf))
        || target.leaf().is_some_and(|leaf| is_secret(leaf))
    {
        return Err(error(format!("`{path}` is never returned and cannot be asked about")));
    }
    if kind == Kind::Presence {
        return Ok(());
    }
    let Some(leaf) = target.leaf().filter(|leaf| leaf.kind() != AttrType::Complex) else {
        return Err(error(format!("`{path}` is complex: map its sub-attributes")));
    };
    let sort = Sort::by(path.clone()).check(schemas, &CheckOptions::default());
    let sort = sort.map_err(|refused| error(refused.detail().unwrap_or_default().to_owned()))?;
    let exact = sort.compares_exactly();
    let (fits, hint) = match leaf.kind() {
        AttrType::Boolean => (kind == Kind::Boolean, "`boolean`"),
        AttrType::Integer => (matches!(kind, Kind::Integer | Kind::Float), "`integer`"),
        AttrType::Decimal => (matches!(kind, Kind::Integer | Kind::Float), "`float`"),
        AttrType::DateTime => (kind == Kind::Timestamp, "`timestamp`"),
        AttrType::String | AttrType::Reference | AttrType::Binary if exact => {
            (matches!(kind, Kind::Exact | Kind::IntegerKey | Kind::UuidKey), "`exact` or an id")
        }
        AttrType::String | AttrType::Reference | AttrType::Binary => {
            (kind == Kind::Folded, "`text`, to a column of folded keys")
        }
        AttrType::Complex => (false, "its sub-attributes"),
    };
    if fits { Ok(()) } else { Err(error(format!("`{path}` is to be mapped with {hint}"))) }
}

/// The condition that a constant sub-attribute of this path depends on: that its element is there.
fn beside(held: &BTreeMap<AttrPath, Held>, path: &AttrPath) -> Option<String> {
    let whole = path.clone().without_sub();
    if path.sub().is_none() || whole == attr::META {
        return None;
    }
    let columns = held.iter().filter(|(other, _)| (*other).clone().without_sub() == whole);
    let columns: Vec<String> = columns
        .filter_map(|(_, held)| match held {
            Held::Column { sql, .. } => Some(format!("{sql} IS NOT NULL")),
            Held::Constant { .. } | Held::Never => None,
        })
        .collect();
    (!columns.is_empty()).then(|| format!("({})", columns.join(" OR ")))
}
