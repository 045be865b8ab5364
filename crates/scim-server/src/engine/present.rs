//! What a resource looks like in an answer: `id`, `meta` and links are worked out, the rest is the store's.

use chrono::{DateTime, SecondsFormat, Utc};
use scim_core::{ListResponse, Projected, Projection, Resolved, Resource};
use serde::Serialize;
use serde_json::{Map, Value};

use super::references::Names;
use super::respond::{Failure, Payload, Reply};
use super::stream::Streamed;
use super::{Call, Mounted};
use crate::store::{LongList, StoreError, Stored};

/// A resource, and what is laid over it.
pub(crate) struct Shown<'a> {
    pub(crate) mounted: &'a Mounted,
    pub(crate) stored: Stored<Resource>,
    pub(crate) want: &'a Projection,
    overlay: Map<String, Value>,
}

impl Shown<'_> {
    /// Whether lists of it are read while the answer is written.
    pub(crate) fn streams(&self) -> bool {
        self.long_lists().next().is_some()
    }

    /// The long lists that the answer shows.
    pub(crate) fn long_lists(&self) -> impl Iterator<Item = (&Resolved, &LongList)> {
        self.stored.long_lists.iter().filter_map(|list| {
            let known = self.mounted.large.iter().find(|known| *known.path() == *list.attribute())?;
            self.want.wants(known).then_some((known, list))
        })
    }

    pub(crate) fn projected(&self) -> Projected<'_> {
        self.mounted.schemas.project(&self.stored.resource, self.want).with_overlay(&self.overlay)
    }
}

impl Call {
    /// Works out what resources lack for being shown.
    pub(super) async fn show<'a>(
        &self,
        mut resources: Vec<(&'a Mounted, Stored<Resource>, &'a Projection)>,
    ) -> Result<Vec<Shown<'a>>, Failure> {
        for (mounted, stored, want) in &mut resources {
            whole_extensions(mounted, stored, want).await?;
        }
        let names = self.names_of(&resources).await?;
        Ok(self.with_names(resources, &names))
    }

    async fn names_of(
        &self,
        resources: &[(&Mounted, Stored<Resource>, &Projection)],
    ) -> Result<Names, StoreError> {
        self.names(resources.iter().map(|(mounted, stored, want)| (*mounted, &*stored.resource, *want))).await
    }

    fn with_names<'a>(
        &self,
        resources: Vec<(&'a Mounted, Stored<Resource>, &'a Projection)>,
        names: &Names,
    ) -> Vec<Shown<'a>> {
        let each = |(mounted, stored, want)| {
            let overlay = self.overlay(mounted, &stored, want, names);
            Shown { mounted, stored, want, overlay }
        };
        resources.into_iter().map(each).collect()
    }

    /// The page of a list.
    pub(super) fn page(&self, about: ListResponse<()>, shown: &[Shown<'_>]) -> Result<Reply, Failure> {
        if !shown.iter().any(Shown::streams) {
            let ListResponse {
                total_results, start_index, items_per_page, previous_cursor, next_cursor, ..
            } = about;
            let resources = shown.iter().map(|shown| shown.projected()).collect();
            let answer = ListResponse {
                total_results,
                start_index,
                items_per_page,
                previous_cursor,
                next_cursor,
                resources,
            };
            return Ok(Reply::json(200, to_json_of(shown.len(), &answer)?));
        }
        let mut streamed = Streamed::new(self);
        streamed.list(&about, shown)?;
        Ok(Reply { body: Some(Payload::Streamed(streamed)), ..Reply::empty(200) })
    }

    fn overlay(
        &self,
        mounted: &Mounted,
        stored: &Stored<Resource>,
        want: &Projection,
        names: &Names,
    ) -> Map<String, Value> {
        let mut overlay = Map::new();
        overlay.insert("id".to_owned(), stored.id.as_str().into());
        let mut meta = Map::new();
        meta.insert("resourceType".to_owned(), mounted.name.as_ref().into());
        if let Some(created) = stored.created {
            meta.insert("created".to_owned(), instant(created).into());
        }
        if let Some(modified) = stored.last_modified {
            meta.insert("lastModified".to_owned(), instant(modified).into());
        }
        meta.insert("location".to_owned(), self.location(mounted, stored).into());
        meta.insert("version".to_owned(), stored.version.as_str().into());
        overlay.insert("meta".to_owned(), Value::Object(meta));
        self.link(mounted, &stored.resource, want, names, &mut overlay);
        overlay
    }

    pub(super) fn location(&self, mounted: &Mounted, stored: &Stored<Resource>) -> String {
        self.base.location(&mounted.endpoint, stored.id.as_str())
    }

    /// The answer that shows one resource.
    pub(super) async fn reply(
        &self,
        status: u16,
        mounted: &Mounted,
        stored: Stored<Resource>,
        want: &Projection,
    ) -> Result<Reply, Failure> {
        let shown = self.show(vec![(mounted, stored, want)]).await?;
        self.shown(status, shown)
    }

    /// The answer that shows what was just written. That it was is not to be taken for a failure because the names of others
    /// cannot be had.
    pub(super) async fn written(
        &self,
        status: u16,
        mounted: &Mounted,
        mut stored: Stored<Resource>,
        want: &Projection,
    ) -> Result<Reply, Failure> {
        whole_extensions(mounted, &mut stored, want).await?;
        let resources = vec![(mounted, stored, want)];
        let names = self.names_of(&resources).await.unwrap_or_else(|error| {
            tracing::warn!(tenant = %self.tenant(), error = %error, "an answer goes without the names of others");
            Names::unknown()
        });
        self.shown(status, self.with_names(resources, &names))
    }

    fn shown(&self, status: u16, shown: Vec<Shown<'_>>) -> Result<Reply, Failure> {
        let Some(shown) = shown.into_iter().next() else { return Ok(Reply::empty(status)) };
        let body = if shown.streams() {
            let mut streamed = Streamed::new(self);
            streamed.resource(&shown)?;
            Payload::Streamed(streamed)
        } else {
            Payload::Whole(to_json_of(1, &shown.projected())?.into())
        };
        Ok(Reply {
            status,
            location: Some(self.location(shown.mounted, &shown.stored)),
            version: Some(shown.stored.version),
            id: Some(shown.stored.id),
            body: Some(body),
        })
    }

    /// The answer that only says that it is done.
    pub(super) fn done(&self, mounted: &Mounted, stored: &Stored<Resource>) -> Reply {
        Reply {
            status: 204,
            location: Some(self.location(mounted, stored)),
            version: Some(stored.version.clone()),
            id: Some(stored.id.clone()),
            body: None,
        }
    }
}

/// Reads the long lists of extensions as a whole: what is written piece by piece stands at the end of the resource, and theirs
/// stand inside of their extension.
async fn whole_extensions(
    mounted: &Mounted,
    stored: &mut Stored<Resource>,
    want: &Projection,
) -> Result<(), StoreError> {
    let of_extension = |list: &LongList| {
        let known = mounted.large.iter().find(|known| *known.path() == *list.attribute());
        known.is_some_and(|known| known.extension().is_some() && want.wants(known))
    };
    if !stored.long_lists.iter().any(of_extension) {
        return Ok(());
    }
    let lists = std::mem::take(&mut stored.long_lists);
    let (whole, rest): (Vec<_>, Vec<_>) = lists.into_iter().partition(of_extension);
    stored.long_lists = rest;
    let mut resource = Resource::clone(&stored.resource);
    for list in whole {
        let elements = list.all().await?;
        if !elements.is_empty() {
            resource.set(list.attribute(), Value::Array(elements))?;
        }
    }
    stored.resource = std::sync::Arc::new(resource);
    Ok(())
}

pub(crate) fn to_json(value: &impl Serialize) -> Result<Vec<u8>, Failure> {
    to_json_of(0, value)
}

/// The document that shows so many resources. A buffer that grows step by step is copied as often.
pub(crate) fn to_json_of(resources: usize, value: &impl Serialize) -> Result<Vec<u8>, Failure> {
    let mut body = Vec::with_capacity(resources.saturating_mul(USUAL_SIZE));
    serde_json::to_writer(&mut body, value).map_err(scim_core::ScimError::internal)?;
    Ok(body)
}

/// Most users are shorter than this, in bytes.
const USUAL_SIZE: usize = 2048;

pub(crate) fn instant(time: DateTime<Utc>) -> String {
    time.to_rfc3339_opts(SecondsFormat::Millis, true)
}
