use scim_core::*;
fn main() {
    let text = include_str!("../../crates/scim-testing/testdata/rfc7643/8.3-user-enterprise.json");
    let text = serde_json::from_str::<serde_json::Value>(text).unwrap().to_string();
    let _keep: Vec<serde_json::Value> = (0..10).map(|_| serde_json::from_str(&text).unwrap()).collect();
    let which = std::env::args().nth(1).unwrap();
    let n: usize = std::env::args().nth(2).map_or(2000, |n| n.parse().unwrap());
    for _ in 0..n {
        match which.as_str() {
            "typed" => drop(std::hint::black_box(serde_json::from_str::<User>(&text).unwrap())),
            "value" => drop(std::hint::black_box(serde_json::from_str::<serde_json::Value>(&text).unwrap())),
            "skip" => drop(std::hint::black_box(serde_json::from_str::<serde::de::IgnoredAny>(&text).unwrap())),
            _ => {
                let raw = json::read(text.as_bytes(), &Limits::default()).unwrap();
                drop(SchemaSet::user().admit(raw, Intent::Create, &Profile::lenient()).unwrap())
            }
        }
    }
}
