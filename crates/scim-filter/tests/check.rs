//! What a check says, for each type, operator and value: the outcome is decided by the schemas alone.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "helpers of tests")]

use std::sync::Arc;

use scim_core::schema::{AttrType, Attribute, Returned, Schema, SchemaExtension};
use scim_core::{AttrPath, SchemaSet, SchemaUri, ScimError, attr};
use scim_filter::{CheckOptions, CompareOp, Filter, Path, UnknownAttribute};

/// Users with an extension that has an attribute of every type.
fn schemas() -> SchemaSet {
    let of = |name: &str, kind| Attribute::new(name.parse().unwrap(), kind);
    let attributes = [
        of("string", AttrType::String),
        of("exact", AttrType::String).with_case_exact(true),
        of("boolean", AttrType::Boolean),
        of("decimal", AttrType::Decimal),
        of("integer", AttrType::Integer),
        of("dateTime", AttrType::DateTime),
        of("binary", AttrType::Binary),
        of("reference", AttrType::Reference).with_reference_types(["external"]),
        of("resource", AttrType::Reference).with_reference_types(["User"]),
        of("tags", AttrType::String).with_multi_valued(true),
        of("hidden", AttrType::String).with_returned(Returned::Never),
        of("plain", AttrType::Complex).with_sub_attribute(of("a", AttrType::String)),
    ];
    let every = Schema::new("urn:example:every:1.0".parse().unwrap(), "Every", "", attributes.into());
    let user = Arc::clone(SchemaSet::user().base());
    let enterprise = SchemaSet::user().extension(&SchemaUri::ENTERPRISE_USER).unwrap().clone();
    SchemaSet::new(user, [enterprise, SchemaExtension::optional(Arc::new(every.unwrap()))]).unwrap()
}

fn say(text: &str, schemas: &SchemaSet, options: &CheckOptions<'_>) -> String {
    let outcome = match text.parse::<Filter>().unwrap().check_with(schemas, options) {
        Ok(typed) => {
            let warnings = typed.warnings().iter().map(|warning| format!("\n    warning: {warning}"));
            format!("ok{}", warnings.collect::<String>())
        }
        Err(error) => {
            assert_eq!(error.position(), None);
            ScimError::from(error).to_string()
        }
    };
    format!("{text}\n    {outcome}\n")
}

fn say_all(texts: &[&str], schemas: &SchemaSet, options: &CheckOptions<'_>) -> String {
    texts.iter().map(|text| say(text, schemas, options)).collect()
}

#[test]
fn c11_and_c13_operators_by_type() {
    let schemas = schemas();
    let mut table = String::new();
    for (name, value) in [
        ("string", "\"x\""),
        ("exact", "\"x\""),
        ("boolean", "true"),
        ("decimal", "1.5"),
        ("integer", "1"),
        ("dateTime", "\"2011-05-13T04:42:34Z\""),
        ("binary", "\"eA==\""),
        ("reference", "\"https://example.com\""),
        ("resource", "\"../Users/1\""),
        ("tags", "\"x\""),
        ("plain", "\"x\""),
    ] {
        table += &format!("{name:10}");
        for op in CompareOp::ALL {
            let filter: Filter = format!("urn:example:every:1.0:{name} {op} {value}").parse().unwrap();
            table += if filter.check(&schemas).is_ok() { op.as_str() } else { "--" };
            table += " ";
        }
        let present: Filter = format!("urn:example:every:1.0:{name} pr").parse().unwrap();
        table += if present.check(&schemas).is_ok() { "pr\n" } else { "--\n" };
    }
    insta::assert_snapshot!(table);
}

#[test]
fn c12_values_by_type() {
    let schemas = schemas();
    let mut table = String::new();
    let values = [
        "null",
        "true",
        "\"True\"",
        "\"x\"",
        "1",
        "1.5",
        "1.0",
        "1e3",
        "\"1\"",
        "\"2011-05-13T04:42:34Z\"",
        "\"2011-05-13\"",
    ];
    for name in
        ["string", "boolean", "decimal", "integer", "dateTime", "binary", "reference", "tags", "plain"]
    {
        let fitting = values.iter().filter(|value| {
            let filter: Filter = format!("urn:example:every:1.0:{name} eq {value}").parse().unwrap();
            filter.check(&schemas).is_ok()
        });
        table += &format!("{name:10}{}\n", fitting.copied().collect::<Vec<_>>().join(" "));
    }
    insta::assert_snapshot!(table);
}

#[test]
fn what_is_refused_and_why() {
    let texts = [
        "active gt true",
        "active co \"t\"",
        "active eq \"yes\"",
        "x509Certificates gt \"x\"",
        "meta.created sw \"2011\"",
        "meta.created eq \"yesterday\"",
        "userName eq 5",
        "userName gt null",
        "name eq \"x\"",
        "addresses co \"x\"",
        "meta pr or meta eq \"x\"",
        "favouriteColour eq \"red\"",
        "name.middle pr",
        "userName.value pr",
        "department eq \"x\"",
        "urn:example:nothing:1.0:a pr",
        "userName[value eq \"x\"]",
        "emails.value[type eq \"work\"]",
        "emails[colour eq \"red\"]",
        "emails[emails.type eq \"work\"]",
        "emails[urn:ietf:params:scim:schemas:core:2.0:User:type eq \"work\"]",
        "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User eq \"x\"",
        "urn:example:every:1.0:integer eq \"5\"",
        "urn:example:every:1.0:tags[other eq \"x\"]",
    ];
    insta::assert_snapshot!(say_all(&texts, &schemas(), &CheckOptions::default()));
}

#[test]
fn what_is_allowed_with_a_warning_or_without() {
    let texts = [
        "USERNAME eq \"x\"",
        "urn:ietf:params:scim:schemas:core:2.0:User:userName pr",
        "urn:ietf:params:scim:schemas:core:2.0:User:id eq \"1\" and urn:ietf:params:scim:schemas:core:2.0:User:meta.created pr",
        "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department eq \"x\"",
        "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager eq \"26118915\"",
        "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User pr",
        "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager[value eq \"1\"]",
        "schemas eq \"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User\"",
        "emails co \"example.com\"",
        "emails eq null and name pr",
        "roles[primary eq \"True\"]",
        "userName sw \"\"",
        "emails.type eq \"wrok\"",
        "emails[type eq \"work\" and value co \"x\"]",
        "emails.type eq \"work\" and emails.value co \"x\" and emails.display pr",
        "urn:example:every:1.0:integer eq 1.5",
        "urn:example:every:1.0:integer gt 1.5",
        "urn:example:every:1.0:tags[value eq \"x\"]",
    ];
    insta::assert_snapshot!(say_all(&texts, &schemas(), &CheckOptions::default()));
}

#[test]
fn c14_unknown_attributes_may_have_no_value() {
    let options = CheckOptions { unknown: UnknownAttribute::NoValue, ..CheckOptions::default() };
    let texts = ["userName eq \"x\" or displayName pr", "emails[type eq \"work\"]", "members[colour pr]"];
    insta::assert_snapshot!(say_all(&texts, SchemaSet::group(), &options));
}

#[test]
fn c20_what_is_never_returned_is_never_asked_about() {
    let texts = [
        "password eq \"x\"",
        "password pr",
        "not (password sw \"a\")",
        "userName pr or urn:ietf:params:scim:schemas:core:2.0:User:PASSWORD ne null",
        "urn:example:every:1.0:hidden co \"x\"",
    ];
    insta::assert_snapshot!("never_in_a_body", say_all(&texts, &schemas(), &CheckOptions::default()));
    let options = CheckOptions { in_uri: true, ..CheckOptions::default() };
    insta::assert_snapshot!("never_in_a_uri", say_all(&texts, &schemas(), &options));
}

#[test]
fn sec_s12_a_filter_reads_only_what_the_caller_may_read() {
    let whole = AttrPath::of_schema("urn:example:every:1.0".parse().unwrap());
    let readable =
        [attr::ID, attr::USER_NAME, attr::NAME, attr::EMAILS_TYPE, attr::GROUPS, whole, attr::TITLE];
    let options = CheckOptions { readable: Some(&readable), ..CheckOptions::default() };
    let texts = [
        "userName eq \"x\"",
        "urn:ietf:params:scim:schemas:core:2.0:User:name.familyName sw \"x\"",
        "emails[type eq \"work\"]",
        "urn:example:every:1.0:string pr",
        "emails pr",
        "emails co \"x\"",
        "emails[type eq \"work\" and value sw \"a\"]",
        "not (nickName sw \"a\")",
        "userName eq \"x\" or phoneNumbers.value ne null",
        "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department eq \"x\"",
        "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User pr",
    ];
    insta::assert_snapshot!(say_all(&texts, &schemas(), &options));
    let blind = CheckOptions { unknown: UnknownAttribute::NoValue, ..options };
    let error = "phoneNumbers[not (colour pr)]".parse::<Filter>().unwrap().check_with(&schemas(), &blind);
    assert_eq!(ScimError::from(error.unwrap_err()).status(), 403);
}

#[test]
fn odd_trees_are_refused() {
    let a = Filter::pr(attr::TITLE);
    let mut deep = a.clone();
    for _ in 0..200 {
        deep = !deep;
    }
    let nested = Filter::value_path(attr::EMAILS, Filter::value_path(attr::EMAILS, a.clone()));
    let said: Vec<String> = [Filter::And(vec![]), Filter::Or(vec![a, Filter::Or(vec![])]), deep, nested]
        .map(|filter| filter.check(SchemaSet::user()).unwrap_err().to_string())
        .into();
    insta::assert_snapshot!(said.join("\n"));
}

#[test]
fn brackets_of_a_path_are_checked_too() {
    let schemas = schemas();
    let said: Vec<String> = [
        "emails[type eq \"work\"].value",
        "emails[value pr and colour pr]",
        "userName[value pr]",
        "name[familyName eq \"x\"]",
        "urn:example:every:1.0:tags[value eq \"x\"]",
        "emails.value[type pr]",
    ]
    .map(|text| {
        let path: Path = text.parse().unwrap();
        let attribute = schemas.resolve(&path.attr).unwrap();
        match path.filter.unwrap().check_element(&attribute, &schemas) {
            Ok(filter) => format!("{text}\n    {filter:?}"),
            Err(error) => format!("{text}\n    {error}"),
        }
    })
    .into();
    insta::assert_snapshot!(said.join("\n"));
}
