//! Members and groups, which have rows of their own.

use scim_core::Resolved;
use scim_filter::check::Operand;
use scim_filter::{CompareOp, Typed};

use super::compare::Compared;
use super::place::{Place, Spot};
use super::{Compiler, Test};

/// Whether a test is for an element with one `value`, among whatever else.
fn names_one(target: &Resolved, test: &Test<'_>) -> bool {
    fn within(typed: &Typed) -> bool {
        match typed {
            Typed::Compare(target, CompareOp::Eq, Operand::Exact(_)) => is_value(target),
            Typed::And(all) => all.iter().any(within),
            _ => false,
        }
    }
    match test {
        Test::Compare(CompareOp::Eq, Operand::Exact(_)) => is_value(target),
        Test::Element(inner) => within(inner),
        _ => false,
    }
}

fn is_value(target: &Resolved) -> bool {
    target.sub_attribute().is_some_and(|sub| sub.name().as_str() == "value")
}

impl Compiler<'_> {
    /// Whether the id is one of those that are found elsewhere.
    ///
    /// PostgreSQL looks up the ids of an array one by one, where it might go through all resources for a list whose length it
    /// overestimates.
    fn is_among(&self, select: &str, positive: bool) -> String {
        if self.dialect.is_postgres() && positive {
            format!("(r.id = ANY (ARRAY(SELECT DISTINCT f.id FROM ({select}) AS f (id))))")
        } else {
            format!("(r.id IN ({select}))")
        }
    }

    /// Whether any member passes.
    pub(super) fn any_member(&mut self, target: &Resolved, test: &Test<'_>, positive: bool) -> String {
        self.aliases += 1;
        let alias = format!("m{}", self.aliases);
        let inner = match test {
            Test::Element(inner) => self.holds(inner, &Place::Member(alias.clone()), positive),
            // Every row is an element that has something.
            Test::Present if target.sub_attribute().is_none() => "TRUE".to_owned(),
            test => self.any_of_member(target, test, &alias, positive),
        };
        if names_one(target, test) {
            // The few groups that have the member are found first.
            let select = format!(
                "SELECT {alias}.group_id FROM scim_members {alias} WHERE {alias}.tenant = $1 AND {inner}"
            );
            return self.is_among(&select, positive);
        }
        self.row_exists(&format!(
            "SELECT 1 FROM scim_members {alias} WHERE {alias}.tenant = $1 AND {alias}.group_id = r.id AND {inner}"
        ))
    }

    /// Whether a sub-attribute of a member passes.
    pub(super) fn any_of_member(
        &mut self,
        target: &Resolved,
        test: &Test<'_>,
        alias: &str,
        positive: bool,
    ) -> String {
        let Some(sub) = target.sub_attribute() else { return self.unknown(positive) };
        if !is_value(target) {
            let spot = Spot::Path { base: format!("{alias}.search"), keys: Vec::new() };
            let spot = spot.child(sub.name().as_str());
            if sub.multi_valued() {
                return self.exists(&spot, |compiler, value| compiler.test(value, target, test, positive));
            }
            return self.test(&spot, target, test, positive);
        }
        if let Test::Compare(CompareOp::Eq, operand) = test {
            return match Compared::of(target, CompareOp::Eq, operand) {
                // An empty one is none.
                Compared::By(_, key) if !key.is_empty() => {
                    let value = self.sql.arg(key);
                    format!("({alias}.value = {value})")
                }
                Compared::By(..) | Compared::Never => "FALSE".to_owned(),
                Compared::Unknown => self.unknown(positive),
            };
        }
        self.test(&Spot::Text(format!("NULLIF({alias}.value, '')")), target, test, positive)
    }

    /// Whether any group of a user passes.
    pub(super) fn any_group(&mut self, target: &Resolved, test: &Test<'_>, positive: bool) -> String {
        let group = match test {
            Test::Present if target.sub_attribute().is_none_or(|sub| sub.name().as_str() == "value") => {
                return self
                    .row_exists("SELECT 1 FROM scim_members m WHERE m.tenant = $1 AND m.value = r.id");
            }
            Test::Compare(CompareOp::Eq, Operand::Exact(group)) if is_value(target) => group,
            Test::Element(inner) => match inner {
                Typed::Compare(target, CompareOp::Eq, Operand::Exact(group)) if is_value(target) => group,
                _ => return self.unknown(positive),
            },
            _ => return self.unknown(positive),
        };
        if group.contains('\0') {
            return "FALSE".to_owned();
        }
        // All that are in the group, directly and through other groups, each once.
        let group = self.sql.arg(group.as_str());
        let within = if self.dialect.is_postgres() {
            // A look-up for each, as for the groups of a user.
            "LATERAL (SELECT m.value FROM scim_members m WHERE m.tenant = $1 AND m.group_id = d.id OFFSET 0) m"
        } else {
            "scim_members m WHERE m.tenant = $1 AND m.group_id = d.id"
        };
        let select = format!(
            "WITH RECURSIVE d (id) AS (\
            SELECT m.value FROM scim_members m WHERE m.tenant = $1 AND m.group_id = {group} UNION \
            SELECT m.value FROM d CROSS JOIN {within}) SELECT d.id FROM d"
        );
        self.is_among(&select, positive)
    }
}
