//! Resource types that nobody has thought of.

use std::cell::Cell;
use std::sync::Arc;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;
use scim_core::SchemaSet;
use scim_core::schema::{AttrType, Attribute, Schema, Uniqueness};
use scim_testing::{arbitrary, filters};

use crate::world::World;

/// The same schemas, where one text of the base schema is unique, if there is any.
fn with_unique(set: &SchemaSet, which: Index) -> SchemaSet {
    let base = set.base();
    let is_text = |attribute: &Attribute| attribute.kind() == AttrType::String && !attribute.multi_valued();
    let texts: Vec<usize> =
        base.attributes().iter().enumerate().filter(|(_, one)| is_text(one)).map(|(at, _)| at).collect();
    if texts.is_empty() {
        return set.clone();
    }
    let unique = texts[which.index(texts.len())];
    let attributes = base.attributes().iter().enumerate().map(|(at, attribute)| {
        let attribute = Attribute::clone(attribute);
        if at == unique { attribute.with_uniqueness(Uniqueness::Server) } else { attribute }
    });
    let base = Schema::new(base.id().clone(), base.name(), base.description(), attributes.collect()).unwrap();
    SchemaSet::new(Arc::new(base), set.extensions().to_vec()).unwrap()
}

fn schemas() -> impl Strategy<Value = SchemaSet> {
    (arbitrary::schema_set(), proptest::option::weighted(0.3, any::<Index>())).prop_map(|(set, unique)| {
        match unique {
            Some(which) => with_unique(&set, which),
            None => set,
        }
    })
}

#[test]
fn three_stores_agree_on_random_schemas() {
    let world = World::start("schemas");
    let config = ProptestConfig { cases: 24, max_shrink_iters: 200, ..ProptestConfig::default() };
    let case = schemas().prop_flat_map(|set| {
        let queries = vec((filters::filter_of(&set), filters::sort_of(&set)), 25);
        (Just(set.clone()), vec(filters::resource_of(&set), 0..20), queries)
    });
    let (asked, found) = (Cell::new(0), Cell::new(0));
    proptest!(config, |((set, resources, queries) in case)| {
        let stores = world.stores("Thing", &set);
        let let_in = stores.fill(&resources);
        prop_assert_eq!(stores.memory.len(stores.cx.tenant()), let_in);
        for (filter, sort) in queries {
            asked.set(asked.get() + 1);
            found.set(found.get() + stores.agree(&filter, sort)?);
        }
    });
    // Filters meet resources.
    let (asked, found) = (asked.get(), found.get());
    assert!(asked >= 600 && found > asked, "{found} resources in {asked} answers");
}
