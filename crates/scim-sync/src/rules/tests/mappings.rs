//! Every rule of mappings: where values come from, nulls, defaults, types, matching.

use serde_json::{Value, json};

use super::{compiled, rules_of};
use crate::object::{Kind, SourceId, SourceObject};
use crate::rules::{Mapping, ReferenceTo, Rules};

const CUSTOM: &str = "urn:ietf:params:scim:schemas:extension:Acme:2.0:User:badge";

fn person() -> SourceObject {
    SourceObject::user("42")
        .with("userPrincipalName", "b@example.com")
        .with("jobTitle", "Guide")
        .with("empty", "")
        .with("null", Value::Null)
        .with("none", json!([]))
        .with("number", 7)
        .with("yes", "True")
        .with("bool", false)
        .with("list", json!(["a", "b"]))
        .with("one", json!(["a"]))
        .with("blank", json!([""]))
        .with("object", json!({"a": 1}))
}

/// The value of the second row, as the mapping makes it.
fn value(mapping: Mapping) -> Result<Option<Value>, String> {
    let rules = compiled([mapping]);
    let person = person();
    let values = rules
        .mapping(Kind::User)
        .values(&person, false)
        .map_err(|error| format!("{}: {error}", error.code()))?;
    Ok(values.get(1).cloned())
}

#[test]
fn where_values_come_from() {
    let cases = [
        (Mapping::direct("title", "jobTitle"), Some(json!("Guide"))),
        (Mapping::direct("title", "JobTitle"), None),
        (Mapping::direct("externalId", "objectId"), Some(json!("42"))),
        (Mapping::direct("externalId", "id"), Some(json!("42"))),
        (Mapping::constant("title", "Guest"), Some(json!("Guest"))),
        (Mapping::expression("title", r#"Append([jobTitle], "!")"#), Some(json!("Guide!"))),
        (Mapping::expression("title", r#""Guest""#), Some(json!("Guest"))),
        (Mapping::none("title", "Guest"), None),
        (Mapping::direct("title", "jobTitle").with_default("Guest"), Some(json!("Guide"))),
        // Defaults are the caller's, who knows whether something is created.
        (Mapping::direct("title", "empty").with_default("Guest"), None),
    ];
    for (mapping, expected) in cases {
        assert_eq!(value(mapping.clone()), Ok(expected), "{mapping:?}");
    }
}

#[test]
fn null_empty_text_and_empty_list_are_null() {
    for source in ["empty", "null", "none", "blank", "absent"] {
        assert_eq!(value(Mapping::direct("title", source)), Ok(None), "{source}");
    }
    for expression in
        ["[empty]", r#""""#, "Left([jobTitle], 0)", r#"Switch([jobTitle], "", "x", "y")"#, "[none]"]
    {
        assert_eq!(value(Mapping::expression("title", expression)), Ok(None), "{expression}");
    }
}

#[test]
fn null_is_said_and_silence_is_not() {
    let rules = compiled([
        Mapping::direct("title", "empty"),
        Mapping::expression("nickName", "IgnoreFlowIfNullOrEmpty([empty])"),
        Mapping::none("userType", "Employee"),
        Mapping::reference(
            "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager",
            ReferenceTo::Manager,
        ),
        Mapping::expression("locale", "IgnoreFlowIfNullOrEmpty([jobTitle])"),
    ]);
    let mut person = person();
    person.manager = Some(SourceId::from("7"));
    let values = rules.mapping(Kind::User).values(&person, false).unwrap();
    let said: Vec<_> = (0..7).map(|row| (values.get(row).is_some(), values.is_null(row))).collect();
    let (null, silence, given) = ((false, true), (false, false), (true, false));
    assert_eq!(said, [given, null, silence, silence, silence, given, silence]);
    assert_eq!(values.iter().count(), 6);
}

#[test]
fn values_take_the_type_of_the_target() {
    for (target, source, expected) in [
        ("active", "yes", json!(true)),
        ("active", "bool", json!(false)),
        ("title", "number", json!("7")),
        ("title", "bool", json!("False")),
        ("title", "one", json!("a")),
        ("emails[type eq \"work\"].primary", "yes", json!(true)),
        (CUSTOM, "number", json!("7")),
    ] {
        assert_eq!(value(Mapping::direct(target, source)), Ok(Some(expected)), "{target} of {source}");
    }
    let refused: Vec<String> = [
        ("active", "jobTitle"),
        ("active", "number"),
        ("title", "list"),
        ("title", "object"),
        ("profileUrl", "jobTitle2"),
        ("x509Certificates[type eq \"a\"].value", "jobTitle"),
    ]
    .map(|(target, source)| {
        let person = person().with("jobTitle2", "not a <URI>").with("jobTitle", "Tour Guide?");
        let error = compiled([Mapping::direct(target, source)]);
        let error = error.mapping(Kind::User).values(&person, false).unwrap_err();
        assert!(!error.to_string().contains("Guide"), "values are nobody's business");
        format!("{}: {error}", error.code())
    })
    .to_vec();
    insta::assert_snapshot!(refused.join("\n"), @r#"
    SchemaPropertyCanOnlyAcceptValue: `active` takes true or false, not this text
    SchemaPropertyCanOnlyAcceptValue: `active` takes true or false, not this number
    SchemaPropertyCanOnlyAcceptValue: `title` takes a text, not a list of several
    SchemaPropertyCanOnlyAcceptValue: `title` takes a text, not an object
    SchemaPropertyCanOnlyAcceptValue: `profileUrl` takes a URI, not this text
    SchemaPropertyCanOnlyAcceptValue: `x509Certificates[type eq "a"].value` takes base64 text, not this text
    "#);
}

#[test]
fn what_fits_is_not_copied() {
    let rules = Rules::entra_to_scim().compile().unwrap();
    let person = person();
    let values = rules.mapping(Kind::User).values(&person, false).unwrap();
    let own = person.get("userPrincipalName").unwrap();
    assert!(std::ptr::eq(values.get(0).unwrap(), own));
    // Nor is what an expression only chooses.
    let chosen = compiled([Mapping::expression("title", "Coalesce([empty], [jobTitle])")]);
    let values = chosen.mapping(Kind::User).values(&person, false).unwrap();
    assert!(std::ptr::eq(values.get(1).unwrap(), person.get("jobTitle").unwrap()));
}

#[test]
fn expressions_that_fail_are_failures_of_the_object() {
    assert_eq!(
        value(Mapping::expression("title", r#"IIF([empty] = "x", "a", "b")"#)),
        Err("MissingValues: `title`: `empty` has no value, so `IIF` cannot decide; `Switch` takes \"\" as a key for that"
            .to_owned())
    );
    assert_eq!(
        value(Mapping::expression("title", "ToUpper([list])")),
        Err("SchemaPropertyCanOnlyAcceptValue: `title`: `ToUpper` takes a single value here, not a list"
            .to_owned())
    );
}

#[test]
fn is_soft_deleted_is_what_the_caller_says() {
    let rules = compiled([
        Mapping::expression("active", "Not([IsSoftDeleted])"),
        Mapping::expression("title", r#"Switch([IsSoftDeleted], , "False", "here", "True", "gone")"#),
    ]);
    for (soft_deleted, active, title) in [(false, true, "here"), (true, false, "gone")] {
        let person = person();
        let values = rules.mapping(Kind::User).values(&person, soft_deleted).unwrap();
        assert_eq!(values.get(1), Some(&json!(active)));
        assert_eq!(values.get(2), Some(&json!(title)));
    }
}

#[test]
fn what_is_required_is_needed_to_create() {
    let check = |mapping: Mapping| {
        let mut rules = rules_of([]);
        rules.users.mappings = vec![mapping.with_matching(1)];
        let rules = rules.compile().unwrap();
        let mapping = rules.mapping(Kind::User);
        let person = person();
        let values = mapping.values(&person, false).unwrap();
        mapping.check_creation(&values).map_err(|error| format!("{}: {error}", error.code()))
    };
    assert_eq!(check(Mapping::direct("userName", "userPrincipalName")), Ok(()));
    assert_eq!(check(Mapping::direct("userName", "empty").with_default("nobody")), Ok(()));
    let missing = Err("MandatoryFieldsMissing: `userName` is required and has no value".to_owned());
    assert_eq!(check(Mapping::direct("userName", "empty")), missing);
    assert_eq!(check(Mapping::direct("title", "jobTitle")), missing);
}

#[test]
fn matching_goes_by_precedence() {
    let mut rules = rules_of([
        Mapping::direct("externalId", "objectId").with_matching(3),
        Mapping::direct(r#"emails[type eq "work"].value"#, "mail").with_matching(2),
        Mapping::direct("title", "jobTitle"),
    ]);
    rules.users.mappings[0].matching = Some(7);
    let rules = rules.compile().unwrap();
    let mapping = rules.mapping(Kind::User);
    assert_eq!(mapping.matching(), [2, 1, 0]);
    let filters: Vec<String> = mapping
        .matching()
        .iter()
        .map(|row| mapping.rows()[*row].filter(&json!("say \"x\"")).unwrap().to_string())
        .collect();
    assert_eq!(
        filters,
        [
            r#"emails[type eq "work" and value eq "say \"x\""]"#,
            r#"externalId eq "say \"x\"""#,
            r#"userName eq "say \"x\"""#,
        ]
    );
}

#[test]
fn rows_say_what_they_are() {
    let rules = compiled([
        Mapping::expression("active", "Not([IsSoftDeleted])"),
        Mapping::constant("PASSWORD", "x").only_during_creation(),
        Mapping::expression("nickName", "Append(Redact([nick]), \"x\")"),
        Mapping::direct("urn:ietf:params:scim:schemas:extension:Acme:2.0:User:initialPassword", "p"),
        Mapping::reference(
            "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:MANAGER.value",
            ReferenceTo::Manager,
        ),
        Mapping::direct("urn:ietf:params:scim:schemas:core:2.0:User:EMAILS[TYPE eq \"Work\"].VALUE", "mail")
            .with_default("x@example.com"),
        Mapping::direct(r#"roles[primary eq "True"].value"#, "role"),
    ]);
    let said: Vec<String> = rules
        .mapping(Kind::User)
        .rows()
        .iter()
        .map(|row| {
            let marks = [
                (row.is_active(), "active"),
                (row.is_masked(), "masked"),
                (row.only_creation(), "only creation"),
                (row.default().is_some(), "default"),
                (row.reference().is_some(), "reference"),
            ];
            let marks: Vec<&str> = marks.iter().filter(|(is, _)| *is).map(|(_, mark)| *mark).collect();
            format!("{}: {}", row.target(), marks.join(", ")).trim().to_owned()
        })
        .collect();
    insta::assert_snapshot!(said.join("\n"), @r#"
    userName:
    active: active
    password: masked, only creation
    nickName: masked
    urn:ietf:params:scim:schemas:extension:Acme:2.0:User:initialPassword: masked
    urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager: reference
    emails[type eq "Work"].value: default
    roles[primary eq true].value:
    "#);
}

#[test]
fn custom_attributes_are_texts_of_an_extension() {
    let rules = compiled([
        Mapping::direct(CUSTOM, "number"),
        Mapping::direct("urn:ietf:params:scim:schemas:extension:Acme:2.0:User:floor", "number"),
        Mapping::direct("urn:scim:schemas:extension:atlassian-custom:1.0:Attributes:basedIn", "jobTitle"),
    ]);
    let mapping = rules.mapping(Kind::User);
    let uris: Vec<&str> =
        mapping.schemas().extensions().iter().map(|one| one.schema().id().as_str()).collect();
    assert_eq!(
        uris,
        [
            "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User",
            "urn:ietf:params:scim:schemas:extension:Acme:2.0:User",
            "urn:scim:schemas:extension:atlassian-custom:1.0:Attributes",
        ]
    );
    let mut user = scim_core::Resource::new(mapping.schemas());
    let person = person();
    let values = mapping.values(&person, false).unwrap();
    for (at, row) in mapping.rows().iter().enumerate() {
        row.write(&mut user, values.get(at).unwrap().clone()).unwrap();
    }
    assert_eq!(
        user.as_map()["urn:ietf:params:scim:schemas:extension:Acme:2.0:User"],
        json!({"badge": "7", "floor": "7"})
    );
    assert_eq!(
        user.as_map()["urn:scim:schemas:extension:atlassian-custom:1.0:Attributes"],
        json!({"basedIn": "Guide"})
    );
}

#[test]
fn the_ready_made_rules_map_what_a_directory_has() {
    let rules = Rules::entra_to_scim().compile().unwrap();
    let mapping = rules.mapping(Kind::User);
    let person = SourceObject::user("42")
        .with("userPrincipalName", "b@example.com")
        .with("displayName", "Babs Jensen")
        .with("surname", "Jensen")
        .with("givenName", "Babs")
        .with("mail", "babs@example.com")
        .with("jobTitle", "Guide")
        .with("businessPhones", json!(["+47 1"]))
        .with("mobilePhone", "+47 2")
        .with("officeLocation", "12/1111")
        .with("city", "Oslo")
        .with("department", "Tours")
        .with("employeeId", "007");
    let values = mapping.values(&person, false).unwrap();
    let mut user = scim_core::Resource::new(mapping.schemas());
    for (row, value) in mapping.rows().iter().zip(values.iter()) {
        if let Some(value) = value {
            row.write(&mut user, value.clone()).unwrap();
        }
    }
    insta::assert_snapshot!(serde_json::to_string_pretty(&user).unwrap());
}
