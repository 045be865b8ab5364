//! Runs the curl lines of the first page.

use axum::body::Body;
use axum::http::Request;
use http_body_util::BodyExt;
use serde_json::Value;
use tower::ServiceExt;

use super::*;

/// The words of a line of a shell: quotes hold words together, and nothing else is special.
fn words(line: &str) -> Vec<String> {
    let (mut words, mut quote) = (vec![String::new()], None);
    for c in line.chars() {
        match (c, quote) {
            (' ', None) => words.push(String::new()),
            ('\'' | '"', None) => quote = Some(c),
            (c, Some(open)) if c == open => quote = None,
            (c, _) => words.last_mut().unwrap().push(c),
        }
    }
    words
}

async fn curl(app: &Router, key: &ApiKey, line: &str) -> (u16, Value) {
    let (mut header, mut body, mut url) = (String::new(), None, String::new());
    let mut words = words(line).into_iter().skip(1);
    while let Some(word) = words.next() {
        match word.as_str() {
            "-H" => header = words.next().unwrap().replace("$KEY", key.expose()),
            "--json" => body = words.next(),
            _ => url = word,
        }
    }
    let (name, value) = header.split_once(": ").unwrap();
    let mut request = Request::builder().uri(url).header(name, value);
    if body.is_some() {
        request = request.method("POST").header("content-type", "application/json");
    }
    let request = request.body(Body::from(body.unwrap_or_default())).unwrap();
    let response = app.clone().oneshot(request).await.unwrap();
    let status = response.status().as_u16();
    let body = response.into_body().collect().await.unwrap().to_bytes();
    (status, serde_json::from_slice(&body).unwrap())
}

#[tokio::test]
async fn the_lines_do_what_they_promise() {
    let key = ApiKey::generate().unwrap();
    let app = app("http://127.0.0.1:8080/scim/v2", &key).unwrap();
    let lines = include_str!("main.rs").lines().filter_map(|line| line.strip_prefix("//! "));
    let mut answers = Vec::new();
    for line in lines.filter(|line| line.starts_with("curl ")) {
        answers.push(curl(&app, &key, line).await);
    }
    let statuses: Vec<u16> = answers.iter().map(|(status, _)| *status).collect();
    assert_eq!(statuses, [200, 201, 200, 201, 200], "{answers:#?}");
    assert_eq!(answers[1].1["userName"], "bjensen");
    assert_eq!(answers[2].1["Resources"][0]["id"], answers[1].1["id"]);
    assert_eq!(answers[4].1["Resources"][0]["displayName"], "Guides");

    let stranger = ApiKey::generate().unwrap();
    let (status, _) = curl(&app, &stranger, "curl -H 'Authorization: Bearer $KEY' /scim/v2/Users").await;
    assert_eq!(status, 401);
}
