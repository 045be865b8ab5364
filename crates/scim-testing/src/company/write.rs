//! The company in the shape of Microsoft Graph, one object a line.

use std::collections::BTreeSet;

use serde_json::Value;

use super::people::{Company, Group, Role, User, id};

/// Writes an object in this order of names, whatever order serde_json is set to; what is null is written too.
pub(super) fn object(fields: &[(&str, String)]) -> String {
    let fields: Vec<_> = fields.iter().map(|(name, value)| format!("\"{name}\":{value}")).collect();
    format!("{{{}}}", fields.join(","))
}

pub(super) fn text(text: &str) -> String {
    Value::from(text).to_string()
}

pub(super) fn maybe(text: Option<&str>) -> String {
    text.map_or("null".to_owned(), self::text)
}

pub(super) fn list(items: impl IntoIterator<Item = String>) -> String {
    let items: Vec<_> = items.into_iter().collect();
    format!("[\n{}\n]", items.join(",\n"))
}

fn value(context: &str, items: impl IntoIterator<Item = String>) -> String {
    format!(
        "{{\"@odata.context\":\"https://graph.microsoft.com/v1.0/$metadata#{context}\",\"value\":{}}}\n",
        list(items)
    )
}

pub(super) fn users<'a>(users: impl Iterator<Item = &'a User>) -> String {
    value("users", users.filter(|user| user.deleted.is_none()).map(user))
}

pub(super) fn groups(groups: &[Group]) -> String {
    let ids: BTreeSet<_> = groups.iter().map(|group| group.id.as_str()).collect();
    value("groups", groups.iter().filter(|group| group.deleted.is_none()).map(|one| group(one, &ids)))
}

pub(super) fn roles(roles: &[Role]) -> String {
    value("appRoleAssignments", roles.iter().enumerate().map(|(at, one)| role(at, one)))
}

pub(super) fn bin(company: &Company) -> String {
    let typed = |kind: &str, line: String| {
        line.replacen('{', &format!("{{\"@odata.type\":\"#microsoft.graph.{kind}\","), 1)
    };
    let ids = BTreeSet::new();
    let users =
        company.users.iter().filter(|user| user.deleted.is_some()).map(|one| typed("user", user(one)));
    let groups = company.groups.iter().filter(|group| group.deleted.is_some());
    value("directoryObjects", users.chain(groups.map(|one| typed("group", group(one, &ids)))))
}

pub(super) fn user(user: &User) -> String {
    let mut fields = vec![
        ("id", text(&user.id)),
        ("userPrincipalName", maybe(user.upn.as_deref())),
        ("displayName", text(&user.display)),
        ("givenName", text(&user.given)),
        ("surname", text(&user.surname)),
        ("mail", maybe(user.mail.as_deref())),
        ("accountEnabled", (!user.disabled).to_string()),
        ("jobTitle", text(&user.title)),
        ("department", text(&user.department)),
        ("officeLocation", text(&user.office)),
        ("preferredLanguage", text(&user.language)),
        ("employeeId", text(&user.number.to_string())),
        ("userType", text(if user.guest { "Guest" } else { "Member" })),
    ];
    if let Some(manager) = &user.manager {
        fields.push(("manager", object(&[("id", text(manager))])));
    }
    if let Some(time) = user.deleted {
        fields.push(("deletedDateTime", text(time)));
    }
    object(&fields)
}

pub(super) fn group(group: &Group, groups: &BTreeSet<&str>) -> String {
    let member = |id: &String| match groups.contains(id.as_str()) {
        true => object(&[("@odata.type", text("#microsoft.graph.group")), ("id", text(id))]),
        false => object(&[("id", text(id))]),
    };
    let members: Vec<_> = group.members.iter().map(member).collect();
    let mut fields = vec![
        ("id", text(&group.id)),
        ("displayName", text(&group.name)),
        ("description", text(&group.description)),
        ("securityEnabled", (!group.not_security).to_string()),
        ("members", format!("[{}]", members.join(","))),
    ];
    if let Some(time) = group.deleted {
        fields.push(("deletedDateTime", text(time)));
    }
    object(&fields)
}

pub(super) fn role(at: usize, role: &Role) -> String {
    object(&[
        ("id", text(&id(3, at))),
        ("principalType", text(if role.to_group { "Group" } else { "User" })),
        ("principalId", text(&role.principal)),
        ("appRoleId", text(role.role)),
    ])
}
