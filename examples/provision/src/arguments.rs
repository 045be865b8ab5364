//! What can be said on the command line.

use std::path::PathBuf;

use clap::Parser;
use scim_client::Dialect;
use scim_core::value::secret::Secret;
use scim_sync::{DefaultAccess, DeletionGuard, Rules};

use crate::Failure;

/// Provisions a company into a SCIM server: an initial cycle, the changes of a day, a cycle with nothing to do, and a
/// comparison of both ends. Without a target it starts a directory of its own on this machine.
///
/// The status is 0 when both ends agree, 1 when they do not, 2 when nothing could be tried, 130 after Ctrl-C.
#[derive(Clone, Parser)]
#[command(name = "provision", version)]
pub struct Arguments {
    /// The company: a folder with users.json, groups.json and so on, in the shape of Microsoft Graph
    #[arg(long, value_name = "DIR", default_value = concat!(env!("CARGO_MANIFEST_DIR"), "/company"))]
    pub company: PathBuf,
    /// Where the state, the logs and the directory of its own are kept; a later run with it goes on [default: a new folder in
    /// provision-run]
    #[arg(long, value_name = "DIR")]
    pub dir: Option<PathBuf>,

    /// The base URL of a SCIM server to provision into, in place of a directory of its own
    #[arg(long, value_name = "URL")]
    pub target: Option<String>,
    /// The target's token; others on this machine see it with `ps`, so SCIM_TOKEN or --token-file is better
    #[arg(long, requires = "target", conflicts_with = "token_file")]
    pub token: Option<String>,
    /// A file that holds the target's token
    #[arg(long, value_name = "FILE", requires = "target")]
    pub token_file: Option<PathBuf>,
    /// The token that SCIM_TOKEN holds.
    #[arg(skip)]
    pub token_of_environment: Option<Secret>,
    /// In which form requests are sent: rfc, entra, entra-062020, okta, atlassian, aws-identity-center, slack, google, github
    #[arg(long, default_value = "entra-062020", value_name = "NAME")]
    pub dialect: String,
    /// What is provisioned, and how: `scim`, `atlassian`, or a file of rules as JSON
    #[arg(long, default_value = "scim", value_name = "FILE")]
    pub rules: String,

    /// Says what would happen, and writes nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Provisions this one user or group only, and shows every step; an id, a user principal name or a group's name
    #[arg(long, value_name = "ID", conflicts_with = "bad_day")]
    pub on_demand: Option<String>,
    /// With --on-demand of a group: a member to provision with it; up to five
    #[arg(long, value_name = "ID", requires = "on_demand")]
    pub member: Vec<String>,

    /// The directory of its own answers so large a part of requests with errors, or not at all
    #[arg(long, value_name = "P", default_value_t = 0.0, value_parser = share, conflicts_with = "target")]
    pub fail_rate: f64,
    /// The directory of its own takes the key back after so many requests
    #[arg(long, value_name = "N", conflicts_with = "target")]
    pub revoke_key_after: Option<u64>,
    /// Where chance begins, for --fail-rate
    #[arg(long, default_value_t = 7)]
    pub seed: u64,

    /// So many may be disabled, deleted or taken out of groups in one cycle, however few there are
    #[arg(long, value_name = "N", default_value_t = DeletionGuard::default().count)]
    pub guard_count: u64,
    /// So many of a hundred may
    #[arg(long, value_name = "N", default_value_t = DeletionGuard::default().percent)]
    pub guard_percent: u64,
    /// Goes on when the deletion guard holds a cycle back
    #[arg(long)]
    pub allow_deletes: bool,
    /// At the end somebody takes a role away by mistake, and many users would be disabled
    #[arg(long)]
    pub bad_day: bool,

    /// How many objects are under way at once
    #[arg(long, value_name = "N", default_value_t = 8)]
    pub concurrency: usize,
}

impl Arguments {
    /// Of the command line, with the token of the environment.
    #[must_use]
    pub fn of_process() -> Self {
        let mut arguments = Self::parse();
        let token = std::env::var("SCIM_TOKEN").ok().filter(|token| !token.is_empty());
        arguments.token_of_environment = token.map(Secret::from);
        arguments
    }

    /// The target's token, and whether anybody could have seen it.
    pub(crate) fn token(&self) -> Result<(Option<Secret>, bool), Failure> {
        if let Some(file) = &self.token_file {
            let text =
                std::fs::read_to_string(file).map_err(|error| format!("{}: {error}", file.display()))?;
            return Ok((Some(Secret::from(text.trim().to_owned())), false));
        }
        Ok(match &self.token {
            Some(token) => (Some(Secret::from(token.clone())), true),
            None => (self.token_of_environment.clone(), false),
        })
    }

    pub(crate) fn dialect(&self) -> Result<Dialect, Failure> {
        let known = Dialect::known(&self.dialect);
        Ok(known.ok_or_else(|| format!("`{}` is no dialect that is known", self.dialect))?)
    }

    /// The rules; in those that are ready-made, who has only Default Access is not entitled.
    pub(crate) fn rules(&self) -> Result<Rules, Failure> {
        let rules = match self.rules.as_str() {
            "atlassian" => Rules::entra_to_atlassian(),
            "scim" => {
                let mut rules = Rules::entra_to_scim();
                rules.default_access = DefaultAccess::Exclude;
                rules
            }
            file => {
                let text = std::fs::read_to_string(file).map_err(|error| format!("{file}: {error}"))?;
                serde_json::from_str(&text).map_err(|error| format!("{file}: {error}"))?
            }
        };
        rules.clone().compile()?;
        Ok(rules)
    }

    pub(crate) fn guard(&self) -> DeletionGuard {
        DeletionGuard { count: self.guard_count, percent: self.guard_percent }
    }
}

fn share(text: &str) -> Result<f64, String> {
    let share: f64 = text.parse().map_err(|_| "this is no number".to_owned())?;
    if (0.0..1.0).contains(&share) { Ok(share) } else { Err("this is not between 0 and 1".to_owned()) }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_command_line_fits_together() {
        Arguments::command().debug_assert();
        for refused in [
            &["--fail-rate", "1.5"][..],
            &["--fail-rate", "0.1", "--target", "http://127.0.0.1:1"],
            &["--token", "x"],
            &["--member", "x"],
        ] {
            assert!(Arguments::try_parse_from([&["provision"], refused].concat()).is_err(), "{refused:?}");
        }
    }

    #[test]
    fn rules_are_ready_made_or_in_a_file() {
        let rules = |text: &str| {
            Arguments::try_parse_from(["provision", "--rules", text]).map(|arguments| arguments.rules())
        };
        assert!(rules("scim").unwrap().is_ok() && rules("atlassian").unwrap().is_ok());
        assert!(rules("no-such-file.json").unwrap().is_err());
    }
}
