//! What is done to directories beside serving them. A service on the same database knows of it at once, or of keys that it has
//! looked up within ten seconds.

use std::error::Error;
use std::io::{self, Write};

use chrono::{DateTime, SecondsFormat, Utc};
use directory::{Directories, Directory, KeyInfo, Location, base_url};

use crate::arguments::{At, Command};

/// Where `serve` listens, unless it is told otherwise.
const DEFAULT_ORIGIN: &str = "http://127.0.0.1:8080";

pub(crate) async fn run(command: Command, database: &Location) -> Result<(), Box<dyn Error>> {
    if *database == Location::Memory {
        return Err("what is in memory is known to the process that serves it only: say `--database sqlite:FILE` or `postgres://...`".into());
    }
    let (mut out, mut err) = (io::stdout().lock(), io::stderr().lock());
    let mut directories = match &command {
        Command::Create { .. } => Directories::open(database).await?,
        _ => Directories::of(&database.open_existing().await?)?,
    };
    match command {
        // It has its own way.
        Command::Serve(_) => {}
        Command::Create { name, key_days, at } => {
            if let Some(days) = key_days {
                directories = directories.with_key_days(days);
            }
            let origin = origin(&directories, at).await?;
            let (directory, key) = directories.create(&name).await?;
            writeln!(out, "{}\n{}", base_url(&origin, &directory.id), key.expose())?;
            writeln!(err, "`{}` was created in {database}; the key is shown this once", directory.name)?;
        }
        Command::List { at } => {
            writeln!(err, "{database}")?;
            let origin = origin(&directories, at).await?;
            for directory in directories.list().await? {
                let keys = directories.keys(&directory.id).await?;
                write!(out, "{}", describe(&directory, &keys, &origin, Utc::now()))?;
            }
        }
        Command::RotateKey { directory, overlap } => {
            let directory = directories.find(&directory).await?;
            let key = directories.rotate_key(&directory.id, *overlap).await?;
            writeln!(out, "{}", key.expose())?;
            let name = &directory.name;
            writeln!(
                err,
                "`{name}` has a new key, which is shown this once; the one before is good for {overlap}"
            )?;
        }
        Command::RevokeKey { directory, key } => {
            let directory = directories.find(&directory).await?;
            let key = the_one(directories.keys(&directory.id).await?, &key)?;
            directories.revoke_key(&directory.id, &key.id).await?;
            writeln!(err, "`{}` has no key {key} any more", directory.name)?;
        }
        Command::Delete { directory, .. } => {
            let directory = directories.find(&directory).await?;
            let gone = directories.delete(&directory.id).await?;
            writeln!(err, "`{}` is gone, with {gone} users and groups", directory.name)?;
        }
    }
    if let Some(database) = directories.database() {
        database.close().await;
    }
    Ok(())
}

async fn origin(directories: &Directories, at: At) -> Result<String, Box<dyn Error>> {
    let origin = match at.public_url {
        Some(url) => Some(url),
        None => directories.origin().await?,
    };
    Ok(origin.unwrap_or_else(|| DEFAULT_ORIGIN.to_owned()))
}

/// The one key that begins so.
fn the_one(keys: Vec<KeyInfo>, prefix: &str) -> Result<KeyInfo, String> {
    // What `list` shows, a part of it, or the key itself.
    let prefix = prefix.trim_end_matches("_...");
    let begins = |key: &KeyInfo| {
        let shown = key.to_string();
        !prefix.is_empty() && (shown.starts_with(prefix) || prefix.starts_with(&format!("{shown}_")))
    };
    let mut found = keys.into_iter().filter(begins);
    match (found.next(), found.next()) {
        (Some(key), None) => Ok(key),
        (None, _) => Err("the directory has no key that begins so".to_owned()),
        (Some(_), Some(_)) => Err("several keys of the directory begin so".to_owned()),
    }
}

fn describe(directory: &Directory, keys: &[KeyInfo], origin: &str, now: DateTime<Utc>) -> String {
    let time = |time: DateTime<Utc>| time.to_rfc3339_opts(SecondsFormat::Secs, true);
    let Directory { name, id, created, .. } = directory;
    let mut text = format!("{name}\n  {}\n  created {}\n", base_url(origin, id), time(*created));
    for key in keys {
        let end = match key.expires {
            None => "does not expire".to_owned(),
            Some(end) if key.is_expired(now) => format!("expired {}", time(end)),
            Some(end) => format!("expires {}", time(end)),
        };
        let rest = if key.is_given() { "" } else { "_..." };
        text.push_str(&format!("  key {key}{rest}, created {}, {end}\n", time(key.created)));
    }
    if !keys.iter().any(|key| !key.is_expired(now)) {
        text.push_str("  no key opens it: `directory rotate-key` makes one\n");
    }
    text
}
