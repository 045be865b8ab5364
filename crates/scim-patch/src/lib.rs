//! PATCH of SCIM 2.0 (RFC 7644 §3.5.2): what identity providers send is understood, applied as a whole or not at all, and
//! told apart from what the standard says.
//!
//! This is what Entra ID sends when somebody is switched off, gets a mailbox and another manager. The RFC would have none
//! of its three operations:
//!
//! ```
//! use scim_core::{Profile, Resource, SchemaSet, attr};
//! use scim_patch::PatchRequest;
//! use serde_json::json;
//!
//! let body = json!({
//!     "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
//!     "Operations": [
//!         {"op": "Replace", "path": "active", "value": "False"},
//!         {"op": "Add", "path": "emails[type eq \"work\"].value", "value": "ana@example.com"},
//!         {"op": "Add", "path": "manager", "value": "m-9"},
//!     ],
//! });
//!
//! // What becomes of it:
//! let patch = PatchRequest::parse(body.clone(), SchemaSet::user(), &Profile::lenient())?;
//! assert_eq!(
//!     serde_json::to_value(&patch).unwrap()["Operations"],
//!     json!([
//!         {"op": "replace", "path": "active", "value": false},
//!         {"op": "add", "path": "emails[type eq \"work\"].value", "value": "ana@example.com"},
//!         {"op": "add", "path": "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager", "value": {"value": "m-9"}},
//!     ])
//! );
//!
//! // What was tolerated for it, for the log:
//! let tolerated: Vec<String> = patch.deviations().iter().map(ToString::to_string).collect();
//! assert_eq!(tolerated, [
//!     "ENT-01 at `Operations[0].op`: operation name in another case",
//!     "ENT-02 at `active`: boolean sent as a string",
//!     "ENT-01 at `Operations[1].op`: operation name in another case",
//!     "ENT-06 at `emails`: selects an element that is created when it is not there",
//!     "ENT-01 at `Operations[2].op`: operation name in another case",
//!     "ENT-13 at `manager`: extension attribute without its URN, or with a dot after it",
//!     "ENT-11 at `urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager`: complex value sent as a string or a list of one",
//! ]);
//!
//! // What it does:
//! let mut user = Resource::new(SchemaSet::user());
//! user.set(&attr::USER_NAME, json!("ana"))?;
//! user.set(&attr::ACTIVE, json!(true))?;
//! patch.apply_to(&mut user, SchemaSet::user())?;
//! assert_eq!(user.get(&attr::ACTIVE), Some(&json!(false)));
//! assert_eq!(user.get(&attr::EMAILS), Some(&json!([{"type": "work", "value": "ana@example.com"}])));
//! assert_eq!(user.schemas().count(), 2);
//!
//! // And what the RFC has to say to it:
//! let error = PatchRequest::parse(body, SchemaSet::user(), &Profile::rfc()).unwrap_err();
//! assert_eq!(error.to_string(), "operation 1: `Replace` is not an operation: `add`, `remove` or `replace`");
//! # Ok::<(), scim_core::ScimError>(())
//! ```
//!
//! # The way of a request
//!
//! 1. [`PatchRequest::parse`] reads it. The forms of real senders become canonical operations, each by a function of its
//!    own ([`normalize`] lists them with their switches); paths are resolved against the schemas; values pass the gate of
//!    `scim-core`. No resource is needed for that, and what is refused is refused here if it can be.
//! 2. [`PatchRequest::apply`] applies it to a copy, [`PatchRequest::apply_to`] in place. The latter puts everything back
//!    when an operation fails, and keeps no more for that than what it changes: one member of a group of a million costs
//!    a walk through the group and the member.
//! 3. [`PatchRequest::delta`] says what a request does to `members` without the group at hand, and
//!    [`PatchRequest::clears`] whether it takes all members away.
//!
//! The other way, [`PatchRequest::diff`] finds the request that makes one resource of another, in the dialect and the
//! portions that a target takes.
//!
//! # Where the RFC leaves a choice
//!
//! - An element is there already when its `value`, and its `type` where both give one, are the same; `add` leaves it as
//!   it is. Ids of members are compared exactly.
//! - `add` and `replace` of a complex value, of a selected element too, write the sub-attributes that are given and leave
//!   the others. `replace` with null takes away; `add` with null does nothing.
//! - `remove` of what is not there, and anything that changes nothing, succeeds, and nothing is changed.
//! - A readOnly value without a path, such as the `id` that Okta sends along, has to be the one that is there.
//! - `schemas` without a path lists the schemas of the value: it adds URNs and takes none away. A URN that is taken out of
//!   `schemas` by its path takes its data with it.
//! - What the server works out about a value (`manager.displayName`) goes when that value changes.
//! - An element of `members` is never created because a path selects it.
//!
//! # Incomplete support
//!
//! - What no schema defines cannot be patched: such attributes are ignored, or refused where
//!   [`Profile::unknown`](scim_core::Profile::unknown) says so; none is kept.
//! - Whether a value is unique is for the one to say who knows the other resources; [`PatchError::of`] blames the
//!   operation.

mod apply;
mod delta;
mod diff;
mod error;
pub mod normalize;
mod operation;
mod request;
mod wire;

// The public interface is:
pub use apply::Patched;
pub use delta::Delta;
pub use diff::{Dialect, DiffOptions};
pub use error::PatchError;
pub use operation::{Change, Operation, PatchOp};
pub use request::PatchRequest;
