//! What only shows in schemas of their own, in large lists, and over several operations.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "helpers of tests")]

use std::sync::Arc;

use proptest::prelude::*;
use scim_core::schema::{AttrType, Attribute, Mutability, Schema, SchemaExtension};
use scim_core::{AttrName, Profile, Resource, SchemaSet, SchemaUri};
use serde_json::{Value, json};

use super::work::{Undo, Work};
use crate::error::PatchError;
use crate::request::PatchRequest;

const BASE: SchemaUri = SchemaUri::from_static("urn:example:params:scim:apply:Thing");
const EXT: SchemaUri = SchemaUri::from_static("urn:example:params:scim:apply:Ext");

fn of(name: &'static str, kind: AttrType) -> Attribute {
    Attribute::new(AttrName::from_static(name), kind)
}

fn things() -> SchemaSet {
    let server = |name| of(name, AttrType::String).with_mutability(Mutability::ReadOnly);
    let base = vec![
        of("boss", AttrType::Complex)
            .with_required(true)
            .with_sub_attribute(of("a", AttrType::String))
            .with_sub_attribute(server("c")),
        of("title", AttrType::String),
        of("numbers", AttrType::Complex)
            .with_multi_valued(true)
            .with_sub_attribute(of("value", AttrType::Integer))
            .with_sub_attribute(of("type", AttrType::String))
            .with_sub_attribute(of("note", AttrType::String)),
        of("seats", AttrType::Complex)
            .with_multi_valued(true)
            .with_sub_attribute(of("row", AttrType::String).with_required(true))
            .with_sub_attribute(of("code", AttrType::String).with_case_exact(true))
            .with_sub_attribute(of("since", AttrType::DateTime)),
    ];
    let ext = vec![
        of("must", AttrType::String).with_required(true),
        of("opt", AttrType::String),
        of("tags", AttrType::Complex)
            .with_multi_valued(true)
            .with_sub_attribute(of("value", AttrType::String))
            .with_sub_attribute(of("note", AttrType::String)),
        server("computed"),
    ];
    let base = Schema::new(BASE, "Thing", "For tests.", base).unwrap();
    let ext = Schema::new(EXT, "Ext", "For tests.", ext).unwrap();
    SchemaSet::new(Arc::new(base), [SchemaExtension::optional(Arc::new(ext))]).unwrap()
}

fn thing(schemas: &SchemaSet, members: Value) -> Resource {
    let mut document = json!({"schemas": [BASE], "id": "1", "boss": {"a": "x", "c": "y"}});
    if members.get(EXT.as_str()).is_some() {
        document["schemas"] = json!([BASE, EXT]);
    }
    let Value::Object(members) = members else { panic!("no object") };
    document.as_object_mut().unwrap().extend(members);
    let Value::Object(document) = document else { panic!("no object") };
    Resource::from_canonical(document, schemas)
}

/// The resource and the paths that changed, through both doors; what fails has to leave everything as it was.
fn patch(
    before: &Resource,
    schemas: &SchemaSet,
    operations: &Value,
) -> Result<(Value, Vec<String>), PatchError> {
    let body =
        json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": operations});
    let patch = PatchRequest::parse(body, schemas, &Profile::lenient())?;
    let mut in_place = before.clone();
    let (copied, changed) = (patch.apply(before, schemas), patch.apply_to(&mut in_place, schemas));
    match (copied, changed) {
        (Ok(copied), Ok(changed)) => {
            assert!(copied.resource == in_place && copied.changed == changed);
            let changed = changed.iter().map(ToString::to_string).collect();
            Ok((Value::Object(in_place.into_map()), changed))
        }
        (Err(a), Err(b)) => {
            assert_eq!(a, b);
            assert!(in_place == *before, "not everything was put back");
            Err(a)
        }
        (a, b) => panic!("the doors disagree: {} and {}", a.is_ok(), b.is_ok()),
    }
}

fn refusal(before: &Resource, schemas: &SchemaSet, operations: &Value) -> (String, Option<usize>) {
    let error = patch(before, schemas, operations).map(|(after, _)| after).unwrap_err();
    let keyword = error.scim_type().map_or(String::new(), |keyword| keyword.as_str().to_owned());
    (keyword, error.operation())
}

#[test]
fn a_required_complex_value_is_not_left_without_anything() {
    let schemas = things();
    let thing = thing(&schemas, json!({}));
    for last in [
        json!({"op": "replace", "path": "boss", "value": {"a": null}}),
        json!({"op": "remove", "path": "boss.a"}),
        json!({"op": "remove", "path": "boss"}),
    ] {
        let title = json!({"op": "add", "path": "title", "value": "t"});
        assert_eq!(refusal(&thing, &schemas, &json!([title, last])), ("mutability".into(), Some(1)));
        let again = json!({"op": "add", "path": "boss.a", "value": "z"});
        let (after, changed) = patch(&thing, &schemas, &json!([last, again])).unwrap();
        assert_eq!((&after["boss"], changed.len()), (&json!({"a": "z"}), 2));
    }
}

#[test]
fn an_extension_that_is_built_again_has_what_it_requires() {
    let schemas = things();
    let path = |name: &str| format!("{EXT}:{name}");
    let with = thing(&schemas, json!({EXT.as_str(): {"must": "m", "opt": "o"}}));
    let computed = thing(&schemas, json!({EXT.as_str(): {"must": "m", "computed": "c"}}));
    let remove = json!({"op": "remove", "path": EXT});
    let opt = json!({"op": "add", "path": path("opt"), "value": "p"});
    let must = json!({"op": "add", "path": path("must"), "value": "n"});
    for before in [&with, &computed] {
        let refused = refusal(before, &schemas, &json!([remove, opt]));
        assert_eq!(refused, ("invalidValue".into(), Some(1)));
        assert!(patch(before, &schemas, &json!([remove, opt, must])).is_ok());
    }
    // What only the server writes stays, and the URN with it.
    let (after, changed) = patch(&computed, &schemas, &json!([remove])).unwrap();
    assert_eq!(after[EXT.as_str()], json!({"computed": "c"}));
    assert_eq!(after["schemas"], json!([BASE, EXT]));
    assert_eq!(changed, [path("must")]);
    // Made, taken away, and made again.
    let bare = thing(&schemas, json!({}));
    assert_eq!(refusal(&bare, &schemas, &json!([must, remove, opt])), ("invalidValue".into(), Some(2)));
    assert_eq!(patch(&bare, &schemas, &json!([must, remove])).unwrap().1, [""; 0]);
}

#[test]
fn a_urn_that_is_listed_after_its_data_went_stays() {
    let schemas = things();
    let with = thing(&schemas, json!({EXT.as_str(): {"must": "m"}}));
    let remove = json!({"op": "remove", "path": EXT});
    let list = json!({"op": "add", "path": "schemas", "value": [EXT]});
    let take = json!({"op": "remove", "path": format!("{EXT}:must")});
    for (operations, listed) in [
        (json!([remove, list]), true),
        (json!([take, list]), true),
        (json!([list, take]), true),
        (json!([remove, list, remove]), false),
        (json!([list, remove]), false),
        (json!([remove]), false),
    ] {
        let (after, _) = patch(&with, &schemas, &operations).unwrap();
        let expected = if listed { json!([BASE, EXT]) } else { json!([BASE]) };
        assert_eq!(after["schemas"], expected, "{operations}");
        assert_eq!(after.get(EXT.as_str()), None);
    }
}

/// Adds and removals on a list of twenty elements: one operation at a time, and so many in one that a table is made.
fn both_ways(schemas: &SchemaSet, path: &str, list: &Value, op: &str, values: &[Value]) -> Value {
    let before = thing(schemas, json!({path: list}));
    let one: Vec<Value> = values
        .iter()
        .flat_map(|value| {
            let title = json!({"op": "add", "path": "title", "value": "t"});
            [json!({"op": op, "path": path, "value": [value]}), title]
        })
        .collect();
    let all =
        json!([{"op": op, "path": path, "value": values}, {"op": "add", "path": "title", "value": "t"}]);
    let one = patch(&before, schemas, &json!(one)).unwrap();
    let all = patch(&before, schemas, &all).unwrap();
    assert_eq!(one.0[path], all.0[path], "{op} {values:?}");
    all.0[path].clone()
}

#[test]
fn few_and_many_changes_tell_elements_apart_alike() {
    let schemas = things();
    let list: Vec<Value> = (0..20).map(|at| json!({"value": at, "type": "t", "note": "n"})).collect();
    let list = json!(list);
    let others: Vec<Value> = (0..20).map(|at| json!({"value": at, "note": "another"})).collect();
    assert_eq!(both_ways(&schemas, "numbers", &list, "add", &others), list);
    let others: Vec<Value> = (0..20).map(|at| json!({"value": at, "type": "T"})).collect();
    assert_eq!(both_ways(&schemas, "numbers", &list, "add", &others), list);
    assert_eq!(both_ways(&schemas, "numbers", &list, "remove", &others), Value::Null);
    let new: Vec<Value> = (0..20).map(|at| json!({"value": at, "type": "u"})).collect();
    assert_eq!(both_ways(&schemas, "numbers", &list, "add", &new).as_array().unwrap().len(), 40);
    assert_eq!(both_ways(&schemas, "numbers", &list, "remove", &new), list);
    // Without a `value`, by all that is in them, each part as its definition compares it.
    let at = |at: i32| format!("2020-01-01T00:00:{at:02}");
    let list: Vec<Value> =
        (0..20).map(|n| json!({"row": format!("R{n}"), "code": "c", "since": at(n) + "Z"})).collect();
    let list = json!(list);
    let same: Vec<Value> =
        (0..20).map(|n| json!({"since": at(n) + "+00:00", "code": "c", "row": format!("r{n}")})).collect();
    assert_eq!(both_ways(&schemas, "seats", &list, "add", &same), list);
    assert_eq!(both_ways(&schemas, "seats", &list, "remove", &same), Value::Null);
    let new: Vec<Value> =
        (0..20).map(|n| json!({"row": format!("R{n}"), "code": "C", "since": at(n) + "Z"})).collect();
    assert_eq!(both_ways(&schemas, "seats", &list, "add", &new).as_array().unwrap().len(), 40);
}

#[test]
fn the_operation_at_fault_is_blamed() {
    let schemas = things();
    let thing = thing(&schemas, json!({"seats": [{"row": "1"}, {"row": "2"}]}));
    let add = |value: Value| json!({"op": "add", "path": "seats", "value": [value]});
    let (fine, bad) = (add(json!({"row": "3"})), add(json!({"code": "x"})));
    let remove = json!({"op": "remove", "path": "seats[code eq \"x\"]"});
    let edit = json!({"op": "replace", "path": "seats[row eq \"1\"].code", "value": "q"});
    let take = json!({"op": "remove", "path": "seats[row eq \"1\"].row"});
    for (operations, culprit) in [
        (json!([fine, bad, add(json!({"row": "4"}))]), 1),
        (json!([bad, fine, fine]), 0),
        (json!([fine, fine, bad]), 2),
        (json!([edit, fine, bad, edit]), 2),
    ] {
        assert_eq!(refusal(&thing, &schemas, &operations), ("invalidValue".into(), Some(culprit)));
    }
    assert_eq!(refusal(&thing, &schemas, &json!([edit, fine, take])), ("mutability".into(), Some(2)));
    assert!(patch(&thing, &schemas, &json!([fine, bad, remove])).is_ok());
}

#[test]
fn what_comes_and_goes_again_is_no_change() {
    let schemas = things();
    let seats = json!([{"row": "1", "code": "a"}, {"row": "2"}, {"row": "3", "code": "c"}]);
    let thing = thing(&schemas, json!({"seats": seats, EXT.as_str(): {"must": "m"}}));
    let add = json!({"op": "add", "path": "seats", "value": [{"row": "zz"}]});
    let take = json!({"op": "remove", "path": "seats[row eq \"zz\"]"});
    let code = |row: &str, code: &str| json!({"op": "replace", "path": format!("seats[row eq \"{row}\"].code"), "value": code});
    let whole = json!({"op": "replace", "path": "seats", "value": seats});
    let every = json!({"op": "replace", "path": "seats.code", "value": "x"});
    let other = json!({"op": "remove", "path": "seats[row eq \"2\"]"});
    for (operations, changes) in [
        (json!([add, take]), false),
        (json!([add, code("1", "b"), take, code("1", "a")]), false),
        (json!([code("1", "b"), code("1", "a")]), false),
        (json!([code("1", "b"), code("3", "d"), code("1", "a"), code("3", "c")]), false),
        (json!([every, add, take, whole]), false),
        (json!([add, every, whole]), false),
        (json!([add]), true),
        (json!([add, other]), true),
        (json!([code("1", "b"), code("3", "d"), code("1", "a")]), true),
        (json!([every]), true),
    ] {
        let (after, changed) = patch(&thing, &schemas, &operations).unwrap();
        assert_eq!(changed, if changes { vec!["seats"] } else { vec![] }, "{operations}");
        assert_eq!(after["seats"] != seats, changes, "{operations}");
        // And everything goes back when the last operation fails.
        let mut fails = operations.as_array().unwrap().clone();
        fails.push(json!({"op": "remove", "path": "boss"}));
        assert_eq!(refusal(&thing, &schemas, &json!(fails)).0, "mutability");
    }
}

fn read(schemas: &SchemaSet, operations: &Value) -> PatchRequest {
    let body =
        json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": operations});
    PatchRequest::parse(body, schemas, &Profile::lenient()).unwrap()
}

#[test]
fn what_it_takes_to_undo_does_not_grow_with_the_operations() {
    let schemas = things();
    let seats: Vec<Value> = (0..100).map(|row| json!({"row": row.to_string(), "code": "a"})).collect();
    let before = thing(&schemas, json!({"seats": seats}));
    let mut operations = Vec::new();
    for at in 0..100 {
        operations.push(json!({"op": "replace", "path": "seats.code", "value": at.to_string()}));
        let one = format!("seats[row eq \"{at}\"]");
        operations.push(json!({"op": "replace", "path": format!("{one}.code"), "value": "z"}));
        if at % 3 == 0 {
            operations.push(json!({"op": "remove", "path": one}));
        }
    }
    let request = read(&schemas, &json!(operations));
    let mut resource = before.clone();
    let mut work = Work::new(resource.as_map_mut(), &schemas);
    work.run(&request.operations).unwrap();
    let kept = |undo: &Undo<'_>| match undo {
        Undo::Put { old: Some(Value::Array(whole)), .. } => whole.len(),
        Undo::Taken { elements, .. } => elements.len(),
        _ => 1,
    };
    assert!(work.log.iter().map(kept).sum::<usize>() <= 150);
    work.undo();
    assert!(resource == before);
}

#[test]
fn the_work_of_a_request_is_bounded() {
    let schemas = things();
    let seats: Vec<Value> = (0..100).map(|row| json!({"row": row.to_string(), "code": "a"})).collect();
    let before = thing(&schemas, json!({"seats": seats}));
    let every = |value: &str| json!({"op": "replace", "path": "seats.code", "value": value});
    let title = json!({"op": "add", "path": "title", "value": "t"});
    let run = |operations: &Value| {
        let request = read(&schemas, operations);
        let mut resource = before.clone();
        let mut work = Work::new(resource.as_map_mut(), &schemas);
        work.budget = 500;
        let result = work.run(&request.operations).map(|_| ());
        if result.is_err() {
            work.undo();
            assert!(resource == before);
        }
        result.map_err(|error| (error.status(), error.operation()))
    };
    // Each is looked for, and then written.
    assert_eq!(run(&json!([every("b"), title, every("c")])), Ok(()));
    assert_eq!(run(&json!([every("b"), title, every("c"), every("d")])), Err((413, Some(3))));
    assert_eq!(run(&json!([every(&"long".repeat(100))])), Err((413, Some(0))));
}

#[test]
fn an_element_that_becomes_another_is_found_as_that() {
    let schemas = things();
    let tags: Vec<Value> = (0..100).map(|at| json!({"value": format!("v{at}"), "note": "n"})).collect();
    let before = thing(&schemas, json!({EXT.as_str(): {"must": "m", "tags": tags}}));
    let tag = |value: &str| format!("{EXT}:tags[value eq \"{value}\"]");
    let title = |at: usize| json!({"op": "replace", "path": "title", "value": at.to_string()});
    let set = |path: String, value: &str| json!({"op": "replace", "path": path, "value": value});
    // Until the places are remembered.
    let mut operations: Vec<Value> =
        (0..20).flat_map(|at| [set(tag(&format!("V{at}")) + ".note", "seen"), title(at)]).collect();
    operations.extend([
        set(tag("v30") + ".value", "w30"),
        set(tag("v31") + ".note", "z"),
        set(tag("W30") + ".note", "z"),
        json!({"op": "remove", "path": tag("v30")}),
        json!({"op": "remove", "path": tag("v32")}),
        title(0),
        set(tag("v99") + ".note", "z"),
        json!({"op": "add", "path": format!("{EXT}:tags"), "value": [{"value": "V32"}, {"value": "w30"}]}),
        set(tag("v32") + ".note", "z"),
    ]);
    let (after, changed) = patch(&before, &schemas, &json!(operations)).unwrap();
    assert_eq!(changed, [format!("{EXT}:tags"), "title".to_owned()]);
    let tags = after[EXT.as_str()]["tags"].as_array().unwrap();
    let z: Vec<&str> =
        tags.iter().filter(|tag| tag["note"] == "z").map(|tag| tag["value"].as_str().unwrap()).collect();
    assert_eq!((tags.len(), z), (100, vec!["w30", "v31", "v99", "V32"]));
    // Everything is changed, taken away with its extension, and made again, before the last operation fails.
    operations.extend([
        set(format!("{EXT}:tags.note"), "every"),
        json!({"op": "remove", "path": EXT}),
        json!({"op": "add", "path": format!("{EXT}:tags"), "value": [{"value": "v1"}]}),
        set(tag("v1") + ".note", "z"),
    ]);
    assert_eq!(refusal(&before, &schemas, &json!(operations)).0, "invalidValue");
}

fn members(count: usize) -> Resource {
    let members: Vec<Value> =
        (0..count).map(|at| json!({"value": format!("m{at}"), "display": "d"})).collect();
    let group = json!({"schemas": [SchemaUri::GROUP], "id": "1", "displayName": "g", "members": members});
    let Value::Object(group) = group else { panic!("no object") };
    Resource::from_canonical(group, SchemaSet::group())
}

#[test]
fn a_long_list_is_not_gone_through_for_every_operation() {
    const LONG: usize = 10_000;
    let before = members(LONG);
    let name = |at: usize| json!({"op": "replace", "path": "displayName", "value": at.to_string()});
    let display = |path: String| json!({"op": "replace", "path": path, "value": "e"});
    let forms: [&dyn Fn(usize) -> Value; 6] = [
        &|at| json!({"op": "add", "path": "members", "value": [{"value": format!("n{at}")}]}),
        &|at| {
            let new: Vec<Value> = (0..6).map(|n| json!({"value": format!("n{at}-{n}")})).collect();
            json!({"op": "add", "path": "members", "value": new})
        },
        &|at| display(format!("members[value eq \"m{at}\"].display")),
        &|at| display(format!("members[display eq \"d\" and value eq \"m{at}\"].display")),
        &|at| json!({"op": "remove", "path": format!("members[value eq \"m{at}\"]")}),
        &|at| json!({"op": "remove", "path": format!("members[value eq \"m{at}\" and display eq \"d\"]")}),
    ];
    for form in forms {
        let operations: Vec<Value> = (0..500).flat_map(|at| [form(at * 7), name(at)]).collect();
        let request = read(SchemaSet::group(), &json!(operations));
        let mut group = before.clone();
        let mut work = Work::new(group.as_map_mut(), SchemaSet::group());
        // A few times for the look, once for the table, and little for each operation.
        work.budget = 12 * LONG;
        assert!(work.run(&request.operations).is_ok(), "{}", operations[0]);
        work.undo();
        assert!(group == before);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    /// One request, in which the places of elements are remembered, is as many of one operation each.
    #[test]
    fn what_is_remembered_of_a_list_is_right(steps in proptest::collection::vec((0..8, 0..110usize, 0..110usize), 20..80)) {
        let before = members(100);
        let operations: Vec<Value> = steps
            .iter()
            .map(|(form, a, b)| match form {
                0 => json!({"op": "add", "path": "members", "value": [{"value": format!("m{a}"), "display": "n"}]}),
                1 => {
                    let new: Vec<Value> = (0..6).map(|n| json!({"value": format!("m{}", a + n)})).collect();
                    json!({"op": "add", "path": "members", "value": new})
                }
                2 => json!({"op": "remove", "path": format!("members[value eq \"m{a}\"]")}),
                3 => json!({"op": "remove", "path": format!("members[value eq \"m{a}\" and display pr]")}),
                4 => json!({
                    "op": "remove", "path": format!("members[value eq \"m{a}\" or value eq \"m{b}\"].display"),
                }),
                5 => json!({"op": "add", "path": format!("members[value eq \"m{a}\"].display"), "value": format!("x{b}")}),
                6 => json!({"op": "remove", "path": "members", "value": [{"value": format!("m{a}")}, {"value": format!("m{b}")}]}),
                _ => json!({"op": "replace", "path": "displayName", "value": a.to_string()}),
            })
            .collect();
        // What selects nothing would fail; it is left out of both.
        let mut singly = before.clone();
        let mut fine = Vec::new();
        for operation in operations {
            if read(SchemaSet::group(), &json!([operation])).apply_to(&mut singly, SchemaSet::group()).is_ok() {
                fine.push(operation);
            }
        }
        prop_assume!(!fine.is_empty());
        let (together, changed) = patch(&before, SchemaSet::group(), &json!(fine)).unwrap();
        prop_assert_eq!(&together, &Value::Object(singly.into_map()));
        prop_assert_eq!(changed.iter().any(|path| path == "members"), together["members"] != before.as_map()["members"]);
        fine.push(json!({"op": "remove", "path": "displayName"}));
        prop_assert!(patch(&before, SchemaSet::group(), &json!(fine)).is_err());
    }
}
