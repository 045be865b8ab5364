//! Targets that misbehave, keys that are revoked, jobs in quarantine.

use chrono::TimeDelta;
use http::StatusCode;
use scim_sync::{Kind, Outcome, QuarantineReason, ResetScope, Rules, Status, Thresholds};

use crate::support::{Fault, World, told};

const ERROR: &str =
    r#"{"schemas":["urn:ietf:params:scim:api:messages:2.0:Error"],"status":"401","detail":"no"}"#;

fn world(users: usize) -> World {
    let world = World::new(Rules::entra_to_atlassian());
    for n in 0..users {
        world.add_user(&format!("u{n:03}"));
    }
    world
}

#[tokio::test]
async fn a_key_that_is_revoked_stops_the_cycle_at_once_and_people_hear_of_it_once() {
    let world = world(50);
    let mut seen = 0;
    world.script(move |_| {
        seen += 1;
        match seen {
            0..21 => Fault::None,
            _ => Fault::Answer(StatusCode::UNAUTHORIZED, "application/scim+json", ERROR),
        }
    });
    let job = world.builder().concurrency(2).build().unwrap();
    let report = job.run_cycle().await.unwrap();
    assert!(
        matches!(report.outcome, Outcome::Quarantined(QuarantineReason::EncounteredQuarantineException, _)),
        "{:?}",
        report.outcome
    );
    assert!(world.take_sent().len() <= 23, "nothing more was asked");
    assert_eq!(job.status().await.unwrap().status, Status::Quarantine);
    assert_eq!(job.escrows().await.unwrap().len(), 0, "it is no failure of any object");
    assert_eq!(world.told.notifications().len(), 1);

    // Before its time nothing is tried; then it is, and it fails again, and nobody hears of it twice.
    assert!(job.run_cycle().await.unwrap_err().to_string().starts_with("the job is in quarantine until"));
    assert_eq!(world.take_sent().len(), 0);
    for hours in [6, 6, 12, 24] {
        world.clock.advance(TimeDelta::hours(hours));
        let report = job.run_cycle().await.unwrap();
        assert!(matches!(report.outcome, Outcome::Quarantined(..)), "after {hours} h more");
    }
    assert_eq!(world.told.notifications().len(), 1);

    // A key that works again ends it.
    world.script(|_| Fault::None);
    world.clock.advance(TimeDelta::hours(24));
    let report = job.run_cycle().await.unwrap();
    assert_eq!(report.outcome, Outcome::Completed);
    assert_eq!(world.users().await.len(), 50);
    assert_eq!(job.status().await.unwrap().status, Status::Active);
}

#[tokio::test]
async fn after_four_weeks_the_job_is_disabled() {
    let world = world(1);
    world.script(|_| Fault::Answer(StatusCode::UNAUTHORIZED, "application/scim+json", ERROR));
    let job = world.job();
    job.run_cycle().await.unwrap();
    for _ in 0..27 {
        world.clock.advance(TimeDelta::days(1));
        assert!(matches!(job.run_cycle().await.unwrap().outcome, Outcome::Quarantined(..)));
    }
    world.clock.advance(TimeDelta::days(1));
    assert_eq!(job.run_cycle().await.unwrap_err().to_string(), "the job is disabled");
    assert_eq!(job.status().await.unwrap().status, Status::Disabled);
    let told = world.told.notifications();
    assert_eq!(told.iter().map(|told| told.disabled).collect::<Vec<_>>(), [false, true]);
    // A restart brings it back.
    world.script(|_| Fault::None);
    job.restart(ResetScope::default()).await.unwrap();
    assert_eq!(job.run_cycle().await.unwrap().counts.created, 1);
}

#[tokio::test]
async fn a_wrong_address_is_no_empty_directory() {
    let world = world(30);
    world.script(|_| Fault::Answer(StatusCode::NOT_FOUND, "text/html", "<h1>Not Found</h1>"));
    let report = world.cycle().await;
    assert!(matches!(
        report.outcome,
        Outcome::Quarantined(QuarantineReason::EncounteredQuarantineException, _)
    ));
    assert!(world.take_writes().is_empty());
}

#[tokio::test]
async fn a_target_that_ignores_filters_is_found_out_before_anybody_is_taken_for_somebody_else() {
    let world = world(3);
    let list = r#"{"schemas":["urn:ietf:params:scim:api:messages:2.0:ListResponse"],"totalResults":1,"Resources":[{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"id":"1","userName":"the first one"}]}"#;
    world.script(move |sent| match sent.method.as_str() {
        "GET" => Fault::Answer(StatusCode::OK, "application/scim+json", list),
        _ => Fault::None,
    });
    let report = world.cycle().await;
    assert!(matches!(report.outcome, Outcome::Quarantined(..)), "{:?}", report.outcome);
    assert!(world.take_writes().is_empty());
}

#[tokio::test]
async fn an_outage_breaks_the_cycle_off_and_the_next_one_goes_on() {
    let world = world(60);
    world.script(|_| Fault::Busy(503, 1));
    let job = world.builder().outage_after(5).build().unwrap();
    let report = job.run_cycle().await.unwrap();
    assert!(matches!(report.outcome, Outcome::Interrupted(_)), "{:?}", report.outcome);
    assert_eq!(job.status().await.unwrap().status, Status::Active);
    world.script(|_| Fault::None);
    world.clock.advance(TimeDelta::days(1));
    let report = job.run_cycle().await.unwrap();
    assert!(report.initial, "the watermark did not move");
    assert_eq!((report.outcome, report.counts.created), (Outcome::Completed, 60));
}

#[tokio::test]
async fn what_fails_by_itself_is_tried_again_and_less_and_less_often() {
    let world = world(3);
    world.script(|sent| match sent.body["userName"] == "u001@example.com" {
        true => Fault::Answer(
            StatusCode::BAD_REQUEST,
            "application/scim+json",
            r#"{"schemas":["urn:ietf:params:scim:api:messages:2.0:Error"],"status":"400","scimType":"invalidValue","detail":"unverified domain"}"#,
        ),
        false => Fault::None,
    });
    let job = world.job();
    let mut tried = Vec::new();
    for cycle in 0..16 {
        let report = job.run_cycle().await.unwrap();
        assert_eq!(report.outcome, Outcome::Completed);
        if report.counts.failed > 0 {
            tried.push(cycle);
        }
        world.clock.advance(TimeDelta::minutes(40));
    }
    assert_eq!(tried, [0, 1, 3, 7, 15]);
    assert_eq!(told(&world.log).iter().filter(|line| line.starts_with("u001 Create Failure")).count(), 5);
    let escrow = &job.escrows().await.unwrap()[0];
    assert_eq!((escrow.kind, escrow.source_id.as_str(), escrow.attempts), (Kind::User, "u001", 5));
}

#[tokio::test]
async fn too_many_failures_are_a_quarantine() {
    let world = world(20);
    world.script(|sent| match sent.method == "POST" {
        true => Fault::Answer(
            StatusCode::BAD_REQUEST,
            "application/scim+json",
            r#"{"schemas":["urn:ietf:params:scim:api:messages:2.0:Error"],"status":"400","scimType":"invalidValue"}"#,
        ),
        false => Fault::None,
    });
    let thresholds = Thresholds { fewest: 10, ..Thresholds::default() };
    let job = world.builder().thresholds(thresholds).build().unwrap();
    let report = job.run_cycle().await.unwrap();
    assert!(
        matches!(
            report.outcome,
            Outcome::Quarantined(QuarantineReason::EncounteredEscrowProportionThreshold, _)
        ),
        "{:?}",
        report.outcome
    );
}

#[tokio::test]
async fn nobody_waits_for_the_references_of_who_has_left() {
    let world = World::new(Rules::entra_to_scim());
    ["boss", "left", "gone"].iter().for_each(|id| world.add_user(id));
    for id in ["left", "gone"] {
        world.source.set_manager(&id.into(), Some("boss".into()));
    }
    world.script(|sent| match sent.method.as_str() {
        "PATCH" => Fault::Answer(StatusCode::INTERNAL_SERVER_ERROR, "application/scim+json", ERROR),
        _ => Fault::None,
    });
    world.cycle().await;
    let job = world.job();
    let waiting = job.escrows().await.unwrap();
    assert!(waiting.len() == 2 && waiting.iter().all(|escrow| escrow.reference), "{waiting:?}");

    world.script(|_| Fault::None);
    world.source.set_enabled(&"left".into(), false);
    world.source.delete(Kind::User, &"gone".into());
    world.clock.advance(TimeDelta::hours(1));
    let report = job.run_cycle().await.unwrap();
    assert_eq!((report.counts.disabled, report.counts.deleted), (1, 1));
    assert_eq!(job.escrows().await.unwrap(), []);
}

#[tokio::test]
async fn an_interrupted_cycle_finishes_what_is_under_way_and_begins_again() {
    let world = world(30);
    let job = world.builder().concurrency(2).build().unwrap();
    let (told, mut creates) = (job.clone(), 0);
    world.script(move |sent| {
        creates += u32::from(sent.method == "POST");
        if creates == 5 {
            told.interrupt();
        }
        Fault::None
    });
    let report = job.run_cycle().await.unwrap();
    assert!(matches!(report.outcome, Outcome::Interrupted(_)), "{:?}", report.outcome);
    let there = world.users().await.len() as u64;
    assert_eq!(report.counts.created, there, "who was under way is there, and remembered");
    assert!((5..=6).contains(&there), "{there}");
    assert_eq!(job.escrows().await.unwrap(), []);

    world.script(|_| Fault::None);
    let report = job.run_cycle().await.unwrap();
    assert_eq!((report.outcome, report.counts.created), (Outcome::Completed, 30 - there));
}
