//! The default transport: HTTP and HTTPS over sockets.

use std::error::Error as StdError;
use std::sync::Arc;
use std::time::Duration;

use http::Request;
use rustls::crypto::{CryptoProvider, ring};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};

use super::body::Collected;
use super::{Answer, Answering, BoxError, RequestBody, Transport, TransportError, TransportErrorKind};

/// What can be chosen about it.
#[derive(Clone, Default)]
pub(crate) struct Options {
    /// Certificates to trust beside those of the system, as PEM.
    pub(crate) roots: Vec<Vec<u8>>,
    pub(crate) connect_timeout: Option<Duration>,
}

/// A pool of connections. Redirects are not followed, since the token must not leave for another host.
///
/// It is a transport by itself and no service, which would have to be cloned for each request.
pub(crate) struct Sockets(reqwest::Client);

impl Sockets {
    /// Certificates are looked at only where they are needed, so that `http` works on a system that has none.
    pub(crate) fn new(https: bool, options: &Options) -> Result<Self, BoxError> {
        let tls = if https { trusting(&options.roots)? } else { trusting_nobody()? };
        let mut builder = reqwest::Client::builder()
            .tls_backend_preconfigured(tls)
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .referer(false);
        if let Some(timeout) = options.connect_timeout {
            builder = builder.connect_timeout(timeout);
        }
        Ok(Self(builder.build()?))
    }
}

fn config() -> Result<rustls::ConfigBuilder<ClientConfig, rustls::WantsVerifier>, BoxError> {
    let provider = Arc::new(ring::default_provider());
    Ok(ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions()?)
}

fn trusting(roots: &[Vec<u8>]) -> Result<ClientConfig, BoxError> {
    let mut extra = Vec::new();
    for pem in roots {
        let before = extra.len();
        for certificate in CertificateDer::pem_slice_iter(pem) {
            extra.push(certificate.map_err(|error| format!("a root certificate is not PEM: {error}"))?);
        }
        if extra.len() == before {
            return Err("a root certificate is not PEM: nothing in it is a certificate".into());
        }
    }
    let provider: Arc<CryptoProvider> = Arc::new(ring::default_provider());
    let verifier = rustls_platform_verifier::Verifier::new_with_extra_roots(extra, provider)?;
    let verifier = Arc::new(verifier);
    Ok(config()?.dangerous().with_custom_certificate_verifier(verifier).with_no_client_auth())
}

fn trusting_nobody() -> Result<ClientConfig, BoxError> {
    Ok(config()?.with_root_certificates(RootCertStore::empty()).with_no_client_auth())
}

impl Transport for Sockets {
    fn send(&self, request: Request<RequestBody>, limit: usize) -> Answering {
        let sending = reqwest::Request::try_from(request.map(RequestBody::into_bytes))
            .map(|request| self.0.execute(request));
        Box::pin(async move {
            let mut response = sending.map_err(failure)?.await.map_err(failure)?;
            let (status, headers) = (response.status(), std::mem::take(response.headers_mut()));
            let mut collected = Collected::within(limit);
            let long = response.content_length().is_some_and(|length| !collected.has_room_for(length));
            let mut fits = !long;
            while fits {
                match response.chunk().await {
                    Ok(Some(data)) => fits = collected.add(data),
                    Ok(None) => break,
                    // There was an answer already, so there was a connection, and whoever it was was trusted.
                    Err(error) => {
                        return Err(TransportError::new(TransportErrorKind::Broken, error.without_url()));
                    }
                }
            }
            Ok(Answer { status, headers, body: fits.then(|| collected.into_bytes()) })
        })
    }
}

/// The failure, without the URL, which may hold a name that somebody looked for.
fn failure(error: reqwest::Error) -> TransportError {
    let kind = if is_tls(&error) {
        TransportErrorKind::Tls
    } else if error.is_timeout() && !error.is_connect() {
        TransportErrorKind::TimedOut
    } else if error.is_connect() || error.is_builder() {
        TransportErrorKind::Connect
    } else {
        TransportErrorKind::Broken
    };
    TransportError::new(kind, error.without_url())
}

/// Whether TLS refused the server. An I/O error hides what it wraps from `source`.
fn is_tls(error: &(dyn StdError + 'static)) -> bool {
    let mut next = Some(error);
    while let Some(error) = next {
        if error.is::<rustls::Error>() {
            return true;
        }
        let wrapped = error.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
        if wrapped.is_some_and(|wrapped| is_tls(wrapped)) {
            return true;
        }
        next = error.source();
    }
    false
}
