//! Runs in which something goes wrong on purpose.

use provision::Ending;

use crate::support::{Place, keys, row, section};

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_fails_is_provisioned_all_the_same() {
    for (seed, rate) in [("1", "0.2"), ("2", "0.4")] {
        let text = Place::new().play(&["--fail-rate", rate, "--seed", seed]).await.ends(Ending::Good);
        let made = section(&text, "What the server did on purpose");
        assert!(made.contains("answered 500") && made.contains("after the work"), "{text}");
        assert!(section(&text, "One more cycle").contains("requests: none"), "{text}");
        assert!(text.contains("  60 users, 6 groups, "), "{text}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_is_taken_back_is_a_quarantine_and_another_one_ends_it() {
    let place = Place::new();
    let text = place.play(&["--revoke-key-after", "50"]).await.ends(Ending::Good);
    let stopped = section(&text, "Initial cycle");
    assert!(stopped.contains("quarantine, EncounteredQuarantineException"), "{text}");
    assert!(row(stopped, "created").is_some_and(|[users, groups]| users < 60 && groups == 0), "{text}");
    assert_eq!(text.matches("\nNotification: ").count(), 1, "{text}");
    assert!(section(&text, "In quarantine").contains("another cycle now is refused"), "{text}");
    assert_eq!(keys(&text).len(), 2, "the first key and the second, once each\n{text}");
    assert!(text.contains("  60 users, 6 groups, "), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bad_day_is_held_back() {
    let text = Place::new().play(&["--bad-day"]).await.ends(Ending::Good);
    assert!(text.contains("A bad day: The everyone lost the role"), "{text}");
    let held = section(&text, "Cycle after the mistake");
    // Those who are in no team: 30 at first, and the two of day two.
    assert_eq!(row(held, "held back"), Some([32, 1]), "{held}");
    assert_eq!(row(held, "disabled"), None, "{held}");
    let after = text.split_once("Cycle after the mistake").unwrap().1;
    let requests = after.lines().find(|line| line.contains("requests: ")).unwrap();
    assert!(["POST", "PUT", "PATCH", "DELETE"].iter().all(|method| !requests.contains(method)), "{requests}");
    assert!(
        text.contains("TooManyDeletes") && text.contains("Held back: 32 to disable, 1 to delete"),
        "{text}"
    );
    let after = section(&text, "Cycle after the correction");
    assert_eq!((row(after, "updated"), row(after, "created")), (None, None), "{after}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bad_day_can_be_meant() {
    let text = Place::new().play(&["--bad-day", "--allow-deletes"]).await.ends(Ending::Good);
    let done = section(&text, "The same cycle, with the deletions allowed");
    assert_eq!(row(done, "disabled"), Some([32, 0]), "{text}");
    assert_eq!(row(done, "deleted"), Some([0, 1]), "{text}");
    assert!(text.contains("  28 users, 5 groups, "), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_later_run_may_allow_what_was_held_back() {
    let place = Place::new();
    let strict = ["--guard-count", "0", "--guard-percent", "0"];
    place.play(&strict).await.ends(Ending::Bad);
    let again = place.play(&strict).await.ends(Ending::Bad);
    assert!(again.contains("it was in quarantine, and is started again"), "{again}");
    assert_eq!(row(section(&again, "The first cycle of this run"), "disabled"), None, "{again}");
    let text = place.play(&[&strict[..], &["--allow-deletes"]].concat()).await.ends(Ending::Good);
    assert_eq!(row(section(&text, "The first cycle of this run"), "disabled"), Some([1, 0]), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn thresholds_can_be_chosen() {
    // Three go on day two, and three members of groups.
    let strict = Place::new().play(&["--guard-count", "1", "--guard-percent", "0"]).await.ends(Ending::Bad);
    assert!(section(&strict, "Incremental cycle").contains("TooManyDeletes"), "{strict}");
    assert!(section(&strict, "Day two").contains("it would hold this back"), "{strict}");
    let lax = Place::new().play(&["--bad-day", "--guard-count", "100"]).await.ends(Ending::Bad);
    assert!(lax.contains("the deletion guard did not hold it back"), "{lax}");
}
