//! The company of `examples/provision`: what its README says of it, and what its days bring.

use std::collections::BTreeSet;
use std::path::PathBuf;

use chrono::DateTime;
use futures_util::FutureExt as _;
use scim_sync::{
    Change, Directory, GraphExport, ImportReport, Kind, Members, Next, Source, SourceId, Watermark,
};

fn folder(name: &str) -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples/provision")).join(name)
}

fn company() -> (Directory, ImportReport) {
    GraphExport::new(folder("company")).read().unwrap()
}

fn apply(directory: &Directory, day: &str) -> ImportReport {
    let text = std::fs::read_to_string(folder(day).join("changes.json")).unwrap();
    directory.apply_delta("changes.json", &text, DateTime::UNIX_EPOCH).unwrap()
}

/// Who is active and has a role.
fn entitled(directory: &Directory, kind: Kind) -> BTreeSet<SourceId> {
    let ids = directory.ids(kind).into_iter();
    ids.filter(|id| {
        let object = directory.object(kind, id).unwrap();
        object.is_active() && !object.assignments.is_empty()
    })
    .collect()
}

fn changes(directory: &Directory, since: &Watermark) -> Vec<Change> {
    let mut all = Vec::new();
    let mut page = None;
    loop {
        let batch = directory.changes(Some(since), page.as_deref()).now_or_never().unwrap().unwrap();
        all.extend(batch.changes);
        match batch.next {
            Next::Page(next) => page = Some(next),
            Next::Done { .. } => return all,
        }
    }
}

fn removals(changes: &[Change]) -> usize {
    let of = |change: &Change| match change {
        Change::Present(object) => match &object.members {
            Members::Delta { removed, .. } => removed.len(),
            _ => 0,
        },
        Change::Deleted { .. } => 0,
    };
    changes.iter().map(of).sum()
}

#[test]
fn it_is_what_its_readme_says() {
    let (directory, report) = company();
    assert_eq!((report.users, report.groups, report.in_bin), (2_882 + 8, 203 + 1, 9));
    assert_eq!((report.unknown_members, report.unknown_managers), (1, 1));
    assert_eq!((report.unknown_principals, report.unknown_groups, report.other_principals), (0, 0, 0));
    let (users, groups) = (entitled(&directory, Kind::User), entitled(&directory, Kind::Group));
    let readme = std::fs::read_to_string(folder("company/README.md")).unwrap();
    let says = |text: &str| assert!(readme.contains(text), "{text}");
    says("2882 users and 203 groups");
    says(&format!("{} users are active and assigned, and {} groups", users.len(), groups.len()));
    // The one without a name, the one of another domain, and the second of each pair.
    says(&format!("of these, {} and {} are created", users.len() - 3, groups.len() - 1));
}

#[test]
fn the_next_day_is_an_ordinary_one() {
    let (directory, _) = company();
    let before = [Kind::User, Kind::Group].map(|kind| entitled(&directory, kind));
    let mark = directory.watermark();
    let report = apply(&directory, "company-day-two");
    assert_eq!((report.deleted, report.in_bin), (3 + 1, 5));
    assert_eq!((report.unknown_members, report.unknown_managers, report.unknown_principals), (0, 0, 0));
    let after = [Kind::User, Kind::Group].map(|kind| entitled(&directory, kind));
    let both = || before.iter().zip(&after);
    let gone: Vec<_> = both().map(|(before, after)| before.difference(after).count()).collect();
    let new: Vec<_> = both().map(|(before, after)| after.difference(before).count()).collect();
    assert_eq!((gone[0], new[0]), (6 + 5 + 3 + 2 + 2, 20 + 1 + 1));
    assert_eq!((gone[1], new[1]), (2, 1));

    let changes = changes(&directory, &mark);
    assert!(changes.len() < 200, "{} changes", changes.len());
    // The guard holds back more than 20 that are more than a tenth of what is linked.
    let linked: usize = before.iter().map(BTreeSet::len).sum();
    assert!(gone[0] + gone[1] + removals(&changes) < linked / 10);
}

#[test]
fn the_bad_day_would_take_four_in_ten() {
    let (directory, _) = company();
    let before = entitled(&directory, Kind::User);
    apply(&directory, "company-bad-day");
    let gone = before.difference(&entitled(&directory, Kind::User)).count();
    assert_eq!(gone, 1_080);
    assert_eq!(gone * 100 / before.len(), 40);
}

#[test]
fn guests_are_known_by_their_own_addresses() {
    let (directory, _) = company();
    let name = |id: &SourceId| {
        let user = directory.object(Kind::User, id)?;
        Some(user.get("userPrincipalName")?.as_str()?.to_owned())
    };
    let names: BTreeSet<_> = directory.ids(Kind::User).iter().filter_map(name).collect();
    for name in ["ian_mctavish@brightwater-design.example", "priya.raman@kestrel-audit.example"] {
        assert!(names.contains(name), "{name}");
    }
    assert!(!names.iter().any(|name| name.contains('#')));
}
