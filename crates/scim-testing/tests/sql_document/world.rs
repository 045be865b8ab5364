//! Three stores with the same in them.

use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};

use proptest::prelude::*;
use proptest::test_runner::TestCaseError;
use scim_core::{Resource, SchemaSet, TenantId, attr};
use scim_filter::query::{Sort, TypedSort};
use scim_filter::{CheckOptions, Filter, TypedFilter};
use scim_server::store::{Query, ResourceStore, Start, StoreError, Stored, Write};
use scim_server::{Context, MemoryStore};
use scim_sqlx::{Database, DocumentStore};
use scim_testing::postgres::Cluster;
use tokio::runtime::Runtime;

/// Databases.
pub(crate) struct World {
    runtime: Runtime,
    databases: Vec<(&'static str, Database)>,
    file: PathBuf,
    _cluster: Option<Cluster>,
}

/// A tenant of resources of one type, in memory and in each database.
pub(crate) struct Stores<'w> {
    world: &'w World,
    pub(crate) cx: Context,
    pub(crate) memory: MemoryStore<Resource>,
    pub(crate) stores: Vec<(&'static str, DocumentStore<Resource>)>,
}

impl World {
    pub(crate) fn start(name: &str) -> Self {
        let runtime = Runtime::new().unwrap();
        let file = std::env::temp_dir().join(format!("scim-sql-document-{name}-{}.db", std::process::id()));
        let _ = std::fs::remove_file(&file);
        let cluster = Cluster::start();
        let databases = runtime.block_on(async {
            let mut all = vec![("sqlite", Database::sqlite(file.to_str().unwrap()).await.unwrap())];
            if let Some(cluster) = &cluster {
                all.push(("postgres", Database::postgres(cluster.url()).await.unwrap()));
            }
            for (_, database) in &all {
                database.migrate().await.unwrap();
            }
            all
        });
        Self { runtime, databases, file, _cluster: cluster }
    }

    /// Nothing in them yet.
    pub(crate) fn stores(&self, kind: &str, schemas: &SchemaSet) -> Stores<'_> {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let tenant = format!("tenant-{}", COUNT.fetch_add(1, Ordering::Relaxed));
        Stores {
            world: self,
            cx: Context::new(TenantId::new(tenant).unwrap(), kind, schemas),
            memory: MemoryStore::new(),
            stores: self.databases.iter().map(|(name, one)| (*name, one.resources(kind, schemas))).collect(),
        }
    }
}

impl Drop for World {
    fn drop(&mut self) {
        for end in ["", "-wal", "-shm"] {
            let _ = std::fs::remove_file(format!("{}{end}", self.file.display()));
        }
    }
}

impl Stores<'_> {
    /// Puts the resources into all stores, and says how many were let in.
    pub(crate) fn fill(&self, resources: &[Resource]) -> usize {
        let mut let_in = 0;
        for (n, resource) in resources.iter().enumerate() {
            let mut resource = resource.clone();
            resource.set(&attr::EXTERNAL_ID, format!("user {n}").into()).unwrap();
            let expected = self.world.runtime.block_on(create(&self.memory, &self.cx, &resource));
            for (name, store) in &self.stores {
                let created = self.world.runtime.block_on(create(store, &self.cx, &resource));
                assert_eq!(created, expected, "{name}: {resource:?}");
            }
            let_in += usize::from(expected.is_ok());
        }
        let_in
    }

    pub(crate) fn find<S: ResourceStore<Resource = Resource>>(
        &self,
        store: &S,
        filter: &TypedFilter,
        sort: Option<&TypedSort>,
        start: Start,
        count: usize,
    ) -> Found {
        self.world.runtime.block_on(find(store, &self.cx, filter, sort, start, count))
    }

    /// All stores find what the filter lets through in memory, in the same order, and page by page. Says how many that are.
    pub(crate) fn agree(&self, filter: &Filter, sort: Option<Sort>) -> Result<usize, TestCaseError> {
        let schemas = self.cx.schemas();
        let typed = filter.check(schemas).unwrap();
        let sort = sort.map(|sort| sort.check(schemas, &CheckOptions::default()).unwrap());
        let sort = sort.as_ref();
        let expected = self.find(&self.memory, &typed, sort, Start::Index(1), 100);
        // The ids are those of each store.
        let same_everywhere = !filter.to_string().contains("id ");
        for (name, store) in &self.stores {
            let found = self.find(store, &typed, sort, Start::Index(1), 100);
            let resources = self
                .world
                .runtime
                .block_on(async { store.query(&self.cx, &Query::of(None, 100)).await.unwrap().into_items() });
            let matching = resources.iter().filter(|stored| typed.matches(&stored.resource));
            prop_assert_eq!(
                sorted(found.names.clone()),
                sorted(matching.map(self::name).collect()),
                "{}: {}",
                name,
                filter
            );
            if same_everywhere {
                prop_assert_eq!(&found.total, &expected.total, "{}: the total of {}", name, filter);
                if sort.is_none() {
                    prop_assert_eq!(&found.names, &expected.names, "{}: {}", name, filter);
                }
                prop_assert_eq!(
                    sorted(found.names.clone()),
                    sorted(expected.names.clone()),
                    "{}: {}",
                    name,
                    filter
                );
            }
            // The pages together are the whole.
            let mut together = Vec::new();
            let mut start = Start::After(None);
            loop {
                let page = self.find(store, &typed, sort, start, 5);
                together.extend(page.names);
                match page.next {
                    Some(next) => start = Start::After(Some(next.trim_matches('"').parse().unwrap())),
                    None => break,
                }
            }
            prop_assert_eq!(&together, &found.names, "{}: the pages by cursor of {}", name, filter);
            let mut together = Vec::new();
            for from in (1..30).step_by(5) {
                together.extend(self.find(store, &typed, sort, Start::Index(from), 5).names);
            }
            prop_assert_eq!(&together, &found.names, "{}: the pages by index of {}", name, filter);
        }
        Ok(expected.names.len())
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

pub(crate) struct Found {
    pub(crate) names: Vec<String>,
    pub(crate) total: Option<String>,
    next: Option<String>,
}

fn sorted(mut names: Vec<String>) -> Vec<String> {
    names.sort_unstable();
    names
}
