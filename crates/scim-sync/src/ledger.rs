//! The keys under which a job remembers what it knows, and what stands under them.
//!
//! | key | what |
//! |---|---|
//! | `job` | [`JobState`] |
//! | `link/KIND/SOURCE` | [`Link`] |
//! | `target/KIND/TARGET` | the source's id of the link that has this resource |
//! | `member/GROUP/SOURCE` | the target's id of a member that this job has put there |
//! | `memberof/SOURCE/GROUP` | nothing; it may be left over where the former is gone |
//! | `managerof/SOURCE/USER` | nothing; as the former, of users whose manager it is |
//! | `wait/SOURCE/KIND/OWNER` | nothing: the owner refers to an object that has no resource yet |
//! | `linked/KIND/SOURCE` | nothing: it has a resource, and whoever waits for it has not been looked at |
//! | `moved/KIND/SOURCE` | nothing: its resource is gone, and whoever refers to that has not been looked at |
//! | `intent/KIND/SOURCE` | [`Intent`]: a creation that began and of which nobody knows how it ended |
//! | `escrow/KIND/SOURCE` | [`Escrow`] |

use scim_core::ResourceId;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::escrow::Escrow;
use crate::job::JobState;
use crate::link::Link;
use crate::object::{Kind, SourceId};
use crate::state::{State, StateError, StateWrite};

/// How many keys are read at once.
const PAGE: usize = 1_000;

/// A job's own part of a state.
pub(crate) struct Ledger<S> {
    state: S,
    prefix: String,
}

/// A creation that begins. Whoever leaves before it is known how it ended has to be found all the same.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Intent {
    pub(crate) kind: Kind,
    pub(crate) source: SourceId,
    /// The target of the matching mapping, and its value.
    pub(crate) by: String,
    pub(crate) value: Value,
}

/// Writes that belong together.
#[derive(Default)]
pub(crate) struct Writes(Vec<StateWrite>);

impl<S: State> Ledger<S> {
    pub(crate) fn new(state: S, job: &str) -> Self {
        Self { state, prefix: format!("{}/", escape(job)) }
    }

    fn key(&self, parts: &[&str]) -> String {
        let mut key = self.prefix.clone();
        for (at, part) in parts.iter().enumerate() {
            if at > 0 {
                key.push('/');
            }
            key.push_str(&escape(part));
        }
        key
    }

    fn folder(&self, parts: &[&str]) -> String {
        let mut key = self.key(parts);
        key.push('/');
        key
    }

    async fn read<T: DeserializeOwned>(&self, key: &str) -> Result<Option<T>, StateError> {
        match self.state.get(key).await? {
            Some(text) => serde_json::from_str(&text).map(Some).map_err(|error| StateError(error.into())),
            None => Ok(None),
        }
    }

    pub(crate) async fn commit(&self, writes: Writes) -> Result<(), StateError> {
        if writes.0.is_empty() {
            return Ok(());
        }
        self.state.commit(writes.0).await
    }

    pub(crate) async fn job(&self) -> Result<JobState, StateError> {
        Ok(self.read(&self.key(&["job"])).await?.unwrap_or_default())
    }

    pub(crate) fn put_job(&self, job: &JobState, writes: &mut Writes) -> Result<(), StateError> {
        writes.put(self.key(&["job"]), job)
    }

    pub(crate) async fn save_job(&self, job: &JobState) -> Result<(), StateError> {
        let mut writes = Writes::default();
        self.put_job(job, &mut writes)?;
        self.commit(writes).await
    }

    pub(crate) async fn link(&self, kind: Kind, id: &SourceId) -> Result<Option<Link>, StateError> {
        self.read(&self.key(&["link", kind.as_str(), id.as_str()])).await
    }

    /// The link of a user or a group, whichever it is.
    pub(crate) async fn any_link(&self, id: &SourceId) -> Result<Option<Link>, StateError> {
        match self.link(Kind::User, id).await? {
            Some(link) => Ok(Some(link)),
            None => self.link(Kind::Group, id).await,
        }
    }

    pub(crate) fn put_link(&self, link: &Link, writes: &mut Writes) -> Result<(), StateError> {
        writes.put(self.key(&["link", link.kind.as_str(), link.source.as_str()]), link)?;
        let target = self.key(&["target", link.kind.as_str(), link.target.as_str()]);
        writes.0.push(StateWrite::Put(target, link.source.to_string()));
        Ok(())
    }

    pub(crate) fn put_intent(&self, intent: &Intent, writes: &mut Writes) -> Result<(), StateError> {
        writes.put(self.key(&["intent", intent.kind.as_str(), intent.source.as_str()]), intent)
    }

    pub(crate) fn remove_intent(&self, kind: Kind, id: &SourceId, writes: &mut Writes) {
        writes.0.push(StateWrite::Delete(self.key(&["intent", kind.as_str(), id.as_str()])));
    }

    pub(crate) async fn intents(&self) -> Result<Vec<Intent>, StateError> {
        let mut all = self.ids(&self.folder(&["intent", "user"])).await?;
        all.extend(self.ids(&self.folder(&["intent", "group"])).await?);
        let all = all.iter().map(|(_, text)| serde_json::from_str(text));
        all.collect::<Result<_, _>>().map_err(|error| StateError(error.into()))
    }

    /// Forgets which resource an object is. What refers to it stays, until it is linked again or deleted.
    pub(crate) fn unlink(&self, link: &Link, writes: &mut Writes) {
        writes.0.push(StateWrite::Delete(self.key(&["link", link.kind.as_str(), link.source.as_str()])));
        writes.0.push(StateWrite::Delete(self.key(&["target", link.kind.as_str(), link.target.as_str()])));
        if link.kind == Kind::Group {
            writes.0.push(StateWrite::DeletePrefix(self.folder(&["member", link.source.as_str()])));
        }
    }

    /// Notes that an object has a resource, until whoever waits for it has been looked at.
    pub(crate) fn put_linked(&self, kind: Kind, id: &SourceId, writes: &mut Writes) {
        writes.0.push(StateWrite::Put(self.key(&["linked", kind.as_str(), id.as_str()]), String::new()));
    }

    /// Who has a resource since a cycle that did not come to its end.
    pub(crate) async fn linked(&self) -> Result<Vec<(Kind, SourceId)>, StateError> {
        self.marked("linked").await
    }

    /// Forgets who has a resource since then.
    pub(crate) fn clear_linked(&self, writes: &mut Writes) {
        writes.0.push(StateWrite::DeletePrefix(self.folder(&["linked"])));
    }

    /// Notes that the resource of an object is gone, until whoever refers to it has been looked at.
    pub(crate) fn put_moved(&self, kind: Kind, id: &SourceId, writes: &mut Writes) {
        writes.0.push(StateWrite::Put(self.key(&["moved", kind.as_str(), id.as_str()]), String::new()));
    }

    pub(crate) fn remove_moved(&self, kind: Kind, id: &SourceId, writes: &mut Writes) {
        writes.0.push(StateWrite::Delete(self.key(&["moved", kind.as_str(), id.as_str()])));
    }

    /// Whose resource was gone.
    pub(crate) async fn moved(&self) -> Result<Vec<(Kind, SourceId)>, StateError> {
        self.marked("moved").await
    }

    async fn marked(&self, folder: &str) -> Result<Vec<(Kind, SourceId)>, StateError> {
        let mut all = Vec::new();
        for kind in [Kind::User, Kind::Group] {
            let ids = self.ids(&self.folder(&[folder, kind.as_str()])).await?;
            all.extend(ids.into_iter().map(|(id, _)| (kind, id)));
        }
        Ok(all)
    }

    /// Whose resource this is.
    pub(crate) async fn source_of(
        &self,
        kind: Kind,
        id: &ResourceId,
    ) -> Result<Option<SourceId>, StateError> {
        Ok(self.state.get(&self.key(&["target", kind.as_str(), id.as_str()])).await?.map(SourceId::from))
    }

    /// A page of links, in the order of their keys; and where the next one begins.
    pub(crate) async fn links(
        &self,
        kind: Kind,
        after: Option<&str>,
    ) -> Result<(Vec<Link>, Option<String>), StateError> {
        let rows = self.state.scan(&self.folder(&["link", kind.as_str()]), after, PAGE).await?;
        let next = rows.last().filter(|_| rows.len() == PAGE).map(|(key, _)| key.clone());
        let links = rows.iter().map(|(_, text)| serde_json::from_str(text));
        let links = links.collect::<Result<_, _>>().map_err(|error| StateError(Box::new(error)))?;
        Ok((links, next))
    }

    pub(crate) async fn count_links(&self, kind: Kind) -> Result<u64, StateError> {
        let folder = self.folder(&["link", kind.as_str()]);
        let (mut count, mut after) = (0, None::<String>);
        loop {
            let rows = self.state.scan(&folder, after.as_deref(), PAGE).await?;
            count += rows.len() as u64;
            match rows.last() {
                Some((key, _)) if rows.len() == PAGE => after = Some(key.clone()),
                _ => return Ok(count),
            }
        }
    }

    /// The ids at the end of the keys of a folder, with what stands there.
    async fn ids(&self, folder: &str) -> Result<Vec<(SourceId, String)>, StateError> {
        let mut all = Vec::new();
        let mut after: Option<String> = None;
        loop {
            let rows = self.state.scan(folder, after.as_deref(), PAGE).await?;
            let full = rows.len() == PAGE;
            after = rows.last().map(|(key, _)| key.clone());
            all.extend(rows.into_iter().filter_map(|(key, text)| {
                let id = key.strip_prefix(folder)?;
                Some((SourceId::from(unescape(id)), text))
            }));
            if !full {
                return Ok(all);
            }
        }
    }

    /// The members that this job has put into a group, with their ids in the target.
    pub(crate) async fn members(&self, group: &SourceId) -> Result<Vec<(SourceId, String)>, StateError> {
        self.ids(&self.folder(&["member", group.as_str()])).await
    }

    /// The id under which this job has put a member into a group.
    pub(crate) async fn member(
        &self,
        group: &SourceId,
        member: &SourceId,
    ) -> Result<Option<String>, StateError> {
        self.state.get(&self.key(&["member", group.as_str(), member.as_str()])).await
    }

    /// The groups that a member may have been put into.
    pub(crate) async fn groups_of(&self, member: &SourceId) -> Result<Vec<SourceId>, StateError> {
        let all = self.ids(&self.folder(&["memberof", member.as_str()])).await?;
        Ok(all.into_iter().map(|(id, _)| id).collect())
    }

    pub(crate) fn put_member(
        &self,
        group: &SourceId,
        member: &SourceId,
        id: &ResourceId,
        writes: &mut Writes,
    ) {
        let key = self.key(&["member", group.as_str(), member.as_str()]);
        writes.0.push(StateWrite::Put(key, id.to_string()));
        let reverse = self.key(&["memberof", member.as_str(), group.as_str()]);
        writes.0.push(StateWrite::Put(reverse, String::new()));
    }

    pub(crate) fn remove_member(&self, group: &SourceId, member: &SourceId, writes: &mut Writes) {
        writes.0.push(StateWrite::Delete(self.key(&["member", group.as_str(), member.as_str()])));
        writes.0.push(StateWrite::Delete(self.key(&["memberof", member.as_str(), group.as_str()])));
    }

    /// The users whose manager this may be in the target.
    pub(crate) async fn reports_of(&self, manager: &SourceId) -> Result<Vec<SourceId>, StateError> {
        let all = self.ids(&self.folder(&["managerof", manager.as_str()])).await?;
        Ok(all.into_iter().map(|(id, _)| id).collect())
    }

    pub(crate) fn put_report(&self, manager: &SourceId, user: &SourceId, writes: &mut Writes) {
        let key = self.key(&["managerof", manager.as_str(), user.as_str()]);
        writes.0.push(StateWrite::Put(key, String::new()));
    }

    pub(crate) fn remove_report(&self, manager: &SourceId, user: &SourceId, writes: &mut Writes) {
        writes.0.push(StateWrite::Delete(self.key(&["managerof", manager.as_str(), user.as_str()])));
    }

    /// Notes that an owner refers to an object that has no resource yet.
    pub(crate) fn wait(&self, to: &SourceId, kind: Kind, owner: &SourceId, writes: &mut Writes) {
        let key = self.key(&["wait", to.as_str(), kind.as_str(), owner.as_str()]);
        writes.0.push(StateWrite::Put(key, String::new()));
    }

    pub(crate) fn stop_waiting(&self, to: &SourceId, kind: Kind, owner: &SourceId, writes: &mut Writes) {
        writes.0.push(StateWrite::Delete(self.key(&["wait", to.as_str(), kind.as_str(), owner.as_str()])));
    }

    /// Who waits for an object.
    pub(crate) async fn waiting(&self, to: &SourceId, kind: Kind) -> Result<Vec<SourceId>, StateError> {
        let all = self.ids(&self.folder(&["wait", to.as_str(), kind.as_str()])).await?;
        Ok(all.into_iter().map(|(id, _)| id).collect())
    }

    pub(crate) async fn escrows(&self) -> Result<Vec<Escrow>, StateError> {
        let rows = self.ids(&self.folder(&["escrow", "user"])).await?;
        let groups = self.ids(&self.folder(&["escrow", "group"])).await?;
        let all = rows.iter().chain(&groups).map(|(_, text)| serde_json::from_str(text));
        all.collect::<Result<_, _>>().map_err(|error| StateError(error.into()))
    }

    pub(crate) fn put_escrow(&self, escrow: &Escrow, writes: &mut Writes) -> Result<(), StateError> {
        writes.put(self.key(&["escrow", escrow.kind.as_str(), escrow.source_id.as_str()]), escrow)
    }

    pub(crate) fn remove_escrow(&self, kind: Kind, id: &SourceId, writes: &mut Writes) {
        writes.0.push(StateWrite::Delete(self.key(&["escrow", kind.as_str(), id.as_str()])));
    }

    /// Forgets every failure.
    pub(crate) fn clear_escrows(&self, writes: &mut Writes) {
        writes.0.push(StateWrite::DeletePrefix(self.folder(&["escrow"])));
    }

    /// Forgets which resource any object is, and all that follows from it.
    pub(crate) fn clear_links(&self, writes: &mut Writes) {
        for folder in
            ["link", "target", "member", "memberof", "managerof", "wait", "linked", "moved", "intent"]
        {
            writes.0.push(StateWrite::DeletePrefix(self.folder(&[folder])));
        }
    }
}

impl Writes {
    fn put(&mut self, key: String, value: &impl Serialize) -> Result<(), StateError> {
        let text = serde_json::to_string(value).map_err(|error| StateError(error.into()))?;
        self.0.push(StateWrite::Put(key, text));
        Ok(())
    }
}

/// A text that stands between two slashes.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '%' => escaped.push_str("%25"),
            '/' => escaped.push_str("%2F"),
            c => escaped.push(c),
        }
    }
    escaped
}

fn unescape(text: &str) -> String {
    text.replace("%2F", "/").replace("%25", "%")
}
