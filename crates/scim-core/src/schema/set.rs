//! The schemas of one resource type together, and what a path means among them: RFC 7643 §3.3 and §6, RFC 7644 §3.10.

use std::fmt;
use std::sync::{Arc, LazyLock};

use super::{AttrType, Attribute, Mutability, NameIndex, Returned, Schema, Uniqueness};
use crate::error::ScimError;
use crate::name::AttrName;
use crate::path::AttrPath;
use crate::uri::SchemaUri;

/// The base schema of a resource type and its extensions; cheap to clone.
///
/// The common attributes `schemas`, `id`, `externalId` and `meta` are part of every set, though no schema lists them
/// (RFC 7643 §3.1).
///
/// ```
/// use scim_core::{SchemaSet, SchemaUri};
///
/// let long = "urn:ietf:params:scim:schemas:core:2.0:User:EMAILS.Value".parse()?;
/// let resolved = SchemaSet::user().resolve(&long)?;
/// assert_eq!(resolved.path().to_string(), "emails.value");
///
/// let manager = SchemaSet::user().resolve(&scim_core::attr::MANAGER)?;
/// assert_eq!(manager.extension(), Some(&SchemaUri::ENTERPRISE_USER));
/// # Ok::<(), scim_core::ScimError>(())
/// ```
#[derive(Clone)]
pub struct SchemaSet(Arc<Inner>);

struct Inner {
    base: Arc<Schema>,
    extensions: Vec<SchemaExtension>,
    slots: Vec<Slot>,
    index: NameIndex,
    required: Vec<usize>,
}

/// What a name at the top of a resource stands for.
#[derive(Clone)]
pub(crate) enum Slot {
    Attribute(Arc<Attribute>),
    /// The place among the extensions.
    Extension(usize),
}

/// A schema that extends a resource type (RFC 7643 §6).
#[derive(Clone, Debug, PartialEq)]
pub struct SchemaExtension {
    schema: Arc<Schema>,
    required: bool,
}

impl SchemaExtension {
    /// An extension that resources may do without.
    #[must_use]
    pub fn optional(schema: Arc<Schema>) -> Self {
        Self { schema, required: false }
    }

    /// An extension that every resource of the type has.
    #[must_use]
    pub fn required(schema: Arc<Schema>) -> Self {
        Self { schema, required: true }
    }

    /// The schema.
    #[must_use]
    pub fn schema(&self) -> &Arc<Schema> {
        &self.schema
    }

    /// Whether every resource of the type has it.
    #[must_use]
    pub fn is_required(&self) -> bool {
        self.required
    }
}

impl SchemaSet {
    /// Puts a set together.
    ///
    /// # Errors
    /// `invalidValue` when two schemas have the same URI.
    pub fn new(
        base: Arc<Schema>,
        extensions: impl IntoIterator<Item = SchemaExtension>,
    ) -> Result<Self, ScimError> {
        let extensions: Vec<SchemaExtension> = extensions.into_iter().collect();
        let common = COMMON.iter().map(|attribute| Slot::Attribute(Arc::clone(attribute)));
        // What a legacy schema says about the common attributes does not count (RFC 7643 §3.1).
        let own = base.attributes().iter().filter(|own| !COMMON.iter().any(|common| common.name == own.name));
        let own = own.map(|attribute| Slot::Attribute(Arc::clone(attribute)));
        let slots: Vec<Slot> = common.chain(own).chain((0..extensions.len()).map(Slot::Extension)).collect();
        let names = slots.iter().map(|slot| match slot {
            Slot::Attribute(attribute) => attribute.name.as_str(),
            Slot::Extension(at) => extensions.get(*at).map_or("", |e| e.schema.id().as_str()),
        });
        let twice = |uri: &SchemaUri| ScimError::invalid_value(format!("the schema `{uri}` stands twice"));
        let index = NameIndex::new(names).map_err(|at| match slots.get(at) {
            Some(Slot::Extension(at)) => {
                extensions.get(*at).map_or_else(|| twice(base.id()), |e| twice(e.schema.id()))
            }
            _ => ScimError::invalid_value(format!("more than {} attributes", super::index::MAX_NAMES)),
        })?;
        if let Some(same) = extensions.iter().find(|extension| extension.schema.id() == base.id()) {
            return Err(twice(same.schema.id()));
        }
        let required = (0..slots.len())
            .filter(|at| match slots.get(*at) {
                // Neither `schemas` nor `id` is asked of the client here; `admit` sees to the former.
                Some(Slot::Attribute(attribute)) => {
                    attribute.required && attribute.mutability != Mutability::ReadOnly && *at >= COMMON.len()
                }
                Some(Slot::Extension(at)) => extensions.get(*at).is_some_and(|extension| extension.required),
                None => false,
            })
            .collect();
        Ok(Self(Arc::new(Inner { base, extensions, slots, index, required })))
    }

    /// The base schema.
    #[must_use]
    pub fn base(&self) -> &Arc<Schema> {
        &self.0.base
    }

    /// The extensions.
    #[must_use]
    pub fn extensions(&self) -> &[SchemaExtension] {
        &self.0.extensions
    }

    /// The extension of this URI.
    #[must_use]
    pub fn extension(&self, uri: &SchemaUri) -> Option<&SchemaExtension> {
        self.0.extensions.iter().find(|extension| extension.schema.id() == uri)
    }

    /// The attributes at the top of a resource: the common ones, then those of the base schema.
    pub fn attributes(&self) -> impl Iterator<Item = &Arc<Attribute>> {
        self.0.slots.iter().filter_map(|slot| match slot {
            Slot::Attribute(attribute) => Some(attribute),
            Slot::Extension(_) => None,
        })
    }

    /// Every attribute of the base schema, of all resources and of the extensions, with its path.
    ///
    /// ```
    /// use scim_core::{SchemaSet, attr};
    ///
    /// let paths: Vec<_> = SchemaSet::user().resolved().map(|one| one.path().clone()).collect();
    /// assert!(paths.contains(&attr::USER_NAME) && paths.contains(&attr::META));
    /// ```
    pub fn resolved(&self) -> impl Iterator<Item = Resolved> {
        let own = self.attributes().map(|attribute| (None, attribute));
        let extensions = self.extensions().iter().flat_map(|extension| {
            let schema = extension.schema();
            schema.attributes().iter().map(|attribute| (Some(schema.id().clone()), attribute))
        });
        own.chain(extensions).map(|(extension, attribute)| {
            let path = AttrPath::of_name(attribute.name().clone());
            Resolved {
                path: match &extension {
                    Some(uri) => path.with_schema(uri.clone()),
                    None => path,
                },
                extension,
                attribute: Some(Arc::clone(attribute)),
                sub_attribute: None,
            }
        })
    }

    /// What a path means: the one canonical form of all its spellings.
    ///
    /// The URN of the base schema may stand before an attribute or not; an extension's attribute needs its URN; the URN
    /// of an extension alone is the whole extension.
    ///
    /// # Errors
    /// `invalidPath` when the schema or attribute is not part of this set.
    pub fn resolve(&self, path: &AttrPath) -> Result<Resolved, ScimError> {
        let Some(schema) = path.schema() else {
            let Some(name) = path.name() else { return Err(unknown(path)) };
            return self.resolve_in(None, name, path);
        };
        // The longest known schema comes first: a URN that ends like an attribute is the extension itself.
        if let Some(extension) =
            self.0.extensions.iter().find(|extension| is_spelled(path, extension.schema.id()))
        {
            let uri = extension.schema.id().clone();
            return Ok(Resolved {
                path: AttrPath::of_schema(uri.clone()),
                extension: Some(uri),
                attribute: None,
                sub_attribute: None,
            });
        }
        let Some(name) = path.name() else { return Err(unknown(path)) };
        if schema == self.0.base.id() {
            return self.resolve_in(None, name, path);
        }
        match self.extension(schema) {
            Some(extension) => self.resolve_in(Some(extension), name, path),
            None => Err(unknown(path)),
        }
    }

    fn resolve_in(
        &self,
        extension: Option<&SchemaExtension>,
        name: &AttrName,
        path: &AttrPath,
    ) -> Result<Resolved, ScimError> {
        let attribute = match extension {
            Some(extension) => extension.schema.attribute(name.as_str()),
            None => match self.slot(name.as_str()) {
                Some((_, Slot::Attribute(attribute), _)) => Some(attribute),
                _ => None,
            },
        };
        let attribute = Arc::clone(attribute.ok_or_else(|| unknown(path))?);
        let mut canonical = AttrPath::of_name(attribute.name.clone());
        if let Some(extension) = extension {
            canonical = canonical.with_schema(extension.schema.id().clone());
        }
        let sub_attribute = match path.sub() {
            None => None,
            Some(sub) => {
                let found = attribute.sub(sub.as_str()).ok_or_else(|| {
                    let what = if attribute.kind == AttrType::Complex {
                        "has no such sub-attribute"
                    } else {
                        "is simple"
                    };
                    ScimError::invalid_path(format!("`{path}`: `{canonical}` {what}"))
                })?;
                canonical = canonical.with_sub(found.name.clone());
                Some(Arc::clone(found))
            }
        };
        let extension = extension.map(|extension| extension.schema.id().clone());
        Ok(Resolved { path: canonical, extension, attribute: Some(attribute), sub_attribute })
    }

    /// The slot of a name at the top of a resource, its place, and whether the name is spelled canonically.
    #[inline]
    pub(crate) fn slot(&self, name: &str) -> Option<(usize, &Slot, bool)> {
        let (at, exact) = self.0.index.find(name)?;
        Some((at, self.0.slots.get(at)?, exact))
    }

    pub(crate) fn slot_name(&self, at: usize) -> &str {
        self.0.index.name(at)
    }

    pub(crate) fn slots(&self) -> &[Slot] {
        &self.0.slots
    }

    pub(crate) fn extension_at(&self, at: usize) -> Option<&SchemaExtension> {
        self.0.extensions.get(at)
    }

    /// The slots that every resource has to fill.
    pub(crate) fn required(&self) -> &[usize] {
        &self.0.required
    }
}

/// Whether a path, written out, is this URI. Compares without writing it out.
fn is_spelled(path: &AttrPath, uri: &SchemaUri) -> bool {
    let Some(schema) = path.schema() else { return false };
    let tail = match uri.as_str().split_at_checked(schema.as_str().len()) {
        Some((head, tail)) if *schema == *head => tail,
        _ => return false,
    };
    let Some(name) = path.name() else { return tail.is_empty() };
    let Some(tail) = tail.strip_prefix(':') else { return false };
    match path.sub() {
        None => *name == *tail,
        Some(sub) => tail.split_once('.').is_some_and(|(head, rest)| *name == *head && *sub == *rest),
    }
}

fn unknown(path: &AttrPath) -> ScimError {
    ScimError::invalid_path(format!("`{path}` is not an attribute of this resource type"))
}

impl fmt::Debug for SchemaSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list()
            .entry(self.0.base.id())
            .entries(self.0.extensions.iter().map(|extension| extension.schema.id()))
            .finish()
    }
}

impl PartialEq for SchemaSet {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
            || (self.0.base == other.0.base && self.0.extensions == other.0.extensions)
    }
}

/// What a path means among the schemas of a resource type: an attribute, a sub-attribute, or a whole extension.
#[derive(Clone, Debug, PartialEq)]
pub struct Resolved {
    path: AttrPath,
    extension: Option<SchemaUri>,
    attribute: Option<Arc<Attribute>>,
    sub_attribute: Option<Arc<Attribute>>,
}

impl Resolved {
    /// The canonical path: spelled as in the schema, with a URN exactly when it is an extension's.
    #[must_use]
    pub fn path(&self) -> &AttrPath {
        &self.path
    }

    /// The extension that it is part of, or is.
    #[must_use]
    pub fn extension(&self) -> Option<&SchemaUri> {
        self.extension.as_ref()
    }

    /// The attribute; `None` for a whole extension.
    #[must_use]
    pub fn attribute(&self) -> Option<&Arc<Attribute>> {
        self.attribute.as_ref()
    }

    /// The sub-attribute, if the path names one.
    #[must_use]
    pub fn sub_attribute(&self) -> Option<&Arc<Attribute>> {
        self.sub_attribute.as_ref()
    }

    /// The sub-attribute of this name, in any case, of the attribute.
    ///
    /// ```
    /// use scim_core::{SchemaSet, attr};
    ///
    /// let emails = SchemaSet::user().resolve(&attr::EMAILS)?;
    /// assert_eq!(emails.with_sub_attribute("VALUE").unwrap().path(), &attr::EMAILS_VALUE);
    /// assert!(emails.with_sub_attribute("colour").is_none());
    /// # Ok::<(), scim_core::ScimError>(())
    /// ```
    #[must_use]
    pub fn with_sub_attribute(&self, name: &str) -> Option<Self> {
        let sub = self.attribute.as_ref()?.sub(name)?;
        Some(Self {
            path: self.path.clone().with_sub(sub.name.clone()),
            extension: self.extension.clone(),
            attribute: self.attribute.clone(),
            sub_attribute: Some(Arc::clone(sub)),
        })
    }

    /// The sub-attribute, or else the attribute; `None` for a whole extension.
    #[must_use]
    pub fn leaf(&self) -> Option<&Arc<Attribute>> {
        self.sub_attribute.as_ref().or(self.attribute.as_ref())
    }
}

/// The common attributes, RFC 7643 §3 and §3.1.
static COMMON: LazyLock<[Arc<Attribute>; 4]> = LazyLock::new(|| {
    let string = |name| Attribute::new(AttrName::from_static(name), AttrType::String).with_case_exact(true);
    let read_only = |attribute: Attribute| attribute.with_mutability(Mutability::ReadOnly);
    let date = |name| Attribute::new(AttrName::from_static(name), AttrType::DateTime);
    let schemas = Attribute::new(AttrName::from_static("schemas"), AttrType::Reference)
        .with_description("The schemas that the resource is made of.")
        .with_multi_valued(true)
        .with_required(true)
        .with_returned(Returned::Always)
        .with_reference_types(["uri"]);
    let id = read_only(string("id"))
        .with_description("The identifier that the service provider chose.")
        .with_returned(Returned::Always)
        .with_uniqueness(Uniqueness::Server);
    let external_id = string("externalId").with_description("The identifier that the client uses.");
    let location =
        Attribute::new(AttrName::from_static("location"), AttrType::Reference).with_case_exact(true);
    let mut meta = read_only(Attribute::new(AttrName::from_static("meta"), AttrType::Complex))
        .with_description("What the service provider knows about the resource itself.")
        .with_sub_attribute(
            read_only(string("resourceType")).with_description("The name of the resource type."),
        )
        .with_sub_attribute(read_only(date("created")).with_description("When it was created."))
        .with_sub_attribute(read_only(date("lastModified")).with_description("When it last changed."))
        .with_sub_attribute(
            read_only(location.with_reference_types(["uri"])).with_description("Where it is."),
        )
        .with_sub_attribute(read_only(string("version")).with_description("Its entity tag."));
    let names = meta.sub_attributes.iter().map(|sub| sub.name.as_str().to_owned()).collect::<Vec<_>>();
    meta.learn(NameIndex::new(names.iter().map(String::as_str)).unwrap_or_default());
    [schemas, id, external_id, meta].map(Arc::new)
});

#[cfg(test)]
mod tests {
    use super::*;
    use crate::attr;

    fn resolve(path: &str) -> String {
        match SchemaSet::user().resolve(&path.parse().unwrap()) {
            Ok(resolved) => resolved.path().to_string(),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn section_3_10_spellings_are_one() {
        for path in [
            "userName",
            "USERNAME",
            "urn:ietf:params:scim:schemas:core:2.0:User:userName",
            "URN:IETF:PARAMS:SCIM:SCHEMAS:CORE:2.0:USER:username",
        ] {
            assert_eq!(resolve(path), "userName");
        }
        assert_eq!(
            resolve("urn:ietf:params:scim:schemas:core:2.0:User:meta.LASTMODIFIED"),
            "meta.lastModified"
        );
        let manager = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager.value";
        assert_eq!(resolve(&manager.to_uppercase().replace("URN", "urn")), manager);
    }

    #[test]
    fn an_extension_urn_alone_is_the_extension() {
        let path = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:user".parse().unwrap();
        let resolved = SchemaSet::user().resolve(&path).unwrap();
        assert!(resolved.attribute().is_none() && resolved.leaf().is_none());
        assert_eq!(resolved.extension(), Some(&SchemaUri::ENTERPRISE_USER));
        assert_eq!(resolved.path().to_string(), "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User");
    }

    #[test]
    fn any_urn_can_name_an_extension() {
        for uri in ["urn:example:directory:1.0", "urn:example:a.b", "urn:example:x:Foo.Bar", "urn:example:x"]
        {
            let schema = Schema::new(
                uri.parse().unwrap(),
                "X",
                "",
                vec![Attribute::new("badge".parse().unwrap(), AttrType::String)],
            );
            let set = SchemaSet::new(Schema::user(), [SchemaExtension::optional(Arc::new(schema.unwrap()))])
                .unwrap();
            let whole = set.resolve(&uri.parse().unwrap()).unwrap();
            assert_eq!(whole.extension().map(SchemaUri::as_str), Some(uri));
            assert!(whole.leaf().is_none());
            let badge = set.resolve(&format!("{uri}:badge").parse().unwrap()).unwrap();
            assert_eq!(badge.path().to_string(), format!("{uri}:badge"));
        }
    }

    #[test]
    fn what_is_not_there() {
        let said: Vec<String> = [
            "shoeSize",
            "name.shoeSize",
            "userName.value",
            "department",
            "urn:ietf:params:scim:schemas:core:2.0:Group:members",
            "urn:ietf:params:scim:schemas:core:2.0:User",
            "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:userName",
            "urn:example:directory:1.0",
        ]
        .map(resolve)
        .into();
        insta::assert_snapshot!(said.join("\n"));
    }

    #[test]
    fn section_3_1_common_attributes_have_their_own_characteristics() {
        let set = SchemaSet::new(Schema::meta_schema(), []).unwrap();
        let id = set.resolve(&attr::ID).unwrap();
        assert!(id.leaf().unwrap().case_exact(), "the schema of schemas says false");
        assert_eq!(id.leaf().unwrap().returned(), Returned::Always);
    }

    #[test]
    fn one_schema_once() {
        let twice = SchemaSet::new(Schema::user(), [SchemaExtension::optional(Schema::user())]).unwrap_err();
        insta::assert_snapshot!(twice, @"400 invalidValue: the schema `urn:ietf:params:scim:schemas:core:2.0:User` stands twice");
        let extension = || SchemaExtension::required(Schema::enterprise_user());
        assert!(SchemaSet::new(Schema::user(), [extension(), extension()]).is_err());
    }
}
