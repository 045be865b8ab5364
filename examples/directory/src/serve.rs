//! A port with the service of all directories behind it.

use std::fmt;
use std::future::Future;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use scim_core::TenantId;
use scim_server::auth::ApiKey;
use tokio::net::TcpListener;
use tokio::sync::{Semaphore, oneshot};
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};

use crate::policies::Policies;
use crate::registry::{Directories, DirectoryError};
use crate::service::{RouterError, base_url, router};
use crate::sessions::Sessions;

/// How long a client may take for the head of a request.
const HEAD: Duration = Duration::from_secs(10);
/// How long requests that are under way may take when the service ends.
const DRAIN: Duration = Duration::from_secs(10);
/// How many clients may be connected.
const CONNECTIONS: usize = 1_024;

/// What to serve, and where.
#[derive(Debug)]
pub struct Options {
    /// Where to listen: a port of this machine's own that is free by default.
    pub listen: SocketAddr,
    /// Whether others than this machine may connect, although keys and people's data go over the network in the clear.
    pub dangerous_listen_anywhere: bool,
    /// What clients see the service at, where that is not the address that is listened at, such as `https://app.example`.
    pub public_url: Option<String>,
    /// The directories that there are from the start; others can be created while it runs.
    pub directories: Vec<NewDirectory>,
    /// What the service does about questions that the RFCs leave open.
    pub policies: Policies,
}

/// A directory that is created at the start.
#[derive(Debug)]
pub struct NewDirectory {
    /// What people call it.
    pub name: String,
    /// Its key, where that was made up elsewhere.
    pub key: Option<ApiKey>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            dangerous_listen_anywhere: false,
            public_url: None,
            directories: vec![NewDirectory { name: "directory".to_owned(), key: None }],
            policies: Policies::default(),
        }
    }
}

/// A service that runs. It ends when this is dropped.
#[non_exhaustive]
pub struct Running {
    /// Where it listens.
    pub addr: SocketAddr,
    /// The directories that were created at the start, with their keys.
    pub started: Vec<Started>,
    /// All directories, to create more and to change their keys.
    pub directories: Directories,
    /// Who is signed in, and who was signed out.
    pub sessions: Sessions,
    origin: String,
    stop: Option<oneshot::Sender<()>>,
    task: Option<JoinHandle<()>>,
}

/// A directory that was created at the start.
#[derive(Debug)]
#[non_exhaustive]
pub struct Started {
    /// The directory.
    pub id: TenantId,
    /// What people call it.
    pub name: String,
    /// What an identity provider is given.
    pub base_url: String,
    /// The key that goes with it, which is nowhere else.
    pub key: ApiKey,
    /// Whether the key was made just now, so that somebody has to be told.
    pub new_key: bool,
}

/// Why nothing is served.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// Others than this machine could connect.
    #[error(
        "{0} can be reached by others, and keys and people's data would go over the network in the clear: put something that \
         speaks TLS in front, or say `--dangerous-listen-anywhere`"
    )]
    Exposed(SocketAddr),
    /// The address cannot be had.
    #[error("cannot listen on {0}: {1}")]
    Listen(SocketAddr, #[source] io::Error),
    /// There is no service.
    #[error(transparent)]
    Router(#[from] RouterError),
    /// A directory could not be created.
    #[error(transparent)]
    Directory(#[from] DirectoryError),
}

/// Starts to serve.
///
/// # Errors
/// [`StartError`].
pub async fn start(options: Options) -> Result<Running, StartError> {
    let Options { listen, dangerous_listen_anywhere, public_url, directories: wanted, policies } = options;
    if !listen.ip().to_canonical().is_loopback() && !dangerous_listen_anywhere {
        return Err(StartError::Exposed(listen));
    }
    // The port may be known only now, and links begin with it.
    let failed = |error| StartError::Listen(listen, error);
    let listener = TcpListener::bind(listen).await.map_err(failed)?;
    let addr = listener.local_addr().map_err(failed)?;
    let origin = public_url.unwrap_or_else(|| format!("http://{addr}"));

    let directories = match policies.key_days {
        Some(days) => Directories::new().with_key_days(days),
        None => Directories::new(),
    };
    let sessions = Sessions::default();
    let router = router(&origin, &directories, &policies, sessions.clone())?;
    let mut started = Vec::new();
    for NewDirectory { name, key } in wanted {
        let new_key = key.is_none();
        let (directory, key) = match key {
            Some(key) => (directories.create_with_key(name, &key)?, key),
            None => directories.create(name)?,
        };
        let base_url = base_url(&origin, &directory.id);
        started.push(Started { id: directory.id, name: directory.name, base_url, key, new_key });
    }

    let (stop, stopped) = oneshot::channel();
    let task = tokio::spawn(serve(listener, router, async {
        // An error says that nobody is there to stop it, which comes to the same.
        let _ = stopped.await;
    }));
    Ok(Running { addr, started, directories, sessions, origin, stop: Some(stop), task: Some(task) })
}

impl Running {
    /// The base URL of the first directory that was created at the start, or nothing.
    #[must_use]
    pub fn base_url(&self) -> &str {
        self.started.first().map_or("", |first| &first.base_url)
    }

    /// The key of the first directory that was created at the start, or nothing.
    #[must_use]
    pub fn token(&self) -> &str {
        self.started.first().map_or("", |first| first.key.expose())
    }

    /// The base URL of a directory.
    #[must_use]
    pub fn base_url_of(&self, directory: &TenantId) -> String {
        base_url(&self.origin, directory)
    }

    /// Ends it: nobody is let in any more, and what is under way is answered.
    pub async fn shutdown(mut self) {
        drop(self.stop.take());
        if let Some(task) = self.task.take() {
            // It does not panic, and nobody cancels it.
            let _ = task.await;
        }
    }
}

impl fmt::Debug for Running {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Running")
            .field("addr", &self.addr)
            .field("started", &self.started)
            .finish_non_exhaustive()
    }
}

/// Answers everybody until it is to stop. `axum::serve` does it in one line, and waits for slow clients for ever.
async fn serve(listener: TcpListener, router: Router, stop: impl Future<Output = ()>) {
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(HEAD);
    let places = Arc::new(Semaphore::new(CONNECTIONS));
    let graceful = GracefulShutdown::new();
    let mut stop = std::pin::pin!(stop);
    loop {
        let next = async {
            // The semaphore is never closed.
            let place = Arc::clone(&places).acquire_owned().await.ok();
            (place, listener.accept().await)
        };
        let (place, accepted) = tokio::select! {
            next = next => next,
            () = &mut stop => break,
        };
        let stream = match accepted {
            Ok((stream, _)) => stream,
            Err(error) => {
                tracing::warn!(%error, "a client could not connect");
                // There may be no file handles left for a moment.
                sleep(Duration::from_millis(100)).await;
                continue;
            }
        };
        let connection =
            http.serve_connection(TokioIo::new(stream), TowerToHyperService::new(router.clone()));
        let connection = graceful.watch(connection);
        tokio::spawn(async move {
            if let Err(error) = connection.await {
                tracing::debug!(%error, "a connection broke off");
            }
            drop(place);
        });
    }
    drop(listener);
    if timeout(DRAIN, graceful.shutdown()).await.is_err() {
        tracing::warn!("requests were still under way");
    }
}
