//! Rules that are ready-made.

use super::mapping::{Mapping, ReferenceTo};
use super::{DefaultAccess, ObjectMapping, Rules};

const MANAGER: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager";
const DEPARTMENT: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department";
const EMPLOYEE_NUMBER: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:employeeNumber";

impl Rules {
    /// What Entra's gallery has for Atlassian Cloud: name, names, work e-mail and `active` of users; name, external id and
    /// members of groups. Users are matched by `userName`, groups by `displayName`. Who has no other role than Default
    /// Access is not entitled.
    ///
    /// The source has `mail` only for users with a mailbox; map another attribute where that is not enough.
    ///
    /// ```
    /// use scim_sync::{Kind, Rules};
    ///
    /// let rules = Rules::entra_to_atlassian().compile()?;
    /// let matching: Vec<_> = [Kind::User, Kind::Group].map(|kind| {
    ///     let mapping = rules.mapping(kind);
    ///     mapping.rows()[mapping.matching()[0]].target()
    /// }).to_vec();
    /// assert_eq!(matching, ["userName", "displayName"]);
    /// # Ok::<(), scim_sync::RulesError>(())
    /// ```
    #[must_use]
    pub fn entra_to_atlassian() -> Self {
        Self {
            users: ObjectMapping { mappings: people(), ..ObjectMapping::default() },
            groups: ObjectMapping { mappings: groups(), ..ObjectMapping::default() },
            default_access: DefaultAccess::Exclude,
            ..Self::default()
        }
    }

    /// What Entra knows of users and groups, for any server of SCIM: beside [`Rules::entra_to_atlassian`] external id,
    /// title, language, telephones, work address, and employee number, department and manager of the enterprise extension.
    /// Users are matched by `userName`, then by `externalId`. Default Access counts as any role.
    ///
    /// The names of both the provisioning service (`telephoneNumber`, `mobile`) and Microsoft Graph (`businessPhones`,
    /// `mobilePhone`) are understood.
    #[must_use]
    pub fn entra_to_scim() -> Self {
        let mut mappings = people();
        mappings.extend([
            Mapping::direct("externalId", "objectId").with_matching(2),
            Mapping::direct("title", "jobTitle"),
            Mapping::direct("preferredLanguage", "preferredLanguage"),
            Mapping::expression(
                r#"phoneNumbers[type eq "work"].value"#,
                "Coalesce([telephoneNumber], Item([businessPhones], 1))",
            ),
            Mapping::expression(
                r#"phoneNumbers[type eq "mobile"].value"#,
                "Coalesce([mobile], [mobilePhone])",
            ),
            Mapping::expression(
                r#"phoneNumbers[type eq "fax"].value"#,
                "Coalesce([facsimileTelephoneNumber], [faxNumber])",
            ),
            Mapping::expression(
                r#"addresses[type eq "work"].formatted"#,
                "Coalesce([physicalDeliveryOfficeName], [officeLocation])",
            ),
            Mapping::direct(r#"addresses[type eq "work"].streetAddress"#, "streetAddress"),
            Mapping::direct(r#"addresses[type eq "work"].locality"#, "city"),
            Mapping::direct(r#"addresses[type eq "work"].region"#, "state"),
            Mapping::direct(r#"addresses[type eq "work"].postalCode"#, "postalCode"),
            Mapping::direct(r#"addresses[type eq "work"].country"#, "country"),
            Mapping::direct(EMPLOYEE_NUMBER, "employeeId"),
            Mapping::direct(DEPARTMENT, "department"),
            Mapping::reference(MANAGER, ReferenceTo::Manager),
        ]);
        Self {
            users: ObjectMapping { mappings, ..ObjectMapping::default() },
            groups: ObjectMapping { mappings: groups(), ..ObjectMapping::default() },
            ..Self::default()
        }
    }
}

fn people() -> Vec<Mapping> {
    vec![
        Mapping::direct("userName", "userPrincipalName").with_matching(1),
        Mapping::expression("active", "Not([IsSoftDeleted])"),
        Mapping::direct("displayName", "displayName"),
        Mapping::direct("name.familyName", "surname"),
        Mapping::direct("name.givenName", "givenName"),
        Mapping::direct(r#"emails[type eq "work"].value"#, "mail"),
    ]
}

fn groups() -> Vec<Mapping> {
    vec![
        Mapping::direct("displayName", "displayName").with_matching(1),
        Mapping::direct("externalId", "objectId"),
        Mapping::reference("members", ReferenceTo::Members),
    ]
}
