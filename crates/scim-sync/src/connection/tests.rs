use std::sync::{Arc, Mutex};

use scim_client::{BoxError, RequestBody, Retry, TransportError, TransportErrorKind};
use scim_core::{Group, User, attr};
use scim_server::auth::{ApiKey, BearerTokens, MemoryTokens, Principal, Scopes};
use scim_server::{BaseUrl, MemoryStore, ScimService};
use serde_json::json;

use super::*;
use crate::testing::{Answer, answer, client, refusal, users};

const BASE: &str = "https://example.com/scim/v2";
const TOKEN: &str = "scim-test-token-0123456789";

fn server() -> ScimService {
    let tokens = MemoryTokens::new();
    let principal = Principal::new("acme".parse().unwrap()).with_scopes(Scopes::all());
    tokens.add(ApiKey::fixed(TOKEN).unwrap().record(principal));
    ScimService::builder(BaseUrl::new(BASE).unwrap(), BearerTokens::new(tokens))
        .resource(MemoryStore::<User>::new())
        .resource(MemoryStore::<Group>::new())
        .without_session_revocation()
        .build()
        .unwrap()
}

fn real(base: &str, token: &str) -> Client {
    Client::builder(base).bearer(token).transport(server()).build().unwrap()
}

#[tokio::test]
async fn a_server_that_works() {
    let client = real(BASE, TOKEN);
    let connection = test_connection(&client, &attr::USER_NAME).await;
    assert_eq!(connection, Connection { diagnosis: Diagnosis::Works, error: None, warnings: Vec::new() });
    assert!(connection.works());
    // It stays the same with users in it.
    client.users().create(&User { user_name: "babs".into(), ..User::default() }).await.unwrap();
    assert!(test_connection(&client, &attr::USER_NAME).await.works());
    assert_eq!(probe(&client, Kind::Group, &attr::DISPLAY_NAME).await, (Diagnosis::Works, None));
}

#[tokio::test]
async fn a_key_or_an_address_that_is_wrong() {
    let connection = test_connection(&real(BASE, "another-token-0123456789"), &attr::USER_NAME).await;
    assert_eq!(connection.diagnosis, Diagnosis::WrongKey);
    assert!(connection.error.unwrap().starts_with("GET /Users: "));
    let connection = test_connection(&real("https://example.com/scim/v3", TOKEN), &attr::USER_NAME).await;
    assert_eq!(connection.diagnosis, Diagnosis::WrongUrl);
}

async fn diagnose(answers: impl Fn(&str) -> Answer + Clone + Send + Sync + 'static) -> Diagnosis {
    let connection = test_connection(&client(answers), &attr::USER_NAME).await;
    assert_eq!(connection.error.is_some(), !connection.works());
    connection.diagnosis
}

#[tokio::test]
async fn what_an_answer_to_everything_means() {
    use Diagnosis::*;
    let scim = |status| refusal(status, None);
    let html = |status| answer(status, "text/html", "<html>");
    let json = |status, body: &str| answer(status, "application/json", body);
    let table: Vec<(Answer, Diagnosis)> = vec![
        (users(0, &[]), Works),
        (html(200), WrongUrl),
        (html(302), WrongUrl),
        (html(404), WrongUrl),
        (json(404, r#"{"error":"no route"}"#), WrongUrl),
        (scim(404), WrongUrl),
        (scim(405), WrongUrl),
        (html(405), WrongUrl),
        (scim(401), WrongKey),
        (html(401), WrongKey),
        (json(403, r#"{"message":"Forbidden"}"#), WrongKey),
        (scim(403), WrongKey),
        (json(200, r#"{"hello":"world"}"#), NotScim),
        (json(200, "[]"), NotScim),
        (json(200, "{\"totalResults\":"), NotScim),
        (json(400, r#"{"message":"what?"}"#), NotScim),
        (json(200, r#"{"schemas":["urn:ietf:params:scim:api:messages:2.0:Error"],"status":"400"}"#), NotScim),
        // The filter is ignored.
        (users(1, &["babs"]), NoFilter),
        (users(2, &["babs", "jim"]), NoFilter),
        (users(500, &["babs", "jim"]), NoFilter),
        (refusal(400, Some("invalidFilter")), NoFilter),
        (scim(429), TooBusy),
        (scim(503), TooBusy),
        (html(503), TooBusy),
        (html(502), Unreachable),
        (html(504), Unreachable),
        (scim(500), Other),
        (scim(400), Other),
        (scim(501), Other),
    ];
    for (answer, diagnosis) in table {
        let words = format!("{} {}", answer.status(), answer.body());
        assert_eq!(diagnose(move |_| answer.clone()).await, diagnosis, "{words}");
    }
}

#[tokio::test]
async fn a_filter_that_is_refused_shows_where_a_list_without_it_comes() {
    for status in [400, 422, 500, 501] {
        let diagnosis = diagnose(move |target| match target.contains("filter=") {
            true => refusal(status, None),
            false => users(1, &["babs"]),
        });
        assert_eq!(diagnosis.await, Diagnosis::NoFilter, "{status}");
    }
    let diagnosis = diagnose(|target| match target.contains("filter=") {
        true => answer(400, "application/json", r#"{"message":"what?"}"#),
        false => users(1, &["babs"]),
    });
    assert_eq!(diagnosis.await, Diagnosis::NoFilter);
}

#[tokio::test]
async fn what_the_dialect_says_is_not_asked() {
    let client = client(|_| users(0, &[]));
    let only = vec!["externalId".parse().unwrap()];
    client.learn(|dialect| drop(dialect.filterable.insert("/Users".into(), only)));
    let connection = test_connection(&client, &attr::USER_NAME).await;
    assert_eq!(connection.diagnosis, Diagnosis::NoFilter);
    assert_eq!(connection.error.as_deref(), Some("`/Users` of this server cannot be searched by `userName`"));
    assert!(test_connection(&client, &"externalId".parse().unwrap()).await.works());
}

#[tokio::test]
async fn what_the_target_does_not_say_of_itself_is_a_warning() {
    let client = client(|target| match target.starts_with("/Users") {
        true => users(0, &[]),
        false => answer(404, "text/html", "<html>\u{1b}[2J"),
    });
    let connection = test_connection(&client, &attr::USER_NAME).await;
    assert!(connection.works());
    assert_eq!(connection.warnings.len(), 3, "{:?}", connection.warnings);
    for (warning, asked) in
        connection.warnings.iter().zip(["/ServiceProviderConfig", "/ResourceTypes", "/Schemas"])
    {
        assert!(warning.starts_with(&format!("GET {asked}: unexpected answer 404")), "{warning}");
        assert!(!warning.contains(char::is_control));
    }
}

#[tokio::test]
async fn what_the_target_says_wrongly_of_itself_is_a_warning() {
    let off = json!({"supported": false});
    let config = json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig"],
        "patch": off, "filter": off, "sort": off, "etag": off, "changePassword": off,
        "bulk": {"supported": false, "maxOperations": 0, "maxPayloadSize": 0},
        "authenticationSchemes": [],
    });
    let client = client(move |target| match target {
        "/ServiceProviderConfig" => answer(200, "application/scim+json", config.to_string()),
        "/ResourceTypes" => refusal(401, None),
        _ => users(0, &[]),
    });
    let connection = test_connection(&client, &attr::USER_NAME).await;
    assert!(connection.works());
    assert!(!client.dialect().patch);
    assert_eq!(connection.warnings.len(), 1);
    assert!(connection.warnings[0].starts_with("GET /ResourceTypes: 401"), "{:?}", connection.warnings);
}

#[tokio::test]
async fn a_look_up_is_for_something_new_each_time_and_leaves_members_out() {
    let targets = Arc::new(Mutex::new(Vec::new()));
    let noted = Arc::clone(&targets);
    let client = client(move |target| {
        noted.lock().unwrap().push(target.to_owned());
        users(0, &[])
    });
    for kind in [Kind::User, Kind::User, Kind::Group] {
        let attribute = if kind == Kind::User { attr::USER_NAME } else { attr::DISPLAY_NAME };
        assert_eq!(probe(&client, kind, &attribute).await, (Diagnosis::Works, None));
    }
    let targets = targets.lock().unwrap();
    assert_ne!(targets[0], targets[1]);
    assert!(targets[0].starts_with("/Users?filter=userName%20eq%20%22"), "{}", targets[0]);
    assert!(targets[2].starts_with("/Groups?"), "{}", targets[2]);
    assert!(targets[2].contains("excludedAttributes=members"), "{}", targets[2]);
}

#[tokio::test]
async fn what_got_no_answer() {
    use TransportErrorKind::*;
    for (kind, diagnosis) in [
        (Connect, Diagnosis::Unreachable),
        (TimedOut, Diagnosis::Unreachable),
        (Broken, Diagnosis::Unreachable),
        (Tls, Diagnosis::Untrusted),
    ] {
        let service = tower::service_fn(move |_: http::Request<RequestBody>| {
            let error: BoxError = TransportError::new(kind, "as the test says").into();
            std::future::ready(Err::<http::Response<String>, _>(error))
        });
        let client = Client::builder(BASE).bearer(TOKEN).transport(service).retry(Retry::never());
        let connection = test_connection(&client.build().unwrap(), &attr::USER_NAME).await;
        assert_eq!(connection.diagnosis, diagnosis, "{kind:?}");
    }
    assert_eq!(Diagnosis::of(&Error::Token("gone".into())), Diagnosis::WrongKey);
}

#[test]
fn every_diagnosis_says_what_to_do() {
    use Diagnosis::*;
    let all = [Works, WrongUrl, WrongKey, NotScim, NoFilter, Unreachable, Untrusted, TooBusy, Other];
    for diagnosis in all {
        let words = diagnosis.advice();
        assert!(words.starts_with(char::is_lowercase) && !words.ends_with('.'), "{words}");
    }
    let stop: Vec<_> = all.into_iter().filter(|diagnosis| diagnosis.quarantines().is_some()).collect();
    assert_eq!(stop, [WrongUrl, WrongKey, NotScim, NoFilter, Untrusted]);
}
