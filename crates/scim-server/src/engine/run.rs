//! From a request to an answer: who is asking, what for, and whatever goes wrong as a SCIM error.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use bytes::Buf;
use chrono::SubsecRound;
use http::request::Parts;
use http::{Method, Response};
use scim_core::{BulkRequest, ScimError, TenantId, json};
use scim_filter::query::{ParsedQuery, Query};
use serde_json::Value;
use tracing::field::Empty;
use tracing::{Instrument, Span};

use super::body::{self, Body};
use super::headers::{Conditions, check_accept, check_content_type};
use super::respond::{Failure, Reply};
use super::route::{Nowhere, Place};
use super::{Call, Engine, Noted};
use crate::auth::AuthError;
use crate::base_url::{decode_segment, tenant_matches};
use crate::context::Operation;

impl Engine {
    /// Answers a request.
    pub(crate) async fn answer<B>(self: &Arc<Self>, head: Parts, body: B) -> Response<Body>
    where
        B: http_body::Body,
        B::Data: Buf,
    {
        // The authenticator sees it too.
        let method = head.method.clone();
        let mut log = Log::begin(&method);
        let span = log.span.clone();
        let result = self.handle(&method, &head, body, &mut log).instrument(span).await;
        log.end(result.as_ref());
        match result {
            Ok(reply) => reply.into_response(&method),
            Err(failure) => failure.into_response(&method),
        }
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
        let known = match self.auth.authenticate(head).await {
            Ok(known) if segment.is_none_or(|segment| tenant_matches(segment, known.tenant())) => Some(known),
            _ if public => None,
            // Whether there is such a tenant is not for others to know.
            Ok(_) => return Err(nothing_here()),
            Err(error) => return Err(self.unknown(&error)),
        };
        let now = self.timer.now();
        log.tenant = known.as_ref().map(|known| known.tenant().clone());
        let (limiter, who) = match &known {
            Some(known) => (&self.limiter, known.tenant().clone()),
            // All of them together, and not on the account of the tenant whose address they use.
            None => (&self.strangers, TenantId::new("public")?),
        };
        if let Some(limiter) = limiter
            && let Err(after) = limiter.take(&who, now)
        {
            let error = ScimError::too_many_requests("too many requests: slow down");
            return Err(Failure::later(error, after));
        }
        let place = place.map_err(|nowhere| match nowhere {
            Nowhere::NotFound => nothing_here(),
            Nowhere::Version => ScimError::invalid_vers("this is version 2 of the protocol").into(),
        })?;
        // What is written is what answers show, so that filters find it (RFC 7644 §3.4.2.2).
        let now = now.trunc_subsecs(3);
        let call = match known {
            Some(known) => Call::new(self, known, now),
            None => {
                let tenant =
                    segment.map_or(Some("public".into()), decode_segment).ok_or_else(nothing_here)?;
                Call::of_stranger(self, TenantId::new(tenant.as_ref()).map_err(|_| nothing_here())?, now)
            }
        };
        log.noted = Arc::clone(&call.noted);
        call.dispatch(place, method, head, body).await
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
        if matches!(place, Place::Me) && self.engine.me.is_none() {
            return Err(ScimError::not_implemented("`/Me` is not offered here").into());
        }
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
                // The address of the real resource, in any answer (RFC 7644 §3.11).
                let location = self.base.location(&self.mounted(at)?.endpoint, id.as_str());
                match self.one(at, &id, method, head, body).await {
                    Ok(reply) => Ok(Reply { location: Some(location), ..reply }),
                    Err(mut failure) => {
                        failure.headers.push((http::header::LOCATION, location));
                        Err(failure)
                    }
                }
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
///
/// A request that comes to no end, since its deadline has come, its sender has gone or it has panicked, is told of when it is
/// dropped.
struct Log {
    tenant: Option<TenantId>,
    noted: Arc<Mutex<Noted>>,
    span: Span,
    started: Instant,
    ended: bool,
}

impl Log {
    fn begin(method: &Method) -> Self {
        Self {
            tenant: None,
            noted: Arc::default(),
            span: tracing::info_span!(
                "scim",
                %method,
                tenant = Empty,
                operation = Empty,
                resource_type = Empty,
                status = Empty,
                deviations = Empty,
                microseconds = Empty,
            ),
            started: Instant::now(),
            ended: false,
        }
    }

    fn end(mut self, result: Result<&Reply, &Failure>) {
        self.ended = true;
        let status = match result {
            Ok(reply) => reply.status,
            Err(failure) => failure.error.status(),
        };
        let error = result.err().map(|failure| &failure.error).filter(|_| status >= 500);
        if self.span.is_disabled() && error.is_none() {
            return;
        }
        self.record();
        self.span.record("status", status);
        let _entered = self.span.enter();
        match error {
            Some(error) => {
                let cause = std::error::Error::source(error).map(ToString::to_string).unwrap_or_default();
                tracing::error!(tenant = self.tenant(), error = %error, cause = %cause, "a request failed");
            }
            None => tracing::info!("answered"),
        }
    }

    fn record(&self) {
        let noted = self.noted.lock().unwrap_or_else(PoisonError::into_inner);
        let deviations: Vec<&str> = noted.deviations.iter().map(scim_core::Deviation::id).collect();
        self.span.record("tenant", self.tenant());
        self.span.record("operation", noted.operation.map_or("none", Operation::as_str));
        self.span.record("resource_type", noted.resource_type.as_deref().unwrap_or_default());
        self.span.record("deviations", deviations.join(" "));
        self.span
            .record("microseconds", u64::try_from(self.started.elapsed().as_micros()).unwrap_or(u64::MAX));
    }

    fn tenant(&self) -> &str {
        self.tenant.as_ref().map(TenantId::as_str).unwrap_or_default()
    }
}

impl Drop for Log {
    fn drop(&mut self) {
        if !self.ended {
            self.record();
            let _entered = self.span.enter();
            tracing::error!(tenant = self.tenant(), "a request came to no end");
        }
    }
}
