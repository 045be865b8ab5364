//! The server that is written to, as the engine uses it: the only code that asks it anything.

mod changes;

use std::collections::BTreeMap;

use scim_client::{Client, Endpoint, Error, Fetched, PatchForm};
use scim_core::{AttrPath, Profile, Resource, ResourceId, SchemaSet, SchemaUri, attr};
use scim_filter::query::ProjectionParams;
use scim_patch::PatchRequest;
use serde_json::{Value, json};

use crate::link::Link;
use crate::log::ErrorCode;
use crate::object::Kind;
use crate::plan::ValueChange;
use crate::quarantine::Asked;
use crate::rules::{CompiledMapping, CompiledRules};

/// The target of a job.
#[derive(Debug)]
pub(crate) struct Target {
    pub(crate) client: Client,
    users: Ends,
    groups: Ends,
}

/// The two ways to one endpoint.
#[derive(Debug)]
struct Ends {
    /// For reading: without members, of which there may be a million.
    read: Endpoint<Resource>,
    write: Endpoint<Resource>,
}

/// Why something did not work.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) code: ErrorCode,
    /// A sentence for the log.
    pub(crate) message: String,
    pub(crate) error: Option<Error>,
    /// What was asked when it happened.
    pub(crate) asked: Asked,
}

/// A resource of the target.
#[derive(Debug)]
pub(crate) struct Found {
    pub(crate) id: ResourceId,
    pub(crate) resource: Resource,
}

impl Failure {
    pub(crate) fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), error: None, asked: Asked::Resource }
    }

    pub(crate) fn is_not_found(&self) -> bool {
        self.error.as_ref().is_some_and(Error::is_not_found)
    }

    /// Whether the target has certainly not done what was asked.
    pub(crate) fn is_final(&self) -> bool {
        let status = self.error.as_ref().and_then(Error::status);
        status.is_some_and(|status| (400..500).contains(&status) && status != 408)
            || matches!(&self.error, Some(Error::Request(_) | Error::Token(_)))
    }

    /// Whether the target refused what was sent, and may take a part of it.
    pub(crate) fn is_of_content(&self) -> bool {
        let status = self.error.as_ref().and_then(Error::status);
        matches!(status, Some(400 | 409 | 422))
    }

    pub(crate) fn is_too_long(&self) -> bool {
        let kind = match &self.error {
            Some(Error::UnexpectedResponse(odd)) => odd.kind(),
            _ => return false,
        };
        matches!(kind, scim_client::UnexpectedKind::TooLong | scim_client::UnexpectedKind::TooMany)
    }

    /// Whether the target refused to change something that it does not change.
    pub(crate) fn is_refusal(&self) -> bool {
        match &self.error {
            Some(Error::Scim(refusal)) => {
                refusal.status() == 400 && refusal.scim_type() == Some(&scim_core::ScimType::Mutability)
            }
            Some(Error::Request(error)) => error.scim_type() == Some(&scim_core::ScimType::Mutability),
            _ => false,
        }
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        let (code, message) = (ErrorCode::of(&error), error.to_string());
        Self { code, message, error: Some(error), asked: Asked::Resource }
    }
}

impl Target {
    pub(crate) fn new(client: Client, rules: &CompiledRules) -> Self {
        let ends = |kind: Kind, path: &str, without: Vec<AttrPath>| {
            let schemas: SchemaSet = rules.mapping(kind).schemas().clone();
            let write = client.resources::<Resource>(path, schemas);
            let read = match without.is_empty() {
                true => write.untyped(),
                false => write.projected(ProjectionParams::ExcludedAttributes(without)),
            };
            Ends { read, write }
        };
        let users = ends(Kind::User, "/Users", Vec::new());
        let groups = ends(Kind::Group, "/Groups", vec![attr::MEMBERS]);
        Self { client, users, groups }
    }

    fn ends(&self, kind: Kind) -> &Ends {
        match kind {
            Kind::User => &self.users,
            Kind::Group => &self.groups,
        }
    }

    /// Looks for the resource that has this value of a matching attribute.
    pub(crate) async fn find(
        &self,
        kind: Kind,
        mapping: &CompiledMapping,
        row: usize,
        value: &Value,
    ) -> Result<Option<Found>, Failure> {
        let filter = mapping.rows().get(row).and_then(|row| row.filter(value)).ok_or_else(|| {
            let problem = "the value of a matching attribute cannot be looked for";
            Failure::new(ErrorCode::SchemaAttributeNotFound, problem)
        })?;
        let found = self
            .ends(kind)
            .read
            .find(&filter)
            .await
            .map_err(|error| Failure { asked: Asked::LookUp, ..Failure::from(error) })?;
        found.map(found_of).transpose()
    }

    /// Reads a resource, a group without its members; none where it is gone.
    pub(crate) async fn read(&self, kind: Kind, id: &ResourceId) -> Result<Option<Found>, Failure> {
        match self.ends(kind).read.get(id).await {
            Ok(fetched) => found_of(fetched).map(Some),
            Err(error) if error.is_not_found() => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Puts what this job has written in place of what the target makes of it, where it always makes something else of it.
    pub(crate) fn restore_rewritten(&self, mapping: &CompiledMapping, link: &Link, resource: &mut Resource) {
        let rewritten = &self.client.dialect().rewritten;
        for row in mapping.rows().iter().filter(|row| row.reference().is_none()) {
            let Some(sent) = link.values.get(row.target()) else { continue };
            if rewritten.iter().any(|path| row.is(path)) && row.value(resource).is_some() {
                // It was written once, so it fits.
                let _ = row.write(resource, sent.clone());
            }
        }
    }

    /// The members of a group, by their ids.
    pub(crate) async fn members(&self, id: &ResourceId) -> Result<Vec<String>, Failure> {
        let group = self.groups.write.get(id).await?;
        let members = group.get_all(&attr::MEMBERS);
        let ids = members.filter_map(|member| member.get("value")?.as_str().map(str::to_owned));
        Ok(ids.collect())
    }

    /// Creates a resource; whatever the wire does, once.
    pub(crate) async fn create(
        &self,
        kind: Kind,
        mapping: &CompiledMapping,
        changes: &[ValueChange],
    ) -> Result<ResourceId, Failure> {
        let mut resource = Resource::new(mapping.schemas());
        for change in changes {
            if let (Some(row), Some(value)) = (mapping.rows().get(change.row), &change.new) {
                row.write(&mut resource, value.clone()).map_err(unwritable)?;
            }
        }
        let key = mapping.matching().iter().find_map(|row| {
            let change = changes.iter().find(|change| change.row == *row)?;
            mapping.rows().get(*row)?.filter(change.new.as_ref()?)
        });
        let end = &self.ends(kind).write;
        let created = match key {
            Some(key) => end.create_once(&resource, &key).await?,
            None => end.create(&resource).await?,
        };
        found_of(created).map(|found| found.id)
    }

    /// Changes values of a resource. What else it is known to have says whether an element of a list is there already.
    pub(crate) async fn update(
        &self,
        mapping: &CompiledMapping,
        link: &Link,
        changes: &[ValueChange],
    ) -> Result<(), Failure> {
        let form = self.client.dialect().patch_form;
        let operations = changes::operations(mapping, &link.values, changes, form)?;
        self.patch(link.kind, mapping.schemas(), &link.target, operations, form).await
    }

    /// Gives a user a manager, or takes it away.
    pub(crate) async fn set_manager(
        &self,
        mapping: &CompiledMapping,
        row: usize,
        id: &ResourceId,
        old: Option<&ResourceId>,
        new: Option<&ResourceId>,
    ) -> Result<(), Failure> {
        let value = |id: Option<&ResourceId>| id.map(|id| Value::from(id.as_str()));
        let change = ValueChange { row, old: value(old), new: value(new) };
        let form = self.client.dialect().patch_form;
        let operations = changes::operations(mapping, &BTreeMap::new(), &[change], form)?;
        self.patch(Kind::User, mapping.schemas(), id, operations, form).await
    }

    async fn patch(
        &self,
        kind: Kind,
        schemas: &SchemaSet,
        id: &ResourceId,
        operations: Vec<Value>,
        form: PatchForm,
    ) -> Result<(), Failure> {
        if operations.is_empty() {
            return Ok(());
        }
        let body = json!({"schemas": [SchemaUri::PATCH_OP], "Operations": operations});
        let request = PatchRequest::parse(body, schemas, &Profile::lenient())
            .map_err(|error| unwritable(error.into()))?
            .in_dialect(form.into());
        self.ends(kind).write.patch(id, &request, None).await?;
        Ok(())
    }

    /// Puts members into a group, and takes others out.
    pub(crate) async fn change_members(
        &self,
        id: &ResourceId,
        add: &[ResourceId],
        remove: &[ResourceId],
    ) -> Result<(), Failure> {
        self.groups.write.patch_members(id, add, remove).await?;
        Ok(())
    }

    /// Deletes a resource; that it is gone already is as good. Whether it was there.
    pub(crate) async fn delete(&self, kind: Kind, id: &ResourceId) -> Result<bool, Failure> {
        match self.ends(kind).write.delete(id, None).await {
            Ok(()) => Ok(true),
            Err(error) if error.is_not_found() => Ok(false),
            Err(error) => Err(error.into()),
        }
    }
}

/// The attribute that a row is looked up by, where it is a plain one.
pub(crate) fn matching_path(mapping: &CompiledMapping, row: usize) -> Option<AttrPath> {
    let filter = mapping.rows().get(row)?.filter(&Value::from("x"))?;
    filter.as_eq().map(|(path, _)| path.clone())
}

fn found_of(fetched: Fetched<Resource>) -> Result<Found, Failure> {
    match fetched.id {
        Some(id) => Ok(Found { id, resource: fetched.resource }),
        None => Err(Failure::new(
            ErrorCode::SystemForCrossDomainIdentityManagementServiceIncompatible,
            "the target answered with a resource that has no id",
        )),
    }
}

fn unwritable(error: scim_core::ScimError) -> Failure {
    let detail = error.detail().unwrap_or("a value does not fit the target").to_owned();
    Failure::new(ErrorCode::SchemaPropertyCanOnlyAcceptValue, detail)
}
