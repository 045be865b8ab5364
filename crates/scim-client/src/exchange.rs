//! A request and its answer: token, rate, repetition, time.

use std::borrow::Cow;
use std::time::Duration;

use bytes::Bytes;
use chrono::Utc;
use http::{HeaderMap, HeaderValue, Method, Request, StatusCode, header};
use scim_core::value::secret::Secret;
use scim_core::{ScimError, Version};

use crate::answer;
use crate::client::{Client, Inner};
use crate::error::Error;
use crate::retry::retry_after;
use crate::timer::within;
use crate::token::Tokens;
use crate::transport::{RequestBody, TransportError, TransportErrorKind};

/// A request as it is meant.
#[derive(Clone)]
pub(crate) struct Ask {
    pub(crate) method: Method,
    pub(crate) path: String,
    pub(crate) query: String,
    pub(crate) body: Option<Bytes>,
    pub(crate) condition: Condition,
    /// Whether it may be sent again when the server may have done it already.
    pub(crate) repeatable: bool,
    /// Whether nobody looks at the body of the answer, however long it is.
    pub(crate) blind: bool,
    /// Whether a redirect to another place below the base URL is followed, once.
    pub(crate) follow: bool,
}

/// What has to be true of the resource.
#[derive(Clone, Default)]
pub(crate) enum Condition {
    #[default]
    None,
    IfMatch(Version),
    IfNoneMatch(Version),
}

impl Ask {
    /// A request that may be repeated, unless it is a POST.
    pub(crate) fn new(method: Method, path: impl Into<String>) -> Self {
        let repeatable = method != Method::POST;
        Self {
            method,
            path: path.into(),
            query: String::new(),
            body: None,
            condition: Condition::None,
            repeatable,
            blind: false,
            follow: false,
        }
    }

    pub(crate) fn with_query(mut self, query: String) -> Self {
        self.query = query;
        self
    }

    pub(crate) fn with_body(mut self, body: impl Into<Bytes>) -> Self {
        self.body = Some(body.into());
        self
    }

    pub(crate) fn with_condition(mut self, condition: Condition) -> Self {
        self.condition = condition;
        self
    }

    /// What the request is called in messages. The query stays out of them: names are in it.
    pub(crate) fn name(&self) -> String {
        format!("{} {}", self.method, self.path)
    }
}

/// What came of an attempt.
enum Step {
    Done(Success),
    /// The token was refused, and there may be another one.
    Refused,
    /// The resource is at another path.
    Moved(String),
}

/// An answer that says yes.
#[derive(Debug)]
pub(crate) struct Success {
    pub(crate) asked: String,
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    /// What must not be quoted, should the server say it back.
    pub(crate) secret: Option<Secret>,
}

impl Client {
    /// Sends a request until there is an answer that counts.
    ///
    /// The second value says whether the request had been sent before without an answer that says what became of it.
    pub(crate) async fn exchange(&self, ask: &Ask) -> (Result<Success, Error>, bool) {
        let inner = &*self.0;
        let mut ask = Cow::Borrowed(ask);
        let mut asked = ask.name();
        let end = inner.timer.elapsed().saturating_add(inner.deadline);
        let mut unclear = false;
        let mut refused: Option<Secret> = None;
        let mut attempt = 1;
        loop {
            let outcome = inner.attempt(&ask, &asked, end, &mut refused).await;
            let error = match outcome {
                Ok(Step::Done(success)) => {
                    inner.limiter.earn();
                    return (Ok(success), unclear);
                }
                Ok(Step::Refused) => continue,
                Ok(Step::Moved(path)) => {
                    let there = ask.to_mut();
                    (there.path, there.follow) = (path, false);
                    asked = ask.name();
                    continue;
                }
                Err(error) => error,
            };
            if !error.is_retryable() {
                inner.limiter.earn();
            }
            let unseen = !error.is_unclear();
            let wait = error.retry_after().unwrap_or_else(|| inner.retry.pause(attempt));
            let now = inner.timer.elapsed();
            let again = error.is_retryable()
                && (ask.repeatable || unseen)
                && attempt < inner.retry.attempts()
                && now.checked_add(wait).is_some_and(|then| then < end)
                && inner.limiter.spend();
            tracing::debug!(
                method = %ask.method,
                path = %ask.path,
                attempt,
                %error,
                wait_ms = again.then(|| u64::try_from(wait.as_millis()).unwrap_or(u64::MAX)),
                "a request failed"
            );
            if !again {
                return (Err(error), unclear);
            }
            unclear |= !unseen;
            if error.retry_after().is_some() {
                inner.limiter.quiet_until(now.saturating_add(wait));
            }
            inner.timer.sleep(wait).await;
            attempt += 1;
        }
    }
}

impl Inner {
    /// One attempt.
    async fn attempt(
        &self,
        ask: &Ask,
        asked: &str,
        end: Duration,
        refused: &mut Option<Secret>,
    ) -> Result<Step, Error> {
        self.wait_for_rate(asked, end).await?;
        let permit = match self.limiter.try_permit() {
            Some(permit) => permit,
            None => {
                let waiting = Box::pin(self.limiter.permit());
                within(waiting, &*self.timer, self.left(end)).await.ok_or_else(|| late(asked))?
            }
        };
        let token = match &self.tokens {
            Tokens::Provided(provider) => {
                let fetching = provider.fetch(refused.as_ref());
                let fetched = within(fetching, &*self.timer, self.left(end)).await;
                let late = || Error::Token("its provider took too long".into());
                Some(fetched.ok_or_else(late)?.map_err(Error::Token)?)
            }
            Tokens::Fixed(token) => Some(token.clone()),
            Tokens::None => None,
        };
        let request = self.request(ask, token.as_ref())?;
        let started = self.timer.elapsed();
        let sending = self.transport.send(request, self.limits.body_bytes);
        let answered = within(sending, &*self.timer, self.timeout.min(self.left(end))).await;
        drop(permit);
        if let Some(tell) = &self.watcher {
            tell(
                &ask.method,
                answered.as_ref().and_then(|sent| sent.as_ref().ok()).map(|answer| answer.status),
            );
        }
        let answer = match answered {
            None => return Err(late(asked)),
            Some(Err(error)) => return Err(error.about(asked).into()),
            Some(Ok(answer)) => answer,
        };
        tracing::debug!(
            method = %ask.method,
            path = %ask.path,
            status = answer.status.as_u16(),
            took_ms = u64::try_from(self.timer.elapsed().saturating_sub(started).as_millis()).unwrap_or(u64::MAX),
            "answered"
        );
        if answer.status == StatusCode::UNAUTHORIZED && refused.is_none() && self.tokens.rotate() {
            *refused = token;
            return Ok(Step::Refused);
        }
        if ask.follow && matches!(answer.status.as_u16(), 307 | 308) {
            if let Some(path) = answer
                .headers
                .get(header::LOCATION)
                .and_then(|to| self.base.below(&ask.path, to.to_str().ok()?))
            {
                return Ok(Step::Moved(path));
            }
        }
        let pause = if answer.status.is_success() { None } else { retry_after(&answer.headers, self.now()) };
        let any_404 =
            self.dialect.read().unwrap_or_else(std::sync::PoisonError::into_inner).any_404_is_not_found;
        let facts = answer::Facts { asked, pause, any_404, secret: token.as_ref(), limits: &self.limits };
        answer::judge(answer, ask, &facts).map(Step::Done)
    }

    fn now(&self) -> chrono::DateTime<Utc> {
        self.timer.now()
    }

    fn left(&self, end: Duration) -> Duration {
        end.saturating_sub(self.timer.elapsed())
    }

    async fn wait_for_rate(&self, asked: &str, end: Duration) -> Result<(), Error> {
        let wait = self.limiter.wait(self.timer.elapsed(), self.left(end)).ok_or_else(|| {
            let why = "the rate of requests leaves no time before the deadline";
            TransportError::new(TransportErrorKind::Connect, why).about(asked)
        })?;
        if !wait.is_zero() {
            self.timer.sleep(wait).await;
        }
        Ok(())
    }

    fn request(&self, ask: &Ask, token: Option<&Secret>) -> Result<Request<RequestBody>, Error> {
        let uri = self.base.uri(&ask.path, &ask.query).map_err(Error::request)?;
        let mut request = Request::new(RequestBody::new(ask.body.clone().unwrap_or_default()));
        *request.method_mut() = ask.method.clone();
        *request.uri_mut() = uri;
        let headers = request.headers_mut();
        headers.insert(header::USER_AGENT, self.user_agent.clone());
        headers.insert(
            header::ACCEPT,
            HeaderValue::from_static("application/scim+json, application/json;q=0.9"),
        );
        if ask.body.is_some() {
            headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/scim+json"));
        }
        if let Some(token) = token {
            let value = HeaderValue::from_str(&format!("Bearer {}", token.expose()));
            let mut value = value.map_err(|_| Error::Token("the token cannot stand in a header".into()))?;
            value.set_sensitive(true);
            headers.insert(header::AUTHORIZATION, value);
        }
        let condition = match &ask.condition {
            Condition::None => None,
            Condition::IfMatch(version) => Some((header::IF_MATCH, version)),
            Condition::IfNoneMatch(version) => Some((header::IF_NONE_MATCH, version)),
        };
        if let Some((name, version)) = condition {
            let value = HeaderValue::from_str(&tag(version)).map_err(|_| {
                Error::request(ScimError::invalid_value("the version cannot stand in a header"))
            })?;
            headers.insert(name, value);
        }
        Ok(request)
    }
}

/// An entity tag, in quotes also where the server left them out.
fn tag(version: &Version) -> String {
    let text = version.as_str();
    if text.ends_with('"') { text.to_owned() } else { format!("W/\"{}\"", version.opaque()) }
}

fn late(asked: &str) -> Error {
    TransportError::new(TransportErrorKind::TimedOut, "the time is up").about(asked).into()
}
