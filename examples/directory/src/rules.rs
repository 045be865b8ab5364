//! Rules that a product has beside those of the RFCs.

use scim_core::{Resource, ScimError, attr, quote};
use scim_server::Context;
use scim_server::rules::{Change, Rule};
use serde_json::Value;

/// Users come from the domains that the customer has shown to be theirs.
///
/// What was there already stays: a user whose domain is no longer on the list can still be deactivated.
pub(crate) struct VerifiedDomains(pub(crate) Vec<String>);

impl Rule for VerifiedDomains {
    fn check(&self, cx: &Context, change: &Change<'_>) -> Result<(), ScimError> {
        if cx.resource_type() != "User" {
            return Ok(());
        }
        let name = user_name(change.after);
        if let Some(name) = name.filter(|name| name.contains('@') && user_name(change.before) != Some(name)) {
            self.verify("userName", name)?;
        }
        for email in change.added(&attr::EMAILS) {
            if let Some(address) = email.get("value").and_then(Value::as_str) {
                self.verify("emails.value", address)?;
            }
        }
        Ok(())
    }
}

impl VerifiedDomains {
    fn verify(&self, attribute: &str, address: &str) -> Result<(), ScimError> {
        let domain = address.rsplit_once('@').map(|(_, domain)| domain);
        if domain.is_some_and(|domain| self.0.iter().any(|own| own.eq_ignore_ascii_case(domain))) {
            return Ok(());
        }
        Err(ScimError::invalid_value(format!(
            "`{attribute}` {} is not of a verified domain: {}",
            quote(address),
            self.0.join(", ")
        )))
    }
}

fn user_name(user: Option<&Resource>) -> Option<&str> {
    user.and_then(|user| user.get(&attr::USER_NAME)).and_then(Value::as_str)
}

/// Groups have an end. Whoever is in stays in, and can go.
pub(crate) struct MaxMembers(pub(crate) u64);

impl Rule for MaxMembers {
    fn check(&self, cx: &Context, change: &Change<'_>) -> Result<(), ScimError> {
        let most = self.0;
        let grows = || !change.added(&attr::MEMBERS).is_empty();
        if cx.resource_type() == "Group" && change.count(&attr::MEMBERS) > most && grows() {
            return Err(ScimError::invalid_value(format!("a group has {most} members at the most")));
        }
        Ok(())
    }
}

/// What was there before a rule was.
#[cfg(test)]
mod tests {
    use axum::body::Body;
    use axum::http::Request;
    use http_body_util::BodyExt;
    use scim_core::{Group, SchemaSet, ScimResource, TenantId, User, json};
    use scim_server::auth::dangerous_allow_anyone;
    use scim_server::store::{ResourceStore, Write};
    use scim_server::{BaseUrl, MemoryStore, ScimService};
    use serde_json::json;
    use tower::ServiceExt;

    use super::*;

    fn acme() -> TenantId {
        TenantId::new("acme").unwrap()
    }

    /// A store with one resource, and its id.
    async fn store<R: ScimResource>(
        kind: &str,
        schemas: &SchemaSet,
        resource: Value,
    ) -> (MemoryStore<R>, String) {
        let bytes = resource.to_string();
        let raw = json::read(bytes.as_bytes(), &scim_core::Limits::default()).unwrap();
        let intent = scim_core::Intent::Create;
        let admitted = schemas.admit(raw, intent, &scim_core::Profile::rfc()).unwrap();
        let store = MemoryStore::<R>::new();
        let cx = Context::new(acme(), kind, schemas);
        let new = R::from_resource(admitted.resource).unwrap();
        let written = store.create(&cx, new, &Write::unchecked()).await.unwrap();
        (store, written.stored.id.to_string())
    }

    async fn patch<S: ResourceStore>(
        store: S,
        rule: impl Rule,
        path: String,
        operation: Value,
    ) -> (u16, Value) {
        let base = BaseUrl::new("https://app.example").unwrap();
        let scim = ScimService::builder(base, dangerous_allow_anyone(acme())).resource(store).rule(rule);
        let body = json!({
            "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": [operation]
        });
        let request = Request::patch(path).body(Body::from(body.to_string())).unwrap();
        let response = scim.without_session_revocation().build().unwrap().oneshot(request).await.unwrap();
        let status = response.status().as_u16();
        let body = response.into_body().collect().await.unwrap().to_bytes();
        (status, if body.is_empty() { Value::Null } else { serde_json::from_slice(&body).unwrap() })
    }

    #[tokio::test]
    async fn a_leaver_of_a_domain_that_is_no_longer_verified_is_deactivated() {
        let user = json!({
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": "babs@old.example",
            "emails": [{"value": "babs@old.example"}]
        });
        let (users, id) = store::<User>("User", SchemaSet::user(), user).await;
        let rule = || VerifiedDomains(vec!["example.com".to_owned()]);
        let path = format!("/Users/{id}");
        let off = json!({"op": "replace", "path": "active", "value": false});
        let (status, body) = patch(users.clone(), rule(), path.clone(), off).await;
        assert_eq!((status, &body["active"]), (200, &json!(false)), "{body}");
        let other = json!({"op": "replace", "path": "userName", "value": "barbara@old.example"});
        assert_eq!(patch(users, rule(), path, other).await.0, 400);
    }

    #[tokio::test]
    async fn a_group_that_is_too_large_shrinks_and_does_not_grow() {
        let members = ["a", "b", "c", "d"].map(|id| json!({"value": id}));
        let group = json!({
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"], "displayName": "All", "members": members
        });
        let (groups, id) = store::<Group>("Group", SchemaSet::group(), group).await;
        let path = format!("/Groups/{id}");
        let rename = json!({"op": "replace", "path": "displayName", "value": "Everybody"});
        assert_eq!(patch(groups.clone(), MaxMembers(2), path.clone(), rename).await.0, 204);
        let one_less = json!({"op": "remove", "path": "members[value eq \"a\"]"});
        assert_eq!(patch(groups.clone(), MaxMembers(2), path.clone(), one_less).await.0, 204);
        let one_more = json!({"op": "add", "path": "members", "value": [{"value": "e"}]});
        assert_eq!(patch(groups, MaxMembers(2), path, one_more).await.0, 400);
    }
}
