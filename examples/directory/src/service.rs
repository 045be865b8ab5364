//! The SCIM service of all directories.

use std::sync::Arc;

use axum::Router;
use scim_core::schema::{Mutability, Schema};
use scim_core::{Group, Limits, ResourceType, SchemaSet, TenantId, User, attr};
use scim_server::auth::BearerTokens;
use scim_server::{BaseUrl, BaseUrlError, BuildError, MemoryStore, RateLimit, ScimService};
use scim_sqlx::Database;

use crate::limits::Users;
use crate::policies::Policies;
use crate::registry::Directories;
use crate::rules::{MaxMembers, VerifiedDomains};
use crate::sessions::Sessions;
use crate::store::Store;

/// Where the directories are, below the origin of the application.
const PATH: &str = "/scim/directory";

/// Why there is no service.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RouterError {
    /// The origin is none.
    #[error(transparent)]
    Origin(#[from] BaseUrlError),
    /// What was put together does not fit.
    #[error(transparent)]
    Build(#[from] BuildError),
    /// A schema could not be adjusted.
    #[error(transparent)]
    Schema(#[from] scim_core::ScimError),
}

/// The base URL of a directory, for whoever sets up an identity provider.
#[must_use]
pub fn base_url(origin: &str, directory: &TenantId) -> String {
    format!("{}{PATH}/{directory}", origin.trim_end_matches('/'))
}

/// The routes of all directories, for an application that clients see at this origin, such as `https://app.example`. The users
/// and groups are where the directories are: each router has its own in memory, and all share those of a database.
///
/// ```
/// use directory::{Directories, Policies, Sessions};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let directories = Directories::open(&"memory".parse()?).await?;
/// let app = directory::router("https://app.example", &directories, &Policies::default(), Sessions::default())?;
/// let (people, key) = directories.create("People").await?;
/// println!("{}", directory::base_url("https://app.example", &people.id));
/// println!("{}", key.expose());
/// # let _: axum::Router = app;
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// [`RouterError::Origin`] when it is no `http` or `https` URL.
pub fn router(
    origin: &str,
    directories: &Directories,
    policies: &Policies,
    sessions: Sessions,
) -> Result<Router, RouterError> {
    let base = BaseUrl::per_tenant(&format!("{}{PATH}/{{tenant}}", origin.trim_end_matches('/')))?;
    let (users, groups) = stores(directories.database(), policies.unique_group_names);
    let users = Users::new(users, policies.max_users.map(|most| most as u64));
    let page_max = policies.page_max.max(1);
    let defaults = Limits::default();
    let limits = Limits { page_max, page_default: defaults.page_default.min(page_max), ..defaults };

    let mut scim = ScimService::builder(base, BearerTokens::new(directories.tokens()))
        .resource(users)
        .limits(limits)
        .profile(policies.profile.clone())
        .features(policies.features)
        .delete_policy(policies.delete)
        .recreate_policy(policies.recreate);
    scim = if policies.immutable_group_names {
        let schemas = group_names_stay()?;
        scim.resource_type(ResourceType::new("Group", "/Groups", &schemas), schemas, groups)
    } else {
        scim.resource(groups)
    };
    if !policies.verified_domains.is_empty() {
        scim = scim.rule(VerifiedDomains(policies.verified_domains.clone()));
    }
    if let Some(most) = policies.max_members {
        scim = scim.rule(MaxMembers(most));
    }
    if let Some(requests) = policies.rate_limit {
        scim = scim.rate_limit(RateLimit::per_second(requests));
    }
    Ok(Router::new().nest_service(PATH, scim.on_deprovision(sessions).build()?))
}

fn stores(database: Option<&Database>, unique_group_names: bool) -> (Store<User>, Store<Group>) {
    if let Some(database) = database {
        let mut groups = database.groups();
        if unique_group_names {
            groups = groups.with_unique(attr::DISPLAY_NAME);
        }
        return (Store::Database(database.users()), Store::Database(groups));
    }
    let mut groups = MemoryStore::<Group>::new();
    if unique_group_names {
        groups = groups.with_unique(attr::DISPLAY_NAME);
    }
    (Store::Memory(MemoryStore::new().with_groups(&groups)), Store::Memory(groups))
}

/// The schemas of a group, where `displayName` is immutable: discovery tells, and the service holds to it.
fn group_names_stay() -> Result<SchemaSet, scim_core::ScimError> {
    let group = SchemaSet::group().base();
    let attributes = group.attributes().iter().map(|attribute| {
        let attribute = (**attribute).clone();
        if *attribute.name() == "displayName" {
            attribute.with_mutability(Mutability::Immutable)
        } else {
            attribute
        }
    });
    let schema = Schema::new(group.id().clone(), group.name(), group.description(), attributes.collect())?;
    SchemaSet::new(Arc::new(schema), Vec::new())
}
