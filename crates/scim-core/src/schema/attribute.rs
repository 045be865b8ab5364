//! Attribute definitions and their characteristics, RFC 7643 §2.2 and §7.

use std::fmt;
use std::sync::Arc;

use serde::ser::{Serialize, SerializeMap, Serializer};

use super::index::NameIndex;
use crate::name::AttrName;

/// The data type of an attribute (RFC 7643 §2.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AttrType {
    /// Unicode text.
    String,
    /// `true` or `false`.
    Boolean,
    /// A number with a fraction.
    Decimal,
    /// A number without fraction and exponent.
    Integer,
    /// An `xsd:dateTime` with date and time.
    DateTime,
    /// Base64 text.
    Binary,
    /// A URI.
    Reference,
    /// Sub-attributes.
    Complex,
}

/// Who may change an attribute, and when (RFC 7643 §7).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Mutability {
    /// Only the service provider.
    ReadOnly,
    /// Anyone at any time.
    ReadWrite,
    /// The client, as long as it has no value.
    Immutable,
    /// The client, who never gets to see it.
    WriteOnly,
}

/// When an attribute is part of an answer (RFC 7643 §7).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Returned {
    /// In every answer.
    Always,
    /// In none.
    Never,
    /// Unless the request leaves it out.
    Default,
    /// When the request names it, or wrote it.
    Request,
}

/// Among what a value has to be unique (RFC 7643 §7).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Uniqueness {
    /// Nothing.
    None,
    /// The resources of one endpoint of one tenant.
    Server,
    /// Everything everywhere.
    Global,
}

macro_rules! keywords {
    ($type:ident: $($variant:ident = $keyword:literal),*) => {
        impl $type {
            pub(super) const KEYWORDS: &'static str = concat!($("`", $keyword, "` "),*);

            /// The keyword of RFC 7643 §7.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $keyword,)*
                }
            }

            /// Reads the keyword in any case.
            pub(super) fn read(keyword: &str) -> Option<Self> {
                $(if keyword.eq_ignore_ascii_case($keyword) {
                    return Some(Self::$variant);
                })*
                None
            }
        }

        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }
    };
}

keywords!(AttrType: String = "string", Boolean = "boolean", Decimal = "decimal", Integer = "integer",
    DateTime = "dateTime", Binary = "binary", Reference = "reference", Complex = "complex");
keywords!(Mutability: ReadOnly = "readOnly", ReadWrite = "readWrite", Immutable = "immutable", WriteOnly = "writeOnly");
keywords!(Returned: Always = "always", Never = "never", Default = "default", Request = "request");
keywords!(Uniqueness: None = "none", Server = "server", Global = "global");

/// The definition of an attribute or sub-attribute (RFC 7643 §7).
///
/// What is not said takes the defaults of RFC 7643 §2.2: single-valued, not required, not caseExact, readWrite,
/// returned by default, not unique.
///
/// ```
/// use scim_core::schema::{AttrType, Attribute, Mutability};
///
/// let badge = Attribute::new("badge".parse()?, AttrType::Complex)
///     .with_description("The card that opens doors.")
///     .with_sub_attribute(Attribute::new("number".parse()?, AttrType::Integer).with_required(true))
///     .with_sub_attribute(
///         Attribute::new("issued".parse()?, AttrType::DateTime).with_mutability(Mutability::ReadOnly),
///     );
/// assert_eq!(badge.sub("NUMBER").unwrap().kind(), AttrType::Integer);
/// # Ok::<(), scim_core::ScimError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Attribute {
    pub(super) name: AttrName,
    pub(super) kind: AttrType,
    pub(super) multi_valued: bool,
    pub(super) description: String,
    pub(super) required: bool,
    pub(super) canonical_values: Vec<String>,
    pub(super) case_exact: bool,
    pub(super) mutability: Mutability,
    pub(super) returned: Returned,
    pub(super) uniqueness: Uniqueness,
    pub(super) reference_types: Vec<String>,
    pub(super) sub_attributes: Vec<Arc<Attribute>>,
    pub(super) facts: Facts,
}

/// What follows from a definition, worked out once when the schema is built.
#[derive(Clone, Debug, Default)]
pub(crate) struct Facts {
    pub(crate) index: NameIndex,
    /// Every sub-attribute is returned with its parent.
    pub(crate) plain: bool,
    pub(crate) required: Vec<usize>,
    pub(crate) value: Option<usize>,
    pub(crate) primary: Option<usize>,
    pub(crate) kind: Option<usize>,
    /// The elements point at other resources, so that `value` is an id.
    pub(crate) refers: bool,
    /// Some sub-attribute of a single value is not simply readWrite.
    pub(crate) guarded: bool,
}

impl Attribute {
    /// A definition with the defaults of RFC 7643 §2.2.
    #[must_use]
    pub fn new(name: AttrName, kind: AttrType) -> Self {
        Self {
            name,
            kind,
            multi_valued: false,
            description: String::new(),
            required: false,
            canonical_values: Vec::new(),
            case_exact: false,
            mutability: Mutability::ReadWrite,
            returned: Returned::Default,
            uniqueness: Uniqueness::None,
            reference_types: Vec::new(),
            sub_attributes: Vec::new(),
            facts: Facts::default(),
        }
    }

    /// Says whether the attribute holds a list.
    #[must_use]
    pub fn with_multi_valued(mut self, multi_valued: bool) -> Self {
        self.multi_valued = multi_valued;
        self
    }

    /// Says what the attribute is for, to people.
    #[must_use]
    pub fn with_description(mut self, description: impl Into<String>) -> Self {
        self.description = description.into();
        self
    }

    /// Says whether a resource has to have it.
    #[must_use]
    pub fn with_required(mut self, required: bool) -> Self {
        self.required = required;
        self
    }

    /// Suggests values.
    #[must_use]
    pub fn with_canonical_values<T: Into<String>>(mut self, values: impl IntoIterator<Item = T>) -> Self {
        self.canonical_values = values.into_iter().map(Into::into).collect();
        self
    }

    /// Says whether texts that differ in case are different.
    #[must_use]
    pub fn with_case_exact(mut self, case_exact: bool) -> Self {
        self.case_exact = case_exact;
        self
    }

    /// Says who may change it.
    #[must_use]
    pub fn with_mutability(mut self, mutability: Mutability) -> Self {
        self.mutability = mutability;
        self
    }

    /// Says when it is returned.
    #[must_use]
    pub fn with_returned(mut self, returned: Returned) -> Self {
        self.returned = returned;
        self
    }

    /// Says whether its values are unique.
    #[must_use]
    pub fn with_uniqueness(mut self, uniqueness: Uniqueness) -> Self {
        self.uniqueness = uniqueness;
        self
    }

    /// Names the resource types that a reference may point at, or `external` or `uri`.
    #[must_use]
    pub fn with_reference_types<T: Into<String>>(mut self, types: impl IntoIterator<Item = T>) -> Self {
        self.reference_types = types.into_iter().map(Into::into).collect();
        self
    }

    /// Adds a sub-attribute.
    #[must_use]
    pub fn with_sub_attribute(mut self, sub: Self) -> Self {
        self.sub_attributes.push(Arc::new(sub));
        self
    }

    /// The name.
    #[must_use]
    pub fn name(&self) -> &AttrName {
        &self.name
    }

    /// The data type.
    #[must_use]
    pub fn kind(&self) -> AttrType {
        self.kind
    }

    /// Whether the attribute holds a list.
    #[must_use]
    pub fn multi_valued(&self) -> bool {
        self.multi_valued
    }

    /// What it is for, to people.
    #[must_use]
    pub fn description(&self) -> &str {
        &self.description
    }

    /// Whether a resource has to have it.
    #[must_use]
    pub fn required(&self) -> bool {
        self.required
    }

    /// Values that are suggested; others are allowed (RFC 7643 §2.3.1).
    #[must_use]
    pub fn canonical_values(&self) -> &[String] {
        &self.canonical_values
    }

    /// The characteristic `caseExact`, as it is published.
    #[must_use]
    pub fn case_exact(&self) -> bool {
        self.case_exact
    }

    /// Whether texts that differ in case are different: `caseExact`, and always for references and binaries
    /// (RFC 7643 §2.3.6 and §2.3.7, errata 6001 and 8472).
    #[must_use]
    pub fn compares_exactly(&self) -> bool {
        self.case_exact || matches!(self.kind, AttrType::Reference | AttrType::Binary)
    }

    /// Who may change it.
    #[must_use]
    pub fn mutability(&self) -> Mutability {
        self.mutability
    }

    /// When it is returned.
    #[must_use]
    pub fn returned(&self) -> Returned {
        self.returned
    }

    /// Whether its values are unique.
    #[must_use]
    pub fn uniqueness(&self) -> Uniqueness {
        self.uniqueness
    }

    /// What a reference may point at.
    #[must_use]
    pub fn reference_types(&self) -> &[String] {
        &self.reference_types
    }

    /// The sub-attributes of a complex attribute.
    #[must_use]
    pub fn sub_attributes(&self) -> &[Arc<Self>] {
        &self.sub_attributes
    }

    /// The sub-attribute of this name, in any case.
    #[must_use]
    pub fn sub(&self, name: &str) -> Option<&Arc<Self>> {
        match self.facts.index.find(name) {
            Some((at, _)) => self.sub_attributes.get(at),
            // Not yet part of a schema.
            None => self.sub_attributes.iter().find(|sub| sub.name == *name),
        }
    }

    /// Whether the elements point at other SCIM resources, as `members` and `groups` do. Their `value` is an `id`, which
    /// is compared exactly (RFC 7643 §3.1), whatever its own definition says.
    #[must_use]
    pub fn refers_to_resources(&self) -> bool {
        self.facts.refers
    }

    pub(crate) fn facts(&self) -> &Facts {
        &self.facts
    }

    /// Works out what follows from the definition; the index has been built from the names already.
    pub(super) fn learn(&mut self, index: NameIndex) {
        let place = |name: &str| index.find(name).map(|(at, _)| at);
        let (value, primary, kind) = (place("value"), place("primary"), place("type"));
        let refers = place("$ref").and_then(|at| self.sub_attributes.get(at)).is_some_and(|sub| {
            sub.kind == AttrType::Reference
                && sub.reference_types.iter().any(|t| !matches!(t.as_str(), "external" | "uri"))
        });
        let subs = &self.sub_attributes;
        self.facts = Facts {
            plain: subs.iter().all(|sub| {
                matches!(sub.returned, Returned::Always | Returned::Default)
                    && (sub.facts.plain || sub.sub_attributes.is_empty())
            }),
            required: (0..subs.len()).filter(|at| subs.get(*at).is_some_and(|sub| sub.required)).collect(),
            value,
            primary,
            kind,
            refers,
            guarded: !self.multi_valued && subs.iter().any(|sub| sub.mutability != Mutability::ReadWrite),
            index,
        };
    }
}

/// Equal when every characteristic is; the descriptions count too.
impl PartialEq for Attribute {
    fn eq(&self, other: &Self) -> bool {
        self.name.as_str() == other.name.as_str()
            && (self.kind, self.multi_valued, self.required)
                == (other.kind, other.multi_valued, other.required)
            && (self.case_exact, self.mutability, self.returned)
                == (other.case_exact, other.mutability, other.returned)
            && (self.uniqueness, &self.description) == (other.uniqueness, &other.description)
            && (&self.canonical_values, &self.reference_types)
                == (&other.canonical_values, &other.reference_types)
            && self.sub_attributes == other.sub_attributes
    }
}

/// As RFC 7643 §8.7 prints it: no `caseExact` and `uniqueness` where they mean nothing.
impl Serialize for Attribute {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("name", self.name.as_str())?;
        map.serialize_entry("type", self.kind.as_str())?;
        if !self.reference_types.is_empty() {
            map.serialize_entry("referenceTypes", &self.reference_types)?;
        }
        map.serialize_entry("multiValued", &self.multi_valued)?;
        map.serialize_entry("description", &self.description)?;
        map.serialize_entry("required", &self.required)?;
        if !self.canonical_values.is_empty() {
            map.serialize_entry("canonicalValues", &self.canonical_values)?;
        }
        if matches!(self.kind, AttrType::String | AttrType::Reference | AttrType::Binary) {
            map.serialize_entry("caseExact", &self.case_exact)?;
        }
        map.serialize_entry("mutability", self.mutability.as_str())?;
        map.serialize_entry("returned", self.returned.as_str())?;
        if !matches!(self.kind, AttrType::Complex | AttrType::Boolean) {
            map.serialize_entry("uniqueness", self.uniqueness.as_str())?;
        }
        if !self.sub_attributes.is_empty() {
            map.serialize_entry("subAttributes", &Subs(&self.sub_attributes))?;
        }
        map.end()
    }
}

/// A list of definitions behind `Arc`s, for which serde would need its feature `rc`.
pub(super) struct Subs<'a>(pub(super) &'a [Arc<Attribute>]);

impl Serialize for Subs<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.iter().map(|sub| &**sub))
    }
}
