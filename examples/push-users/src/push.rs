//! What happens to each user.

use std::sync::atomic::{AtomicBool, Ordering};

use scim_client::{Client, Error};
use scim_core::{AttrPath, Resource, SchemaSet, ScimError, attr};
use scim_filter::Filter;

use crate::input::Row;

/// How users are pushed.
#[derive(Clone, Debug)]
pub struct Options {
    /// The attribute that a user is found by.
    pub key: AttrPath,
    /// Whether nothing is written.
    pub dry_run: bool,
}

/// What became of a user, or would.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Done {
    /// It was not there.
    Created,
    /// It was otherwise.
    Updated,
    /// It was switched off.
    Disabled,
    /// It was as it should be.
    Unchanged,
}

/// What became of all users.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Users that were not there.
    pub created: usize,
    /// Users that were otherwise.
    pub updated: usize,
    /// Users that were switched off.
    pub disabled: usize,
    /// Users that were as they should be.
    pub unchanged: usize,
    /// Users that it did not work for.
    pub failed: usize,
    /// Users that it did not come to.
    pub skipped: usize,
}

/// Pushes all users, one after the other, until it is told to stop; `each` hears what became of each.
pub async fn push(
    client: &Client,
    rows: &[Row],
    options: &Options,
    stop: &AtomicBool,
    mut each: impl FnMut(&Row, &Result<Done, Error>),
) -> Summary {
    let mut summary = Summary::default();
    for row in rows {
        if stop.load(Ordering::Relaxed) {
            summary.skipped += 1;
            continue;
        }
        let outcome = one(client, row, options).await;
        match &outcome {
            Ok(Done::Created) => summary.created += 1,
            Ok(Done::Updated) => summary.updated += 1,
            Ok(Done::Disabled) => summary.disabled += 1,
            Ok(Done::Unchanged) => summary.unchanged += 1,
            Err(_) => summary.failed += 1,
        }
        each(row, &outcome);
    }
    summary
}

async fn one(client: &Client, row: &Row, options: &Options) -> Result<Done, Error> {
    let users = client.users().untyped();
    let key = row
        .text(&options.key)
        .ok_or_else(|| Error::Request(ScimError::invalid_value(format!("there is no `{}`", options.key))))?;
    let key = Filter::eq(options.key.clone(), key);
    let Some(found) = users.find(&key).await? else {
        let mut new = Resource::new(SchemaSet::user());
        row.apply(&mut new).map_err(Error::Request)?;
        if !options.dry_run {
            users.create_once(&new, &key).await?;
        }
        return Ok(Done::Created);
    };
    let mut after = found.resource.clone();
    row.apply(&mut after).map_err(Error::Request)?;
    let active = |user: &Resource| user.get(&attr::ACTIVE).and_then(serde_json::Value::as_bool);
    let done = if after == found.resource {
        Done::Unchanged
    } else if active(&after) == Some(false) && active(&found.resource) != Some(false) {
        Done::Disabled
    } else {
        Done::Updated
    };
    if done != Done::Unchanged && !options.dry_run {
        let id = found.id.as_ref().ok_or_else(|| {
            Error::Request(ScimError::invalid_value("the server shows no `id`, so nothing can be changed"))
        })?;
        users.modify(id, |user| row.apply(user)).await?;
    }
    Ok(done)
}
