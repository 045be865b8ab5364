//! The requirements on a service, one test or more a rule of `testdata/rules/server.txt`, against the service as it is mounted;
//! what cannot be shown here is in `testdata/known-differences.txt`.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::needless_pass_by_value,
    reason = "tests"
)]

mod access;
mod bulk_requests;
mod changing;
mod creating;
mod cursors;
mod discovery;
mod errors;
mod querying;
mod resources;

use std::sync::Arc;

use scim_core::schema::{AttrType, Attribute, Mutability, Returned, Schema, Uniqueness};
use scim_core::{AttrName, Projection, Resource, ResourceId, ResourceType, SchemaSet};
use scim_server::store::{Listing, Query, ResourceStore, StoreError, Stored, Write, Written};
use scim_server::{Builder, Context, MemoryStore, Undecided};
use scim_testing::server::*;
use serde_json::{Value, json};

const THING: &str = "urn:example:params:scim:schemas:Thing:1.0";

/// A schema with an attribute of every characteristic that a service has to look at.
fn thing_schema() -> Schema {
    let of = |name, kind| Attribute::new(AttrName::from_static(name), kind);
    let text = |name| of(name, AttrType::String);
    let attributes = vec![
        text("label"),
        text("exact").with_case_exact(true),
        text("serial").with_mutability(Mutability::Immutable),
        text("stamp").with_mutability(Mutability::ReadOnly),
        text("pin").with_mutability(Mutability::WriteOnly).with_returned(Returned::Never),
        text("note").with_returned(Returned::Request),
        text("badge").with_returned(Returned::Always),
        text("code").with_uniqueness(Uniqueness::Server),
        text("token").with_uniqueness(Uniqueness::Global).with_case_exact(true),
        of("size", AttrType::Integer),
        of("weight", AttrType::Decimal),
        of("seen", AttrType::DateTime),
        of("marks", AttrType::Complex)
            .with_multi_valued(true)
            .with_sub_attribute(of("value", AttrType::Integer))
            .with_sub_attribute(of("primary", AttrType::Boolean)),
    ];
    Schema::new(THING.parse().unwrap(), "Thing", "Something with an owner.", attributes).unwrap()
}

fn thing_set() -> SchemaSet {
    SchemaSet::new(Arc::new(thing_schema()), []).unwrap()
}

/// Adds things in memory.
fn and_things(builder: Builder<Undecided>) -> Builder<Undecided> {
    let set = thing_set();
    builder.resource_type(ResourceType::new("Thing", "/Things", &set), set, MemoryStore::<Resource>::new())
}

/// Users, groups and things.
fn with_things() -> Server {
    Server::build(and_things)
}

fn thing(members: Value) -> Value {
    with(json!({"schemas": [THING]}), members)
}

/// Four users with some attributes, in the order of their creation.
fn with_people() -> Server {
    let server = Server::new();
    for body in [
        user("carol", json!({"displayName": "Carol", "title": "Guide", "name": {"familyName": "Young"}})),
        user("Bob", json!({"displayName": "bob", "title": "guide"})),
        user("alice", json!({"displayName": "Alice", "name": {"familyName": "adams"}})),
        user("dave", json!({"displayName": "Dave", "title": "Driver", "name": {"familyName": "Brown"}})),
    ] {
        let _id = server.created("/Users", body);
        server.clock.advance(std::time::Duration::from_secs(1));
    }
    server
}

/// A store that has nothing but this to say to everything.
struct Says<F>(F);

impl<F: Fn() -> StoreError + Send + Sync + 'static> ResourceStore for Says<F> {
    type Resource = Resource;

    async fn create(&self, _: &Context, _: Resource, _: &Write<'_>) -> Result<Written<Resource>, StoreError> {
        Err((self.0)())
    }

    async fn get(&self, _: &Context, _: &ResourceId, _: &Projection) -> Result<Stored<Resource>, StoreError> {
        Err((self.0)())
    }

    async fn query(&self, _: &Context, _: &Query) -> Result<Listing<Stored<Resource>>, StoreError> {
        Err((self.0)())
    }

    async fn replace(
        &self,
        _: &Context,
        _: &ResourceId,
        _: Resource,
        _: &Write<'_>,
    ) -> Result<Written<Resource>, StoreError> {
        Err((self.0)())
    }

    async fn delete(
        &self,
        _: &Context,
        _: &ResourceId,
        _: &Write<'_>,
    ) -> Result<Stored<Resource>, StoreError> {
        Err((self.0)())
    }
}

/// Users, groups, and things whose store says this.
fn with_things_that_say(error: impl Fn() -> StoreError + Send + Sync + 'static) -> Server {
    Server::build(|builder| {
        let set = thing_set();
        builder.resource_type(ResourceType::new("Thing", "/Things", &set), set, Says(error))
    })
}
