//! The test kit for stores: what every [`ResourceStore`] has to do, asked of yours.
//!
//! ```
//! use scim_core::User;
//! use scim_server::MemoryStore;
//! use scim_server::testing::check_store;
//!
//! # let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
//! # runtime.block_on(async {
//! let report = check_store(&MemoryStore::<User>::new()).await.unwrap();
//! assert_eq!(report.skipped[0].1, "the type has no members");
//! # });
//! ```
//!
//! Each check works in tenants of its own with random names, so it may run on a database that has others; what it
//! creates there stays. A store that says [`StoreError::Unsupported`](crate::store::StoreError::Unsupported) is not failed
//! for it, and the [`Report`] names the check.

mod basic;
mod guard;
mod join;
mod lists;
mod pages;
mod queries;
mod races;
mod returns;
mod rules;
mod tenants;
mod unique;
mod world;

use std::fmt;

use scim_core::schema::{AttrType, Attribute, Mutability, Returned, Uniqueness};
use scim_core::{AttrPath, Resource, SchemaSet, ScimError, ScimResource, TenantId, attr};
use serde_json::{Value, json};

use self::world::{Check, Problem, World};
use crate::store::ResourceStore;

type Make<R> = Box<dyn Fn(usize) -> Result<R, ScimError> + Send + Sync>;

/// The checks for stores of one resource type.
///
/// ```
/// use scim_core::{Group, SchemaSet};
/// use scim_server::MemoryStore;
/// use scim_server::testing::StoreKit;
///
/// # let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
/// # runtime.block_on(async {
/// let kit = StoreKit::new("Group", SchemaSet::group(), |n| Group {
///     display_name: format!("Group {n}").into(),
///     ..Group::default()
/// });
/// kit.check(&MemoryStore::<Group>::new()).await.unwrap();
/// # });
/// ```
pub struct StoreKit<R> {
    resource_type: String,
    schemas: SchemaSet,
    make: Make<R>,
    unique: Option<AttrPath>,
    text: Option<AttrPath>,
    list: Option<AttrPath>,
}

/// What was checked.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Report {
    /// The checks that the store passed.
    pub passed: Vec<&'static str>,
    /// The checks that do not apply to the type, or that ask for what the store does not support, each with a reason.
    pub skipped: Vec<(&'static str, String)>,
}

/// What a store does wrong.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Failure {
    /// The checks that failed, each with what happened.
    pub problems: Vec<(&'static str, String)>,
    /// What went well.
    pub report: Report,
}

/// Checks a store of users, or of whatever else has a `userName`.
///
/// # Errors
/// [`Failure`]: what the store does wrong.
pub async fn check_store<S: ResourceStore>(store: &S) -> Result<Report, Failure> {
    let schemas = S::Resource::schema_set().unwrap_or_else(|| SchemaSet::user());
    let kit = StoreKit::dynamic("User", schemas, |n| {
        json!({
            "schemas": [SchemaSet::user().base().id().as_str()],
            "userName": format!("Kit.User{n}@Example.com"),
            "active": true,
        })
    });
    kit.check(store).await
}

impl<R: ScimResource> StoreKit<R> {
    /// The checks for resources of this type. The function makes a valid resource of each number, different in what has to be
    /// unique.
    #[must_use]
    pub fn new(
        resource_type: &str,
        schemas: &SchemaSet,
        make: impl Fn(usize) -> R + Send + Sync + 'static,
    ) -> Self {
        Self::with_make(resource_type, schemas, Box::new(move |n| Ok(make(n))))
    }

    fn with_make(resource_type: &str, schemas: &SchemaSet, make: Make<R>) -> Self {
        let base =
            || schemas.attributes().filter(|attribute| attribute.mutability() == Mutability::ReadWrite);
        let path = |attribute: &Attribute| AttrPath::of_name(attribute.name().clone());
        let is_text =
            |attribute: &Attribute| attribute.kind() == AttrType::String && !attribute.multi_valued();
        let unique = base().find(|attribute| {
            is_text(attribute) && attribute.uniqueness() != Uniqueness::None && !attribute.compares_exactly()
        });
        let free = |attribute: &&std::sync::Arc<Attribute>| {
            is_text(attribute)
                && attribute.uniqueness() == Uniqueness::None
                && attribute.returned() == Returned::Default
                && !attribute.compares_exactly()
                && attribute.canonical_values().is_empty()
        };
        // Most stores have a column for one of these.
        let usual = [attr::DISPLAY_NAME, attr::TITLE, attr::NICK_NAME];
        let usual = usual.iter().find_map(|usual| base().filter(free).find(|text| path(text) == *usual));
        let list = base().find(|attribute| attribute.multi_valued() && attribute.refers_to_resources());
        Self {
            resource_type: resource_type.to_owned(),
            schemas: schemas.clone(),
            unique: unique.map(|attribute| path(attribute)),
            text: usual.or_else(|| base().find(free)).map(|attribute| path(attribute)),
            list: list.map(|attribute| path(attribute)),
            make,
        }
    }

    /// The same for a type that is known by its documents.
    fn dynamic(resource_type: &str, schemas: &SchemaSet, make: fn(usize) -> Value) -> Self {
        let own = schemas.clone();
        Self::with_make(
            resource_type,
            schemas,
            Box::new(move |n| match make(n) {
                Value::Object(map) => R::from_resource(Resource::from_canonical(map, &own)),
                _ => Err(ScimError::internal("a resource is an object")),
            }),
        )
    }

    /// The same with another text attribute that is unique within a tenant without regard to case; the kit takes the first of
    /// the schemas'.
    #[must_use]
    pub fn with_unique(mut self, path: AttrPath) -> Self {
        self.unique = Some(path);
        self
    }

    /// The same with another text attribute, neither unique nor case-sensitive, that the kit may write; it takes `displayName`
    /// where there is one.
    #[must_use]
    pub fn with_text(mut self, path: AttrPath) -> Self {
        self.text = Some(path);
        self
    }

    /// Runs all checks, also after one has failed.
    ///
    /// # Errors
    /// [`Failure`]: what the store does wrong.
    pub async fn check<S: ResourceStore<Resource = R>>(&self, store: &S) -> Result<Report, Failure> {
        let mut report = Report::default();
        let mut problems = Vec::new();
        macro_rules! run {
            ($($module:ident :: $check:ident),* $(,)?) => {$(
                let name = stringify!($check);
                let outcome = match World::new(self, store) {
                    Ok(world) => $module::$check(&world).await,
                    Err(error) => Err(error.into()),
                };
                note(name, outcome, &mut report, &mut problems);
            )*};
        }
        run!(
            basic::what_was_created_is_read,
            basic::what_is_not_there_is_not_found,
            basic::replacing_replaces_the_whole,
            basic::patching_changes_what_it_names,
            basic::what_is_deleted_is_gone,
            basic::ids_are_never_used_again,
            basic::ids_are_exact,
            basic::an_external_id_is_no_id,
            basic::versions_change_with_the_resource,
            basic::a_wrong_version_writes_nothing,
            basic::one_of_several_versions_is_enough,
            basic::names_are_those_of_the_resources,
            tenants::tenants_see_nothing_of_each_other,
            tenants::tenants_write_nothing_of_each_other,
            tenants::tenants_do_not_conflict,
            unique::a_value_is_taken_once,
            unique::a_value_is_taken_by_replace_and_patch,
            unique::a_value_is_free_again,
            rules::rules_are_asked_before_the_commit,
            rules::rules_see_what_was_and_what_will_be,
            rules::rules_come_after_the_version,
            queries::filters_choose,
            queries::filters_look_into_lists,
            queries::filters_find_ids_and_times,
            queries::filters_find_who_is_active,
            queries::orders_order,
            queries::totals_count_what_was_found,
            pages::pages_by_index_cover_all_once,
            pages::pages_by_cursor_cover_all_once,
            pages::pages_by_cursor_stand_while_others_write,
            pages::pages_by_cursor_keep_an_order,
            pages::pages_by_cursor_keep_to_the_filter,
            races::one_of_many_creates_a_name,
            races::one_of_many_writes_at_a_version,
            races::no_patch_is_lost,
            lists::members_come_and_go,
            lists::members_that_change_nothing_change_nothing,
            lists::no_member_is_lost,
            lists::rules_see_which_members_come_and_go,
            returns::what_is_retired_is_out_of_sight,
            returns::who_returns_has_the_same_id,
            returns::a_return_is_a_write_of_the_tenant,
            returns::an_inactive_resource_comes_back,
        );
        if problems.is_empty() { Ok(report) } else { Err(Failure { problems, report }) }
    }

    /// A resource in its dynamic form, with these attributes.
    fn made(&self, n: usize, attributes: &[(&AttrPath, Value)]) -> Result<R, ScimError> {
        let made = R::to_resource(&std::sync::Arc::new((self.make)(n)?))?;
        let mut resource = Resource::clone(&made).with_schema_set(&self.schemas);
        for (path, value) in attributes {
            resource.set(path, value.clone())?;
        }
        R::from_resource(resource)
    }

    fn tenant() -> Result<TenantId, ScimError> {
        TenantId::new(format!("kit-{}", uuid::Uuid::new_v4()))
    }
}

fn note(name: &'static str, outcome: Check, report: &mut Report, problems: &mut Vec<(&'static str, String)>) {
    match outcome {
        Ok(()) => report.passed.push(name),
        Err(Problem::Skipped(why)) => report.skipped.push((name, why)),
        Err(Problem::Wrong(what)) => problems.push((name, what)),
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} checks passed", self.passed.len())?;
        self.skipped.iter().try_for_each(|(name, why)| write!(f, "\n  skipped {name}: {why}"))
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} checks failed", self.problems.len())?;
        self.problems.iter().try_for_each(|(name, what)| write!(f, "\n  {name}: {what}"))?;
        write!(f, "\n{}", self.report)
    }
}

impl std::error::Error for Failure {}
