//! A small company, its next day and a bad one.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

/// A role that counts, and the one that does not.
const ROLE: &str = "3d1b7a52-9c64-4f0e-8a27-5e2f60c1b9d4";
const DEFAULT_ACCESS: &str = "00000000-0000-0000-0000-000000000000";

/// Writes it into `folder/tiny`, and gives that path.
///
/// Of its users, 60 are created: `user0` to `user59`, of whom the first 30 are in one of three teams. Five are not: one is
/// switched off, one has no role, one has no role that counts, one has the name of another one, one is of a domain that is not
/// verified. Seven groups are created: everybody, three teams, an umbrella over two of them, and two that hold each other.
pub(crate) fn write(folder: &Path) -> PathBuf {
    let company = folder.join("tiny");
    put(&company, "users.json", &json!({"value": users()}));
    put(&company, "groups.json", &json!({"value": groups()}));
    put(&company, "appRoleAssignments.json", &json!({"value": roles()}));
    let mut binned = user(90);
    binned["deletedDateTime"] = json!("2026-01-31T08:00:00Z");
    binned["@odata.type"] = json!("#microsoft.graph.user");
    put(&company, "deletedItems.json", &json!({"value": [binned]}));
    put(&company, "organization.json", &json!({"value": [{"verifiedDomains": [{"name": "tiny.example"}]}]}));
    put(&folder.join("tiny-day-two"), "changes.json", &day_two());
    let taken = json!({"principalType": "Group", "principalId": "everyone", "appRoleId": ROLE, "@removed": {"reason": "deleted"}});
    put(&folder.join("tiny-bad-day"), "changes.json", &json!({"appRoleAssignments": [taken]}));
    company
}

fn put(folder: &Path, name: &str, value: &Value) {
    std::fs::create_dir_all(folder).unwrap();
    std::fs::write(folder.join(name), value.to_string()).unwrap();
}

fn user(number: usize) -> Value {
    let name = format!("user{number}@tiny.example");
    let mut user = json!({
        "id": id(number),
        "userPrincipalName": name,
        "displayName": format!("Ünal \u{1b}[31m{number}"),
        "givenName": format!("=Given{number}"),
        "surname": format!("O'Neil{number}"),
        "mail": name,
        "accountEnabled": true,
        "jobTitle": format!("Title {number}"),
        "department": if number.is_multiple_of(2) { "Sales" } else { "Support" },
    });
    if number.is_multiple_of(7) {
        user["mail"] = Value::Null;
    }
    if number > 0 {
        user["manager"] = json!({"id": id(number / 5)});
    }
    user
}

fn id(number: usize) -> String {
    format!("id-{number}")
}

fn users() -> Vec<Value> {
    let mut users: Vec<Value> = (0..65).map(user).collect();
    users[60]["accountEnabled"] = json!(false);
    users[63]["userPrincipalName"] = json!("USER1@tiny.example");
    users[64]["userPrincipalName"] = json!("user64@elsewhere.example");
    users
}

fn group(name: &str, members: impl IntoIterator<Item = String>) -> Value {
    let members: Vec<Value> = members.into_iter().map(|id| json!({"id": id})).collect();
    json!({"id": name, "displayName": format!("The {name}"), "securityEnabled": true, "members": members})
}

fn groups() -> Vec<Value> {
    let everyone = (0..65).filter(|number| ![61, 62].contains(number)).map(id);
    vec![
        group("everyone", everyone),
        group("red", (0..10).map(id)),
        group("green", (10..20).map(id)),
        group("blue", (20..30).map(id)),
        group("umbrella", ["red".to_owned(), "green".to_owned(), id(0)]),
        group("chicken", ["egg".to_owned()]),
        group("egg", ["chicken".to_owned()]),
        group("unassigned", (0..3).map(id)),
    ]
}

fn roles() -> Vec<Value> {
    let of_group = |name: &str| json!({"principalType": "Group", "principalId": name, "appRoleId": ROLE});
    let mut roles: Vec<Value> =
        ["everyone", "red", "green", "blue", "umbrella", "chicken", "egg"].map(of_group).into();
    roles.push(json!({"principalType": "User", "principalId": id(62), "appRoleId": DEFAULT_ACCESS}));
    roles
}

/// Two come, one gets another name, one moves to another team, one is switched off, one is gone for good, a group gets another
/// name, one group is gone.
fn day_two() -> Value {
    let mut renamed =
        json!({"id": id(5), "userPrincipalName": "renamed@tiny.example", "displayName": "Renamed"});
    renamed["mail"] = json!("renamed@tiny.example");
    json!({
        "users": [
            user(70),
            user(71),
            renamed,
            {"id": id(6), "accountEnabled": false},
            {"id": id(8), "@removed": {"reason": "deleted"}},
            {"id": id(12), "jobTitle": "Another title", "manager@delta": [{"id": id(2)}]},
        ],
        "groups": [
            {"id": "everyone", "members@delta": [{"id": id(70)}, {"id": id(71)}]},
            {"id": "green", "members@delta": [{"id": id(12), "@removed": {"reason": "deleted"}}]},
            {"id": "blue", "displayName": "The azure", "members@delta": [{"id": id(12)}]},
            {"id": "egg", "@removed": {"reason": "deleted"}},
        ],
    })
}
