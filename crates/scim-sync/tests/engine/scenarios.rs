//! What happens to whom: joiners, movers, leavers, groups, and what the log says of them.

use chrono::TimeDelta;
use scim_core::{Resource, SchemaSet, attr};
use scim_sync::{
    Action, DeletionGuard, Kind, Nulls, Outcome, QuarantineReason, ResetScope, Role, Rules, SourceId, Status,
};
use serde_json::{Value, json};

use crate::support::{World, person, told};

fn rules() -> Rules {
    Rules::entra_to_atlassian()
}

fn changed(mut rules: Rules, change: impl FnOnce(&mut Rules)) -> Rules {
    change(&mut rules);
    rules
}

fn active(user: &Resource) -> bool {
    user.get(&attr::ACTIVE) == Some(&Value::Bool(true))
}

#[tokio::test]
async fn an_initial_cycle_creates_users_then_empty_groups_then_members() {
    let world = World::new(rules());
    world.add_user("ann");
    world.add_user("bob");
    world.add_group("g", &["ann", "bob"]);
    let report = world.cycle().await;
    assert_eq!(report.outcome, Outcome::Completed);
    assert!(report.initial);
    assert_eq!((report.counts.created, report.counts.members_added, report.counts.failed), (3, 2, 0));

    let sent = world.take_sent();
    let writes: Vec<_> = sent.iter().filter(|sent| sent.is_write()).collect();
    let lines: Vec<_> = writes.iter().map(|sent| sent.line().split('?').next().unwrap().to_owned()).collect();
    assert_eq!(&lines[..3], ["POST /Users", "POST /Users", "POST /Groups"]);
    assert!(lines[3].starts_with("PATCH /Groups/"), "{lines:?}");
    assert_eq!(writes[2].body.get("members"), None);
    assert_eq!(
        writes[0].body["emails"],
        json!([{"primary": true, "type": "work", "value": "ann@mail.example.com"}])
    );
    assert_eq!(writes[0].body["active"], true);
    // Groups are looked for without their members.
    let looked = sent.iter().find(|sent| sent.method == "GET" && sent.path.starts_with("/Groups?")).unwrap();
    assert!(looked.path.contains("excludedAttributes=members"), "{}", looked.path);
    assert_eq!(world.member_names("Group g").await, ["ann@example.com", "bob@example.com"]);

    world.clock.advance(TimeDelta::minutes(40));
    let report = world.cycle().await;
    assert!(!report.initial);
    assert_eq!(world.take_sent().len(), 0, "nothing has changed");
}

#[tokio::test]
async fn a_mover_is_a_patch_of_what_changed() {
    let world = World::new(rules());
    world.add_user("ann");
    world.cycle().await;
    world.take_sent();
    world.set("ann", "surname", "Smith");
    world.set("ann", "mail", "smith@mail.example.com");
    let report = world.cycle().await;
    assert_eq!(report.counts.updated, 1);
    let writes = world.take_writes();
    assert_eq!(writes.len(), 1);
    assert_eq!(
        writes[0].body["Operations"],
        json!([
            {"op": "replace", "path": "name.familyName", "value": "Smith"},
            {"op": "replace", "path": "emails[type eq \"work\"].value", "value": "smith@mail.example.com"},
        ])
    );
}

#[tokio::test]
async fn who_is_there_already_is_matched_and_only_changed_where_he_differs() {
    let world = World::new(rules());
    let mut there = Resource::new(SchemaSet::user());
    there.set(&attr::USER_NAME, json!("ANN@example.com")).unwrap();
    there.set(&attr::TITLE, json!("Tour Guide")).unwrap();
    there.set(&attr::ACTIVE, json!(true)).unwrap();
    let id = world.onlooker().users().untyped().create(&there).await.unwrap().id.unwrap();
    world.add_user("ann");
    let report = world.cycle().await;
    assert_eq!((report.counts.created, report.counts.updated), (0, 1));
    let users = world.users().await;
    assert_eq!(users.len(), 1);
    assert_eq!(users[0].id(), Some(id.as_str()));
    assert_eq!(users[0].get(&attr::TITLE).unwrap(), "Tour Guide", "what is not mapped is not touched");
    assert_eq!(users[0].get(&attr::USER_NAME).unwrap(), "ann@example.com");
}

#[tokio::test]
async fn leavers_are_switched_off_and_what_is_gone_is_deleted() {
    let world = World::new(rules());
    for id in ["unassigned", "disabled", "binned", "gone"] {
        world.add_user(id);
    }
    world.add_group("g", &["disabled", "gone"]);
    world.cycle().await;
    world.take_sent();
    told(&world.log);

    world.source.unassign(Kind::User, &"unassigned".into(), &Role::Named("User".into()));
    world.source.set_enabled(&"disabled".into(), false);
    world.source.soft_delete(Kind::User, &"binned".into(), chrono::DateTime::UNIX_EPOCH);
    world.source.delete(Kind::User, &"gone".into());
    let report = world.cycle().await;
    assert_eq!((report.counts.disabled, report.counts.deleted, report.counts.failed), (3, 1, 0));
    assert_eq!((report.removals.disables, report.removals.deletes, report.removals.members), (3, 1, 0));
    for name in ["unassigned", "disabled", "binned"] {
        let user = world.user(&format!("{name}@example.com")).await.unwrap();
        assert!(!active(&user), "{name}");
    }
    assert!(world.user("gone@example.com").await.is_none());
    let patches: Vec<_> = world.take_writes().into_iter().filter(|sent| sent.method == "PATCH").collect();
    for sent in patches.iter().filter(|sent| sent.path.starts_with("/Users")) {
        assert_eq!(
            sent.body["Operations"],
            json!([{"op": "replace", "path": "active", "value": false}]),
            "nothing but active"
        );
    }
    assert_eq!(world.member_names("Group g").await, ["disabled@example.com"], "memberships are kept");
    insta::assert_debug_snapshot!(told(&world.log), @r#"
    [
        "binned Disable Success",
        "disabled Disable Success",
        "gone Delete Success",
        "unassigned Disable Success",
    ]
    "#);

    // A further cycle has nothing to do.
    world.take_sent();
    let report = world.cycle().await;
    assert_eq!(world.take_writes().len(), 0, "{report:?}");

    // Who comes back is switched on again; memberships are not sent again.
    world.source.assign(Kind::User, &"unassigned".into(), Role::Named("User".into()));
    world.source.set_enabled(&"disabled".into(), true);
    world.source.restore(Kind::User, &"binned".into());
    let report = world.cycle().await;
    assert_eq!(report.counts.updated, 3);
    assert!(world.users().await.iter().all(active));
    assert!(world.take_writes().iter().all(|sent| sent.path.starts_with("/Users/")));
}

#[tokio::test]
async fn who_left_out_of_scope_is_left_alone_where_the_rules_say_so() {
    let world = World::new(changed(rules(), |rules| rules.skip_out_of_scope_deletions = true));
    world.add_user("unassigned");
    world.add_user("disabled");
    world.cycle().await;
    world.take_sent();
    world.source.unassign(Kind::User, &"unassigned".into(), &Role::Named("User".into()));
    world.source.set_enabled(&"disabled".into(), false);
    world.cycle().await;
    assert!(active(&world.user("unassigned@example.com").await.unwrap()));
    assert!(!active(&world.user("disabled@example.com").await.unwrap()), "that is the end of the account");
}

#[tokio::test]
async fn a_group_that_leaves_is_deleted_and_comes_back_with_all_members() {
    let world = World::new(rules());
    world.add_user("ann");
    world.add_group("g", &["ann"]);
    world.cycle().await;
    world.source.unassign(Kind::Group, &"g".into(), &Role::Named("User".into()));
    // Ann is assigned herself.
    world.cycle().await;
    assert!(world.groups().await.is_empty());
    assert!(active(&world.user("ann@example.com").await.unwrap()));
    world.source.assign(Kind::Group, &"g".into(), Role::Named("User".into()));
    world.cycle().await;
    assert_eq!(world.member_names("Group g").await, ["ann@example.com"]);
}

#[tokio::test]
async fn a_change_of_members_is_sent_as_that_and_in_portions() {
    let world = World::new(rules());
    let ids: Vec<String> = (0..25).map(|n| format!("u{n:02}")).collect();
    ids.iter().for_each(|id| world.add_user(id));
    let members: Vec<&str> = ids.iter().map(String::as_str).collect();
    world.add_group("g", &members[..20]);
    world.builder().member_batch(10).build().unwrap().run_cycle().await.unwrap();
    let patches: Vec<_> = world.take_writes().into_iter().filter(|sent| sent.method == "PATCH").collect();
    assert_eq!(patches.len(), 2);

    world.source.add_members(&"g".into(), ["u24".into(), "u00".into()]);
    world.source.remove_members(&"g".into(), ["u01".into()]);
    let report = world.cycle().await;
    assert_eq!((report.counts.members_added, report.counts.members_removed), (1, 1));
    let patches = world.take_writes();
    assert_eq!(patches.len(), 2, "{patches:?}");
    let names = world.member_names("Group g").await;
    assert_eq!(names.len(), 20);
    assert!(names.contains(&"u24@example.com".to_owned()) && !names.contains(&"u01@example.com".to_owned()));
}

#[tokio::test]
async fn managers_are_written_after_users_and_taken_away_where_nulls_clear() {
    let mut rules = Rules::entra_to_scim();
    rules.nulls = Nulls::Clear;
    let mut world = World::new(rules);
    world.add_user("ann");
    // In scope through a group only.
    world.source.put(person("boss"));
    world.add_group("g", &["boss"]);
    world.source.set_manager(&"ann".into(), Some("boss".into()));
    world.source.set_manager(&"boss".into(), Some("ann".into()));
    let report = world.cycle().await;
    assert_eq!((report.counts.created, report.counts.managers), (3, 2), "a circle is no matter");
    let boss = world.user("boss@example.com").await.unwrap();
    let manager = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager".parse().unwrap();
    let ann = world.user("ann@example.com").await.unwrap();
    assert_eq!(ann.get(&manager).unwrap()["value"], boss.id().unwrap());

    world.source.set_manager(&"ann".into(), None);
    world.cycle().await;
    assert_eq!(world.user("ann@example.com").await.unwrap().get(&manager), None);
    world.rules.nulls = Nulls::Keep;
    world.source.set_manager(&"boss".into(), None);
    world.cycle().await;
    assert!(world.user("boss@example.com").await.unwrap().get(&manager).is_some(), "nulls do not flow");
}

#[tokio::test]
async fn late_managers_and_members_are_written_unless_the_job_is_faithful_to_entra() {
    for faithful in [false, true] {
        let mut rules = Rules::entra_to_scim();
        rules.entra_faithful = faithful;
        rules.groups.filters.clear();
        rules.assignment = scim_sync::AssignmentScope::All;
        rules.users.filters = vec![scim_sync::ScopingFilter {
            title: "staff".into(),
            clauses: vec![scim_sync::Clause {
                attribute: "department".into(),
                operator: scim_sync::Operator::Equals,
                value: Some("Staff".into()),
            }],
        }];
        let world = World::new(rules);
        world.source.put(person("ann").with("department", "Staff"));
        world.source.put(person("boss"));
        world.source.set_manager(&"ann".into(), Some("boss".into()));
        world.add_group("g", &["ann", "boss"]);
        world.cycle().await;
        assert_eq!(world.member_names("Group g").await, ["ann@example.com"]);
        world.set("boss", "department", "Staff");
        world.cycle().await;
        let boss = world.user("boss@example.com").await.unwrap();
        let manager = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager".parse().unwrap();
        let ann = world.user("ann@example.com").await.unwrap();
        let expected = (!faithful).then(|| boss.id().unwrap());
        assert_eq!(ann.get(&manager).and_then(|manager| manager["value"].as_str()), expected, "{faithful}");
        assert_eq!(world.member_names("Group g").await.len(), if faithful { 1 } else { 2 });
    }
}

#[tokio::test]
async fn duplicates_are_failures_and_harm_nobody() {
    let world = World::new(rules());
    world.add_user("ann");
    world.source.put(person("ann2").with("userPrincipalName", "ANN@example.com"));
    world.source.assign(Kind::User, &"ann2".into(), Role::Named("User".into()));
    let report = world.cycle().await;
    assert_eq!((report.counts.created, report.counts.failed), (1, 1));
    assert_eq!(
        told(&world.log),
        ["ann Create Success", "ann2 Other Failure DuplicateSourceEntries"].map(str::to_owned)
    );
    // It is tried again later, and fails in the same way: the other one has the resource.
    world.clock.advance(TimeDelta::days(2));
    let report = world.cycle().await;
    assert_eq!((report.counts.created, report.counts.updated, report.counts.failed), (0, 0, 1));
    // Until the name is free.
    world.set("ann2", "userPrincipalName", "ann2@example.com");
    let report = world.cycle().await;
    assert_eq!((report.counts.created, report.counts.failed), (1, 0));
    assert_eq!(world.job().escrows().await.unwrap().len(), 0);
}

#[tokio::test]
async fn the_guard_holds_back_what_is_too_much_and_sends_nothing_at_all() {
    let world = World::new(rules());
    for n in 0..100 {
        world.add_user(&format!("u{n:03}"));
    }
    let job = world.builder().deletion_guard(DeletionGuard::default()).build().unwrap();
    job.run_cycle().await.unwrap();
    world.take_sent();
    told(&world.log);
    for n in 0..21 {
        world.source.unassign_all(Kind::User, &SourceId::from(format!("u{n:03}")));
    }
    world.add_user("joiner");
    let preview = job.preview().await.unwrap();
    assert!(preview.held_back);
    let report = job.run_cycle().await.unwrap();
    assert!(
        matches!(&report.outcome, Outcome::Quarantined(QuarantineReason::TooManyDeletes, _)),
        "{:?}",
        report.outcome
    );
    assert_eq!(world.take_writes().len(), 0);
    assert_eq!(report.counts.staged, 21);
    let staged = told(&world.log);
    assert_eq!(staged.len(), 21);
    assert!(staged.iter().all(|line| line.ends_with("StagedDelete Warning")), "{staged:?}");
    assert_eq!(job.status().await.unwrap().status, Status::Quarantine);
    let notes = world.told.notifications();
    assert_eq!(notes.len(), 1);
    assert_eq!(notes[0].staged.unwrap().disables, 21);

    job.allow_deletes().await.unwrap();
    let report = job.run_cycle().await.unwrap();
    assert_eq!((report.outcome, report.counts.disabled, report.counts.created), (Outcome::Completed, 21, 1));
    assert_eq!(job.status().await.unwrap().status, Status::Active);
    // The permission was for one cycle.
    for n in 21..60 {
        world.source.unassign_all(Kind::User, &SourceId::from(format!("u{n:03}")));
    }
    let report = job.run_cycle().await.unwrap();
    assert!(matches!(report.outcome, Outcome::Quarantined(QuarantineReason::TooManyDeletes, _)));
}

#[tokio::test]
async fn a_preview_asks_and_writes_nothing_anywhere() {
    let world = World::new(rules());
    world.add_user("ann");
    world.add_group("g", &["ann"]);
    let preview = world.job().preview().await.unwrap();
    assert_eq!(world.take_writes().len(), 0);
    let lines: Vec<_> = preview
        .records
        .iter()
        .map(|record| format!("{} {:?}", record.source_identity.id, record.provisioning_action))
        .collect();
    assert_eq!(lines, ["ann Create", "g Create", "g Update"]);
    assert_eq!(world.job().status().await.unwrap().status, Status::NotRun);
    assert_eq!(world.log.records().len(), 0);
    let report = world.cycle().await;
    assert_eq!((report.initial, report.counts.created), (true, 2));
}

#[tokio::test]
async fn a_restart_looks_at_everything_and_repairs_what_others_changed() {
    let world = World::new(rules());
    world.add_user("ann");
    world.add_user("bob");
    world.add_group("g", &["ann", "bob"]);
    world.cycle().await;
    let ann = world.user("ann@example.com").await.unwrap();
    let bob = world.user("bob@example.com").await.unwrap();
    let client = world.onlooker();
    client
        .users()
        .modify(&ann.id().unwrap().parse().unwrap(), |user| user.set(&attr::DISPLAY_NAME, json!("Somebody")))
        .await
        .unwrap();
    client.users().delete(&bob.id().unwrap().parse().unwrap(), None).await.unwrap();

    // Nobody tells the job.
    world.cycle().await;
    assert!(world.user("bob@example.com").await.is_none());

    world.job().restart(ResetScope::default()).await.unwrap();
    let report = world.cycle().await;
    assert!(report.initial);
    assert_eq!((report.counts.updated, report.counts.created), (1, 1));
    assert_eq!(world.user("ann@example.com").await.unwrap().get(&attr::DISPLAY_NAME).unwrap(), "User ann");
    assert_eq!(world.member_names("Group g").await, ["ann@example.com", "bob@example.com"]);
}

#[tokio::test]
async fn an_id_that_is_gone_is_matched_anew_or_is_an_invalid_anchor_as_in_entra() {
    for faithful in [false, true] {
        let world = World::new(changed(rules(), |rules| rules.entra_faithful = faithful));
        world.add_user("ann");
        world.add_group("g", &["ann"]);
        world.cycle().await;
        let ann = world.user("ann@example.com").await.unwrap();
        world.onlooker().users().delete(&ann.id().unwrap().parse().unwrap(), None).await.unwrap();
        world.set("ann", "surname", "Smith");
        told(&world.log);
        let report = world.cycle().await;
        if faithful {
            assert_eq!(report.counts.failed, 1);
            assert_eq!(told(&world.log), ["ann Update Failure InvalidAnchor"]);
            world.job().restart(ResetScope::FULL).await.unwrap();
            world.cycle().await;
            assert!(world.user("ann@example.com").await.is_some());
        } else {
            assert_eq!((report.counts.created, report.counts.failed), (1, 0));
            assert_eq!(world.member_names("Group g").await, ["ann@example.com"]);
        }
    }
}

#[tokio::test]
async fn who_was_switched_off_first_is_deleted_later_unless_the_job_is_faithful_to_entra() {
    for faithful in [false, true] {
        let world = World::new(changed(rules(), |rules| rules.entra_faithful = faithful));
        world.add_user("ann");
        world.cycle().await;
        world.source.unassign_all(Kind::User, &"ann".into());
        world.cycle().await;
        world.source.delete(Kind::User, &"ann".into());
        world.cycle().await;
        assert_eq!(world.users().await.len(), usize::from(faithful));
    }
}

#[tokio::test]
async fn changed_rules_begin_anew_and_keep_the_links() {
    let mut world = World::new(rules());
    world.add_user("ann");
    world.cycle().await;
    world.rules.users.mappings.push(scim_sync::Mapping::direct("title", "jobTitle"));
    world.set("ann", "jobTitle", "Guide");
    let report = world.cycle().await;
    assert!(report.initial);
    assert_eq!((report.counts.created, report.counts.updated), (0, 1));
    assert_eq!(world.user("ann@example.com").await.unwrap().get(&attr::TITLE).unwrap(), "Guide");
    assert!(!world.cycle().await.initial);
}

#[tokio::test]
async fn on_demand_shows_every_step_and_moves_no_watermark() {
    let world = World::new(rules());
    let ids: Vec<String> = (0..8).map(|n| format!("u{n}")).collect();
    ids.iter().for_each(|id| world.add_user(id));
    let members: Vec<&str> = ids.iter().map(String::as_str).collect();
    world.add_group("g", &members);
    let job = world.job();
    let chosen: Vec<SourceId> = ids.iter().take(7).map(|id| SourceId::from(id.as_str())).collect();
    let done = job.provision(Kind::Group, &"g".into(), &chosen, true).await.unwrap();
    assert_eq!(world.member_names("Group g").await.len(), 5, "five at the most");
    let group = done.records.iter().find(|record| record.source_identity.id == "g").unwrap();
    let steps: Vec<_> = group.provisioning_steps.iter().map(|step| step.provisioning_step_type).collect();
    insta::assert_debug_snapshot!(steps, @r#"
    [
        Import,
        Scoping,
        Matching,
        Processing,
        Export,
    ]
    "#);
    let scoping = &group.provisioning_steps[1];
    assert_eq!(scoping.details[0], ("Active in source system".to_owned(), "true".to_owned()));
    // The cycle that follows is an initial one, and brings the rest.
    let report = world.cycle().await;
    assert!(report.initial);
    assert_eq!(world.member_names("Group g").await.len(), 8);
    assert!(job.provision(Kind::User, &"nobody".into(), &[], true).await.is_err());
}

#[tokio::test]
async fn what_the_target_never_changes_is_a_warning_and_not_asked_again() {
    let world = World::new(rules());
    world.add_user("ann");
    world.add_group("g", &["ann"]);
    world.cycle().await;
    world.script(|sent| {
        use crate::support::Fault;
        let renames = sent.method == "PATCH" && sent.body.to_string().contains("displayName");
        if !renames {
            return Fault::None;
        }
        Fault::Answer(
            http::StatusCode::BAD_REQUEST,
            "application/scim+json",
            r#"{"schemas":["urn:ietf:params:scim:api:messages:2.0:Error"],"status":"400","scimType":"mutability","detail":"groups cannot be renamed"}"#,
        )
    });
    let rename = [("displayName".to_owned(), json!("Another name"))].into_iter().collect();
    world.source.update(Kind::Group, &"g".into(), rename);
    told(&world.log);
    let report = world.cycle().await;
    assert_eq!((report.outcome, report.counts.failed), (Outcome::Completed, 0));
    assert_eq!(told(&world.log), ["g Update Warning NotPermitted"]);
    world.take_sent();
    world.clock.advance(TimeDelta::days(1));
    world.source.add_members(&"g".into(), ["ann".into()]);
    world.cycle().await;
    assert_eq!(world.take_writes().len(), 0);
}

#[tokio::test]
async fn the_states_of_a_job() {
    let world = World::new(rules());
    world.add_user("ann");
    let unconfigured =
        scim_sync::Job::builder("other", world.source.clone(), world.state.clone()).build().unwrap();
    assert_eq!(unconfigured.status().await.unwrap().status, Status::NotConfigured);
    assert_eq!(unconfigured.run_cycle().await.unwrap_err().to_string(), "the job is not configured");

    let job = world.job();
    assert_eq!(job.status().await.unwrap().status, Status::NotRun);
    job.run_cycle().await.unwrap();
    let status = job.status().await.unwrap();
    assert_eq!((status.status, status.linked_users, status.cycles), (Status::Active, 1, 1));
    job.pause().await.unwrap();
    assert_eq!(job.run_cycle().await.unwrap_err().to_string(), "the job is paused");
    job.start().await.unwrap();
    job.run_cycle().await.unwrap();
    // What is remembered is in the state, and not in the job.
    assert_eq!(world.job().status().await.unwrap().cycles, 2);
    assert_eq!(ResetScope::default(), ResetScope { connector_data_store: false, ..ResetScope::FULL });
}

/// The planner asks for nothing but what it is given.
#[test]
fn the_plan_is_a_function() {
    let rules = rules().compile().unwrap();
    let mut ann = person("ann");
    ann.assignments = vec![scim_sync::Assignment { role: Role::Named("User".into()), through: None }];
    let change = scim_sync::Change::Present(ann);
    let decision = scim_sync::plan(&rules, &change, None, scim_sync::Current::NotRead);
    assert_eq!(decision.action, Action::LookUp);
    let decision = scim_sync::plan(&rules, &change, None, scim_sync::Current::Absent);
    assert!(matches!(decision.action, Action::Create(ref values) if values.len() == 6), "{decision:?}");
}
