//! How a service is put together.

use std::fmt;
use std::future::Future;
use std::marker::PhantomData;
use std::sync::Arc;
use std::time::Duration;

use scim_core::{AttrPath, Limits, Profile, ResourceId, ResourceType, SchemaSet, ScimResource, TenantId};

use crate::auth::{Authenticator, Principal};
use crate::base_url::BaseUrl;
use crate::cursor::{CursorKey, Seal};
use crate::engine::traits::{
    ErasedAuth, ErasedDeprovision, ErasedMe, ErasedObserver, ErasedSink, SettingsOf,
};
use crate::engine::{Engine, Mounted, TenantTypes};
use crate::rate::{Limiter, RateLimit};
use crate::rules::{
    DeletePolicy, Deprovision, LinkPolicy, Observer, PasswordPolicy, PasswordSink, RecreatePolicy, Rule,
};
use crate::service::ScimService;
use crate::settings::{Features, TenantSettings};
use crate::store::erased::{Erased, ErasedStore};
use crate::store::{ResourceStore, StoreError};
use crate::timer::Timer;

/// Puts a [`ScimService`] together; [`ScimService::builder`] begins one.
///
/// It can be built once it is known what happens to the sessions of leavers: `Sessions` is [`Decided`] then.
pub struct Builder<Sessions> {
    base: BaseUrl,
    auth: Box<dyn ErasedAuth>,
    types: Vec<Type>,
    limits: Limits,
    profile: Profile,
    settings: Option<Box<SettingsOf>>,
    rules: Vec<Box<dyn Rule>>,
    link: Option<Box<dyn LinkPolicy>>,
    observers: Vec<Box<dyn ErasedObserver>>,
    deprovision: Option<Box<dyn ErasedDeprovision>>,
    passwords: Option<Box<dyn ErasedSink>>,
    password_policy: PasswordPolicy,
    delete_policy: DeletePolicy,
    recreate_policy: RecreatePolicy,
    timer: Option<Arc<dyn Timer>>,
    deadline: Option<Duration>,
    rate: Option<RateLimit>,
    cursor_key: Option<CursorKey>,
    cursor_timeout: Option<Duration>,
    public_discovery: bool,
    me: Option<Box<dyn ErasedMe>>,
    features: Features,
    documentation_uri: Option<String>,
    large: Vec<(String, Vec<AttrPath>)>,
    sessions: PhantomData<Sessions>,
}

/// What happens to the sessions of leavers is not known yet.
#[derive(Clone, Copy, Debug)]
pub struct Undecided;

/// What happens to the sessions of leavers is known.
#[derive(Clone, Copy, Debug)]
pub struct Decided;

struct Type {
    def: ResourceType,
    schemas: Option<SchemaSet>,
    store: Arc<dyn ErasedStore>,
}

/// Why a service cannot be built: what was put together does not fit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BuildError(String);

impl fmt::Display for BuildError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for BuildError {}

impl Builder<Undecided> {
    pub(crate) fn new(base: BaseUrl, auth: impl Authenticator) -> Self {
        Self {
            base,
            auth: Box::new(auth),
            types: Vec::new(),
            limits: Limits::default(),
            profile: Profile::default(),
            settings: None,
            rules: Vec::new(),
            link: None,
            observers: Vec::new(),
            deprovision: None,
            passwords: None,
            password_policy: PasswordPolicy::default(),
            delete_policy: DeletePolicy::default(),
            recreate_policy: RecreatePolicy::default(),
            timer: default_timer(),
            deadline: Some(Duration::from_secs(30)),
            rate: None,
            cursor_key: None,
            cursor_timeout: None,
            public_discovery: false,
            me: None,
            features: Features::default(),
            documentation_uri: None,
            large: Vec::new(),
            sessions: PhantomData,
        }
    }

    /// Ends the sessions, tokens and keys of an account that is disabled or deleted; see [`Deprovision`].
    #[must_use]
    pub fn on_deprovision(mut self, handler: impl Deprovision) -> Builder<Decided> {
        self.deprovision = Some(Box::new(handler));
        self.decided()
    }

    /// States that nothing has to be ended when an account is disabled or deleted: that the application asks on every request
    /// whether it still may.
    #[must_use]
    pub fn without_session_revocation(self) -> Builder<Decided> {
        self.decided()
    }

    fn decided(self) -> Builder<Decided> {
        Builder {
            base: self.base,
            auth: self.auth,
            types: self.types,
            limits: self.limits,
            profile: self.profile,
            settings: self.settings,
            rules: self.rules,
            link: self.link,
            observers: self.observers,
            deprovision: self.deprovision,
            passwords: self.passwords,
            password_policy: self.password_policy,
            delete_policy: self.delete_policy,
            recreate_policy: self.recreate_policy,
            timer: self.timer,
            deadline: self.deadline,
            rate: self.rate,
            cursor_key: self.cursor_key,
            cursor_timeout: self.cursor_timeout,
            public_discovery: self.public_discovery,
            me: self.me,
            features: self.features,
            documentation_uri: self.documentation_uri,
            large: self.large,
            sessions: PhantomData,
        }
    }
}

impl<Sessions> Builder<Sessions> {
    /// Mounts the store of a type that brings its schemas, such as [`User`](scim_core::User) or [`Group`](scim_core::Group):
    /// named after its base schema, at the plural of that (`/Users`).
    #[must_use]
    pub fn resource<S: ResourceStore>(mut self, store: S) -> Self {
        let schemas = S::Resource::schema_set().cloned();
        let def = match &schemas {
            Some(schemas) => {
                let name = schemas.base().name();
                ResourceType::new(name, format!("/{name}s"), schemas)
            }
            None => ResourceType::default(),
        };
        self.types.push(Type { def, schemas, store: Arc::new(Erased(store)) });
        self
    }

    /// Mounts a store under a definition and schemas of its own, which may be known at run time only (RFC 7643 §6).
    ///
    /// ```
    /// use scim_core::{Resource, ResourceType, SchemaSet, TenantId};
    /// use scim_server::auth::dangerous_allow_anyone;
    /// use scim_server::{BaseUrl, MemoryStore, ScimService};
    ///
    /// let set = SchemaSet::user();
    /// let people = ResourceType::new("User", "/People", set);
    /// let base = BaseUrl::new("https://app.example/scim/v2")?;
    /// let scim = ScimService::builder(base, dangerous_allow_anyone(TenantId::new("acme")?))
    ///     .resource_type(people, set.clone(), MemoryStore::<Resource>::new())
    ///     .without_session_revocation()
    ///     .build()?;
    /// # let _ = scim;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn resource_type<S: ResourceStore>(
        mut self,
        def: ResourceType,
        schemas: SchemaSet,
        store: S,
    ) -> Self {
        self.types.push(Type { def, schemas: Some(schemas), store: Arc::new(Erased(store)) });
        self
    }

    /// Names the long lists of a resource type: PATCH answers 204 without them, and rules and observers see what becomes of
    /// them rather than all of them. `members` is one by default.
    #[must_use]
    pub fn long_lists(
        mut self,
        resource_type: impl Into<String>,
        lists: impl IntoIterator<Item = AttrPath>,
    ) -> Self {
        self.large.push((resource_type.into(), lists.into_iter().collect()));
        self
    }

    /// Sets the limits; those of [`Limits::default`] hold otherwise.
    #[must_use]
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// Sets what senders are let get away with; [`Profile::lenient`] otherwise.
    #[must_use]
    pub fn profile(mut self, profile: Profile) -> Self {
        self.profile = profile;
        self
    }

    /// Sets what is different from tenant to tenant. It is asked for every request, and should have the answer at hand.
    #[must_use]
    pub fn tenant_settings(
        mut self,
        settings: impl Fn(&TenantId) -> Option<Arc<TenantSettings>> + Send + Sync + 'static,
    ) -> Self {
        self.settings = Some(Box::new(settings));
        self
    }

    /// Adds a rule that every write is asked about; they are asked in the order in which they were added.
    #[must_use]
    pub fn rule(mut self, rule: impl Rule) -> Self {
        self.rules.push(Box::new(rule));
        self
    }

    /// Sets what becomes of accounts that were there before the directory; [`Never`](crate::rules::Never) otherwise.
    #[must_use]
    pub fn link_policy(mut self, link: impl LinkPolicy) -> Self {
        self.link = Some(Box::new(link));
        self
    }

    /// Adds somebody who hears of every write after it was committed.
    #[must_use]
    pub fn observer(mut self, observer: impl Observer) -> Self {
        self.observers.push(Box::new(observer));
        self
    }

    /// Sets who takes passwords; nobody does otherwise.
    #[must_use]
    pub fn passwords(mut self, sink: impl PasswordSink) -> Self {
        self.passwords = Some(Box::new(sink));
        self
    }

    /// Sets what becomes of passwords that nobody takes.
    #[must_use]
    pub fn password_policy(mut self, policy: PasswordPolicy) -> Self {
        self.password_policy = policy;
        self
    }

    /// Sets what DELETE does.
    #[must_use]
    pub fn delete_policy(mut self, policy: DeletePolicy) -> Self {
        self.delete_policy = policy;
        self
    }

    /// Sets what a create does when the person has been here before.
    #[must_use]
    pub fn recreate_policy(mut self, policy: RecreatePolicy) -> Self {
        self.recreate_policy = policy;
        self
    }

    /// Sets the clock and the alarm; without the feature `tokio` there has to be one.
    #[must_use]
    pub fn timer(mut self, timer: impl Timer) -> Self {
        self.timer = Some(Arc::new(timer));
        self
    }

    /// Sets how long a request may take before it is answered with 503: 30 seconds by default.
    #[must_use]
    pub fn deadline(mut self, deadline: Duration) -> Self {
        self.deadline = Some(deadline);
        self
    }

    /// Lets requests take as long as they do: something in front of the service sees to that.
    #[must_use]
    pub fn without_deadline(mut self) -> Self {
        self.deadline = None;
        self
    }

    /// Limits the rate of each tenant: what goes beyond is answered with 429 and `Retry-After`.
    #[must_use]
    pub fn rate_limit(mut self, limit: RateLimit) -> Self {
        self.rate = Some(limit);
        self
    }

    /// Sets the key that cursors are sealed with (RFC 9865): the same in all processes that answer for this data, and after a
    /// restart. Without one, and without a store that has one, there are no cursors.
    #[must_use]
    pub fn cursor_key(mut self, key: CursorKey) -> Self {
        self.cursor_key = Some(key);
        self
    }

    /// Sets how long a cursor is good: an hour by default.
    #[must_use]
    pub fn cursor_timeout(mut self, timeout: Duration) -> Self {
        self.cursor_timeout = Some(timeout);
        self
    }

    /// Lets anyone read what describes the service (RFC 7644 §4); otherwise it takes credentials too. Who sends none, or wrong
    /// ones, does not see what is different for a tenant.
    #[must_use]
    pub fn public_discovery(mut self) -> Self {
        self.public_discovery = true;
        self
    }

    /// Says who a principal is as a resource, by type and id, for `/Me` (RFC 7644 §3.11); 501 without.
    #[must_use]
    pub fn me<F, T>(mut self, resolve: F) -> Self
    where
        F: Fn(Principal) -> T + Send + Sync + 'static,
        T: Future<Output = Result<Option<(String, ResourceId)>, StoreError>> + Send + 'static,
    {
        self.me = Some(Box::new(resolve));
        self
    }

    /// Sets what is offered beyond the core of the protocol.
    #[must_use]
    pub fn features(mut self, features: Features) -> Self {
        self.features = features;
        self
    }

    /// Names a page with help for people (RFC 7643 §5).
    #[must_use]
    pub fn documentation_uri(mut self, uri: impl Into<String>) -> Self {
        self.documentation_uri = Some(uri.into());
        self
    }
}

impl Builder<Decided> {
    /// Builds the service.
    ///
    /// # Errors
    /// When there is no resource type, two have one name or endpoint, an endpoint is one of the protocol's own, a store of
    /// dynamic resources came without schemas, or a rule or an observer needs what no type has.
    pub fn build(self) -> Result<ScimService, BuildError> {
        let fail = |text: String| Err(BuildError(text));
        if self.types.is_empty() {
            return fail("a service needs a resource type".to_owned());
        }
        let names: Vec<String> = self.types.iter().map(|one| one.def.name.to_string()).collect();
        let needs: Vec<AttrPath> = self
            .rules
            .iter()
            .flat_map(|rule| rule.needs())
            .chain(self.observers.iter().flat_map(|observer| observer.needs()))
            .collect();
        let mut types: Vec<Mounted> = Vec::new();
        for one in self.types {
            let Some(schemas) = one.schemas else {
                return fail("a store of dynamic resources is mounted with `resource_type`".to_owned());
            };
            let name = one.def.name.to_string();
            let endpoint = format!("/{}", one.def.endpoint.trim_matches('/'));
            let bare = endpoint.trim_matches('/');
            if bare.is_empty()
                || bare.contains('/')
                || RESERVED.iter().any(|own| own.eq_ignore_ascii_case(bare))
            {
                return fail(format!("`{endpoint}` cannot be the endpoint of a resource type"));
            }
            if types.iter().any(|other| *other.name == *name || other.endpoint == endpoint) {
                return fail(format!("two resource types are called `{name}` or are at `{endpoint}`"));
            }
            if one.def.schema.as_ref().is_some_and(|schema| schema != schemas.base().id()) {
                return fail(format!("`{name}` is defined with another base schema than its own"));
            }
            let lists = self.large.iter().filter(|(of, _)| *of == name).flat_map(|(_, lists)| lists.clone());
            let mounted = Mounted {
                long_lists: lists.collect(),
                read_by_rules: needs.clone(),
                name: name.into(),
                endpoint,
                def: one.def,
                schemas,
                store: one.store,
                large: Vec::new(),
                needs: Vec::new(),
                references: Vec::new(),
            };
            types.push(mounted.shaped(&names));
        }
        let known = |need: &AttrPath| types.iter().any(|mounted| mounted.schemas.resolve(need).is_ok());
        if let Some(unknown) = needs.iter().find(|need| !known(need)) {
            return fail(format!("a rule or an observer needs `{unknown}`, which no resource type has"));
        }
        let key = self.cursor_key.or_else(|| types.iter().find_map(|mounted| mounted.store.cursor_key()));
        let seal = key.filter(|_| self.features.cursors).map(|key| match self.cursor_timeout {
            Some(timeout) => Seal::new(key).with_timeout(timeout),
            None => Seal::new(key),
        });
        let Some(timer) = self.timer else {
            return fail("a service needs a timer".to_owned());
        };
        Ok(ScimService::of(Engine {
            base: self.base,
            auth: self.auth,
            types: Arc::new(types),
            tenants: TenantTypes::default(),
            limits: self.limits,
            profile: self.profile,
            settings: self.settings,
            rules: self.rules,
            link: self.link,
            observers: self.observers,
            deprovision: self.deprovision,
            passwords: self.passwords,
            password_policy: self.password_policy,
            delete_policy: self.delete_policy,
            recreate_policy: self.recreate_policy,
            timer,
            deadline: self.deadline,
            limiter: self.rate.map(Limiter::new),
            strangers: self.rate.map(Limiter::new),
            seal,
            public_discovery: self.public_discovery,
            me: self.me,
            features: self.features,
            documentation_uri: self.documentation_uri,
        }))
    }
}

impl<Sessions> fmt::Debug for Builder<Sessions> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Builder").field("base", &self.base).finish_non_exhaustive()
    }
}

/// What the protocol has endpoints of its own for.
const RESERVED: &[&str] =
    &["Me", "Bulk", ".search", "Schemas", "ResourceTypes", "ServiceProviderConfig", "ServiceProviderConfigs"];

#[cfg(feature = "tokio")]
#[expect(clippy::unnecessary_wraps, reason = "there is none without Tokio")]
fn default_timer() -> Option<Arc<dyn Timer>> {
    Some(Arc::new(crate::timer::TokioTimer))
}

#[cfg(not(feature = "tokio"))]
fn default_timer() -> Option<Arc<dyn Timer>> {
    None
}
