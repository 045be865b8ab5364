//! One operation of a bulk request, with what it waits for.

use std::collections::HashMap;

use scim_core::{BulkMethod, BulkOperation, BulkRequest, BulkResult, ScimError, Version, quote};
use serde_json::Value;

use super::refs::{self, Names, Reference};

/// How far an operation is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    /// Its turn has not come.
    Ahead,
    /// Its turn has come, and what it waits for has not.
    Waiting,
    /// Created without some of its references.
    Made,
    /// There is a result, which another operation may still undo.
    Done,
}

pub(super) struct Task {
    pub(super) method: BulkMethod,
    pub(super) bulk_id: Option<String>,
    pub(super) version: Option<Version>,
    pub(super) path: String,
    pub(super) data: Option<Value>,
    /// Which POST creates the resource that the path names.
    pub(super) home: Option<usize>,
    /// The POSTs that this refers to, each once.
    pub(super) needs: Vec<usize>,
    /// The operations that refer to this one, in order.
    pub(super) dependents: Vec<usize>,
    /// The next operation on the same resource, which waits until this one is done.
    pub(super) follower: Option<usize>,
    /// How many others have to be done before.
    pub(super) blocked: usize,
    /// Part of a circle.
    pub(super) circular: bool,
    pub(super) state: State,
    /// Why it cannot succeed.
    pub(super) spoilt: Option<ScimError>,
    /// Why it could not be created without its references.
    pub(super) attempt: Option<ScimError>,
    /// What the second pass adds.
    pub(super) rest: Option<Value>,
    /// The id of what was created.
    pub(super) id: Option<String>,
    pub(super) result: Option<BulkResult>,
}

impl Task {
    fn new(operation: BulkOperation) -> Self {
        let post = operation.method == BulkMethod::Post;
        Self {
            method: operation.method,
            bulk_id: operation.bulk_id,
            version: operation.version.filter(|_| !post),
            path: operation.path,
            data: operation.data.filter(|_| operation.method != BulkMethod::Delete),
            home: None,
            needs: Vec::new(),
            dependents: Vec::new(),
            follower: None,
            blocked: 0,
            circular: false,
            state: State::Ahead,
            spoilt: None,
            attempt: None,
            rest: None,
            id: None,
            result: None,
        }
    }

    pub(super) fn is_post(&self) -> bool {
        self.method == BulkMethod::Post
    }

    pub(super) fn waits(&self) -> bool {
        self.state == State::Waiting
    }

    pub(super) fn succeeded(&self) -> bool {
        self.result.as_ref().is_some_and(|result| (200..300).contains(&result.status))
    }

    /// The path of the resource that this created.
    pub(super) fn made_path(&self) -> Option<String> {
        Some(format!("{}/{}", self.path.trim_end_matches('/'), refs::encoded(self.id.as_deref()?)))
    }

    /// Finds what this refers to.
    fn look(&mut self, names: &Names) {
        let mut needs = Vec::new();
        let mut nothing = None;
        let mut found = |reference: Reference<'_>| {
            match reference {
                Reference::To(at) => needs.push(at),
                Reference::ToNothing(name) => {
                    nothing.get_or_insert_with(|| name.to_owned());
                }
            }
            None
        };
        if self.method != BulkMethod::Post
            && let Some((_, reference)) = refs::in_uri(&self.path, names)
        {
            found(reference);
            self.home = if let Reference::To(at) = reference { Some(at) } else { None };
        }
        if let Some(data) = &mut self.data {
            refs::in_data(self.method, data, names, &mut found);
        }
        if let Some(name) = nothing {
            self.spoilt = Some(ScimError::conflict(format!(
                "{} is created by no operation of this request",
                quote(&format!("bulkId:{name}"))
            )));
        }
        needs.sort_unstable();
        needs.dedup();
        self.blocked = needs.len();
        self.needs = needs;
    }
}

/// The operations of a request with what they refer to.
pub(super) fn tasks(request: BulkRequest) -> (Vec<Task>, Names) {
    let mut names = HashMap::new();
    let mut tasks: Vec<Task> = request.operations.into_iter().map(Task::new).collect();
    for (at, task) in tasks.iter().enumerate() {
        if let (true, Some(name)) = (task.is_post(), &task.bulk_id) {
            names.entry(name.clone()).or_insert(at);
        }
    }
    let mut edges = Vec::new();
    for (at, task) in tasks.iter_mut().enumerate() {
        task.look(&names);
        edges.extend(task.needs.iter().map(|need| (*need, at)));
    }
    for (need, at) in edges {
        if let Some(task) = tasks.get_mut(need) {
            task.dependents.push(at);
        }
    }
    (tasks, names)
}
