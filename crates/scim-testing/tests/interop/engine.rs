//! The provisioning engine against it: a small company comes, changes, and is the same at both ends.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use http::Method;
use scim_client::{Client, Dialect};
use scim_core::{AttrPath, Resource, attr};
use scim_filter::query::Query;
use scim_sync::{
    Directory, Job, Kind, LogStatus, Members, MemoryLog, MemoryState, Nulls, Outcome, ResetScope, Role,
    Rules, SourceId, SourceObject,
};
use serde_json::{Map, Value, json};

use crate::Peer;

const MANAGER: AttrPath =
    AttrPath::from_static("urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager");
const DEPARTMENT: AttrPath =
    AttrPath::from_static("urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department");

fn uid(n: usize) -> SourceId {
    format!("u{n:02}").into()
}

fn gid(n: usize) -> SourceId {
    format!("g{n}").into()
}

fn role() -> Role {
    Role::Named("User".into())
}

fn join(directory: &Directory, n: usize) {
    let id = uid(n);
    directory.put(
        SourceObject::user(id.as_str())
            .with("userPrincipalName", format!("{id}@example.com"))
            .with("displayName", format!("Zoë {id}"))
            .with("givenName", "Zoë")
            .with("surname", format!("Müller-{n}"))
            .with("mail", format!("{id}+work@example.com"))
            .with("department", if n.is_multiple_of(2) { "Tours" } else { "Parks" })
            .with("jobTitle", "Guide")
            .with("accountEnabled", true),
    );
    directory.assign(Kind::User, &id, role());
}

/// 30 users, of whom 29 have a manager, and 5 groups, one of them empty and one within another.
fn company() -> Directory {
    let directory = Directory::new();
    (0..30).for_each(|n| join(&directory, n));
    for n in 1..30 {
        directory.set_manager(&uid(n), Some(uid(n / 4)));
    }
    let members: [Vec<SourceId>; 5] = [
        (0..30).map(uid).collect(),
        (0..10).map(uid).collect(),
        vec![uid(3), gid(1)],
        vec![uid(7)],
        Vec::new(),
    ];
    for (n, members) in members.into_iter().enumerate() {
        directory
            .put(SourceObject::group(gid(n).as_str()).with("displayName", format!("Group \"{n}\" & co")));
        directory.set_members(&gid(n), members);
        directory.assign(Kind::Group, &gid(n), role());
    }
    directory
}

/// A mover, leavers of all kinds, a joiner, and changes of groups.
fn a_day(directory: &Directory) {
    let set = |n: usize, values: Value| {
        let Value::Object(values) = values else { panic!("an object") };
        directory.update(Kind::User, &uid(n), values)
    };
    let moves = json!({
        "surname": "Jensen", "givenName": "Barbara", "mail": "bjensen@example.com", "department": "Parks",
        "telephoneNumber": "+49 30 1", "city": "Rome", "userPrincipalName": "bjensen@example.com",
    });
    assert!(set(5, moves));
    set(6, json!({"mail": null, "department": null, "jobTitle": null}));
    directory.set_manager(&uid(5), Some(uid(9)));
    directory.set_manager(&uid(8), None);
    directory.set_enabled(&uid(10), false);
    // Neither by himself nor through a group.
    directory.unassign_all(Kind::User, &uid(11));
    directory.remove_members(&gid(0), [uid(11)]);
    directory.delete(Kind::User, &uid(12));
    join(directory, 30);
    directory.set_manager(&uid(30), Some(uid(5)));
    directory.remove_members(&gid(0), (20..25).map(uid));
    directory.remove_members(&gid(3), [uid(7)]);
    directory.add_members(&gid(4), [uid(30), uid(5), gid(3)]);
    directory.update(Kind::Group, &gid(1), Map::from_iter([("displayName".to_owned(), json!("Guides"))]));
    directory.delete(Kind::Group, &gid(2));
}

async fn all(client: &Client, kind: Kind) -> BTreeMap<String, Resource> {
    let end = match kind {
        Kind::User => client.users().untyped(),
        Kind::Group => client.groups().untyped(),
    };
    let found = end.list(Query::default()).collect(1_000).await.unwrap();
    let count = found.len();
    let by_id: BTreeMap<String, Resource> = found
        .into_iter()
        .map(|one| (one.resource.external_id().unwrap_or_default().to_owned(), one.resource))
        .collect();
    assert_eq!(by_id.len(), count, "nobody is there twice");
    by_id
}

/// What is wrong in the target, by what the source says and not by what the engine remembers.
async fn differences(client: &Client, directory: &Directory) -> Vec<String> {
    let (users, groups) = (all(client, Kind::User).await, all(client, Kind::Group).await);
    let mut wrong = Vec::new();
    let mut expect = |what: String, is: Option<&Value>, shall: Option<&Value>| {
        if is != shall {
            wrong.push(format!("{what} is {is:?} and not {shall:?}"));
        }
    };
    for (id, user) in &users {
        let Some(person) = directory.object(Kind::User, &id.as_str().into()) else {
            expect(id.clone(), Some(&json!("there")), None);
            continue;
        };
        let stays = person.is_active() && !person.assignments.is_empty();
        expect(format!("{id} active"), user.get(&attr::ACTIVE), Some(&json!(stays)));
        if !stays {
            continue;
        }
        for (path, name) in [
            (attr::USER_NAME, "userPrincipalName"),
            (attr::DISPLAY_NAME, "displayName"),
            (attr::TITLE, "jobTitle"),
            (DEPARTMENT, "department"),
            (attr::NAME_FAMILY_NAME, "surname"),
            (attr::NAME_GIVEN_NAME, "givenName"),
        ] {
            expect(format!("{id} {path}"), user.get(&path), person.get(name));
        }
        for (path, name) in [(attr::EMAILS, "mail"), (attr::PHONE_NUMBERS, "telephoneNumber")] {
            let list: Vec<&Value> = user.get_all(&path).collect();
            expect(format!("{id} {path}"), list.first().map(|one| &one["value"]), person.get(name));
            assert!(list.len() < 2 && list.iter().all(|one| one["type"] == "work"), "{id}: {list:?}");
        }
        let address = user.get_all(&attr::ADDRESSES).next().map(|one| &one["locality"]);
        expect(format!("{id} city"), address, person.get("city"));
        let manager = person.manager.as_ref().and_then(|manager| users.get(manager.as_str())?.id());
        let manager = manager.map(Value::from);
        let is = user.get(&MANAGER).map(|manager| &manager["value"]);
        expect(format!("{id} manager"), is, manager.as_ref());
    }
    let there: BTreeSet<_> = users.keys().chain(groups.keys()).cloned().collect();
    let mut shall = BTreeSet::new();
    for kind in [Kind::User, Kind::Group] {
        shall.extend(directory.ids(kind).iter().map(SourceId::to_string));
    }
    assert_eq!(there, shall);
    for (id, group) in &groups {
        let source = directory.object(Kind::Group, &id.as_str().into()).unwrap();
        expect(format!("{id} name"), group.get(&attr::DISPLAY_NAME), source.get("displayName"));
        let Members::All(members) = &source.members else { panic!("{id}") };
        let resource = |id: &SourceId| users.get(id.as_str()).or(groups.get(id.as_str()))?.id();
        let shall: BTreeSet<&str> = members.iter().filter_map(resource).collect();
        // It keeps the ids of users who are gone, which no RFC forbids: a member is whatever somebody said.
        let known: BTreeSet<&str> = users.values().chain(groups.values()).filter_map(Resource::id).collect();
        let members = group.get_all(&attr::MEMBERS).filter_map(|one| one["value"].as_str());
        let members: Vec<&str> = members.filter(|member| known.contains(member)).collect();
        let is: BTreeSet<&str> = members.iter().copied().collect();
        expect(format!("{id} members"), Some(&json!(is)), Some(&json!(shall)));
        assert_eq!(members.len(), is.len(), "{id}: nobody is a member twice");
    }
    wrong
}

fn failures(log: &MemoryLog) -> Vec<String> {
    let failed = log.records().into_iter().filter(|record| record.status == LogStatus::Failure);
    failed.map(|record| format!("{}: {:?}", record.source_identity.id, record.reason)).collect()
}

/// A job of this directory; what it remembers is in the state, and its requests are counted as reads and writes.
fn job(
    peer: &Peer,
    dialect: Dialect,
    directory: &Directory,
    state: &MemoryState,
    log: &MemoryLog,
) -> (Job<Directory, MemoryState>, impl Fn() -> [u32; 2] + use<>) {
    let requests: Arc<[AtomicU32; 2]> = Arc::default();
    let count = Arc::clone(&requests);
    let client = Client::builder(peer.server.base_url())
        .bearer(peer.server.token())
        .dialect(dialect)
        .on_attempt(move |method, _| {
            count[usize::from(method != Method::GET)].fetch_add(1, Ordering::Relaxed);
        })
        .build()
        .unwrap();
    let mut rules = Rules::entra_to_scim();
    rules.nulls = Nulls::Clear;
    let job = Job::builder("interop", directory.clone(), state.clone());
    let job = job.target(client).rules(rules).log(log.clone()).build().unwrap();
    (job, move || [0, 1].map(|n| requests[n].swap(0, Ordering::Relaxed)))
}

#[tokio::test]
async fn a_company_is_provisioned() {
    let Some(peer) = Peer::start() else { return };
    let (directory, state, log) = (company(), MemoryState::new(), MemoryLog::new(1_000));
    let (job, sent) = job(&peer, Dialect::rfc(), &directory, &state, &log);
    let connection = job.test_connection().await.unwrap();
    assert!(connection.works(), "{connection:?}");

    let report = job.run_cycle().await.unwrap();
    assert_eq!(report.outcome, Outcome::Completed);
    let counts = report.counts;
    assert_eq!((counts.failed, counts.reference_failures), (0, 0), "{:?}", failures(&log));
    assert_eq!((counts.created, counts.managers, counts.members_added), (35, 29, 30 + 10 + 2 + 1));
    assert_eq!(differences(&peer.client, &directory).await, [""; 0]);

    a_day(&directory);
    let preview = job.preview().await.unwrap();
    assert!(!preview.held_back && !preview.records.is_empty());
    let report = job.run_cycle().await.unwrap();
    assert_eq!(report.outcome, Outcome::Completed);
    let counts = report.counts;
    assert_eq!((counts.failed, counts.reference_failures), (0, 0), "{:?}", failures(&log));
    assert_eq!((counts.created, counts.disabled, counts.deleted), (1, 2, 2));
    assert_eq!(differences(&peer.client, &directory).await, [""; 0]);

    // Nothing has changed, and nothing is asked.
    sent();
    let report = job.run_cycle().await.unwrap();
    assert_eq!((report.outcome, report.initial), (Outcome::Completed, false));
    assert_eq!(sent(), [0, 0]);
    // Everything is looked at, and all of it is as it shall be.
    job.restart(ResetScope::default()).await.unwrap();
    let report = job.run_cycle().await.unwrap();
    assert_eq!((report.outcome, report.initial), (Outcome::Completed, true));
    let [reads, writes] = sent();
    assert!(reads > 30 && writes == 0, "{reads} reads, {writes} writes");
    assert_eq!(differences(&peer.client, &directory).await, [""; 0]);
}

/// It takes nothing but what the RFC has: a manager that is a text, members to remove as a list in `value`, and a part of an
/// element that is not there are refused. That concerns single objects, and the right dialect makes all of it good.
#[tokio::test]
async fn the_wrong_dialect_fails_by_itself_and_is_made_good() {
    for dialect in [Dialect::entra(), Dialect::entra_062020()] {
        let Some(peer) = Peer::start() else { return };
        let (directory, state, log) = (company(), MemoryState::new(), MemoryLog::new(1_000));
        let (entra, _) = job(&peer, dialect.clone(), &directory, &state, &log);
        let report = entra.run_cycle().await.unwrap();
        assert_eq!(report.outcome, Outcome::Completed);
        let counts = report.counts;
        assert_eq!((counts.created, counts.failed, counts.reference_failures), (35, 0, 29));
        assert_eq!((counts.managers, counts.members_added), (0, 43));
        a_day(&directory);
        let report = entra.run_cycle().await.unwrap();
        assert_eq!(report.outcome, Outcome::Completed);
        assert_eq!((report.counts.created, report.counts.disabled, report.counts.deleted), (1, 2, 2));
        assert_eq!(report.counts.failed, 1, "{:?}", failures(&log));
        assert!(!differences(&peer.client, &directory).await.is_empty());

        let (rfc, _) = job(&peer, Dialect::rfc(), &directory, &state, &log);
        rfc.restart(ResetScope::default()).await.unwrap();
        let report = rfc.run_cycle().await.unwrap();
        let counts = report.counts;
        assert_eq!((report.outcome, counts.created), (Outcome::Completed, 0));
        assert_eq!((counts.failed, counts.reference_failures), (0, 0), "{:?}", failures(&log));
        assert_eq!(differences(&peer.client, &directory).await, [""; 0]);
        assert_eq!(rfc.escrows().await.unwrap(), []);
    }
}
