//! What the service says of itself: RFC 7643 §5 to §7, RFC 7644 §4, RFC 9865 §4. All of it is derived from what is mounted.

use std::collections::BTreeMap;

use scim_core::schema::Schema;
use scim_core::value::Text;
use scim_core::{
    BulkConfig, FilterConfig, ListResponse, Meta, Pagination, ResourceType, ScimError, ServiceProviderConfig,
    Supported,
};
use serde_json::Value;

use crate::context::Operation;
use crate::engine::present::to_json;
use crate::engine::respond::{Failure, Reply};
use crate::engine::{Call, Mounted};

impl Call {
    pub(in crate::engine) fn service_provider_config(&self) -> Result<Reply, Failure> {
        self.note(Operation::Discovery, None);
        let (engine, limits) = (&self.engine, self.limits());
        let supported = |supported: bool| if supported { Supported::yes() } else { Supported::default() };
        let size = |size: usize| u64::try_from(size).unwrap_or(u64::MAX);
        let bulk = engine.features.bulk;
        let config = ServiceProviderConfig {
            documentation_uri: engine.documentation_uri.as_deref().map(Text::from),
            patch: Supported::yes(),
            bulk: BulkConfig {
                supported: bulk,
                max_operations: if bulk { size(limits.bulk_operations) } else { 0 },
                max_payload_size: if bulk { size(limits.body_bytes) } else { 0 },
                ..BulkConfig::default()
            },
            filter: FilterConfig {
                supported: engine.features.filter,
                max_results: size(limits.page_max),
                ..FilterConfig::default()
            },
            change_password: supported(engine.passwords.is_some()),
            sort: supported(engine.features.sort),
            etag: Supported::yes(),
            pagination: Some(Pagination {
                cursor: engine.seal.is_some(),
                index: true,
                default_pagination_method: Some("index".into()),
                default_page_size: Some(size(limits.page_default.min(limits.page_max))),
                max_page_size: Some(size(limits.page_max)),
                cursor_timeout: engine.seal.as_ref().map(|seal| seal.timeout().as_secs()),
                ..Pagination::default()
            }),
            authentication_schemes: engine.schemes(),
            meta: Some(self.meta("ServiceProviderConfig", "/ServiceProviderConfig", None)),
            ..ServiceProviderConfig::default()
        };
        Ok(Reply::json(200, to_json(&config)?))
    }

    pub(in crate::engine) fn resource_types(&self, name: Option<&str>) -> Result<Reply, Failure> {
        self.note(Operation::Discovery, None);
        let all = self.types.iter();
        match name {
            None => list(all.map(|mounted| self.resource_type(mounted)).collect()),
            Some(name) => {
                let mut of_name = all.filter(|mounted| mounted.name.eq_ignore_ascii_case(name));
                let found = of_name.next().ok_or_else(|| ScimError::not_found(name))?;
                Ok(Reply::json(200, to_json(&self.resource_type(found))?))
            }
        }
    }

    fn resource_type(&self, mounted: &Mounted) -> ResourceType {
        let of_schemas = ResourceType::new(&*mounted.name, mounted.endpoint.as_str(), &mounted.schemas);
        ResourceType {
            schema: of_schemas.schema,
            schema_extensions: of_schemas.schema_extensions,
            meta: Some(self.meta("ResourceType", "/ResourceTypes", Some(&mounted.name))),
            ..mounted.def.clone()
        }
    }

    pub(in crate::engine) fn schema_documents(&self, uri: Option<&str>) -> Result<Reply, Failure> {
        self.note(Operation::Discovery, None);
        let mut all: BTreeMap<String, &Schema> = BTreeMap::new();
        for mounted in self.types.iter() {
            let set = &mounted.schemas;
            let extensions = set.extensions().iter().map(|extension| &**extension.schema());
            for schema in std::iter::once(&**set.base()).chain(extensions) {
                all.insert(schema.id().as_str().to_ascii_lowercase(), schema);
            }
        }
        match uri {
            None => {
                list(all.values().map(|schema| self.schema_document(schema)).collect::<Result<Vec<_>, _>>()?)
            }
            Some(uri) => {
                let found = all.get(&uri.to_ascii_lowercase()).ok_or_else(|| ScimError::not_found(uri))?;
                Ok(Reply::json(200, to_json(&self.schema_document(found)?)?))
            }
        }
    }

    fn schema_document(&self, schema: &Schema) -> Result<Value, ScimError> {
        let mut document = serde_json::to_value(schema).map_err(ScimError::internal)?;
        let meta = self.meta("Schema", "/Schemas", Some(schema.id().as_str()));
        let meta = serde_json::to_value(meta).map_err(ScimError::internal)?;
        if let Some(members) = document.as_object_mut() {
            members.insert("meta".to_owned(), meta);
        }
        Ok(document)
    }

    fn meta(&self, resource_type: &str, endpoint: &str, id: Option<&str>) -> Meta {
        let location = match id {
            Some(id) => self.base.location(endpoint, id),
            None => self.base.endpoint(endpoint),
        };
        Meta { resource_type: Some(resource_type.into()), location: Some(location.into()), ..Meta::default() }
    }
}

fn list<T: serde::Serialize>(resources: Vec<T>) -> Result<Reply, Failure> {
    let all = resources.len() as u64;
    let answer = ListResponse {
        total_results: Some(all),
        start_index: Some(1),
        items_per_page: Some(all),
        resources,
        ..ListResponse::default()
    };
    Ok(Reply::json(200, to_json(&answer)?))
}
