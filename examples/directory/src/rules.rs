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
