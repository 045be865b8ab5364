//! From a request to an answer: who is asking, what for, and whatever goes wrong as a SCIM error.

use std::sync::{Arc, PoisonError};

use bytes::Buf;
use http::request::Parts;
use http::{Method, Response};
use scim_core::{BulkRequest, ScimError, TenantId, json};
use scim_filter::query::{ParsedQuery, Query};
use serde_json::Value;

use super::body::{self, Body};
use super::headers::{Conditions, check_accept, check_content_type};
use super::respond::{Failure, Reply};
use super::route::{Nowhere, Place};
use super::{Call, Engine};
use crate::auth::{AuthError, Principal, Scopes};
use crate::base_url::{decode_segment, tenant_matches};

impl Engine {
    /// Answers a request.
    pub(crate) async fn answer<B>(self: &Arc<Self>, mut head: Parts, body: B) -> Response<Body>
    where
        B: http_body::Body,
        B::Data: Buf,
    {
        let started = std::time::Instant::now();
        let method = std::mem::take(&mut head.method);
        let mut log = Log::default();
        let result = self.handle(&method, &head, body, &mut log).await;
        let (status, response) = match result {
            Ok(reply) => (reply.status, reply.into_response(&method)),
            Err(failure) => {
                if failure.error.status() >= 500 {
                    log.fault(&failure.error);
                }
                (failure.error.status(), failure.into_response(&method))
            }
        };
        log.write(&method, status, started.elapsed());
        response
    }

    async fn handle<B>(
        self: &Arc<Self>,
        method: &Method,
        head: &Parts,
        body: B,
        log: &mut Log,
    ) -> Result<Reply, Failure>
    where
        B: http_body::Body,
        B::Data: Buf,
    {
        let Some((segment, path)) = self.base.split(head.uri.path()) else { return Err(nothing_here()) };
        let place = Place::read(path, self.endpoints());
        let public = self.public_discovery && place.as_ref().is_ok_and(Place::is_discovery);
        let principal = if public {
            // Nobody in particular: what is public is the same for everyone but for its links.
            let tenant = segment.map_or(Some("public".into()), decode_segment).ok_or_else(nothing_here)?;
            let tenant = TenantId::new(tenant.as_ref()).map_err(|_| nothing_here())?;
            Principal::new(tenant).with_scopes(Scopes::default())
        } else {
            let principal = self.auth.authenticate(head).await.map_err(|error| self.unknown(&error))?;
            if segment.is_some_and(|segment| !tenant_matches(segment, principal.tenant())) {
                // Whether there is such a tenant is not for others to know.
                return Err(nothing_here());
            }
            principal
        };
        log.tenant = Some(principal.tenant().clone());
        let now = self.timer.now();
        if let Some(limiter) = &self.limiter
            && let Err(after) = limiter.take(principal.tenant(), now)
        {
            let error = ScimError::too_many_requests("too many requests: slow down");
            return Err(Failure::later(error, after));
        }
        let place = place.map_err(|nowhere| match nowhere {
            Nowhere::NotFound => nothing_here(),
            Nowhere::Version => ScimError::invalid_vers("this is version 2 of the protocol").into(),
        })?;
        let call = Call::new(self, principal, now);
        let result = call.dispatch(place, method, head, body).await;
        let noted = call.noted.into_inner().unwrap_or_else(PoisonError::into_inner);
        log.operation = noted.operation.map_or("none", crate::context::Operation::as_str);
        log.resource_type = noted.resource_type;
        log.deviations = noted.deviations;
        result
    }

    fn unknown(&self, error: &AuthError) -> Failure {
        match error {
            AuthError::Missing => {
                Failure::unauthorized("credentials are required", self.auth.challenge(error))
            }
            AuthError::Invalid => {
                Failure::unauthorized("these credentials are not good", self.auth.challenge(error))
            }
            AuthError::Forbidden => ScimError::forbidden("these credentials are not for this").into(),
            AuthError::Unavailable(cause) => {
                tracing::error!(error = %cause, "nobody can be authenticated");
                ScimError::unavailable("credentials cannot be checked at the moment").into()
            }
        }
    }
}

fn nothing_here() -> Failure {
    ScimError::new(404).with_detail("there is nothing at this address").into()
}

impl Call {
    /// The table of RFC 7644 §3.2.
    async fn dispatch<B>(
        &self,
        place: Place,
        method: &Method,
        head: &Parts,
        body: B,
    ) -> Result<Reply, Failure>
    where
        B: http_body::Body,
        B::Data: Buf,
    {
        if !place.methods().contains(method) {
            return Err(Failure::method_not_allowed(place.methods()));
        }
        check_accept(head)?;
        match place {
            Place::ServiceProviderConfig | Place::ResourceTypes(_) | Place::Schemas(_) => {
                self.no_filter(head)?;
                match place {
                    Place::ResourceTypes(name) => self.resource_types(name.as_deref()),
                    Place::Schemas(uri) => self.schema_documents(uri.as_deref()),
                    _ => self.service_provider_config(),
                }
            }
            Place::Root => self.root_query(self.parameters(head.uri.query())?).await,
            Place::RootSearch => {
                let parsed = self.search_request(head, body).await?;
                self.root_query(parsed).await
            }
            Place::Type(at) if *method == Method::POST => {
                let parsed = self.parameters(head.uri.query())?;
                self.allowed(at, crate::auth::Access::Write)?;
                self.create(at, self.json(head, body).await?, &parsed).await
            }
            Place::Type(at) => self.query(at, self.parameters(head.uri.query())?).await,
            Place::TypeSearch(at) => {
                self.allowed(at, crate::auth::Access::Read)?;
                let parsed = self.search_request(head, body).await?;
                self.query(at, parsed).await
            }
            Place::Resource(at, id) => self.one(at, &id, method, head, body).await,
            Place::Me => {
                let (at, id) = self.me().await?;
                let located = *method != Method::DELETE;
                let mut reply = self.one(at, &id, method, head, body).await?;
                if located && reply.location.is_none() && reply.body.is_some() {
                    // The address of the real resource (RFC 7644 §3.11).
                    reply.location = Some(self.base.location(&self.mounted(at)?.endpoint, id.as_str()));
                }
                Ok(reply)
            }
            Place::Bulk if !self.engine.features.bulk => {
                Err(ScimError::not_implemented("bulk requests are not offered here").into())
            }
            Place::Bulk => {
                let body = self.json(head, body).await?;
                let request = BulkRequest::from_json(body, self.limits())?;
                self.bulk(request).await
            }
        }
    }

    async fn one<B>(
        &self,
        at: usize,
        id: &scim_core::ResourceId,
        method: &Method,
        head: &Parts,
        body: B,
    ) -> Result<Reply, Failure>
    where
        B: http_body::Body,
        B::Data: Buf,
    {
        let conditions = Conditions::read(head)?;
        let parsed = self.parameters(head.uri.query())?;
        if *method == Method::DELETE {
            return self.delete(at, id, &conditions).await;
        }
        if *method != Method::PUT && *method != Method::PATCH {
            return self.get(at, id, &parsed, &conditions).await;
        }
        // Whoever may not write need not send a body first.
        self.allowed(at, crate::auth::Access::Write)?;
        let body = self.json(head, body).await?;
        if *method == Method::PUT {
            self.replace(at, id, body, &parsed, &conditions).await
        } else {
            self.patch(at, id, body, &parsed, &conditions).await
        }
    }

    fn allowed(&self, at: usize, access: crate::auth::Access) -> Result<(), ScimError> {
        self.require(self.mounted(at)?, access)
    }

    async fn json<B>(&self, head: &Parts, body: B) -> Result<Value, ScimError>
    where
        B: http_body::Body,
        B::Data: Buf,
    {
        check_content_type(head)?;
        let bytes = body::read(head, body, self.limits()).await?;
        json::read(&bytes, self.limits())
    }

    async fn search_request<B>(&self, head: &Parts, body: B) -> Result<ParsedQuery, ScimError>
    where
        B: http_body::Body,
        B::Data: Buf,
    {
        let body = self.json(head, body).await?;
        let parsed = Query::from_search_request(body, self.limits(), self.profile())?;
        self.deviated(parsed.deviations.iter().cloned());
        Ok(parsed)
    }

    /// What describes the service cannot be filtered (RFC 7644 §4).
    fn no_filter(&self, head: &Parts) -> Result<(), ScimError> {
        let has_filter = |query: &str| {
            url::form_urlencoded::parse(query.as_bytes()).any(|(name, _)| name.eq_ignore_ascii_case("filter"))
        };
        if head.uri.query().is_some_and(|query| query.len() > self.limits().query_bytes) {
            return Err(ScimError::uri_too_long("the query is too long"));
        }
        if head.uri.query().is_some_and(has_filter) {
            return Err(ScimError::forbidden("what describes the service cannot be filtered"));
        }
        Ok(())
    }
}

/// What the log is told of a request: nothing that was in it.
#[derive(Default)]
struct Log {
    tenant: Option<TenantId>,
    operation: &'static str,
    resource_type: Option<Arc<str>>,
    deviations: Vec<scim_core::Deviation>,
}

impl Log {
    fn fault(&self, error: &ScimError) {
        let cause = std::error::Error::source(error).map(ToString::to_string).unwrap_or_default();
        tracing::error!(
            tenant = self.tenant.as_ref().map(TenantId::as_str).unwrap_or_default(),
            operation = self.operation, error = %error, cause = %cause, "a request failed"
        );
    }

    fn write(&self, method: &Method, status: u16, took: std::time::Duration) {
        if !tracing::enabled!(tracing::Level::INFO) {
            return;
        }
        let deviations: Vec<&str> = self.deviations.iter().map(scim_core::Deviation::id).collect();
        tracing::info!(
            %method,
            tenant = self.tenant.as_ref().map(TenantId::as_str).unwrap_or_default(),
            operation = self.operation,
            resource_type = self.resource_type.as_deref().unwrap_or_default(),
            status,
            deviations = deviations.join(" "),
            microseconds = u64::try_from(took.as_micros()).unwrap_or(u64::MAX),
            "request"
        );
    }
}
