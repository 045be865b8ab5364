//! Sources that fail, lie or stand in each other's way, and rules that must not take that for the truth.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use scim_core::attr;
use scim_sync::{
    Batch, DeletionGuard, Directory, GraphExport, Job, JobError, Kind, MemoryState, Outcome,
    QuarantineReason, ResetScope, Rules, Source, SourceError, SourceId, SourceObject, Status, Watermark,
};
use serde_json::{Value, json};

use crate::law::verdict;
use crate::support::{World, person};

/// A source that fails at the second page of changes.
#[derive(Clone)]
struct Failing {
    directory: Directory,
    fails: Arc<AtomicBool>,
}

impl Source for Failing {
    fn name(&self) -> &str {
        "failing"
    }

    async fn changes(&self, since: Option<&Watermark>, page: Option<&str>) -> Result<Batch, SourceError> {
        if page.is_some() && self.fails.load(Ordering::Relaxed) {
            return Err(SourceError::Unavailable("the connection was reset".into()));
        }
        self.directory.changes(since, page).await
    }

    async fn get(&self, kind: Kind, id: &SourceId) -> Result<Option<SourceObject>, SourceError> {
        self.directory.get(kind, id).await
    }
}

#[tokio::test]
async fn a_source_that_fails_between_two_pages_changes_nothing() {
    let mut world = World::new(Rules::entra_to_scim());
    world.source = Directory::new().with_page_size(2);
    let fails = Arc::new(AtomicBool::new(true));
    let source = Failing { directory: world.source.clone(), fails: Arc::clone(&fails) };
    let state = MemoryState::new();
    let job = Job::builder("failing", source, state).target(world.client()).rules(world.rules.clone());
    let job = job.timer(world.clock.clone()).build().unwrap();
    (0..7).for_each(|n| world.add_user(&format!("u{n}")));
    let error = job.run_cycle().await.unwrap_err();
    assert_eq!(error.to_string(), "the source cannot be read: the connection was reset");
    assert!(world.take_sent().is_empty());
    assert_eq!(job.status().await.unwrap().status, Status::Active);

    fails.store(false, Ordering::Relaxed);
    let report = job.run_cycle().await.unwrap();
    assert_eq!((report.initial, report.counts.created), (true, 7));
    world.take_sent();

    // The same with what changed since: nothing of it is sent, and nothing of it is forgotten.
    (0..5).for_each(|n| world.set(&format!("u{n}"), "jobTitle", "Guide"));
    world.source.delete(Kind::User, &"u6".into());
    fails.store(true, Ordering::Relaxed);
    assert!(matches!(job.run_cycle().await, Err(JobError::Source(SourceError::Unavailable(_)))));
    assert!(job.preview().await.is_err());
    assert!(world.take_sent().is_empty());
    fails.store(false, Ordering::Relaxed);
    let report = job.run_cycle().await.unwrap();
    assert_eq!((report.initial, report.counts.updated, report.counts.deleted), (false, 5, 1));
    assert_eq!(verdict(&world).await, Ok(()));
}

/// A folder that is gone with the test.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        let path = std::env::temp_dir().join(format!("scim-sync-{}", uuid::Uuid::new_v4()));
        std::fs::create_dir(&path).unwrap();
        Self(path)
    }

    fn write(&self, name: &str, text: &str) {
        std::fs::write(self.0.join(name), text).unwrap();
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn export(users: usize) -> String {
    let user = |n: usize| json!({"id": format!("u{n:03}"), "userPrincipalName": format!("u{n:03}@example.com"), "accountEnabled": true});
    serde_json::to_string_pretty(&json!({"value": (0..users).map(user).collect::<Vec<Value>>()})).unwrap()
}

#[tokio::test]
async fn an_export_that_is_broken_or_cut_short_empties_no_target() {
    let folder = Folder::new();
    folder.write("users.json", &export(100));
    let mut rules = Rules::entra_to_scim();
    rules.assignment = scim_sync::AssignmentScope::All;
    let world = World::new(rules);
    let job = Job::builder("export", GraphExport::new(&folder.0), MemoryState::new())
        .target(world.client())
        .rules(world.rules.clone())
        .timer(world.clock.clone())
        .build()
        .unwrap();
    assert_eq!(job.run_cycle().await.unwrap().counts.created, 100);
    world.take_sent();

    // Cut off in the middle of a user, as a copy that was under way.
    let whole = export(100);
    folder.write("users.json", whole.split_at(whole.len() / 2).0);
    let error = job.run_cycle().await.unwrap_err();
    assert!(matches!(&error, JobError::Source(SourceError::Malformed { .. })), "{error}");
    assert!(error.to_string().starts_with("users.json, line "), "{error}");
    // A field of another type.
    folder.write("users.json", &whole.replacen("\"u007\"", "7", 1));
    let error = job.run_cycle().await.unwrap_err().to_string();
    assert!(error.starts_with("users.json, line ") && error.contains("`id`"), "{error}");
    // No file at all.
    std::fs::remove_file(folder.0.join("users.json")).unwrap();
    job.run_cycle().await.unwrap_err();
    assert!(world.take_sent().is_empty());
    assert_eq!(job.status().await.unwrap().status, Status::Active);

    // Well-formed, and most of it missing: it says that this is all there is.
    for users in [5, 0] {
        folder.write("users.json", &export(users));
        match job.run_cycle().await {
            Ok(report) => assert!(
                matches!(&report.outcome, Outcome::Quarantined(QuarantineReason::TooManyDeletes, _)),
                "{:?}",
                report.outcome
            ),
            Err(error) => panic!("{error}"),
        }
        assert!(world.take_writes().is_empty());
        job.restart(ResetScope::default()).await.unwrap();
    }

    // The whole export again, with one change.
    folder.write("users.json", &whole.replacen("u007@example.com", "seven@example.com", 1));
    let report = job.run_cycle().await.unwrap();
    assert_eq!((report.outcome, report.counts.updated, report.counts.created), (Outcome::Completed, 1, 0));
    assert_eq!(world.users().await.len(), 100);
}

#[tokio::test]
async fn circles_of_managers_and_groups_end() {
    let world = World::new(Rules::entra_to_scim());
    ["a", "b", "c", "self"].iter().for_each(|id| world.add_user(id));
    for (user, manager) in [("a", "b"), ("b", "c"), ("c", "a"), ("self", "self")] {
        world.source.set_manager(&user.into(), Some(manager.into()));
    }
    world.add_group("g1", &["g2", "a"]);
    world.add_group("g2", &["g3", "g1"]);
    world.add_group("g3", &["g1", "g3"]);
    let report = world.cycle().await;
    assert_eq!((report.counts.created, report.counts.managers), (7, 4));
    assert_eq!(verdict(&world).await, Ok(()));
    assert_eq!(world.member_names("Group g3").await, ["Group g1"], "no group is a member of itself");
    world.take_sent();
    world.cycle().await;
    assert!(world.take_sent().is_empty());
    // The circle is cut, and somebody in it goes.
    world.source.delete(Kind::User, &"b".into());
    world.source.remove_members(&"g3".into(), ["g1".into()]);
    world.cycle().await;
    world.cycle().await;
    assert_eq!(world.member_names("Group g3").await, [""; 0]);
    assert!(world.user("b@example.com").await.is_none());
}

/// Two jobs whose sources both have an `ann` are two masters of one user: she is there once, neither job undoes in every
/// cycle what the other one wrote, and the guard of each looks after its own.
#[tokio::test]
async fn two_sources_with_one_user_name_share_one_resource() {
    let world = World::new(Rules::entra_to_scim());
    let other = Directory::new().named("other");
    let ann =
        person("other-ann").with("userPrincipalName", "ANN@example.com").with("displayName", "Other Ann");
    other.put(ann);
    other.put(person("zoe"));
    for id in ["other-ann", "zoe"] {
        other.assign(Kind::User, &id.into(), scim_sync::Role::Named("User".into()));
    }
    world.add_user("ann");
    let second = Job::builder("second", other.clone(), world.state.clone())
        .target(world.client())
        .rules(world.rules.clone())
        .timer(world.clock.clone())
        .deletion_guard(DeletionGuard::default())
        .build()
        .unwrap();
    assert_eq!(world.cycle().await.counts.created, 1);
    let report = second.run_cycle().await.unwrap();
    assert_eq!((report.counts.created, report.counts.updated, report.counts.failed), (1, 1, 0));
    assert_eq!(world.users().await.len(), 2);
    let shown = || async { world.user("ANN@example.com").await.unwrap().get(&attr::DISPLAY_NAME).cloned() };
    assert_eq!(shown().await, Some(json!("Other Ann")));
    world.take_sent();
    for _ in 0..3 {
        world.cycle().await;
        second.run_cycle().await.unwrap();
    }
    assert!(world.take_writes().is_empty(), "they do not fight");

    // When one of them lets her go for good, the other one brings her back as soon as it has to do with her.
    other.delete(Kind::User, &"other-ann".into());
    second.run_cycle().await.unwrap();
    assert_eq!(world.users().await.len(), 1);
    world.set("ann", "jobTitle", "Guide");
    let report = world.cycle().await;
    assert_eq!((report.counts.created, report.counts.failed), (1, 0));
    assert_eq!(world.user("ann@example.com").await.unwrap().get(&attr::TITLE).unwrap(), "Guide");
}
