use super::*;
use crate::state::{SqliteState, State as _, StateWrite};
use crate::testing::{Scratch, at, record};

async fn changes(log: &SqliteLog, query: &LogQuery) -> Vec<String> {
    log.records(query, 100).await.unwrap().into_iter().map(|record| record.change_id).collect()
}

#[tokio::test]
async fn records_are_found_by_what_they_are() {
    let scratch = Scratch::new();
    let log = SqliteLog::open(scratch.file("log.db")).await.unwrap();
    log.record(&record("1", "c1", "success"));
    log.record(&record("2", "c1", "failure"));
    log.record(&record("3", "c2", "failure"));
    let mut other = record("4", "c2", "skipped");
    other.job_id = "beta".into();
    other.source_identity.id = "u2".into();
    other.activity_date_time = at("2026-02-01T00:00:00Z");
    log.record(&other);
    log.flush().await.unwrap();

    let all = LogQuery::default();
    assert_eq!(changes(&log, &all).await, ["4", "3", "2", "1"]);
    assert_eq!(log.records(&all, 1).await.unwrap(), [other]);
    assert_eq!(log.records(&all, 0).await.unwrap(), []);
    let cycle = |cycle: &str| LogQuery { cycle_id: Some(cycle.into()), ..LogQuery::default() };
    assert_eq!(changes(&log, &cycle("c1")).await, ["2", "1"]);
    assert_eq!(changes(&log, &cycle("c3")).await, [""; 0]);
    let failed = LogQuery { status: Some(LogStatus::Failure), ..LogQuery::default() };
    assert_eq!(changes(&log, &failed).await, ["3", "2"]);
    assert_eq!(changes(&log, &LogQuery { cycle_id: Some("c2".into()), ..failed }).await, ["3"]);
    assert_eq!(changes(&log, &LogQuery { job_id: Some("beta".into()), ..all.clone() }).await, ["4"]);
    assert_eq!(changes(&log, &LogQuery { source_id: Some("u2".into()), ..all.clone() }).await, ["4"]);
    let since = LogQuery { since: Some(at("2026-01-02T00:00:00Z")), ..all.clone() };
    assert_eq!(changes(&log, &since).await, ["4"]);

    assert_eq!(log.prune(at("2026-01-01T00:00:00.5Z")).await.unwrap(), 0);
    assert_eq!(log.prune(at("2026-01-02T00:00:00Z")).await.unwrap(), 3);
    assert_eq!(changes(&log, &all).await, ["4"]);
    assert_eq!(log.lost(), 0);
    log.close().await.unwrap();
}

#[test]
fn every_status_is_stored_as_it_is_written() {
    for status in [LogStatus::Success, LogStatus::Failure, LogStatus::Skipped, LogStatus::Warning] {
        assert_eq!(serde_json::to_value(status).unwrap(), status_name(status));
    }
}

#[tokio::test]
async fn one_file_holds_state_and_log_and_both_last() {
    let scratch = Scratch::new();
    let path = scratch.file("job.db");
    let state = SqliteState::open(&path).await.unwrap();
    let log = state.log();
    for n in 0..6_000 {
        log.record(&record(&n.to_string(), "c1", "success"));
    }
    state.commit(vec![StateWrite::Put("a".into(), "1".into())]).await.unwrap();
    log.close().await.unwrap();

    let state = SqliteState::open(&path).await.unwrap();
    assert_eq!(state.get("a").await.unwrap().as_deref(), Some("1"));
    let log = state.log();
    let all = log.records(&LogQuery::default(), usize::MAX).await.unwrap();
    let numbers: Vec<_> = all.into_iter().map(|record| record.change_id).collect();
    let expected: Vec<_> = (0..6_000).rev().map(|n: u32| n.to_string()).collect();
    assert_eq!(numbers, expected);
    // More than are pruned in one go are pruned all the same.
    assert_eq!(log.prune(at("2027-01-01T00:00:00Z")).await.unwrap(), 6_000);
    log.close().await.unwrap();
}

#[tokio::test]
async fn what_cannot_be_written_is_counted() {
    let scratch = Scratch::new();
    let log = SqliteLog::open(scratch.file("log.db")).await.unwrap();
    log.database.close().await;
    log.record(&record("1", "c1", "success"));
    log.record(&record("2", "c1", "success"));
    log.flush().await.unwrap();
    assert_eq!(log.lost(), 2);
}

#[tokio::test]
async fn a_full_line_loses_and_does_not_wait() {
    let scratch = Scratch::new();
    let log = SqliteLog::open(scratch.file("log.db")).await.unwrap();
    // Until this test waits for something, the task that writes does not run.
    let one = record("1", "c1", "success");
    for _ in 0..WAITING + 3 {
        log.record(&one);
    }
    assert_eq!(log.lost(), 3);
    log.database.close().await;
    log.flush().await.unwrap();
    assert_eq!(log.lost(), WAITING as u64 + 3);
}
