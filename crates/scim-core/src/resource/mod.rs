//! Resources, RFC 7643 §3: a canonical JSON object, read and written by path.

mod common;
mod enterprise;
mod group;
pub(crate) mod names;
pub(crate) mod typed;
mod user;
mod version;

use std::fmt;
use std::sync::Arc;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Map, Value};

pub use self::common::Meta;
pub use self::enterprise::{EnterpriseUser, Manager};
pub use self::group::{Group, Member};
pub use self::typed::{Extension, ScimResource};
pub use self::user::{
    Address, Email, Entitlement, GroupMembership, Im, Name, PhoneNumber, Photo, Role, User, X509Certificate,
};
pub use self::version::Version;
use crate::admit::{Intent, LOOSE_REFERENCES};
use crate::deviation::Profile;
use crate::error::ScimError;
use crate::name::AttrName;
use crate::path::AttrPath;
use crate::schema::{AttrType, Attribute, Returned, SchemaSet, Slot};
use crate::uri::SchemaUri;
use crate::value::is_unassigned;

/// A resource whose schema may be known at run time only (RFC 7643 §3).
///
/// Its names are spelled as in the schemas, its values have their types, and nothing unassigned is in it. It comes from
/// [`SchemaSet::admit`], from a typed resource, or from a store that kept an earlier one.
///
/// ```
/// use scim_core::{Resource, SchemaSet, attr};
/// use serde_json::json;
///
/// let mut user = Resource::new(SchemaSet::user());
/// user.set(&attr::USER_NAME, json!("bjensen"))?;
/// user.set(&attr::EMAILS, json!([{"value": "b@example.com"}, {"value": "babs@jensen.org"}]))?;
/// user.set(&attr::DEPARTMENT, json!("Tours"))?;
///
/// assert_eq!(user.get(&attr::USER_NAME), Some(&json!("bjensen")));
/// assert_eq!(user.get_all(&attr::EMAILS_VALUE).count(), 2);
/// assert!(user.set(&attr::ACTIVE, json!("yes")).is_err());
///
/// user.remove(&attr::DEPARTMENT);
/// assert_eq!(user.as_map()["schemas"], json!(["urn:ietf:params:scim:schemas:core:2.0:User"]));
/// # Ok::<(), scim_core::ScimError>(())
/// ```
///
/// `Debug` does not show what is never returned. `Serialize` writes the whole document, for a store or for a client that
/// sends it; an answer goes through [`SchemaSet::project`].
#[derive(Clone, Default)]
pub struct Resource {
    map: Map<String, Value>,
    schemas: Option<SchemaSet>,
}

impl Resource {
    /// A resource with nothing but its base schema.
    #[must_use]
    pub fn new(schemas: &SchemaSet) -> Self {
        let mut map = Map::new();
        map.insert("schemas".to_owned(), Value::Array(vec![schemas.base().id().as_str().into()]));
        Self { map, schemas: Some(schemas.clone()) }
    }

    /// Takes a document back that an earlier resource wrote, such as a store's; one from outside goes through
    /// [`SchemaSet::admit`].
    #[must_use]
    pub fn from_canonical(map: Map<String, Value>, schemas: &SchemaSet) -> Self {
        Self { map, schemas: Some(schemas.clone()) }
    }

    /// The dynamic form of a typed resource.
    ///
    /// # Errors
    /// 500 when the type cannot be written as a JSON object; `invalidValue` when what it writes does not fit its own
    /// schemas.
    pub fn from_typed<T: ScimResource>(typed: &T) -> Result<Self, ScimError> {
        let value = serde_json::to_value(typed).map_err(ScimError::internal)?;
        match T::schema_set() {
            // What a type writes is canonical in its names and may hold what is unassigned. A reference that was let in as a
            // text is still one.
            Some(schemas) => {
                let profile = Profile::rfc().with(&LOOSE_REFERENCES);
                Ok(schemas.admit(value, Intent::Response, &profile)?.resource.with_base(schemas))
            }
            None => match value {
                Value::Object(map) => Ok(Self { map, schemas: None }),
                _ => Err(ScimError::internal("a resource has to be written as a JSON object")),
            },
        }
    }

    /// The typed form of the resource.
    ///
    /// ```
    /// use scim_core::{Resource, User};
    ///
    /// let part: Resource = serde_json::from_str(r#"{"id": "7", "displayName": "Babs"}"#).unwrap();
    /// let error = part.to_typed::<User>().unwrap_err();
    /// assert_eq!(error.detail(), Some("the required attribute `userName` is missing"));
    /// ```
    ///
    /// # Errors
    /// `invalidValue` when the resource does not fit the type. A part of a resource, as an answer to `attributes=` has it,
    /// lacks required attributes and is refused: written back, it would wipe what was not read.
    pub fn to_typed<T: ScimResource>(&self) -> Result<T, ScimError> {
        from_value_of(&self.map)
    }

    /// The extension of this type, if the resource has it (RFC 7643 §3.3).
    ///
    /// # Errors
    /// `invalidValue` when what is there does not fit the type.
    pub fn extension<E: Extension>(&self) -> Result<Option<E>, ScimError> {
        typed::extension_in(&self.map, &E::SCHEMA).map(from_value).transpose()
    }

    /// Sets the extension; `schemas` will name it.
    ///
    /// # Errors
    /// 500 when the type cannot be written as JSON; as [`Resource::set`] when it does not fit the schemas.
    pub fn set_extension<E: Extension>(&mut self, extension: &E) -> Result<(), ScimError> {
        let value = serde_json::to_value(extension).map_err(ScimError::internal)?;
        self.set(&AttrPath::of_schema(E::SCHEMA), value)
    }

    fn with_base(mut self, schemas: &SchemaSet) -> Self {
        self.list_schema(schemas.base().id());
        self
    }

    /// The JSON object.
    #[must_use]
    pub fn as_map(&self) -> &Map<String, Value> {
        &self.map
    }

    /// The JSON object, for changes in place.
    ///
    /// Whoever changes it keeps it canonical: names as in the schemas, values of the right type, nothing unassigned,
    /// `schemas` in step with the extensions. [`Resource::set`] and a PATCH see to that.
    #[must_use]
    pub fn as_map_mut(&mut self) -> &mut Map<String, Value> {
        &mut self.map
    }

    /// The JSON object, given away.
    #[must_use]
    pub fn into_map(self) -> Map<String, Value> {
        self.map
    }

    /// The schemas that it was admitted by.
    #[must_use]
    pub fn schema_set(&self) -> Option<&SchemaSet> {
        self.schemas.as_ref()
    }

    /// The same resource among other schemas, such as a server's own.
    #[must_use]
    pub fn with_schema_set(mut self, schemas: &SchemaSet) -> Self {
        self.schemas = Some(schemas.clone());
        self
    }

    /// The URIs in `schemas`.
    pub fn schemas(&self) -> impl Iterator<Item = &str> {
        self.map.get("schemas").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str)
    }

    /// The `id`, if the service provider has given one.
    #[must_use]
    pub fn id(&self) -> Option<&str> {
        self.map.get("id")?.as_str()
    }

    /// The `externalId`, if the client has given one.
    #[must_use]
    pub fn external_id(&self) -> Option<&str> {
        self.map.get("externalId")?.as_str()
    }

    /// The version in `meta.version`.
    #[must_use]
    pub fn version(&self) -> Option<Version> {
        self.map.get("meta")?.get("version")?.as_str()?.parse().ok()
    }

    /// The value at a path: an attribute, a sub-attribute of a single value, or an extension's object. The
    /// sub-attributes of a list are many; see [`Resource::get_all`].
    #[must_use]
    pub fn get(&self, path: &AttrPath) -> Option<&Value> {
        let value = self.attribute(path)?;
        match path.sub() {
            Some(sub) => find(value.as_object()?, sub.as_str()),
            None => Some(value),
        }
    }

    /// All values at a path: the elements of a list, or their sub-attributes, or the one value there is.
    pub fn get_all<'a>(&'a self, path: &AttrPath) -> impl Iterator<Item = &'a Value> + use<'a> {
        let values: &[Value] = match self.attribute(path) {
            Some(Value::Array(values)) => values,
            Some(value) => std::slice::from_ref(value),
            None => &[],
        };
        let sub = path.sub().cloned();
        values.iter().filter_map(move |value| match &sub {
            Some(sub) => find(value.as_object()?, sub.as_str()),
            None => Some(value),
        })
    }

    fn attribute(&self, path: &AttrPath) -> Option<&Value> {
        let Some(schema) = path.schema().filter(|schema| !self.is_base(schema)) else {
            return find(&self.map, path.name()?.as_str());
        };
        if let Some(object) = find(&self.map, schema.as_str()) {
            return match path.name() {
                Some(name) => find(object.as_object()?, name.as_str()),
                None => Some(object),
            };
        }
        // The URN of an extension may end like the name of an attribute.
        if path.sub().is_some() { None } else { find(&self.map, &path.to_string()) }
    }

    /// Whether attributes below this URN sit at the top.
    fn is_base(&self, schema: &SchemaUri) -> bool {
        match &self.schemas {
            Some(schemas) => schemas.base().id() == schema,
            None => schema.is_core(),
        }
    }

    /// Gives a path a value; `null`, `[]` and `{}` take it away. `schemas` follows the extensions that come and go.
    ///
    /// # Errors
    /// `invalidPath` for a path that the schemas do not have, or for a sub-attribute of a list; `invalidValue` for a value
    /// of the wrong type. A resource that knows no schemas takes everything.
    pub fn set(&mut self, path: &AttrPath, value: Value) -> Result<(), ScimError> {
        let (path, value) = match &self.schemas {
            Some(schemas) => {
                let resolved = schemas.resolve(path)?;
                if resolved.sub_attribute().is_some()
                    && resolved.attribute().is_some_and(|a| a.multi_valued())
                {
                    return Err(not_settable(path));
                }
                let value = schemas.admit_value(&resolved, value, &Profile::rfc())?.value;
                (resolved.path().clone(), value)
            }
            None => (path.clone(), value),
        };
        if is_unassigned(&value) {
            self.remove(&path);
            return Ok(());
        }
        let schema = path.schema().filter(|schema| !self.is_base(schema)).cloned();
        let map = match &schema {
            None => &mut self.map,
            Some(schema) => object_at(&mut self.map, schema.as_str()).ok_or_else(|| not_settable(&path))?,
        };
        match (path.name(), path.sub()) {
            (None, _) => match value {
                Value::Object(members) => *map = members,
                _ => return Err(not_settable(&path)),
            },
            (Some(name), None) => {
                put(map, name, value);
            }
            (Some(name), Some(sub)) => {
                let complex = object_at(map, name.as_str()).ok_or_else(|| not_settable(&path))?;
                put(complex, sub, value);
            }
        }
        if let Some(schema) = &schema {
            self.list_schema(schema);
        }
        Ok(())
    }

    /// Takes the value at a path away, and what it leaves empty. Sub-attributes of a list are taken from every element.
    pub fn remove(&mut self, path: &AttrPath) -> Option<Value> {
        let schema = path.schema().filter(|schema| !self.is_base(schema)).cloned();
        let Some(schema) = schema else {
            return remove_in(&mut self.map, path);
        };
        let whole = AttrPath::of_schema(schema.clone());
        let (key, removed) = match key_of(&self.map, schema.as_str()) {
            Some(key) if *path != whole => {
                let container = self.map.get_mut(&key)?.as_object_mut()?;
                let removed = remove_in(container, path);
                if !container.is_empty() {
                    return removed;
                }
                (key, removed)
            }
            Some(key) => (key, None),
            None => (key_of(&self.map, &path.to_string())?, None),
        };
        let container = self.map.remove(&key);
        if let Some(Value::Array(listed)) = self.map.get_mut("schemas") {
            listed.retain(|uri| uri.as_str().is_none_or(|uri| !uri.eq_ignore_ascii_case(&key)));
        }
        removed.or(container)
    }

    fn list_schema(&mut self, schema: &SchemaUri) {
        let listed = self.map.entry("schemas").or_insert_with(|| Value::Array(Vec::new()));
        if let Value::Array(listed) = listed {
            if !listed.iter().any(|uri| uri.as_str().is_some_and(|uri| *schema == *uri)) {
                listed.push(schema.as_str().into());
            }
        }
    }
}

/// Reads a typed value out of an untyped one.
pub(crate) fn from_value<T: DeserializeOwned>(value: &Value) -> Result<T, ScimError> {
    T::deserialize(value).map_err(|error| misfit(&error))
}

/// The same data as another type.
pub(crate) fn convert<T: DeserializeOwned>(from: &impl Serialize) -> Result<T, ScimError> {
    from_value(&serde_json::to_value(from).map_err(ScimError::internal)?)
}

fn from_value_of<T: DeserializeOwned>(map: &Map<String, Value>) -> Result<T, ScimError> {
    T::deserialize(map).map_err(|error| misfit(&error))
}

/// The words of the reader, which may quote the document.
fn misfit(error: &serde_json::Error) -> ScimError {
    const MOST: usize = 200;
    let text: String = error.to_string().chars().flat_map(char::escape_debug).take(MOST).collect();
    ScimError::invalid_value(text.replace("\\\"", "\""))
}

fn not_settable(path: &AttrPath) -> ScimError {
    ScimError::invalid_path(format!("`{path}` cannot be set: a list stands where a single value is needed"))
}

/// The member of this name, in any case.
fn find<'a>(map: &'a Map<String, Value>, name: &str) -> Option<&'a Value> {
    map.get(name)
        .or_else(|| map.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value))
}

/// The spelling under which a name is in the map.
fn key_of(map: &Map<String, Value>, name: &str) -> Option<String> {
    if map.contains_key(name) {
        return Some(name.to_owned());
    }
    map.keys().find(|key| key.eq_ignore_ascii_case(name)).cloned()
}

fn put(map: &mut Map<String, Value>, name: &AttrName, value: Value) {
    let key = key_of(map, name.as_str()).unwrap_or_else(|| name.as_str().to_owned());
    map.insert(key, value);
}

fn object_at<'a>(map: &'a mut Map<String, Value>, name: &str) -> Option<&'a mut Map<String, Value>> {
    let key = key_of(map, name).unwrap_or_else(|| name.to_owned());
    map.entry(key).or_insert_with(|| Value::Object(Map::new())).as_object_mut()
}

fn remove_in(map: &mut Map<String, Value>, path: &AttrPath) -> Option<Value> {
    let key = key_of(map, path.name()?.as_str())?;
    let Some(sub) = path.sub() else { return map.remove(&key) };
    let take = |value: &mut Value| {
        let object = value.as_object_mut()?;
        object.remove(&key_of(object, sub.as_str())?)
    };
    let value = map.get_mut(&key)?;
    let removed = match value {
        Value::Array(elements) => {
            let taken: Vec<Value> = elements.iter_mut().filter_map(take).collect();
            elements.retain(|element| !is_unassigned(element));
            (!taken.is_empty()).then_some(Value::Array(taken))
        }
        single => take(single),
    };
    if map.get(&key).is_some_and(is_unassigned) {
        map.remove(&key);
    }
    removed
}

impl PartialEq for Resource {
    fn eq(&self, other: &Self) -> bool {
        self.map == other.map
    }
}

impl Serialize for Resource {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.map.serialize(serializer)
    }
}

/// Takes a document as it is, without schemas; one from outside goes through [`SchemaSet::admit`].
impl<'de> Deserialize<'de> for Resource {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self { map: Map::deserialize(deserializer)?, schemas: None })
    }
}

impl ScimResource for Resource {
    fn schema_set() -> Option<&'static SchemaSet> {
        None
    }

    fn from_resource(resource: Resource) -> Result<Self, ScimError> {
        Ok(resource)
    }

    fn to_resource(this: &Arc<Self>) -> Result<Arc<Resource>, ScimError> {
        Ok(Arc::clone(this))
    }
}

impl fmt::Debug for Resource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut map = f.debug_map();
        for (name, value) in &self.map {
            let known = self.schemas.as_ref().and_then(|schemas| Some((schemas, schemas.slot(name)?.1)));
            match known {
                Some((_, Slot::Attribute(attribute))) => map.entry(name, &Shown { value, attribute }),
                Some((schemas, Slot::Extension(at))) => {
                    let find = |name: &str| schemas.extension_at(*at)?.schema().attribute(name).map(|a| &**a);
                    map.entry(name, &ShownObject { value, find: &find })
                }
                None if name.eq_ignore_ascii_case("password") => map.entry(name, &Hidden),
                None => map.entry(name, value),
            };
        }
        map.finish()
    }
}

struct Hidden;

impl fmt::Debug for Hidden {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("..")
    }
}

/// A value without what is never returned.
struct Shown<'a> {
    value: &'a Value,
    attribute: &'a Attribute,
}

impl fmt::Debug for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { value, attribute } = *self;
        let find = |name: &str| attribute.sub(name).map(|sub| &**sub);
        match value {
            _ if attribute.returned() == Returned::Never => Hidden.fmt(f),
            _ if attribute.kind() != AttrType::Complex => value.fmt(f),
            Value::Array(values) => {
                f.debug_list().entries(values.iter().map(|value| ShownObject { value, find: &find })).finish()
            }
            value => ShownObject { value, find: &find }.fmt(f),
        }
    }
}

struct ShownObject<'a> {
    value: &'a Value,
    find: &'a dyn Fn(&str) -> Option<&'a Attribute>,
}

impl fmt::Debug for ShownObject<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Value::Object(members) = self.value else { return self.value.fmt(f) };
        let mut map = f.debug_map();
        for (name, value) in members {
            match (self.find)(name) {
                Some(attribute) => map.entry(name, &Shown { value, attribute }),
                None => map.entry(name, value),
            };
        }
        map.finish()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::attr;

    fn user() -> Resource {
        let mut user = Resource::new(SchemaSet::user());
        user.set(&attr::USER_NAME, json!("bjensen")).unwrap();
        user
    }

    #[test]
    fn a_reference_that_is_no_uri_survives_the_typed_form() {
        let body = json!({
            "schemas": [SchemaUri::GROUP], "displayName": "All",
            "members": [{"value": "7", "$ref": "https://app.example/Users/a|b"}],
        });
        let set = SchemaSet::group();
        let group = set.admit(body, Intent::Create, &Profile::lenient()).unwrap().resource;
        let typed: Group = group.to_typed().unwrap();
        assert_eq!(Resource::from_typed(&typed).unwrap(), group);
    }

    #[test]
    fn reads_by_any_spelling() {
        let mut user = user();
        user.set(&attr::NAME_FAMILY_NAME, json!("Jensen")).unwrap();
        user.set(&attr::MANAGER_VALUE, json!("7")).unwrap();
        for path in [
            "name.familyName",
            "NAME.FAMILYNAME",
            "urn:ietf:params:scim:schemas:core:2.0:User:name.familyname",
        ] {
            assert_eq!(user.get(&path.parse().unwrap()), Some(&json!("Jensen")), "{path}");
        }
        let extension = AttrPath::of_schema(SchemaUri::ENTERPRISE_USER);
        assert_eq!(user.get(&extension), Some(&json!({"manager": {"value": "7"}})));
        let bare: AttrPath = SchemaUri::ENTERPRISE_USER.as_str().parse().unwrap();
        assert_eq!(user.get(&bare), user.get(&extension));
        assert_eq!(user.get(&attr::MANAGER_VALUE), Some(&json!("7")));
        assert_eq!(user.get(&"manager".parse().unwrap()), None);
        assert_eq!(user.get(&"urn:ietf:params:scim:schemas:core:2.0:Group:userName".parse().unwrap()), None);
    }

    #[test]
    fn lists_are_read_element_by_element() {
        let mut user = user();
        user.set(&attr::EMAILS, json!([{"value": "a"}, {"type": "home"}, {"value": "b"}])).unwrap();
        assert_eq!(user.get(&attr::EMAILS_VALUE), None);
        assert_eq!(user.get_all(&attr::EMAILS_VALUE).collect::<Vec<_>>(), [&json!("a"), &json!("b")]);
        let emails = user.get_all(&attr::EMAILS);
        assert_eq!(emails.count(), 3);
        assert_eq!(user.get_all(&attr::USER_NAME).count(), 1);
        assert_eq!(user.get_all(&attr::ROLES).count(), 0);
        assert!(user.set(&attr::EMAILS_TYPE, json!("work")).is_err());
        assert!(user.set(&attr::ROLES_VALUE, json!("admin")).is_err(), "no list yet");
        user.remove(&attr::EMAILS_VALUE);
        assert_eq!(user.get(&attr::EMAILS), Some(&json!([{"type": "home"}])));
        user.remove(&attr::EMAILS_TYPE);
        assert_eq!(user.get(&attr::EMAILS), None);
    }

    #[test]
    fn schemas_follow_the_extensions() {
        let mut user = user();
        let before = user.clone();
        user.set(&attr::MANAGER_VALUE, json!("7")).unwrap();
        assert_eq!(user.schemas().nth(1), Some(SchemaUri::ENTERPRISE_USER.as_str()));
        user.set(&attr::DEPARTMENT, json!("Tours")).unwrap();
        assert_eq!(user.schemas().count(), 2);
        user.set(&attr::MANAGER_VALUE, Value::Null).unwrap();
        assert_eq!(user.schemas().count(), 2);
        user.remove(&attr::DEPARTMENT);
        assert_eq!(user, before);
        user.set(&attr::DEPARTMENT, json!("Tours")).unwrap();
        user.remove(&SchemaUri::ENTERPRISE_USER.as_str().parse().unwrap());
        assert_eq!(user, before);
        assert_eq!(user.remove(&attr::DEPARTMENT), None);
    }

    #[test]
    fn names_are_written_as_in_the_schema() {
        let mut user = user();
        user.set(&"DISPLAYNAME".parse().unwrap(), json!("Babs")).unwrap();
        assert_eq!(user.as_map()["displayName"], "Babs");
    }

    #[test]
    fn debug_hides_what_is_never_returned() {
        let mut user = user();
        user.set(&attr::PASSWORD, json!("t1meMa$heen")).unwrap();
        user.set(&attr::EMAILS, json!([{"value": "a"}])).unwrap();
        let shown = format!("{user:?}");
        assert!(!shown.contains("t1me") && shown.contains("bjensen") && shown.contains("emails"), "{shown}");
        let untyped: Resource = serde_json::from_value(json!({"PASSWORD": "t1me"})).unwrap();
        assert!(!format!("{untyped:?}").contains("t1me"));
    }
}
