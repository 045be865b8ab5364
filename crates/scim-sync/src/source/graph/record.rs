//! One object of a list, in our terms.

use std::fmt::Display;

use chrono::{DateTime, Utc};
use scim_core::quote;
use serde_json::{Map, Value};

use super::document::{Item, Section};
use crate::object::{Kind, Role, SourceId};
use crate::source::SourceError;

/// What one object of a list says.
#[derive(Debug)]
pub(super) enum Record {
    Object(Box<Object>),
    Membership { group: SourceId, member: SourceId, removed: bool },
    Manager { user: SourceId, manager: Option<SourceId> },
    Assignment(Assignment),
}

/// A user or a group, as far as the text says something of it.
#[derive(Debug)]
pub(super) struct Object {
    pub(super) line: usize,
    pub(super) kind: Kind,
    pub(super) id: SourceId,
    /// Those without a value too.
    pub(super) attributes: Map<String, Value>,
    pub(super) manager: Option<Option<SourceId>>,
    pub(super) members: Members,
    pub(super) deleted: Option<DateTime<Utc>>,
    pub(super) removed: Option<Removed>,
}

/// What `@removed` says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Removed {
    /// It is in the bin.
    Changed,
    /// It is gone for good.
    Deleted,
}

#[derive(Debug, Default)]
pub(super) struct Members {
    pub(super) all: Option<Vec<SourceId>>,
    pub(super) added: Vec<SourceId>,
    pub(super) removed: Vec<SourceId>,
}

/// A role of a user or group; no role stands for all of them, which is of use only where they are removed.
#[derive(Debug)]
pub(super) struct Assignment {
    /// None where the text does not say.
    pub(super) kind: Option<Kind>,
    /// Whether it is neither a user nor a group.
    pub(super) other: bool,
    pub(super) principal: SourceId,
    pub(super) role: Option<Role>,
    pub(super) removed: bool,
}

/// The id of the role Default Access.
const DEFAULT_ACCESS: &str = "00000000-0000-0000-0000-000000000000";

impl Record {
    pub(super) fn read(section: Section, item: Item<'_>) -> Result<Self, SourceError> {
        Ok(match section {
            Section::Objects => Self::Object(Object::read(None, item)?),
            Section::Users => Self::Object(Object::read(Some(Kind::User), item)?),
            Section::Groups => Self::Object(Object::read(Some(Kind::Group), item)?),
            Section::Deleted => Self::Object(Object::read_deleted(None, item)?),
            Section::DeletedUsers => Self::Object(Object::read_deleted(Some(Kind::User), item)?),
            Section::DeletedGroups => Self::Object(Object::read_deleted(Some(Kind::Group), item)?),
            Section::Memberships => Self::Membership {
                group: required(&item, "groupId")?,
                member: required(&item, "memberId")?,
                removed: item.fields.contains_key("@removed"),
            },
            Section::Managers => {
                Self::Manager { user: required(&item, "userId")?, manager: optional(&item, "managerId")? }
            }
            Section::Assignments => Self::Assignment(Assignment::read(&item)?),
        })
    }
}

impl Object {
    fn read(kind: Option<Kind>, mut item: Item<'_>) -> Result<Box<Self>, SourceError> {
        let kind = match kind {
            Some(kind) => kind,
            None => kind_of(&item)?,
        };
        let id = required(&item, "id")?;
        check(kind, &item)?;
        let removed = match item.fields.get("@removed") {
            None => None,
            Some(value) => match value.get("reason").and_then(Value::as_str) {
                Some("changed") => Some(Removed::Changed),
                Some("deleted") => Some(Removed::Deleted),
                _ => {
                    return Err(item.malformed(
                        "`@removed` has to be an object with the `reason` `changed` or `deleted`",
                    ));
                }
            },
        };
        let deleted = match item.fields.get("deletedDateTime") {
            None | Some(Value::Null) => None,
            Some(value) => {
                let time = value.as_str().and_then(|text| DateTime::parse_from_rfc3339(text).ok());
                let problem = "`deletedDateTime` has to be a date and time such as `2026-01-31T12:00:00Z`";
                Some(time.ok_or_else(|| item.malformed(problem))?.to_utc())
            }
        };
        let manager = manager(&item)?;
        let members = members(&item)?;
        let mut attributes = std::mem::take(&mut item.fields);
        attributes.retain(|name, _| !is_reference(name));
        derive(kind, &mut attributes);
        Ok(Box::new(Self { line: item.line, kind, id, attributes, manager, members, deleted, removed }))
    }

    fn read_deleted(kind: Option<Kind>, item: Item<'_>) -> Result<Box<Self>, SourceError> {
        let missing = item.malformed("`deletedDateTime` is missing");
        let object = Self::read(kind, item)?;
        if object.deleted.is_some() { Ok(object) } else { Err(missing) }
    }
}

impl Assignment {
    fn read(item: &Item<'_>) -> Result<Self, SourceError> {
        let kind = match item.fields.get("principalType").map(Value::as_str) {
            None => None,
            Some(Some("User")) => Some(Kind::User),
            Some(Some("Group")) => Some(Kind::Group),
            Some(Some("ServicePrincipal")) => return Ok(Self { other: true, ..Self::of(None, item)? }),
            Some(_) => {
                return Err(item.malformed("`principalType` has to be `User`, `Group` or `ServicePrincipal`"));
            }
        };
        Self::of(kind, item)
    }

    fn of(kind: Option<Kind>, item: &Item<'_>) -> Result<Self, SourceError> {
        let removed = item.fields.contains_key("@removed")
            || item.fields.get("deletedDateTime").is_some_and(|value| !value.is_null());
        let role = match optional(item, "appRoleId")? {
            Some(id) if id.as_str() == DEFAULT_ACCESS => Some(Role::DefaultAccess),
            Some(id) => Some(Role::Named(id.as_str().to_owned())),
            None if removed => None,
            None => return Err(item.malformed("`appRoleId` is missing")),
        };
        Ok(Self { kind, other: false, principal: required(item, "principalId")?, role, removed })
    }
}

fn kind_of(item: &Item<'_>) -> Result<Kind, SourceError> {
    match item.fields.get("@odata.type").map(Value::as_str) {
        Some(Some("#microsoft.graph.user")) => Ok(Kind::User),
        Some(Some("#microsoft.graph.group")) => Ok(Kind::Group),
        None => Err(item.malformed("`@odata.type` is missing")),
        _ => {
            Err(item.malformed("`@odata.type` has to be `#microsoft.graph.user` or `#microsoft.graph.group`"))
        }
    }
}

/// The attributes that the engine itself looks at have to be what they are.
fn check(kind: Kind, item: &Item<'_>) -> Result<(), SourceError> {
    let (texts, switch): (&[&str], _) = match kind {
        Kind::User => (&["userPrincipalName", "displayName", "mail"], "accountEnabled"),
        Kind::Group => (&["displayName", "mail"], "securityEnabled"),
    };
    let is = |name: &str, fits: fn(&Value) -> bool| item.fields.get(name).is_none_or(fits);
    if let Some(name) = texts.iter().find(|name| !is(name, |value| value.is_string() || value.is_null())) {
        return Err(item.malformed(format!("`{name}` has to be a text or null")));
    }
    if !is(switch, |value| value.is_boolean() || value.is_null()) {
        return Err(item.malformed(format!("`{switch}` has to be true, false or null")));
    }
    Ok(())
}

fn manager(item: &Item<'_>) -> Result<Option<Option<SourceId>>, SourceError> {
    let problem = || item.malformed("`manager` has to be an object with an `id`, or null");
    if let Some(value) = item.fields.get("manager@delta") {
        let one = value.as_array().and_then(|list| list.last()).ok_or_else(problem)?;
        let id = reference(one).ok_or_else(problem)?;
        return Ok(Some((one.get("@removed").is_none()).then_some(id)));
    }
    match item.fields.get("manager") {
        None => Ok(None),
        Some(Value::Null) => Ok(Some(None)),
        Some(value) => Ok(Some(Some(reference(value).ok_or_else(problem)?))),
    }
}

fn members(item: &Item<'_>) -> Result<Members, SourceError> {
    let list = |name: &str| match item.fields.get(name) {
        None => Ok(None),
        Some(Value::Array(list)) => Ok(Some(list)),
        Some(_) => Err(item.malformed(format!("`{name}` has to be a list of objects with an `id`"))),
    };
    let id = |value: &Value, name: &str| {
        reference(value)
            .ok_or_else(|| item.malformed(format!("`{name}` has to be a list of objects with an `id`")))
    };
    let mut members = Members::default();
    if let Some(list) = list("members")? {
        let all: Result<Vec<_>, _> = list.iter().map(|one| id(one, "members")).collect();
        members.all = Some(all?);
    }
    for one in list("members@delta")?.into_iter().flatten() {
        let to = if one.get("@removed").is_some() { &mut members.removed } else { &mut members.added };
        to.push(id(one, "members@delta")?);
    }
    Ok(members)
}

/// The id in an object, or the id itself.
fn reference(value: &Value) -> Option<SourceId> {
    let id = value.get("id").unwrap_or(value).as_str()?;
    (!id.is_empty()).then(|| id.into())
}

fn required(item: &Item<'_>, name: &str) -> Result<SourceId, SourceError> {
    optional(item, name)?.ok_or_else(|| item.malformed(format!("`{name}` is missing")))
}

fn optional(item: &Item<'_>, name: &str) -> Result<Option<SourceId>, SourceError> {
    match item.fields.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(id)) if !id.is_empty() => Ok(Some(id.as_str().into())),
        Some(_) => Err(item.malformed(format!("`{name}` has to be a text that is not empty"))),
    }
}

/// Ids, references and annotations are no attributes.
fn is_reference(name: &str) -> bool {
    matches!(name, "id" | "manager" | "members" | "deletedDateTime") || name.contains('@')
}

/// The attributes that Entra's mappings know and Graph does not have.
fn derive(kind: Kind, attributes: &mut Map<String, Value>) {
    if kind != Kind::User {
        return;
    }
    if let Some(name) = attributes.get("userPrincipalName").cloned() {
        if let Some(address) = name.as_str().and_then(address_of_guest) {
            attributes.insert("userPrincipalName".to_owned(), address.into());
        }
        attributes.entry("originalUserPrincipalName").or_insert(name);
    }
    if let Some(Value::Object(more)) = attributes.get("onPremisesExtensionAttributes").cloned() {
        for (name, value) in more.into_iter().filter(|(name, _)| name.starts_with("extensionAttribute")) {
            attributes.entry(name).or_insert(value);
        }
    }
}

/// `ann@partner.example` for `ann_partner.example#EXT#@company.example`: the last `_` was the `@`, since a domain has none.
fn address_of_guest(name: &str) -> Option<String> {
    let (address, _) = name.split_once("#EXT#")?;
    Some(match address.rsplit_once('_') {
        Some((local, domain)) => format!("{local}@{domain}"),
        None => address.to_owned(),
    })
}

/// That an id is there already.
pub(super) fn twice(id: &SourceId) -> impl Display {
    format!("the id {} stands for another object already", quote(id.as_str()))
}
