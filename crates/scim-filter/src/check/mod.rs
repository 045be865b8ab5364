//! Judging a filter by schemas, RFC 7644 §3.4.2.2 with the characteristics of RFC 7643 §7.
//!
//! Whether a question makes sense is decided here, before any data is seen: the same filter is good or bad for an empty
//! directory and a full one.

mod literal;
mod numeric;
mod options;
mod typed;

use std::sync::Arc;

use scim_core::schema::{AttrType, Mutability, Returned};
use scim_core::{AttrName, AttrPath, Resolved, SchemaSet};

pub(crate) use self::literal::compares_exactly;
pub use self::numeric::Numeric;
pub use self::options::{CheckOptions, UnknownAttribute, Warning};
use self::typed::Checked;
pub use self::typed::{ElementFilter, Operand, Typed, TypedFilter};
use crate::ast::{CompareOp, Filter};
use crate::error::{FilterError, Meaning};
use crate::literal::Literal;

impl Filter {
    /// Checks the filter against the schemas of a resource type, with the default options.
    ///
    /// ```
    /// use scim_core::SchemaSet;
    /// use scim_filter::Filter;
    ///
    /// let check = |text: &str| text.parse::<Filter>()?.check(SchemaSet::user());
    /// assert!(check(r#"urn:ietf:params:scim:schemas:core:2.0:User:emails.type eq "work""#).is_ok());
    ///
    /// let error = check(r#"active gt true"#).unwrap_err();
    /// assert_eq!(error.to_string(), "`active` is a boolean: `gt` does not apply");
    /// # Ok::<(), scim_filter::FilterError>(())
    /// ```
    ///
    /// # Errors
    /// `invalidFilter` when an attribute does not exist, an operator does not go with its type or a value cannot fit it.
    /// 403 when the caller may not ask about it.
    pub fn check(&self, schemas: &SchemaSet) -> Result<TypedFilter, FilterError> {
        self.check_with(schemas, &CheckOptions::default())
    }

    /// Checks the filter against the schemas of a resource type.
    ///
    /// ```
    /// use scim_core::SchemaSet;
    /// use scim_filter::{CheckOptions, Filter, UnknownAttribute};
    ///
    /// // A query of users and groups together: groups have no user name.
    /// let filter: Filter = r#"userName eq "bjensen" or displayName eq "Tour Guides""#.parse()?;
    /// let mixed = CheckOptions { unknown: UnknownAttribute::NoValue, ..CheckOptions::default() };
    /// assert!(filter.check_with(SchemaSet::group(), &mixed).is_ok());
    /// assert!(filter.check(SchemaSet::group()).is_err());
    /// # Ok::<(), scim_filter::FilterError>(())
    /// ```
    ///
    /// # Errors
    /// As [`Filter::check`].
    pub fn check_with(
        &self,
        schemas: &SchemaSet,
        options: &CheckOptions<'_>,
    ) -> Result<TypedFilter, FilterError> {
        let mut judge = Judge::new(schemas, options);
        let root = judge.judge(self, None, 0)?;
        let empty_string_is_present = options.empty_string_is_present;
        let warnings = judge.warnings;
        Ok(TypedFilter(Arc::new(Checked { filter: self.clone(), root, warnings, empty_string_is_present })))
    }
}

/// The filter in the brackets of a path.
impl Filter {
    /// Checks a filter that stands in the brackets of an attribute, as in the path of a PATCH operation.
    ///
    /// ```
    /// use scim_core::SchemaSet;
    /// use scim_filter::Path;
    /// use serde_json::json;
    ///
    /// let path: Path = r#"emails[type eq "work"].value"#.parse()?;
    /// let schemas = SchemaSet::user();
    /// let emails = schemas.resolve(&path.attr).unwrap();
    /// let work = path.filter.unwrap().check_element(&emails, schemas)?;
    /// assert!(work.matches(&json!({"type": "Work", "value": "b@example.com"})));
    /// # Ok::<(), scim_filter::FilterError>(())
    /// ```
    ///
    /// # Errors
    /// `invalidFilter`, as [`Filter::check`], and when the attribute has no elements.
    pub fn check_element(
        &self,
        attribute: &Resolved,
        schemas: &SchemaSet,
    ) -> Result<ElementFilter, FilterError> {
        let options = CheckOptions::default();
        has_elements(attribute)?;
        let mut judge = Judge::new(schemas, &options);
        let root = judge.judge(self, Some(attribute), 0)?;
        let warnings = judge.warnings;
        let filter = self.clone();
        Ok(ElementFilter(Arc::new(Checked { filter, root, warnings, empty_string_is_present: false })))
    }
}

/// A tree deeper than the deepest that the parser builds: each level may hold an `or`, an `and` and a `not`.
const MAX_TREE_DEPTH: usize = 3 * Filter::MAX_DEPTH + 3;

pub(crate) struct Judge<'a> {
    schemas: &'a SchemaSet,
    options: &'a CheckOptions<'a>,
    readable: Option<Vec<Resolved>>,
    warnings: Vec<Warning>,
}

impl<'a> Judge<'a> {
    pub(crate) fn new(schemas: &'a SchemaSet, options: &'a CheckOptions<'a>) -> Self {
        // What the schemas do not have cannot be read, and need not be listed.
        let readable = options
            .readable
            .map(|paths| paths.iter().filter_map(|path| schemas.resolve(path).ok()).collect());
        Self { schemas, options, readable, warnings: Vec::new() }
    }

    /// Judges a filter, which may stand in the brackets of an attribute.
    ///
    /// What recurses does little itself, so that a level of nesting takes little of the stack.
    fn judge(
        &mut self,
        filter: &Filter,
        within: Option<&Resolved>,
        depth: usize,
    ) -> Result<Typed, FilterError> {
        match filter {
            _ if depth > MAX_TREE_DEPTH => too_deep(),
            Filter::And(all) => match self.judge_all(all, within, depth) {
                Ok(all) => Ok(self.and(all, within)),
                Err(error) => Err(error),
            },
            Filter::Or(any) => self.judge_all(any, within, depth).map(Typed::Or),
            Filter::Not(inner) => self.judge(inner, within, depth + 1).map(negate),
            Filter::Present(path) => self.judge_present(path, within),
            Filter::Compare(path, op, value) => self.judge_compare(path, *op, value, within),
            Filter::ValuePath(path, inner) => self.judge_element(path, inner, within, depth),
        }
    }

    fn judge_all(
        &mut self,
        filters: &[Filter],
        within: Option<&Resolved>,
        depth: usize,
    ) -> Result<Vec<Typed>, FilterError> {
        if filters.is_empty() {
            return Err(invalid("a list of conditions is empty"));
        }
        let mut judged = Vec::with_capacity(filters.len());
        for filter in filters {
            match self.judge(filter, within, depth + 1) {
                Ok(typed) => judged.push(typed),
                Err(error) => return Err(error),
            }
        }
        Ok(judged)
    }

    fn and(&mut self, all: Vec<Typed>, within: Option<&Resolved>) -> Typed {
        if within.is_none() {
            self.look_across(&all);
        }
        Typed::And(all)
    }

    fn judge_present(&mut self, path: &AttrPath, within: Option<&Resolved>) -> Result<Typed, FilterError> {
        Ok(match self.resolve(path, within)? {
            Some(target) => Typed::Present(target),
            None => Typed::Constant(false),
        })
    }

    fn judge_compare(
        &mut self,
        path: &AttrPath,
        op: CompareOp,
        value: &Literal,
        within: Option<&Resolved>,
    ) -> Result<Typed, FilterError> {
        let Some(mut target) = self.resolve(path, within)? else {
            // No value: `ne` holds, and so does `eq null`.
            let holds = match (op, value) {
                (CompareOp::Ne, Literal::Null) => false,
                (CompareOp::Ne, _) | (CompareOp::Eq, Literal::Null) => true,
                _ => false,
            };
            return Ok(Typed::Constant(holds));
        };
        match (op, value) {
            (CompareOp::Eq, Literal::Null) => return Ok(Typed::Not(Box::new(Typed::Present(target)))),
            (CompareOp::Ne, Literal::Null) => return Ok(Typed::Present(target)),
            (op, Literal::Null) => {
                return Err(invalid(format!("`{}`: `{op}` does not apply to `null`", target.path())));
            }
            _ => {}
        }
        if target.leaf().is_none_or(|leaf| leaf.kind() == AttrType::Complex) {
            target = self.default_sub_attribute(&target)?;
        }
        let operand = self.operand(&target, op, value)?;
        Ok(Typed::Compare(target, op, operand))
    }

    /// The sub-attribute `value`, which is meant when a complex attribute is compared as a whole.
    fn default_sub_attribute(&mut self, target: &Resolved) -> Result<Resolved, FilterError> {
        let Some(attribute) = target.leaf() else {
            return Err(invalid(format!(
                "`{}` is an extension: compare one of its attributes",
                target.path()
            )));
        };
        if target.sub_attribute().is_none() && attribute.sub("value").is_some() {
            let path = target.path().clone().with_sub(AttrName::from_static("value"));
            if let Some(value) = self.resolve(&path, None)? {
                self.warnings.push(Warning::DefaultSubAttribute(target.path().clone()));
                return Ok(value);
            }
        }
        Err(invalid(format!("`{}` is complex: compare one of its sub-attributes", target.path())))
    }

    fn judge_element(
        &mut self,
        path: &AttrPath,
        inner: &Filter,
        within: Option<&Resolved>,
        depth: usize,
    ) -> Result<Typed, FilterError> {
        if within.is_some() {
            return Err(invalid("brackets cannot stand inside of brackets"));
        }
        let Some(target) = self.locate(path, None)? else {
            return Ok(Typed::Constant(false));
        };
        has_elements(&target)?;
        let inner = self.judge(inner, Some(&target), depth + 1)?;
        Ok(Typed::Element(target, Box::new(inner)))
    }

    /// Finds an attribute that may be asked about; `None` for one that has no value because the schemas lack it.
    pub(crate) fn resolve(
        &mut self,
        path: &AttrPath,
        within: Option<&Resolved>,
    ) -> Result<Option<Resolved>, FilterError> {
        let found = self.locate(path, within)?;
        if let Some(target) = &found {
            self.authorise(target)?;
        }
        Ok(found)
    }

    fn locate(
        &mut self,
        path: &AttrPath,
        within: Option<&Resolved>,
    ) -> Result<Option<Resolved>, FilterError> {
        let found = match within {
            None => self.schemas.resolve(path),
            Some(parent) => match (path.schema(), path.name(), path.sub()) {
                (None, Some(name), None) if is_simple(parent) => {
                    if *name == *"value" {
                        return Ok(Some(parent.clone()));
                    }
                    self.schemas.resolve(&parent.path().clone().with_sub(name.clone()))
                }
                (None, Some(name), None) => {
                    self.schemas.resolve(&parent.path().clone().with_sub(name.clone()))
                }
                _ => {
                    return Err(invalid(format!("`{path}` is not a sub-attribute of `{}`", parent.path())));
                }
            },
        };
        let target = match found {
            Ok(target) => target,
            Err(_) if self.options.unknown == UnknownAttribute::NoValue => {
                if let Some(parent) = within {
                    self.authorise(parent)?;
                }
                self.warnings.push(Warning::Unknown(path.clone()));
                return Ok(None);
            }
            Err(error) => return Err(invalid(error.detail().unwrap_or_default())),
        };
        if [target.attribute(), target.sub_attribute()].into_iter().flatten().any(|attribute| {
            attribute.returned() == Returned::Never || attribute.mutability() == Mutability::WriteOnly
        }) {
            let meaning = if self.options.in_uri { Meaning::Sensitive } else { Meaning::Invalid };
            let words = format!("`{}` is never returned and cannot be asked about", target.path());
            return Err(FilterError::meaning(meaning, words));
        }
        Ok(Some(target))
    }

    /// Refuses what the caller may not read.
    fn authorise(&self, target: &Resolved) -> Result<(), FilterError> {
        let Some(readable) = &self.readable else { return Ok(()) };
        let parent = target.path().clone().without_sub();
        let may_read = readable.iter().any(|allowed| {
            let whole_extension = allowed.attribute().is_none() && allowed.extension() == target.extension();
            allowed.path() == target.path() || *allowed.path() == parent || whole_extension
        });
        if may_read {
            return Ok(());
        }
        let words = format!("`{}` may not be read by this caller", target.path());
        Err(FilterError::meaning(Meaning::Forbidden, words))
    }

    /// Warns of conditions on one list that different elements may satisfy.
    fn look_across(&mut self, all: &[Typed]) {
        let mut seen: Vec<&Resolved> = Vec::new();
        let mut across: Vec<AttrPath> = Vec::new();
        for target in all.iter().filter_map(|typed| match typed {
            Typed::Compare(target, op, _) if *op != CompareOp::Ne => Some(target),
            _ => None,
        }) {
            let (Some(attribute), Some(_)) = (target.attribute(), target.sub_attribute()) else { continue };
            let parent = target.path().clone().without_sub();
            let other = seen
                .iter()
                .any(|seen| seen.path() != target.path() && seen.path().clone().without_sub() == parent);
            if attribute.multi_valued() && other && !across.contains(&parent) {
                across.push(parent);
            }
            seen.push(target);
        }
        self.warnings.extend(across.into_iter().map(Warning::AcrossElements));
    }
}

fn negate(typed: Typed) -> Typed {
    Typed::Not(Box::new(typed))
}

fn too_deep<T>() -> Result<T, FilterError> {
    Err(invalid(format!("nested deeper than {}", Filter::MAX_DEPTH)))
}

/// Refuses brackets after what has no elements.
fn has_elements(target: &Resolved) -> Result<(), FilterError> {
    match target.attribute() {
        Some(attribute)
            if target.sub_attribute().is_none()
                && (attribute.kind() == AttrType::Complex || attribute.multi_valued()) =>
        {
            Ok(())
        }
        _ => Err(invalid(format!("`{}` has no elements: brackets do not apply", target.path()))),
    }
}

/// Whether the elements of an attribute are simple values.
pub(crate) fn is_simple(target: &Resolved) -> bool {
    target.attribute().is_some_and(|attribute| attribute.kind() != AttrType::Complex)
}

fn invalid(words: impl Into<String>) -> FilterError {
    FilterError::meaning(Meaning::Invalid, words)
}
