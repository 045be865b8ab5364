//! Tables of what was done, or would be.

use std::collections::BTreeMap;
use std::time::Duration;

use indicatif::HumanCount;
use scim_sync::{CycleReport, Kind, Outcome, Preview};

use crate::screen::{Screen, count};
use crate::tally::{Group, Groups, Tally, What};

/// How many reasons are listed for one outcome.
const REASONS: usize = 6;

/// What a cycle did, in numbers, and then why.
pub(crate) fn cycle(screen: &mut Screen, report: &CycleReport, tally: &Tally, took: Duration) {
    let groups = tally.take();
    numbers(screen, &groups);
    let counts = &report.counts;
    let extra = [(counts.members_added, "added to groups"), (counts.members_removed, "taken out of groups")];
    for (number, words) in extra.into_iter().filter(|(number, _)| *number > 0) {
        screen.line(format!("  {} {words}", count(number, "member")));
    }
    if counts.unchanged > 0 {
        screen.line(format!("  {} the same already", count(counts.unchanged, "object")));
    }
    reasons(screen, &groups, |what| what >= What::Staged);
    let seconds = took.as_secs_f64();
    match &report.outcome {
        Outcome::Completed => screen.line(format!("  completed in {seconds:.1} s")),
        Outcome::Interrupted(why) => screen.line(format!("  broke off after {seconds:.1} s: {why}")),
        Outcome::Quarantined(reason, why) => {
            screen.line(format!("  stopped after {seconds:.1} s: quarantine, {reason}: {why}"));
        }
    }
}

/// What a cycle would do.
pub(crate) fn preview(screen: &mut Screen, preview: &Preview) {
    let groups = Tally::of(&preview.records).take();
    numbers(screen, &groups);
    screen.line(format!("  {} would stay as they are", count(preview.unchanged, "object")));
    reasons(screen, &groups, |_| true);
    let removals = preview.removals;
    if removals.total() > 0 {
        screen.line(format!(
            "  the deletion guard counts {} disables, {} deletes and {} removals of members: it would {}",
            removals.disables,
            removals.deletes,
            removals.members,
            if preview.held_back { "hold this back" } else { "let this through" }
        ));
    }
}

fn numbers(screen: &mut Screen, groups: &Groups) {
    let mut rows: BTreeMap<What, [u64; 2]> = BTreeMap::new();
    for ((what, kind, _), group) in groups {
        let [users, groups] = rows.entry(*what).or_default();
        match kind {
            Kind::User => *users += group.count,
            Kind::Group => *groups += group.count,
        }
    }
    if rows.is_empty() {
        screen.line("  nothing");
        return;
    }
    screen.line(format!("  {:<12}{:>9}{:>9}", "", "users", "groups"));
    for (what, [users, groups]) in rows {
        let cell = |number: u64| match number {
            0 => "-".to_owned(),
            number => HumanCount(number).to_string(),
        };
        screen.line(format!("  {:<12}{:>9}{:>9}", what.as_str(), cell(users), cell(groups)));
    }
}

fn reasons(screen: &mut Screen, groups: &Groups, wanted: impl Fn(What) -> bool) {
    let mut by_what: BTreeMap<What, Vec<(&Kind, &String, &Group)>> = BTreeMap::new();
    for ((what, kind, why), group) in
        groups.iter().filter(|((what, _, why), _)| wanted(*what) && !why.is_empty())
    {
        by_what.entry(*what).or_default().push((kind, why, group));
    }
    for (what, mut list) in by_what {
        screen.line(format!("  {}, because", what.as_str()));
        list.sort_by_key(|(_, _, group)| std::cmp::Reverse(group.count));
        for (kind, why, group) in list.iter().take(REASONS) {
            screen.line(format!("  {:>7} {}: {why}", HumanCount(group.count), noun(**kind, group.count)));
            screen.line(format!("          {}", names(group)));
        }
        if let Some(rest) = list.get(REASONS..).filter(|rest| !rest.is_empty()) {
            let objects = rest.iter().map(|(_, _, group)| group.count).sum();
            screen.line(format!(
                "          and {} for {} more",
                count(objects, "object"),
                count(rest.len() as u64, "reason")
            ));
        }
    }
}

fn noun(kind: Kind, number: u64) -> String {
    if number == 1 { kind.to_string() } else { format!("{kind}s") }
}

fn names(group: &Group) -> String {
    let shown = group.names.join(", ");
    match group.count.saturating_sub(group.names.len() as u64) {
        0 => shown,
        more => format!("{shown}, and {} more", HumanCount(more)),
    }
}
