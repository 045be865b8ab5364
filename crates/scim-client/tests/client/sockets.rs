//! Servers that misbehave on the wire.

use std::sync::Arc;

use scim_client::{Client, Error, Retry, TransportErrorKind, UnexpectedKind};
use scim_core::{Limits, ResourceId};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};

use crate::support::{Clock, TOKEN};

const OWN: &[u8] = include_bytes!("tls/server.pem");
const KEY: &[u8] = include_bytes!("tls/server.key");
const OTHER: &[u8] = include_bytes!("tls/other.pem");

fn id() -> ResourceId {
    ResourceId::new("7").unwrap()
}

/// What a server does with a connection once the request is there.
#[derive(Clone, Copy)]
enum Wire {
    /// Writes this, and closes.
    Says(&'static str),
    /// Writes a head, and bytes for as long as somebody takes them.
    Endless(&'static str),
    /// Writes this, and keeps the connection.
    Holds(&'static str),
}

/// A server that does the same for each connection, and its address.
async fn wire(wire: Wire) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            tokio::spawn(serve(stream, wire));
        }
    });
    format!("http://{address}/v2")
}

async fn serve(mut stream: impl AsyncRead + AsyncWrite + Unpin, wire: Wire) {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        if stream.read(&mut byte).await.unwrap_or(0) == 0 {
            return;
        }
        head.push(byte[0]);
    }
    let (Wire::Says(text) | Wire::Endless(text) | Wire::Holds(text)) = wire;
    if stream.write_all(text.as_bytes()).await.is_err() {
        return;
    }
    match wire {
        Wire::Says(_) => drop(stream.shutdown().await),
        Wire::Endless(_) => while stream.write_all(&[b' '; 8192]).await.is_ok() {},
        Wire::Holds(_) => std::future::pending().await,
    }
}

async fn get(base: &str) -> Error {
    let limits = Limits { body_bytes: 1 << 20, ..Limits::default() };
    let client = Client::builder(base).bearer(TOKEN).retry(Retry::never()).limits(limits).build().unwrap();
    client.users().get(&id()).await.unwrap_err()
}

fn transport(error: &Error) -> TransportErrorKind {
    match error {
        Error::Transport(error) => error.kind(),
        error => panic!("{error:?}"),
    }
}

#[tokio::test]
async fn a_body_that_breaks_off() {
    let base = wire(Wire::Says(
        "HTTP/1.1 200 OK\r\ncontent-type: application/scim+json\r\ncontent-length: 100\r\n\r\n{\"id\": \"7\"",
    ))
    .await;
    let error = get(&base).await;
    assert_eq!(transport(&error), TransportErrorKind::Broken);
    assert!(error.is_retryable() && !error.is_not_found());
    let base = wire(Wire::Says("")).await;
    assert_eq!(transport(&get(&base).await), TransportErrorKind::Broken);
    let base = wire(Wire::Says("220 mail.example ESMTP\r\n")).await;
    assert_eq!(transport(&get(&base).await), TransportErrorKind::Broken);
}

#[tokio::test]
async fn a_body_without_end() {
    for head in [
        "HTTP/1.1 200 OK\r\ncontent-type: application/scim+json\r\ncontent-length: 1000000000\r\n\r\n",
        "HTTP/1.1 200 OK\r\ncontent-type: application/scim+json\r\n\r\n",
        "HTTP/1.1 500 Oh\r\ncontent-type: text/plain\r\n\r\n",
    ] {
        let base = wire(Wire::Endless(head)).await;
        let Error::UnexpectedResponse(odd) = get(&base).await else { panic!("{head}") };
        assert_eq!(odd.kind(), UnexpectedKind::TooLong);
        assert!(odd.to_string().ends_with("it is too long: 1048576 bytes are the limit"), "{odd}");
    }
}

#[tokio::test]
async fn nobody_there() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}/v2", listener.local_addr().unwrap());
    drop(listener);
    let error = get(&base).await;
    assert_eq!(transport(&error), TransportErrorKind::Connect);
    assert!(error.is_retryable());
}

#[tokio::test]
async fn an_answer_that_never_ends_is_given_up_by_the_clock_of_the_client() {
    let base = wire(Wire::Holds("HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\n{")).await;
    // The clock does not wait: the time is up as soon as there is no answer.
    let client = Client::builder(base).timer(Clock::default()).retry(Retry::never()).build().unwrap();
    let error = client.users().get(&id()).await.unwrap_err();
    assert_eq!(transport(&error), TransportErrorKind::TimedOut);
}

#[tokio::test]
async fn the_token_does_not_follow_a_redirect() {
    let elsewhere = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let to = elsewhere.local_addr().unwrap();
    let answer = format!("HTTP/1.1 307 Go\r\nlocation: http://{to}/v2/Users/7\r\ncontent-length: 0\r\n\r\n");
    let base = wire(Wire::Says(answer.leak())).await;
    let Error::UnexpectedResponse(odd) = get(&base).await else { panic!() };
    assert_eq!(odd.kind(), UnexpectedKind::Redirect);
    let connection = std::pin::pin!(elsewhere.accept());
    let mut cx = std::task::Context::from_waker(std::task::Waker::noop());
    assert!(connection.poll(&mut cx).is_pending(), "nobody came");
}

#[tokio::test]
async fn a_certificate_is_trusted_or_not() {
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()));
    let config = config.with_safe_default_protocol_versions().unwrap().with_no_client_auth();
    let chain = vec![CertificateDer::from_pem_slice(OWN).unwrap()];
    let config = config.with_single_cert(chain, PrivateKeyDer::from_pem_slice(KEY).unwrap()).unwrap();
    let acceptor = tokio_rustls::TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("https://localhost:{}/v2", listener.local_addr().unwrap().port());
    tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            let acceptor = acceptor.clone();
            tokio::spawn(async move {
                if let Ok(stream) = acceptor.accept(stream).await {
                    serve(stream, Wire::Says("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 31\r\n\r\n{\"id\":\"7\",\"userName\":\"bjensen\"}")).await;
                }
            });
        }
    });
    let client = |root: &[u8]| Client::builder(&base).bearer(TOKEN).root_certificates(root).build().unwrap();
    let error = client(OTHER).users().get(&id()).await.unwrap_err();
    assert_eq!(transport(&error), TransportErrorKind::Tls);
    assert!(!error.is_retryable());
    assert!(!format!("{error} {error:?}").contains(TOKEN));
    client(OWN).users().get(&id()).await.unwrap();

    let error = Client::builder(&base).root_certificates("no certificate").build().unwrap_err();
    assert_eq!(
        error.to_string(),
        "no connections are possible: a root certificate is not PEM: nothing in it is a certificate"
    );
}
