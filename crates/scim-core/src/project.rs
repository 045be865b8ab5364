//! The gate out: what this reader may see of a resource. RFC 7643 §7 (`returned`) and RFC 7644 §3.9.

use serde::ser::{Serialize, SerializeMap, SerializeSeq, Serializer};
use serde_json::{Map, Value};

use crate::resource::Resource;
use crate::schema::{Attribute, Resolved, Returned, Schema, SchemaSet, Slot};
use crate::uri::SchemaUri;

/// Which attributes an answer holds (RFC 7644 §3.9).
///
/// ```
/// use scim_core::{Intent, Profile, Projection, SchemaSet, attr};
/// use serde_json::json;
///
/// let set = SchemaSet::user();
/// let body = json!({
///     "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
///     "userName": "bjensen",
///     "name": {"givenName": "Barbara", "familyName": "Jensen"},
///     "password": "t1meMa$heen",
/// });
/// let user = set.admit(body, Intent::Create, &Profile::lenient())?.resource;
///
/// let want = Projection::only([set.resolve(&attr::NAME_GIVEN_NAME)?]);
/// assert_eq!(
///     serde_json::to_value(set.project(&user, &want)).unwrap(),
///     json!({
///         "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
///         "name": {"givenName": "Barbara"},
///     })
/// );
/// assert!(!serde_json::to_string(&set.project(&user, &Projection::default())).unwrap().contains("t1me"));
/// # Ok::<(), scim_core::ScimError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Projection {
    selection: Selection,
    supplied: Vec<Resolved>,
}

#[derive(Clone, Debug, Default, PartialEq)]
enum Selection {
    #[default]
    Default,
    Only(Vec<Resolved>),
    Except(Vec<Resolved>),
    Everything,
}

impl Projection {
    /// What is always returned and these attributes: the parameter `attributes`.
    #[must_use]
    pub fn only(paths: impl IntoIterator<Item = Resolved>) -> Self {
        Self { selection: Selection::Only(paths.into_iter().collect()), supplied: Vec::new() }
    }

    /// What is returned by default but these attributes: the parameter `excludedAttributes`.
    #[must_use]
    pub fn except(paths: impl IntoIterator<Item = Resolved>) -> Self {
        Self { selection: Selection::Except(paths.into_iter().collect()), supplied: Vec::new() }
    }

    /// All that there is, for reading what is to be changed and written back; [`wants`](Self::wants) holds for each attribute.
    /// What is never returned is not shown even so.
    #[must_use]
    pub fn everything() -> Self {
        Self { selection: Selection::Everything, supplied: Vec::new() }
    }

    /// Adds the attributes that the request being answered wrote, for those that are returned on request
    /// (RFC 7643 §7).
    #[must_use]
    pub fn with_supplied(mut self, paths: impl IntoIterator<Item = Resolved>) -> Self {
        self.supplied.extend(paths);
        self
    }

    /// The attributes asked for, if the request names any.
    #[must_use]
    pub fn attributes(&self) -> Option<&[Resolved]> {
        match &self.selection {
            Selection::Only(paths) => Some(paths),
            _ => None,
        }
    }

    /// The attributes left out.
    #[must_use]
    pub fn excluded_attributes(&self) -> &[Resolved] {
        match &self.selection {
            Selection::Except(paths) => paths,
            _ => &[],
        }
    }

    /// Whether the answer can hold anything of this attribute, so that a store need not read what nobody gets.
    ///
    /// ```
    /// use scim_core::{Projection, SchemaSet, attr};
    ///
    /// let members = SchemaSet::group().resolve(&attr::MEMBERS)?;
    /// assert!(Projection::default().wants(&members));
    /// assert!(!Projection::except([members.clone()]).wants(&members));
    /// # Ok::<(), scim_core::ScimError>(())
    /// ```
    #[must_use]
    pub fn wants(&self, path: &Resolved) -> bool {
        if matches!(self.selection, Selection::Everything) {
            return true;
        }
        let Some(attribute) = path.attribute() else {
            return match &self.selection {
                Selection::Default | Selection::Everything => true,
                Selection::Only(paths) => paths.iter().any(|p| p.extension() == path.extension()),
                Selection::Except(paths) => {
                    !paths.iter().any(|p| p.leaf().is_none() && p.extension() == path.extension())
                }
            };
        };
        self.shows(path.extension(), attribute)
            && path.sub_attribute().is_none_or(|sub| self.shows_sub(path.extension(), attribute, sub))
    }

    /// Whether an attribute is part of the answer, with at least some of its sub-attributes.
    fn shows(&self, extension: Option<&SchemaUri>, attribute: &Attribute) -> bool {
        match attribute.returned() {
            Returned::Never => return false,
            Returned::Always => return true,
            Returned::Default | Returned::Request => {}
        }
        let on_request = attribute.returned() == Returned::Request;
        if on_request && named(&self.supplied, extension, attribute) {
            return true;
        }
        match &self.selection {
            Selection::Everything => true,
            Selection::Default => !on_request,
            Selection::Only(paths) => paths.iter().any(|path| match path.attribute() {
                Some(_) => names(path, extension, attribute),
                // A whole extension brings what it returns by default.
                None => !on_request && path.extension() == extension && extension.is_some(),
            }),
            Selection::Except(paths) => {
                !on_request
                    && !paths.iter().any(|path| {
                        path.sub_attribute().is_none()
                            && (names(path, extension, attribute)
                                || (path.attribute().is_none() && path.extension() == extension))
                    })
            }
        }
    }

    /// Whether a sub-attribute is part of the answer, when its attribute is.
    fn shows_sub(&self, extension: Option<&SchemaUri>, attribute: &Attribute, sub: &Attribute) -> bool {
        match sub.returned() {
            Returned::Never => return false,
            Returned::Always => return true,
            Returned::Default | Returned::Request => {}
        }
        let of_this = |paths: &[Resolved]| {
            let mut whole = false;
            let mut this = false;
            for path in paths {
                match path.sub_attribute() {
                    _ if path.attribute().is_none() => {
                        whole |= path.extension() == extension && extension.is_some();
                    }
                    None => whole |= names(path, extension, attribute),
                    Some(named) => this |= named.name() == sub.name() && names(path, extension, attribute),
                }
            }
            (whole, this)
        };
        let on_request = sub.returned() == Returned::Request;
        if on_request && of_this(&self.supplied).1 {
            return true;
        }
        match &self.selection {
            Selection::Everything => true,
            Selection::Default => !on_request,
            Selection::Only(paths) => {
                let (whole, this) = of_this(paths);
                let always = attribute.returned() == Returned::Always
                    && !paths.iter().any(|p| names(p, extension, attribute));
                this || (!on_request && (whole || always))
            }
            Selection::Except(paths) => !on_request && !of_this(paths).1,
        }
    }

    /// Whether every value of the attribute is shown as it stands.
    fn shows_whole(&self, extension: Option<&SchemaUri>, attribute: &Attribute) -> bool {
        if attribute.sub_attributes().is_empty() {
            return true;
        }
        attribute.facts().plain
            && match &self.selection {
                Selection::Default | Selection::Everything => true,
                Selection::Only(_) => {
                    attribute.sub_attributes().iter().all(|sub| self.shows_sub(extension, attribute, sub))
                }
                Selection::Except(paths) => !named(paths, extension, attribute),
            }
    }
}

/// Whether a path is of this attribute, or of one of its sub-attributes.
fn names(path: &Resolved, extension: Option<&SchemaUri>, attribute: &Attribute) -> bool {
    path.attribute().is_some_and(|named| named.name() == attribute.name()) && path.extension() == extension
}

fn named(paths: &[Resolved], extension: Option<&SchemaUri>, attribute: &Attribute) -> bool {
    paths.iter().any(|path| names(path, extension, attribute))
}

impl SchemaSet {
    /// Shows a resource to a reader: [`Projected`] serialises what the projection and `returned` let through, and copies
    /// nothing.
    #[must_use]
    pub fn project<'a>(&'a self, resource: &'a Resource, projection: &'a Projection) -> Projected<'a> {
        Projected { set: self, resource, projection, overlay: None }
    }
}

/// What a reader sees of a resource.
#[derive(Clone, Copy, Debug)]
pub struct Projected<'a> {
    set: &'a SchemaSet,
    resource: &'a Resource,
    projection: &'a Projection,
    overlay: Option<&'a Map<String, Value>>,
}

impl<'a> Projected<'a> {
    /// Lets these members stand for those of the resource, as `meta` does, which a server works out for each answer.
    ///
    /// Their names are canonical; the projection holds for them too.
    ///
    /// ```
    /// use scim_core::{Projection, Resource, SchemaSet, attr};
    /// use serde_json::json;
    ///
    /// let user = Resource::new(SchemaSet::user());
    /// let found = json!({"id": "7"});
    /// let projection = Projection::default();
    /// let shown = SchemaSet::user().project(&user, &projection).with_overlay(found.as_object().unwrap());
    /// assert_eq!(shown.to_resource().id(), Some("7"));
    /// ```
    #[must_use]
    pub fn with_overlay(self, overlay: &'a Map<String, Value>) -> Self {
        Self { overlay: Some(overlay), ..self }
    }
}

impl Projected<'_> {
    /// The visible part as a resource of its own.
    #[must_use]
    pub fn to_resource(&self) -> Resource {
        match serde_json::to_value(self) {
            Ok(Value::Object(map)) => Resource::from_canonical(map, self.set),
            _ => Resource::from_canonical(Map::new(), self.set),
        }
    }

    /// What no schema knows is shown unless the reader asked for something else.
    fn shows_unknown(&self) -> bool {
        !matches!(self.projection.selection, Selection::Only(_))
    }
}

impl Serialize for Projected<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut out = serializer.serialize_map(None)?;
        match self.overlay {
            None => {
                for (name, value) in self.resource.as_map() {
                    self.member(&mut out, name, value)?;
                }
            }
            Some(overlay) => {
                let under = self.resource.as_map();
                for (name, value) in under.iter().filter(|(name, _)| !overlay.contains_key(name.as_str())) {
                    self.member(&mut out, name, value)?;
                }
                for (name, value) in overlay {
                    self.member(&mut out, name, value)?;
                }
            }
        }
        out.end()
    }
}

impl Projected<'_> {
    fn member<M: SerializeMap>(&self, out: &mut M, name: &str, value: &Value) -> Result<(), M::Error> {
        match self.set.slot(name) {
            Some((_, Slot::Attribute(attribute), _)) => {
                attribute_entry(out, self.projection, None, name, attribute, value)
            }
            Some((_, Slot::Extension(at), _)) => {
                let Some(extension) = self.set.extension_at(*at) else { return Ok(()) };
                let container = Container { projection: self.projection, schema: extension.schema(), value };
                if container.any() { out.serialize_entry(name, &container) } else { Ok(()) }
            }
            None => self.foreign(out, name, value),
        }
    }
}

impl Projected<'_> {
    /// What this set does not know. Where the resource was admitted by another set, which knows it, what that one never
    /// returns stays hidden; and nobody gets to see a password because nobody defined it.
    fn foreign<M: SerializeMap>(&self, out: &mut M, name: &str, value: &Value) -> Result<(), M::Error> {
        if !self.shows_unknown() {
            return Ok(());
        }
        let own = self.resource.schema_set().and_then(|own| Some((own, own.slot(name)?.1)));
        match own {
            Some((_, Slot::Attribute(attribute))) => {
                attribute_entry(out, self.projection, None, name, attribute, value)
            }
            Some((own, Slot::Extension(at))) => {
                let Some(extension) = own.extension_at(*at) else { return Ok(()) };
                let container = Container { projection: self.projection, schema: extension.schema(), value };
                if container.any() { out.serialize_entry(name, &container) } else { Ok(()) }
            }
            None if name.eq_ignore_ascii_case("password") => Ok(()),
            None => out.serialize_entry(name, value),
        }
    }
}

/// Writes one member, if the reader sees anything of it.
fn attribute_entry<M: SerializeMap>(
    out: &mut M,
    projection: &Projection,
    extension: Option<&SchemaUri>,
    name: &str,
    attribute: &Attribute,
    value: &Value,
) -> Result<(), M::Error> {
    if !projection.shows(extension, attribute) {
        return Ok(());
    }
    if projection.shows_whole(extension, attribute) {
        return out.serialize_entry(name, value);
    }
    let part = Part { projection, extension, attribute, value };
    if part.any() { out.serialize_entry(name, &part) } else { Ok(()) }
}

/// The object of an extension.
struct Container<'a> {
    projection: &'a Projection,
    schema: &'a Schema,
    value: &'a Value,
}

impl Container<'_> {
    fn any(&self) -> bool {
        let Value::Object(members) = self.value else { return false };
        members.iter().any(|(name, value)| match self.schema.attribute(name) {
            Some(attribute) => {
                let (projection, extension) = (self.projection, Some(self.schema.id()));
                projection.shows(extension, attribute)
                    && (projection.shows_whole(extension, attribute)
                        || Part { projection, extension, attribute, value }.any())
            }
            None => self.shows_unknown(),
        })
    }

    fn shows_unknown(&self) -> bool {
        match &self.projection.selection {
            Selection::Only(paths) => {
                paths.iter().any(|path| path.leaf().is_none() && path.extension() == Some(self.schema.id()))
            }
            Selection::Default | Selection::Everything => true,
            Selection::Except(paths) => {
                !paths.iter().any(|path| path.leaf().is_none() && path.extension() == Some(self.schema.id()))
            }
        }
    }
}

impl Serialize for Container<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut out = serializer.serialize_map(None)?;
        if let Value::Object(members) = self.value {
            for (name, value) in members {
                match self.schema.attribute(name) {
                    Some(attribute) => {
                        attribute_entry(
                            &mut out,
                            self.projection,
                            Some(self.schema.id()),
                            name,
                            attribute,
                            value,
                        )?;
                    }
                    None if self.shows_unknown() => out.serialize_entry(name, value)?,
                    None => {}
                }
            }
        }
        out.end()
    }
}

/// A complex value of which some sub-attributes are shown.
#[derive(Clone, Copy)]
struct Part<'a> {
    projection: &'a Projection,
    extension: Option<&'a SchemaUri>,
    attribute: &'a Attribute,
    value: &'a Value,
}

impl<'a> Part<'a> {
    fn shows(&self, name: &str) -> bool {
        match self.attribute.sub(name) {
            Some(sub) => self.projection.shows_sub(self.extension, self.attribute, sub),
            None => !named_by_sub(&self.projection.selection, self.extension, self.attribute),
        }
    }

    fn any(&self) -> bool {
        match self.value {
            Value::Array(elements) => elements.iter().any(|value| Part { value, ..*self }.any()),
            Value::Object(members) => members.keys().any(|name| self.shows(name)),
            _ => true,
        }
    }

    fn of(&self, value: &'a Value) -> Self {
        Part { value, ..*self }
    }
}

/// Whether only some sub-attributes of the attribute were asked for.
fn named_by_sub(selection: &Selection, extension: Option<&SchemaUri>, attribute: &Attribute) -> bool {
    match selection {
        Selection::Only(paths) => {
            !paths.iter().any(|path| path.sub_attribute().is_none() && names(path, extension, attribute))
        }
        _ => false,
    }
}

impl Serialize for Part<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.value {
            Value::Array(elements) => {
                let mut out = serializer.serialize_seq(None)?;
                for part in elements.iter().map(|value| self.of(value)).filter(Part::any) {
                    out.serialize_element(&part)?;
                }
                out.end()
            }
            Value::Object(members) => {
                let mut out = serializer.serialize_map(None)?;
                for (name, value) in members.iter().filter(|(name, _)| self.shows(name)) {
                    out.serialize_entry(name, value)?;
                }
                out.end()
            }
            simple => simple.serialize(serializer),
        }
    }
}
