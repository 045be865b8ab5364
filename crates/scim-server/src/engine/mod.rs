//! What answers requests: everything that a service was built from, and what one request is told by it.

pub(crate) mod after;
pub(crate) mod body;
mod guard;
mod handle;
mod headers;
mod listing;
mod present;
mod references;
mod relink;
mod respond;
mod route;
mod run;
mod stream;
pub(crate) mod traits;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use chrono::{DateTime, Utc};
use scim_core::{
    AttrPath, AuthenticationScheme, Deviation, Limits, Profile, Resolved, ResourceType, SchemaSet, ScimError,
    TenantId, attr,
};

pub(crate) use self::references::Reference;
use self::traits::{ErasedAuth, ErasedDeprovision, ErasedMe, ErasedObserver, ErasedSink, SettingsOf};
use crate::auth::{Access, Principal};
use crate::base_url::{Base, BaseUrl};
use crate::context::{Context, Operation};
use crate::cursor::Seal;
use crate::rate::Limiter;
use crate::rules::{DeletePolicy, LinkPolicy, PasswordPolicy, RecreatePolicy, Rule};
use crate::settings::{Features, TenantSettings};
use crate::store::erased::ErasedStore;
use crate::timer::Timer;

/// Everything that a service was built from.
pub(crate) struct Engine {
    pub(crate) base: BaseUrl,
    pub(crate) auth: Box<dyn ErasedAuth>,
    pub(crate) types: Arc<Vec<Mounted>>,
    pub(crate) tenants: TenantTypes,
    pub(crate) limits: Limits,
    pub(crate) profile: Profile,
    pub(crate) settings: Option<Box<SettingsOf>>,
    pub(crate) rules: Vec<Box<dyn Rule>>,
    pub(crate) link: Option<Box<dyn LinkPolicy>>,
    pub(crate) observers: Vec<Box<dyn ErasedObserver>>,
    pub(crate) deprovision: Option<Box<dyn ErasedDeprovision>>,
    pub(crate) passwords: Option<Box<dyn ErasedSink>>,
    pub(crate) password_policy: PasswordPolicy,
    pub(crate) delete_policy: DeletePolicy,
    pub(crate) recreate_policy: RecreatePolicy,
    pub(crate) timer: Arc<dyn Timer>,
    pub(crate) deadline: Option<Duration>,
    pub(crate) limiter: Option<Limiter>,
    /// For what is public.
    pub(crate) strangers: Option<Limiter>,
    pub(crate) seal: Option<Seal>,
    pub(crate) public_discovery: bool,
    pub(crate) me: Option<Box<dyn ErasedMe>>,
    pub(crate) features: Features,
    pub(crate) documentation_uri: Option<String>,
}

/// A resource type with its store.
pub(crate) struct Mounted {
    pub(crate) name: Arc<str>,
    pub(crate) endpoint: String,
    pub(crate) def: ResourceType,
    pub(crate) schemas: SchemaSet,
    pub(crate) store: Arc<dyn ErasedStore>,
    /// As the application named them.
    pub(crate) long_lists: Vec<AttrPath>,
    pub(crate) read_by_rules: Vec<AttrPath>,
    /// Long lists: PATCH answers without them, and rules see what becomes of them.
    pub(crate) large: Vec<Resolved>,
    /// Those of the long lists that a rule or an observer reads.
    pub(crate) needs: Vec<Resolved>,
    /// What refers to resources.
    pub(crate) references: Vec<Reference>,
}

impl Mounted {
    /// What follows from the schemas, where the mounted types have these names.
    pub(crate) fn shaped(mut self, types: &[String]) -> Self {
        let schemas = &self.schemas;
        let long = std::iter::once(attr::MEMBERS).chain(self.long_lists.iter().cloned());
        let mut large = resolve_all(schemas, &long.collect::<Vec<_>>());
        large.retain(|list| list.attribute().is_some_and(|attribute| attribute.multi_valued()));
        // A rule may call a list by its long name.
        let needs: Vec<AttrPath> = self.read_by_rules.iter().map(|need| need.clone().without_sub()).collect();
        let needs = resolve_all(schemas, &needs);
        let needed = |list: &&Resolved| needs.iter().any(|need| need.path() == list.path());
        self.needs = large.iter().filter(needed).cloned().collect();
        self.large = large;
        self.references = Reference::all(schemas, types);
        self
    }

    /// The same type as a tenant with other schemas has it.
    fn for_schemas(&self, schemas: &SchemaSet, types: &[String]) -> Self {
        let own = Self {
            name: Arc::clone(&self.name),
            endpoint: self.endpoint.clone(),
            def: self.def.clone(),
            schemas: schemas.clone(),
            store: Arc::clone(&self.store),
            long_lists: self.long_lists.clone(),
            read_by_rules: self.read_by_rules.clone(),
            large: Vec::new(),
            needs: Vec::new(),
            references: Vec::new(),
        };
        own.shaped(types)
    }
}

/// The resource types of tenants with schemas of their own, worked out once for each.
#[derive(Default)]
pub(crate) struct TenantTypes(Mutex<HashMap<TenantId, Adjusted>>);

/// The types, and the settings that they follow from.
type Adjusted = (Arc<TenantSettings>, Arc<Vec<Mounted>>);

/// So many are kept.
const MOST_TENANTS: usize = 10_000;

impl Engine {
    /// The resource types as a tenant with these settings has them.
    fn types_of(&self, tenant: &TenantId, settings: Option<&Arc<TenantSettings>>) -> Arc<Vec<Mounted>> {
        let Some(settings) = settings.filter(|own| !own.schemas.is_empty()) else {
            return Arc::clone(&self.types);
        };
        let mut known = self.tenants.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((of, types)) = known.get(tenant)
            && Arc::ptr_eq(of, settings)
        {
            return Arc::clone(types);
        }
        let names: Vec<String> = self.types.iter().map(|mounted| mounted.name.to_string()).collect();
        let adjusted = self.types.iter().map(|mounted| {
            let own = settings.schemas.get(mounted.name.as_ref());
            mounted.for_schemas(own.unwrap_or(&mounted.schemas), &names)
        });
        let types = Arc::new(adjusted.collect::<Vec<_>>());
        if known.len() >= MOST_TENANTS {
            known.clear();
        }
        known.insert(tenant.clone(), (Arc::clone(settings), Arc::clone(&types)));
        types
    }

    pub(crate) fn schemes(&self) -> Vec<AuthenticationScheme> {
        self.auth.schemes()
    }

    fn endpoints(&self) -> impl Iterator<Item = &str> {
        self.types.iter().map(|mounted| mounted.endpoint.as_str())
    }
}

/// One request, or one operation of a bulk request, of somebody who was let in.
pub(crate) struct Call {
    engine: Arc<Engine>,
    principal: Arc<Principal>,
    base: Base,
    settings: Option<Arc<TenantSettings>>,
    types: Arc<Vec<Mounted>>,
    now: DateTime<Utc>,
    noted: Arc<Mutex<Noted>>,
}

/// What a log line tells of a request.
#[derive(Default)]
struct Noted {
    operation: Option<Operation>,
    resource_type: Option<Arc<str>>,
    deviations: Vec<Deviation>,
}

impl Call {
    fn new(engine: &Arc<Engine>, principal: Principal, now: DateTime<Utc>) -> Self {
        let settings = engine.settings_of(principal.tenant());
        Self::with_settings(engine, principal, settings, now)
    }

    /// For nobody in particular: what is public is the same for everyone but for its links.
    fn of_stranger(engine: &Arc<Engine>, tenant: TenantId, now: DateTime<Utc>) -> Self {
        Self::with_settings(engine, Principal::new(tenant), None, now)
    }

    fn with_settings(
        engine: &Arc<Engine>,
        principal: Principal,
        settings: Option<Arc<TenantSettings>>,
        now: DateTime<Utc>,
    ) -> Self {
        let base = engine.base.for_tenant(principal.tenant());
        let types = engine.types_of(principal.tenant(), settings.as_ref());
        let engine = Arc::clone(engine);
        Self { engine, principal: Arc::new(principal), base, settings, types, now, noted: Arc::default() }
    }

    /// The same for what is done after the answer has begun.
    fn detached(&self) -> Self {
        Self {
            engine: Arc::clone(&self.engine),
            principal: Arc::clone(&self.principal),
            base: self.base.clone(),
            settings: self.settings.clone(),
            types: Arc::clone(&self.types),
            now: self.now,
            noted: Arc::default(),
        }
    }

    fn tenant(&self) -> &TenantId {
        self.principal.tenant()
    }

    fn profile(&self) -> &Profile {
        self.settings.as_ref().and_then(|own| own.profile.as_ref()).unwrap_or(&self.engine.profile)
    }

    fn limits(&self) -> &Limits {
        self.settings.as_ref().and_then(|own| own.limits.as_ref()).unwrap_or(&self.engine.limits)
    }

    fn mounted(&self, at: usize) -> Result<&Mounted, ScimError> {
        self.types.get(at).ok_or_else(|| ScimError::new(404).with_detail("no such resource type"))
    }

    /// Lets the principal do this, or not (RFC 7644 §2).
    fn require(&self, mounted: &Mounted, access: Access) -> Result<(), ScimError> {
        if self.principal.scopes().allows(&mounted.name, access) {
            return Ok(());
        }
        let what = if access == Access::Write { "write" } else { "read" };
        Err(ScimError::forbidden(format!("these credentials may not {what} `{}` resources", mounted.name)))
    }

    fn cx(&self, mounted: &Mounted, operation: Operation) -> Context {
        Context::of(
            Arc::clone(&self.principal),
            Arc::clone(&mounted.name),
            mounted.schemas.clone(),
            self.profile().clone(),
            operation,
            self.now,
        )
    }

    fn note(&self, operation: Operation, resource_type: Option<&Arc<str>>) {
        let mut noted = self.noted.lock().unwrap_or_else(PoisonError::into_inner);
        noted.operation = Some(operation);
        noted.resource_type = resource_type.cloned();
    }

    fn deviated(&self, deviations: impl IntoIterator<Item = Deviation>) {
        let mut deviations = deviations.into_iter().peekable();
        if deviations.peek().is_some() {
            self.noted.lock().unwrap_or_else(PoisonError::into_inner).deviations.extend(deviations);
        }
    }
}

impl Engine {
    fn settings_of(&self, tenant: &TenantId) -> Option<Arc<TenantSettings>> {
        self.settings.as_ref().and_then(|settings| settings(tenant))
    }
}

/// Those of these attributes that a schema set has.
pub(crate) fn resolve_all(schemas: &SchemaSet, paths: &[AttrPath]) -> Vec<Resolved> {
    paths.iter().filter_map(|path| schemas.resolve(path).ok()).collect()
}

/// An answer that was not thought of: a panic, or a request that took too long.
pub(crate) fn failure(error: ScimError, method: &http::Method) -> http::Response<body::Body> {
    respond::Failure::from(error).into_response(method)
}
