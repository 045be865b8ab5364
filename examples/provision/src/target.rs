//! The server that is written to.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use indicatif::HumanCount;
use scim_client::{Client, Dialect};
use scim_core::value::secret::Secret;

use crate::Failure;
use crate::arguments::Arguments;
use crate::clock::Clock;
use crate::company::Company;
use crate::faults::Faults;
use crate::folder::Folder;
use crate::screen::Screen;
use crate::server::Server;

/// How much faster time goes where a server misbehaves on purpose and asks to be left alone for seconds.
pub(crate) const HURRY: u32 = 50;

/// The server that is written to, and the way there.
pub(crate) struct Target {
    pub(crate) url: String,
    pub(crate) client: Client,
    pub(crate) wire: Wire,
    /// The directory of its own, where it is that.
    pub(crate) server: Option<Server>,
    dialect: Dialect,
    speed: u32,
}

/// How many requests were sent, by their method. Clones share it.
#[derive(Clone, Default)]
pub(crate) struct Wire(Arc<Mutex<BTreeMap<String, u64>>>);

impl Target {
    /// Starts a directory, or takes the server that is named.
    pub(crate) async fn open(
        arguments: &Arguments,
        folder: &Folder,
        company: &Company,
        screen: &mut Screen,
    ) -> Result<Self, Failure> {
        let (dialect, wire) = (arguments.dialect()?, Wire::default());
        let speed = if arguments.fail_rate > 0.0 { HURRY } else { 1 };
        screen.heading("Target");
        if let Some(url) = &arguments.target {
            let (token, seen) = arguments.token()?;
            screen.fact("base URL", url);
            if seen {
                screen.line("warning: the token is among the arguments, where others on this machine see it with `ps`; use SCIM_TOKEN or --token-file");
            }
            let client = connect(url, token, dialect.clone(), &wire, speed)?;
            return Ok(Self { url: url.clone(), client, wire, server: None, dialect, speed });
        }
        let faults = Faults::new(arguments.fail_rate, arguments.revoke_key_after, arguments.seed);
        let (server, key) = Server::start(folder, &company.domains, faults).await?;
        let url = server.base_url.clone();
        screen.fact("base URL", &url);
        screen.fact("API key", format!("{}  (shown this once)", key.expose()));
        screen.fact("data", folder.file("directory.db").display().to_string());
        let client = connect(&url, Some(key), dialect.clone(), &wire, speed)?;
        Ok(Self { url, client, wire, server: Some(server), dialect, speed })
    }

    /// Lets the directory of its own misbehave from now on, or no more.
    pub(crate) fn arm(&self, armed: bool) {
        if let Some(server) = &self.server {
            server.faults.arm(armed);
        }
    }

    /// Makes another key, and uses it from now on. Only a directory of its own does that.
    pub(crate) async fn renew_key(&mut self, screen: &mut Screen) -> Result<bool, Failure> {
        let Some(server) = &self.server else { return Ok(false) };
        let key = server.new_key().await?;
        screen.fact("new key", format!("{}  (shown this once)", key.expose()));
        self.client = connect(&self.url, Some(key), self.dialect.clone(), &self.wire, self.speed)?;
        Ok(true)
    }
}

fn connect(
    url: &str,
    token: Option<Secret>,
    dialect: Dialect,
    wire: &Wire,
    speed: u32,
) -> Result<Client, Failure> {
    let wire = wire.clone();
    let mut builder = Client::builder(url)
        .dialect(dialect)
        .user_agent(concat!("provision/", env!("CARGO_PKG_VERSION")))
        .on_attempt(move |method, _| wire.sent(method.as_str()));
    if speed > 1 {
        // Answers take as long as ever.
        builder = builder
            .timer(Clock::new(speed))
            .timeout(Duration::from_secs(30) * speed)
            .deadline(Duration::from_secs(120) * speed);
    }
    if let Some(token) = token {
        builder = builder.bearer(token);
    }
    Ok(builder.build()?)
}

impl Wire {
    fn with<R>(&self, f: impl FnOnce(&mut BTreeMap<String, u64>) -> R) -> R {
        f(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn sent(&self, method: &str) {
        self.with(|sent| *sent.entry(method.to_owned()).or_default() += 1);
    }

    /// Begins to count anew.
    pub(crate) fn reset(&self) {
        self.with(BTreeMap::clear);
    }

    /// How many requests could have changed something. A search by POST is not used here.
    pub(crate) fn writes(&self) -> u64 {
        self.with(|sent| sent.iter().filter(|(method, _)| *method != "GET").map(|(_, count)| count).sum())
    }

    /// In words, such as `12 GET, 1 POST`.
    pub(crate) fn words(&self) -> String {
        let words: Vec<String> = self.with(|sent| {
            sent.iter().map(|(method, count)| format!("{} {method}", HumanCount(*count))).collect()
        });
        if words.is_empty() { "none".to_owned() } else { words.join(", ") }
    }
}
