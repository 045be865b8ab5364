//! From a filter to a typed one, node by node.

use std::collections::HashSet;
use std::sync::Arc;

use scim_core::schema::AttrType;
use scim_core::{AttrName, AttrPath, Deviation, Resolved, SchemaSet};

use super::resolve::has_elements;
use super::typed::Checked;
use super::{CheckOptions, Operand, Typed, Warning, invalid};
use crate::ast::{CompareOp, Filter};
use crate::error::FilterError;
use crate::literal::Literal;

/// A tree deeper than the deepest that the parser builds: each level may hold an `or`, an `and` and a `not`.
const MAX_TREE_DEPTH: usize = 3 * Filter::MAX_DEPTH + 3;

pub(crate) struct Judge<'a> {
    pub(super) schemas: &'a SchemaSet,
    pub(super) options: &'a CheckOptions<'a>,
    pub(super) readable: Option<Vec<Resolved>>,
    pub(super) warnings: Vec<Warning>,
    pub(crate) deviations: Vec<Deviation>,
}

impl<'a> Judge<'a> {
    pub(crate) fn new(schemas: &'a SchemaSet, options: &'a CheckOptions<'a>) -> Self {
        // What the schemas do not have cannot be read, and need not be listed.
        let readable = options
            .readable
            .map(|paths| paths.iter().filter_map(|path| schemas.resolve(path).ok()).collect());
        Self { schemas, options, readable, warnings: Vec::new(), deviations: Vec::new() }
    }

    /// Puts together what was found out. What was noticed twice is said once.
    pub(super) fn finish(self, filter: &Filter, root: Typed) -> Arc<Checked> {
        let Self { options, mut warnings, mut deviations, .. } = self;
        let mut said = HashSet::new();
        warnings.retain(|warning| said.insert(warning.clone()));
        let mut said = HashSet::new();
        deviations.retain(|deviation| said.insert(deviation.at().to_owned()));
        let empty_string_is_present = options.empty_string_is_present;
        Arc::new(Checked { filter: filter.clone(), root, warnings, deviations, empty_string_is_present })
    }

    /// Judges a filter, which may stand in the brackets of an attribute.
    ///
    /// What recurses does little itself, so that a level of nesting takes little of the stack.
    pub(super) fn judge(
        &mut self,
        filter: &Filter,
        within: Option<&Resolved>,
        depth: usize,
    ) -> Result<Typed, FilterError> {
        match filter {
            _ if depth > MAX_TREE_DEPTH => too_deep(),
            Filter::And(all) => match self.judge_all(all, within, depth) {
                Ok(typed) => Ok(self.and(all, typed, within)),
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

    fn and(&mut self, all: &[Filter], typed: Vec<Typed>, within: Option<&Resolved>) -> Typed {
        if within.is_none() {
            self.look_across(all, &typed);
        }
        Typed::And(typed)
    }

    fn judge_compare(
        &mut self,
        path: &AttrPath,
        op: CompareOp,
        value: &Literal,
        within: Option<&Resolved>,
    ) -> Result<Typed, FilterError> {
        let Some(mut target) = self.locate(path, within)? else {
            // No value: `ne` holds, and so does `eq null`.
            let holds = match (op, value) {
                (CompareOp::Ne, Literal::Null) => false,
                (CompareOp::Ne, _) | (CompareOp::Eq, Literal::Null) => true,
                _ => false,
            };
            return Ok(Typed::Constant(holds));
        };
        match (op, value) {
            (CompareOp::Eq, Literal::Null) => return self.present(target).map(negate),
            (CompareOp::Ne, Literal::Null) => return self.present(target),
            _ => {}
        }
        let sub = match target.leaf() {
            Some(leaf) if leaf.kind() != AttrType::Complex => None,
            _ if *value == Literal::Null => None,
            _ => Some(self.default_sub_attribute(&target)?),
        };
        target = sub.unwrap_or(target);
        self.authorise(&target)?;
        if *value == Literal::Null {
            return Err(invalid(format!("`{}`: `{op}` does not apply to `null`", target.path())));
        }
        let operand = self.operand(&target, op, value)?;
        Ok(self.compare(target, op, operand, within))
    }

    /// A comparison as the policies read it, spelled out in a tree that means one thing only.
    fn compare(&self, target: Resolved, op: CompareOp, operand: Operand, within: Option<&Resolved>) -> Typed {
        let falsy = self.options.missing_boolean_is_false && operand == Operand::Boolean(false);
        let differs = self.options.ne_is_existential && op == CompareOp::Ne;
        if !falsy && !differs {
            return Typed::Compare(target, op, operand);
        }
        let list = target.attribute().filter(|attribute| attribute.multi_valued() && within.is_none());
        let list = list.and_then(|_| self.schemas.resolve(&target.path().clone().without_sub()).ok());
        let equal = Typed::Compare(target.clone(), CompareOp::Eq, operand);
        let equal = if falsy { Typed::Or(vec![equal, negate(Typed::Present(target))]) } else { equal };
        match (op, list) {
            // One element that is equal; none that is; one that is not.
            (CompareOp::Ne, Some(list)) if differs => Typed::Element(list, Box::new(negate(equal))),
            (CompareOp::Ne, Some(list)) => negate(Typed::Element(list, Box::new(equal))),
            (CompareOp::Ne, None) => negate(equal),
            (_, Some(list)) => Typed::Element(list, Box::new(equal)),
            (_, None) => equal,
        }
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
            if let Some(value) = self.locate(&path, None)? {
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
}

pub(super) fn negate(typed: Typed) -> Typed {
    Typed::Not(Box::new(typed))
}

fn too_deep<T>() -> Result<T, FilterError> {
    Err(invalid(format!("nested deeper than {}", Filter::MAX_DEPTH)))
}
