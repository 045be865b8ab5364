//! What senders send becomes canonical operations.
//!
//! Each form that real identity providers use and RFC 7644 §3.5.2 does not have is one function here, and one [`Switch`]
//! that names it. `lenient` has them on, and reports each use; `rfc` has them off, and refuses as the RFC says.
//!
//! The forms of values that do not depend on PATCH, such as `"False"` for a boolean, are switches of
//! [`scim_core::admit`].

mod element;
mod envelope;
mod path;
mod pathless;
mod remove;
mod value;

use scim_core::{Deviation, Limits, Profile, Resolved, SchemaSet, ScimError, Switch, quote};
use scim_filter::ElementFilter;
use serde_json::{Map, Value};

use self::path::Target;
use crate::error::PatchError;
use crate::operation::{Operation, PatchOp, Select};

/// `Add`, `REMOVE`: the name of an operation in another case.
pub static OPERATION_CASE: Switch = Switch::new("ENT-01", "operation name in another case").lenient();
/// `"name.givenName"` or a full URN as a name in a path-less value: read as a path.
pub static PATHS_AS_NAMES: Switch = Switch::new("ENT-05", "path as a name in a path-less value").lenient();
/// `emails[type eq "work"].value` where there may be no such element: it is created.
///
/// For `replace` only where the request shows Entra's dialect, or [`ENTRA`] is on.
pub static MISSING_ELEMENT: Switch =
    Switch::new("ENT-06", "selects an element that is created when it is not there").lenient();
/// `remove` of a list with the elements that are meant in `value`: those, and never the whole list.
pub static REMOVE_LISTED: Switch = Switch::new("ENT-08", "elements to remove listed in `value`").lenient();
/// `remove` with a `value` that says nothing: it is ignored, and certainly not written.
pub static REMOVE_WITH_VALUE: Switch = Switch::new("ENT-10", "`remove` with a value").lenient();
/// `{"value": "{\"value\":\"Admin\"}"}`: a role or entitlement as JSON in a string.
pub static ROLES_AS_STRINGS: Switch = Switch::new("ENT-15", "role sent as JSON in a string").lenient();
/// A path-less value sent as JSON in a string.
pub static VALUE_AS_STRING: Switch =
    Switch::new("KC-01", "path-less value sent as JSON in a string").lenient();
/// `operations`, `Op`: a member of the message in another case.
pub static MEMBER_CASE: Switch = Switch::new("MISC-01", "member of the message in another case").lenient();
/// `Operations` as a single object; another URN in `schemas`, or none.
pub static LOOSE_ENVELOPE: Switch =
    Switch::new("MISC-02", "`Operations` is no array, or `schemas` is not that of a PATCH").lenient();
/// Members of an operation that mean nothing, such as `"name": "addMember"`. On in both profiles.
pub static EXTRA_MEMBERS: Switch = Switch::new("MISC-03", "unknown member of an operation").always();

/// The peer is Entra, whatever the request looks like. Off in both profiles: without it, a request whose operation names
/// are spelled `Add`, `Remove` or `Replace` is taken for Entra's.
pub static ENTRA: Switch = Switch::new("ENTRA", "the peer is Entra");
/// `emails[type eq "work"].value` as a name in a path-less value, in requests of Entra's dialect.
pub static FILTERS_AS_NAMES: Switch =
    Switch::new("R7644-3.5.2-06", "path with a filter as a name in a path-less value").lenient();
/// `emails.display` without brackets writes to every element. On in both profiles.
pub static EVERY_ELEMENT: Switch =
    Switch::new("R7644-3.5.2.3-07", "sub-attribute of a list without brackets").always();
/// An operation whose path no schema has is skipped instead of refused. Off in both profiles.
pub static UNKNOWN_PATHS: Switch = Switch::new("R7644-3.5.2-11", "path that no schema has");
/// An attribute in a path-less value that no schema has: ignored, as [`Profile::unknown`] says, and reported.
pub static UNKNOWN_NAMES: Switch = Switch::new("R7644-3.1-03", "attribute that no schema has").lenient();
/// A readOnly value in a path-less value that is not the one there is ignored instead of refused. Off in both profiles.
pub static READ_ONLY_IGNORED: Switch =
    Switch::new("R7644-3.5.2-09", "readOnly attribute in a path-less value");

/// Reads a request into canonical operations, and what was let through for it.
pub(crate) fn read(
    body: Value,
    schemas: &SchemaSet,
    profile: &Profile,
    limits: &Limits,
) -> Result<(Vec<Operation>, Vec<Deviation>), PatchError> {
    let mut reader = Reader {
        schemas,
        profile,
        limits,
        deviations: Vec::new(),
        operations: Vec::new(),
        index: 0,
        entra: false,
    };
    let list = reader.envelope(body).map_err(PatchError::whole)?;
    reader.entra = profile.allows(&ENTRA) || reader.shows_entra(&list);
    reader.operations.reserve(list.len());
    for (index, operation) in list.into_iter().enumerate() {
        reader.index = index;
        reader.operation(operation).map_err(|error| PatchError::of(index, error))?;
    }
    Ok((reader.operations, reader.deviations))
}

/// More deviations than these tell nothing new.
const MAX_DEVIATIONS: usize = 1000;

struct Reader<'a> {
    schemas: &'a SchemaSet,
    profile: &'a Profile,
    limits: &'a Limits,
    deviations: Vec<Deviation>,
    operations: Vec<Operation>,
    /// The operation being read.
    index: usize,
    /// Whether the request is in Entra's dialect.
    entra: bool,
}

impl Reader<'_> {
    /// Whether the profile lets this through; if so, it is recorded.
    fn tolerates(&mut self, switch: &Switch, at: impl FnOnce() -> String) -> bool {
        let allowed = self.profile.allows(switch);
        if allowed && self.deviations.len() < MAX_DEVIATIONS {
            self.deviations.push(Deviation::new(switch, at()));
        }
        allowed
    }

    fn report(&mut self, more: Vec<Deviation>) {
        let room = MAX_DEVIATIONS.saturating_sub(self.deviations.len());
        self.deviations.extend(more.into_iter().take(room));
    }

    fn operation(&mut self, operation: Value) -> Result<(), ScimError> {
        let Value::Object(members) = operation else {
            return Err(ScimError::invalid_syntax("an operation has to be a JSON object"));
        };
        let parts = self.members(members)?;
        let op = self.name(parts.op)?;
        if let Some(value) = &parts.value {
            self.charge(value)?;
        }
        match (parts.path, op) {
            (None | Some(Value::Null), PatchOp::Remove) => Err(ScimError::no_target("`remove` needs a path")),
            (None | Some(Value::Null), op) => self.pathless(op, present(op, parts.value)?),
            (Some(Value::String(path)), op) => {
                let Some(target) = self.path(&path)? else { return Ok(()) };
                if op == PatchOp::Remove && parts.astray && target.filter.is_none() {
                    // `values` for `value` must not cost a group its members.
                    return Err(ScimError::invalid_syntax(
                        "a `remove` with data under a name other than `value`",
                    ));
                }
                self.on_target(op, target, parts.value)
            }
            (Some(_), _) => Err(ScimError::invalid_path("`path` has to be a string")),
        }
    }

    /// An operation with a path.
    fn on_target(&mut self, op: PatchOp, target: Target, value: Option<Value>) -> Result<(), ScimError> {
        let Target { resolved, filter } = target;
        if is_read_only(&resolved) {
            return Err(ScimError::mutability(resolved.path(), "is readOnly"));
        }
        if filter.is_none() && resolved.sub_attribute().is_some() && is_multi_valued(&resolved) {
            let path = resolved.path();
            if !self.profile.allows(&EVERY_ELEMENT) {
                return Err(ScimError::invalid_path(format!("`{path}` is of a list: select its elements")));
            }
        }
        match op {
            PatchOp::Remove => self.remove(resolved, filter, value),
            op => self.write(op, resolved, filter, present(op, value)?),
        }
    }

    fn push(&mut self, op: PatchOp, target: Resolved, filter: Option<ElementFilter>, value: Value) {
        let mut operation = Operation::new(self.index, op, target, value);
        operation.select = filter.map(Select::Filter);
        self.operations.push(operation);
    }
}

/// The value of an `add` or `replace`.
fn present(op: PatchOp, value: Option<Value>) -> Result<Value, ScimError> {
    value.ok_or_else(|| ScimError::invalid_value(format!("`{}` needs a value", op.as_str())))
}

fn is_read_only(target: &Resolved) -> bool {
    use scim_core::schema::Mutability::ReadOnly;
    let of = |attribute: Option<&std::sync::Arc<scim_core::schema::Attribute>>| {
        attribute.is_some_and(|attribute| attribute.mutability() == ReadOnly)
    };
    of(target.attribute()) || of(target.sub_attribute())
}

fn is_multi_valued(target: &Resolved) -> bool {
    target.attribute().is_some_and(|attribute| attribute.multi_valued())
}

/// The member of this name in any case, taken out, and whether it was spelled otherwise; two of them are refused.
fn take(members: &mut Map<String, Value>, name: &str) -> Result<Option<(Value, bool)>, ScimError> {
    let mut found = members.remove(name).map(|value| (value, false));
    while let Some(other) = members.keys().find(|key| key.eq_ignore_ascii_case(name)).cloned() {
        if found.is_some() {
            let text = format!("{} stands there twice, in different case", quote(name));
            return Err(ScimError::invalid_syntax(text));
        }
        found = members.remove(&other).map(|value| (value, true));
    }
    Ok(found)
}
