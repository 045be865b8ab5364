//! Whether a target can be provisioned at all, and what is wrong if not.

mod diagnosis;

use scim_client::{Client, Error};
use scim_core::AttrPath;
use scim_filter::Filter;
use scim_filter::query::{Page, ProjectionParams, Query};
use serde::Serialize;
use uuid::Uuid;

pub use self::diagnosis::Diagnosis;
use crate::log::printable;
use crate::object::Kind;

/// What a test of the connection has found: [`test_connection`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Connection {
    /// Whether it works, and what is wrong if not.
    pub diagnosis: Diagnosis,
    /// What the target answered, in a sentence, where it does not work.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// What is missing or odd, though it works.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<String>,
}

impl Connection {
    /// Whether the target can be provisioned.
    #[must_use]
    pub fn works(&self) -> bool {
        self.diagnosis == Diagnosis::Works
    }
}

/// Tests a target: looks for a user who cannot be there, by the attribute that users are matched by, and reads what the target
/// says of itself. Nothing is written.
///
/// A target without a `ServiceProviderConfig` works; what it does not say, or says wrongly, is among the warnings. The client
/// adapts to what it does say, as by [`Client::discover`].
///
/// ```
/// # async fn run(client: scim_client::Client) {
/// use scim_core::attr;
/// use scim_sync::test_connection;
///
/// let connection = test_connection(&client, &attr::USER_NAME).await;
/// println!("{}", connection.diagnosis.advice());
/// # }
/// ```
pub async fn test_connection(client: &Client, matching: &AttrPath) -> Connection {
    let (diagnosis, error) = probe(client, Kind::User, matching).await;
    let mut connection = Connection { diagnosis, error, warnings: Vec::new() };
    if connection.works() {
        match client.discover().await {
            Ok(discovery) => {
                connection.warnings = discovery.problems.iter().map(words).collect();
                if discovery.config.is_some_and(|config| !config.filter.supported) {
                    connection.warnings.push("the target says that it has no filter, and has one".to_owned());
                }
            }
            Err(error) => connection.warnings.push(words(&error)),
        }
    }
    connection
}

/// Looks for a user or a group that cannot be there, and says what the answer means, in the words of the target where it is not
/// as it should be.
///
/// The engine asks so when an error may be one of the whole target or of one object only: see
/// [`QuarantineReason::is_doubtful`](crate::QuarantineReason::is_doubtful).
pub async fn probe(client: &Client, kind: Kind, matching: &AttrPath) -> (Diagnosis, Option<String>) {
    let filter = Filter::eq(matching.clone(), Uuid::new_v4().to_string());
    let found = match kind {
        Kind::User => client.users().find(&filter).await.map(|found| found.is_some()),
        Kind::Group => {
            let without_members = ProjectionParams::ExcludedAttributes(vec![scim_core::attr::MEMBERS]);
            client.groups().projected(without_members).find(&filter).await.map(|found| found.is_some())
        }
    };
    let error = match found {
        Ok(false) => return (Diagnosis::Works, None),
        Ok(true) => {
            let words = format!("a {kind} came whose `{matching}` cannot be what was looked for");
            return (Diagnosis::NoFilter, Some(words));
        }
        Err(error) => error,
    };
    let diagnosis = match Diagnosis::of(&error) {
        // Whether it is the filter that is refused shows where there is none.
        Diagnosis::Other | Diagnosis::NotScim if refuses(&error) && lists(client, kind).await => {
            Diagnosis::NoFilter
        }
        diagnosis => diagnosis,
    };
    (diagnosis, Some(words(&error)))
}

/// Whether the target said no to the request itself.
fn refuses(error: &Error) -> bool {
    matches!(error.status(), Some(400 | 413 | 414 | 422 | 500 | 501))
}

/// Whether a list without a filter comes.
async fn lists(client: &Client, kind: Kind) -> bool {
    let query = Query { page: Page::default().with_count(1), ..Query::default() };
    match kind {
        Kind::User => client.users().untyped().list(query).next().await.is_ok(),
        Kind::Group => {
            let without_members = ProjectionParams::ExcludedAttributes(vec![scim_core::attr::MEMBERS]);
            client.groups().projected(without_members).list(query).next().await.is_ok()
        }
    }
}

fn words(error: &Error) -> String {
    printable(&error.to_string()).into_owned()
}

#[cfg(test)]
mod tests;
