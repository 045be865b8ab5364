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
