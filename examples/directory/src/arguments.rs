//! The arguments of the command.

use std::net::SocketAddr;

use clap::{Args, Parser, Subcommand, ValueEnum};
use directory::{NewDirectory, Options, Policies};
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
}

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Serves directories, whose data is kept in memory.
    ///
    /// For each directory, prints its base URL and its API key, on a line each. The key is shown this once.
    Serve(Box<Serve>),
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

    /// How many directories there are.
    #[arg(long, value_name = "NUMBER", default_value_t = 1, conflicts_with = "directory")]
    #[arg(value_parser = clap::value_parser!(u16).range(1..))]
    directories: u16,
    /// A directory of this name; may be repeated.
    #[arg(long, value_name = "NAME")]
    directory: Vec<String>,
    /// The API key of the directory, which is not printed then; for several directories, one for each. For tests: whoever
    /// lists the processes of the machine sees it.
    #[arg(long, value_name = "KEY")]
    token: Vec<String>,

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
    /// For how many days an API key is good.
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
    pub(crate) fn options(self) -> Result<Options, String> {
        let policies = self.policies();
        let names = if self.directory.is_empty() {
            (1..=self.directories).map(|number| format!("directory {number}")).collect()
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
            directories,
            policies,
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
