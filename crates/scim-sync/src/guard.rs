//! The deletion guard: a cycle that would take away too much is not begun.

use serde::{Deserialize, Serialize};

/// How much one cycle may take away.
///
/// What counts are users that are switched off, resources that are deleted, and members that are removed from groups
/// though they stay. It is too much when it is more than `count` **and** more than `percent` of the objects that are
/// linked to the target. A source that hands over nothing at all is held back however little that takes away. Entra has
/// such a guard too, where it is off by default.
///
/// ```
/// use scim_sync::{DeletionGuard, Removals};
///
/// let guard = DeletionGuard::default();
/// let removals = Removals { disables: 30, ..Removals::default() };
/// assert!(guard.holds_back(&removals, 200));
/// assert!(!guard.holds_back(&removals, 2_000));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DeletionGuard {
    /// So many may go, however few objects there are.
    pub count: u64,
    /// So many of a hundred may go, however many that are.
    pub percent: u64,
}

/// What a cycle would take away.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Removals {
    /// Users that are switched off.
    pub disables: u64,
    /// Users and groups that are deleted.
    pub deletes: u64,
    /// Members that are removed from groups, and stay in the target.
    pub members: u64,
}

impl Default for DeletionGuard {
    /// 20, and 10 %.
    fn default() -> Self {
        Self { count: 20, percent: 10 }
    }
}

impl DeletionGuard {
    /// A guard that holds nothing back.
    #[must_use]
    pub const fn dangerous_off() -> Self {
        Self { count: u64::MAX, percent: 100 }
    }

    /// Whether this is too much, of so many objects that are linked to the target.
    #[must_use]
    pub fn holds_back(&self, removals: &Removals, linked: u64) -> bool {
        let total = removals.total();
        total > self.count && u128::from(total) * 100 > u128::from(linked) * u128::from(self.percent)
    }
}

impl Removals {
    /// All of them together.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.disables.saturating_add(self.deletes).saturating_add(self.members)
    }

    /// These and those.
    pub(crate) fn and(&self, more: &Self) -> Self {
        Self {
            disables: self.disables.saturating_add(more.disables),
            deletes: self.deletes.saturating_add(more.deletes),
            members: self.members.saturating_add(more.members),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_bounds_have_to_be_passed() {
        let guard = DeletionGuard::default();
        // (disables, deletes, members, linked, held back)
        let cases = [
            (20, 0, 0, 20, false),
            (21, 0, 0, 210, false),
            (21, 0, 0, 209, true),
            (7, 7, 7, 209, true),
            (0, 0, 300, 2_150, true),
            (0, 0, 215, 2_150, false),
            (0, 0, 216, 2_150, true),
            (0, 25, 0, 0, true),
            (0, 0, 0, 0, false),
            (u64::MAX, 1, 0, u64::MAX, true),
        ];
        for (disables, deletes, members, linked, expected) in cases {
            let removals = Removals { disables, deletes, members };
            assert_eq!(guard.holds_back(&removals, linked), expected, "{removals:?} of {linked}");
        }
        let all = Removals { disables: 1_000, deletes: 1_000, members: 1_000 };
        assert!(!DeletionGuard::dangerous_off().holds_back(&all, 1_000));
    }
}
