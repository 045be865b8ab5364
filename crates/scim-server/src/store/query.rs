//! What a store is asked for when resources are looked for.

use scim_core::Projection;
use scim_filter::TypedFilter;
use scim_filter::query::{Cursor, TypedSort};

/// Which resources of one type, in what order, and which part of them.
#[derive(Clone, Debug)]
pub struct Query {
    /// Which resources; all of the tenant's without one.
    pub filter: Option<TypedFilter>,
    /// In what order; without one, in an order of the store's that stays the same, such as that of creation. A store adds the
    /// id as the last criterion, so that pages fit together.
    pub sort: Option<TypedSort>,
    /// Where the page starts.
    pub start: Start,
    /// How many resources at the most; 0 asks for the total only.
    pub count: usize,
    /// What the answer shows.
    pub want: Projection,
    /// Whether the number of all results is wanted. It is for pages by index; with cursors it is worth leaving out where it
    /// costs.
    pub total: bool,
}

/// Where a page starts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Start {
    /// At a position, counted from 1 ([`Listing::page`](super::Listing::page)).
    Index(u64),
    /// After what a cursor of this store's names, or at the front ([`Listing::cursor`](super::Listing::cursor)). The engine
    /// has seen to it that the cursor is this store's own, for this tenant, filter and order.
    After(Option<Cursor>),
}

impl Query {
    /// All resources that a filter lets through, in the store's own order, at most so many.
    #[must_use]
    pub fn of(filter: Option<TypedFilter>, count: usize) -> Self {
        Self { filter, sort: None, start: Start::Index(1), count, want: Projection::default(), total: true }
    }
}
