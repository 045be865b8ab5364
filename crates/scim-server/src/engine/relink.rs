//! Filters that ask about links: these are worked out for each answer, and no store has them (RFC 7643 §2.3.7, §3.1).

use scim_core::{AttrName, AttrPath, attr};
use scim_filter::query::Query;
use scim_filter::{CompareOp, Filter, Literal};

use super::Call;
use crate::base_url::decode_segment;

const VALUE: AttrName = AttrName::from_static("value");

impl Call {
    /// The same query with its filter in terms of ids.
    pub(super) fn with_ids(&self, query: &Query) -> Query {
        Query { filter: query.filter.clone().map(|filter| self.relink(filter)), ..query.clone() }
    }

    /// The same question in terms of ids: `meta.location eq` becomes `id eq`, and `$ref eq` holds for a `value` too.
    fn relink(&self, filter: Filter) -> Filter {
        match filter {
            Filter::And(all) => Filter::And(all.into_iter().map(|one| self.relink(one)).collect()),
            Filter::Or(any) => Filter::Or(any.into_iter().map(|one| self.relink(one)).collect()),
            Filter::Not(one) => Filter::Not(Box::new(self.relink(*one))),
            Filter::ValuePath(path, inner) => Filter::ValuePath(path, Box::new(self.relink(*inner))),
            Filter::Compare(path, op @ (CompareOp::Eq | CompareOp::Ne), Literal::String(text)) => {
                self.relinked(path, op, text)
            }
            other => other,
        }
    }

    fn relinked(&self, path: AttrPath, op: CompareOp, text: String) -> Filter {
        let of_value = if path.clone().without_schema() == attr::META_LOCATION {
            Some(attr::ID)
        } else if path.sub().is_some_and(|sub| *sub == *"$ref") {
            Some(path.clone().without_sub().with_sub(VALUE))
        } else if path.sub().is_none() && path.name().is_some_and(|name| *name == *"$ref") {
            // Inside of brackets.
            Some(AttrPath::of_name(VALUE))
        } else {
            None
        };
        let id = of_value.as_ref().and_then(|_| self.id_in(&text));
        let plain = Filter::Compare(path.clone(), op, Literal::String(text));
        match (of_value, id) {
            (Some(of_value), Some(id)) if of_value == attr::ID => {
                Filter::Compare(of_value, op, Literal::String(id))
            }
            (Some(of_value), Some(id)) => {
                let same = Filter::Compare(of_value, op, Literal::String(id));
                if op == CompareOp::Eq {
                    Filter::Or(vec![plain, same])
                } else {
                    Filter::And(vec![plain, same])
                }
            }
            _ => plain,
        }
    }

    /// The id in the address of a resource, absolute or relative to the base URL.
    fn id_in(&self, address: &str) -> Option<String> {
        let rest = match address.strip_prefix(self.base.as_str()) {
            Some(rest) => rest.strip_prefix('/')?,
            None if address.contains("://") || address.starts_with('/') => return None,
            None => address,
        };
        let (endpoint, id) = rest.split_once('/')?;
        let known = self.engine.endpoints().any(|one| one.trim_matches('/') == endpoint);
        if known && !id.contains('/') { decode_segment(id).map(std::borrow::Cow::into_owned) } else { None }
    }
}
