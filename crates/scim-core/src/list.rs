//! Pages of results, RFC 7644 §3.4.2 and RFC 9865 §2.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::ser::{Serialize, SerializeMap, Serializer};

use crate::resource::typed::field::{Field, Key, KeySeed, once};
use crate::uri::SchemaUri;
use crate::value::Text;

/// A page of results (RFC 7644 §3.4.2).
///
/// Written, `Resources` is always there. Read, anything may be missing or `null`, and numbers may be strings: the number
/// of resources that came is [`resources.len()`](Vec::len), whatever `itemsPerPage` claims.
///
/// ```
/// use scim_core::ListResponse;
///
/// let page: ListResponse<serde_json::Value> =
///     serde_json::from_str(r#"{"totalResults": 2, "startIndex": null, "resources": [{"id": "1"}]}"#)?;
/// assert_eq!(page.total_results, Some(2));
/// assert_eq!(page.resources.len(), 1);
///
/// let empty = ListResponse::<serde_json::Value> { total_results: Some(0), ..ListResponse::default() };
/// assert_eq!(
///     serde_json::to_string(&empty)?,
///     r#"{"schemas":["urn:ietf:params:scim:api:messages:2.0:ListResponse"],"totalResults":0,"Resources":[]}"#
/// );
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct ListResponse<T> {
    /// How many resources match in all; a cursor page may leave it out.
    pub total_results: Option<u64>,
    /// The place of the first resource of the page, from 1.
    pub start_index: Option<u64>,
    /// How many resources are in the page.
    pub items_per_page: Option<u64>,
    /// Where the page before this one starts (RFC 9865).
    pub previous_cursor: Option<Text>,
    /// Where the next page starts; on every cursor page but the last (RFC 9865).
    pub next_cursor: Option<Text>,
    /// The resources.
    pub resources: Vec<T>,
}

impl<T> Default for ListResponse<T> {
    fn default() -> Self {
        Self {
            total_results: None,
            start_index: None,
            items_per_page: None,
            previous_cursor: None,
            next_cursor: None,
            resources: Vec::new(),
        }
    }
}

impl<T: Serialize> Serialize for ListResponse<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("schemas", &[SchemaUri::LIST_RESPONSE])?;
        self.total_results.write("totalResults", &mut map)?;
        self.start_index.write("startIndex", &mut map)?;
        self.items_per_page.write("itemsPerPage", &mut map)?;
        self.previous_cursor.write("previousCursor", &mut map)?;
        self.next_cursor.write("nextCursor", &mut map)?;
        map.serialize_entry("Resources", &self.resources)?;
        map.end()
    }
}

const NAMES: [&str; 6] =
    ["totalResults", "startIndex", "itemsPerPage", "previousCursor", "nextCursor", "Resources"];

fn place(name: &str) -> Option<u8> {
    NAMES.iter().position(|known| known.eq_ignore_ascii_case(name)).and_then(|at| u8::try_from(at).ok())
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for ListResponse<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(PageVisitor(PhantomData))
    }
}

struct PageVisitor<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for PageVisitor<T> {
    type Value = ListResponse<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list response")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut page = ListResponse::default();
        let mut seen = 0;
        while let Some(key) = map.next_key_seed(KeySeed(place))? {
            let Key::Known(at) = key else {
                map.next_value::<IgnoredAny>()?;
                continue;
            };
            once(&mut seen, at, &NAMES)?;
            match at {
                0 => page.total_results.read(&mut map)?,
                1 => page.start_index.read(&mut map)?,
                2 => page.items_per_page.read(&mut map)?,
                3 => page.previous_cursor.read(&mut map)?,
                4 => page.next_cursor.read(&mut map)?,
                _ => page.resources = map.next_value::<Elements<T>>()?.0,
            }
        }
        Ok(page)
    }
}

/// A list, or nothing; elements that are `null` are passed over.
struct Elements<T>(Vec<T>);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Elements<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ElementsVisitor(PhantomData))
    }
}

struct ElementsVisitor<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for ElementsVisitor<T> {
    type Value = Elements<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of resources")
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(Elements(Vec::new()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
        let mut elements = Vec::new();
        while let Some(element) = seq.next_element::<Option<T>>()? {
            elements.extend(element);
        }
        Ok(Elements(elements))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn read(json: Value) -> ListResponse<Value> {
        serde_json::from_value(json).unwrap()
    }

    #[test]
    fn reads_what_servers_leave_out() {
        assert_eq!(read(json!({})), ListResponse::default());
        let odd = read(
            json!({"TotalResults": "3", "itemsPerPage": null, "startIndex": -1, "RESOURCES": [null, 1]}),
        );
        assert_eq!((odd.total_results, odd.items_per_page, odd.start_index), (Some(3), None, None));
        assert_eq!(odd.resources, [json!(1)]);
        assert_eq!(read(json!({"Resources": null, "schemas": 7})).resources.len(), 0);
        assert!(serde_json::from_value::<ListResponse<Value>>(json!({"Resources": {}})).is_err());
        assert!(
            serde_json::from_value::<ListResponse<Value>>(json!({"Resources": [], "resources": []})).is_err()
        );
        assert!(serde_json::from_value::<ListResponse<Value>>(json!([])).is_err());
    }

    #[test]
    fn round_trips_with_cursors() {
        let page = ListResponse {
            total_results: Some(100),
            start_index: None,
            items_per_page: Some(2),
            previous_cursor: Some("a".into()),
            next_cursor: Some("b".into()),
            resources: vec![json!({"id": "1"}), json!({"id": "2"})],
        };
        assert_eq!(read(serde_json::to_value(&page).unwrap()), page);
    }
}
