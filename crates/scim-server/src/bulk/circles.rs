//! Operations that refer to themselves in the end, RFC 7644 §3.7.1: created in one pass and completed in another.

use scim_core::{BulkMethod, SchemaUri, ScimError};
use serde_json::json;

use super::run::{Run, Whom};
use super::strip::strip;
use super::task::{State, Task};
use super::{Host, Single, order, refs};

impl<H: Host> Run<'_, H> {
    /// Runs what waits for itself in the end.
    pub(super) async fn circles(&mut self) {
        let circular = order::circles(&self.tasks);
        for at in &circular {
            if let Some(task) = self.tasks.get_mut(*at) {
                task.circular = true;
            }
        }
        for at in &circular {
            if !self.stopped() && self.tasks.get(*at).is_some_and(Task::waits) {
                self.make(*at).await;
                self.drain().await;
            }
        }
        for at in &circular {
            let stopped = self.stopped();
            let Some(task) = self.tasks.get_mut(*at).filter(|task| task.waits()) else { continue };
            if !stopped {
                let why = "it is part of a circle of references and cannot be created without them";
                let error = match task.attempt.take().as_ref().and_then(ScimError::detail) {
                    Some(detail) => ScimError::conflict(format!("{why}: {detail}")),
                    None => ScimError::conflict(why),
                };
                self.fail(*at, error);
                self.drain().await;
            }
        }
        if !self.stopped() {
            for at in circular {
                if self.tasks.get(at).is_some_and(Task::succeeded) {
                    self.release(at, Whom::Others);
                }
            }
            self.drain().await;
        }
    }

    /// The first pass: creates a resource without what refers to those that are not there.
    async fn make(&mut self, at: usize) {
        let Some(task) = self.tasks.get_mut(at) else { return };
        let Some(whole) = task.data.take() else { return };
        let mut data = whole.clone();
        let rest = strip(&mut data, |name, value| {
            let mut missing = false;
            refs::in_attribute(name, value, &self.names, &mut |reference| {
                missing |= self.id(reference).is_none();
                None
            });
            missing
        });
        match self.ask(at, Some(data)).await {
            Ok(done) => {
                if let Some(task) = self.tasks.get_mut(at) {
                    task.rest = Some(rest);
                }
                self.succeed(at, done, State::Made);
            }
            // Perhaps what is missing is required: another part of the circle may do without this one.
            Err(error) if error.status() == 400 => {
                if let Some(task) = self.tasks.get_mut(at) {
                    task.data = Some(whole);
                    task.attempt = Some(error);
                }
            }
            Err(error) => self.fail(at, error),
        }
    }

    /// The second pass: adds what refers to the others.
    pub(super) async fn complete(&mut self, at: usize) {
        let Some(task) = self.tasks.get_mut(at) else { return };
        let (Some(path), Some(rest)) = (task.made_path(), task.rest.take()) else { return };
        let mut data =
            json!({"schemas": [SchemaUri::PATCH_OP], "Operations": [{"op": "add", "value": rest}]});
        refs::in_data(BulkMethod::Patch, &mut data, &self.names, &mut |reference| self.id(reference));
        let patch = Single { method: BulkMethod::Patch, path, version: None, data: Some(data) };
        match self.host.run(patch).await {
            Ok(done) => {
                let Some(task) = self.tasks.get_mut(at) else { return };
                task.state = State::Done;
                if let Some(result) = &mut task.result {
                    result.version = done.version;
                }
            }
            Err(error) => {
                self.undo(at, &error.with_context("its references could not be added")).await;
            }
        }
    }

    /// Removes what was created in a circle that cannot be completed.
    pub(super) async fn undo(&mut self, at: usize, why: &ScimError) {
        let Some(task) = self.tasks.get(at) else { return };
        let created = task.result.as_ref().and_then(|result| result.location.clone());
        let removed = match task.made_path() {
            Some(path) => {
                let delete = Single { method: BulkMethod::Delete, path, version: None, data: None };
                self.host.run(delete).await.err()
            }
            None => Some(ScimError::new(500)),
        };
        let detail = why.detail().unwrap_or("its references could not be added");
        let (location, detail) = match removed {
            None => (None, format!("{detail}; what was created is removed again")),
            // It is there, and the client has to know where.
            Some(_) => (created, format!("{detail}; what was created could not be removed again")),
        };
        self.record_failure(at, location, &ScimError::conflict(detail));
    }
}
