use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::Ordering;

use chrono::{DateTime, TimeDelta, Utc};
use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::Directory;
use crate::object::{Assignment, Change, Kind, Members, Role, SourceId, SourceObject};
use crate::source::{Next, SourceError, Watermark};

/// What somebody knows who reads changes only.
#[derive(Clone, Debug, Default, PartialEq)]
struct Reader {
    objects: BTreeMap<(Kind, SourceId), SourceObject>,
    members: BTreeMap<SourceId, BTreeSet<SourceId>>,
    watermark: Option<Watermark>,
}

impl Reader {
    fn take(&mut self, change: Change) {
        match change {
            Change::Deleted { kind, id } => {
                self.objects.remove(&(kind, id.clone()));
                if kind == Kind::Group {
                    self.members.remove(&id);
                }
            }
            Change::Present(mut object) => {
                let members = std::mem::take(&mut object.members);
                if object.kind == Kind::Group {
                    let known = self.members.entry(object.id.clone()).or_default();
                    match members {
                        Members::Unchanged => {}
                        Members::All(all) => *known = all.into_iter().collect(),
                        Members::Delta { added, removed } => {
                            known.extend(added);
                            known.retain(|id| !removed.contains(id));
                        }
                    }
                }
                self.objects.insert((object.kind, object.id.clone()), object);
            }
        }
    }

    /// One cycle, with something going on between the pages.
    fn read(&mut self, directory: &Directory, mut between: impl FnMut()) {
        let mut page = None;
        let mut seen = BTreeSet::new();
        loop {
            let batch = directory.page(self.watermark.as_ref(), page.as_deref()).unwrap();
            for change in batch.changes {
                seen.insert((change.kind(), change.id().clone()));
                self.take(change);
            }
            match batch.next {
                Next::Page(next) => page = Some(next),
                Next::Done { watermark, complete } => {
                    assert_eq!(complete, self.watermark.is_none());
                    if complete {
                        self.objects.retain(|key, _| seen.contains(key));
                        self.members.retain(|id, _| seen.contains(&(Kind::Group, id.clone())));
                    }
                    self.watermark = Some(watermark);
                    return;
                }
            }
            between();
        }
    }
}

fn user(at: u8) -> SourceId {
    format!("u{}", at % 6).into()
}

fn group(at: u8) -> SourceId {
    format!("g{}", at % 4).into()
}

fn any_id(at: u8) -> SourceId {
    if at.is_multiple_of(3) { group(at) } else { user(at) }
}

fn day(at: u8) -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + TimeDelta::days(at.into())
}

fn attributes(value: Value) -> Map<String, Value> {
    value.as_object().unwrap().clone()
}

/// One random thing that happens in a directory.
fn happens(directory: &Directory, (what, a, b): (u8, u8, u8)) {
    let kind = if a.is_multiple_of(3) { Kind::Group } else { Kind::User };
    let id = any_id(a);
    let role = if b.is_multiple_of(2) { Role::DefaultAccess } else { Role::Named("admin".to_owned()) };
    match what % 16 {
        0 | 1 => directory.put(SourceObject::user(user(a)).with("displayName", b % 3)),
        2 => {
            let mut object = SourceObject::group(group(a)).with("displayName", b % 3);
            object.members = Members::All((0..b % 8).map(any_id).collect());
            directory.put(object)
        }
        3 => directory.update(kind, &id, attributes(json!({"title": b % 3, "displayName": null}))),
        4 => directory.set_enabled(&user(a), b.is_multiple_of(2)),
        5 => directory.soft_delete(kind, &id, day(b)),
        6 => directory.restore(kind, &id),
        7 => directory.delete(kind, &id),
        8 => directory.purge(day(b), TimeDelta::days(100)) > 0,
        9 => directory.set_manager(&user(a), (!b.is_multiple_of(4)).then(|| user(b))),
        10 => directory.set_members(&group(a), (0..b % 8).map(any_id)),
        11 => directory.add_members(&group(a), [any_id(b)]),
        12 => directory.remove_members(&group(a), [any_id(b)]),
        13 => directory.assign(kind, &id, role),
        14 => directory.unassign(kind, &id, &role),
        _ => directory.update(
            Kind::Group,
            &group(a),
            attributes(json!({"securityEnabled": b.is_multiple_of(2)})),
        ),
    };
}

proptest! {
    /// Whoever applies changes to what was there at a watermark knows the same as who reads everything.
    #[test]
    fn changes_lead_to_what_a_first_read_finds(
        cycles in prop::collection::vec(prop::collection::vec(any::<(u8, u8, u8)>(), 0..24), 1..8),
        disturbances in prop::collection::vec(any::<(u8, u8, u8)>(), 0..24),
        page_size in 1_usize..8,
    ) {
        let directory = Directory::new().with_page_size(page_size);
        let mut reader = Reader::default();
        let mut disturbances = disturbances.into_iter();
        for cycle in cycles {
            cycle.into_iter().for_each(|event| happens(&directory, event));
            reader.read(&directory, || {
                if let Some(event) = disturbances.next() {
                    happens(&directory, event);
                }
            });
        }
        reader.read(&directory, || ());
        let mut first = Reader::default();
        first.read(&directory, || ());
        prop_assert_eq!(reader, first);
    }

    /// Nothing is handed over twice, and nothing at all when nothing changed.
    #[test]
    fn a_quiet_directory_has_nothing_to_say(
        events in prop::collection::vec(any::<(u8, u8, u8)>(), 0..64),
    ) {
        let directory = Directory::new();
        events.iter().for_each(|event| happens(&directory, *event));
        let mark = directory.watermark();
        prop_assert_eq!(directory.page(Some(&mark), None).unwrap().changes, []);
        // Saying again what is there already is no change.
        for kind in [Kind::User, Kind::Group] {
            for id in directory.ids(kind) {
                let object = directory.object(kind, &id).unwrap();
                prop_assert!(!directory.put(object));
            }
        }
        prop_assert_eq!(directory.watermark(), mark);
    }
}

fn changes(directory: &Directory, since: &Watermark) -> Vec<Change> {
    let batch = directory.page(Some(since), None).unwrap();
    assert!(matches!(batch.next, Next::Done { complete: false, .. }), "{:?}", batch.next);
    batch.changes
}

fn changed(directory: &Directory, since: &Watermark) -> Vec<String> {
    let mut ids: Vec<_> = changes(directory, since).iter().map(|change| change.id().to_string()).collect();
    ids.sort();
    ids
}

/// Ann and Bob are in Staff, which is in All Staff; Eve is in nothing.
fn staff() -> Directory {
    let directory = Directory::new();
    for id in ["ann", "bob", "eve"] {
        directory.put(SourceObject::user(id).with("displayName", id));
    }
    for (id, members) in [("staff", ["ann", "bob"].as_slice()), ("all-staff", &["staff"])] {
        directory.put(SourceObject::group(id).with("securityEnabled", true));
        directory.set_members(&id.into(), members.iter().map(|id| SourceId::from(*id)));
    }
    directory
}

fn roles(directory: &Directory, kind: Kind, id: &str) -> Vec<Assignment> {
    directory.object(kind, &id.into()).unwrap().assignments
}

fn direct(role: Role) -> Vec<Assignment> {
    vec![Assignment { role, through: None }]
}

fn through(group: &str, role: Role) -> Vec<Assignment> {
    vec![Assignment { role, through: Some(group.into()) }]
}

#[test]
fn a_direct_assignment() {
    let directory = staff();
    let mark = directory.watermark();
    assert!(directory.assign(Kind::User, &"eve".into(), Role::Named("admin".into())));
    assert!(!directory.assign(Kind::User, &"eve".into(), Role::Named("admin".into())));
    assert_eq!(roles(&directory, Kind::User, "eve"), direct(Role::Named("admin".into())));
    assert_eq!(changed(&directory, &mark), ["eve"]);
}

#[test]
fn default_access_is_a_role_too() {
    let directory = staff();
    directory.assign(Kind::User, &"eve".into(), Role::DefaultAccess);
    assert_eq!(roles(&directory, Kind::User, "eve"), direct(Role::DefaultAccess));
}

#[test]
fn an_assignment_through_a_group_is_for_its_direct_members() {
    let directory = staff();
    let mark = directory.watermark();
    directory.assign(Kind::Group, &"staff".into(), Role::DefaultAccess);
    for id in ["ann", "bob"] {
        assert_eq!(roles(&directory, Kind::User, id), through("staff", Role::DefaultAccess));
    }
    assert_eq!(roles(&directory, Kind::User, "eve"), []);
    assert_eq!(roles(&directory, Kind::Group, "staff"), direct(Role::DefaultAccess));
    assert_eq!(changed(&directory, &mark), ["ann", "bob", "staff"]);
}

#[test]
fn nested_members_have_nothing_of_an_assignment() {
    let directory = staff();
    directory.assign(Kind::Group, &"all-staff".into(), Role::DefaultAccess);
    assert_eq!(roles(&directory, Kind::User, "ann"), []);
    assert_eq!(roles(&directory, Kind::Group, "staff"), []);
    assert_eq!(roles(&directory, Kind::Group, "all-staff"), direct(Role::DefaultAccess));
}

#[test]
fn a_group_that_is_not_security_enabled_gives_no_roles() {
    let directory = staff();
    directory.assign(Kind::Group, &"staff".into(), Role::DefaultAccess);
    let mark = directory.watermark();
    directory.update(Kind::Group, &"staff".into(), attributes(json!({"securityEnabled": false})));
    assert_eq!(roles(&directory, Kind::User, "ann"), []);
    assert_eq!(roles(&directory, Kind::Group, "staff"), []);
    assert_eq!(changed(&directory, &mark), ["ann", "bob", "staff"]);
    // Where it is not said, it is.
    directory.update(Kind::Group, &"staff".into(), attributes(json!({"securityEnabled": null})));
    assert_eq!(roles(&directory, Kind::User, "ann"), through("staff", Role::DefaultAccess));
}

#[test]
fn a_group_in_the_bin_gives_no_roles_until_it_is_back() {
    let directory = staff();
    directory.assign(Kind::Group, &"staff".into(), Role::DefaultAccess);
    let mark = directory.watermark();
    directory.soft_delete(Kind::Group, &"staff".into(), day(0));
    assert_eq!(roles(&directory, Kind::User, "ann"), []);
    assert_eq!(changed(&directory, &mark), ["ann", "bob", "staff"]);
    let mark = directory.watermark();
    directory.restore(Kind::Group, &"staff".into());
    assert_eq!(roles(&directory, Kind::User, "ann"), through("staff", Role::DefaultAccess));
    assert_eq!(changed(&directory, &mark), ["ann", "bob", "staff"]);
}

#[test]
fn whoever_comes_into_an_assigned_group_or_leaves_it_has_changed() {
    let directory = staff();
    directory.assign(Kind::Group, &"staff".into(), Role::DefaultAccess);
    let mark = directory.watermark();
    directory.add_members(&"staff".into(), ["eve".into()]);
    directory.remove_members(&"staff".into(), ["bob".into()]);
    assert_eq!(changed(&directory, &mark), ["bob", "eve", "staff"]);
    assert_eq!(roles(&directory, Kind::User, "bob"), []);
    assert_eq!(roles(&directory, Kind::User, "eve"), through("staff", Role::DefaultAccess));
    // A group that is not assigned concerns nobody.
    let mark = directory.watermark();
    directory.add_members(&"all-staff".into(), ["eve".into()]);
    assert_eq!(changed(&directory, &mark), ["all-staff"]);
}

#[test]
fn roles_may_be_given_before_anybody_is_there() {
    let directory = Directory::new();
    directory.assign(Kind::Group, &"staff".into(), Role::DefaultAccess);
    let mut group = SourceObject::group("staff");
    group.members = Members::All(vec!["ann".into()]);
    directory.put(group);
    directory.put(SourceObject::user("ann"));
    assert_eq!(roles(&directory, Kind::User, "ann"), through("staff", Role::DefaultAccess));
    assert!(directory.unassign_all(Kind::Group, &"staff".into()));
    assert_eq!(roles(&directory, Kind::User, "ann"), []);
}

#[test]
fn what_is_gone_for_good_is_gone_from_all_references() {
    let directory = staff();
    directory.assign(Kind::User, &"bob".into(), Role::DefaultAccess);
    directory.set_manager(&"ann".into(), Some("bob".into()));
    directory.set_manager(&"eve".into(), Some("ann".into()));
    let mark = directory.watermark();
    assert!(directory.delete(Kind::User, &"bob".into()));
    assert!(!directory.delete(Kind::User, &"bob".into()));
    let changes = changes(&directory, &mark);
    let ids: Vec<_> = changes.iter().map(|change| change.id().as_str()).collect();
    assert_eq!(ids, ["staff", "ann", "bob"]);
    assert_eq!(changes[2], Change::Deleted { kind: Kind::User, id: "bob".into() });
    let Change::Present(staff) = &changes[0] else { panic!() };
    assert_eq!(staff.members, Members::Delta { added: vec![], removed: vec!["bob".into()] });
    assert_eq!(directory.object(Kind::User, &"ann".into()).unwrap().manager, None);
    // Whoever comes under the same id later has nothing of the former's.
    directory.put(SourceObject::user("bob"));
    assert_eq!(roles(&directory, Kind::User, "bob"), []);
}

#[test]
fn a_group_says_of_its_members_only_what_is_new() {
    let directory = staff();
    let members = |since: &Watermark| match changes(&directory, since).as_slice() {
        [Change::Present(group)] => group.members.clone(),
        other => panic!("{other:?}"),
    };
    let mark = directory.watermark();
    directory.update(Kind::Group, &"staff".into(), attributes(json!({"description": "all of us"})));
    assert_eq!(members(&mark), Members::Unchanged);

    directory.add_members(&"staff".into(), ["eve".into()]);
    directory.remove_members(&"staff".into(), ["ann".into()]);
    let expected = Members::Delta { added: vec!["eve".into()], removed: vec!["ann".into()] };
    assert_eq!(members(&mark), expected);

    // Who has gone again in the meantime is among those who went.
    directory.remove_members(&"staff".into(), ["eve".into()]);
    let expected = Members::Delta { added: vec![], removed: vec!["ann".into(), "eve".into()] };
    let Members::Delta { added, mut removed } = members(&mark) else { panic!() };
    removed.sort();
    assert_eq!(Members::Delta { added, removed }, expected);

    // One object is always handed over whole.
    let staff = directory.object(Kind::Group, &"staff".into()).unwrap();
    assert_eq!(staff.members, Members::All(vec!["bob".into()]));
}

#[test]
fn a_group_that_turned_over_more_than_its_size_is_read_whole() {
    let directory = staff();
    let mark = directory.watermark();
    for number in 0..200 {
        directory.add_members(&"staff".into(), [format!("temp{number}").into()]);
        directory.remove_members(&"staff".into(), [format!("temp{number}").into()]);
    }
    let changes = changes(&directory, &mark);
    let [Change::Present(staff)] = changes.as_slice() else { panic!() };
    assert_eq!(staff.members, Members::All(vec!["ann".into(), "bob".into()]));
}

#[test]
fn the_bin_is_emptied_after_its_time() {
    let directory = staff();
    directory.soft_delete(Kind::User, &"ann".into(), day(1));
    directory.soft_delete(Kind::User, &"bob".into(), day(2));
    // The first time counts.
    assert!(!directory.soft_delete(Kind::User, &"ann".into(), day(9)));
    assert_eq!(directory.purge(day(30), TimeDelta::days(30)), 0);
    assert_eq!(directory.purge(day(31), TimeDelta::days(30)), 1);
    assert_eq!(directory.ids(Kind::User), ["bob".into(), "eve".into()]);
    // Who is taken out of the bin stays.
    directory.restore(Kind::User, &"bob".into());
    assert_eq!(directory.purge(day(200), TimeDelta::days(30)), 0);
    // A time that no calendar holds purges nobody.
    assert_eq!(directory.purge(DateTime::<Utc>::MIN_UTC, TimeDelta::days(30)), 0);
}

#[test]
fn a_watermark_is_lost_when_it_cannot_be_kept() {
    let lost = |directory: &Directory, text: &str| {
        matches!(directory.page(Some(&Watermark(text.to_owned())), None), Err(SourceError::WatermarkLost))
    };
    let directory = staff();
    let mark = directory.watermark();
    assert!(lost(&staff(), &mark.0), "of another directory");
    assert!(lost(&directory, ""));
    assert!(lost(&directory, &format!("{}0", mark.0)), "of the future");
    assert!(lost(&directory, &mark.0.replace(':', ":-")));
    assert!(matches!(directory.page(None, Some("1:2:3")), Err(SourceError::WatermarkLost)));

    directory.keep_deletions(1);
    directory.delete(Kind::User, &"ann".into());
    assert!(!lost(&directory, &mark.0), "the only deletion since is remembered");
    let between = directory.watermark();
    directory.delete(Kind::User, &"bob".into());
    assert!(lost(&directory, &mark.0), "the first deletion is forgotten");
    assert!(!lost(&directory, &between.0));
    // A first read needs none of that.
    let batch = directory.page(None, None).unwrap();
    assert!(matches!(batch.next, Next::Done { complete: true, .. }));
    assert_eq!(batch.changes.len(), 3);
}

#[test]
fn pages_are_as_long_as_they_may_be() {
    let directory = staff().with_page_size(2);
    let mut lengths = Vec::new();
    let mut page = None;
    loop {
        let batch = directory.page(None, page.as_deref()).unwrap();
        lengths.push(batch.changes.len());
        match batch.next {
            Next::Page(next) => page = Some(next),
            Next::Done { complete, .. } => break assert!(complete),
        }
    }
    assert_eq!(lengths, [2, 2, 1]);
}

#[test]
fn a_first_read_misses_nobody_who_changes_while_it_goes_on() {
    let directory = staff().with_page_size(1);
    let mut reader = Reader::default();
    let mut count = 0;
    reader.read(&directory, || {
        count += 1;
        directory.update(Kind::User, &"eve".into(), attributes(json!({"title": count})));
    });
    assert_eq!(reader.objects.len(), 5);
    assert_eq!(changed(&directory, reader.watermark.as_ref().unwrap()), ["eve"]);
}

#[test]
fn ten_changes_among_a_hundred_thousand_cost_ten() {
    let directory = Directory::new();
    for number in 0..100_000 {
        directory.put(SourceObject::user(format!("u{number}")).with("title", "clerk"));
    }
    directory.put(SourceObject::group("everybody"));
    directory.set_members(&"everybody".into(), (0..100_000).map(|number| format!("u{number}").into()));
    directory.assign(Kind::Group, &"everybody".into(), Role::DefaultAccess);
    let mark = directory.watermark();
    let visited = || directory.read().visited.load(Ordering::Relaxed);
    let before = visited();
    for number in 0..10 {
        let id = format!("u{}", number * 9_999).into();
        directory.update(Kind::User, &id, attributes(json!({"title": "manager"})));
    }
    directory.add_members(&"everybody".into(), ["new".into()]);
    let found = changes(&directory, &mark);
    assert_eq!(found.len(), 11);
    let Some(Change::Present(group)) = found.last() else { panic!() };
    assert_eq!(group.members, Members::Delta { added: vec!["new".into()], removed: vec![] });
    // Each was marked once and handed over once; the new member is nobody who is known.
    assert_eq!(visited() - before, 22);
}

#[test]
fn one_id_may_be_a_user_and_a_group() {
    let directory = Directory::new();
    directory.put(SourceObject::user("1").with("displayName", "Ann"));
    directory.put(SourceObject::group("1").with("displayName", "Staff"));
    directory.put(SourceObject::group("2"));
    directory.add_members(&"2".into(), ["1".into()]);
    directory.delete(Kind::Group, &"1".into());
    assert!(directory.contains(Kind::User, &"1".into()));
    let members = |id: &str| directory.object(Kind::Group, &id.into()).unwrap().members;
    assert_eq!(members("2"), Members::All(vec!["1".into()]));
    directory.delete(Kind::User, &"1".into());
    assert_eq!(members("2"), Members::All(vec![]));
}
