//! Notifications by mail.

use std::fmt;
use std::time::{Duration, SystemTime};

use lettre::message::header::{ContentType, HeaderName, HeaderValue};
use lettre::message::{Mailbox, Mailboxes};
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Tls, TlsParameters};
use lettre::{AsyncSmtpTransport, AsyncTransport as _, Message, Tokio1Executor};
use scim_core::quote;
use scim_core::value::secret::Secret;

use super::{Notification, Notifier, NotifyError};

/// A [`Notifier`] that sends a plain mail by SMTP (RFC 5321), to each recipient at once.
///
/// The connection is secured by TLS: from the beginning (port 465), or by `STARTTLS` (port 587), without which nothing is sent.
///
/// ```no_run
/// use scim_sync::MailNotifier;
///
/// # fn run(password: String) -> Result<(), scim_sync::NotifyError> {
/// let notifier = MailNotifier::builder("smtp.example.com", "Provisioning <scim@example.com>")
///     .to("admins@example.com")
///     .credentials("scim@example.com", password)
///     .build()?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct MailNotifier {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
    to: Mailboxes,
}

/// Puts a [`MailNotifier`] together.
#[must_use]
pub struct MailBuilder {
    host: String,
    port: Option<u16>,
    security: Security,
    credentials: Option<(String, Secret)>,
    timeout: Duration,
    from: String,
    to: Vec<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Security {
    Tls,
    StartTls,
    None,
}

impl MailNotifier {
    /// Begins one that sends through this host, from this address.
    pub fn builder(host: impl Into<String>, from: impl Into<String>) -> MailBuilder {
        MailBuilder {
            host: host.into(),
            port: None,
            security: Security::Tls,
            credentials: None,
            timeout: Duration::from_secs(30),
            from: from.into(),
            to: Vec::new(),
        }
    }

    fn message(&self, notification: &Notification) -> Result<Message, NotifyError> {
        let mut message = Message::builder()
            .from(self.from.clone())
            .subject(notification.subject())
            .date(SystemTime::from(notification.at))
            .message_id(None)
            .header(ContentType::TEXT_PLAIN)
            // RFC 3834: so that nobody's holiday answers.
            .raw_header(HeaderValue::new(
                HeaderName::new_from_ascii_str("Auto-Submitted"),
                "auto-generated".to_owned(),
            ));
        for to in self.to.iter() {
            message = message.to(to.clone());
        }
        message.body(notification.body()).map_err(failed)
    }
}

impl MailBuilder {
    /// One more recipient: `admins@example.com`, or `Admins <admins@example.com>`.
    pub fn to(mut self, address: impl Into<String>) -> Self {
        self.to.push(address.into());
        self
    }

    /// Who logs in at the mail server.
    pub fn credentials(mut self, user: impl Into<String>, password: impl Into<Secret>) -> Self {
        self.credentials = Some((user.into(), password.into()));
        self
    }

    /// Secures the connection by `STARTTLS`, at port 587 by default.
    pub fn starttls(mut self) -> Self {
        self.security = Security::StartTls;
        self
    }

    /// Does not secure the connection, at port 25 by default: for a mail server on the same machine. It cannot be had with
    /// credentials.
    pub fn dangerous_without_tls(mut self) -> Self {
        self.security = Security::None;
        self
    }

    /// Another port.
    pub fn port(mut self, port: u16) -> Self {
        self.port = Some(port);
        self
    }

    /// How long the mail server may take for an answer; 30 seconds by default.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// The notifier.
    ///
    /// # Errors
    /// [`NotifyError`] for an address that is none, without recipients, and for credentials without TLS.
    pub fn build(self) -> Result<MailNotifier, NotifyError> {
        let address = |text: &str| {
            let parsed = text.parse::<Mailbox>();
            parsed.map_err(|_| NotifyError(format!("{} is no mail address", quote(text)).into()))
        };
        if self.to.is_empty() {
            return Err(NotifyError("there is no recipient".into()));
        }
        if self.security == Security::None && self.credentials.is_some() {
            return Err(NotifyError("credentials are not sent without TLS".into()));
        }
        let from = address(&self.from)?;
        let to = self.to.iter().map(|to| address(to)).collect::<Result<Mailboxes, _>>()?;
        let parameters = || TlsParameters::new(self.host.clone()).map_err(failed);
        let (tls, port) = match self.security {
            Security::Tls => (Tls::Wrapper(parameters()?), 465),
            Security::StartTls => (Tls::Required(parameters()?), 587),
            Security::None => (Tls::None, 25),
        };
        let mut transport = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(self.host.as_str())
            .port(self.port.unwrap_or(port))
            .tls(tls)
            .timeout(Some(self.timeout));
        if let Some((user, password)) = &self.credentials {
            transport = transport.credentials(Credentials::new(user.clone(), password.expose().to_owned()));
        }
        Ok(MailNotifier { transport: transport.build(), from, to })
    }
}

impl Notifier for MailNotifier {
    async fn notify(&self, notification: &Notification) -> Result<(), NotifyError> {
        let message = self.message(notification)?;
        self.transport.send(message).await.map(drop).map_err(failed)
    }
}

impl fmt::Debug for MailNotifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MailNotifier").field("from", &self.from).field("to", &self.to).finish_non_exhaustive()
    }
}

impl fmt::Debug for MailBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MailBuilder")
            .field("host", &self.host)
            .field("security", &self.security)
            .field("from", &self.from)
            .field("to", &self.to)
            .finish_non_exhaustive()
    }
}

fn failed(error: impl std::error::Error + Send + Sync + 'static) -> NotifyError {
    NotifyError(Box::new(error))
}

#[cfg(test)]
mod tests;
