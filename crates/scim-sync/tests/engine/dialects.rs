//! Every known dialect against a target that refuses what the dialect says it refuses: both ends come to agree, and nothing
//! had to be refused.

use std::sync::{Arc, Mutex};

use chrono::TimeDelta;
use http::StatusCode;
use scim_client::Dialect;
use scim_core::attr;
use scim_sync::{Kind, Nulls, Outcome, ResetScope};
use serde_json::{Value, json};

use crate::law::{rules, verdict};
use crate::support::{Fault, Sent, World, person, told};

/// What a target refuses, and how its answers look.
type Guard = fn(&Sent) -> Fault;

const ERROR: &str =
    r#"{"schemas":["urn:ietf:params:scim:api:messages:2.0:Error"],"status":"400","detail":"refused"}"#;

fn refuse() -> Fault {
    Fault::Answer(StatusCode::BAD_REQUEST, "application/scim+json", ERROR)
}

fn operations(sent: &Sent) -> &[Value] {
    sent.body["Operations"].as_array().map(Vec::as_slice).unwrap_or_default()
}

fn is_group(sent: &Sent) -> bool {
    sent.path.starts_with("/Groups/")
}

/// A world whose target is guarded, and what was refused there.
fn guarded(dialect: Dialect, guard: Guard) -> (World, Arc<Mutex<Vec<Sent>>>) {
    let mut world = World::new(rules());
    world.dialect = dialect;
    let refused: Arc<Mutex<Vec<Sent>>> = Arc::default();
    let list = Arc::clone(&refused);
    world.script(move |sent| {
        let fault = guard(sent);
        if matches!(fault, Fault::Answer(..)) {
            list.lock().unwrap().push(sent.clone());
        }
        fault
    });
    (world, refused)
}

/// Both ends have to agree, with nothing refused and nothing left to do.
async fn agree(world: &World, refused: &Mutex<Vec<Sent>>, step: &str) {
    let report = world.cycle().await;
    assert_eq!(report.outcome, Outcome::Completed, "{step}");
    assert_eq!(
        (report.counts.failed, report.counts.reference_failures),
        (0, 0),
        "{step}: {:?}",
        told(&world.log)
    );
    assert_eq!(refused.lock().unwrap().iter().map(Sent::line).collect::<Vec<_>>(), [""; 0], "{step}");
    assert_eq!(verdict(world).await, Ok(()), "{step}");
    world.take_sent();
    world.clock.advance(TimeDelta::minutes(40));
    assert_eq!(world.cycle().await.counts.failed, 0);
    let sent: Vec<_> = world.take_sent().iter().map(Sent::line).collect();
    assert_eq!(sent, [""; 0], "{step}: nothing has changed");
}

/// A company comes, changes, and is looked at again.
async fn provision(dialect: Dialect, guard: Guard) {
    let (world, refused) = guarded(dialect, guard);
    let renames = world.dialect.immutable.is_empty();
    let ids: Vec<String> = (0..130).map(|n| format!("u{n:03}")).collect();
    let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
    ids.iter().for_each(|id| world.add_user(id));
    for id in &ids[1..40] {
        world.source.set_manager(&(*id).into(), Some("u000".into()));
    }
    world.add_group("all", &ids[..125]);
    world.add_group("few", &ids[..3]);
    world.add_group("none", &[]);
    agree(&world, &refused, "everybody comes").await;

    for (name, value) in [("surname", "Smith"), ("givenName", "Anna"), ("mail", "smith@example.com")] {
        world.set("u005", name, value);
    }
    world.set("u005", "department", "Tours");
    world.set("u006", "jobTitle", "Guide");
    world.set("u006", "telephoneNumber", "+49 30 1");
    world.source.set_enabled(&"u007".into(), false);
    world.source.delete(Kind::User, &"u008".into());
    world.add_user("joiner");
    world.source.set_manager(&"u009".into(), Some("joiner".into()));
    world.source.set_manager(&"u010".into(), None);
    let leave = ids[10..120].iter().map(|id| (*id).into());
    world.source.remove_members(&"all".into(), leave);
    world.source.add_members(&"few".into(), ["joiner", "u127", "u128"].map(Into::into));
    world.source.delete(Kind::Group, &"none".into());
    if renames {
        let name = [("displayName".to_owned(), json!("The few"))].into_iter().collect();
        world.source.update(Kind::Group, &"few".into(), name);
    }
    agree(&world, &refused, "a day").await;

    // What was written is taken away again, and nothing beside it.
    assert_eq!(world.rules.nulls, Nulls::Clear);
    let without = ["jobTitle", "department", "telephoneNumber", "mail"];
    for id in ["u005", "u006"] {
        let attributes = without.map(|name| (name.to_owned(), Value::Null)).into_iter().collect();
        world.source.update(Kind::User, &id.into(), attributes);
    }
    agree(&world, &refused, "values go").await;

    // Everything is looked at: what the target shows of it is no reason to write.
    world.job().restart(ResetScope::default()).await.unwrap();
    world.take_sent();
    let report = world.cycle().await;
    assert_eq!((report.initial, report.counts.failed), (true, 0));
    let writes: Vec<_> = world.take_writes().iter().map(Sent::line).collect();
    assert_eq!(writes, [""; 0], "it was all there");
    assert_eq!(verdict(&world).await, Ok(()));
}

#[tokio::test]
async fn rfc() {
    provision(Dialect::rfc(), |_| Fault::None).await;
}

#[tokio::test]
async fn entra_in_both_forms() {
    provision(Dialect::entra(), |sent| {
        let fits = operations(sent).iter().all(|one| {
            let op = one["op"].as_str().unwrap_or_default();
            op.starts_with(char::is_uppercase)
                && (sent.path.starts_with("/Users") || op != "Remove" || one["value"].is_array())
        });
        if fits { Fault::None } else { refuse() }
    })
    .await;
    provision(Dialect::entra_062020(), |sent| {
        let small = |one: &Value| one["op"].as_str().is_some_and(|op| op.starts_with(char::is_lowercase));
        if operations(sent).iter().all(small) { Fault::None } else { refuse() }
    })
    .await;
}

#[tokio::test]
async fn okta() {
    provision(Dialect::okta(), |sent| {
        if sent.method == "PATCH" && sent.path.starts_with("/Users/") {
            return refuse();
        }
        // Who is not there is a 404 here.
        Fault::Rewrite(|status, body| {
            if body["totalResults"] == 0 {
                *status = StatusCode::NOT_FOUND;
                *body = json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:Error"], "status": "404"});
            }
        })
    })
    .await;
}

fn atlassian_guard(sent: &Sent) -> Fault {
    let filter = sent.path.split("filter=").nth(1).unwrap_or_default();
    let known = match sent.path.starts_with("/Users") {
        true => filter.starts_with("userName%20eq%20") || filter.starts_with("externalId%20eq%20"),
        false => filter.starts_with("displayName%20eq%20"),
    };
    let count = sent.path.split("count=").nth(1).and_then(|rest| rest.split('&').next()?.parse::<u32>().ok());
    if !filter.is_empty() && !known || count.is_some_and(|count| count > 100) {
        return refuse();
    }
    let renames = |one: &Value| one["path"] == "displayName" || one["value"].get("displayName").is_some();
    if is_group(sent) && operations(sent).iter().any(renames) {
        return refuse();
    }
    Fault::None
}

#[tokio::test]
async fn atlassian() {
    provision(Dialect::atlassian(), atlassian_guard).await;
}

#[tokio::test]
async fn a_group_of_atlassian_keeps_its_name_and_all_else_goes_on() {
    let (world, refused) = guarded(Dialect::atlassian(), atlassian_guard);
    world.add_user("ann");
    world.add_user("bob");
    world.add_group("g", &["ann"]);
    world.cycle().await;
    told(&world.log);
    let name = [("displayName".to_owned(), json!("Another name"))].into_iter().collect();
    world.source.update(Kind::Group, &"g".into(), name);
    world.source.add_members(&"g".into(), ["bob".into()]);
    let report = world.cycle().await;
    assert_eq!((report.outcome, report.counts.failed), (Outcome::Completed, 0));
    assert_eq!(told(&world.log), ["g Update Success", "g Update Warning NotPermitted"]);
    assert!(refused.lock().unwrap().is_empty(), "it is known, so it is not even asked");
    assert_eq!(world.member_names("Group g").await, ["ann@example.com", "bob@example.com"]);
    world.take_sent();
    world.clock.advance(TimeDelta::days(1));
    world.cycle().await;
    assert!(world.take_sent().is_empty());
}

/// At most 100 members in a request, a path of one element in each operation, no PUT for groups, and no word of members.
fn aws_guard(sent: &Sent) -> Fault {
    let members: usize = operations(sent).iter().map(|one| one["value"].as_array().map_or(1, Vec::len)).sum();
    let explicit = |one: &Value| {
        one["path"].as_str().is_some_and(|path| !path.contains(" or "))
            && !(one["op"] == "remove" && one["path"] == "members")
    };
    let of_groups = ["displayName", "externalId", "members"];
    let known = |one: &Value| {
        let path = one["path"].as_str().unwrap_or_default();
        !is_group(sent) || of_groups.iter().any(|name| path.starts_with(name))
    };
    let created = sent.body["members"].as_array().map_or(0, Vec::len);
    if members > 100
        || created > 100
        || sent.method == "PUT" && is_group(sent)
        || !operations(sent).iter().all(|one| explicit(one) && known(one))
        || sent.path.contains("count=") && !sent.path.contains("count=2") && !sent.path.contains("count=50")
    {
        return refuse();
    }
    Fault::Rewrite(|_, body| {
        let list = body.get_mut("Resources").and_then(Value::as_array_mut);
        match list {
            Some(list) => list.iter_mut().for_each(hide),
            None => hide(body),
        }
    })
}

fn hide(resource: &mut Value) {
    if let Some(members) = resource.get_mut("members") {
        *members = json!([]);
    }
}

#[tokio::test]
async fn aws_identity_center() {
    provision(Dialect::aws_identity_center(), aws_guard).await;
}

/// Where a target does not say who is a member, what was under way when the wire failed is sent again.
#[tokio::test]
async fn members_that_nobody_can_read_come_and_go_all_the_same() {
    for lost in [false, true] {
        let (world, _) = guarded(Dialect::aws_identity_center(), aws_guard);
        ["ann", "bob", "eve", "zoe"].iter().for_each(|id| world.add_user(id));
        world.add_group("g", &["ann", "bob"]);
        world.cycle().await;
        let fault = if lost { Fault::Lost } else { Fault::Cut };
        world.script(move |sent| match operations(sent).iter().any(|one| one["op"] == "add") {
            true => fault.clone(),
            false => aws_guard(sent),
        });
        world.source.add_members(&"g".into(), ["eve".into(), "zoe".into()]);
        world.source.remove_members(&"g".into(), ["ann".into()]);
        world.cycle().await;
        world.script(aws_guard);
        world.source.remove_members(&"g".into(), ["zoe".into()]);
        world.clock.advance(TimeDelta::days(1));
        world.cycle().await;
        assert_eq!(world.member_names("Group g").await, ["bob@example.com", "eve@example.com"], "{lost}");
        assert_eq!(world.job().escrows().await.unwrap(), []);
        // After a restart it is still known who has to go.
        world.job().restart(ResetScope::default()).await.unwrap();
        world.cycle().await;
        world.source.remove_members(&"g".into(), ["bob".into()]);
        world.cycle().await;
        assert_eq!(world.member_names("Group g").await, ["eve@example.com"], "{lost}");
    }
}

#[tokio::test]
async fn google() {
    provision(Dialect::google(), |sent| match sent.method.as_str() {
        "PUT" => Fault::Answer(StatusCode::NOT_FOUND, "text/html", "<title>Error 404</title>"),
        _ if sent.path.contains("startIndex") => refuse(),
        _ => Fault::None,
    })
    .await;
}

/// Slack makes another user name of an address, and shows that.
#[tokio::test]
async fn slack_and_github() {
    fn shorten(resource: &mut Value) {
        let short = resource["userName"].as_str().and_then(|name| name.split('@').next()).map(str::to_owned);
        if let Some(short) = short {
            resource["userName"] = short.into();
        }
    }
    provision(Dialect::slack(), |_| {
        Fault::Rewrite(|_, body| match body.get_mut("Resources").and_then(Value::as_array_mut) {
            Some(list) => list.iter_mut().for_each(shorten),
            None => shorten(body),
        })
    })
    .await;
    provision(Dialect::github(), |_| Fault::None).await;
}

/// A second element of a list, or what is beside a value that goes, is none of this job's business.
#[tokio::test]
async fn what_is_not_mapped_is_never_touched() {
    for dialect in [Dialect::rfc(), Dialect::entra(), Dialect::entra_062020(), Dialect::aws_identity_center()]
    {
        let (mut world, _) = guarded(dialect, |_| Fault::None);
        world.rules.nulls = Nulls::Clear;
        world
            .source
            .put(person("ann").with("telephoneNumber", "1").with("department", "Tours").with("city", "Rome"));
        world.source.assign(Kind::User, &"ann".into(), scim_sync::Role::Named("User".into()));
        world.add_user("boss");
        world.source.set_manager(&"ann".into(), Some("boss".into()));
        world.cycle().await;
        let ann = world.user("ann@example.com").await.unwrap();
        let id = ann.id().unwrap().parse().unwrap();
        let cost_center =
            "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:costCenter".parse().unwrap();
        let change = |user: &mut scim_core::Resource| {
            let mut emails = user.get(&attr::EMAILS).unwrap().clone();
            emails.as_array_mut().unwrap().push(json!({"type": "home", "value": "ann@home.example"}));
            user.set(&attr::EMAILS, emails)?;
            user.set(&"name.middleName".parse().unwrap(), json!("Jane"))?;
            user.set(&cost_center, json!("4130"))
        };
        world.onlooker().users().modify(&id, change).await.unwrap();
        // A part of the address that is there, and not a second address.
        world.set("ann", "state", "Lazio");
        for name in ["mail", "telephoneNumber", "department", "surname", "givenName"] {
            world.set("ann", name, Value::Null);
        }
        world.source.set_manager(&"ann".into(), None);
        let report = world.cycle().await;
        assert_eq!((report.counts.failed, report.counts.reference_failures), (0, 0));
        let user = world.user("ann@example.com").await.unwrap();
        let map = user.as_map();
        assert_eq!(map["emails"], json!([{"type": "home", "value": "ann@home.example"}]));
        assert_eq!(map["name"], json!({"middleName": "Jane"}));
        assert_eq!(map["addresses"], json!([{"type": "work", "locality": "Rome", "region": "Lazio"}]));
        assert_eq!(map.get("phoneNumbers"), None);
        assert_eq!(
            map["urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"],
            json!({"costCenter": "4130"})
        );
    }
}
