//! What a runtime asks of futures that it may move between threads.

use scim_sync::{Kind, ResetScope, Rules};

use crate::support::World;

fn spawnable<F: Future + Send + 'static>(future: F) -> F {
    future
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_runs_in_a_task_of_its_own() {
    let world = World::new(Rules::entra_to_scim());
    world.add_user("u1");
    let job = world.job();
    let one = job.clone();
    let report = tokio::spawn(async move { one.run_cycle().await.unwrap() }).await.unwrap();
    assert_eq!(report.counts.created, 1);
    let one = job.clone();
    assert!(tokio::spawn(async move { one.preview().await.unwrap().records.is_empty() }).await.unwrap());
    let one = job.clone();
    spawnable(async move { one.provision(Kind::User, &"u1".into(), &[], true).await }).await.unwrap();
    let one = job.clone();
    spawnable(async move { one.restart(ResetScope::FULL).await }).await.unwrap();
    tokio::spawn(async move { job.run(async {}).await }).await.unwrap();
}
