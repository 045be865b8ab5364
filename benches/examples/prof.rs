use scim_core::*;
fn main() {
    let text = include_str!("../../crates/scim-testing/testdata/rfc7643/8.3-user-enterprise.json");
    let mut text = serde_json::from_str::<serde_json::Value>(text).unwrap();
    text["x509Certificates"] = serde_json::json!([{"value": "MIIDQzCCAqyg"}]);
    let text = text.to_string();
    let _keep: Vec<serde_json::Value> = (0..10).map(|_| serde_json::from_str(&text).unwrap()).collect();
    fn up(v: &serde_json::Value) -> serde_json::Value { match v {
        serde_json::Value::Object(m) => m.iter().map(|(k, v)| { let mut k = k.clone(); if !k.contains(':') { k.get_mut(..1).unwrap().make_ascii_uppercase(); } (k, up(v)) }).collect(),
        serde_json::Value::Array(a) => a.iter().map(up).collect(),
        o => o.clone() } }
    let pascal = up(&serde_json::from_str(&text).unwrap()).to_string();
    let group = serde_json::json!({"displayName": "All", "members": (0..10000).map(|n| {
            let id = format!("2819c223-7f76-453a-919d-{n:012}");
            serde_json::json!({"value": id, "$ref": format!("https://example.com/v2/Users/{id}"), "display": format!("User {n}"), "type": "User"})
        }).collect::<Vec<_>>()}).to_string();
    let which = std::env::args().nth(1).unwrap();
    let n: usize = std::env::args().nth(2).map_or(2000, |n| n.parse().unwrap());
    for _ in 0..n {
        match which.as_str() {
            "typed" => drop(std::hint::black_box(serde_json::from_str::<User>(&text).unwrap())),
            "value" => drop(std::hint::black_box(serde_json::from_str::<serde_json::Value>(&text).unwrap())),
            "skip" => drop(std::hint::black_box(serde_json::from_str::<serde::de::IgnoredAny>(&text).unwrap())),
            "pascal" => {
                let raw = json::read(pascal.as_bytes(), &Limits::default()).unwrap();
                drop(SchemaSet::user().admit(raw, Intent::Create, &Profile::lenient()).unwrap())
            }
            "gtyped" => drop(std::hint::black_box(serde_json::from_str::<Group>(&group).unwrap())),
            "gvalue" => drop(std::hint::black_box(serde_json::from_str::<serde_json::Value>(&group).unwrap())),
            "gskip" => drop(std::hint::black_box(serde_json::from_str::<serde::de::IgnoredAny>(&group).unwrap())),
            "read" => drop(json::read(text.as_bytes(), &Limits::default()).unwrap()),
            _ => {
                let raw = json::read(text.as_bytes(), &Limits::default()).unwrap();
                drop(SchemaSet::user().admit(raw, Intent::Create, &Profile::lenient()).unwrap())
            }
        }
    }
}
