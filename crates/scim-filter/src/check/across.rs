//! Warning of conditions on a list that one element need not satisfy.

use std::collections::BTreeMap;

use scim_core::Resolved;

use super::judge::Judge;
use super::{Typed, Warning};
use crate::ast::{CompareOp, Filter};
use crate::literal::Literal;

impl Judge<'_> {
    /// Warns of conditions on the sub-attributes of one list that different elements may satisfy.
    ///
    /// The terms say which conditions there are, since a policy may spell one out in a tree; `typed` says of what.
    pub(super) fn look_across(&mut self, terms: &[Filter], typed: &[Typed]) {
        // The first sub-attribute that is asked about, of each list.
        let mut first: BTreeMap<(Option<&str>, &str), &str> = BTreeMap::new();
        let mut across = BTreeMap::new();
        for (term, typed) in terms.iter().zip(typed) {
            if !self.asks_any_element(term) {
                continue;
            }
            let Some(target) = target(typed) else { continue };
            let (Some(attribute), Some(sub)) = (target.attribute(), target.sub_attribute()) else { continue };
            if !attribute.multi_valued() {
                continue;
            }
            let list = (target.extension().map(AsRef::as_ref), attribute.name().as_str());
            let sub = sub.name().as_str();
            if *first.entry(list).or_insert(sub) != sub {
                across.entry(list).or_insert(target);
            }
        }
        let warn = |target: &Resolved| Warning::AcrossElements(target.path().clone().without_sub());
        self.warnings.extend(across.into_values().map(warn));
    }

    /// Whether a term is a comparison that one element decides; `ne` usually asks all of them.
    fn asks_any_element(&self, term: &Filter) -> bool {
        match term {
            Filter::Compare(_, _, Literal::Null) => false,
            Filter::Compare(_, CompareOp::Ne, _) => self.options.ne_is_existential,
            Filter::Compare(..) => true,
            _ => false,
        }
    }
}

/// What a comparison is about.
fn target(typed: &Typed) -> Option<&Resolved> {
    match typed {
        Typed::Compare(target, ..) => Some(target),
        Typed::Not(inner) | Typed::Element(_, inner) => target(inner),
        Typed::Or(any) => any.first().and_then(target),
        Typed::And(_) | Typed::Present(_) | Typed::Constant(_) => None,
    }
}
