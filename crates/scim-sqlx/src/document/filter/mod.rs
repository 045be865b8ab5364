//! From a checked filter to a condition over the tables of this crate.
//!
//! A condition is true or false, never unknown: what compares with a missing value is made false at once, so that `NOT` turns
//! it round as the standard has it. What SQL cannot say exactly becomes a condition that lets more through, and the caller asks
//! the filter itself about the rest ([`Condition::exact`]).

mod address;
mod compare;
mod list;
mod place;

use scim_core::schema::AttrType;
use scim_core::{Resolved, attr};
use scim_filter::check::Operand;
use scim_filter::{CompareOp, Typed, TypedFilter};

use self::compare::Compared;
use self::place::Place;
pub(super) use self::place::Spot;
use super::db::{Dialect, Sql};
use super::store::Facets;

/// A condition on the table `scim_resources r`.
pub(super) struct Condition {
    /// In parentheses.
    pub(super) text: String,
    /// Whether it holds for exactly what the filter holds for; otherwise, for more.
    pub(super) exact: bool,
    /// Whether an index makes few rows of many.
    pub(super) selective: bool,
    /// Whether it names the few ids that there can be, by a list that has rows of its own.
    pub(super) names_ids: bool,
    /// Whether it names the few places that there can be, by an index of SQLite's own.
    pub(super) names_places: bool,
}

/// The condition of a filter. `$1` has to be the tenant, and `$2` the type.
pub(super) fn condition(sql: &mut Sql, dialect: Dialect, facets: &Facets, filter: &TypedFilter) -> Condition {
    let mut compiler = Compiler::new(sql, dialect, facets);
    compiler.empty_is_present = filter.empty_string_is_present();
    let text = compiler.holds(filter.root(), &Place::Resource, true);
    let names_ids = compiler.names_ids(filter.root());
    let names_places = compiler.names_places(filter.root());
    Condition { text, exact: compiler.exact, selective: is_selective(filter.root()), names_ids, names_places }
}

pub(super) struct Compiler<'a> {
    pub(super) sql: &'a mut Sql,
    pub(super) dialect: Dialect,
    facets: &'a Facets,
    empty_is_present: bool,
    exact: bool,
    aliases: usize,
}

impl<'a> Compiler<'a> {
    pub(super) fn new(sql: &'a mut Sql, dialect: Dialect, facets: &'a Facets) -> Self {
        Self { sql, dialect, facets, empty_is_present: false, exact: true, aliases: 0 }
    }

    pub(super) fn has_list(&self) -> bool {
        self.facets.list.is_some()
    }

    pub(super) fn has_groups(&self) -> bool {
        self.facets.groups
    }

    fn names_ids(&self, typed: &Typed) -> bool {
        match typed {
            Typed::Compare(target, CompareOp::Eq, _) | Typed::Element(target, _) => {
                let name = target.attribute().map(|attribute| attribute.name().as_str());
                let has_rows = match name {
                    Some("members") => self.has_list(),
                    Some("groups") => self.has_groups(),
                    _ => false,
                };
                target.extension().is_none() && has_rows && is_selective(typed)
            }
            Typed::And(all) => all.iter().any(|one| self.names_ids(one)),
            _ => false,
        }
    }

    fn names_places(&self, typed: &Typed) -> bool {
        match typed {
            Typed::Compare(target, op, operand) => {
                self.address(target, &Test::Compare(*op, operand)).is_some()
            }
            Typed::Element(target, inner) => self.address(target, &Test::Element(inner)).is_some(),
            Typed::And(all) => all.iter().any(|one| self.names_places(one)),
            _ => false,
        }
    }

    /// A filter, in parentheses. `positive` says whether there is an even number of `NOT`s around it.
    fn holds(&mut self, typed: &Typed, place: &Place, positive: bool) -> String {
        match typed {
            Typed::And(all) => self.joined(all, " AND ", place, positive),
            Typed::Or(any) => self.joined(any, " OR ", place, positive),
            Typed::Not(inner) => format!("(NOT {})", self.holds(inner, place, !positive)),
            Typed::Constant(holds) => constant(*holds),
            Typed::Present(target) => self.any(target, &Test::Present, place, positive),
            Typed::Compare(target, CompareOp::Ne, operand) => {
                let test = Test::Compare(CompareOp::Eq, operand);
                format!("(NOT {})", self.any(target, &test, place, !positive))
            }
            Typed::Compare(target, op, operand) => {
                self.any(target, &Test::Compare(*op, operand), place, positive)
            }
            Typed::Element(target, inner) => self.any(target, &Test::Element(inner), place, positive),
        }
    }

    /// Terms, joined by halves: a thousand in a row would be too deep for SQLite.
    fn joined(&mut self, terms: &[Typed], word: &str, place: &Place, positive: bool) -> String {
        match terms {
            [] => constant(word == " AND "),
            [one] => self.holds(one, place, positive),
            some => {
                let (first, second) = some.split_at(some.len() / 2);
                let first = self.joined(first, word, place, positive);
                let second = self.joined(second, word, place, positive);
                format!("({first}{word}{second})")
            }
        }
    }

    /// What SQL cannot say: true where that lets more through.
    fn unknown(&mut self, positive: bool) -> String {
        self.exact = false;
        constant(positive)
    }

    /// Whether any single value at a path passes a test.
    fn any(&mut self, target: &Resolved, test: &Test<'_>, place: &Place, positive: bool) -> String {
        match place {
            Place::Resource => self.any_of_resource(target, test, positive),
            Place::Member(alias) => self.any_of_member(target, test, alias, positive),
            Place::Element(spot) => {
                let is_simple =
                    target.attribute().is_some_and(|attribute| attribute.kind() != AttrType::Complex);
                if is_simple {
                    return self.test(spot, target, test, positive);
                }
                self.below(spot, target, test, positive)
            }
        }
    }

    fn any_of_resource(&mut self, target: &Resolved, test: &Test<'_>, positive: bool) -> String {
        if let (None, Some(attribute)) = (target.extension(), target.attribute()) {
            let sub = target.sub_attribute().map(|sub| sub.name().as_str());
            match (attribute.name().as_str(), sub) {
                ("id", _) => return self.test(&Spot::Column("r.id"), target, test, positive),
                ("meta", None) => {
                    return match test {
                        // There is always one, and the paths inside start at the resource, too.
                        Test::Element(inner) => self.holds(inner, &Place::Resource, positive),
                        _ => constant(true),
                    };
                }
                ("meta", Some("created")) => {
                    return self.test(&Spot::Column("r.created"), target, test, positive);
                }
                ("meta", Some("lastModified")) => {
                    return self.test(&Spot::Column("r.modified"), target, test, positive);
                }
                ("meta", Some("version")) => {
                    return self.test(&Spot::version(target), target, test, positive);
                }
                ("members", _) if self.facets.list.is_some() => {
                    return self.any_member(target, test, positive);
                }
                ("groups", _) if self.facets.groups => return self.any_group(target, test, positive),
                _ => {}
            }
        }
        if let Some(found) = self.by_index(target, test) {
            return found;
        }
        let spot = Spot::of_resource(target);
        let found = match target.attribute() {
            Some(attribute) if attribute.multi_valued() => self
                .exists(&spot, |compiler, element| compiler.below_or_self(element, target, test, positive)),
            _ => self.below_or_self(&spot, target, test, positive),
        };
        let places = if positive { self.by_address(target, test) } else { None };
        match places {
            Some(places) => format!("({places} AND {found})"),
            None => found,
        }
    }

    fn below_or_self(&mut self, spot: &Spot, target: &Resolved, test: &Test<'_>, positive: bool) -> String {
        if target.sub_attribute().is_some() {
            self.below(spot, target, test, positive)
        } else {
            self.test(spot, target, test, positive)
        }
    }

    /// The sub-attribute of an element.
    fn below(&mut self, spot: &Spot, target: &Resolved, test: &Test<'_>, positive: bool) -> String {
        let Some(sub) = target.sub_attribute() else { return constant(false) };
        let spot = spot.child(sub.name().as_str());
        if sub.multi_valued() {
            return self.exists(&spot, |compiler, value| compiler.test(value, target, test, positive));
        }
        self.test(&spot, target, test, positive)
    }

    /// Whether an element of a list passes.
    fn exists(&mut self, list: &Spot, passes: impl FnOnce(&mut Self, &Spot) -> String) -> String {
        self.aliases += 1;
        let alias = format!("e{}", self.aliases);
        let from = self.elements(list, &alias);
        let inner = passes(self, &Spot::Element(alias));
        self.row_exists(&format!("SELECT 1 FROM {from} WHERE {inner}"))
    }

    /// Whether one value passes.
    fn test(&mut self, spot: &Spot, target: &Resolved, test: &Test<'_>, positive: bool) -> String {
        match test {
            Test::Compare(op, operand) => match Compared::of(target, *op, operand) {
                Compared::Never => constant(false),
                Compared::Unknown => self.unknown(positive),
                Compared::By(op, key) => self.compare(spot, op, &key),
            },
            Test::Present => {
                let is_whole = target.leaf().is_none_or(|leaf| leaf.kind() == AttrType::Complex);
                if is_whole { self.present_within(spot) } else { self.present(spot) }
            }
            Test::Element(inner) => {
                let inside = self.holds(inner, &Place::Element(spot.clone()), positive);
                match self.is_there(spot) {
                    Some(there) => format!("({there} AND {inside})"),
                    None => inside,
                }
            }
        }
    }
}

/// What a value is asked.
enum Test<'a> {
    Present,
    Compare(CompareOp, &'a Operand),
    Element(&'a Typed),
}

fn constant(holds: bool) -> String {
    if holds { "TRUE".to_owned() } else { "FALSE".to_owned() }
}

/// Whether an index answers most of it: an `eq` that is part of every way to be let through.
fn is_selective(typed: &Typed) -> bool {
    match typed {
        Typed::Compare(target, CompareOp::Eq, operand) => {
            !matches!(operand, Operand::Boolean(_) | Operand::Reference(_)) && *target.path() != attr::SCHEMAS
        }
        Typed::Element(_, inner) => is_selective(inner),
        Typed::And(all) => all.iter().any(is_selective),
        Typed::Or(any) => !any.is_empty() && any.iter().all(is_selective),
        Typed::Not(_) | Typed::Present(_) | Typed::Compare(..) | Typed::Constant(_) => false,
    }
}
