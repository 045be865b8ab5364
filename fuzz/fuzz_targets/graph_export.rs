//! Text as an export or as changes to one: it is refused with a line that is there, or read into a directory whose changes
//! are what is in it.
#![no_main]

use std::collections::BTreeMap;

use chrono::DateTime;
use futures_util::FutureExt as _;
use libfuzzer_sys::fuzz_target;
use scim_sync::{
    Change, Directory, Kind, Members, Next, Source, SourceError, SourceId, SourceObject, Watermark,
};

fuzz_target!(|text: &str| {
    let directory = Directory::new().with_page_size(3);
    directory.put(SourceObject::user("u").with("displayName", "U"));
    directory.put(SourceObject::group("g").with("displayName", "G"));
    directory.set_members(&"g".into(), ["u".into()]);
    let (_, mark) = read(&directory, None);
    match directory.apply_delta("changes.json", text, DateTime::UNIX_EPOCH) {
        Err(SourceError::Malformed { line, .. }) => {
            assert!(line >= 1 && line <= text.bytes().filter(|byte| *byte == b'\n').count() + 1);
            assert_eq!(directory.watermark(), mark, "all or none");
        }
        Err(error) => panic!("{error}"),
        Ok(_) => {
            let (changes, _) = read(&directory, Some(&mark));
            for change in changes.into_values() {
                match change {
                    Change::Deleted { kind, id } => assert!(!directory.contains(kind, &id)),
                    Change::Present(mut object) => {
                        let mut now = directory.object(object.kind, &object.id).unwrap();
                        object.members = Members::Unchanged;
                        now.members = Members::Unchanged;
                        assert_eq!(object, now);
                    }
                }
            }
            let count = read(&directory, None).0.len();
            assert_eq!(count, directory.len(Kind::User) + directory.len(Kind::Group));
        }
    }
});

fn read(directory: &Directory, since: Option<&Watermark>) -> (BTreeMap<(Kind, SourceId), Change>, Watermark) {
    let mut changes = BTreeMap::new();
    let mut page: Option<String> = None;
    loop {
        let batch = directory.changes(since, page.as_deref()).now_or_never().unwrap().unwrap();
        for change in batch.changes {
            let twice = changes.insert((change.kind(), change.id().clone()), change);
            assert!(twice.is_none());
        }
        match batch.next {
            Next::Page(next) => page = Some(next),
            Next::Done { watermark, .. } => return (changes, watermark),
        }
    }
}
