//! Groups and their members.

use std::collections::BTreeSet;

use scim_core::{Group, Member, ResourceId, attr};
use scim_filter::Filter;
use scim_filter::query::ProjectionParams;
use serde_json::json;

use crate::{Peer, create_users};

fn texts<'a>(ids: impl IntoIterator<Item = &'a ResourceId>) -> BTreeSet<String> {
    ids.into_iter().map(|id| id.as_str().to_owned()).collect()
}

#[tokio::test]
async fn members_come_and_go_in_portions() {
    let Some(peer) = Peer::start() else { return };
    let client = &peer.client;
    let ids = create_users(client, 7).await;
    let groups = client.groups();
    let group = Group {
        display_name: "Tour Guides".into(),
        members: vec![Member::new(ids[0].as_str())],
        ..Group::default()
    };
    // It says neither `type` nor `$ref` nor `display` of a member, and takes members that are nobody.
    let created = groups.create(&group).await.unwrap();
    assert_eq!(created.members, group.members);
    let id = created.id.clone().unwrap();
    let members = async || {
        let group = groups.get(&id).await.unwrap();
        group.members.iter().map(|one| one.value.as_deref().unwrap().to_owned()).collect::<BTreeSet<_>>()
    };
    assert_eq!(members().await, texts(&ids[..1]));
    client.learn(|dialect| dialect.member_chunk = Some(4));
    let done = groups.patch_members(&id, &ids[1..], &ids[..1]).await.unwrap();
    assert_eq!(done.requests, 3);
    assert_eq!(members().await, texts(&ids[1..]));
    // Again: who is there comes no second time, and who is not there is no failure.
    groups.patch_members(&id, &ids[1..3], &[]).await.unwrap();
    assert_eq!(members().await, texts(&ids[1..]));
    assert_eq!(groups.get(&id).await.unwrap().members.len(), 6);

    // Without the members, and found by a member.
    let without = groups.projected(ProjectionParams::ExcludedAttributes(vec![attr::MEMBERS]));
    let part = without.get(&id).await.unwrap();
    assert!(part.get(&attr::MEMBERS).is_none() && part.get(&attr::DISPLAY_NAME).is_some());
    let by_member = Filter::parse(&format!("members[value eq \"{}\"]", ids[3])).unwrap();
    assert_eq!(groups.find(&by_member).await.unwrap().unwrap().id.as_ref(), Some(&id));
    // Renamed, replaced, and gone.
    groups.modify(&id, |group| group.set(&attr::DISPLAY_NAME, json!("Guides"))).await.unwrap();
    let mut renamed = groups.get(&id).await.unwrap();
    assert_eq!((&*renamed.display_name, renamed.members.len()), ("Guides", 6));
    renamed.members.truncate(2);
    groups.replace(&id, &renamed.resource, renamed.version.as_ref()).await.unwrap();
    assert_eq!(members().await.len(), 2);
    groups.delete(&id, None).await.unwrap();
    assert!(groups.get(&id).await.unwrap_err().is_not_found());
}
