//! Elements of lists, as paths with brackets name them: `emails[type eq "work"].value`.

use std::sync::Arc;

use scim_core::multi_valued::{is_primary, same_value};
use scim_core::schema::{AttrType, Attribute, Mutability};
use scim_core::{AttrName, AttrPath, Resolved, Resource, SchemaSet, ScimError, attr};
use scim_filter::{Filter, Literal, Path};
use serde_json::{Map, Value};

/// A sub-attribute of the element that the brackets of a path name.
#[derive(Clone, Debug)]
pub(super) struct Element {
    list: AttrPath,
    /// What the element is known by.
    terms: Vec<Term>,
    sub: AttrName,
}

/// One `eq` term of the brackets.
#[derive(Clone, Debug)]
struct Term {
    attribute: Arc<Attribute>,
    value: Value,
    literal: Literal,
}

impl Element {
    /// Checks the brackets and what follows them; the definition of what is written, and the place.
    pub(super) fn new(
        path: &Path,
        resolved: &Resolved,
        attribute: &Arc<Attribute>,
        filter: &Filter,
        schemas: &SchemaSet,
    ) -> Result<(Arc<Attribute>, Self), String> {
        if !attribute.multi_valued()
            || attribute.kind() != AttrType::Complex
            || resolved.sub_attribute().is_some()
        {
            return Err("holds no list of elements, so nothing can stand in brackets".to_owned());
        }
        let Some(sub) = &path.sub else {
            return Err("names a whole element: add a sub-attribute, such as `.value`".to_owned());
        };
        let Some(leaf) = attribute.sub(sub.as_str()) else {
            return Err(format!("`{}` has no sub-attribute `{sub}`", resolved.path()));
        };
        if leaf.mutability() == Mutability::ReadOnly {
            return Err("is read-only".to_owned());
        }
        let terms = match filter {
            Filter::And(terms) => terms.as_slice(),
            one => std::slice::from_ref(one),
        };
        let terms = terms.iter().map(|term| Term::new(term, attribute)).collect::<Result<Vec<_>, _>>()?;
        for term in &terms {
            term.filter().check_element(resolved, schemas).map_err(|error| error.to_string())?;
        }
        for (at, term) in terms.iter().enumerate() {
            let name = term.attribute.name();
            if terms.iter().skip(at + 1).any(|other| other.attribute.name() == name) {
                return Err(format!("`{name}` stands in the brackets twice"));
            }
        }
        if terms.iter().any(|term| term.attribute.name() == leaf.name()) {
            return Err(format!("`{}` stands in the brackets and after them", leaf.name()));
        }
        let list = resolved.path().clone();
        Ok((Arc::clone(leaf), Self { list, terms, sub: leaf.name().clone() }))
    }

    /// The path, with names as in the schemas.
    pub(super) fn text(&self) -> String {
        let terms: Vec<String> = self.terms.iter().map(|term| term.filter().to_string()).collect();
        format!("{}[{}].{}", self.list, terms.join(" and "), self.sub)
    }

    /// The list, the element in it as a PATCH names it, and what of it is written.
    pub(super) fn parts(&self) -> (&AttrPath, String, &AttrName) {
        let mut terms: Vec<String> = self.terms.iter().map(|term| term.filter().to_string()).collect();
        terms.sort_unstable();
        (&self.list, format!("{}[{}]", self.list, terms.join(" and ")), &self.sub)
    }

    /// What two targets have in common when they are the same place.
    pub(super) fn key(&self) -> String {
        let (_, element, sub) = self.parts();
        format!("{element}.{sub}").to_lowercase()
    }

    /// The value that stands there, in the first such element.
    pub(super) fn value<'a>(&self, resource: &'a Resource) -> Option<&'a Value> {
        let list = resource.get(&self.list)?.as_array()?;
        list.iter().find(|one| self.is(one))?.get(self.sub.as_str())
    }

    /// The question who has this value there.
    pub(super) fn filter(&self, value: Literal) -> Filter {
        let last = Filter::eq(AttrPath::of_name(self.sub.clone()), value);
        let terms = self.terms.iter().map(Term::filter).reduce(Filter::and);
        let inner = match terms {
            Some(terms) => terms.and(last),
            None => last,
        };
        Filter::value_path(self.list.clone(), inner)
    }

    fn is(&self, element: &Value) -> bool {
        self.terms.iter().all(|term| {
            let value = element.get(term.attribute.name().as_str());
            value.is_some_and(|value| same_value(&term.attribute, value, &term.value))
        })
    }

    /// Puts a value there, into a new element where there is none.
    pub(super) fn write(
        &self,
        resource: &mut Resource,
        attribute: &Attribute,
        value: Value,
    ) -> Result<(), ScimError> {
        let makes_primary = self.sub == *"primary" && value == Value::Bool(true);
        let mut list = match resource.remove(&self.list) {
            Some(Value::Array(list)) => list,
            Some(single) => vec![single],
            None => Vec::new(),
        };
        let place = list.iter().position(|one| self.is(one));
        let at = place.unwrap_or(list.len());
        if place.is_none() {
            list.push(self.fresh(attribute, &list));
        }
        let mut primary = makes_primary;
        if let Some(Value::Object(element)) = list.get_mut(at) {
            element.insert(self.sub.as_str().to_owned(), value);
            primary |= place.is_none() && element.get("primary") == Some(&Value::Bool(true));
        }
        if primary {
            // At most one is (RFC 7643 §2.4).
            for (_, other) in list.iter_mut().enumerate().filter(|(n, one)| *n != at && is_primary(one)) {
                if let Some(mark) = other.get_mut("primary") {
                    *mark = Value::Bool(false);
                }
            }
        }
        restore(resource, &self.list, list);
        Ok(())
    }

    /// An element that is known by the terms. The first work e-mail is primary, as Entra sends it.
    fn fresh(&self, attribute: &Attribute, others: &[Value]) -> Value {
        let terms = self.terms.iter();
        let mut element: Map<String, Value> =
            terms.map(|term| (term.attribute.name().as_str().to_owned(), term.value.clone())).collect();
        let work = element.get("type").is_some_and(|kind| kind == "work");
        if work
            && self.list == attr::EMAILS
            && self.sub == *"value"
            && attribute.sub("primary").is_some()
            && !others.iter().any(is_primary)
        {
            element.entry("primary").or_insert(Value::Bool(true));
        }
        Value::Object(element)
    }

    /// Takes the value away, and the element where nothing else is in it.
    pub(super) fn clear(&self, resource: &mut Resource) {
        let Some(Value::Array(mut list)) = resource.remove(&self.list) else { return };
        if let Some(at) = list.iter().position(|one| self.is(one)) {
            let empty = list.get_mut(at).and_then(Value::as_object_mut).is_none_or(|element| {
                element.remove(self.sub.as_str());
                // What is left only says which one it was.
                element.keys().all(|name| {
                    ["primary", "display", "type"].contains(&name.as_str())
                        || self.terms.iter().any(|term| term.attribute.name().as_str() == name)
                })
            });
            if empty {
                list.remove(at);
            }
        }
        if !list.is_empty() {
            restore(resource, &self.list, list);
        }
    }
}

impl Term {
    fn new(filter: &Filter, list: &Attribute) -> Result<Self, String> {
        const ONLY: &str =
            "the brackets may hold only `eq` terms joined by `and`, so that an element can be made of them";
        let (path, literal) = filter.as_eq().ok_or(ONLY)?;
        let name = path.name().filter(|_| path.sub().is_none() && path.schema().is_none()).ok_or(ONLY)?;
        let attribute = list.sub(name.as_str());
        let attribute =
            attribute.ok_or_else(|| format!("`{}` has no sub-attribute `{name}`", list.name()))?;
        let value = match literal {
            Literal::Null => return Err(ONLY.to_owned()),
            // As Entra writes it.
            Literal::String(text) if attribute.kind() == AttrType::Boolean && text == "True" => {
                Value::Bool(true)
            }
            Literal::String(text) if attribute.kind() == AttrType::Boolean && text == "False" => {
                Value::Bool(false)
            }
            Literal::String(text) => Value::String(text.clone()),
            Literal::Bool(truth) => Value::Bool(*truth),
            Literal::Number(number) => serde_json::from_str(number.as_str())
                .map_err(|_| "the number in the brackets is too large")?,
        };
        let literal = self::literal(&value).ok_or(ONLY)?;
        Ok(Self { attribute: Arc::clone(attribute), value, literal })
    }

    fn filter(&self) -> Filter {
        Filter::eq(AttrPath::of_name(self.attribute.name().clone()), self.literal.clone())
    }
}

/// Puts a list back that was taken out.
fn restore(resource: &mut Resource, path: &AttrPath, list: Vec<Value>) {
    let map = resource.as_map_mut();
    let Some(name) = path.name() else { return };
    let list = Value::Array(list);
    match path.schema() {
        None => {
            map.insert(name.as_str().to_owned(), list);
        }
        Some(schema) => {
            let object = map.entry(schema.as_str()).or_insert_with(|| Value::Object(Map::new()));
            if let Value::Object(object) = object {
                object.insert(name.as_str().to_owned(), list);
            }
        }
    }
}

/// A simple value as a filter compares with it.
pub(super) fn literal(value: &Value) -> Option<Literal> {
    match value {
        Value::String(text) => Some(Literal::from(text.as_str())),
        Value::Bool(truth) => Some(Literal::from(*truth)),
        Value::Number(number) => Some(Literal::Number(number.clone().into())),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}
