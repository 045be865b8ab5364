//! What must not get lost: between two cycles, between two commits, between somebody who pauses and a cycle that ends.

use std::sync::{Arc, OnceLock};

use chrono::TimeDelta;
use http::StatusCode;
use scim_core::{AttrPath, Resource, SchemaSet, attr};
use scim_sync::{
    DeletionGuard, Directory, Job, Kind, Mapping, Notification, Notifier, Outcome, QuarantineReason,
    ResetScope, Role, Rules, Status,
};
use serde_json::{Value, json};

use crate::support::{Fault, FrailState, Frailty, Sent, World};

const MANAGER: AttrPath =
    AttrPath::from_static("urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager");
const INVALID: &str =
    r#"{"schemas":["urn:ietf:params:scim:api:messages:2.0:Error"],"status":"400","scimType":"invalidValue"}"#;

fn invalid() -> Fault {
    Fault::Answer(StatusCode::BAD_REQUEST, "application/scim+json", INVALID)
}

/// Requests that are refused.
fn refuse(world: &World, which: impl Fn(&Sent) -> bool + Send + 'static) {
    world.script(move |sent| if which(sent) { invalid() } else { Fault::None });
}

fn heal(world: &World) {
    world.script(|_| Fault::None);
    world.state.frail(None);
    world.clock.advance(TimeDelta::days(2));
}

async fn hang_at(world: &World, which: impl Fn(&Sent) -> bool + Send + 'static) {
    world.script(move |sent| if which(sent) { Fault::Hang { done: false } } else { Fault::None });
    assert!(world.cycle_until_hang().await, "nothing hung");
    heal(world);
}

fn is(sent: &Sent, method: &str, path: &str) -> bool {
    sent.method == method && sent.path.starts_with(path)
}

fn active(user: &Resource) -> bool {
    user.get(&attr::ACTIVE) == Some(&Value::Bool(true))
}

async fn manager_of(world: &World, name: &str) -> Option<String> {
    let user = world.user(name).await?;
    Some(user.get(&MANAGER)?["value"].as_str()?.to_owned())
}

/// A group whose member is switched off, and was never provisioned.
async fn waiting_group() -> World {
    let world = World::new(Rules::entra_to_scim());
    world.add_user("u");
    world.source.set_enabled(&"u".into(), false);
    world.add_group("g", &["u"]);
    world.cycle().await;
    assert!(world.member_names("Group g").await.is_empty());
    world.source.set_enabled(&"u".into(), true);
    world
}

#[tokio::test]
async fn a_kill_between_a_late_member_and_its_group_is_made_good() {
    let world = waiting_group().await;
    hang_at(&world, |sent| is(sent, "PATCH", "/Groups")).await;
    world.cycle().await;
    assert_eq!(world.member_names("Group g").await, ["u@example.com"]);
    world.take_sent();
    world.cycle().await;
    assert!(world.take_writes().is_empty());
}

#[tokio::test]
async fn who_is_provisioned_on_demand_is_put_into_groups_by_the_next_cycle() {
    let world = waiting_group().await;
    world.job().provision(Kind::User, &"u".into(), &[], true).await.unwrap();
    world.cycle().await;
    assert_eq!(world.member_names("Group g").await, ["u@example.com"]);
}

#[tokio::test]
async fn who_is_lost_and_comes_back_some_cycles_later_is_a_member_again() {
    for kill in [false, true] {
        let world = World::new(Rules::entra_to_scim());
        world.add_user("u");
        world.add_user("v");
        world.source.set_manager(&"v".into(), Some("u".into()));
        world.add_group("g", &["u"]);
        world.cycle().await;
        let lost = world.user("u@example.com").await.unwrap();
        world.onlooker().users().delete(&lost.id().unwrap().parse().unwrap(), None).await.unwrap();
        world.set("u", "surname", "Other");
        if kill {
            hang_at(&world, |sent| is(sent, "POST", "/Users") && !sent.path.ends_with(".search")).await;
        } else {
            refuse(&world, |sent| is(sent, "POST", "/Users"));
            assert_eq!(world.cycle().await.counts.failed, 1);
            heal(&world);
        }
        world.cycle().await;
        assert_eq!(world.member_names("Group g").await, ["u@example.com"], "killed: {kill}");
        let back = world.user("u@example.com").await.unwrap();
        assert_eq!(manager_of(&world, "v@example.com").await.as_deref(), back.id(), "killed: {kill}");
    }
}

#[tokio::test]
async fn a_kill_between_a_second_attempt_and_its_references_is_made_good() {
    let world = World::new(Rules::entra_to_scim());
    world.add_user("boss");
    world.add_user("u");
    world.source.set_manager(&"u".into(), Some("boss".into()));
    refuse(&world, |sent| sent.method == "POST" && sent.body["userName"] == "u@example.com");
    assert_eq!(world.cycle().await.counts.failed, 1);
    heal(&world);
    hang_at(&world, |sent| sent.method == "PATCH" && sent.body.to_string().contains("manager")).await;
    world.cycle().await;
    let boss = world.user("boss@example.com").await.unwrap();
    assert_eq!(manager_of(&world, "u@example.com").await.as_deref(), boss.id());
    assert_eq!(world.job().escrows().await.unwrap().len(), 0);
}

#[tokio::test]
async fn a_manager_that_works_again_is_no_excuse_for_what_fails_now() {
    let world = World::new(Rules::entra_to_scim());
    world.add_user("boss");
    world.add_user("u");
    world.source.set_manager(&"u".into(), Some("boss".into()));
    refuse(&world, |sent| sent.method == "PATCH");
    assert_eq!(world.cycle().await.counts.reference_failures, 1);
    heal(&world);
    world.set("u", "jobTitle", "Guide");
    refuse(&world, |sent| sent.method == "PATCH" && sent.body.to_string().contains("Guide"));
    let report = world.cycle().await;
    assert_eq!((report.counts.failed, report.counts.managers), (1, 1));
    let escrow = &world.job().escrows().await.unwrap()[0];
    assert!(!escrow.reference);
    heal(&world);
    world.cycle().await;
    assert_eq!(world.user("u@example.com").await.unwrap().get(&attr::TITLE), Some(&json!("Guide")));
    assert_eq!(world.job().escrows().await.unwrap().len(), 0);
}

#[tokio::test]
async fn a_reference_that_failed_is_forgotten_with_its_owner() {
    for deleted in [false, true] {
        let world = World::new(Rules::entra_to_scim());
        world.add_user("u");
        world.add_group("g", &["u"]);
        refuse(&world, |sent| is(sent, "PATCH", "/Groups"));
        assert_eq!(world.cycle().await.counts.reference_failures, 1);
        heal(&world);
        match deleted {
            true => drop(world.source.delete(Kind::Group, &"g".into())),
            false => drop(world.source.unassign_all(Kind::Group, &"g".into())),
        }
        world.cycle().await;
        assert!(world.groups().await.is_empty());
        assert_eq!(world.job().escrows().await.unwrap().len(), 0, "deleted: {deleted}");
    }
}

#[tokio::test]
async fn an_account_of_which_nobody_heard_is_closed_when_it_is_found() {
    for deleted in [false, true] {
        let world = World::new(Rules::entra_to_scim());
        world.add_user("other");
        world.cycle().await;
        world.add_user("u");
        // It is created, and nobody hears of it.
        world.script(|sent| match sent.method == "POST" {
            true => Fault::Hang { done: true },
            false => Fault::None,
        });
        assert!(world.cycle_until_hang().await);
        match deleted {
            true => drop(world.source.delete(Kind::User, &"u".into())),
            false => drop(world.source.unassign_all(Kind::User, &"u".into())),
        }
        // In the cycle that learns that the user left, the target cannot be asked.
        refuse(&world, |sent| sent.method == "GET");
        world.cycle().await;
        heal(&world);
        world.cycle().await;
        let user = world.user("u@example.com").await;
        match deleted {
            true => assert_eq!(user, None),
            false => assert!(!active(&user.unwrap())),
        }
    }
}

#[tokio::test]
async fn a_part_of_a_group_on_demand_is_no_substitute_for_all_of_it() {
    let world = World::new(Rules::entra_to_scim());
    ["a", "b", "c"].iter().for_each(|id| world.add_user(id));
    world.add_group("g", &["a", "b", "c"]);
    refuse(&world, |sent| is(sent, "PATCH", "/Groups"));
    world.cycle().await;
    heal(&world);
    world.job().provision(Kind::Group, &"g".into(), &["a".into()], true).await.unwrap();
    assert_eq!(world.member_names("Group g").await.len(), 1);
    world.cycle().await;
    assert_eq!(world.member_names("Group g").await.len(), 3);
}

/// Somebody who pauses the job as soon as he hears of a quarantine.
#[derive(Clone, Default)]
struct Pauses(Arc<OnceLock<Job<Directory, FrailState>>>);

impl Notifier for Pauses {
    async fn notify(&self, _: &Notification) -> Result<(), scim_sync::NotifyError> {
        self.0.get().unwrap().pause().await.unwrap();
        Ok(())
    }
}

#[tokio::test]
async fn a_pause_outlives_a_cycle_that_ends_in_quarantine() {
    let world = World::new(Rules::entra_to_scim());
    world.add_user("u");
    let pauses = Pauses::default();
    let job = world.builder().notifier(pauses.clone()).build().unwrap();
    assert!(pauses.0.set(job.clone()).is_ok());
    world.script(|_| Fault::Answer(StatusCode::UNAUTHORIZED, "text/plain", "no"));
    let report = job.run_cycle().await.unwrap();
    assert!(matches!(report.outcome, Outcome::Quarantined(..)));
    assert_eq!(job.status().await.unwrap().status, Status::Paused);
    heal(&world);
    assert_eq!(job.run_cycle().await.unwrap_err().to_string(), "the job is paused");
    job.start().await.unwrap();
    assert_eq!(job.status().await.unwrap().status, Status::Quarantine);
}

#[tokio::test]
async fn a_restart_forgets_all_or_nothing() {
    for commit in 0..3 {
        let world = World::new(Rules::entra_to_scim());
        world.add_user("u");
        world.cycle().await;
        world.state.frail(Some((commit, Frailty::Fails)));
        let _ = world.job().restart(ResetScope::FULL).await;
        heal(&world);
        world.source.delete(Kind::User, &"u".into());
        // Who is not linked any more is not known any more; who is linked is deleted.
        let report = world.cycle().await;
        assert_ne!(report.initial, world.users().await.is_empty(), "failed at {commit}");
    }
}

#[tokio::test]
async fn rules_that_were_tried_for_a_moment_leave_nothing_behind() {
    let mut world = World::new(Rules::entra_to_scim());
    world.add_user("u");
    world.cycle().await;
    let before = world.rules.clone();
    world.rules.users.filters = vec![scim_sync::ScopingFilter {
        title: "nobody".into(),
        clauses: vec![scim_sync::Clause {
            attribute: "department".into(),
            operator: scim_sync::Operator::Equals,
            value: Some("Nowhere".into()),
        }],
    }];
    world.script(|sent| match sent.method == "PATCH" {
        true => Fault::Hang { done: true },
        false => Fault::None,
    });
    assert!(world.cycle_until_hang().await);
    heal(&world);
    assert!(!active(&world.user("u@example.com").await.unwrap()));
    world.rules = before;
    world.cycle().await;
    assert!(active(&world.user("u@example.com").await.unwrap()));
}

#[tokio::test]
async fn an_account_that_the_target_does_not_switch_off_is_a_failure() {
    let world = World::new(Rules::entra_to_scim());
    world.add_user("u");
    world.cycle().await;
    world.source.set_enabled(&"u".into(), false);
    world.script(|sent| match sent.method == "PATCH" {
        true => Fault::Answer(
            StatusCode::BAD_REQUEST,
            "application/scim+json",
            r#"{"schemas":["urn:ietf:params:scim:api:messages:2.0:Error"],"status":"400","scimType":"mutability"}"#,
        ),
        false => Fault::None,
    });
    let report = world.cycle().await;
    assert_eq!((report.counts.failed, report.counts.disabled), (1, 0));
    heal(&world);
    world.cycle().await;
    assert!(!active(&world.user("u@example.com").await.unwrap()));
}

/// Rules by which an account may be off though its owner is in scope.
fn employed() -> Rules {
    let mut rules = Rules::entra_to_scim();
    rules.users.mappings.retain(|mapping| mapping.target != "active");
    rules.users.mappings.push(Mapping::direct("active", "employed"));
    rules
}

#[tokio::test]
async fn the_guard_counts_whoever_is_switched_off_in_scope_or_out_of_it() {
    // Known to the job, or there before it.
    for known in [true, false] {
        let world = World::new(employed());
        let job = world.builder().concurrency(1).deletion_guard(DeletionGuard::default()).build().unwrap();
        for n in 0..60 {
            let id = format!("u{n:02}");
            world.add_user(&id);
            world.set(&id, "employed", true);
            if !known {
                let mut there = Resource::new(SchemaSet::user());
                there.set(&attr::USER_NAME, json!(format!("{id}@example.com"))).unwrap();
                there.set(&attr::ACTIVE, json!(true)).unwrap();
                world.onlooker().users().untyped().create(&there).await.unwrap();
            }
        }
        if known {
            job.run_cycle().await.unwrap();
        }
        for n in 0..60 {
            world.set(&format!("u{n:02}"), "employed", false);
        }
        let report = job.run_cycle().await.unwrap();
        assert!(
            matches!(report.outcome, Outcome::Quarantined(QuarantineReason::TooManyDeletes, _)),
            "{:?}",
            report.outcome
        );
        let off = world.users().await.iter().filter(|user| !active(user)).count();
        assert!(off <= if known { 0 } else { 20 }, "{off} are off");
        job.allow_deletes().await.unwrap();
        assert_eq!(job.run_cycle().await.unwrap().outcome, Outcome::Completed);
        assert!(!world.users().await.iter().any(active));
    }
}

#[tokio::test]
async fn a_group_that_left_and_must_not_be_deleted_is_left_alone() {
    let mut rules = Rules::entra_to_scim();
    rules.groups.delete = false;
    let world = World::new(rules);
    world.add_user("u");
    world.add_user("v");
    world.add_group("g", &["u"]);
    world.cycle().await;
    world.source.unassign_all(Kind::Group, &"g".into());
    world.source.add_members(&"g".into(), ["v".into()]);
    world.cycle().await;
    assert_eq!(world.member_names("Group g").await, ["u@example.com"]);
    world.source.assign(Kind::Group, &"g".into(), Role::Named("User".into()));
    world.cycle().await;
    assert_eq!(world.member_names("Group g").await.len(), 2);
}

#[tokio::test]
async fn a_nested_group_that_leaves_and_returns_is_a_member_again() {
    let world = World::new(Rules::entra_to_scim());
    world.add_group("inner", &[]);
    world.add_group("outer", &["inner"]);
    world.cycle().await;
    assert_eq!(world.member_names("Group outer").await, ["Group inner"]);
    world.source.unassign_all(Kind::Group, &"inner".into());
    world.cycle().await;
    world.source.assign(Kind::Group, &"inner".into(), Role::Named("User".into()));
    world.cycle().await;
    assert_eq!(world.member_names("Group outer").await, ["Group inner"]);
}

#[tokio::test]
async fn a_state_that_cannot_be_written_is_not_tried_without_a_pause() {
    let world = World::new(Rules::entra_to_scim());
    world.add_user("u");
    world.state.frail(Some((0, Frailty::Fails)));
    let job = world.job();
    let some_time = async {
        for _ in 0..10_000 {
            tokio::task::yield_now().await;
        }
    };
    job.run(some_time).await;
    let commits = *world.state.commits.lock().unwrap();
    assert!(commits < 10, "{commits} commits were tried");
    assert!(world.take_writes().is_empty());
}

#[tokio::test]
async fn ids_that_a_user_and_a_group_share_are_two_objects() {
    let world = World::new(Rules::entra_to_scim());
    world.add_user("x");
    world.add_user("y");
    world.add_group("x", &[]);
    world.add_group("g", &["x", "y"]);
    world.cycle().await;
    assert_eq!(world.member_names("Group g").await, ["x@example.com", "y@example.com"]);
    world.source.unassign_all(Kind::Group, &"x".into());
    world.cycle().await;
    world.source.remove_members(&"g".into(), ["x".into()]);
    world.cycle().await;
    assert_eq!(world.member_names("Group g").await, ["y@example.com"]);
}

#[tokio::test]
async fn a_member_whom_the_target_refuses_keeps_nobody_else_out() {
    let world = World::new(Rules::entra_to_scim());
    let ids: Vec<String> = (0..30).map(|n| format!("u{n:02}")).collect();
    ids.iter().for_each(|id| world.add_user(id));
    world.add_group("g", &ids.iter().map(String::as_str).collect::<Vec<_>>());
    // Members are written when everybody is there.
    refuse(&world, |sent| is(sent, "PATCH", "/Groups"));
    world.cycle().await;
    heal(&world);
    let bad = world.user("u07@example.com").await.unwrap().id().unwrap().to_owned();
    refuse(&world, move |sent| is(sent, "PATCH", "/Groups") && sent.body.to_string().contains(&bad));
    let job = world.builder().member_batch(10).build().unwrap();
    let report = job.run_cycle().await.unwrap();
    assert_eq!((report.counts.reference_failures, report.counts.members_added), (1, 29));
    assert_eq!(world.member_names("Group g").await.len(), 29);
    assert_eq!(job.escrows().await.unwrap().len(), 1);
    heal(&world);
    job.run_cycle().await.unwrap();
    assert_eq!(world.member_names("Group g").await.len(), 30);
    assert_eq!(job.escrows().await.unwrap().len(), 0);
}

#[tokio::test]
async fn objects_that_the_target_always_chokes_on_do_not_hold_up_the_others() {
    let world = World::new(Rules::entra_to_scim());
    for n in 0..50 {
        world.add_user(&format!("u{n:02}"));
    }
    world.script(|sent| {
        let bad = sent.method == "POST" && sent.body["userName"].as_str().is_some_and(|name| name < "u45");
        match bad {
            true => Fault::Answer(StatusCode::INTERNAL_SERVER_ERROR, "text/html", "oops"),
            false => Fault::None,
        }
    });
    let mut outcomes = Vec::new();
    for _ in 0..4 {
        outcomes.push(matches!(world.cycle().await.outcome, Outcome::Completed));
        world.clock.advance(TimeDelta::minutes(40));
    }
    assert!(outcomes.contains(&true), "{outcomes:?}");
    assert_eq!(world.users().await.len(), 5);
}

#[tokio::test]
async fn a_source_that_hands_over_nothing_is_held_back_however_little_there_was() {
    let world = World::new(Rules::entra_to_scim());
    world.add_user("u");
    let job = world.builder().deletion_guard(DeletionGuard::default()).build().unwrap();
    job.run_cycle().await.unwrap();
    world.source.delete(Kind::User, &"u".into());
    job.restart(ResetScope::default()).await.unwrap();
    assert!(job.preview().await.unwrap().held_back);
    let report = job.run_cycle().await.unwrap();
    assert!(matches!(report.outcome, Outcome::Quarantined(QuarantineReason::TooManyDeletes, _)));
    assert_eq!(world.users().await.len(), 1);
    job.allow_deletes().await.unwrap();
    job.run_cycle().await.unwrap();
    assert_eq!(world.users().await.len(), 0);
}

#[tokio::test]
async fn a_group_that_was_left_alone_learns_of_its_members_when_it_returns() {
    let mut rules = Rules::entra_to_scim();
    rules.skip_out_of_scope_deletions = true;
    let world = World::new(rules);
    world.add_user("u");
    world.add_user("v");
    world.add_group("g", &["u"]);
    world.cycle().await;
    world.source.unassign_all(Kind::Group, &"g".into());
    world.cycle().await;
    world.source.set_members(&"g".into(), ["v".into()]);
    world.cycle().await;
    assert_eq!(world.member_names("Group g").await, ["u@example.com"]);
    world.source.assign(Kind::Group, &"g".into(), Role::Named("User".into()));
    world.cycle().await;
    assert_eq!(world.member_names("Group g").await, ["v@example.com"]);
}

#[tokio::test]
async fn a_group_that_was_there_is_read_though_that_failed_at_first() {
    let world = World::new(Rules::entra_to_scim());
    world.add_user("u");
    world.add_user("v");
    world.cycle().await;
    let stranger = world.user("v@example.com").await.unwrap();
    let mut there = Resource::new(SchemaSet::group());
    there.set(&attr::DISPLAY_NAME, json!("Group g")).unwrap();
    there.set(&attr::MEMBERS, json!([{"value": stranger.id().unwrap()}])).unwrap();
    world.onlooker().groups().untyped().create(&there).await.unwrap();
    world.add_group("g", &["u"]);
    refuse(&world, |sent| is(sent, "GET", "/Groups/"));
    assert_eq!(world.cycle().await.counts.reference_failures, 1);
    heal(&world);
    world.cycle().await;
    assert_eq!(world.member_names("Group g").await, ["u@example.com"]);
}

#[tokio::test]
async fn a_404_of_what_is_there_unlinks_nobody() {
    let world = World::new(Rules::entra_to_scim());
    world.add_user("u");
    world.add_group("g", &[]);
    world.cycle().await;
    world.source.set_enabled(&"u".into(), false);
    world.source.add_members(&"g".into(), ["u".into()]);
    let missing = r#"{"schemas":["urn:ietf:params:scim:api:messages:2.0:Error"],"status":"404"}"#;
    world.script(move |sent| match sent.method == "PATCH" {
        true => Fault::Answer(StatusCode::NOT_FOUND, "application/scim+json", missing),
        false => Fault::None,
    });
    let report = world.cycle().await;
    assert_eq!((report.counts.failed, report.counts.reference_failures), (1, 1));
    heal(&world);
    world.source.delete(Kind::Group, &"g".into());
    world.cycle().await;
    assert!(!active(&world.user("u@example.com").await.unwrap()));
    assert!(world.groups().await.is_empty());
}

#[tokio::test]
async fn a_member_who_was_gone_from_the_target_before_is_taken_out_of_groups() {
    let world = World::new(Rules::entra_to_scim());
    world.add_user("u");
    world.cycle().await;
    let lost = world.user("u@example.com").await.unwrap();
    world.onlooker().users().delete(&lost.id().unwrap().parse().unwrap(), None).await.unwrap();
    // The target takes members whom it does not have.
    world.add_group("g", &["u"]);
    world.cycle().await;
    assert_eq!(world.member_names("Group g").await, ["nobody"]);
    world.source.delete(Kind::User, &"u".into());
    world.cycle().await;
    assert!(world.member_names("Group g").await.is_empty());
}

#[tokio::test]
async fn a_member_out_of_scope_whose_resource_is_gone_is_taken_out_of_groups() {
    let world = World::new(Rules::entra_to_scim());
    world.add_user("u");
    world.cycle().await;
    world.source.set_enabled(&"u".into(), false);
    world.cycle().await;
    let lost = world.user("u@example.com").await.unwrap();
    world.onlooker().users().delete(&lost.id().unwrap().parse().unwrap(), None).await.unwrap();
    world.add_group("g", &["u"]);
    world.cycle().await;
    world.job().restart(ResetScope::default()).await.unwrap();
    world.cycle().await;
    assert!(world.member_names("Group g").await.is_empty());
    world.source.set_enabled(&"u".into(), true);
    world.cycle().await;
    assert_eq!(world.member_names("Group g").await, ["u@example.com"]);
}

#[tokio::test]
async fn a_later_change_of_members_does_not_hide_one_that_failed() {
    let world = World::new(Rules::entra_to_scim());
    ["u", "v"].iter().for_each(|id| world.add_user(id));
    world.add_group("g", &[]);
    world.cycle().await;
    world.source.add_members(&"g".into(), ["u".into()]);
    refuse(&world, |sent| is(sent, "PATCH", "/Groups"));
    assert_eq!(world.cycle().await.counts.reference_failures, 1);
    heal(&world);
    world.source.add_members(&"g".into(), ["v".into()]);
    world.cycle().await;
    assert_eq!(world.member_names("Group g").await, ["u@example.com", "v@example.com"]);
}
