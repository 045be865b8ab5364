//! Runs against a server that somebody else runs.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use axum::extract::Request;
use axum::middleware::{self, Next};
use directory::{Options, Running, start_with};
use provision::{Ending, Stop};

use crate::support::{Place, Played, keys, row, section};

/// A directory that calls somebody before every request with a method of writing, with how many there were.
async fn watched(told: impl Fn(u64) + Clone + Send + Sync + 'static) -> (Running, Arc<AtomicU64>) {
    let writes = Arc::new(AtomicU64::new(0));
    let counted = Arc::clone(&writes);
    let layer = middleware::from_fn(move |request: Request, next: Next| {
        if request.method() != "GET" {
            told(counted.fetch_add(1, Ordering::SeqCst) + 1);
        }
        next.run(request)
    });
    let running = start_with(Options::default(), |router| router.layer(layer)).await.unwrap();
    (running, writes)
}

async fn play(place: &Place, running: &Running, key: &str, more: &[&str]) -> Played {
    let file = place.path("token");
    std::fs::write(&file, format!("{key}\n")).unwrap();
    let target = ["--target", running.base_url(), "--token-file", file.to_str().unwrap()];
    place.play(&[&target, more].concat()).await
}

#[tokio::test(flavor = "multi_thread")]
async fn any_server_is_a_target() {
    let (running, _) = watched(|_| ()).await;
    let place = Place::new();
    let text = play(&place, &running, running.token(), &[]).await.ends(Ending::Good);
    // This one verifies no domains: `user64` is taken, too.
    assert_eq!(row(section(&text, "Initial cycle"), "created"), Some([61, 7]), "{text}");
    assert!(keys(&text).is_empty() && !text.contains("warning"), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dry_run_writes_nothing() {
    let (running, writes) = watched(|_| ()).await;
    let place = Place::new();
    let text = play(&place, &running, running.token(), &["--dry-run"]).await.ends(Ending::Good);
    assert_eq!(row(section(&text, "What an initial cycle would do"), "created"), Some([61, 7]), "{text}");
    let one = play(&place, &running, running.token(), &["--dry-run", "--on-demand", "id-3"]).await;
    assert!(one.ends(Ending::Good).contains("nothing was written"));
    assert_eq!(writes.load(Ordering::SeqCst), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_key_is_seen_before_anything_is_tried() {
    let (running, writes) = watched(|_| ()).await;
    let place = Place::new();
    let text = play(&place, &running, "not-the-key-of-this-one", &[]).await.ends(Ending::Bad);
    assert!(section(&text, "Target").contains("the target refuses the key"), "{text}");
    assert!(!text.contains("not-the-key"), "{text}");
    assert_eq!(writes.load(Ordering::SeqCst), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_is_refused_ends_the_run_and_another_one_goes_on() {
    let (asked, mut ask) = tokio::sync::mpsc::unbounded_channel();
    let (running, _) = watched(move |count| {
        if count == 20 {
            let _ = asked.send(());
        }
    })
    .await;
    let place = Place::new();
    let id = running.started[0].id.clone();
    let revoke = async {
        ask.recv().await;
        running.directories.regenerate_key(&id).await.unwrap()
    };
    let (played, key) = tokio::join!(play(&place, &running, running.token(), &[]), revoke);
    let text = played.ends(Ending::Bad);
    assert!(text.contains("make another key in the target"), "{text}");
    assert!(!text.contains("Verdict"), "{text}");

    let text = play(&place, &running, key.expose(), &[]).await.ends(Ending::Good);
    assert!(text.contains("it was in quarantine, and is started again"), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn ctrl_c_finishes_what_is_under_way() {
    let stop = Stop::default();
    let told = stop.clone();
    let (running, writes) = watched(move |count| {
        if count == 20 {
            told.ask();
        }
    })
    .await;
    let place = Place::new();
    let file = place.path("token");
    std::fs::write(&file, running.token()).unwrap();
    let target =
        ["--target", running.base_url(), "--token-file", file.to_str().unwrap(), "--concurrency", "4"];
    let text = place.play_until(&target, &stop).await.ends(Ending::Stopped);
    assert!(text.contains("goes on from here"), "{text}");
    // A write of each object that was under way, or one that had begun while the word got round.
    assert!(writes.load(Ordering::SeqCst) <= 20 + 8, "{writes:?}");
    play(&place, &running, running.token(), &[]).await.ends(Ending::Good);
}
