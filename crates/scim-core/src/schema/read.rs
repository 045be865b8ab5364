//! Reading a schema from JSON, RFC 7643 §7: names in any case, exact words for what is wrong.

use serde_json::{Map, Value};

use super::{AttrType, Attribute, Mutability, Returned, Schema, Uniqueness};
use crate::error::{ScimError, quote};

/// The schema of schemas itself nests three levels deep; nothing deeper is a schema.
const DEPTH: usize = 3;

pub(super) fn schema(json: &Value) -> Result<Schema, ScimError> {
    let fields = object(json, "the schema")?;
    let id = match get(fields, "id") {
        Some(Value::String(id)) => id.parse()?,
        _ => return Err(wrong("id", "has to be the URI of the schema")),
    };
    let text = |name: &str| match get(fields, name) {
        None | Some(Value::Null) => Ok(String::new()),
        Some(Value::String(text)) => Ok(text.clone()),
        Some(_) => Err(wrong(name, "has to be a string")),
    };
    Schema::new(
        id,
        text("name")?,
        text("description")?,
        attributes(get(fields, "attributes"), "attributes", DEPTH)?,
    )
}

fn attributes(json: Option<&Value>, at: &str, depth: usize) -> Result<Vec<Attribute>, ScimError> {
    let list = match json {
        None | Some(Value::Null) => return Ok(Vec::new()),
        Some(Value::Array(list)) => list,
        Some(_) => return Err(wrong(at, "has to be an array")),
    };
    let Some(depth) = depth.checked_sub(1) else {
        return if list.is_empty() { Ok(Vec::new()) } else { Err(wrong(at, "nests too deep")) };
    };
    list.iter().enumerate().map(|(n, one)| attribute(one, &format!("{at}[{n}]"), depth)).collect()
}

pub(super) fn attribute(json: &Value, at: &str, depth: usize) -> Result<Attribute, ScimError> {
    let fields = object(json, at)?;
    let name = match get(fields, "name") {
        Some(Value::String(name)) => name.parse().map_err(|error: ScimError| {
            wrong(&format!("{at}.name"), error.detail().unwrap_or("is malformed"))
        })?,
        _ => return Err(wrong(&format!("{at}.name"), "has to be the name of the attribute")),
    };
    let kind = keyword(fields, at, "type", AttrType::read, AttrType::KEYWORDS)?.unwrap_or(AttrType::String);
    let mut attribute = Attribute::new(name, kind)
        .with_multi_valued(flag(fields, at, "multiValued")?)
        .with_required(flag(fields, at, "required")?)
        .with_canonical_values(texts(fields, at, "canonicalValues")?)
        .with_reference_types(texts(fields, at, "referenceTypes")?);
    if let Some(Value::String(description)) = get(fields, "description") {
        attribute = attribute.with_description(description.clone());
    }
    // Where these mean nothing, published schemas carry them all the same.
    if matches!(kind, AttrType::String | AttrType::Reference | AttrType::Binary) {
        attribute = attribute.with_case_exact(flag(fields, at, "caseExact")?);
    }
    let uniqueness = keyword(fields, at, "uniqueness", Uniqueness::read, Uniqueness::KEYWORDS)?;
    if !matches!(kind, AttrType::Complex | AttrType::Boolean) {
        attribute = attribute.with_uniqueness(uniqueness.unwrap_or(Uniqueness::None));
    }
    if let Some(mutability) = keyword(fields, at, "mutability", Mutability::read, Mutability::KEYWORDS)? {
        attribute = attribute.with_mutability(mutability);
    }
    match keyword(fields, at, "returned", Returned::read, Returned::KEYWORDS)? {
        Some(returned) => attribute = attribute.with_returned(returned),
        // What cannot be read is never returned; some leave it at that.
        None if attribute.mutability() == Mutability::WriteOnly => {
            attribute = attribute.with_returned(Returned::Never);
        }
        None => {}
    }
    for sub in attributes(get(fields, "subAttributes"), &format!("{at}.subAttributes"), depth)? {
        attribute = attribute.with_sub_attribute(sub);
    }
    Ok(attribute)
}

fn object<'a>(json: &'a Value, at: &str) -> Result<&'a Map<String, Value>, ScimError> {
    json.as_object().ok_or_else(|| wrong(at, "has to be an object"))
}

fn get<'a>(fields: &'a Map<String, Value>, name: &str) -> Option<&'a Value> {
    fields
        .get(name)
        .or_else(|| fields.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value))
}

fn flag(fields: &Map<String, Value>, at: &str, name: &str) -> Result<bool, ScimError> {
    match get(fields, name) {
        None | Some(Value::Null) => Ok(false),
        Some(Value::Bool(flag)) => Ok(*flag),
        Some(Value::String(text)) if text.eq_ignore_ascii_case("true") => Ok(true),
        Some(Value::String(text)) if text.eq_ignore_ascii_case("false") => Ok(false),
        Some(_) => Err(wrong(&format!("{at}.{name}"), "has to be a boolean")),
    }
}

fn texts(fields: &Map<String, Value>, at: &str, name: &str) -> Result<Vec<String>, ScimError> {
    let error = || wrong(&format!("{at}.{name}"), "has to be an array of strings");
    match get(fields, name) {
        None | Some(Value::Null) => Ok(Vec::new()),
        Some(Value::Array(list)) => {
            list.iter().map(|one| one.as_str().map(str::to_owned).ok_or_else(error)).collect()
        }
        Some(_) => Err(error()),
    }
}

fn keyword<T>(
    fields: &Map<String, Value>,
    at: &str,
    name: &str,
    read: fn(&str) -> Option<T>,
    keywords: &str,
) -> Result<Option<T>, ScimError> {
    match get(fields, name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(word)) => match read(word) {
            Some(known) => Ok(Some(known)),
            None => Err(wrong(
                &format!("{at}.{name}"),
                &format!("is {}, not one of {}", quote(word), keywords.trim_end()),
            )),
        },
        Some(_) => Err(wrong(&format!("{at}.{name}"), &format!("has to be one of {}", keywords.trim_end()))),
    }
}

fn wrong(at: &str, problem: &str) -> ScimError {
    ScimError::invalid_value(format!("`{at}` {problem}"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn say(json: &Value) -> String {
        match schema(json) {
            Ok(_) => "fine".to_owned(),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn malformed_definitions() {
        let with = |attribute: Value| json!({"id": "urn:x:y", "attributes": [{"name": "ok"}, attribute]});
        let bad = [
            json!([]),
            json!({}),
            json!({"id": "no uri"}),
            json!({"id": "urn:x:y", "name": 1}),
            json!({"id": "urn:x:y", "attributes": {}}),
            with(json!("a")),
            with(json!({"type": "string"})),
            with(json!({"name": "a b"})),
            with(json!({"name": "OK"})),
            with(json!({"name": "a", "type": "text"})),
            with(json!({"name": "a", "type": 1})),
            with(json!({"name": "a", "required": "yes"})),
            with(json!({"name": "a", "canonicalValues": [1]})),
            with(json!({"name": "a", "referenceTypes": "User"})),
            with(json!({"name": "a", "mutability": "sometimes"})),
            with(json!({"name": "a", "returned": "rarely"})),
            with(json!({"name": "a", "uniqueness": "odd"})),
            with(json!({"name": "a", "mutability": "writeOnly", "returned": "default"})),
            with(json!({"name": "a", "subAttributes": [{"name": "b"}]})),
            with(json!({"name": "a", "type": "complex", "subAttributes": [{"name": "b"}, {"name": "B"}]})),
            with(
                json!({"name": "a", "type": "complex", "subAttributes": [{"name": "b", "type": "complex"}]}),
            ),
            with(json!({"name": "a", "type": "complex", "subAttributes": [{"name": "primary"}]})),
            with(json!({"name": "a", "type": "complex", "subAttributes": [{"name": "$ref"}]})),
        ];
        insta::assert_snapshot!(bad.iter().map(say).collect::<Vec<_>>().join("\n"));
    }

    #[test]
    fn hostile_depth_is_refused() {
        let mut nested = json!({"name": "a", "type": "complex"});
        for _ in 0..20 {
            nested = json!({"name": "a", "type": "complex", "subAttributes": [nested]});
        }
        assert!(say(&json!({"id": "urn:x:y", "attributes": [nested]})).contains("nests too deep"));
    }

    #[test]
    fn section_2_2_defaults() {
        let read = schema(&json!({"ID": "urn:x:y", "Attributes": [{"NAME": "a"}]})).unwrap();
        assert_eq!(**read.attribute("A").unwrap(), Attribute::new("a".parse().unwrap(), AttrType::String));
    }
}
