//! What is known about servers, from what their makers publish and what was seen of them.

use std::collections::BTreeMap;

use scim_core::{AttrPath, attr};

use super::{BulkLimits, Deletion, Dialect, PatchForm};

const USERS: &str = "/Users";
const GROUPS: &str = "/Groups";

fn endpoints<T>(list: impl IntoIterator<Item = (&'static str, T)>) -> BTreeMap<String, T> {
    list.into_iter().map(|(endpoint, value)| (endpoint.to_owned(), value)).collect()
}

impl Dialect {
    /// What the RFCs have, with bounds that most servers keep: for a server that nothing is known about.
    #[must_use]
    pub fn rfc() -> Self {
        Self {
            name: "rfc".to_owned(),
            patch: true,
            patch_form: PatchForm::Rfc,
            put_instead_of_patch: Vec::new(),
            no_put: Vec::new(),
            member_chunk: Some(1_000),
            page_cap: None,
            paging: true,
            cursor: false,
            filterable: BTreeMap::new(),
            immutable: BTreeMap::new(),
            rewritten: Vec::new(),
            shows_members: true,
            bulk: Some(BulkLimits { max_operations: 1_000, max_payload_size: 1 << 20 }),
            etag: true,
            delete: BTreeMap::new(),
            lookup_404_is_none: false,
            any_404_is_not_found: false,
        }
    }

    fn named(name: &str) -> Self {
        Self { name: name.to_owned(), ..Self::rfc() }
    }

    /// For a server that was built to receive Entra ID: the client speaks as Entra does.
    #[must_use]
    pub fn entra() -> Self {
        Self {
            // Microsoft, "Develop and plan provisioning for a SCIM endpoint": operations are capitalised, members are
            // removed by a list in `value`, groups get no PUT, and neither bulk nor entity tags are used.
            patch_form: PatchForm::Entra,
            no_put: vec![GROUPS.to_owned()],
            bulk: None,
            etag: false,
            ..Self::named("entra")
        }
    }

    /// The same, as Entra ID speaks with `?aadOptscim062020` in its tenant URL.
    #[must_use]
    pub fn entra_062020() -> Self {
        Self {
            // Microsoft, "Known issues and resolutions with SCIM 2.0 protocol compliance": with the flag, operations are
            // in lower case, single values share one operation without a path, and members are removed by path.
            patch_form: PatchForm::EntraScim062020,
            name: "entra-062020".to_owned(),
            ..Self::entra()
        }
    }

    /// For a server that was built to receive Okta: the client does as Okta does.
    #[must_use]
    pub fn okta() -> Self {
        Self {
            // Okta, "SCIM 2.0 protocol reference": users are read, merged and PUT; pages have 100 resources; a server may
            // answer a look-up that finds nothing with 404.
            put_instead_of_patch: vec![USERS.to_owned()],
            page_cap: Some(100),
            lookup_404_is_none: true,
            bulk: None,
            etag: false,
            ..Self::named("okta")
        }
    }

    /// Atlassian Cloud (Atlassian Guard).
    #[must_use]
    pub fn atlassian() -> Self {
        Self {
            // Atlassian, "User provisioning REST API": one `eq` on these attributes; a group keeps its name; a user that is
            // deleted is deactivated and loses its id; pages have 100 resources, whatever `maxResults` says in the
            // ServiceProviderConfig, which also has neither bulk nor entity tags.
            filterable: endpoints([
                (USERS, vec![attr::USER_NAME, attr::EXTERNAL_ID]),
                (GROUPS, vec![attr::DISPLAY_NAME]),
            ]),
            immutable: endpoints([(GROUPS, vec![attr::DISPLAY_NAME])]),
            delete: endpoints([(USERS, Deletion::Unlinks)]),
            page_cap: Some(100),
            bulk: None,
            etag: false,
            ..Self::named("atlassian")
        }
    }

    /// AWS IAM Identity Center.
    #[must_use]
    pub fn aws_identity_center() -> Self {
        Self {
            // AWS, "IAM Identity Center SCIM Implementation Developer Guide", limitations, PatchGroup and ListGroups: at
            // most 100 members in a request, a path in each operation but where it has one attribute, PATCH and no PUT
            // for groups, pages of 50 (100 with a cursor), `members` always empty, no bulk.
            patch_form: PatchForm::Explicit,
            no_put: vec![GROUPS.to_owned()],
            member_chunk: Some(100),
            page_cap: Some(50),
            filterable: endpoints([(
                GROUPS,
                vec![
                    attr::DISPLAY_NAME,
                    attr::EXTERNAL_ID,
                    attr::ID,
                    attr::MEMBERS,
                    AttrPath::from_static("member"),
                ],
            )]),
            shows_members: false,
            bulk: None,
            etag: false,
            ..Self::named("aws-identity-center")
        }
    }

    /// Slack.
    #[must_use]
    pub fn slack() -> Self {
        Self {
            // Slack, "SCIM API": DELETE of a user deactivates it, that of a group is for good; a user name that is an
            // e-mail address is converted.
            delete: endpoints([(USERS, Deletion::Deactivates)]),
            rewritten: vec![attr::USER_NAME],
            bulk: None,
            etag: false,
            ..Self::named("slack")
        }
    }

    /// Google Cloud Identity.
    #[must_use]
    pub fn google() -> Self {
        Self {
            // Google, "Cloud Identity SCIM API": PATCH only, and PUT is answered with a page that says 404; lists come
            // whole; no sorting, no bulk, no entity tags.
            no_put: vec![USERS.to_owned(), GROUPS.to_owned()],
            paging: false,
            bulk: None,
            etag: false,
            ..Self::named("google")
        }
    }

    /// GitHub, for enterprises with managed users.
    #[must_use]
    pub fn github() -> Self {
        Self {
            // GitHub, "Provisioning users and groups with SCIM using the REST API": a User-Agent is asked for, which the
            // client always sends; a user that is deleted is suspended and cannot come back.
            delete: endpoints([(USERS, Deletion::Suspends)]),
            bulk: None,
            etag: false,
            ..Self::named("github")
        }
    }

    /// The dialects that are known, by name: `rfc`, `entra`, `entra-062020`, `okta`, `atlassian`, `aws-identity-center`,
    /// `slack`, `google`, `github`.
    ///
    /// ```
    /// use scim_client::Dialect;
    ///
    /// assert_eq!(Dialect::known("slack"), Some(Dialect::slack()));
    /// assert_eq!(Dialect::known("latin"), None);
    /// ```
    #[must_use]
    pub fn known(name: &str) -> Option<Self> {
        [
            Self::rfc(),
            Self::entra(),
            Self::entra_062020(),
            Self::okta(),
            Self::atlassian(),
            Self::aws_identity_center(),
            Self::slack(),
            Self::google(),
            Self::github(),
        ]
        .into_iter()
        .find(|dialect| dialect.name == name)
    }
}
