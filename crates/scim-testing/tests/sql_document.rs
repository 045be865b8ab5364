//! Three stores find the same: in memory, on SQLite, on PostgreSQL; random users, filters, orders and pages.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "helpers of tests")]

use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use scim_core::{AttrPath, Resource, SchemaUri, TenantId, attr};
use scim_filter::query::{Sort, SortOrder, TypedSort};
use scim_filter::{CheckOptions, Filter, TypedFilter};
use scim_server::store::{Query, ResourceStore, Start, StoreError, Stored, Write};
use scim_server::{Context, MemoryStore};
use scim_sqlx::{Database, DocumentStore};
use scim_testing::filters as arbitrary;
use scim_testing::postgres::Cluster;
use scim_testing::schemas::{EVERY, every_type};
use tokio::runtime::Runtime;

struct World {
    runtime: Runtime,
    memory: MemoryStore<Resource>,
    stores: Vec<(&'static str, DocumentStore<Resource>)>,
    file: PathBuf,
    _cluster: Option<Cluster>,
}

impl World {
    fn start(name: &str) -> Self {
        let runtime = Runtime::new().unwrap();
        let file = std::env::temp_dir().join(format!("scim-sql-document-{name}-{}.db", std::process::id()));
        let _ = std::fs::remove_file(&file);
        let cluster = Cluster::start();
        let stores = runtime.block_on(async {
            let mut all = vec![("sqlite", Database::sqlite(file.to_str().unwrap()).await.unwrap())];
            if let Some(cluster) = &cluster {
                all.push(("postgres", Database::postgres(cluster.url()).await.unwrap()));
            }
            let mut stores = Vec::new();
            for (name, database) in all {
                database.migrate().await.unwrap();
                stores.push((name, database.resources("User", every_type())));
            }
            stores
        });
        Self { runtime, memory: MemoryStore::new(), stores, file, _cluster: cluster }
    }

    fn tenant() -> Context {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let tenant = format!("tenant-{}", COUNT.fetch_add(1, Ordering::Relaxed));
        Context::new(TenantId::new(tenant).unwrap(), "User", every_type())
    }

    /// Puts the users into all stores, and says how many were let in.
    fn fill(&self, cx: &Context, users: &[Resource]) -> usize {
        let mut let_in = 0;
        for (n, user) in users.iter().enumerate() {
            let mut user = user.clone();
            user.set(&attr::EXTERNAL_ID, format!("user {n}").into()).unwrap();
            let expected = self.runtime.block_on(create(&self.memory, cx, &user));
            for (name, store) in &self.stores {
                assert_eq!(self.runtime.block_on(create(store, cx, &user)), expected, "{name}: {user:?}");
            }
            let_in += usize::from(expected.is_ok());
        }
        let_in
    }
}

impl Drop for World {
    fn drop(&mut self) {
        for end in ["", "-wal", "-shm"] {
            let _ = std::fs::remove_file(format!("{}{end}", self.file.display()));
        }
    }
}

async fn create<S: ResourceStore<Resource = Resource>>(
    store: &S,
    cx: &Context,
    user: &Resource,
) -> Result<(), String> {
    match store.create(cx, user.clone(), &Write::unchecked()).await {
        Ok(_) => Ok(()),
        Err(error @ StoreError::Conflict(_)) => Err(error.to_string()),
        Err(error) => panic!("{error}"),
    }
}

fn name(stored: &Stored<Resource>) -> String {
    stored.resource.external_id().unwrap().to_owned()
}

/// What a query finds, in order: who, and where they stand.
async fn find<S: ResourceStore<Resource = Resource>>(
    store: &S,
    cx: &Context,
    filter: &TypedFilter,
    sort: Option<&TypedSort>,
    start: Start,
    count: usize,
) -> Found {
    let query = Query { sort: sort.cloned(), start, ..Query::of(Some(filter.clone()), count) };
    let listing = store.query(cx, &query).await.unwrap_or_else(|error| panic!("{filter}: {error}"));
    let shown = format!("{listing:?}");
    let items = listing.into_items();
    if let Some(sort) = sort {
        let keys: Vec<_> = items.iter().map(|stored| sort.key(&stored.resource)).collect();
        assert!(keys.windows(2).all(|pair| pair[0] < pair[1]), "{filter} is out of order: {shown}");
    }
    // The parts of a listing are the engine's; what it prints has them.
    let total =
        shown.rsplit_once("total: ").map(|(_, rest)| rest.trim_end_matches(['}', ')', ' ']).to_owned());
    let next =
        shown.rsplit_once("next: Some(Cursor(").map(|(_, rest)| rest.split(')').next().unwrap().to_owned());
    Found { names: items.iter().map(name).collect(), total, next }
}

struct Found {
    names: Vec<String>,
    total: Option<String>,
    next: Option<String>,
}

fn sorted(mut names: Vec<String>) -> Vec<String> {
    names.sort_unstable();
    names
}

fn every(name: &'static str) -> AttrPath {
    AttrPath::of_name(scim_core::AttrName::from_static(name)).with_schema(EVERY)
}

fn orders() -> impl Strategy<Value = Option<Sort>> {
    let paths = vec![
        attr::USER_NAME,
        attr::TITLE,
        attr::ACTIVE,
        attr::EMAILS,
        attr::EMAILS_TYPE,
        attr::NAME_FAMILY_NAME,
        attr::ID,
        attr::META_CREATED,
        every("exact"),
        every("decimal"),
        every("dateTime"),
        every("integers"),
        every("complex"),
        every("boolean"),
        attr::USER_NAME.with_schema(SchemaUri::USER),
    ];
    let sort = (select(paths), any::<bool>()).prop_map(|(by, up)| Sort {
        by,
        order: if up { SortOrder::Ascending } else { SortOrder::Descending },
    });
    proptest::option::of(sort)
}

#[test]
fn three_stores_agree() {
    let world = World::start("agree");
    let config = ProptestConfig { cases: 12, max_shrink_iters: 200, ..ProptestConfig::default() };
    let queries = vec((arbitrary::user_filter(), orders()), 60);
    proptest!(config, |(users in vec(arbitrary::user(), 0..24), queries in queries)| {
        let cx = World::tenant();
        let let_in = world.fill(&cx, &users);
        prop_assert_eq!(world.memory.len(cx.tenant()), let_in);
        for (filter, sort) in queries {
            let typed = filter.check(every_type()).unwrap();
            let sort = sort.map(|sort| sort.check(every_type(), &CheckOptions::default()).unwrap());
            let all = |store: &DocumentStore<Resource>| {
                world.runtime.block_on(find(store, &cx, &typed, sort.as_ref(), Start::Index(1), 100))
            };
            let expected =
                world.runtime.block_on(find(&world.memory, &cx, &typed, sort.as_ref(), Start::Index(1), 100));
            // The ids are those of each store.
            let same_everywhere = !filter.to_string().contains("id ");
            for (name, store) in &world.stores {
                let found = all(store);
                let resources = world.runtime.block_on(async {
                    store.query(&cx, &Query::of(None, 100)).await.unwrap().into_items()
                });
                let matching = resources.iter().filter(|stored| typed.matches(&stored.resource));
                prop_assert_eq!(
                    sorted(found.names.clone()), sorted(matching.map(crate::name).collect()), "{}: {}", name, filter
                );
                if same_everywhere {
                    prop_assert_eq!(&found.total, &expected.total, "{}: the total of {}", name, filter);
                    if sort.is_none() {
                        prop_assert_eq!(&found.names, &expected.names, "{}: {}", name, filter);
                    }
                    prop_assert_eq!(
                        sorted(found.names.clone()), sorted(expected.names.clone()), "{}: {}", name, filter
                    );
                }
                // The pages together are the whole.
                let mut together = Vec::new();
                let mut start = Start::After(None);
                loop {
                    let page = world.runtime.block_on(find(store, &cx, &typed, sort.as_ref(), start, 5));
                    together.extend(page.names);
                    match page.next {
                        Some(next) => start = Start::After(Some(next.trim_matches('"').parse().unwrap())),
                        None => break,
                    }
                }
                prop_assert_eq!(&together, &found.names, "{}: the pages by cursor of {}", name, filter);
                let mut together = Vec::new();
                for from in (1..30).step_by(5) {
                    let start = Start::Index(from);
                    let page = world.runtime.block_on(find(store, &cx, &typed, sort.as_ref(), start, 5));
                    together.extend(page.names);
                }
                prop_assert_eq!(&together, &found.names, "{}: the pages by index of {}", name, filter);
            }
        }
    });
}

/// What the generator does not make.
#[test]
fn three_stores_agree_on_what_is_odd() {
    let world = World::start("odd");
    let cx = World::tenant();
    let users: Vec<Resource> = [
        r#"{"userName": "100%_\\'\"", "title": "x", "emails": [{"value": "A@x", "type": "work"}, {"value": "b@x", "primary": true}]}"#,
        r#"{"userName": "ÄÖÜ", "title": "", "active": false, "name": {"familyName": ""}}"#,
        r#"{"userName": "𝒳", "nickName": "\ud7ff\ue000", "roles": [{"value": "admin", "primary": true}]}"#,
        r#"{"userName": "z", "photos": [{"value": "https://example.com/x.png"}],
            "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": {"department": "D", "manager": {"value": "1", "$ref": "../Users/1"}}}"#,
    ]
    .iter()
    .map(|text| Resource::from_canonical(serde_json::from_str(text).unwrap(), every_type()))
    .collect();
    assert_eq!(world.fill(&cx, &users), 4);
    let e = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
    let filters = [
        r#"userName co "%""#.to_owned(),
        r#"userName co "_\\""#.to_owned(),
        r#"userName eq "100%_\\'\"""#.to_owned(),
        r#"userName sw "äö""#.to_owned(),
        r#"userName ew "ü""#.to_owned(),
        r#"userName gt "z""#.to_owned(),
        r#"userName gt "\uffff""#.to_owned(),
        r#"userName lt "\ud835\udcb4""#.to_owned(),
        r#"nickName lt "\ud835\udcb4""#.to_owned(),
        r#"userName lt "z\u0000""#.to_owned(),
        r#"userName ge "z\u0000""#.to_owned(),
        r#"userName ne "z\u0000""#.to_owned(),
        r#"userName co "\u0000""#.to_owned(),
        r#"title pr"#.to_owned(),
        r#"name pr"#.to_owned(),
        r#"not (name pr)"#.to_owned(),
        r#"meta pr"#.to_owned(),
        r#"meta.location pr"#.to_owned(),
        r#"meta.resourceType eq "User""#.to_owned(),
        r#"meta[resourceType eq "User" and lastModified gt "2000-01-01T00:00:00Z"]"#.to_owned(),
        r#"meta.created gt "-0100-01-01T00:00:00Z""#.to_owned(),
        r#"meta.created gt "9999-12-31T23:59:59Z" or meta.lastModified gt "12000-01-01T00:00:00Z""#
            .to_owned(),
        r#"schemas eq "urn:x""#.to_owned(),
        r#"schemas pr"#.to_owned(),
        r#"emails[type eq "WORK" and value eq "a@X"]"#.to_owned(),
        r#"emails[type eq "work" and not (value eq "b@x")]"#.to_owned(),
        r#"emails[not (type pr)]"#.to_owned(),
        r#"emails[primary eq true] or roles[primary eq true]"#.to_owned(),
        r#"groups pr or groups.value eq "x" or groups[type eq "direct"]"#.to_owned(),
        r#"not (groups[type eq "direct"])"#.to_owned(),
        format!(r#"{e}:manager.$ref eq "https://example.com/v2/Users/1""#),
        format!(r#"not ({e}:manager.$ref eq "https://example.com/v2/Users/1")"#),
        format!(r#"{e}:manager.$ref eq "https://example.com/v2/Users/1" and userName sw "z""#),
        format!(r#"{e}:manager[value eq "1"]"#),
        format!(r#"{e} pr and {e}:department eq "d""#),
        format!(r#"{e}:manager pr and not ({e}:manager.displayName pr)"#),
    ];
    for text in filters {
        let filter: Filter = text.parse().unwrap_or_else(|error| panic!("{text}: {error}"));
        for options in [
            CheckOptions::default(),
            CheckOptions {
                ne_is_existential: true,
                empty_string_is_present: true,
                ..CheckOptions::default()
            },
        ] {
            let typed =
                filter.check_with(every_type(), &options).unwrap_or_else(|error| panic!("{text}: {error}"));
            let expected = world.runtime.block_on(find(&world.memory, &cx, &typed, None, Start::Index(1), 9));
            for (name, store) in &world.stores {
                let found = world.runtime.block_on(find(store, &cx, &typed, None, Start::Index(1), 9));
                assert_eq!(found.names, expected.names, "{name}: {text}");
                assert_eq!(found.total, expected.total, "{name}: {text}");
            }
        }
    }
}
