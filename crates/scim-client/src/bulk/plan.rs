//! Which operations go together, and in what order.

use std::collections::{BTreeSet, HashMap, VecDeque};

use scim_core::{BulkOperation, ScimError};

use super::{Unit, refs};
use crate::dialect::BulkLimits;

/// Bytes around the operations.
pub(super) const ENVELOPE: usize = 128;

/// Bytes of an operation in a request, at the most.
pub(super) fn size(operation: &BulkOperation) -> usize {
    // What cannot be written fails when it is sent.
    serde_json::to_vec(operation).map_or(0, |bytes| bytes.len() + 1)
}

pub(super) fn too_large(operations: usize) -> ScimError {
    ScimError::payload_too_large(if operations > 1 {
        format!(
            "{operations} operations that refer to each other are more than this server takes in one request"
        )
    } else {
        "an operation is larger than this server takes".to_owned()
    })
}

/// The operations in the order in which they are sent: as they stand, but for what is referred to, which comes before what
/// refers to it. What refers to each other in a circle, or waits for a circle, stays together.
pub(super) fn units(operations: &[BulkOperation], limits: &BulkLimits) -> Result<VecDeque<Unit>, ScimError> {
    let places: HashMap<&str, usize> = (0..)
        .zip(operations)
        .filter_map(|(at, operation): (usize, &BulkOperation)| Some((operation.bulk_id.as_deref()?, at)))
        .collect();
    let mut waits_for: Vec<usize> = Vec::with_capacity(operations.len());
    let mut awaited: HashMap<usize, Vec<usize>> = HashMap::new();
    for (at, operation) in (0..).zip(operations) {
        let targets: BTreeSet<usize> = refs::of(operation)
            .iter()
            .filter_map(|id| places.get(id.as_str()).copied())
            .filter(|to| *to != at)
            .collect();
        waits_for.push(targets.len());
        for target in targets {
            awaited.entry(target).or_default().push(at);
        }
    }
    let mut ready: BTreeSet<usize> =
        (0..).zip(&waits_for).filter(|(_, count)| **count == 0).map(|(at, _)| at).collect();
    let mut units = VecDeque::new();
    let mut left: BTreeSet<usize> = (0..operations.len()).collect();
    while let Some(at) = ready.pop_first() {
        units.push_back(vec![at]);
        left.remove(&at);
        for next in awaited.remove(&at).unwrap_or_default() {
            if let Some(count) = waits_for.get_mut(next) {
                *count -= 1;
                if *count == 0 {
                    ready.insert(next);
                }
            }
        }
    }
    if left.len() > limits.max_operations {
        return Err(too_large(left.len()));
    }
    if !left.is_empty() {
        units.push_back(left.into_iter().collect());
    }
    Ok(units)
}
