//! Requests of a bounded size, for targets that take no more than so many members at once.

use serde_json::Value;

use crate::operation::{Operation, Select};

/// Distributes operations over requests with at most so many elements of lists that point at other resources.
pub(super) fn split(operations: Vec<Operation>, most: usize) -> Vec<Vec<Operation>> {
    let mut requests = Vec::new();
    let mut current = Vec::new();
    let mut left = most;
    for operation in operations {
        let mut rest = Some(operation);
        while let Some(operation) = rest.take() {
            let weight = weight(&operation);
            if weight > 0 && left == 0 {
                requests.push(std::mem::take(&mut current));
                left = most;
            }
            let (now, later) = if weight > left { part(operation, left) } else { (operation, None) };
            left = left.saturating_sub(weight);
            current.push(now);
            rest = later;
        }
    }
    requests.push(current);
    requests
}

/// How many elements an operation names.
fn weight(operation: &Operation) -> usize {
    if !operation.target.attribute().is_some_and(|attribute| attribute.refers_to_resources()) {
        return 0;
    }
    match (&operation.select, &operation.value) {
        (Some(Select::Listed(elements)), _) => elements.len(),
        (None, Value::Array(elements)) => elements.len(),
        _ => 1,
    }
}

/// The first elements of an operation, and an operation with the others.
fn part(mut operation: Operation, first: usize) -> (Operation, Option<Operation>) {
    let elements = match (&mut operation.select, &mut operation.value) {
        (Some(Select::Listed(elements)), _) | (None, Value::Array(elements)) => elements,
        _ => return (operation, None),
    };
    let others = elements.split_off(first.min(elements.len()));
    let mut rest = Operation::new(operation.index, operation.op, operation.target.clone(), Value::Null);
    if operation.select.is_some() {
        rest.select = Some(Select::Listed(others));
    } else {
        rest.value = Value::Array(others);
    }
    (operation, Some(rest))
}
