use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};

use super::*;
use crate::testing::Scratch;

fn put(key: impl Into<String>, text: &str) -> StateWrite {
    StateWrite::Put(key.into(), text.into())
}

async fn script(state: &SqliteState, sql: &'static str) {
    let mut tx = state.database.begin().await.unwrap();
    sqlx::raw_sql(sql).execute(&mut *tx).await.unwrap();
    tx.commit().await.unwrap();
}

#[tokio::test]
async fn what_fails_half_way_leaves_nothing() {
    let scratch = Scratch::new();
    let state = SqliteState::open(scratch.file("state.db")).await.unwrap();
    script(
        &state,
        "CREATE TRIGGER full BEFORE INSERT ON scim_sync_state WHEN NEW.value = 'too much'
         BEGIN SELECT RAISE(ABORT, 'the disk is full'); END",
    )
    .await;
    state.commit(vec![put("a", "old")]).await.unwrap();

    let writes = vec![put("b", "1"), StateWrite::Delete("a".into()), put("c", "too much"), put("d", "1")];
    let error = state.commit(writes).await.unwrap_err();
    assert!(error.to_string().starts_with("what the job remembers cannot be read or written: "), "{error}");
    let left = state.scan("", None, 10).await.unwrap();
    assert_eq!(left, [("a".to_owned(), "old".to_owned())]);

    state.commit(vec![put("e", "1")]).await.unwrap();
    state.close().await;
}

#[tokio::test]
async fn commits_at_the_same_time_do_not_share_their_failures() {
    let scratch = Scratch::new();
    let state = SqliteState::open(scratch.file("state.db")).await.unwrap();
    script(
        &state,
        "CREATE TRIGGER full BEFORE INSERT ON scim_sync_state WHEN NEW.value = 'too much'
         BEGIN SELECT RAISE(ABORT, 'the disk is full'); END",
    )
    .await;
    let commit = async |n: usize| {
        let text = if n % 10 == 7 { "too much" } else { "x" };
        state.commit(vec![put(format!("a/{n:03}"), "x"), put(format!("b/{n:03}"), text)]).await.is_ok()
    };
    let done = futures_util::future::join_all((0..100).map(commit)).await;
    let expected: Vec<_> = (0..100).map(|n| n % 10 != 7).collect();
    assert_eq!(done, expected);
    for half in ["a/", "b/"] {
        let keys = state.scan(half, None, usize::MAX).await.unwrap();
        let keys: Vec<_> = keys.into_iter().map(|(key, _)| key).collect();
        let expected: Vec<_> = (0..100).filter(|n| n % 10 != 7).map(|n| format!("{half}{n:03}")).collect();
        assert_eq!(keys, expected);
    }
    state.close().await;
    assert!(!commit(1).await);
}

#[tokio::test]
async fn what_is_dropped_half_way_leaves_nothing() {
    let scratch = Scratch::new();
    let state = SqliteState::open(scratch.file("state.db")).await.unwrap();
    // Dropped after each number of looks at it, until it gets to its end.
    for looks in 0.. {
        state.commit(vec![StateWrite::DeletePrefix(String::new())]).await.unwrap();
        let mut commit = Box::pin(state.commit((0..5).map(|n| put(n.to_string(), "x")).collect()));
        let mut done = false;
        for _ in 0..looks {
            let look = std::future::poll_fn(|cx| std::task::Poll::Ready(commit.as_mut().poll(cx)));
            done = look.await.is_ready();
            if done {
                break;
            }
            tokio::task::yield_now().await;
        }
        drop(commit);
        let left = state.scan("", None, 10).await.unwrap().len();
        // Once COMMIT is on its way, nobody can hold it back; a part is never there.
        assert!(left == 5 || left == 0 && !done, "{left} of 5 after {looks} looks");
        if done {
            break;
        }
    }
    state.close().await;
}

#[tokio::test]
async fn tables_of_a_newer_version_are_refused() {
    let scratch = Scratch::new();
    let path = scratch.file("state.db");
    let state = SqliteState::open(&path).await.unwrap();
    state.commit(vec![put("a", "1")]).await.unwrap();
    script(&state, "INSERT INTO scim_sync_schema (version) VALUES (7)").await;
    state.close().await;

    let error = SqliteState::open(&path).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "what the job remembers cannot be read or written: the tables are of version 7, and this program knows versions up to 1: it is too old for them"
    );
}

#[tokio::test]
async fn what_is_no_database_is_refused() {
    let scratch = Scratch::new();
    let path = scratch.file("state.db");
    std::fs::write(&path, "not a database, and longer than its header would be. ".repeat(100)).unwrap();
    assert!(SqliteState::open(&path).await.is_err());
    assert!(SqliteState::open(scratch.path()).await.is_err());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn many_open_a_new_file_at_once_and_write() {
    let scratch = Scratch::new();
    let path = scratch.file("state.db");
    let writers: Vec<_> = (0..8)
        .map(|writer| {
            let path = path.clone();
            tokio::spawn(async move {
                let state = SqliteState::open(&path).await.unwrap();
                for n in 0..10 {
                    state.commit(vec![put(format!("{writer}/{n}"), "x")]).await.unwrap();
                }
                state.close().await;
            })
        })
        .collect();
    for writer in writers {
        writer.await.unwrap();
    }
    let state = SqliteState::open(&path).await.unwrap();
    assert_eq!(state.scan("", None, 100).await.unwrap().len(), 80);
    state.close().await;
}

#[tokio::test]
async fn a_scan_reads_a_part_of_the_index() {
    let scratch = Scratch::new();
    let state = SqliteState::open(scratch.file("state.db")).await.unwrap();
    let sql = sqlx::AssertSqlSafe(format!("EXPLAIN QUERY PLAN {SCAN}"));
    let plan: Vec<(i64, i64, i64, String)> =
        sqlx::query_as(sql).fetch_all(&state.database.read).await.unwrap();
    let plan: Vec<_> = plan.into_iter().map(|row| row.3).collect();
    assert_eq!(plan, ["SEARCH scim_sync_state USING PRIMARY KEY (key>? AND key<?)"]);
    state.close().await;
}

const FILE: &str = "SCIM_SYNC_TEST_FILE";

/// The process that is killed: it says which commits were acknowledged.
#[tokio::test]
async fn child() {
    let Some(path) = std::env::var_os(FILE) else { return };
    let state = SqliteState::open(path).await.unwrap();
    for n in 0_u64.. {
        let halves = [put(format!("a/{n:08}"), "x"), put(format!("b/{n:08}"), "x")];
        let last = put("last", &n.to_string());
        state.commit(halves.into_iter().chain([last]).collect()).await.unwrap();
        println!("\nacknowledged {n}");
    }
}

#[tokio::test]
async fn what_was_acknowledged_survives_a_kill() {
    let scratch = Scratch::new();
    let path = scratch.file("state.db");
    for kill_after in [1_u64, 40, 100] {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "state::sqlite::tests::child", "--nocapture"])
            .env(FILE, &path)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut acknowledged = 0;
        for line in BufReader::new(child.stdout.take().unwrap()).lines() {
            let line = line.unwrap();
            // What it managed to say before it was gone counts too.
            if let Some(Ok(n)) = line.strip_prefix("acknowledged ").map(str::parse) {
                acknowledged = n;
                if acknowledged == kill_after {
                    child.kill().unwrap();
                }
            }
        }
        child.wait().unwrap();
        assert!(acknowledged >= kill_after);

        let state = SqliteState::open(&path).await.unwrap();
        let last: u64 = state.get("last").await.unwrap().unwrap().parse().unwrap();
        assert!(last >= acknowledged, "{last} of {acknowledged}");
        for half in ["a/", "b/"] {
            let keys = state.scan(half, None, usize::MAX).await.unwrap();
            let expected: Vec<_> = (0..=last).map(|n| (format!("{half}{n:08}"), "x".to_owned())).collect();
            assert_eq!(keys, expected);
        }
        state.commit(vec![StateWrite::DeletePrefix(String::new())]).await.unwrap();
        state.close().await;
    }
}
