//! Changing resources: PATCH (RFC 7644 §3.5.2), or GET and PUT where the server takes none.

use http::Method;
use scim_core::{AttrPath, Resource, ResourceId, ScimError, ScimResource, Version, attr};
use scim_patch::{DiffOptions, PatchRequest};
use serde_json::{Value, json};

use crate::endpoint::Endpoint;
use crate::error::{Error, Unexpected, UnexpectedKind};
use crate::exchange::Ask;
use crate::read::Fetched;
use crate::write;

/// What [`Endpoint::patch_members`] did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct MembersPatched {
    /// How many requests it took.
    pub requests: usize,
}

impl<T: ScimResource> Endpoint<T> {
    /// Changes a resource, if it is at this version where one is given. The answer may have the resource, or nothing.
    ///
    /// A server that takes no PATCH, by its dialect or by an answer of 501, gets a GET and a PUT. What repeats an earlier
    /// attempt changes nothing (RFC 7644 §3.5.2), so a PATCH is repeated where the wire fails.
    ///
    /// ```
    /// # async fn run(client: scim_client::Client, id: scim_core::ResourceId) -> Result<(), Box<dyn std::error::Error>> {
    /// use scim_core::{Profile, SchemaSet};
    /// use scim_patch::PatchRequest;
    /// use serde_json::json;
    ///
    /// let body = json!({
    ///     "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
    ///     "Operations": [{"op": "replace", "path": "active", "value": false}],
    /// });
    /// let patch = PatchRequest::parse(body, SchemaSet::user(), &Profile::rfc())?;
    /// client.users().patch(&id, &patch, None).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error`]; [`Error::Request`] where the dialect says that an attribute cannot be changed.
    pub async fn patch(
        &self,
        id: &ResourceId,
        patch: &PatchRequest,
        version: Option<&Version>,
    ) -> Result<Option<Fetched<T>>, Error> {
        let changed: Vec<_> = patch.attributes();
        let changed = changed.iter().map(scim_core::Resolved::path);
        self.client.dialect().check_change(&self.path, changed).map_err(Error::request)?;
        if self.client.dialect().patches(&self.path) {
            match self.patch_once(id, patch, version, false).await {
                Err(error) if error.status() == Some(501) => {
                    self.client.learn(|dialect| dialect.patch = false);
                }
                outcome => return outcome,
            }
        }
        self.put_patched(id, patch, version).await.map(Some)
    }

    async fn patch_once(
        &self,
        id: &ResourceId,
        patch: &PatchRequest,
        version: Option<&Version>,
        blind: bool,
    ) -> Result<Option<Fetched<T>>, Error> {
        let mut ask = Ask::new(Method::PATCH, self.resource_path(id)?)
            .with_query(self.parameters())
            .with_body(write::bytes(patch).map_err(Error::request)?)
            .with_condition(self.matching(version));
        ask.blind = blind;
        let success = self.client.exchange(&ask).await.0?;
        if success.body.is_empty() { Ok(None) } else { self.read(&success, Some(id)).map(Some) }
    }

    /// The same with GET and PUT.
    async fn put_patched(
        &self,
        id: &ResourceId,
        patch: &PatchRequest,
        version: Option<&Version>,
    ) -> Result<Fetched<T>, Error> {
        let before = self.untyped().get(id).await?;
        let patched = patch.apply(&before.resource, &self.reader.schemas);
        let patched = patched.map_err(|error| Error::request(ScimError::from(error)))?.resource;
        // What was read is what is replaced: nobody else's change is lost.
        let version = version.or(before.version.as_ref());
        let endpoint = self.projected(self.projection.clone());
        let after = endpoint.replace(id, &patched, version).await?;
        let Fetched { resource, id, version, location, resource_type } = after;
        let resource = T::from_resource(resource).map_err(|error| {
            let asked = format!("PUT {}", self.path);
            let detail = error.detail().unwrap_or_default();
            Unexpected::new(UnexpectedKind::Malformed, 200, &asked, detail)
        })?;
        Ok(Fetched { resource, id, version, location, resource_type })
    }

    /// Reads a resource, lets a function change it, and sends what has changed: as PATCH in the form that the server takes,
    /// or as PUT. Where somebody else was faster (412), it is read again and the function is called again, a few times.
    ///
    /// Nothing is sent where nothing changes. What the endpoint does not show it cannot change either.
    ///
    /// ```
    /// # async fn run(client: scim_client::Client, id: scim_core::ResourceId) -> Result<(), scim_client::Error> {
    /// use scim_core::attr;
    /// use serde_json::json;
    ///
    /// client.users().modify(&id, |user| user.set(&attr::ACTIVE, json!(false))).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error`]; [`Error::Request`] with the function's own error; [`Error::is_version_mismatch`] where somebody else was
    /// faster each time.
    pub async fn modify(
        &self,
        id: &ResourceId,
        mut change: impl FnMut(&mut Resource) -> Result<(), ScimError> + Send,
    ) -> Result<(), Error> {
        const MOST: u32 = 5;
        let untyped = self.untyped();
        let mut attempt = 1;
        loop {
            let before = untyped.get(id).await?;
            let mut after = before.resource.clone();
            change(&mut after).map_err(Error::request)?;
            match untyped.send_difference(id, &before, &after).await {
                Err(error) if error.is_version_mismatch() && attempt < MOST => attempt += 1,
                outcome => return outcome,
            }
        }
    }

    /// Adds these members to a group, and takes those away, in as many requests as the server needs; each may be repeated,
    /// so that after a failure the whole call may be.
    ///
    /// Chunks are as large as [`Dialect::member_chunk`](crate::Dialect) says, and halved for good when the server answers
    /// 413. Answers are not read: some have all members in them.
    ///
    /// ```
    /// # async fn run(client: scim_client::Client, group: scim_core::ResourceId, user: scim_core::ResourceId) -> Result<(), scim_client::Error> {
    /// client.groups().patch_members(&group, &[user], &[]).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error`]; what was sent before it has happened.
    pub async fn patch_members(
        &self,
        id: &ResourceId,
        add: &[ResourceId],
        remove: &[ResourceId],
    ) -> Result<MembersPatched, Error> {
        let mut done = MembersPatched::default();
        if !self.client.dialect().patches(&self.path) {
            return self.put_members(id, add, remove).await;
        }
        // What goes is sent first, so that who is in both lists is a member in the end.
        for (members, comes) in [(remove, false), (add, true)] {
            let mut rest = members;
            while !rest.is_empty() {
                let chunk = self.client.dialect().member_chunk.unwrap_or(usize::MAX).max(1).min(rest.len());
                let (now, later) = rest.split_at(chunk);
                let patch = self.members_patch(now, comes)?;
                match self.patch_once(id, &patch, None, true).await {
                    Ok(_) => {
                        done.requests += 1;
                        rest = later;
                    }
                    Err(error) if error.status() == Some(413) && chunk > 1 => {
                        let most = chunk / 2;
                        tracing::info!(most, "the server takes fewer members in a request");
                        self.client.learn(|dialect| {
                            dialect.member_chunk =
                                Some(dialect.member_chunk.map_or(most, |now| now.min(most)));
                        });
                    }
                    Err(error) if error.status() == Some(501) && done.requests == 0 => {
                        self.client.learn(|dialect| dialect.patch = false);
                        return self.put_members(id, add, remove).await;
                    }
                    Err(error) => return Err(error),
                }
            }
        }
        Ok(done)
    }

    /// A request that adds or removes these members.
    fn members_patch(&self, ids: &[ResourceId], comes: bool) -> Result<PatchRequest, Error> {
        let group = |ids: &mut dyn Iterator<Item = &str>| -> Result<Resource, Error> {
            let mut group = Resource::new(&self.reader.schemas);
            let members = ids.map(|id| json!({"value": id})).collect();
            group.set(&attr::MEMBERS, Value::Array(members)).map_err(Error::request)?;
            Ok(group)
        };
        // Somebody stays, or the difference would be to remove whoever there is. It is nobody on the list.
        let stays = ids.iter().map(ResourceId::as_str).max().unwrap_or_default().to_owned() + "+";
        let some = group(&mut std::iter::once(stays.as_str()))?;
        let full = group(&mut ids.iter().map(ResourceId::as_str).chain(Some(stays.as_str())))?;
        let (before, after) = if comes { (&some, &full) } else { (&full, &some) };
        let options =
            DiffOptions { dialect: self.client.dialect().patch_form.into(), chunk: Some(usize::MAX) };
        let requests = PatchRequest::diff_with(before, after, &self.reader.schemas, &options);
        requests.into_iter().next().ok_or_else(|| {
            Error::request(ScimError::invalid_value("these resources have no `members` that could change"))
        })
    }

    /// The same with GET and PUT.
    async fn put_members(
        &self,
        id: &ResourceId,
        add: &[ResourceId],
        remove: &[ResourceId],
    ) -> Result<MembersPatched, Error> {
        self.modify(id, |group| {
            let named = |member: &Value, ids: &[ResourceId]| {
                let value = member.get("value").and_then(Value::as_str);
                ids.iter().any(|id| value == Some(id.as_str()))
            };
            let mut members: Vec<Value> =
                group.get_all(&attr::MEMBERS).filter(|member| !named(member, remove)).cloned().collect();
            for id in add {
                if !members.iter().any(|member| named(member, std::slice::from_ref(id))) {
                    members.push(json!({"value": id.as_str()}));
                }
            }
            group.set(&attr::MEMBERS, Value::Array(members))
        })
        .await?;
        Ok(MembersPatched { requests: 1 })
    }
}

impl Endpoint<Resource> {
    /// Sends what makes `after` of `before`.
    async fn send_difference(
        &self,
        id: &ResourceId,
        before: &Fetched<Resource>,
        after: &Resource,
    ) -> Result<(), Error> {
        let dialect = self.client.dialect();
        let schemas = &self.reader.schemas;
        let options = DiffOptions { dialect: dialect.patch_form.into(), chunk: dialect.member_chunk };
        let requests = PatchRequest::diff_with(&before.resource, after, schemas, &options);
        let changed: Vec<_> = requests.iter().flat_map(PatchRequest::attributes).collect();
        let paths = changed.iter().map(scim_core::Resolved::path);
        dialect.check_change(&self.path, paths).map_err(Error::request)?;
        if !dialect.shows_members && changed.iter().any(|path| is_members(path.path())) {
            return Err(Error::request(ScimError::invalid_value(
                "this server does not show members, so nobody can tell which ones change: use `patch_members`",
            )));
        }
        if requests.is_empty() {
            return Ok(());
        }
        if dialect.patches(&self.path) {
            // After the first request the version is another one.
            let mut version = before.version.as_ref();
            for (at, patch) in requests.iter().enumerate() {
                match self.patch_once(id, patch, version.take(), true).await {
                    Ok(_) => {}
                    Err(error) if error.status() == Some(501) && at == 0 => {
                        self.client.learn(|dialect| dialect.patch = false);
                        return self.replace(id, after, before.version.as_ref()).await.map(drop);
                    }
                    Err(error) => return Err(error),
                }
            }
            return Ok(());
        }
        self.replace(id, after, before.version.as_ref()).await.map(drop)
    }
}

fn is_members(path: &AttrPath) -> bool {
    path.name().is_some_and(|name| *name == *"members")
}
