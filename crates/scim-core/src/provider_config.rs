//! What a service provider can do, RFC 7643 §5 and RFC 9865 §4.

use crate::resource::Meta;
use crate::resource::typed::{complex, complex_value, message};
use crate::uri::SchemaUri;
use crate::value::Text;

complex! {
    /// What a service provider can do (RFC 7643 §5).
    ///
    /// ```
    /// use scim_core::ServiceProviderConfig;
    ///
    /// let config: ServiceProviderConfig = serde_json::from_str(r#"{"patch": {"supported": true}, "bulk": null}"#)?;
    /// assert!(config.patch.supported && !config.bulk.supported);
    /// assert_eq!(config.pagination, None);
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub struct ServiceProviderConfig {
        "schemas" schemas: Vec<SchemaUri>,
        /// A page with help for people.
        "documentationUri" documentation_uri: Option<Text>,
        "patch" patch: Supported,
        "bulk" bulk: BulkConfig,
        "filter" filter: FilterConfig,
        "changePassword" change_password: Supported,
        "sort" sort: Supported,
        "etag" etag: Supported,
        /// There when cursors are supported.
        "pagination" pagination: Option<Pagination>,
        /// REQUIRED: written even when there is none.
        "authenticationSchemes" authentication_schemes: Vec<AuthenticationScheme>,
        "meta" meta: Option<Meta>,
    }
}

message!(ServiceProviderConfig, SchemaUri::SERVICE_PROVIDER_CONFIG);

complex! {
    /// Whether something is supported.
    pub struct Supported {
        "supported" supported: bool,
    }
}

complex_value!(Supported);

complex! {
    /// Bulk requests and their bounds (RFC 7644 §3.7.4).
    pub struct BulkConfig {
        "supported" supported: bool,
        /// Operations in one request.
        "maxOperations" max_operations: u64,
        /// Bytes in one request.
        "maxPayloadSize" max_payload_size: u64,
    }
}

complex_value!(BulkConfig);

complex! {
    /// Filters and the size of their results.
    pub struct FilterConfig {
        "supported" supported: bool,
        /// Resources in one answer; pages may be smaller.
        "maxResults" max_results: u64,
    }
}

complex_value!(FilterConfig);

complex! {
    /// Pages by index and by cursor (RFC 9865 §4). A bound that is missing says nothing; it does not mean that there is none.
    pub struct Pagination {
        "cursor" cursor: bool,
        "index" index: bool,
        /// `cursor` or `index`.
        "defaultPaginationMethod" default_pagination_method: Option<Text>,
        "defaultPageSize" default_page_size: Option<u64>,
        "maxPageSize" max_page_size: Option<u64>,
        /// Seconds.
        "cursorTimeout" cursor_timeout: Option<u64>,
    }
}

complex_value!(Pagination);

complex! {
    /// A way to authenticate (RFC 7643 §5).
    pub struct AuthenticationScheme {
        /// `oauth`, `oauth2`, `oauthbearertoken`, `httpbasic` or `httpdigest`.
        "type" kind: Text,
        "name" name: Text,
        "description" description: Text,
        "specUri" spec_uri: Option<Text>,
        "documentationUri" documentation_uri: Option<Text>,
        "primary" primary: Option<bool>,
    }
}

complex_value!(AuthenticationScheme, required_list = true);

impl Supported {
    /// Supported.
    #[must_use]
    pub fn yes() -> Self {
        Self { supported: true, ..Self::default() }
    }
}
