//! How many requests a second, beside bare statements through sqlx over the same tables.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use http::{Method, StatusCode};
use scim_server::ScimService;
use scim_server::auth::BearerTokens;
use scim_sqlx::{DatabaseTokens, Grant};

use crate::Scale;
use crate::load::{self, tenant, user};
use crate::place::{Bare, Place, Statement};
use crate::service::{ask, request, service};

/// How often each side has its turn, and for how long.
const TURNS: usize = 13;
const TURN: Duration = Duration::from_millis(400);

/// What a client does again and again; it is told how many there were before.
trait Work: Clone + Send + 'static {
    fn once(&mut self, n: usize) -> impl Future<Output = ()> + Send;
}

/// So many a second, with so many clients.
async fn rate<W: Work>(work: &W, clients: usize, count: &Arc<AtomicUsize>) -> f64 {
    let (start, before) = (Instant::now(), count.load(Ordering::Relaxed));
    let all: Vec<_> = (0..clients)
        .map(|_| {
            let (mut work, count) = (work.clone(), Arc::clone(count));
            tokio::spawn(async move {
                while start.elapsed() < TURN {
                    work.once(count.fetch_add(1, Ordering::Relaxed)).await;
                }
            })
        })
        .collect();
    for one in all {
        one.await.unwrap();
    }
    #[expect(clippy::cast_precision_loss, reason = "it is shown with no digits")]
    let done = (count.load(Ordering::Relaxed) - before) as f64;
    done / start.elapsed().as_secs_f64()
}

fn middle(rates: &mut [f64]) -> f64 {
    rates.sort_unstable_by(f64::total_cmp);
    rates[rates.len() / 2]
}

/// Measures both in turns.
async fn beside<A: Work, B: Work>(
    name: &str,
    ours: &A,
    bare: &B,
    clients: usize,
    counts: &[Arc<AtomicUsize>; 2],
) {
    let (mut us, mut them, mut ratios) = (Vec::new(), Vec::new(), Vec::new());
    for turn in 0..TURNS {
        let (a, b) = if turn % 2 == 0 {
            let a = rate(ours, clients, &counts[0]).await;
            (a, rate(bare, clients, &counts[1]).await)
        } else {
            let b = rate(bare, clients, &counts[1]).await;
            (rate(ours, clients, &counts[0]).await, b)
        };
        us.push(a);
        them.push(b);
        ratios.push(a / b);
    }
    println!(
        "| {name} | {clients} | {:.0}/s | {:.0}/s | {:.2} |",
        middle(&mut us),
        middle(&mut them),
        middle(&mut ratios)
    );
}

#[derive(Clone)]
struct Post {
    service: ScimService,
    key: String,
}

impl Work for Post {
    async fn once(&mut self, n: usize) {
        let body = user(&format!("p{n}")).to_string();
        let (status, ..) =
            ask(&mut self.service, request(Method::POST, "/Users", Some(&self.key), body)).await;
        assert_eq!(status, StatusCode::CREATED);
    }
}

/// The three inserts that a user is, with texts that are made by replacing a number.
#[derive(Clone)]
struct Insert {
    bare: Bare,
    doc: Arc<str>,
    search: Arc<str>,
}

impl Work for Insert {
    async fn once(&mut self, n: usize) {
        let (id, n) = (uuid::Uuid::new_v4().to_string(), format!("b{n:06}"));
        let put = |text: &str| text.replace("0000000", &n);
        let name = put("babs0000000@example.com");
        let json = if self.bare.is_postgres() { "::jsonb" } else { "" };
        let at = "502026-11-22T05:00:00.000000000";
        let unique = Statement::new(
            "INSERT INTO scim_unique (tenant, type, attribute, key, id) VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING",
        )
        .with(["acme", "User", "userName", &name, &id]);
        let resource = Statement::new(&format!(
            "INSERT INTO scim_resources (tenant, type, id, created, modified, external_id, user_name, display_name, label, \
             doc, search, version, ownership, retired, members) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11{json}, 1, 0, 0, 0)"
        ))
        .with(["acme", "User", &id, at, at, &put("E-0000000"), &name])
        .with([&put("barbara0000000 jensen"), &put("Barbara0000000 Jensen"), &put(&self.doc), &put(&self.search)]);
        let outbox = Statement::new(
            "INSERT INTO scim_outbox (tenant, type, id, kind, changed, at) VALUES ($1, $2, $3, $4, $5, $6)",
        )
        .with(["acme", "User", &id, "created", "[]", at]);
        self.bare.write([unique, resource, outbox]).await;
    }
}

pub(crate) async fn posts(place: &Place, scale: &Scale) {
    let home = place.home().await;
    load::users(&home, scale.sizes(4, 5).into_iter().max().unwrap()).await;
    let tokens = DatabaseTokens::new(&home.database);
    let key = tokens.create(&Grant::all(tenant())).await.unwrap().expose().to_owned();
    let post = Post { service: service(&home.database, BearerTokens::new(tokens)), key };
    let text = async |column: &str| {
        let sql =
            format!("SELECT CAST({column} AS TEXT) FROM scim_resources WHERE external_id = 'E-0000000'");
        home.raw().await.texts(sql).await.remove(0)
    };
    let insert = Insert {
        bare: home.bare().await,
        doc: text("doc").await.into(),
        search: text("search").await.into(),
    };
    println!("\n| {} | clients | ours | bare | ratio |\n|---|---|---|---|---|", place.name());
    let counts = Default::default();
    for clients in [1, 4, 16] {
        beside("POST beside three inserts in a transaction", &post, &insert, clients, &counts).await;
    }
    insert.bare.close().await;
    home.database.close().await;
}

#[derive(Clone)]
struct Get {
    service: ScimService,
    key: String,
    ids: Arc<[String]>,
    query: &'static str,
}

impl Work for Get {
    async fn once(&mut self, n: usize) {
        let path = format!("/Users/{}{}", self.ids[n % self.ids.len()], self.query);
        let (status, ..) =
            ask(&mut self.service, request(Method::GET, &path, Some(&self.key), String::new())).await;
        assert_eq!(status, StatusCode::OK);
    }
}

#[derive(Clone)]
struct Select {
    bare: Bare,
    ids: Arc<[String]>,
}

impl Work for Select {
    async fn once(&mut self, n: usize) {
        let sql = "SELECT doc FROM scim_resources WHERE tenant = $1 AND id = $2";
        let text = self.bare.read(Statement::new(sql).with(["acme", &self.ids[n % self.ids.len()]])).await;
        assert!(text.len() > 500);
    }
}

pub(crate) async fn gets(place: &Place, scale: &Scale) {
    let home = place.home().await;
    load::users(&home, scale.sizes(4, 5).into_iter().max().unwrap()).await;
    load::groups(&home, 1_000).await;
    let tokens = DatabaseTokens::new(&home.database);
    let key = tokens.create(&Grant::all(tenant())).await.unwrap().expose().to_owned();
    let some =
        "SELECT id FROM scim_resources WHERE tenant = 'acme' AND type = 'User' ORDER BY random() LIMIT 5000";
    let ids: Arc<[String]> = home.raw().await.texts(some.to_owned()).await.into();
    let service = service(&home.database, BearerTokens::new(tokens));
    let get = Get { service, key, ids: Arc::clone(&ids), query: "" };
    let without = Get { query: "?excludedAttributes=groups", ..get.clone() };
    let select = Select { bare: home.bare().await, ids };
    println!("\n| {} | clients | ours | bare | ratio |\n|---|---|---|---|---|", place.name());
    let counts = Default::default();
    for clients in [1, 4, 16] {
        beside("GET without `groups` beside a select", &without, &select, clients, &counts).await;
        beside("GET of a user in two groups beside a select", &get, &select, clients, &counts).await;
    }
    select.bare.close().await;
    home.database.close().await;
}
