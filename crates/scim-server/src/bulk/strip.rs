//! The first pass over a circle, RFC 7644 §3.7.1: a resource without what refers to others that are not there yet.

use serde_json::{Map, Value};

/// Takes the attributes, and the elements of multi-valued attributes, that refer to what is not there out of the data.
///
/// They are returned as the value of a PATCH operation `add` without a path, which has the shape of the resource.
pub(super) fn strip(data: &mut Value, mut refers: impl FnMut(&str, &mut Value) -> bool) -> Value {
    match data {
        Value::Object(fields) => Value::Object(take(fields, true, &mut refers)),
        _ => Value::Object(Map::new()),
    }
}

fn take(
    fields: &mut Map<String, Value>,
    extensions: bool,
    refers: &mut dyn FnMut(&str, &mut Value) -> bool,
) -> Map<String, Value> {
    let mut rest = Map::new();
    for (name, value) in fields.iter_mut() {
        let taken = match value {
            Value::Array(elements) => {
                let (mut kept, mut taken) = (Vec::new(), Vec::new());
                for mut element in std::mem::take(elements) {
                    if refers(name, &mut element) { taken.push(element) } else { kept.push(element) }
                }
                *elements = kept;
                (!taken.is_empty()).then_some(Value::Array(taken))
            }
            // Only the URI of an extension has a colon.
            Value::Object(attributes) if extensions && name.contains(':') => {
                let taken = take(attributes, false, refers);
                (!taken.is_empty()).then_some(Value::Object(taken))
            }
            value => refers(name, value).then(|| value.take()),
        };
        if let Some(taken) = taken {
            rest.insert(name.clone(), taken);
        }
    }
    fields.retain(|name, value| !(rest.contains_key(name) && is_empty(value)));
    rest
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Array(elements) => elements.is_empty(),
        Value::Object(fields) => fields.is_empty(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn takes_elements_attributes_and_attributes_of_extensions() {
        let mut data = json!({
            "userName": "a", "tags": ["x"],
            "members": [{"value": "x"}, {"value": "7"}], "only": [{"value": "x"}],
            "boss": {"value": "x"}, "sponsorId": "x",
            "urn:a:b": {"manager": {"value": "x"}, "kept": 1}, "urn:a:c": {"manager": {"value": "x"}},
        });
        let rest = strip(&mut data, |name, value| name != "tags" && value.to_string().contains("\"x\""));
        assert_eq!(
            data,
            json!({"userName": "a", "tags": ["x"], "members": [{"value": "7"}], "urn:a:b": {"kept": 1}})
        );
        assert_eq!(
            rest,
            json!({"members": [{"value": "x"}], "only": [{"value": "x"}], "boss": {"value": "x"}, "sponsorId": "x",
                   "urn:a:b": {"manager": {"value": "x"}}, "urn:a:c": {"manager": {"value": "x"}}})
        );
    }
}
