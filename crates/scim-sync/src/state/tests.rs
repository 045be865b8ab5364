//! What every state promises.

use super::*;

fn put(key: &str, text: &str) -> StateWrite {
    StateWrite::Put(key.into(), text.into())
}

async fn keys(state: &impl State, prefix: &str, after: Option<&str>, limit: usize) -> Vec<String> {
    state.scan(prefix, after, limit).await.unwrap().into_iter().map(|(key, _)| key).collect()
}

async fn promises(state: impl State) {
    assert_eq!(state.get("a").await.unwrap(), None);
    assert_eq!(keys(&state, "", None, 10).await, [""; 0]);
    state.commit(Vec::new()).await.unwrap();

    // In this order: the last one counts.
    let writes = vec![put("a", "1"), put("a", "2"), put("b", "1"), StateWrite::Delete("b".into())];
    state.commit(writes).await.unwrap();
    assert_eq!(state.get("a").await.unwrap().as_deref(), Some("2"));
    assert_eq!(state.get("b").await.unwrap(), None);
    state.commit(vec![StateWrite::DeletePrefix("a".into()), put("a1", "after")]).await.unwrap();
    assert_eq!(keys(&state, "", None, 10).await, ["a1"]);
    state.commit(vec![put("a2", "x"), StateWrite::DeletePrefix(String::new())]).await.unwrap();
    assert_eq!(keys(&state, "", None, 10).await, [""; 0]);

    // Texts come back as they went, and keys are told apart byte by byte.
    for text in ["", "\0", "a\0b", "\u{10ffff}", "{\"a\":\"ü\"}"] {
        state.commit(vec![put("text", text)]).await.unwrap();
        assert_eq!(state.get("text").await.unwrap().as_deref(), Some(text));
    }
    state.commit(vec![StateWrite::DeletePrefix("text".into())]).await.unwrap();
    let names = [
        "j",
        "j/",
        "j/%",
        "j/A",
        "j/_",
        "j/a",
        "j/a\0",
        "j/a\u{1}",
        "j/aa",
        "j/é",
        "j/\u{ffff}",
        "j/\u{10ffff}",
        "j/\u{10ffff}\u{10ffff}",
        "j0",
        "k",
    ];
    state.commit(names.iter().rev().map(|name| put(name, "x")).collect()).await.unwrap();
    assert_eq!(keys(&state, "", None, 100).await, names);
    assert_eq!(keys(&state, "j/", None, 100).await, names[1..13]);
    // No pattern signs, no upper and lower case.
    assert_eq!(keys(&state, "j/%", None, 100).await, ["j/%"]);
    assert_eq!(keys(&state, "j/_", None, 100).await, ["j/_"]);
    assert_eq!(keys(&state, "j/a", None, 100).await, ["j/a", "j/a\0", "j/a\u{1}", "j/aa"]);
    // The last character that there is has something behind it too.
    assert_eq!(keys(&state, "j/\u{10ffff}", None, 100).await, ["j/\u{10ffff}", "j/\u{10ffff}\u{10ffff}"]);
    assert_eq!(keys(&state, "\u{10ffff}", None, 100).await, [""; 0]);

    // Page by page; `after` need not be there, and may lie outside.
    assert_eq!(keys(&state, "j/", None, 2).await, names[1..3]);
    assert_eq!(keys(&state, "j/", Some("j/%"), 2).await, names[3..5]);
    assert_eq!(keys(&state, "j/", Some("j/a"), 1).await, ["j/a\0"]);
    assert_eq!(keys(&state, "j/", Some("j/B"), 1).await, ["j/_"]);
    assert_eq!(keys(&state, "j/", Some("a"), 1).await, ["j/"]);
    assert_eq!(keys(&state, "j/", Some("j/"), 1).await, ["j/%"]);
    assert_eq!(keys(&state, "j/", Some("j/\u{10ffff}\u{10ffff}"), 9).await, [""; 0]);
    assert_eq!(keys(&state, "j/", Some("z"), 9).await, [""; 0]);
    assert_eq!(keys(&state, "j/", None, 0).await, [""; 0]);
    assert_eq!(keys(&state, "j/", None, usize::MAX).await.len(), 12);

    state.commit(vec![StateWrite::DeletePrefix("j/\u{10ffff}".into())]).await.unwrap();
    assert_eq!(keys(&state, "j/", None, 100).await, names[1..11]);
    state.commit(vec![StateWrite::DeletePrefix("j/".into())]).await.unwrap();
    assert_eq!(keys(&state, "", None, 100).await, ["j", "j0", "k"]);
}

#[tokio::test]
async fn in_memory() {
    promises(MemoryState::new()).await;
    let one = MemoryState::new();
    one.clone().commit(vec![put("a", "1")]).await.unwrap();
    assert_eq!((one.len(), one.is_empty()), (1, false));
}

#[cfg(feature = "sqlite")]
#[tokio::test]
async fn in_a_file() {
    let scratch = crate::testing::Scratch::new();
    let state = SqliteState::open(scratch.file("state.db")).await.unwrap();
    promises(state.clone()).await;
    state.close().await;
}

#[cfg(feature = "sqlite")]
mod both {
    use proptest::prelude::*;

    use super::*;

    fn key() -> impl Strategy<Value = String> {
        let chars = proptest::sample::select(&['a', 'A', '/', '\0', 'é', '\u{10ffff}'][..]);
        proptest::collection::vec(chars, 0..4).prop_map(|chars| chars.into_iter().collect())
    }

    fn write() -> impl Strategy<Value = StateWrite> {
        prop_oneof![
            4 => (key(), key()).prop_map(|(key, text)| StateWrite::Put(key, text)),
            1 => key().prop_map(StateWrite::Delete),
            1 => key().prop_map(StateWrite::DeletePrefix),
        ]
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn memory_and_file_agree(
            commits in proptest::collection::vec(proptest::collection::vec(write(), 0..8), 1..8),
            scans in proptest::collection::vec((key(), proptest::option::of(key()), 0_usize..6), 8),
        ) {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                let scratch = crate::testing::Scratch::new();
                let file = SqliteState::open(scratch.file("state.db")).await.unwrap();
                let memory = MemoryState::new();
                for commit in commits {
                    memory.commit(commit.clone()).await.unwrap();
                    file.commit(commit).await.unwrap();
                }
                for (prefix, after, limit) in scans {
                    let expected = memory.scan(&prefix, after.as_deref(), limit).await.unwrap();
                    let found = file.scan(&prefix, after.as_deref(), limit).await.unwrap();
                    assert_eq!(found, expected, "{prefix:?} {after:?} {limit}");
                    assert_eq!(file.get(&prefix).await.unwrap(), memory.get(&prefix).await.unwrap());
                }
                file.close().await;
            });
        }
    }
}
