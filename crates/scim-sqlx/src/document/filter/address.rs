//! The addresses of `emails`, which SQLite has a table of: it has no index of what is in a document.

use scim_core::schema::AttrType;
use scim_core::{Resolved, attr};
use scim_filter::{CompareOp, Typed};

use super::compare::Compared;
use super::{Compiler, Test};

/// So many characters of a key are in the table.
const SHOWN: usize = 100;

impl Compiler<'_> {
    /// The rows that can pass a test, by the one address that it asks for; the test itself has still to be asked.
    pub(super) fn by_address(&mut self, target: &Resolved, test: &Test<'_>) -> Option<String> {
        let key = self.address(target, test)?;
        let key = self.sql.arg(key);
        Some(format!(
            "(r.seq IN (SELECT a.seq FROM scim_emails a WHERE a.tenant = $1 AND a.type = $2 AND a.key = {key}))"
        ))
    }

    /// What the table has of the one address that a test asks for.
    pub(super) fn address(&self, target: &Resolved, test: &Test<'_>) -> Option<String> {
        let attribute = target.attribute()?;
        let is_list = attribute.multi_valued() && attribute.kind() == AttrType::Complex;
        if self.dialect.is_postgres() || target.extension().is_some() || !is_list {
            return None;
        }
        match test {
            Test::Compare(CompareOp::Eq, operand) if *target.path() == attr::EMAILS_VALUE => {
                if target.leaf()?.multi_valued() {
                    return None;
                }
                match Compared::of(target, CompareOp::Eq, operand) {
                    Compared::By(CompareOp::Eq, key) => Some(key.chars().take(SHOWN).collect()),
                    _ => None,
                }
            }
            Test::Element(inner) if *target.path() == attr::EMAILS => self.address_within(inner),
            _ => None,
        }
    }

    fn address_within(&self, inner: &Typed) -> Option<String> {
        match inner {
            Typed::Compare(target, op, operand) => self.address(target, &Test::Compare(*op, operand)),
            Typed::And(all) => all.iter().find_map(|one| self.address_within(one)),
            _ => None,
        }
    }
}
