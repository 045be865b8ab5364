//! Several servers on one database.

use scim_testing::postgres::Cluster;
use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::file::File;
use crate::process::{Process, lines, run};
use crate::sqlite::client::{Client, PATCH_OP};

const SERVERS: usize = 3;

/// Servers that start at once where nothing is yet, and a client of each. One of them made the directory.
fn start(database: &str) -> (Vec<Process>, Vec<Client>) {
    let mut processes: Vec<Process> =
        (0..SERVERS).map(|_| Process::on(database, &["--key-cache", "0"])).collect();
    let bases: Vec<String> = processes.iter_mut().map(Process::line).collect();
    let directory = |base: &String| base.rsplit('/').next().unwrap().to_owned();
    assert!(bases.iter().all(|base| directory(base) == directory(&bases[0])), "{bases:?}");
    let key = lines(database, &["rotate-key", "default", "--overlap", "0s"]).remove(0);
    let clients = bases.iter().map(|base| Client::new(base, &key)).collect();
    (processes, clients)
}

/// The statuses of what was done at once, in order.
async fn statuses(mut tasks: JoinSet<u16>) -> Vec<u16> {
    let mut all = Vec::new();
    while let Some(status) = tasks.join_next().await {
        all.push(status.unwrap());
    }
    all.sort_unstable();
    all
}

async fn servers_share(database: &str) {
    let (mut processes, clients) = start(database);

    // No member is lost.
    let group = clients[0].group("Guides").await.is(201);
    let path = format!("/Groups/{}", group.id());
    let mut tasks = JoinSet::new();
    for n in 0..60 {
        let (client, path) = (clients[n % SERVERS].clone(), path.clone());
        tasks.spawn(async move {
            let add =
                json!([{"op": "add", "path": "members", "value": [{"value": format!("member-{n:02}")}]}]);
            client.patch(&path, add).await.status
        });
    }
    assert_eq!(statuses(tasks).await, [204; 60]);
    for client in &clients {
        let read = client.get(&path).await.is(200);
        let mut members: Vec<&str> = read.body["members"]
            .as_array()
            .unwrap()
            .iter()
            .map(|member| member["value"].as_str().unwrap())
            .collect();
        members.sort_unstable();
        assert_eq!(members, (0..60).map(|n| format!("member-{n:02}")).collect::<Vec<_>>());
    }

    // One winner for a version.
    for round in 0..3 {
        let version = clients[0].get(&path).await.is(200).headers["etag"].to_str().unwrap().to_owned();
        let mut tasks = JoinSet::new();
        for n in 0..9 {
            let (client, path, version) = (clients[n % SERVERS].clone(), path.clone(), version.clone());
            tasks.spawn(async move {
                let name =
                    json!([{"op": "replace", "path": "displayName", "value": format!("Guides {round} {n}")}]);
                let body = json!({"schemas": [PATCH_OP], "Operations": name});
                client.send_at("PATCH", &path, body, &version).await.status
            });
        }
        let mut all = statuses(tasks).await;
        let won = all.remove(0);
        assert!(matches!(won, 200 | 204), "{won} {all:?}");
        assert_eq!(all, [412; 8]);
    }

    // A name is taken once.
    for round in 0..3 {
        let mut tasks = JoinSet::new();
        for n in 0..12 {
            let client = clients[n % SERVERS].clone();
            let name = if n % 2 == 0 { format!("racer-{round}") } else { format!("RACER-{round}") };
            tasks.spawn(async move { client.user(&name).await.status });
        }
        let all = statuses(tasks).await;
        assert_eq!((all[0], &all[1..]), (201, &[409; 11][..]));
        let found =
            clients[round % SERVERS].get(&format!("/Users?filter=userName+eq+%22racer-{round}%22")).await;
        assert_eq!(found.is(200).body["totalResults"], 1);
    }

    // A list that one has begun, others go on with.
    let mut names = Vec::new();
    let mut page = clients[0].get("/Users?cursor&count=1").await.is(200);
    loop {
        names.extend(page.body["Resources"].as_array().into_iter().flatten().map(|user| user["id"].clone()));
        let Some(next) = page.body.get("nextCursor").and_then(Value::as_str).map(str::to_owned) else {
            break;
        };
        page = clients[names.len() % SERVERS].get(&format!("/Users?cursor={next}&count=1")).await.is(200);
    }
    assert_eq!(names.len(), 3, "{names:?}");

    // One that is gone takes nothing with it.
    let mut said = processes.remove(0).kill().0;
    assert_eq!(clients[1].get("/Users").await.is(200).body["totalResults"], 3);
    clients[2].user("late").await.is(201);
    for mut process in processes {
        let (out, log) = process.kill();
        assert!(!log.contains("ERROR"), "{log}");
        said.push_str(&out);
    }
    // They began at once, and one of them made the first directory and its key.
    assert_eq!(said.lines().filter(|line| line.starts_with("scim_")).count(), 1);
    assert_eq!(said.lines().count(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn servers_share_a_file() {
    servers_share(&File::new().url()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn servers_share_a_postgresql() {
    let Some(cluster) = Cluster::start() else { return };
    servers_share(&cluster.url()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_postgresql_that_is_gone_comes_back() {
    let Some(mut cluster) = Cluster::start() else { return };
    let mut process = Process::on(&cluster.url(), &[]);
    let client = Client::new(&process.line(), &process.line());
    let user = client.user("bjensen").await.is(201);
    cluster.kill();
    for answer in [client.user("adam").await, client.get(&format!("/Users/{}", user.id())).await] {
        answer.refused(503, None, "the storage is not available: try again later");
        assert!(answer.headers["retry-after"].to_str().unwrap().parse::<u32>().unwrap() > 0);
    }
    cluster.restart().unwrap();
    client.get(&format!("/Users/{}", user.id())).await.is(200);
    client.user("adam").await.is(201);
    let (_, log) = process.kill();
    assert!(log.lines().any(|line| line.contains("status=503")), "{log}");
}

#[test]
fn what_is_not_encrypted_is_not_used_where_it_has_to_be() {
    let Some(cluster) = Cluster::start() else { return };
    let output = run(&["create", "People", "--database", &format!("{}?sslmode=require", cluster.url())]);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("server does not support TLS"), "{said}");
}
