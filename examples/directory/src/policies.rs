//! What a service does about questions that the RFCs leave open.

use scim_core::{Limits, Profile};
use scim_server::Features;
use scim_server::rules::{DeletePolicy, RecreatePolicy};

/// What the service does about questions that the RFCs leave open. By default it takes and offers everything.
#[derive(Clone, Debug)]
pub struct Policies {
    /// What senders are let get away with.
    pub profile: Profile,
    /// What is offered beyond the core of the protocol.
    pub features: Features,
    /// How many resources a page has at the most.
    pub page_max: usize,
    /// Whether the name of a group stays what it was: another one is refused with 400 `mutability`, and the schema says so.
    pub immutable_group_names: bool,
    /// Whether no two groups have one name: 409 `uniqueness`.
    pub unique_group_names: bool,
    /// The domains that `userName` and `emails` may be of; none stands for all. Others are refused with 400 `invalidValue`.
    pub verified_domains: Vec<String>,
    /// How many members a group may have.
    pub max_members: Option<u64>,
    /// How many users a directory may have.
    pub max_users: Option<usize>,
    /// How many requests a second each directory may be sent.
    pub rate_limit: Option<u32>,
    /// For how many days a new key is good.
    pub key_days: Option<u32>,
    /// What DELETE does.
    pub delete: DeletePolicy,
    /// What a create does when the person has been here before.
    pub recreate: RecreatePolicy,
}

impl Default for Policies {
    fn default() -> Self {
        Self {
            profile: Profile::lenient(),
            features: Features::all(),
            page_max: Limits::default().page_max,
            immutable_group_names: false,
            unique_group_names: false,
            verified_domains: Vec::new(),
            max_members: None,
            max_users: None,
            rate_limit: None,
            key_days: None,
            delete: DeletePolicy::default(),
            recreate: RecreatePolicy::default(),
        }
    }
}

impl Policies {
    /// In the likeness of Atlassian Cloud, as its documentation describes it: pages of 100, groups that keep their names,
    /// 35,000 members a group, 150,000 users a directory, keys that are good for a year, and no bulk requests, sorting or
    /// cursors. The domains are for whoever runs it to name.
    #[must_use]
    pub fn atlassian() -> Self {
        Self {
            features: Features::all()
                .with_bulk(false)
                .with_sort(false)
                .with_cursors(false)
                .with_root_search(false),
            page_max: 100,
            immutable_group_names: true,
            unique_group_names: true,
            max_members: Some(35_000),
            max_users: Some(150_000),
            key_days: Some(365),
            ..Self::default()
        }
    }
}
