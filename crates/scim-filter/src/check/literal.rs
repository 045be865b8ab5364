//! Which values and operators go with which type (RFC 7644 §3.4.2.2, Table 3).

use scim_core::schema::{AttrType, Attribute};
use scim_core::value::{datetime, text};
use scim_core::{Resolved, attr, quote};

use super::{Judge, Numeric, Operand, Warning, invalid};
use crate::ast::CompareOp;
use crate::error::FilterError;
use crate::literal::Literal;

impl Judge<'_> {
    /// The value in the type of the attribute, if value and operator go with it.
    pub(super) fn operand(
        &mut self,
        target: &Resolved,
        op: CompareOp,
        value: &Literal,
    ) -> Result<Operand, FilterError> {
        let Some(leaf) = target.leaf() else { return Err(invalid("an extension is no value")) };
        let kind = leaf.kind();
        let text_on_date = kind == AttrType::DateTime && op.is_substring() && self.options.text_on_dates;
        let applies = match kind {
            _ if text_on_date => true,
            AttrType::String | AttrType::Reference => true,
            AttrType::Binary => !op.is_ordering(),
            AttrType::Integer | AttrType::Decimal | AttrType::DateTime => !op.is_substring(),
            AttrType::Boolean => !op.is_ordering() && !op.is_substring(),
            AttrType::Complex => false,
        };
        if !applies {
            return Err(invalid(format!("`{}` is {}: `{op}` does not apply", target.path(), a(kind))));
        }
        match (kind, value) {
            (AttrType::Boolean, Literal::Bool(value)) => Ok(Operand::Boolean(*value)),
            (AttrType::Boolean, Literal::String(text)) => {
                let value = [("true", true), ("false", false)]
                    .into_iter()
                    .find_map(|(word, value)| text.eq_ignore_ascii_case(word).then_some(value))
                    .ok_or_else(|| misfit(target, kind, value))?;
                self.warnings.push(Warning::BooleanAsString(target.path().clone()));
                Ok(Operand::Boolean(value))
            }
            (AttrType::Integer | AttrType::Decimal, Literal::Number(number)) => {
                let numeric = Numeric::from(number.clone());
                if kind == AttrType::Integer && !numeric.is_whole() && !op.is_ordering() {
                    self.warnings.push(Warning::NoValue(target.path().clone(), number.to_string()));
                }
                Ok(Operand::Number(numeric))
            }
            (AttrType::DateTime, Literal::String(text)) if text_on_date => Ok(Operand::Exact(text.clone())),
            (AttrType::DateTime, Literal::String(text)) => {
                datetime::parse(text).map(Operand::DateTime).ok_or_else(|| misfit(target, kind, value))
            }
            (AttrType::String | AttrType::Reference | AttrType::Binary, Literal::String(text)) => {
                self.look_at_text(target, leaf, op, text);
                Ok(text_operand(target, leaf, op, text))
            }
            _ => Err(misfit(target, kind, value)),
        }
    }

    fn look_at_text(&mut self, target: &Resolved, leaf: &Attribute, op: CompareOp, text: &str) {
        if text.is_empty() && op.is_substring() {
            self.warnings.push(Warning::EveryValue(target.path().clone(), op));
        }
        let suggested = leaf.canonical_values();
        let is_equality = matches!(op, CompareOp::Eq | CompareOp::Ne);
        if is_equality && !suggested.is_empty() {
            let exact = compares_exactly(target);
            if !suggested.iter().any(|known| text::eq(known, text, exact)) {
                self.warnings.push(Warning::NotCanonical(target.path().clone(), text.to_owned()));
            }
        }
    }
}

fn text_operand(target: &Resolved, leaf: &Attribute, op: CompareOp, text: &str) -> Operand {
    let to_resource = leaf.kind() == AttrType::Reference
        && leaf.reference_types().iter().any(|name| !matches!(name.as_str(), "external" | "uri"));
    if to_resource && matches!(op, CompareOp::Eq | CompareOp::Ne) {
        return Operand::Reference(text.to_owned());
    }
    if compares_exactly(target) {
        Operand::Exact(text.to_owned())
    } else {
        Operand::Folded(text::fold(text).into_owned())
    }
}

/// Whether texts at a path that differ in case are different.
///
/// The URIs in `schemas` compare without regard to case (RFC 7644 §3.10). Where elements refer to resources, their
/// `value` is an `id`, and ids are exact (RFC 7643 §3.1).
pub(crate) fn compares_exactly(target: &Resolved) -> bool {
    let is_id = || {
        target.attribute().is_some_and(|attribute| attribute.refers_to_resources())
            && target.sub_attribute().is_some_and(|sub| sub.name().as_str() == "value")
    };
    *target.path() != attr::SCHEMAS && (target.leaf().is_some_and(|leaf| leaf.compares_exactly()) || is_id())
}

fn misfit(target: &Resolved, kind: AttrType, value: &Literal) -> FilterError {
    let value = value.to_string();
    invalid(format!("`{}` is {}: it cannot be compared with {}", target.path(), a(kind), quote(&value)))
}

/// The type with its article.
fn a(kind: AttrType) -> &'static str {
    match kind {
        AttrType::String => "a string",
        AttrType::Boolean => "a boolean",
        AttrType::Decimal => "a decimal",
        AttrType::Integer => "an integer",
        AttrType::DateTime => "a dateTime",
        AttrType::Binary => "a binary",
        AttrType::Reference => "a reference",
        AttrType::Complex => "complex",
    }
}
