//! The gate in: untrusted JSON becomes a [`Resource`], or an error that says what is wrong and where.
//! RFC 7643 §2 and §7, RFC 7644 §3.3 and §3.5.1.
//!
//! Real senders' forms that the RFCs do not have are [`Switch`]es, each named after the entry in the catalogue of what
//! identity providers send.

mod carry;
mod gate;
mod place;
mod schemas;
mod value;

use serde_json::Value;

use self::gate::{Gate, Mode};
use self::place::Place;
use crate::deviation::{Deviation, Profile, Switch};
use crate::error::ScimError;
use crate::resource::Resource;
use crate::schema::{Resolved, Returned, SchemaSet};
use crate::value::is_unassigned;

/// `"True"` and `"False"` for a boolean.
pub static STRING_BOOLEANS: Switch = Switch::new("ENT-02", "boolean sent as a string").lenient();
/// `"42"` for a number.
pub static STRING_NUMBERS: Switch = Switch::new("ENT-03", "number sent as a string").lenient();
/// `null` for a `$ref` inside an element. RFC 7643 §2.5 allows it, so `rfc` takes it too and does not report it.
pub static NULL_REF: Switch = Switch::new("ENT-09", "null `$ref`").lenient();
/// A string, or a list of one, for a single complex value such as `manager`; an empty string for none.
pub static COMPLEX_AS_STRING: Switch =
    Switch::new("ENT-11", "complex value sent as a string or a list of one").lenient();
/// An extension's data without its URN in `schemas`, or a URN there that the resource type does not have.
pub static EXTENSION_NOT_LISTED: Switch =
    Switch::new("ENT-14", "extension and `schemas` do not match").lenient();
/// `null` for a sub-attribute inside an element. RFC 7643 §2.5 allows it, so `rfc` takes it too and does not report it.
pub static NULL_SUB_ATTRIBUTE: Switch = Switch::new("OKTA-13", "null sub-attribute").lenient();
/// The URNs of SCIM 1.1, and those that sound like it.
pub static OLD_URNS: Switch = Switch::new("OL-01", "schema URN of SCIM 1.1").lenient();
/// No `schemas` at all, or a URI in it twice.
pub static SCHEMAS_MISSING: Switch =
    Switch::new("R7643-3-01", "`schemas` is missing or repeats itself").lenient();
/// An empty string for no value, for a reference, a dateTime or a complex value; a boolean or number it is not.
pub static EMPTY_STRINGS: Switch = Switch::new("MISC-06", "empty string for no value").lenient();
/// A single value where a list belongs.
pub static SINGLE_FOR_LIST: Switch = Switch::new("MISC-09", "single value sent for a list").lenient();
/// Two primary elements in one list: the first keeps the mark. Off in both profiles.
pub static FIRST_PRIMARY_WINS: Switch = Switch::new("PING-01", "two primary elements");
/// Values outside `canonicalValues` are refused (RFC 7643 §2.3.1 leaves the choice). Off in both profiles.
pub static CLOSED_CANONICAL_VALUES: Switch = Switch::new("R7643-2.3.1-01", "only canonical values");

/// A value in a peer's answer that does not fit its attribute: it is kept as it came, since to refuse it would make the
/// whole answer unreadable, and to drop it would lose it with the next PUT.
pub static ODD_ANSWERS: Switch =
    Switch::new("ANSWER-01", "a value in an answer does not fit its attribute").lenient();

/// A reference with characters that no URI has.
pub static LOOSE_REFERENCES: Switch = Switch::new("R7643-2.3.7-01", "reference that is no URI").lenient();

/// What a document is read for; it decides what has to be there and what does not count.
#[derive(Clone, Copy, Debug)]
pub enum Intent<'a> {
    /// A new resource (RFC 7644 §3.3): required attributes are asked for, readOnly ones ignored.
    Create,
    /// The new state of this one (RFC 7644 §3.5.1): as for a new one; immutable values may not change. What the client
    /// cannot write, or left out and must not lose, is taken over: readOnly, immutable and writeOnly values, `active`.
    Replace(&'a Resource),
    /// A peer's answer: nothing is asked for, readOnly values count, unknown attributes are kept.
    Response,
}

/// An admitted resource.
#[derive(Clone, Debug)]
pub struct Admitted {
    /// The canonical resource.
    pub resource: Resource,
    /// The leniencies that it took.
    pub deviations: Vec<Deviation>,
}

/// An admitted value of one attribute; `Value::Null` when what was sent amounts to no value.
///
/// `Debug` does not show the value, which may be a password.
#[derive(Clone, PartialEq)]
pub struct AdmittedValue {
    /// The canonical value.
    pub value: Value,
    /// The leniencies that it took.
    pub deviations: Vec<Deviation>,
}

impl std::fmt::Debug for AdmittedValue {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AdmittedValue").field("deviations", &self.deviations).finish_non_exhaustive()
    }
}

impl SchemaSet {
    /// Turns a client's JSON into a resource: canonical names, right types, nothing unassigned.
    ///
    /// ```
    /// use scim_core::{Intent, Profile, SchemaSet, attr};
    /// use serde_json::json;
    ///
    /// let body = json!({
    ///     "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
    ///     "USERNAME": "bjensen",
    ///     "active": "True",
    ///     "title": null,
    ///     "id": "chosen by the client, so it does not count",
    /// });
    /// let admitted = SchemaSet::user().admit(body, Intent::Create, &Profile::lenient())?;
    /// assert_eq!(admitted.resource.get(&attr::USER_NAME), Some(&json!("bjensen")));
    /// assert_eq!(admitted.resource.get(&attr::ACTIVE), Some(&json!(true)));
    /// assert_eq!(admitted.resource.id(), None);
    /// assert_eq!(admitted.deviations[0].to_string(), "ENT-02 at `active`: boolean sent as a string");
    /// # Ok::<(), scim_core::ScimError>(())
    /// ```
    ///
    /// # Errors
    /// 400 with `invalidSyntax` for a document of the wrong shape, names that differ only in case, and, where the
    /// profile refuses them, unknown attributes; `invalidValue` for missing and ill-typed values and for `schemas` that
    /// do not fit; `mutability` for immutable values that change. All that is wrong is named, up to a bound; the keyword
    /// is that of the first.
    pub fn admit(&self, raw: Value, intent: Intent<'_>, profile: &Profile) -> Result<Admitted, ScimError> {
        let Value::Object(mut map) = raw else {
            return Err(ScimError::invalid_syntax("a resource has to be a JSON object"));
        };
        let mode = if matches!(intent, Intent::Response) { Mode::Response } else { Mode::Write };
        let mut gate = Gate::new(self, profile, mode);
        gate.resource(&mut map);
        if let Intent::Replace(existing) = intent {
            gate.carry_over(existing.as_map(), &mut map);
        }
        gate.require(&map);
        let deviations = gate.finish()?;
        Ok(Admitted { resource: Resource::from_canonical(map, self), deviations })
    }

    /// Does the same for the value of one attribute, sub-attribute or extension, as a PATCH operation carries it.
    ///
    /// Nothing is asked for, since a value may be merged into another, and readOnly sub-attributes stay for the caller to
    /// judge.
    ///
    /// ```
    /// use scim_core::{Profile, SchemaSet, attr};
    /// use serde_json::json;
    ///
    /// let manager = SchemaSet::user().resolve(&attr::MANAGER)?;
    /// let admitted = SchemaSet::user().admit_value(&manager, json!("7"), &Profile::lenient())?;
    /// assert_eq!(admitted.value, json!({"value": "7"}));
    /// assert!(SchemaSet::user().admit_value(&manager, json!("7"), &Profile::rfc()).is_err());
    /// # Ok::<(), scim_core::ScimError>(())
    /// ```
    ///
    /// # Errors
    /// As for [`SchemaSet::admit`].
    pub fn admit_value(
        &self,
        at: &Resolved,
        raw: Value,
        profile: &Profile,
    ) -> Result<AdmittedValue, ScimError> {
        let mut gate = Gate::new(self, profile, Mode::Value);
        gate.secret = at.attribute().is_some_and(|attribute| attribute.returned() == Returned::Never);
        let mut value = raw;
        let path = at.path().to_string();
        let place = if at.leaf().is_some() { Place::Root(&path) } else { Place::Member(&Place::TOP, &path) };
        let assigned = match (at.sub_attribute(), at.attribute(), at.extension()) {
            (Some(leaf), _, _) | (None, Some(leaf), _) => gate.attribute(leaf, &mut value, &place),
            (None, None, Some(uri)) => match self.extension(uri) {
                Some(extension) => gate.extension(extension.schema(), &mut value, &place),
                None => false,
            },
            (None, None, None) => false,
        };
        let deviations = gate.finish()?;
        if !assigned || is_unassigned(&value) {
            value = Value::Null;
        }
        Ok(AdmittedValue { value, deviations })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::attr;

    #[test]
    fn a_member_has_to_name_somebody() {
        let create = |member: Value| {
            let body = json!({"displayName": "g", "members": [{"value": "1"}, member]});
            SchemaSet::group().admit(body, Intent::Create, &Profile::lenient())
        };
        for member in
            [json!({}), json!({"display": "x"}), json!({"value": ""}), json!({"value": null, "type": "User"})]
        {
            let error = create(member).unwrap_err().to_string();
            assert_eq!(error, "400 invalidValue: `members[1]` names no resource");
        }
        assert!(create(json!({"$ref": "../Users/2"})).is_ok());
        // A peer's answer is read as it is.
        let answer = json!({"members": [{"display": "x"}]});
        assert!(SchemaSet::group().admit(answer, Intent::Response, &Profile::lenient()).is_ok());
    }

    #[test]
    fn the_same_manager_keeps_the_name_that_the_server_gave() {
        let body = |manager: Value| json!({"userName": "b", "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": {"manager": manager}});
        let stored = body(json!({"value": "1", "$ref": "../Users/1", "displayName": "Boss"}));
        let stored = SchemaSet::user().admit(stored, Intent::Response, &Profile::lenient()).unwrap().resource;
        let put = |manager: Value| {
            let replaced =
                SchemaSet::user().admit(body(manager), Intent::Replace(&stored), &Profile::lenient());
            replaced.unwrap().resource.get(&attr::MANAGER_DISPLAY_NAME).cloned()
        };
        assert_eq!(put(json!({"value": "1"})), Some(json!("Boss")));
        assert_eq!(put(json!({"value": "2"})), None);
    }

    #[test]
    fn data_of_an_extension_that_is_not_ours_is_reported() {
        let body = json!({"userName": "b", "urn:example:Badge:1.0": {"number": 7}, "shoeSize": 44});
        let admitted = SchemaSet::user().admit(body, Intent::Create, &Profile::lenient()).unwrap();
        let said: Vec<String> = admitted.deviations.iter().map(ToString::to_string).collect();
        assert_eq!(said[0], "ENT-14 at `urn:example:Badge:1.0`: extension and `schemas` do not match");
        assert_eq!(said.len(), 2, "and the missing `schemas`: {said:?}");
        assert!(admitted.resource.as_map().get("urn:example:Badge:1.0").is_none());
    }
}
