//! Users.

use scim_client::{Error, Fetched, PatchForm};
use scim_core::{Email, Resource, SchemaSet, ScimType, User, attr};
use scim_filter::Filter;
use serde_json::json;

use crate::{Peer, bjensen, patch};

#[tokio::test]
async fn a_user_comes_changes_and_goes() {
    let Some(peer) = Peer::start() else { return };
    let client = &peer.client;
    let users = client.users();
    let created = users.create(&bjensen()).await.unwrap();
    let id = created.id.clone().unwrap();
    assert!(created.version.is_some());
    assert!(created.location.as_ref().unwrap().ends_with(&format!("/v2/Users/{id}")));
    assert_eq!(created.emails, bjensen().emails);
    let read = users.get(&id).await.unwrap();
    assert_eq!(read.resource, created.resource);
    assert!(users.get_if_changed(&id, read.version.as_ref().unwrap()).await.unwrap().is_none());

    // The name is taken, in any case (RFC 7643 §4.1.1).
    let taken = users.create(&User { user_name: "BJENSEN@example.com".into(), ..User::default() }).await;
    let Err(Error::Scim(refusal)) = taken else { panic!("{taken:?}") };
    assert_eq!((refusal.status(), refusal.scim_type()), (409, Some(&ScimType::Uniqueness)));
    let same = users.create_once(&bjensen(), &Filter::eq(attr::USER_NAME, "bjensen@example.com")).await;
    assert_eq!(same.unwrap_err().status(), Some(409));

    // Replaced: what is not there any more is gone.
    let mut changed = read.resource.clone();
    changed.title = Some("Tour Guide".into());
    changed.emails.truncate(1);
    let replaced = users.replace(&id, &changed, read.version.as_ref()).await.unwrap();
    assert_eq!(replaced.title.as_deref(), Some("Tour Guide"));
    let now = users.get(&id).await.unwrap();
    assert_eq!((now.emails.len(), &now.resource), (1, &replaced.resource));
    assert!(users.get_if_changed(&id, read.version.as_ref().unwrap()).await.unwrap().is_some());
    let stale = users.replace(&id, &changed, read.version.as_ref()).await.unwrap_err();
    assert!(stale.is_version_mismatch(), "{stale}");

    // Gone.
    let stale = users.delete(&id, read.version.as_ref()).await.unwrap_err();
    assert!(stale.is_version_mismatch(), "{stale}");
    users.delete(&id, now.version.as_ref()).await.unwrap();
    assert!(users.get(&id).await.unwrap_err().is_not_found());
    assert!(users.delete(&id, None).await.unwrap_err().is_not_found());
    assert!(users.find(&Filter::eq(attr::USER_NAME, "bjensen@example.com")).await.unwrap().is_none());
}

#[tokio::test]
async fn a_user_is_patched_in_every_form() {
    let Some(peer) = Peer::start() else { return };
    let client = &peer.client;
    let users = client.users();
    let id = users.create(&bjensen()).await.unwrap().id.clone().unwrap();
    let request = patch(
        json!([
            {"op": "replace", "path": "active", "value": false},
            {"op": "add", "value": {"title": "Guide", "name": {"middleName": "Jane"}}},
            {"op": "replace", "path": "emails[type eq \"work\"].value", "value": "w2@example.com"},
            {"op": "remove", "path": "emails[type eq \"home\"]"},
            {"op": "add", "path": "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department", "value": "Tours"},
        ]),
        SchemaSet::user(),
    );
    users.patch(&id, &request, None).await.unwrap();
    let check = |user: &Fetched<User>| {
        assert_eq!((user.active, user.title.as_deref()), (Some(false), Some("Guide")));
        let name = user.name.as_ref().unwrap();
        assert_eq!(
            (name.given_name.as_deref(), name.middle_name.as_deref()),
            (Some("Barbara"), Some("Jane"))
        );
        assert_eq!(user.emails, [Email::new("w2@example.com").with_type("work").with_primary()]);
        assert_eq!(user.enterprise.as_ref().unwrap().department.as_deref(), Some("Tours"));
    };
    check(&users.get(&id).await.unwrap());
    // The same again changes nothing.
    let replacing = patch(json!([{"op": "replace", "path": "active", "value": false}]), SchemaSet::user());
    users.patch(&id, &replacing, None).await.unwrap();
    check(&users.get(&id).await.unwrap());

    // What is the difference is sent, in every form that the client can write.
    for (form, title) in
        [(PatchForm::Rfc, "One"), (PatchForm::Explicit, "Two"), (PatchForm::EntraScim062020, "Four")]
    {
        client.learn(|dialect| dialect.patch_form = form);
        let change = users.modify(&id, |user| {
            user.set(&attr::TITLE, json!(title))?;
            user.set(&attr::DEPARTMENT, json!(format!("Department {title}")))?;
            user.set(&attr::ACTIVE, json!(title == "Two"))
        });
        change.await.unwrap();
        let user = users.get(&id).await.unwrap();
        assert_eq!((user.title.as_deref(), user.active), (Some(title), Some(title == "Two")), "{form:?}");
        let department = user.enterprise.as_ref().unwrap().department.as_deref();
        assert_eq!(department, Some(format!("Department {title}").as_str()), "{form:?}");
    }
    // An attribute goes.
    client.learn(|dialect| dialect.patch_form = PatchForm::Rfc);
    let removal = users.modify(&id, |user| {
        user.remove(&attr::TITLE);
        Ok(())
    });
    removal.await.unwrap();
    assert_eq!(users.get(&id).await.unwrap().title, None);
}

#[tokio::test]
async fn a_user_without_a_type_lives_the_same_life() {
    let Some(peer) = Peer::start() else { return };
    let users = peer.client.resources::<Resource>("Users", SchemaSet::user().clone());
    let mut new = Resource::new(SchemaSet::user());
    new.set(&attr::USER_NAME, json!("untyped")).unwrap();
    new.set(&attr::DEPARTMENT, json!("Tours")).unwrap();
    new.set(&attr::EMAILS, json!([{"value": "a@example.com", "type": "work"}])).unwrap();
    let created = users.create(&new).await.unwrap();
    assert_eq!(
        (created.resource_type.as_deref(), created.get(&attr::DEPARTMENT)),
        (Some("User"), Some(&json!("Tours")))
    );
    let id = created.id.clone().unwrap();
    let request = patch(json!([{"op": "add", "path": "title", "value": "Guide"}]), SchemaSet::user());
    users.patch(&id, &request, created.version.as_ref()).await.unwrap();
    let mut read = users.get(&id).await.unwrap();
    assert_eq!(read.get(&attr::TITLE), Some(&json!("Guide")));
    // What was changed in between is not overwritten.
    read.remove(&attr::TITLE);
    let stale = users.replace(&id, &read.resource, created.version.as_ref()).await.unwrap_err();
    assert!(stale.is_version_mismatch());
    let replaced = users.replace(&id, &read.resource, read.version.as_ref()).await.unwrap();
    assert_eq!((replaced.get(&attr::TITLE), replaced.get(&attr::EMAILS)), (None, read.get(&attr::EMAILS)));
    let found = users.find(&Filter::eq(attr::USER_NAME, "UNTYPED")).await.unwrap();
    assert_eq!(found.unwrap().id.as_ref(), Some(&id));
    users.delete(&id, replaced.version.as_ref()).await.unwrap();
    assert!(users.get(&id).await.unwrap_err().is_not_found());
}
