//! Everything that rules are refused for, in its exact words.

use serde_json::Value;

use super::rules_of;
use crate::rules::{Clause, Mapping, Operator, ReferenceTo, Rules, ScopingFilter};

fn refused(rules: Rules) -> String {
    rules.compile().map(|_| "accepted".to_owned()).unwrap_or_else(|error| error.to_string())
}

const CUSTOM: &str = "urn:ietf:params:scim:schemas:extension:Acme:2.0:User:badge";
const MANAGER: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager";

#[test]
fn targets() {
    let said: Vec<String> = [
        "",
        "id",
        "ID",
        "nothing",
        "name",
        "name.middle",
        "emails",
        "emails.value",
        "emails[type eq \"work\"]",
        "emails[type eq \"work\"].colour",
        "emails[type eq \"work\"].type",
        "emails[type eq \"work\" or type eq \"home\"].value",
        "emails[type ne \"work\"].value",
        "emails[type eq \"work\" and type eq \"home\"].value",
        "emails[type eq null].value",
        "emails[colour eq \"red\"].value",
        "emails[primary eq \"perhaps\"].value",
        "emails[type eq work].value",
        "title[type eq \"work\"].value",
        "name[familyName eq \"x\"].givenName",
        "groups[type eq \"x\"].value",
        "meta.created",
        "schemas",
        "members",
        MANAGER,
        "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User",
        "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:departmnt",
        "urn:ietf:params:scim:schemas:core:2.0:Usr:title",
        "urn:ietf:params:scim:schemas:extension:Acme:2.0:User:badge.number",
        "urn:ietf:params:scim:schemas:extension:Acme:2.0:User:badges[type eq \"x\"].value",
    ]
    .map(|target| refused(rules_of([Mapping::direct(target, "x")])))
    .to_vec();
    insta::assert_snapshot!(said.join("\n"));
}

#[test]
fn sources() {
    let said: Vec<String> = [
        Mapping::direct("title", " "),
        Mapping::constant("title", ""),
        Mapping::constant("title", Value::Null),
        Mapping::constant("active", "perhaps"),
        Mapping::direct("active", "x").with_default("perhaps"),
        Mapping::direct("title", "x").with_default(Value::Null),
        Mapping { default: None, ..Mapping::none("title", "x") },
        Mapping::expression("title", "ToUper([x])"),
        Mapping::expression("title", ""),
        Mapping::expression("title", &format!("\"{}\"", "x".repeat(10_000))),
        Mapping::reference("title", ReferenceTo::Manager),
        Mapping::reference(CUSTOM, ReferenceTo::Manager),
        Mapping::reference("emails[type eq \"work\"].value", ReferenceTo::Manager),
        Mapping::reference("members", ReferenceTo::Members),
        Mapping::reference(MANAGER, ReferenceTo::Members),
        Mapping::reference(MANAGER, ReferenceTo::Manager).with_default("x"),
        Mapping::reference(&format!("{MANAGER}.displayName"), ReferenceTo::Manager),
    ]
    .map(|mapping| refused(rules_of([mapping])))
    .to_vec();
    insta::assert_snapshot!(said.join("\n"));
}

#[test]
fn references_of_groups() {
    let refuse = |target: &str, reference| {
        let mut rules = Rules::entra_to_atlassian();
        rules.groups.mappings.truncate(2);
        rules.groups.mappings.push(Mapping::reference(target, reference));
        refused(rules)
    };
    let said = [
        refuse("members", ReferenceTo::Members),
        refuse("members.value", ReferenceTo::Members),
        refuse("members", ReferenceTo::Manager),
        refuse("displayName", ReferenceTo::Members),
        refuse("members.display", ReferenceTo::Members),
        refuse("members[type eq \"User\"].value", ReferenceTo::Members),
    ];
    insta::assert_snapshot!(said.join("\n"));
}

#[test]
fn matching_attributes() {
    let matching = |mapping: Mapping| refused(rules_of([mapping.with_matching(2)]));
    let said = [
        matching(Mapping::direct("active", "x")),
        matching(Mapping::direct("password", "x")),
        matching(Mapping::constant("title", "x")),
        matching(Mapping::expression("title", "\"x\"")),
        matching(Mapping::none("title", "x")),
        matching(Mapping::reference(MANAGER, ReferenceTo::Manager)),
        matching(Mapping::expression("title", "ToLower([x])")),
        matching(Mapping::direct("emails[type eq \"work\"].value", "x")),
        matching(Mapping::direct(CUSTOM, "x")),
        refused(rules_of([Mapping::direct("title", "x").with_matching(1)])),
        refused(rules_of([Mapping::direct("title", "x").with_matching(0)])),
    ];
    insta::assert_snapshot!(said.join("\n"));
    let mut rules = Rules::entra_to_atlassian();
    rules.groups.mappings[0].matching = None;
    assert_eq!(
        refused(rules.clone()),
        "groups: no mapping is a matching one, so that nobody who is there already would be found"
    );
    rules.groups.enabled = false;
    assert_eq!(refused(rules), "accepted");
}

#[test]
fn two_mappings_of_one_attribute() {
    let said = [
        refused(rules_of([Mapping::direct("USERNAME", "x")])),
        refused(rules_of([
            Mapping::direct("emails[type eq \"work\" and primary eq true].value", "x"),
            Mapping::direct("Emails[primary eq true and type eq \"Work\"].VALUE", "x"),
            Mapping::direct("emails[type eq \"home\"].value", "x"),
        ])),
        refused(rules_of([
            Mapping::reference(MANAGER, ReferenceTo::Manager),
            Mapping::reference(&format!("{MANAGER}.value"), ReferenceTo::Manager),
        ])),
    ];
    insta::assert_snapshot!(said.join("\n"));
}

#[test]
fn filters() {
    use Operator::*;
    let users = |clause: Clause| {
        let mut rules = Rules::default();
        rules.users.filters = vec![ScopingFilter::new("A", [clause])];
        refused(rules)
    };
    let mut said: Vec<String> = [
        Clause::bare("department", Equals),
        Clause::new("department", Equals, ""),
        Clause::new("department", IsNull, "x"),
        Clause::new("department", GreaterThan, "many"),
        Clause::new("department", GreaterThan, "-1"),
        Clause::new("department", GreaterThanOrEquals, "1.5"),
        Clause::new("department", GreaterThanOrEquals, "+1"),
        Clause::new("department", GreaterThan, "18446744073709551615"),
        Clause::new("department", RegexMatch, "("),
        Clause::new("department", NotRegexMatch, "a(?!b)"),
        Clause::new("IsMemberOf", Equals, "x"),
        Clause::new("appRoleAssignments", Equals, "x"),
        Clause::new("USERTYPE", Equals, "Guest"),
        Clause::bare("manager", IsNotNull),
        Clause::new("proxyAddresses", Includes, "x"),
        Clause::new("employeeHireDate", GreaterThan, "1"),
        Clause::bare("IsSoftDeleted", IsTrue),
        Clause::bare(" ", IsTrue),
        Clause::new("members", Equals, "x"),
    ]
    .map(users)
    .to_vec();
    let mut rules = Rules::default();
    rules.groups.filters = vec![
        ScopingFilter::new("A", []),
        ScopingFilter::new(
            "B",
            [Clause::bare("displayName", IsNotNull), Clause::new("members", Equals, "x")],
        ),
    ];
    said.push(refused(rules));
    insta::assert_snapshot!(said.join("\n"));
}

#[test]
fn problems_have_places() {
    let rules = rules_of([
        Mapping::expression("title", "Append([x], Apend([y], 1))"),
        Mapping::direct("emails[x", "y"),
    ]);
    let error = rules.compile().unwrap_err();
    let places: Vec<_> =
        error.problems().iter().map(|one| (one.place().to_owned(), one.position())).collect();
    assert_eq!(
        places,
        [
            ("users, mapping 2 `title`".to_owned(), Some(12)),
            ("users, mapping 3 `emails[x`".to_owned(), Some(8)),
        ]
    );
}
