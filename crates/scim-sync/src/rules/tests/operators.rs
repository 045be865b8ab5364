//! Every operator of scoping filters, with what it says of each kind of value.

use serde_json::{Value, json};

use crate::object::SourceObject;
use crate::rules::{AssignmentScope, Clause, Operator, Rules, ScopingFilter};

fn passes(clause: Clause, value: &Value) -> bool {
    let mut rules = Rules { assignment: AssignmentScope::All, ..Rules::default() };
    rules.users.filters = vec![ScopingFilter::new("Test", [clause])];
    let rules = rules.compile().unwrap();
    let mut user = SourceObject::user("42");
    if *value != json!("absent") {
        user = user.with("x", value.clone());
    }
    rules.scope(&user).is_in()
}

#[test]
fn every_operator() {
    use Operator::*;
    // The operator and its value; what passes; what does not. Nothing passes without a value but `IS NULL`.
    let cases: [(Operator, &str, Value, Value); 14] = [
        (And, "ale", json!(["Sales", "ale"]), json!(["ALE", "sal"])),
        (NotAnd, "ale", json!(["ALE", "sal"]), json!(["Sales", "ale"])),
        (EndsWith, "les", json!(["Sales", "les"]), json!(["LES", "less"])),
        (Equals, "Sales", json!(["Sales"]), json!(["sales", "Sales "])),
        (NotEquals, "Sales", json!(["sales", "Sales ", 7, true]), json!(["Sales"])),
        (
            GreaterThan,
            "9",
            json!([10, "10", "010"]),
            json!([9, "9", "8", -10, 10.5, "x", "+10", "-10", true]),
        ),
        (GreaterThanOrEquals, "9", json!([9, 10, "9", "10"]), json!([8, "8", 9.5, "nine", ""])),
        (Includes, "ale", json!(["Sales", "ale"]), json!(["ALE", "sal"])),
        (IsTrue, "", json!([true, "True", "true"]), json!([false, "False", 1, "yes"])),
        (IsFalse, "", json!([false, "False", "false"]), json!([true, "True", 0, "no"])),
        (IsNull, "", json!([null, "", [], "absent"]), json!(["x", 0, false, ["a"], {"a": 1}])),
        (IsNotNull, "", json!(["x", 0, false, ["a"], {"a": 1}]), json!([null, "", [], "absent"])),
        (RegexMatch, "^[a-c]+$|1[0-9]", json!(["abc", "x10x", 17]), json!(["ABC", "x", 7])),
        (NotRegexMatch, "^[a-c]+$|1[0-9]", json!(["ABC", "x", 7]), json!(["abc", "x10x", 17])),
    ];
    for (operator, value, good, bad) in cases {
        let clause = || match value {
            "" => Clause::bare("x", operator),
            value => Clause::new("x", operator, value),
        };
        for (values, expected) in [(good, true), (bad, false)] {
            for value in values.as_array().unwrap() {
                assert_eq!(passes(clause(), value), expected, "{operator} of {value}");
            }
        }
        if operator != IsNull {
            for nothing in [json!(null), json!(""), json!([]), json!("absent")] {
                assert!(!passes(clause(), &nothing), "{operator} of {nothing}");
            }
        }
        if !matches!(operator, IsNull | IsNotNull) {
            // What is no single value is compared with nothing, in neither direction.
            for many in [json!(["Sales"]), json!(["a", "b"]), json!({"Sales": true})] {
                assert!(!passes(clause(), &many), "{operator} of {many}");
            }
        }
    }
}

#[test]
fn booleans_are_compared_as_entra_writes_them() {
    assert!(passes(Clause::new("x", Operator::Equals, "True"), &json!(true)));
    assert!(!passes(Clause::new("x", Operator::Equals, "true"), &json!(true)));
}

#[test]
fn the_id_is_an_attribute() {
    assert!(passes(Clause::new("objectId", Operator::Equals, "42"), &json!("x")));
    assert!(passes(Clause::new("id", Operator::GreaterThan, "41"), &json!("x")));
    assert!(passes(Clause::bare("id", Operator::IsNotNull), &json!("x")));
    assert!(!passes(Clause::bare("id", Operator::IsNull), &json!("x")));
}

#[test]
fn the_names_are_those_of_the_portal() {
    let names: Vec<String> = [
        Operator::And,
        Operator::NotAnd,
        Operator::EndsWith,
        Operator::Equals,
        Operator::NotEquals,
        Operator::GreaterThan,
        Operator::GreaterThanOrEquals,
        Operator::Includes,
        Operator::IsTrue,
        Operator::IsFalse,
        Operator::IsNull,
        Operator::IsNotNull,
        Operator::RegexMatch,
        Operator::NotRegexMatch,
    ]
    .map(|operator| {
        // What is shown is what is read and written.
        let written = serde_json::to_value(operator).unwrap();
        assert_eq!(written, operator.as_str());
        assert_eq!(serde_json::from_value::<Operator>(written).unwrap(), operator);
        operator.to_string()
    })
    .to_vec();
    assert_eq!(
        names.join(", "),
        "&, !&, ENDS_WITH, EQUALS, NOT EQUALS, Greater_Than, Greater_Than_OR_EQUALS, Includes, IS TRUE, IS FALSE, \
         IS NULL, IS NOT NULL, REGEX MATCH, NOT REGEX MATCH"
    );
}
