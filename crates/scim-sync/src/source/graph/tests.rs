use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};

use super::GraphExport;
use crate::object::{Assignment, Change, Kind, Members, Role, SourceId, SourceObject};
use crate::source::folder::Folder;
use crate::source::{Directory, ImportReport, Next, Source, SourceError};

fn read(files: &[(&str, &str)]) -> Result<(Directory, ImportReport), SourceError> {
    export(&Folder::new(files)).read()
}

fn export(folder: &Folder) -> GraphExport {
    GraphExport::new(&folder.0)
}

fn problem(files: &[(&str, &str)]) -> String {
    read(files).unwrap_err().to_string()
}

fn user(directory: &Directory, id: &str) -> SourceObject {
    directory.object(Kind::User, &id.into()).unwrap()
}

fn members(directory: &Directory, id: &str) -> Vec<SourceId> {
    match directory.object(Kind::Group, &id.into()).unwrap().members {
        Members::All(members) => members,
        other => panic!("{other:?}"),
    }
}

fn ids(ids: &[&str]) -> Vec<SourceId> {
    ids.iter().map(|id| SourceId::from(*id)).collect()
}

fn noon() -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + TimeDelta::hours(12)
}

const USERS: &str = r##"{"@odata.context": "https://graph.microsoft.com/v1.0/$metadata#users", "@odata.count": 2, "value": [
    {"id": "ann", "userPrincipalName": "ann@northwind-trading.example", "displayName": "Ann",
     "mail": null, "accountEnabled": true, "favouriteColour": {"name": "green"},
     "onPremisesExtensionAttributes": {"extensionAttribute1": "7", "extensionAttribute2": null},
     "manager": {"@odata.type": "#microsoft.graph.user", "id": "bob"}},
    {"id": "bob", "userPrincipalName": "bob_k_partner.example#EXT#@northwind-trading.example", "userType": "Guest"}
]}"##;

const GROUPS: &str = r##"[
    {"id": "staff", "displayName": "Staff", "securityEnabled": true,
     "members": [{"@odata.type": "#microsoft.graph.user", "id": "ann"}, {"id": "printer"}]},
    {"id": "all", "displayName": "All", "members@delta": [{"id": "staff"}]}
]"##;

#[test]
fn users_and_groups() {
    let (directory, report) = read(&[("users.json", USERS), ("groups.json", GROUPS)]).unwrap();
    let ann = user(&directory, "ann");
    assert_eq!(
        Value::Object(ann.attributes.clone()),
        json!({
            "userPrincipalName": "ann@northwind-trading.example",
            "originalUserPrincipalName": "ann@northwind-trading.example",
            "displayName": "Ann",
            "accountEnabled": true,
            "favouriteColour": {"name": "green"},
            "onPremisesExtensionAttributes": {"extensionAttribute1": "7", "extensionAttribute2": null},
            "extensionAttribute1": "7",
        })
    );
    assert_eq!(ann.manager, Some("bob".into()));
    assert_eq!(members(&directory, "staff"), ids(&["ann", "printer"]));
    assert_eq!(members(&directory, "all"), ids(&["staff"]));
    let expected = ImportReport {
        users: 2,
        groups: 2,
        memberships: 3,
        managers: 1,
        unknown_members: 1,
        ..ImportReport::default()
    };
    assert_eq!(report, expected);
}

#[test]
fn the_name_of_a_guest_is_the_address_that_it_was_made_of() {
    let (directory, _) = read(&[("users.json", USERS)]).unwrap();
    let bob = user(&directory, "bob");
    assert_eq!(bob.get("userPrincipalName"), Some(&"bob_k@partner.example".into()));
    let full = "bob_k_partner.example#EXT#@northwind-trading.example";
    assert_eq!(bob.get("originalUserPrincipalName"), Some(&full.into()));
}

#[test]
fn roles_are_direct_or_through_a_group() {
    let roles = r#"{"value": [
        {"id": "1", "principalId": "ann", "principalType": "User", "appRoleId": "5b1e"},
        {"id": "2", "principalId": "staff", "principalType": "Group", "appRoleId": "00000000-0000-0000-0000-000000000000"},
        {"id": "3", "principalId": "robot", "principalType": "ServicePrincipal", "appRoleId": "5b1e"},
        {"id": "4", "principalId": "bob", "principalType": "User", "appRoleId": "5b1e", "deletedDateTime": "2026-01-01T00:00:00Z"},
        {"id": "5", "principalId": "ghost", "appRoleId": "5b1e"}
    ]}"#;
    let (directory, report) =
        read(&[("users.json", USERS), ("groups.json", GROUPS), ("appRoleAssignments.json", roles)]).unwrap();
    let expected = vec![
        Assignment { role: Role::Named("5b1e".into()), through: None },
        Assignment { role: Role::DefaultAccess, through: Some("staff".into()) },
    ];
    assert_eq!(user(&directory, "ann").assignments, expected);
    assert_eq!(user(&directory, "bob").assignments, []);
    assert_eq!((report.assignments, report.other_principals, report.unknown_principals), (5, 1, 1));
}

#[test]
fn what_is_in_the_bin_is_there_and_marked() {
    let bin = r##"{"value": [
        {"@odata.type": "#microsoft.graph.user", "id": "eve", "displayName": "Eve", "deletedDateTime": "2026-01-01T00:00:00Z"},
        {"@odata.type": "#microsoft.graph.group", "id": "old", "deletedDateTime": "2026-01-02T00:00:00.1234567Z"}
    ]}"##;
    let (directory, report) = read(&[("users.json", USERS), ("deletedItems.json", bin)]).unwrap();
    assert!(user(&directory, "eve").soft_deleted);
    assert!(!user(&directory, "ann").soft_deleted);
    assert_eq!(report.in_bin, 2);
    let at: DateTime<Utc> = "2026-01-31T00:00:00Z".parse().unwrap();
    assert_eq!(directory.purge(at, TimeDelta::days(30)), 1);
    assert!(!directory.contains(Kind::User, &"eve".into()));
}

#[test]
fn memberships_and_managers_may_be_files_of_their_own() {
    let (directory, report) = read(&[
        ("users.json", USERS),
        ("groups.jsonl", "{\"id\": \"staff\"}\n\n{\"id\": \"all\"}\n"),
        ("members.csv", "groupId,memberId\nstaff,ann\nstaff,bob\nnone,ann\n"),
        ("memberships.json", r#"[{"groupId": "all", "memberId": "staff"}]"#),
        ("managers.jsonl", "\u{feff}{\"userId\": \"bob\", \"managerId\": \"ghost\"}"),
    ])
    .unwrap();
    assert_eq!(members(&directory, "staff"), ids(&["ann", "bob"]));
    assert_eq!(members(&directory, "all"), ids(&["staff"]));
    assert_eq!(user(&directory, "bob").manager, Some("ghost".into()));
    assert_eq!((report.unknown_groups, report.unknown_managers, report.managers), (1, 1, 2));
}

#[test]
fn everything_may_be_one_file() {
    let folder = Folder::new(&[(
        "export.json",
        r#"{"groups": [{"id": "staff", "members": ["ann"]}],
            "managers": [{"userId": "ann", "managerId": "ann"}],
            "users": {"@odata.count": 1, "value": [{"id": "ann"}]}}"#,
    )]);
    let (directory, report) = GraphExport::new(folder.0.join("export.json")).read().unwrap();
    assert_eq!(members(&directory, "staff"), ids(&["ann"]));
    // Who is the manager of himself is no trouble of the source's.
    assert_eq!(user(&directory, "ann").manager, Some("ann".into()));
    assert_eq!((report.users, report.unknown_members), (1, 0));
}

#[test]
fn what_is_malformed_is_named_with_file_line_and_field() {
    let cases = [
        ("[\n{\"id\": \"a\"},\n\n{\"displayName\": \"b\"}]", "line 4: `id` is missing"),
        ("[\n{\"id\": 7}]", "line 2: `id` has to be a text that is not empty"),
        ("[{\"id\": \"a\"},\n{\"id\": \"a\"}]", "line 2: the id `a` stands for another object already"),
        (
            "[{\"id\": \"a\", \"accountEnabled\": \"true\"}]",
            "line 1: `accountEnabled` has to be true, false or null",
        ),
        ("[{\"id\": \"a\", \"mail\": [\"x\"]}]", "line 1: `mail` has to be a text or null"),
        (
            "[\n{\"id\": \"a\",\n\"manager\": 1}]",
            "line 2: `manager` has to be an object with an `id`, or null",
        ),
        (
            "[{\"id\": \"a\", \"deletedDateTime\": \"yesterday\"}]",
            "line 1: `deletedDateTime` has to be a date and time such as `2026-01-31T12:00:00Z`",
        ),
        ("[{\"id\": \"a\"},\n7]", "line 2: an object is expected here"),
        ("[{\"id\": \"a\"}\n{\"id\": \"b\"}]", "line 2: `,` or `]` is expected here"),
        ("[{\"id\": \"a\"},\n{\"id\": \"b\",\n\"x\": tru}]", "line 3: this is not JSON: expected ident"),
        ("[{\"id\": \"a\"},\n{\"id\":", "line 2: this is not JSON: EOF while parsing a value"),
        ("[{\"id\": \"a\"}\n", "line 2: the file ends too early"),
        ("[]\n[]", "line 2: there is something after the end"),
        ("", "line 1: the file is empty"),
        ("\n7", "line 2: a list or an object is expected"),
        ("{\"valu\": []}", "line 1: `valu` is not known here"),
        ("{\"@odata.count\": 0}", "line 1: the list `value` is missing"),
        ("{\"value\": \n7}", "line 2: a list is expected in `value`"),
        ("{\"value\": {\"value\": 1}}", "line 1: a list is expected in `value`"),
        ("{\"value\" []}", "line 1: `:` is expected here"),
        ("{value: []}", "line 1: a name in quotation marks is expected here"),
        ("{\"value\": [] \"", "line 1: `,` or `}` is expected here"),
    ];
    for (text, expected) in cases {
        assert_eq!(problem(&[("users.json", text)]), format!("users.json, {expected}"), "{text}");
    }
}

#[test]
fn the_other_files_are_judged_too() {
    let cases = [
        (
            "groups.json",
            "[{\"id\": \"g\", \"members\": [{}]}]",
            "line 1: `members` has to be a list of objects with an `id`",
        ),
        (
            "groups.json",
            "[{\"id\": \"g\", \"members\": 1}]",
            "line 1: `members` has to be a list of objects with an `id`",
        ),
        (
            "groups.json",
            "[{\"id\": \"g\", \"securityEnabled\": 1}]",
            "line 1: `securityEnabled` has to be true, false or null",
        ),
        (
            "groups.jsonl",
            "{\"id\": \"g\"}\n{\"id\": \"ann\"}",
            "line 2: the id `ann` stands for another object already",
        ),
        ("groups.jsonl", "{\"id\": \"g\"}\n[]", "line 2: an object is expected here"),
        ("memberships.json", "[{\"groupId\": \"g\"}]", "line 1: `memberId` is missing"),
        ("members.csv", "groupId,memberId\ng,ann\ng,\n", "line 3: `memberId` is empty"),
        ("members.csv", "groupId,memberId\ng\n", "line 2: there are 1 cells, and 2 columns"),
        ("members.csv", "group,memberId\n", "line 1: the column `groupId` is missing"),
        ("managers.json", "[{\"managerId\": \"ann\"}]", "line 1: `userId` is missing"),
        ("appRoleAssignments.json", "[{\"principalId\": \"ann\"}]", "line 1: `appRoleId` is missing"),
        (
            "appRoleAssignments.json",
            "[{\"principalId\": \"ann\", \"principalType\": \"user\"}]",
            "line 1: `principalType` has to be `User`, `Group` or `ServicePrincipal`",
        ),
        ("deletedUsers.json", "[{\"id\": \"x\"}]", "line 1: `deletedDateTime` is missing"),
        ("deletedItems.json", "[{\"id\": \"x\"}]", "line 1: `@odata.type` is missing"),
        (
            "deletedItems.json",
            "[{\"id\": \"x\", \"@odata.type\": \"#microsoft.graph.device\"}]",
            "line 1: `@odata.type` has to be `#microsoft.graph.user` or `#microsoft.graph.group`",
        ),
    ];
    for (name, text, expected) in cases {
        assert_eq!(problem(&[("users.json", USERS), (name, text)]), format!("{name}, {expected}"), "{text}");
    }
}

#[test]
fn files_that_cannot_be_text_or_are_too_long_or_too_deep() {
    let folder = Folder::new(&[("users.json", "")]);
    std::fs::write(folder.0.join("users.json"), b"[\n{\"id\": \"\xff\"}]").unwrap();
    assert_eq!(export(&folder).read().unwrap_err().to_string(), "users.json, line 2: this is not UTF-8");

    folder.write("users.json", "[{\"id\": \"ann\"}]");
    assert!(export(&folder).with_max_file_bytes(15).read().is_ok());
    assert_eq!(
        export(&folder).with_max_file_bytes(14).read().unwrap_err().to_string(),
        "users.json, line 1: the file has more than 14 bytes"
    );

    let deep = format!("[{{\"id\": \"a\", \"x\": {}{}}}]", "[".repeat(100_000), "]".repeat(100_000));
    assert_eq!(
        problem(&[("users.json", &deep)]),
        "users.json, line 1: this is not JSON: recursion limit exceeded"
    );
    let deep = format!("{{\"@x\": {}{}}}", "[".repeat(100_000), "]".repeat(100_000));
    assert_eq!(
        problem(&[("users.json", &deep)]),
        "users.json, line 1: this is not JSON: recursion limit exceeded"
    );
    // Where it lies is nobody's business.
    let none = GraphExport::new("/nowhere/export.json").read().unwrap_err().to_string();
    assert_eq!(none, "the source cannot be read: export.json: No such file or directory (os error 2)");
    assert!(problem(&[]).ends_with("line 1: there is no `users.json` and no other part of an export"));
}

fn delta(directory: &Directory, text: &str) -> ImportReport {
    directory.apply_delta("changes.json", text, noon()).unwrap()
}

#[test]
fn changes_in_the_shape_of_a_delta_query() {
    let (directory, _) = read(&[("users.json", USERS), ("groups.json", GROUPS)]).unwrap();
    let mark = directory.watermark();
    let report = delta(
        &directory,
        r##"{"@odata.context": "https://graph.microsoft.com/v1.0/$metadata#users/$delta",
          "@odata.deltaLink": "https://graph.microsoft.com/v1.0/users/delta?$deltatoken=x", "value": [
            {"id": "ann", "jobTitle": "Boss", "displayName": null, "manager@delta": [{"id": "bob", "@removed": {"reason": "deleted"}}]},
            {"id": "new", "userPrincipalName": "new@northwind-trading.example", "manager@delta": [{"id": "ann"}]}
        ]}"##,
    );
    assert_eq!((report.users, report.managers), (2, 1));
    let ann = user(&directory, "ann");
    assert_eq!((ann.get("jobTitle"), ann.attributes.get("displayName")), (Some(&"Boss".into()), None));
    assert_eq!(ann.manager, None);
    assert_eq!(ann.get("favouriteColour"), Some(&json!({"name": "green"})), "not mentioned, so it stays");
    assert_eq!(user(&directory, "new").manager, Some("ann".into()));
    let changes = directory.page(Some(&mark), None).unwrap().changes;
    let changed: Vec<_> = changes.iter().map(|change| change.id().as_str()).collect();
    assert_eq!(changed, ["ann", "new"]);
}

#[test]
fn members_come_and_go_by_delta() {
    let (directory, _) = read(&[("users.json", USERS), ("groups.json", GROUPS)]).unwrap();
    let mark = directory.watermark();
    // A long list of members comes in parts, each with the group.
    delta(
        &directory,
        r##"{"groups": [
            {"id": "staff", "members@delta": [
                {"@odata.type": "#microsoft.graph.user", "id": "bob"},
                {"id": "printer", "@removed": {"reason": "deleted"}}]},
            {"id": "staff", "members@delta": [{"id": "ghost"}]}
        ]}"##,
    );
    assert_eq!(members(&directory, "staff"), ids(&["ann", "bob", "ghost"]));
    let changes = directory.page(Some(&mark), None).unwrap().changes;
    let [Change::Present(staff)] = changes.as_slice() else { panic!("{changes:?}") };
    let Members::Delta { added, removed } = staff.members.clone() else { panic!() };
    assert_eq!((added.len(), removed), (2, ids(&["printer"])));
}

#[test]
fn removed_is_the_bin_or_the_end() {
    let (directory, _) = read(&[("users.json", USERS), ("groups.json", GROUPS)]).unwrap();
    let report = delta(
        &directory,
        r#"{"users": [
                {"id": "ann", "@removed": {"reason": "changed"}},
                {"id": "bob", "@removed": {"reason": "deleted"}},
                {"id": "ghost", "@removed": {"reason": "changed"}}],
            "groups": [{"id": "all", "@removed": {"reason": "deleted"}}]}"#,
    );
    assert_eq!((report.in_bin, report.deleted), (1, 2));
    assert!(user(&directory, "ann").soft_deleted);
    assert_eq!(user(&directory, "ann").manager, None, "bob is no more");
    assert!(!directory.contains(Kind::User, &"bob".into()));
    assert!(!directory.contains(Kind::User, &"ghost".into()));
    assert!(!directory.contains(Kind::Group, &"all".into()));
    // It is in the bin since the time that was given.
    assert_eq!(directory.purge(noon() + TimeDelta::days(29), TimeDelta::days(30)), 0);
    delta(&directory, r#"{"users": [{"id": "ann", "jobTitle": "Back"}]}"#);
    assert!(!user(&directory, "ann").soft_deleted);
    assert_eq!(directory.purge(noon() + TimeDelta::days(31), TimeDelta::days(30)), 0);
}

#[test]
fn roles_come_and_go_by_delta() {
    let (directory, _) = read(&[("users.json", USERS), ("groups.json", GROUPS)]).unwrap();
    let role = |id: &str, more: &str| {
        delta(&directory, &format!(r#"{{"appRoleAssignments": [{{"principalId": "{id}"{more}}}]}}"#));
    };
    let count = |id: &str| user(&directory, id).assignments.len();
    role("ann", r#", "appRoleId": "a""#);
    role("ann", r#", "appRoleId": "b""#);
    role("staff", r#", "principalType": "Group", "appRoleId": "a""#);
    assert_eq!((count("ann"), count("bob")), (3, 0));
    role("ann", r#", "appRoleId": "a", "@removed": {"reason": "deleted"}"#);
    assert_eq!(count("ann"), 2);
    role("ann", r#", "@removed": {"reason": "deleted"}"#);
    assert_eq!(count("ann"), 1);
    role("staff", r#", "@removed": {"reason": "deleted"}"#);
    assert_eq!(count("ann"), 0);
}

#[test]
fn changes_are_applied_all_or_none() {
    let directory = Directory::new();
    let text = "{\"users\": [{\"id\": \"ann\"},\n{\"id\": \"bob\", \"@removed\": {}}]}";
    let error = directory.apply_delta("changes.json", text, noon()).unwrap_err();
    assert_eq!(
        error.to_string(),
        "changes.json, line 2: `@removed` has to be an object with the `reason` `changed` or `deleted`"
    );
    assert!(directory.is_empty());
}

#[tokio::test]
async fn as_a_source_it_is_read_whole_every_time() {
    let folder = Folder::new(&[("users.json", USERS), ("groups.json", GROUPS)]);
    let source = export(&folder).named("company").with_page_size(3);
    assert_eq!(source.name(), "company");
    let first = source.changes(None, None).await.unwrap();
    assert_eq!(first.changes.len(), 3);
    let Next::Page(page) = first.next else { panic!() };
    // What is written now belongs to the next cycle, but not to a question for one object.
    folder.write("users.json", r#"[{"id": "ann", "displayName": "Anna"}]"#);
    let rest = source.changes(None, Some(&page)).await.unwrap();
    assert_eq!(rest.changes.len(), 1);
    let Next::Done { watermark, complete: true } = rest.next else { panic!() };
    let ann = source.get(Kind::User, &"ann".into()).await.unwrap().unwrap();
    assert_eq!(ann.get("displayName"), Some(&"Anna".into()));
    assert_eq!(source.get(Kind::User, &"bob".into()).await.unwrap(), None);

    let all = source.changes(Some(&watermark), None).await.unwrap();
    assert_eq!(all.changes.len(), 3);
    assert!(matches!(all.next, Next::Done { complete: true, .. }));
}

#[test]
fn changes_may_lie_on_top() {
    let folder = Folder::new(&[
        ("users.json", USERS),
        ("changes.json", r#"{"users": [{"id": "bob", "@removed": {"reason": "deleted"}}]}"#),
    ]);
    let (directory, _) = export(&folder).with_changes(folder.0.join("changes.json")).read().unwrap();
    assert_eq!(directory.ids(Kind::User), ids(&["ann"]));
}
