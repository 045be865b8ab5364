//! One operation, RFC 7644 §3.5.2, after all real senders' forms have become one.

use std::fmt;

use scim_core::schema::Attribute;
use scim_core::{AttrName, AttrPath, Resolved};
use scim_filter::check::Operand;
use scim_filter::{CompareOp, ElementFilter, Filter, Literal, Path, Typed};
use serde_json::{Map, Value};

/// The name of an operation (RFC 7644 §3.5.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PatchOp {
    /// Values come (RFC 7644 §3.5.2.1).
    Add,
    /// Values go (RFC 7644 §3.5.2.2).
    Remove,
    /// Values take the place of others (RFC 7644 §3.5.2.3).
    Replace,
}

impl PatchOp {
    /// The name, as it stands in `op`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Add => "add",
            Self::Remove => "remove",
            Self::Replace => "replace",
        }
    }
}

/// What an operation amounts to.
///
/// Emptying a list as a whole has a name of its own, so that nobody empties a group unseen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Change {
    /// Values come, or are set where there were none.
    Add,
    /// Values take the place of others.
    Replace,
    /// A value, some elements of a list, or a sub-attribute go.
    Remove,
    /// Every element of a multi-valued attribute goes: `remove members`, `replace members []`.
    Clear,
    /// Nothing changes: a readOnly value was sent without need, and has to be the one that is there.
    Expect,
}

/// An operation on one attribute: resolved, admitted, in canonical form.
///
/// A path-less operation has become one operation for each attribute in its value. `Debug` does not show the values,
/// which may be secret.
#[derive(Clone, PartialEq)]
pub struct Operation {
    /// The index in `Operations`.
    pub(crate) index: usize,
    pub(crate) op: PatchOp,
    /// The attribute, or its sub-attribute, also the one after brackets; or a whole extension.
    pub(crate) target: Resolved,
    pub(crate) select: Option<Select>,
    /// Null for a removal. A complex value that is merged into a single one, or into an element, may hold nulls for what
    /// is taken away.
    pub(crate) value: Value,
    /// What an element starts with that is created when none is selected.
    pub(crate) seed: Option<Box<Map<String, Value>>>,
    /// The value is only compared.
    pub(crate) expects: bool,
}

/// Which elements of a list are meant.
#[derive(Clone, Debug)]
pub(crate) enum Select {
    Filter(ElementFilter),
    /// Those that are the same as one of these.
    Listed(Vec<Value>),
}

impl PartialEq for Select {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Filter(a), Self::Filter(b)) => a.filter() == b.filter(),
            (Self::Listed(a), Self::Listed(b)) => a == b,
            _ => false,
        }
    }
}

impl fmt::Debug for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Operation")
            .field("index", &self.index)
            .field("op", &self.op)
            .field("target", self.target.path())
            .finish_non_exhaustive()
    }
}

impl Operation {
    pub(crate) fn new(index: usize, op: PatchOp, target: Resolved, value: Value) -> Self {
        Self { index, op, target, select: None, value, seed: None, expects: false }
    }

    /// The index in the `Operations` that were received, from 0; several may have the same.
    #[must_use]
    pub fn index(&self) -> usize {
        self.index
    }

    /// The operation.
    #[must_use]
    pub fn op(&self) -> PatchOp {
        self.op
    }

    /// What it amounts to.
    #[must_use]
    pub fn change(&self) -> Change {
        match self.op {
            _ if self.expects => Change::Expect,
            PatchOp::Add => Change::Add,
            PatchOp::Replace => Change::Replace,
            PatchOp::Remove if self.select.is_none() && self.is_list() && !self.has_sub() => Change::Clear,
            PatchOp::Remove => Change::Remove,
        }
    }

    /// The attribute or sub-attribute that it is about, or the whole extension.
    #[must_use]
    pub fn target(&self) -> &Resolved {
        &self.target
    }

    /// The path; `None` where a value is only compared, as no path may name a readOnly attribute.
    #[must_use]
    pub fn path(&self) -> Option<Path> {
        if self.expects {
            return None;
        }
        let attr = self.target.path().clone();
        Some(match (&self.select, self.target.attribute()) {
            (Some(select), Some(attribute)) => Path {
                sub: attr.sub().cloned(),
                attr: attr.without_sub(),
                filter: Some(match select {
                    Select::Filter(filter) => filter.filter().clone(),
                    Select::Listed(elements) => filter_of(attribute, elements),
                }),
            },
            _ => Path::from(attr),
        })
    }

    /// The value; `None` for a removal.
    #[must_use]
    pub fn value(&self) -> Option<&Value> {
        (!self.value.is_null()).then_some(&self.value)
    }

    pub(crate) fn is_list(&self) -> bool {
        self.target.attribute().is_some_and(|attribute| attribute.multi_valued())
    }

    pub(crate) fn has_sub(&self) -> bool {
        self.target.sub_attribute().is_some()
    }

    /// Whether it is about this attribute, or a part of it.
    pub(crate) fn is_about(&self, attribute: &Resolved) -> bool {
        self.target.extension() == attribute.extension()
            && match (self.target.attribute(), attribute.attribute()) {
                (Some(a), Some(b)) => a.name() == b.name(),
                _ => true,
            }
    }
}

/// The values that a filter on elements asks for, when it is nothing but `value eq ..` or several of these joined by
/// `or`. They are folded where the attribute does not compare exactly.
pub(crate) fn values_of(filter: &ElementFilter) -> Option<Vec<&str>> {
    fn value(typed: &Typed) -> Option<&str> {
        match typed {
            Typed::Compare(target, CompareOp::Eq, Operand::Exact(text) | Operand::Folded(text)) => {
                let sub = target.sub_attribute();
                let is_value = sub.is_none_or(|sub| sub.name().as_str() == "value");
                is_value.then_some(text)
            }
            _ => None,
        }
    }
    match filter.root() {
        Typed::Or(any) => any.iter().map(value).collect(),
        one => Some(vec![value(one)?]),
    }
}

/// The filter that selects the same elements as a list of them.
pub(crate) fn filter_of(attribute: &Attribute, elements: &[Value]) -> Filter {
    let mut filters = elements.iter().map(|element| filter_of_one(attribute, element));
    let first = filters.next().unwrap_or(Filter::Or(Vec::new()));
    filters.fold(first, Filter::or)
}

fn filter_of_one(attribute: &Attribute, element: &Value) -> Filter {
    let path = |name: &AttrName| AttrPath::of_name(name.clone());
    let value = AttrName::from_static("value");
    let Value::Object(members) = element else {
        return Filter::Compare(path(&value), CompareOp::Eq, literal(element));
    };
    if let Some(id) = members.get("value") {
        let same = Filter::Compare(path(&value), CompareOp::Eq, literal(id));
        return match (attribute.sub("type"), members.get("type")) {
            (Some(kind), Some(sent)) => {
                let kind = path(kind.name());
                same.and(Filter::Compare(kind.clone(), CompareOp::Eq, literal(sent)).or(!Filter::pr(kind)))
            }
            _ => same,
        };
    }
    let each = attribute.sub_attributes().iter().map(|sub| match members.get(sub.name().as_str()) {
        Some(sent) => Filter::Compare(path(sub.name()), CompareOp::Eq, literal(sent)),
        None => !Filter::pr(path(sub.name())),
    });
    each.reduce(Filter::and).unwrap_or(Filter::And(Vec::new()))
}

fn literal(value: &Value) -> Literal {
    match value {
        Value::String(text) => Literal::from(text),
        Value::Bool(value) => Literal::from(*value),
        Value::Number(number) => Literal::from(number.clone()),
        Value::Null | Value::Array(_) | Value::Object(_) => Literal::Null,
    }
}
