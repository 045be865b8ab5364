//! A port with the service of all directories behind it.

use std::fmt;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use axum::Router;
use scim_core::TenantId;
use scim_server::auth::ApiKey;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio::time::timeout;

use crate::http::{DRAIN, serve};
use crate::location::Location;
use crate::policies::Policies;
use crate::registry::{Directories, Directory, DirectoryError};
use crate::service::{RouterError, base_url, router};
use crate::sessions::Sessions;

/// What to serve, and where.
#[derive(Debug)]
pub struct Options {
    /// Where to listen: a port of this machine's own that is free by default.
    pub listen: SocketAddr,
    /// Whether others than this machine may connect, although keys and people's data go over the network in the clear.
    pub dangerous_listen_anywhere: bool,
    /// What clients see the service at, where that is not the address that is listened at, such as `https://app.example`.
    pub public_url: Option<String>,
    /// Where the data is: in memory by default.
    pub database: Location,
    /// Directories that are to be there from the start: each is created where none is called so. Where this is empty and there
    /// are none, one is created. Others can be created while it runs, by another process, too.
    pub directories: Vec<NewDirectory>,
    /// What the service does about questions that the RFCs leave open.
    pub policies: Policies,
    /// For how long a key that was looked up in a database is remembered: ten seconds by default, which is the most.
    pub key_cache: Duration,
}

/// A directory that is to be there from the start.
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
            database: Location::Memory,
            directories: Vec::new(),
            policies: Policies::default(),
            key_cache: Duration::from_secs(10),
        }
    }
}

/// A service that runs. It ends when this is dropped.
#[non_exhaustive]
pub struct Running {
    /// Where it listens.
    pub addr: SocketAddr,
    /// The directories that were created at the start, with their keys, and those whose key was given.
    pub started: Vec<Started>,
    /// The directories that were there before, whose keys are not known.
    pub existing: Vec<Directory>,
    /// All directories, to create more and to change their keys.
    pub directories: Directories,
    /// Who is signed in, and who was signed out.
    pub sessions: Sessions,
    origin: String,
    stop: Option<oneshot::Sender<()>>,
    task: Option<JoinHandle<()>>,
}

/// A directory that was created at the start, or whose key was given.
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

/// What the first directory is called.
const FIRST: &str = "default";

/// Starts to serve.
///
/// # Errors
/// [`StartError`].
pub async fn start(options: Options) -> Result<Running, StartError> {
    start_with(options, |router| router).await
}

/// Starts to serve, with something around the service: a layer that logs, limits, or fails where a test wants it to.
///
/// ```
/// use axum::extract::Request;
/// use axum::http::StatusCode;
/// use axum::middleware::{self, Next};
/// use axum::response::IntoResponse;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), directory::StartError> {
/// let busy = |request: Request, next: Next| async move {
///     if request.method() == "POST" { StatusCode::SERVICE_UNAVAILABLE.into_response() } else { next.run(request).await }
/// };
/// let options = directory::Options::default();
/// let running = directory::start_with(options, |router| router.layer(middleware::from_fn(busy))).await?;
/// # running.shutdown().await;
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// [`StartError`].
pub async fn start_with(
    options: Options,
    wrap: impl FnOnce(Router) -> Router,
) -> Result<Running, StartError> {
    let Options {
        listen,
        dangerous_listen_anywhere,
        public_url,
        database,
        directories: wanted,
        policies,
        key_cache,
    } = options;
    if !listen.ip().to_canonical().is_loopback() && !dangerous_listen_anywhere {
        return Err(StartError::Exposed(listen));
    }
    // The port may be known only now, and links begin with it.
    let failed = |error| StartError::Listen(listen, error);
    let listener = TcpListener::bind(listen).await.map_err(failed)?;
    let addr = listener.local_addr().map_err(failed)?;
    let origin = public_url.unwrap_or_else(|| format!("http://{addr}"));

    let mut directories = Directories::open(&database).await?.with_key_cache(key_cache);
    if let Some(days) = policies.key_days {
        directories = directories.with_key_days(days);
    }
    let sessions = Sessions::default();
    let router = wrap(router(&origin, &directories, &policies, sessions.clone())?);
    let started = prepare(&directories, &origin, wanted).await?;
    let mut existing = directories.list().await?;
    existing.retain(|directory| started.iter().all(|started| started.id != directory.id));
    directories.set_origin(&origin).await?;

    let (stop, stopped) = oneshot::channel();
    let task = tokio::spawn(serve(listener, router, async {
        // An error says that nobody is there to stop it, which comes to the same.
        let _ = stopped.await;
    }));
    let (stop, task) = (Some(stop), Some(task));
    Ok(Running { addr, started, existing, directories, sessions, origin, stop, task })
}

/// Sees to it that the directories are there that are wanted.
async fn prepare(
    directories: &Directories,
    origin: &str,
    mut wanted: Vec<NewDirectory>,
) -> Result<Vec<Started>, DirectoryError> {
    if wanted.is_empty() && directories.list().await?.is_empty() {
        wanted.push(NewDirectory { name: FIRST.to_owned(), key: None });
    }
    let mut started = Vec::new();
    for NewDirectory { name, key } in wanted {
        let new_key = key.is_none();
        let created = match &key {
            Some(key) => directories.create_with_key(&name, key).await.map(|directory| (directory, None)),
            None => directories.create(&name).await.map(|(directory, key)| (directory, Some(key))),
        };
        let (directory, key) = match (created, key) {
            (Ok((directory, new)), given) => (directory, new.or(given)),
            // It was there, or another process that starts was faster.
            (Err(DirectoryError::NameTaken(_)), given) => {
                let directory = directories.find(&name).await?;
                if let Some(key) = &given {
                    directories.ensure_key(&directory.id, key).await?;
                }
                (directory, given)
            }
            (Err(error), _) => return Err(error),
        };
        if let Some(key) = key {
            let base_url = base_url(origin, &directory.id);
            started.push(Started { id: directory.id, name: directory.name, base_url, key, new_key });
        }
    }
    Ok(started)
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
        // What is still under way after its time is over does not keep the database open.
        if let Some(database) = self.directories.database()
            && timeout(DRAIN, database.close()).await.is_err()
        {
            tracing::warn!("the database was still in use");
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
