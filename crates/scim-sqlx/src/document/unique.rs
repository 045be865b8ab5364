//! Values that are taken once within a tenant (RFC 7643 §7).

use std::collections::BTreeSet;

use scim_core::schema::Uniqueness;
use scim_core::{Resolved, ResourceId, SchemaSet, TenantId, attr};
use scim_server::store::StoreError;
use serde_json::{Map, Value};

use super::db::{Fault, Sql, Tx};
use super::{key, search};

/// The attributes that the schemas call unique; `id` is the store's own matter.
pub(super) fn paths(schemas: &SchemaSet) -> Vec<Resolved> {
    let mut found = Vec::new();
    for one in schemas.resolved() {
        let Some(attribute) = one.attribute() else { continue };
        let subs = attribute.sub_attributes().iter().filter(|sub| sub.uniqueness() != Uniqueness::None);
        let subs: Vec<Resolved> =
            subs.filter_map(|sub| one.with_sub_attribute(sub.name().as_str())).collect();
        if attribute.uniqueness() != Uniqueness::None && *one.path() != attr::ID {
            found.push(one);
        }
        found.extend(subs);
    }
    found
}

/// Whose values they are.
pub(super) struct Owner<'a> {
    pub(super) tenant: &'a TenantId,
    pub(super) kind: &'a str,
    pub(super) id: &'a ResourceId,
}

/// Gives back the values that a resource has no longer, and takes those that are new.
///
/// Who comes second waits for who came first, and finds the value taken or free.
pub(super) async fn change(
    tx: &mut Tx,
    owner: &Owner<'_>,
    paths: &[Resolved],
    old: Option<&Map<String, Value>>,
    new: Option<&Map<String, Value>>,
) -> Result<(), Fault> {
    for target in paths {
        let keys = |doc: Option<&Map<String, Value>>| -> BTreeSet<String> {
            doc.map(|doc| search::keys(target, doc))
                .unwrap_or_default()
                .iter()
                .map(|key| key::indexed(key))
                .collect()
        };
        let (old, new) = (keys(old), keys(new));
        let attribute = target.path().to_string();
        let sql = |text: &'static str, key: &String| {
            Sql::new(text)
                .with(owner.tenant.as_str())
                .with(owner.kind)
                .with(attribute.as_str())
                .with(key.as_str())
        };
        for key in old.difference(&new) {
            let text =
                "DELETE FROM scim_unique WHERE tenant = $1 AND type = $2 AND attribute = $3 AND key = $4";
            tx.run(sql(text, key)).await?;
        }
        for key in new.difference(&old) {
            let text = "INSERT INTO scim_unique (tenant, type, attribute, key, id) VALUES ($1, $2, $3, $4, $5) \
                ON CONFLICT DO NOTHING";
            if tx.run(sql(text, key).with(owner.id.as_str())).await? == 0 {
                return Err(StoreError::Conflict(target.path().clone()).into());
            }
        }
    }
    Ok(())
}
