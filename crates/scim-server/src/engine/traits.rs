//! The private twins of the traits that an application implements, so that the engine can hold them.

use std::error::Error as StdError;
use std::future::Future;
use std::sync::Arc;

use http::request::Parts;
use scim_core::value::secret::Secret;
use scim_core::{AttrPath, AuthenticationScheme, ResourceId, ScimError, TenantId};

use crate::auth::{AuthError, Authenticator, Principal};
use crate::context::Context;
use crate::rules::{Deprovision, Event, Leaver, Observer, PasswordSink};
use crate::settings::TenantSettings;
use crate::store::StoreError;
use crate::store::erased::BoxFuture;

pub(crate) type SettingsOf = dyn Fn(&TenantId) -> Option<Arc<TenantSettings>> + Send + Sync;

pub(crate) trait ErasedAuth: Send + Sync {
    fn authenticate<'a>(&'a self, head: &'a Parts) -> BoxFuture<'a, Result<Principal, AuthError>>;
    fn schemes(&self) -> Vec<AuthenticationScheme>;
    fn challenge(&self, error: &AuthError) -> String;
}

impl<A: Authenticator> ErasedAuth for A {
    fn authenticate<'a>(&'a self, head: &'a Parts) -> BoxFuture<'a, Result<Principal, AuthError>> {
        Box::pin(Authenticator::authenticate(self, head))
    }

    fn schemes(&self) -> Vec<AuthenticationScheme> {
        Authenticator::schemes(self)
    }

    fn challenge(&self, error: &AuthError) -> String {
        Authenticator::challenge(self, error)
    }
}

pub(crate) trait ErasedObserver: Send + Sync {
    fn needs(&self) -> Vec<AttrPath>;
    fn committed<'a>(&'a self, cx: &'a Context, event: &'a Event) -> BoxFuture<'a, ()>;
}

impl<O: Observer> ErasedObserver for O {
    fn needs(&self) -> Vec<AttrPath> {
        Observer::needs(self)
    }

    fn committed<'a>(&'a self, cx: &'a Context, event: &'a Event) -> BoxFuture<'a, ()> {
        Box::pin(Observer::committed(self, cx, event))
    }
}

pub(crate) trait ErasedDeprovision: Send + Sync {
    fn deprovision(
        &self,
        cx: Context,
        leaver: Leaver,
    ) -> BoxFuture<'_, Result<(), Box<dyn StdError + Send + Sync>>>;
}

impl<D: Deprovision> ErasedDeprovision for D {
    fn deprovision(
        &self,
        cx: Context,
        leaver: Leaver,
    ) -> BoxFuture<'_, Result<(), Box<dyn StdError + Send + Sync>>> {
        Box::pin(Deprovision::deprovision(self, cx, leaver))
    }
}

pub(crate) trait ErasedSink: Send + Sync {
    fn check(&self, cx: &Context, password: &Secret) -> Result<(), ScimError>;
    fn set<'a>(
        &'a self,
        cx: &'a Context,
        id: &'a ResourceId,
        password: Secret,
    ) -> BoxFuture<'a, Result<(), ScimError>>;
}

impl<P: PasswordSink> ErasedSink for P {
    fn check(&self, cx: &Context, password: &Secret) -> Result<(), ScimError> {
        PasswordSink::check(self, cx, password)
    }

    fn set<'a>(
        &'a self,
        cx: &'a Context,
        id: &'a ResourceId,
        password: Secret,
    ) -> BoxFuture<'a, Result<(), ScimError>> {
        Box::pin(PasswordSink::set(self, cx, id, password))
    }
}

pub(crate) trait ErasedMe: Send + Sync {
    fn resolve(
        &self,
        principal: Principal,
    ) -> BoxFuture<'_, Result<Option<(String, ResourceId)>, StoreError>>;
}

impl<F, T> ErasedMe for F
where
    F: Fn(Principal) -> T + Send + Sync,
    T: Future<Output = Result<Option<(String, ResourceId)>, StoreError>> + Send + 'static,
{
    fn resolve(
        &self,
        principal: Principal,
    ) -> BoxFuture<'_, Result<Option<(String, ResourceId)>, StoreError>> {
        Box::pin(self(principal))
    }
}
