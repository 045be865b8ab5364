//! The store in memory passes the test kit, and stores with a mistake do not.
#![cfg(feature = "testing")]
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test says what it expects by unwrapping it"
)]

use scim_core::{
    Group, Projection, Resource, ResourceId, SchemaSet, ScimResource, TenantId, User, Version, attr,
};
use scim_patch::PatchRequest;
use scim_server::rules::RecreatePolicy;
use scim_server::store::{Listing, Precondition, Query, ResourceStore, StoreError, Stored, Write, Written};
use scim_server::testing::{Failure, Report, StoreKit, check_store};
use scim_server::{Context, MemoryStore};

fn group_kit() -> StoreKit<Group> {
    StoreKit::new("Group", SchemaSet::group(), |n| Group {
        display_name: format!("Group {n}").into(),
        ..Group::default()
    })
}

fn skipped(report: &Report) -> Vec<&str> {
    report.skipped.iter().map(|(name, _)| *name).collect()
}

const NO_MEMBERS: [&str; 4] = [
    "members_come_and_go",
    "members_that_change_nothing_change_nothing",
    "no_member_is_lost",
    "rules_see_which_members_come_and_go",
];

#[tokio::test]
async fn users_pass() {
    let report = check_store(&MemoryStore::<User>::new()).await.unwrap_or_else(|failure| panic!("{failure}"));
    assert_eq!(skipped(&report), NO_MEMBERS, "{report}");
}

#[tokio::test]
async fn dynamic_users_pass() {
    let store = MemoryStore::<Resource>::new().with_index(attr::TITLE);
    let report = check_store(&store).await.unwrap_or_else(|failure| panic!("{failure}"));
    assert_eq!(skipped(&report), NO_MEMBERS, "{report}");
}

#[tokio::test]
async fn users_with_groups_pass() {
    let groups = MemoryStore::<Group>::new();
    let store = MemoryStore::<User>::new().with_groups(&groups);
    let report = check_store(&store).await.unwrap_or_else(|failure| panic!("{failure}"));
    assert_eq!(skipped(&report), NO_MEMBERS, "{report}");
}

#[tokio::test]
async fn groups_pass() {
    let store = MemoryStore::<Group>::new();
    let report = group_kit().check(&store).await.unwrap_or_else(|failure| panic!("{failure}"));
    let expected = [
        "a_value_is_taken_once",
        "a_value_is_taken_by_replace_and_patch",
        "a_value_is_free_again",
        "filters_look_into_lists",
        "filters_find_who_is_active",
        "one_of_many_creates_a_name",
        "an_inactive_resource_comes_back",
    ];
    assert_eq!(skipped(&report), expected, "{report}");
}

#[tokio::test]
async fn dynamic_groups_with_unique_names_pass() {
    let kit = StoreKit::new("Group", SchemaSet::group(), |n| {
        let mut group = Resource::new(SchemaSet::group());
        group.set(&attr::DISPLAY_NAME, format!("Group {n}").into()).unwrap();
        group
    });
    let store = MemoryStore::<Resource>::new();
    kit.check(&store).await.unwrap_or_else(|failure| panic!("{failure}"));
}

/// A mistake that a store can make.
#[derive(Clone, Copy, PartialEq, Debug)]
enum Mistake {
    OneTenant,
    NoVersions,
    NoFilter,
    NoOrder,
    NoRules,
    RulesAfterwards,
    LostUpdates,
    LeavesUnchangedVersions,
    PagesByPosition,
    ExternalIdIsId,
    NotFoundOnSecondReadOnly,
    EmptyTotals,
    ForgetsWhatWas,
    CursorsWithoutFilter,
    CursorTotals,
    ReturnsWithoutRules,
    AliasedIds,
    EverybodyIsActive,
    None,
}

/// A store with a mistake.
struct Wrong<R: ScimResource> {
    inner: MemoryStore<R>,
    mistake: Mistake,
}

impl<R: ScimResource> Wrong<R> {
    fn cx(&self, cx: &Context) -> Context {
        if self.mistake != Mistake::OneTenant {
            return cx.clone();
        }
        Context::new(TenantId::new("all").unwrap(), cx.resource_type(), cx.schemas())
    }

    fn write<'a>(&self, write: &Write<'a>) -> Write<'a> {
        match self.mistake {
            Mistake::NoVersions => write.clone().with_expected(Precondition::None),
            Mistake::ReturnsWithoutRules if write.recreate() != RecreatePolicy::Conflict => {
                Write::unchecked().with_recreate(write.recreate())
            }
            Mistake::NoRules | Mistake::RulesAfterwards => Write::unchecked()
                .with_expected(write.expected().clone())
                .with_recreate(write.recreate())
                .with_retirement(write.retires()),
            _ => write.clone(),
        }
    }
}

impl<R: ScimResource> ResourceStore for Wrong<R> {
    type Resource = R;

    async fn create(&self, cx: &Context, new: R, write: &Write<'_>) -> Result<Written<R>, StoreError> {
        let written = self.inner.create(&self.cx(cx), new, &self.write(write)).await?;
        if self.mistake == Mistake::RulesAfterwards {
            write.check(cx, None, Some(&written.stored.resource))?;
        }
        Ok(written)
    }

    async fn get(&self, cx: &Context, id: &ResourceId, want: &Projection) -> Result<Stored<R>, StoreError> {
        let spelled = match self.mistake {
            Mistake::AliasedIds => ResourceId::new(id.as_str().to_lowercase())?,
            _ => id.clone(),
        };
        let mut found = self.inner.get(&self.cx(cx), &spelled, want).await;
        if self.mistake == Mistake::ExternalIdIsId && found.is_err() {
            let filter = scim_filter::Filter::eq(attr::EXTERNAL_ID, id.as_str()).check(cx.schemas())?;
            let listing = self.inner.query(cx, &Query::of(Some(filter), 1)).await?;
            found = listing.into_items().pop().ok_or(StoreError::NotFound);
        }
        if self.mistake == Mistake::LeavesUnchangedVersions {
            found = found.map(|stored| {
                let version = Version::new("1").unwrap();
                Stored::new(stored.id, version, stored.resource)
            });
        }
        found
    }

    async fn query(&self, cx: &Context, query: &Query) -> Result<Listing<Stored<R>>, StoreError> {
        use scim_server::store::Start;
        let mut query = query.clone();
        match self.mistake {
            Mistake::NoFilter => query.filter = None,
            Mistake::NoOrder => query.sort = None,
            Mistake::CursorsWithoutFilter if matches!(query.start, Start::After(_)) => query.filter = None,
            Mistake::EverybodyIsActive => {
                query.filter = query.filter.filter(|filter| !filter.to_string().starts_with("active"));
            }
            _ => {}
        }
        if let (Mistake::PagesByPosition, Start::After(after)) = (self.mistake, query.start.clone()) {
            let from = after.map_or(1, |after| after.as_str().parse::<u64>().unwrap());
            let count = query.count;
            (query.start, query.count) = (Start::Index(from), count + 1);
            let mut items = self.inner.query(&self.cx(cx), &query).await?.into_items();
            let next = (items.len() > count).then(|| (from + count as u64).to_string().parse().unwrap());
            items.truncate(count);
            return Ok(Listing::cursor(items, next));
        }
        let listing = self.inner.query(&self.cx(cx), &query).await?;
        if self.mistake == Mistake::EmptyTotals && matches!(query.start, Start::Index(_)) {
            let items = listing.into_items();
            let total = items.len() as u64;
            return Ok(Listing::page(items, total));
        }
        if self.mistake == Mistake::CursorTotals && query.total && matches!(query.start, Start::After(_)) {
            return Ok(listing.with_total(7));
        }
        Ok(listing)
    }

    async fn replace(
        &self,
        cx: &Context,
        id: &ResourceId,
        new: R,
        write: &Write<'_>,
    ) -> Result<Written<R>, StoreError> {
        let written = self.inner.replace(&self.cx(cx), id, new, &self.write(write)).await?;
        if self.mistake == Mistake::RulesAfterwards {
            write.check(cx, written.before.as_ref(), Some(&written.stored.resource))?;
        }
        Ok(written)
    }

    async fn delete(
        &self,
        cx: &Context,
        id: &ResourceId,
        write: &Write<'_>,
    ) -> Result<Stored<R>, StoreError> {
        let deleted = self.inner.delete(&self.cx(cx), id, &self.write(write)).await;
        match deleted {
            Err(StoreError::NotFound) if self.mistake == Mistake::NotFoundOnSecondReadOnly => {
                let nobody = R::from_resource(Resource::new(cx.schemas()));
                let nobody = nobody.or_else(|_| {
                    let mut user = Resource::new(cx.schemas());
                    user.set(&attr::USER_NAME, "nobody".into())?;
                    R::from_resource(user)
                })?;
                Ok(Stored::new(id.clone(), Version::new("1")?, nobody))
            }
            other => other,
        }
    }

    async fn patch(
        &self,
        cx: &Context,
        id: &ResourceId,
        patch: &PatchRequest,
        write: &Write<'_>,
    ) -> Result<Written<R>, StoreError> {
        if self.mistake == Mistake::ForgetsWhatWas {
            let written = self.inner.patch(cx, id, patch, write).await?;
            return Ok(if written.no_op { written } else { Written::created(written.stored) });
        }
        if self.mistake != Mistake::LostUpdates {
            return self.inner.patch(&self.cx(cx), id, patch, &self.write(write)).await;
        }
        // Reads, lets others in, and writes over what they did.
        let current = self.inner.get(cx, id, &Projection::default()).await?;
        write.check_version(&current.version)?;
        let patched = patch.apply(&*R::to_resource(&current.resource)?, cx.schemas())?;
        tokio::task::yield_now().await;
        if patched.changed.is_empty() {
            return Ok(Written::unchanged(current));
        }
        let new = R::from_resource(patched.resource)?;
        self.inner.replace(cx, id, new, &write.clone().with_expected(Precondition::None)).await
    }
}

fn failed(outcome: Result<Report, Failure>) -> Vec<&'static str> {
    outcome.err().map(|failure| failure.problems.iter().map(|(name, _)| *name).collect()).unwrap_or_default()
}

async fn users_with(mistake: Mistake) -> Vec<&'static str> {
    failed(check_store(&Wrong { inner: MemoryStore::<User>::new(), mistake }).await)
}

async fn groups_with(mistake: Mistake) -> Vec<&'static str> {
    failed(group_kit().check(&Wrong { inner: MemoryStore::<Group>::new(), mistake }).await)
}

#[tokio::test]
async fn mistakes_are_found() {
    use Mistake::{
        AliasedIds, CursorTotals, CursorsWithoutFilter, EmptyTotals, EverybodyIsActive, ExternalIdIsId,
        ForgetsWhatWas, LeavesUnchangedVersions, LostUpdates, NoFilter, NoOrder, NoRules, NoVersions,
        NotFoundOnSecondReadOnly, OneTenant, PagesByPosition, ReturnsWithoutRules, RulesAfterwards,
    };
    let cases = [
        (OneTenant, "tenants_see_nothing_of_each_other"),
        (OneTenant, "tenants_write_nothing_of_each_other"),
        (OneTenant, "tenants_do_not_conflict"),
        (NoVersions, "a_wrong_version_writes_nothing"),
        (NoVersions, "one_of_many_writes_at_a_version"),
        (NoFilter, "filters_choose"),
        (NoFilter, "filters_look_into_lists"),
        (NoFilter, "filters_find_ids_and_times"),
        (NoOrder, "orders_order"),
        (NoRules, "rules_are_asked_before_the_commit"),
        (NoRules, "rules_see_what_was_and_what_will_be"),
        (RulesAfterwards, "rules_are_asked_before_the_commit"),
        (LostUpdates, "no_patch_is_lost"),
        (LostUpdates, "one_of_many_writes_at_a_version"),
        (LeavesUnchangedVersions, "versions_change_with_the_resource"),
        (PagesByPosition, "pages_by_cursor_stand_while_others_write"),
        (ExternalIdIsId, "an_external_id_is_no_id"),
        (NotFoundOnSecondReadOnly, "what_is_deleted_is_gone"),
        (EmptyTotals, "totals_count_what_was_found"),
        (ForgetsWhatWas, "patching_changes_what_it_names"),
        (CursorsWithoutFilter, "pages_by_cursor_keep_to_the_filter"),
        (CursorTotals, "pages_by_cursor_keep_to_the_filter"),
        (ReturnsWithoutRules, "a_return_is_a_write_of_the_tenant"),
        (AliasedIds, "ids_are_exact"),
        (EverybodyIsActive, "filters_find_who_is_active"),
    ];
    for (mistake, check) in cases {
        let failed = users_with(mistake).await;
        assert!(failed.contains(&check), "{mistake:?}: {failed:?}");
    }
    for (mistake, check) in
        [(LostUpdates, "no_member_is_lost"), (NoRules, "rules_see_which_members_come_and_go")]
    {
        let failed = groups_with(mistake).await;
        assert!(failed.contains(&check), "{mistake:?}: {failed:?}");
    }
    assert_eq!(users_with(Mistake::None).await, [""; 0]);
    assert_eq!(groups_with(Mistake::None).await, [""; 0]);
}

/// A store with nothing but what it has to have: all is left to the engine.
struct Plain<R: ScimResource>(MemoryStore<R>);

impl<R: ScimResource> ResourceStore for Plain<R> {
    type Resource = R;

    async fn create(&self, cx: &Context, new: R, write: &Write<'_>) -> Result<Written<R>, StoreError> {
        self.0.create(cx, new, write).await
    }

    async fn get(&self, cx: &Context, id: &ResourceId, want: &Projection) -> Result<Stored<R>, StoreError> {
        self.0.get(cx, id, want).await
    }

    async fn query(&self, cx: &Context, _query: &Query) -> Result<Listing<Stored<R>>, StoreError> {
        Ok(Listing::all(self.0.snapshot(cx.tenant())?))
    }

    async fn replace(
        &self,
        cx: &Context,
        id: &ResourceId,
        new: R,
        write: &Write<'_>,
    ) -> Result<Written<R>, StoreError> {
        self.0.replace(cx, id, new, write).await
    }

    async fn delete(
        &self,
        cx: &Context,
        id: &ResourceId,
        write: &Write<'_>,
    ) -> Result<Stored<R>, StoreError> {
        self.0.delete(cx, id, write).await
    }
}

#[tokio::test]
async fn what_is_provided_passes_too() {
    check_store(&Plain(MemoryStore::<User>::new())).await.unwrap_or_else(|failure| panic!("{failure}"));
    let store = Plain(MemoryStore::<Group>::new());
    group_kit().check(&store).await.unwrap_or_else(|failure| panic!("{failure}"));
}

#[tokio::test]
async fn failures_say_what_happened() {
    let store = Wrong { inner: MemoryStore::<User>::new(), mistake: Mistake::EmptyTotals };
    let text = check_store(&store).await.unwrap_err().to_string();
    let first: Vec<&str> = text.lines().take(2).collect();
    assert_eq!(
        first,
        [
            "1 checks failed",
            "  totals_count_what_was_found: the total at startIndex 1, count 0: Some(0) instead of Some(3)"
        ]
    );
}

/// Whoever is deactivated is signed out, also by a store that does not say what was there before.
#[tokio::test]
async fn a_leaver_is_signed_out_whatever_the_store_says() {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use scim_server::{BaseUrl, ScimService};
    use tower::ServiceExt;

    let ended = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&ended);
    let store = Wrong { inner: MemoryStore::<User>::new(), mistake: Mistake::ForgetsWhatWas };
    let tenant = TenantId::new("acme").unwrap();
    let cx = Context::new(tenant.clone(), "User", SchemaSet::user());
    let user = User { user_name: "ann".into(), ..User::default() };
    let id = store.create(&cx, user, &Write::unchecked()).await.unwrap().stored.id;
    let anyone = scim_server::auth::dangerous_allow_anyone(tenant);
    let service = ScimService::builder(BaseUrl::new("https://app.example").unwrap(), anyone)
        .resource(store)
        .on_deprovision(move |_cx: Context, _leaver: scim_server::rules::Leaver| {
            counted.fetch_add(1, Ordering::SeqCst);
            std::future::ready(Ok(()))
        })
        .build()
        .unwrap();
    let off = r#"{"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
        "Operations": [{"op": "replace", "path": "active", "value": false}]}"#;
    let body = http_body_util::Full::new(bytes::Bytes::from_static(off.as_bytes()));
    let request = http::Request::patch(format!("/Users/{id}")).body(body).unwrap();
    assert_eq!(service.oneshot(request).await.unwrap().status(), 200);
    assert_eq!(ended.load(Ordering::SeqCst), 1);
}
