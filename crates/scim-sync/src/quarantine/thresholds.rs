//! When failures of single objects stop the whole job.

use serde::{Deserialize, Serialize};

use super::QuarantineReason;
use crate::escrow::EscrowCounts;

/// When failures of single objects put the whole job in quarantine. Failures of references count for the total only.
///
/// ```
/// use scim_sync::{EscrowCounts, QuarantineReason, Thresholds};
///
/// let thresholds = Thresholds::default();
/// let counts = EscrowCounts { total_failures: 30_000, reference_failures: 0, events: 35_000 };
/// let reason = QuarantineReason::EncounteredEscrowProportionThreshold;
/// assert_eq!(thresholds.evaluate(&counts), Some(reason));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Thresholds {
    /// With fewer failures than this nothing is evaluated.
    pub fewest: u64,
    /// More than so many per cent of the objects that were worked on may not fail.
    pub percent: u64,
    /// More than so many objects may not fail.
    pub base: u64,
    /// More than so many objects and references may not fail.
    pub total: u64,
}

impl Default for Thresholds {
    /// Those of Entra: from 5,000 failures on, 40 %, 40,000 and 60,000.
    fn default() -> Self {
        Self { fewest: 5_000, percent: 40, base: 40_000, total: 60_000 }
    }
}

impl Thresholds {
    /// Whether these counts put a job in quarantine, and why. Where several limits are passed, the total comes before the
    /// objects, and these before the proportion.
    #[must_use]
    pub fn evaluate(&self, counts: &EscrowCounts) -> Option<QuarantineReason> {
        let base = counts.base_failures();
        // Without failures nothing is wrong, whatever the limits are.
        if counts.total_failures == 0 || counts.total_failures < self.fewest {
            None
        } else if counts.total_failures > self.total {
            Some(QuarantineReason::EncounteredTotalEscrowThreshold)
        } else if base > self.base {
            Some(QuarantineReason::EncounteredBaseEscrowThreshold)
        } else if u128::from(base) * 100 > u128::from(counts.events) * u128::from(self.percent) {
            Some(QuarantineReason::EncounteredEscrowProportionThreshold)
        } else {
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reason(total_failures: u64, reference_failures: u64, events: u64) -> Option<QuarantineReason> {
        Thresholds::default().evaluate(&EscrowCounts { total_failures, reference_failures, events })
    }

    const PROPORTION: Option<QuarantineReason> = Some(QuarantineReason::EncounteredEscrowProportionThreshold);
    const BASE: Option<QuarantineReason> = Some(QuarantineReason::EncounteredBaseEscrowThreshold);
    const TOTAL: Option<QuarantineReason> = Some(QuarantineReason::EncounteredTotalEscrowThreshold);

    #[test]
    fn the_five_vectors() {
        assert_eq!(reason(4_000, 0, 4_000), None);
        assert_eq!(reason(45_000, 0, 45_000), BASE);
        assert_eq!(reason(30_000, 0, 35_000), PROPORTION);
        assert_eq!(reason(20_000, 0, 120_000), None);
        // 40,000 users and 21,000 of their managers.
        assert_eq!(reason(61_000, 21_000, 61_000), TOTAL);
        assert_eq!(reason(61_000, 21_000, 1_000_000), TOTAL);
    }

    #[test]
    fn at_the_limits() {
        assert_eq!(reason(0, 0, 0), None);
        // From 5,000 on.
        assert_eq!(reason(4_999, 0, 4_999), None);
        assert_eq!(reason(5_000, 0, 5_000), PROPORTION);
        // References count for the 5,000, and not for the proportion.
        assert_eq!(reason(5_000, 5_000, 5_000), None);
        assert_eq!(reason(5_000, 2_999, 5_000), PROPORTION);
        // More than 40 %.
        assert_eq!(reason(8_000, 0, 20_000), None);
        assert_eq!(reason(8_001, 0, 20_000), PROPORTION);
        assert_eq!(reason(8_000, 0, 19_999), PROPORTION);
        // More than 40,000, not counting references.
        assert_eq!(reason(40_000, 0, 1_000_000), None);
        assert_eq!(reason(40_001, 0, 1_000_000), BASE);
        assert_eq!(reason(40_001, 1, 1_000_000), None);
        // More than 60,000, counting them.
        assert_eq!(reason(60_000, 60_000, 1_000_000), None);
        assert_eq!(reason(60_001, 60_001, 1_000_000), TOTAL);
        // Counts that cannot be do no harm.
        assert_eq!(reason(5_000, 9_000, 0), None);
        assert_eq!(reason(u64::MAX, 0, u64::MAX), TOTAL);
    }

    #[test]
    fn thresholds_of_ones_own() {
        let thresholds: Thresholds = serde_json::from_str(r#"{"fewest":0,"base":1}"#).unwrap();
        assert_eq!(thresholds, Thresholds { fewest: 0, base: 1, ..Thresholds::default() });
        let evaluate = |total_failures, events| {
            thresholds.evaluate(&EscrowCounts { total_failures, events, ..EscrowCounts::default() })
        };
        assert_eq!(evaluate(0, 0), None);
        assert_eq!(evaluate(1, 100), None);
        assert_eq!(evaluate(1, 2), PROPORTION);
        assert_eq!(evaluate(2, 100), BASE);
    }
}
