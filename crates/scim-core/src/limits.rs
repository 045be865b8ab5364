//! What a request may cost, as one value that every crate charges against.

/// Upper bounds for everything that a peer chooses the size of.
///
/// They are charged before anything is built. The defaults fit the largest requests of the identity providers that
/// are known (a group of 35,000 members in one body) on a small machine.
///
/// ```
/// use scim_core::Limits;
///
/// let limits = Limits { body_bytes: 1024, ..Limits::default() };
/// assert!(scim_core::json::read(&[b' '; 2000], &limits).is_err());
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes in a request body: 8 MiB.
    pub body_bytes: usize,
    /// How deep arrays and objects may nest in a body: 32. Above 127 the JSON parser's own limit comes first.
    pub json_depth: usize,
    /// Values in a body: 600,000. An object counts as four, since it takes as much memory.
    pub json_nodes: usize,
    /// Bytes in a filter: 16 KiB.
    pub filter_bytes: usize,
    /// How deep brackets and `not` may nest in a filter: 32.
    pub filter_depth: usize,
    /// Comparisons in a filter: 1,000.
    pub filter_terms: usize,
    /// Operations in a PATCH request: 1,000.
    pub patch_operations: usize,
    /// Values that one PATCH operation carries: 100,000.
    pub patch_values: usize,
    /// Operations in a bulk request: 1,000.
    pub bulk_operations: usize,
    /// Resources in a page when the client does not say: 100.
    pub page_default: usize,
    /// Resources in a page at the most: 500.
    pub page_max: usize,
    /// Bytes in a query string: 32 KiB.
    pub query_bytes: usize,
    /// Paths in `attributes` or `excludedAttributes`: 256.
    pub projection_paths: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            body_bytes: 8 << 20,
            json_depth: 32,
            json_nodes: 600_000,
            filter_bytes: 16 << 10,
            filter_depth: 32,
            filter_terms: 1_000,
            patch_operations: 1_000,
            patch_values: 100_000,
            bulk_operations: 1_000,
            page_default: 100,
            page_max: 500,
            query_bytes: 32 << 10,
            projection_paths: 256,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn defaults_are_what_the_documents_say() {
        insta::assert_debug_snapshot!(Limits::default());
    }
}
