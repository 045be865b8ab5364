//! The arguments of the command.

use std::net::SocketAddr;
use std::time::Duration;

use clap::{Args, Parser, Subcommand, ValueEnum};
use directory::{Location, NewDirectory, Options, Policies};
use scim_core::Profile;
use scim_server::auth::ApiKey;
use scim_server::rules::{DeletePolicy, RecreatePolicy};
use tracing_subscriber::filter::LevelFilter;

/// Directories that users and groups are provisioned to over SCIM 2.0.
#[derive(Parser)]
#[command(name = "directory", version)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Command,
    /// Where the data is: `sqlite:FILE`, `postgres://USER:PASSWORD@HOST/DATABASE`, or `memory`, which ends with the process. Whoever
    /// lists the processes of the machine sees arguments, but not the environment: a password is better put there.
    #[arg(long, global = true, env = "DIRECTORY_DATABASE", hide_env_values = true, value_name = "WHERE")]
    #[arg(default_value = "sqlite:directory.db")]
    pub(crate) database: String,
}

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Serves directories, of which the first one is created here if there is none.
    ///
    /// For each directory, prints its base URL, and for those that are created its API key after it, on a line each. A key is shown
    /// this once. Several processes may serve one database.
    Serve(Box<Serve>),
    /// Creates a directory, and prints its base URL and its API key, on a line each. The key is shown this once.
    Create {
        /// What to call it; no two are called alike.
        name: String,
        /// For how many days its keys are good; for ever without a number.
        #[arg(long, value_name = "NUMBER")]
        key_days: Option<u32>,
        #[command(flatten)]
        at: At,
    },
    /// Lists the directories: name, base URL, when it was created, and how its keys begin.
    List {
        #[command(flatten)]
        at: At,
    },
    /// Makes another key for a directory and prints it, this once; the one before stays good for a while.
    RotateKey {
        /// The name of the directory, or the last segment of its base URL.
        directory: String,
        /// For how long the key before stays good, such as `15m`, `12h` or `7d`; `0s` ends it now, within ten seconds.
        #[arg(long, value_name = "DURATION", default_value = "24h")]
        overlap: humantime::Duration,
    },
    /// Takes a key back, within ten seconds.
    RevokeKey {
        /// The name of the directory, or the last segment of its base URL.
        directory: String,
        /// How the key begins, as `directory list` shows it.
        key: String,
    },
    /// Deletes a directory with all its users, groups and keys. Nothing of it can be brought back.
    Delete {
        /// The name of the directory, or the last segment of its base URL.
        directory: String,
        /// That it is meant.
        #[arg(long, required = true)]
        yes: bool,
    },
}

#[derive(Args)]
pub(crate) struct At {
    /// What clients see the service at; what it was served at last, if nothing is said.
    #[arg(long, value_name = "URL")]
    pub(crate) public_url: Option<String>,
}

#[derive(Args)]
pub(crate) struct Serve {
    /// Where to listen; port 0 takes one that is free.
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:8080")]
    listen: SocketAddr,
    /// Lets others than this machine connect, although keys and people's data go over the network in the clear.
    #[arg(long)]
    dangerous_listen_anywhere: bool,
    /// What clients see the service at, where that is not the address that is listened at.
    #[arg(long, value_name = "URL")]
    public_url: Option<String>,
    /// How much goes to the log: off, error, warn, info, debug.
    #[arg(long, value_name = "LEVEL", default_value = "info")]
    pub(crate) log: LevelFilter,

    /// How many directories there are to be: `directory 1`, `directory 2` and so on are created where they are not there.
    #[arg(long, value_name = "NUMBER", conflicts_with = "directory")]
    #[arg(value_parser = clap::value_parser!(u16).range(1..))]
    directories: Option<u16>,
    /// A directory that is to be there, and is created where none is called so; may be repeated.
    #[arg(long, value_name = "NAME")]
    directory: Vec<String>,
    /// The API key of the directory, which is not printed then; for several directories, one for each. For tests: whoever
    /// lists the processes of the machine sees it.
    #[arg(long, value_name = "KEY")]
    token: Vec<String>,
    /// For how many seconds a key that was looked up is remembered, so that one that was taken back elsewhere may be good for as
    /// long; 10 at the most.
    #[arg(long, value_name = "SECONDS", default_value_t = 10)]
    #[arg(value_parser = clap::value_parser!(u64).range(..=10))]
    key_cache: u64,

    /// Has all policies of Atlassian Cloud; those that are given beside it count more.
    #[arg(long, help_heading = "Policies")]
    atlassian: bool,
    /// What senders are let get away with.
    #[arg(long, help_heading = "Policies", default_value = "lenient")]
    profile: Leniency,
    /// What is not offered; may be repeated.
    #[arg(long, help_heading = "Policies", value_name = "FEATURE", value_delimiter = ',')]
    without: Vec<Feature>,
    /// How many resources a page has at the most.
    #[arg(long, help_heading = "Policies", value_name = "NUMBER")]
    page_max: Option<usize>,
    /// Lets no group be renamed.
    #[arg(long, help_heading = "Policies")]
    immutable_group_names: bool,
    /// Lets no two groups have one name.
    #[arg(long, help_heading = "Policies")]
    unique_group_names: bool,
    /// A domain that `userName` and `emails` may be of, and no other; may be repeated.
    #[arg(long, help_heading = "Policies", value_name = "DOMAIN")]
    verified_domain: Vec<String>,
    /// How many members a group has at the most.
    #[arg(long, help_heading = "Policies", value_name = "NUMBER")]
    max_members: Option<u64>,
    /// How many users a directory has at the most.
    #[arg(long, help_heading = "Policies", value_name = "NUMBER")]
    max_users: Option<usize>,
    /// How many requests a second a directory takes.
    #[arg(long, help_heading = "Policies", value_name = "NUMBER")]
    rate_limit: Option<u32>,
    /// For how many days the API keys of directories that are created here are good.
    #[arg(long, help_heading = "Policies", value_name = "NUMBER")]
    key_days: Option<u32>,
    /// What DELETE does to a user.
    #[arg(long, help_heading = "Policies", default_value = "hard")]
    delete: Delete,
    /// What a user comes back by under their old id, once inactive or retired.
    #[arg(long, help_heading = "Policies", default_value = "conflict")]
    recreate: Recreate,
}

#[derive(Clone, Copy, ValueEnum)]
enum Leniency {
    /// What real senders write is understood, and named in the log.
    Lenient,
    /// What the RFCs do not allow is refused.
    Rfc,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Feature {
    /// Bulk requests.
    Bulk,
    /// `sortBy`.
    Sort,
    /// Pages by cursor.
    Cursor,
    /// Queries over all resource types.
    RootSearch,
    /// Filters.
    Filter,
}

#[derive(Clone, Copy, ValueEnum)]
enum Delete {
    /// They are gone.
    Hard,
    /// They are deactivated and kept out of sight.
    Retire,
}

#[derive(Clone, Copy, ValueEnum)]
enum Recreate {
    /// Nothing: a name in use is in use.
    Conflict,
    /// The same `externalId`.
    ExternalId,
    /// The same `userName`.
    UserName,
}

impl Serve {
    pub(crate) fn options(self, database: Location) -> Result<Options, String> {
        let policies = self.policies();
        // A key that is given has to belong to something.
        let number = self.directories.or((!self.token.is_empty()).then_some(1));
        let names = if self.directory.is_empty() {
            (1..=number.unwrap_or(0)).map(|number| format!("directory {number}")).collect()
        } else {
            self.directory
        };
        if !self.token.is_empty() && self.token.len() != names.len() {
            return Err(format!(
                "there are {} directories and {} tokens: each directory has keys of its own",
                names.len(),
                self.token.len()
            ));
        }
        let mut keys = self.token.into_iter();
        let mut directories = Vec::new();
        for name in names {
            let key = keys.next().map(ApiKey::fixed).transpose();
            directories.push(NewDirectory { name, key: key.map_err(|error| format!("`--token`: {error}"))? });
        }
        Ok(Options {
            listen: self.listen,
            dangerous_listen_anywhere: self.dangerous_listen_anywhere,
            public_url: self.public_url,
            database,
            directories,
            policies,
            key_cache: Duration::from_secs(self.key_cache),
        })
    }

    fn policies(&self) -> Policies {
        let mut policies = if self.atlassian { Policies::atlassian() } else { Policies::default() };
        policies.profile = match self.profile {
            Leniency::Lenient => Profile::lenient(),
            Leniency::Rfc => Profile::rfc(),
        };
        for feature in &self.without {
            let features = &mut policies.features;
            match feature {
                Feature::Bulk => features.bulk = false,
                Feature::Sort => features.sort = false,
                Feature::Cursor => features.cursors = false,
                Feature::RootSearch => features.root_search = false,
                Feature::Filter => features.filter = false,
            }
        }
        policies.page_max = self.page_max.unwrap_or(policies.page_max);
        policies.immutable_group_names |= self.immutable_group_names;
        policies.unique_group_names |= self.unique_group_names;
        policies.verified_domains.clone_from(&self.verified_domain);
        policies.max_members = self.max_members.or(policies.max_members);
        policies.max_users = self.max_users.or(policies.max_users);
        policies.rate_limit = self.rate_limit.or(policies.rate_limit);
        policies.key_days = self.key_days.or(policies.key_days);
        policies.delete = match self.delete {
            Delete::Hard => DeletePolicy::Hard,
            Delete::Retire => DeletePolicy::Retire,
        };
        policies.recreate = match self.recreate {
            Recreate::Conflict => RecreatePolicy::Conflict,
            Recreate::ExternalId => RecreatePolicy::ReactivateSameExternalId,
            Recreate::UserName => RecreatePolicy::ReactivateSameUserName,
        };
        policies
    }
}
