//! The course of a bulk request, RFC 7644 §3.7: what runs when, and what becomes of the rest when something fails.

use std::collections::{BTreeSet, HashMap};

use scim_core::{BulkMethod, BulkRequest, BulkResponse, BulkResult, ScimError, quote};
use serde_json::Value;

use super::refs::{self, Names, Reference};
use super::task::{State, Task, tasks};
use super::{Done, Host, Single, Target};

pub(super) struct Run<'h, H> {
    pub(super) host: &'h H,
    pub(super) tasks: Vec<Task>,
    pub(super) names: Names,
    /// What has become ready to run, to be completed or to fail; the first in the request comes first.
    ready: BTreeSet<usize>,
    /// The last operation on a resource that waits, by the resource.
    latest: HashMap<Key, usize>,
    errors: u64,
    most: Option<u64>,
}

/// A resource that operations are about.
#[derive(PartialEq, Eq, Hash)]
enum Key {
    Location(String),
    CreatedBy(usize),
}

/// Which dependents of an operation may go on.
#[derive(Clone, Copy)]
pub(super) enum Whom {
    All,
    Circular,
    Others,
}

impl<'h, H: Host> Run<'h, H> {
    pub(super) fn new(request: BulkRequest, host: &'h H) -> Self {
        let most = request.fail_on_errors.filter(|most| *most > 0);
        let (tasks, names) = tasks(request);
        Self { host, tasks, names, ready: BTreeSet::new(), latest: HashMap::new(), errors: 0, most }
    }

    pub(super) async fn finish(mut self) -> BulkResponse {
        for at in 0..self.tasks.len() {
            if !self.stopped() {
                self.turn(at).await;
            }
        }
        if !self.stopped() {
            self.circles().await;
        }
        // What was created without its references, and whose references will not come any more.
        let late = ScimError::conflict("the request ended before its references could be resolved");
        for at in 0..self.tasks.len() {
            if self.tasks.get(at).is_some_and(|task| task.state == State::Made) {
                self.spoil(at, &late);
            }
        }
        self.drain().await;
        BulkResponse { operations: self.tasks.into_iter().filter_map(|task| task.result).collect() }
    }

    /// Whether as many errors have occurred as the client accepts.
    pub(super) fn stopped(&self) -> bool {
        self.most.is_some_and(|most| self.errors >= most)
    }

    /// The turn of an operation has come.
    async fn turn(&mut self, at: usize) {
        let key = self.key(at);
        let Some(task) = self.tasks.get(at) else { return };
        let refused = match task.home {
            None => self.check_path(task.method, &task.path).err(),
            Some(_) => None,
        };
        let before = key.as_ref().and_then(|key| self.latest.get(key)).copied();
        let before = before
            .and_then(|before| self.tasks.get_mut(before))
            .filter(|before| before.waits())
            .map(|before| before.follower = Some(at));
        let Some(task) = self.tasks.get_mut(at) else { return };
        task.spoilt = task.spoilt.take().or(refused);
        task.blocked += usize::from(before.is_some());
        task.state = State::Waiting;
        if task.blocked == 0 || task.spoilt.is_some() {
            self.ready.insert(at);
            self.drain().await;
        }
        if let (Some(key), true) = (key, self.tasks.get(at).is_some_and(Task::waits)) {
            self.latest.insert(key, at);
        }
    }

    fn key(&self, at: usize) -> Option<Key> {
        let task = self.tasks.get(at).filter(|task| !task.is_post())?;
        match task.home {
            Some(home) => Some(Key::CreatedBy(home)),
            None => self.location(&task.path).map(Key::Location),
        }
    }

    fn location(&self, path: &str) -> Option<String> {
        match self.host.target(path)? {
            Target::Resource { location } => Some(location),
            Target::Endpoint => None,
        }
    }

    fn check_path(&self, method: BulkMethod, path: &str) -> Result<(), ScimError> {
        let wrong = |what| ScimError::invalid_syntax(format!("{} names {what}", quote(path)));
        match (self.host.target(path), method) {
            (None, _) => Err(ScimError::new(404)
                .with_detail(format!("{} names nothing that an operation could be about", quote(path)))),
            (Some(Target::Resource { .. }), BulkMethod::Post) => {
                Err(wrong("a resource, and POST takes the endpoint of a resource type"))
            }
            (Some(Target::Endpoint), BulkMethod::Put | BulkMethod::Patch | BulkMethod::Delete) => {
                Err(wrong(&format!("an endpoint, and {method} takes a resource")))
            }
            _ => Ok(()),
        }
    }

    pub(super) async fn drain(&mut self) {
        while let Some(at) = self.ready.pop_first() {
            let stopped = self.stopped();
            let Some(task) = self.tasks.get_mut(at) else { continue };
            match (task.spoilt.take(), task.state) {
                (Some(why), State::Waiting) if !stopped => self.fail(at, why),
                (Some(why), State::Made) => self.undo(at, &why).await,
                (Some(why), State::Done) if task.succeeded() => self.undo(at, &why).await,
                (None, State::Waiting) if !stopped => self.run_whole(at).await,
                (None, State::Made) => self.complete(at).await,
                _ => {}
            }
        }
    }

    /// Runs an operation with all of its references.
    async fn run_whole(&mut self, at: usize) {
        let Some(task) = self.tasks.get_mut(at) else { return };
        let data = task.data.take();
        match self.ask(at, data).await {
            Ok(done) => {
                self.succeed(at, done, State::Done);
            }
            Err(error) => self.fail(at, error),
        }
    }

    pub(super) async fn ask(&self, at: usize, mut data: Option<Value>) -> Result<Done, ScimError> {
        let Some(task) = self.tasks.get(at) else { return Err(ScimError::new(500)) };
        let path = self.path(task).unwrap_or_else(|| task.path.clone());
        if task.home.is_some() {
            self.check_path(task.method, &path)?;
        }
        if let Some(data) = &mut data {
            refs::in_data(task.method, data, &self.names, &mut |reference| self.id(reference));
        }
        self.host.run(Single { method: task.method, path, version: task.version.clone(), data }).await
    }

    /// The path of an operation, unless it refers to what is not there.
    fn path(&self, task: &Task) -> Option<String> {
        let Some(home) = task.home else { return Some(task.path.clone()) };
        let (before, _) = refs::in_uri(&task.path, &self.names)?;
        Some(format!("{before}/{}", refs::encoded(self.id_of(home)?)))
    }

    pub(super) fn id(&self, reference: Reference<'_>) -> Option<String> {
        match reference {
            Reference::To(at) => self.id_of(at).map(str::to_owned),
            Reference::ToNothing(_) => None,
        }
    }

    fn id_of(&self, at: usize) -> Option<&str> {
        self.tasks.get(at)?.id.as_deref()
    }

    pub(super) fn succeed(&mut self, at: usize, done: Done, state: State) {
        let Some(task) = self.tasks.get(at) else { return };
        let location = done.location.or_else(|| {
            let path = if task.is_post() { None } else { self.path(task) };
            path.and_then(|path| self.location(&path))
        });
        let Some(task) = self.tasks.get_mut(at) else { return };
        task.state = state;
        task.result = Some(BulkResult {
            method: Some(task.method),
            bulk_id: task.bulk_id.clone(),
            version: done.version,
            location,
            status: done.status,
            response: None,
        });
        if task.is_post() {
            task.id = done.id;
        }
        // What refers to part of a circle must not rely on it before all of the circle is there.
        let whom = if task.circular { Whom::Circular } else { Whom::All };
        if task.is_post() && task.id.is_none() {
            self.spoil_dependents(at);
        } else {
            self.release(at, whom);
        }
    }

    /// Lets those go on that have waited for this one.
    pub(super) fn release(&mut self, at: usize, whom: Whom) {
        let Some(task) = self.tasks.get_mut(at) else { return };
        let follower = task.follower.take();
        let dependents = std::mem::take(&mut task.dependents);
        for next in dependents.iter().copied().chain(follower) {
            let Some(next_task) = self.tasks.get_mut(next) else { continue };
            let meant = match whom {
                Whom::All => true,
                Whom::Circular => next_task.circular,
                Whom::Others => !next_task.circular,
            };
            if meant {
                next_task.blocked = next_task.blocked.saturating_sub(1);
                if next_task.blocked == 0 && matches!(next_task.state, State::Waiting | State::Made) {
                    self.ready.insert(next);
                }
            }
        }
        if let Some(task) = self.tasks.get_mut(at) {
            task.dependents = dependents;
        }
    }

    pub(super) fn fail(&mut self, at: usize, error: ScimError) {
        let path = self.tasks.get(at).filter(|task| !task.is_post()).and_then(|task| self.path(task));
        let location = path.and_then(|path| self.location(&path));
        self.record_failure(at, location, &error);
    }

    pub(super) fn record_failure(&mut self, at: usize, location: Option<String>, error: &ScimError) {
        let Some(task) = self.tasks.get_mut(at) else { return };
        task.state = State::Done;
        task.data = None;
        task.result = Some(BulkResult {
            method: Some(task.method),
            bulk_id: task.bulk_id.clone(),
            version: None,
            location,
            status: error.status(),
            response: serde_json::to_value(error).ok(),
        });
        self.errors += 1;
        if task.is_post() {
            self.spoil_dependents(at);
        } else if let Some(follower) = task.follower.take() {
            self.unblock(follower);
        }
    }

    fn unblock(&mut self, at: usize) {
        let Some(task) = self.tasks.get_mut(at) else { return };
        task.blocked = task.blocked.saturating_sub(1);
        if task.blocked == 0 && task.waits() {
            self.ready.insert(at);
        }
    }

    /// What refers to this operation cannot succeed, and what already has is undone.
    fn spoil_dependents(&mut self, at: usize) {
        let Some(task) = self.tasks.get(at) else { return };
        let name = format!("bulkId:{}", task.bulk_id.as_deref().unwrap_or_default());
        let why = ScimError::conflict(format!("operation {} failed, which creates {}", at + 1, quote(&name)));
        for next in task.dependents.clone() {
            self.spoil(next, &why);
        }
    }

    fn spoil(&mut self, at: usize, why: &ScimError) {
        let Some(task) = self.tasks.get_mut(at) else { return };
        let to_undo = task.circular && task.is_post() && task.succeeded();
        if task.state != State::Done || to_undo {
            task.spoilt.get_or_insert_with(|| why.clone());
            if task.state != State::Ahead {
                self.ready.insert(at);
            }
        }
    }
}
