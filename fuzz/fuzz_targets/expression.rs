//! Whatever is read as an expression prints as one that is read as the same, and has a value or an error for every object.
//!
//! The input is an expression, a line break, and a JSON object with the attributes of a user.

#![no_main]

use libfuzzer_sys::fuzz_target;
use scim_core::Limits;
use scim_sync::{Assignment, Expression, Kind, Mapping, Role, Rules, SourceObject};
use serde_json::Value;

fuzz_target!(|text: &str| {
    // An expression may hold line breaks; the last one ends it.
    let (text, object) = text.rsplit_once('\n').unwrap_or((text, "{}"));
    let expression = match Expression::parse(text) {
        Ok(expression) => expression,
        Err(error) => {
            assert!(text.is_char_boundary(error.position()));
            assert!(!error.to_string().contains('\n'));
            return;
        }
    };
    let shown = expression.to_string();
    // What was written without blanks may grow beyond the limit.
    if shown.chars().count() <= Expression::MAX_LEN {
        assert_eq!(Expression::parse(&shown).expect("prints what can be read"), expression);
    }
    let Ok(Value::Object(attributes)) = scim_core::json::read(object.as_bytes(), &Limits::default()) else {
        return;
    };
    let mut user = SourceObject::user("42");
    user.attributes = attributes;
    user.assignments = vec![Assignment { role: Role::Named("Admin".to_owned()), through: None }];
    for target in ["title", "active", r#"emails[type eq "work"].value"#, "profileUrl"] {
        let mut rules = Rules::default();
        rules.users.mappings =
            vec![Mapping::direct("userName", "x").with_matching(1), Mapping::expression(target, text)];
        let rules = rules.compile().expect("the expression is one");
        let mapping = rules.mapping(Kind::User);
        let row = &mapping.rows()[1];
        for soft_deleted in [false, true] {
            let Ok(values) = mapping.values(&user, soft_deleted) else { continue };
            let Some(value) = values.get(1) else { continue };
            let mut resource = scim_core::Resource::new(mapping.schemas());
            row.write(&mut resource, value.clone()).expect("the value fits");
            assert_eq!(row.value(&resource), Some(value));
            row.clear(&mut resource);
            assert_eq!(resource, scim_core::Resource::new(mapping.schemas()));
        }
    }
});
