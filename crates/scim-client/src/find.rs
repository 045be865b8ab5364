//! Looking for one resource.

use http::Method;
use scim_core::{Profile, ScimError, ScimResource, json};
use scim_filter::query::{Page, ProjectionParams, Query};
use scim_filter::{CheckOptions, Filter};

use crate::endpoint::{Endpoint, filtered};
use crate::error::{Error, UnexpectedKind};
use crate::exchange::Ask;
use crate::list::list;
use crate::read::Fetched;

impl<T: ScimResource> Endpoint<T> {
    /// The one resource for which a filter holds, or nothing.
    ///
    /// The filter is asked again of what came back: there are servers that ignore filters, and the first user of the
    /// directory must not be taken for the one that was looked for.
    ///
    /// ```
    /// # async fn run(client: scim_client::Client) -> Result<(), scim_client::Error> {
    /// use scim_core::attr;
    /// use scim_filter::Filter;
    ///
    /// let found = client.users().find(&Filter::eq(attr::USER_NAME, "a+b@example.com")).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`UnexpectedKind::Ambiguous`] where there are two; [`UnexpectedKind::NoMatch`] where the filter does not hold for what
    /// came; [`Error::Request`] where the filter makes no sense for these resources or this server.
    pub async fn find(&self, filter: &Filter) -> Result<Option<Fetched<T>>, Error> {
        let dialect = self.client.dialect();
        let paths = filtered(filter);
        dialect.check_filter(&self.path, &paths).map_err(Error::request)?;
        let profile = Profile::lenient();
        let options = CheckOptions { profile: Some(&profile), ..CheckOptions::default() };
        let typed = filter.check_with(&self.reader.schemas, &options).map_err(Error::request)?;
        let judged = !paths.iter().any(|path| {
            dialect.rewritten.contains(path)
                || !dialect.shows_members
                    && path.name().is_some_and(|name| *name == *"members" || *name == *"member")
        });
        let query = Query {
            filter: Some(filter.clone()),
            page: Page::default().with_count(2),
            projection: self.with_filtered(paths)?,
            ..Query::default()
        };
        let ask = Ask::new(Method::GET, &*self.path).with_query(query.to_query_string());
        let success = match self.client.exchange(&ask).await.0 {
            Ok(success) => success,
            Err(error) if dialect.lookup_404_is_none && error.is_not_found() => return Ok(None),
            Err(error) => return Err(error),
        };
        let list = list(&success, self)?;
        let mut found = Vec::new();
        for (at, raw) in (1..).zip(&list.resources) {
            let odd = |why: String| {
                success.odd(UnexpectedKind::Malformed, format!("resource {at} of the list: {why}"))
            };
            let value = json::read(raw.get().as_bytes(), &self.client.0.limits)
                .map_err(|error| odd(error.detail().unwrap_or_default().to_owned()))?;
            let resource = self.reader.resource(value).map_err(odd)?;
            if judged && !typed.matches(&resource) {
                let detail = match list.resources.len() {
                    1 => "one came".to_owned(),
                    came => format!("number {at} of {came}"),
                };
                return Err(success.odd(UnexpectedKind::NoMatch, detail));
            }
            found.push(self.reader.typed::<T>(resource).map_err(odd)?);
        }
        let claimed = list.total_results.unwrap_or(0);
        match found.len() {
            0 if claimed > 0 => {
                let detail = format!("it says that there are {claimed}, and has none");
                Err(success.odd(UnexpectedKind::Malformed, detail))
            }
            0 | 1 if claimed < 2 => Ok(found.pop()),
            came => {
                let number = claimed.max(came as u64);
                Err(success.odd(UnexpectedKind::Ambiguous, format!("{number} match")))
            }
        }
    }

    /// The projection of the endpoint, with what the filter has to be asked of.
    fn with_filtered(&self, filtered: Vec<scim_core::AttrPath>) -> Result<ProjectionParams, Error> {
        let covers = |listed: &[scim_core::AttrPath], path: &scim_core::AttrPath| {
            listed.iter().any(|one| one.clone().without_sub() == *path)
        };
        match &self.projection {
            ProjectionParams::Default => Ok(ProjectionParams::Default),
            ProjectionParams::Attributes(paths) => {
                let mut all = paths.clone();
                for path in filtered {
                    if !paths.contains(&path) && !all.contains(&path) {
                        all.push(path);
                    }
                }
                Ok(ProjectionParams::Attributes(all))
            }
            ProjectionParams::ExcludedAttributes(paths) => {
                match filtered.iter().find(|path| covers(paths, path)) {
                    Some(path) => Err(Error::request(ScimError::invalid_value(format!(
                        "`{path}` is excluded from the answer, so that nobody can tell whether it matches"
                    )))),
                    None => Ok(ProjectionParams::ExcludedAttributes(paths.clone())),
                }
            }
        }
    }
}
