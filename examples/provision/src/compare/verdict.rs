//! What came of a comparison.

use std::collections::BTreeMap;

use indicatif::HumanCount;
use scim_core::ResourceId;
use scim_sync::{ErrorCode, Kind, SourceObject};

use crate::screen::{Screen, count};
use crate::tally::Group;

/// What came of a comparison.
#[derive(Clone, Debug, Default)]
pub(crate) struct Verdict {
    /// Users and groups in scope that are there.
    users: u64,
    groups: u64,
    pub(super) managers: u64,
    pub(super) memberships: u64,
    /// Users out of scope whose accounts are closed.
    pub(super) closed: u64,
    /// Resources that nobody in the source stands for.
    pub(super) others: u64,
    /// Objects that are not as they should be, by the reason that the source or the target gave.
    explained: BTreeMap<String, Group>,
    differences: Vec<String>,
}

/// How many differences are shown.
const SHOWN: usize = 10;
const NAMES: usize = 3;

/// Whether trying again does not help, until somebody changes the source or the target.
pub(crate) fn is_for_good(code: ErrorCode) -> bool {
    !matches!(
        code,
        ErrorCode::TooManyRequests
            | ErrorCode::InternalServerError
            | ErrorCode::Unauthorized
            | ErrorCode::WebExceptionProtocolError
            | ErrorCode::InvalidAnchor
            | ErrorCode::InternalError
            | ErrorCode::Timeout
    )
}

impl Verdict {
    /// Whether both ends agree.
    pub(crate) fn is_good(&self) -> bool {
        self.differences.is_empty()
    }

    pub(super) fn found(&mut self, kind: Kind) {
        match kind {
            Kind::User => self.users += 1,
            Kind::Group => self.groups += 1,
        }
    }

    pub(super) fn explain(&mut self, code: &str, name: &str) {
        let group = self.explained.entry(code.to_owned()).or_default();
        group.count += 1;
        if group.names.len() < NAMES {
            group.names.push(name.to_owned());
        }
    }

    pub(super) fn differ(&mut self, object: &SourceObject, what: impl AsRef<str>) {
        self.differences.push(format!("{} {}: {}", object.kind, object.display_name(), what.as_ref()));
    }

    pub(super) fn stranger(&mut self, kind: Kind, id: &ResourceId, name: &str) {
        self.differences.push(format!("{kind} {name} ({id}): nobody in the source stands for it"));
    }

    pub(crate) fn show(&self, screen: &mut Screen) {
        screen.line(format!(
            "  {}, {}, {} and {} are as the source has them; {} of people out of scope are closed",
            count(self.users, "user"),
            count(self.groups, "group"),
            count(self.memberships, "membership"),
            count(self.managers, "manager"),
            count(self.closed, "account"),
        ));
        if self.others > 0 {
            screen.line(format!(
                "  {} of the target stand for nobody in the source, and were left alone",
                count(self.others, "resource")
            ));
        }
        for (code, group) in &self.explained {
            let more = group.count.saturating_sub(group.names.len() as u64);
            let more = if more > 0 { format!(", and {} more", HumanCount(more)) } else { String::new() };
            let reason = code.parse::<ErrorCode>().map_or("", ErrorCode::reason);
            screen.line(format!("  not provisioned: {} for {code}, {reason}", count(group.count, "object")));
            screen.line(format!("    {}{more}", group.names.join(", ")));
        }
        for difference in self.differences.iter().take(SHOWN) {
            screen.line(format!("  differs: {difference}"));
        }
        let rest = self.differences.len().saturating_sub(SHOWN) as u64;
        if rest > 0 {
            screen.line(format!("  and {} more", HumanCount(rest)));
        }
    }
}
