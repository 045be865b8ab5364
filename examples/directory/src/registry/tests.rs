use super::*;

/// In memory, and in a database.
async fn both() -> Vec<Directories> {
    let database = Database::sqlite(":memory:").await.unwrap_or_else(|error| panic!("{error}"));
    database.migrate().await.unwrap_or_else(|error| panic!("{error}"));
    vec![Directories::in_memory().unwrap(), Directories::of(&database).unwrap()]
}

async fn ids(directories: &Directories, directory: &Directory) -> Vec<String> {
    directories.keys(&directory.id).await.unwrap().into_iter().map(|key| key.id).collect()
}

const HOUR: Duration = Duration::from_secs(3600);

#[tokio::test]
async fn there_are_two_keys_at_the_most() {
    for directories in both().await {
        let (directory, _key) = directories.create("People").await.unwrap();
        let first = ids(&directories, &directory).await;
        directories.rotate_key(&directory.id, HOUR).await.unwrap();
        let second = ids(&directories, &directory).await;
        assert_eq!((second.len(), &second[0]), (2, &first[0]));
        let keys = directories.keys(&directory.id).await.unwrap();
        assert!(keys[0].expires.unwrap() > keys[1].created && keys[1].expires.is_none(), "{keys:?}");
        directories.rotate_key(&directory.id, HOUR).await.unwrap();
        let third = ids(&directories, &directory).await;
        assert_eq!((third.len(), &third[0]), (2, &second[1]));
        directories.regenerate_key(&directory.id).await.unwrap();
        let fourth = ids(&directories, &directory).await;
        assert_eq!(fourth.len(), 1);
        assert!(!directories.revoke_key(&directory.id, &third[1]).await.unwrap());
        assert!(directories.revoke_key(&directory.id, &fourth[0]).await.unwrap());
        assert_eq!(ids(&directories, &directory).await, Vec::<String>::new());
        // Who has no key any more can have one.
        directories.rotate_key(&directory.id, HOUR).await.unwrap();
        assert_eq!(ids(&directories, &directory).await.len(), 1);
    }
}

#[tokio::test]
async fn an_overlap_makes_no_key_good_for_longer() {
    for directories in both().await {
        let directories = directories.with_key_days(1);
        let (directory, _key) = directories.create("People").await.unwrap();
        let first = directories.keys(&directory.id).await.unwrap().remove(0);
        // A database says itself when a key was made: a moment later.
        let days = first.expires.unwrap() - first.created;
        assert!(days > TimeDelta::hours(23) && days <= TimeDelta::days(1), "{days}");
        directories.rotate_key(&directory.id, HOUR * 48).await.unwrap();
        let keys = directories.keys(&directory.id).await.unwrap();
        assert_eq!(keys[0], first);
        // The days of the directory count for each new key, whoever makes it.
        assert!(keys[1].expires > first.expires);
        directories.rotate_key(&directory.id, Duration::MAX).await.unwrap();
    }
}

#[tokio::test]
async fn a_key_opens_one_directory() {
    for directories in both().await {
        let key = ApiKey::fixed("a-key-for-two-directories").unwrap();
        let first = directories.create_with_key("one", &key).await.unwrap();
        let error = directories.create_with_key("other", &key).await.unwrap_err();
        let words = "the key opens a directory already: every directory has keys of its own";
        assert_eq!(error.to_string(), words);
        assert_eq!(directories.list().await.unwrap(), std::slice::from_ref(&first));
        directories.ensure_key(&first.id, &key).await.unwrap();
        let other = directories.create("other").await.unwrap().0;
        assert_eq!(directories.ensure_key(&other.id, &key).await.unwrap_err().to_string(), words);
        assert_eq!(ids(&directories, &first).await.len(), 1);
    }
}

#[tokio::test]
async fn a_name_is_taken_once() {
    for directories in both().await {
        let (people, _key) = directories.create(" People ").await.unwrap();
        assert_eq!(people.name, "People");
        let error = directories.create("PEOPLE").await.unwrap_err();
        assert_eq!(error.to_string(), "there is a directory `PEOPLE` already");
        for name in ["", " ", "a\nb", "\0"] {
            let error = directories.create(name).await.unwrap_err().to_string();
            assert_eq!(error, "the name of a directory is not empty, and has no control characters");
        }
        for text in ["people", "People", people.id.as_str()] {
            assert_eq!(directories.find(text).await.unwrap(), people);
        }
        assert_eq!(directories.find("x").await.unwrap_err().to_string(), "there is no directory `x`");
        assert_eq!(directories.delete(&people.id).await.unwrap(), 0);
        assert!(directories.list().await.unwrap().is_empty());
        directories.create("PEOPLE").await.unwrap();
    }
}

#[tokio::test]
async fn a_directory_ends_its_own_keys_only() {
    for directories in both().await {
        let (one, _key) = directories.create("one").await.unwrap();
        let (other, _key) = directories.create("other").await.unwrap();
        let key = ids(&directories, &other).await.remove(0);
        assert!(!directories.revoke_key(&one.id, &key).await.unwrap());
        assert_eq!(ids(&directories, &other).await, [key]);
        let unknown = TenantId::new("nowhere").unwrap();
        let error = directories.keys(&unknown).await.unwrap_err();
        assert_eq!(error.to_string(), "there is no directory `nowhere`");
    }
}

#[tokio::test]
async fn where_it_was_served_is_kept() {
    for directories in both().await {
        assert_eq!(directories.origin().await.unwrap(), None);
        directories.set_origin("http://127.0.0.1:1").await.unwrap();
        directories.set_origin("http://127.0.0.1:2").await.unwrap();
        assert_eq!(directories.origin().await.unwrap().as_deref(), Some("http://127.0.0.1:2"));
        assert!(directories.list().await.unwrap().is_empty());
    }
}

#[tokio::test]
async fn more_directories_than_a_page_has() {
    let directories = Directories::in_memory().unwrap();
    for n in 0..=PAGE {
        directories.create(&format!("directory {n}")).await.unwrap();
    }
    let all = directories.list().await.unwrap();
    assert_eq!((all.len(), all[PAGE].name.as_str()), (PAGE + 1, "directory 500"));
}

#[tokio::test]
async fn debug_shows_no_key() {
    for directories in both().await {
        let (_, key) = directories.create("People").await.unwrap();
        let secret = key.expose().rsplit('_').next().unwrap();
        assert!(!format!("{directories:?}").contains(secret));
    }
}
