//! Requests of a bounded size, for targets that take no more than so many members at once.

use scim_core::schema::Mutability;
use serde_json::Value;

use crate::operation::{Operation, PatchOp, Select};

/// Distributes operations over requests with at most so many elements of lists that point at other resources.
pub(super) fn split(operations: Vec<Operation>, most: usize) -> Vec<Vec<Operation>> {
    let mut requests = Requests { full: Vec::new(), current: Vec::new(), left: most, most };
    for operation in operations {
        let weight = weight(&operation);
        if weight == 0 {
            requests.current.push(operation);
            continue;
        }
        requests.make_room();
        if weight <= requests.left {
            requests.push(operation, weight);
        } else {
            requests.push_parts(operation, weight);
        }
    }
    requests.full.push(requests.current);
    requests.full
}

struct Requests {
    full: Vec<Vec<Operation>>,
    current: Vec<Operation>,
    /// How many elements the current request can still take.
    left: usize,
    most: usize,
}

impl Requests {
    /// Begins another request when the current one can take no more.
    fn make_room(&mut self) {
        if self.left == 0 {
            let mut full = std::mem::take(&mut self.current);
            // There may be as many requests as elements.
            full.shrink_to_fit();
            self.full.push(full);
            self.left = self.most;
        }
    }

    fn push(&mut self, operation: Operation, weight: usize) {
        self.left = self.left.saturating_sub(weight);
        self.current.push(operation);
    }

    /// An operation with more elements than the current request can take; each is moved once.
    fn push_parts(&mut self, mut operation: Operation, weight: usize) {
        let elements = match (&mut operation.select, &mut operation.value) {
            (Some(Select::Listed(elements)), _) | (None, Value::Array(elements)) => std::mem::take(elements),
            _ => return self.push(operation, weight),
        };
        let mut elements = elements.into_iter();
        while elements.len() > 0 {
            self.make_room();
            let count = self.left.min(elements.len());
            let mut part = Vec::with_capacity(count);
            part.extend(elements.by_ref().take(count));
            let mut now =
                Operation::new(operation.index, operation.op, operation.target.clone(), Value::Null);
            if operation.select.is_some() {
                now.select = Some(Select::Listed(part));
            } else {
                now.value = Value::Array(part);
            }
            self.push(now, count);
            if operation.op == PatchOp::Replace {
                // The first part takes the place of the list; another would take the place of the first.
                operation.op = PatchOp::Add;
            }
        }
    }
}

/// How many elements an operation names.
fn weight(operation: &Operation) -> usize {
    let Some(attribute) = operation.target.attribute() else { return 0 };
    // An immutable list comes as a whole or not at all.
    if !attribute.refers_to_resources() || attribute.mutability() == Mutability::Immutable {
        return 0;
    }
    match (&operation.select, &operation.value) {
        (Some(Select::Listed(elements)), _) => elements.len(),
        (None, Value::Array(elements)) => elements.len(),
        _ => 1,
    }
}

#[cfg(test)]
mod tests {
    use scim_core::{Profile, Resource, SchemaSet, attr};
    use serde_json::json;

    use super::*;
    use crate::{Dialect, DiffOptions, PatchRequest};

    fn ids(range: std::ops::Range<usize>) -> Vec<Value> {
        range.map(|n| json!({"value": n.to_string()})).collect()
    }

    fn on_members(op: PatchOp, value: Value) -> Operation {
        Operation::new(0, op, SchemaSet::group().resolve(&attr::MEMBERS).unwrap(), value)
    }

    fn group(members: Value) -> Resource {
        let map = json!({"schemas": [scim_core::SchemaUri::GROUP], "displayName": "g", "members": members});
        let Value::Object(map) = map else { panic!("an object") };
        Resource::from_canonical(map, SchemaSet::group())
    }

    /// How many elements each request names.
    fn sizes(requests: &[Vec<Operation>]) -> Vec<usize> {
        requests.iter().map(|request| request.iter().map(weight).sum()).collect()
    }

    #[test]
    fn requests_are_filled_up() {
        let mut remove = on_members(PatchOp::Remove, Value::Null);
        remove.select = Some(Select::Listed(ids(0..5)));
        let name = SchemaSet::group().resolve(&attr::DISPLAY_NAME).unwrap();
        let operations = vec![
            remove,
            on_members(PatchOp::Add, Value::Array(ids(5..9))),
            Operation::new(0, PatchOp::Replace, name, json!("g")),
        ];
        for (most, expected) in [(1, vec![1; 9]), (3, vec![3; 3]), (4, vec![4, 4, 1]), (9, vec![9])] {
            let requests = split(operations.clone(), most);
            assert_eq!(sizes(&requests), expected);
            let named: usize = requests.iter().map(Vec::len).sum();
            assert!(requests.iter().all(|request| !request.is_empty()) && named >= 3);
        }
    }

    #[test]
    fn a_million_elements_one_by_one() {
        let requests = split(vec![on_members(PatchOp::Add, Value::Array(vec![Value::Null; 1_000_000]))], 1);
        assert_eq!(requests.len(), 1_000_000);
        assert!(requests[..999_999].iter().all(|request| request.capacity() == 1));
        let exact = |request: &Vec<Operation>| match &request[0].value {
            Value::Array(elements) => elements.capacity() == 1 && elements.len() == 1,
            _ => false,
        };
        assert!(requests.iter().all(exact));
    }

    /// Members without ids cannot be told apart, so that the list is replaced: its first part replaces, the rest is added.
    #[test]
    fn the_rest_of_a_replaced_list_is_added() {
        let schemas = SchemaSet::group();
        let after = group(Value::Array(ids(0..250)));
        for before in [json!([{"display": "no id"}]), json!([{"value": 7}, {"value": "3"}])] {
            let before = group(before);
            for (dialect, most) in [(Dialect::Rfc, 100), (Dialect::Explicit, 7), (Dialect::Entra, 250)] {
                let options = DiffOptions { dialect, chunk: Some(most) };
                let requests = PatchRequest::diff_with(&before, &after, schemas, &options);
                assert_eq!(requests.len(), 250_usize.div_ceil(most));
                let (mut now, mut received) = (before.clone(), before.clone());
                for request in requests {
                    let sent = serde_json::to_value(&request).unwrap();
                    let read = PatchRequest::parse(sent, schemas, &Profile::lenient()).unwrap();
                    read.apply_to(&mut received, schemas).unwrap();
                    request.apply_to(&mut now, schemas).unwrap();
                }
                assert_eq!((&now, &received), (&after, &after));
            }
        }
    }
}
