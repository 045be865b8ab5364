//! Users, RFC 7643 §4.1.

use super::common::Meta;
use super::enterprise::EnterpriseUser;
use super::typed::{complex, complex_value, resource};
use crate::id::{ExternalId, ResourceId};
use crate::schema::SchemaSet;
use crate::uri::SchemaUri;
use crate::value::Text;
use crate::value::secret::Secret;

complex! {
    /// A user (RFC 7643 §4.1).
    ///
    /// ```
    /// use scim_core::{Email, EnterpriseUser, User};
    ///
    /// let user = User {
    ///     user_name: "bjensen".into(),
    ///     active: Some(true),
    ///     emails: vec![Email::new("bjensen@example.com").with_type("work").with_primary()],
    ///     enterprise: Some(EnterpriseUser { department: Some("Tours".into()), ..EnterpriseUser::default() }),
    ///     ..User::default()
    /// };
    /// let read: User = serde_json::from_str(&serde_json::to_string(&user)?)?;
    /// assert_eq!(read.emails, user.emails);
    /// assert_eq!(read.schemas.len(), 2);
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub struct User {
        /// Beside the base schema, which is written in any case, as are the extensions that are there.
        "schemas" schemas: Vec<SchemaUri>,
        "id" id: Option<ResourceId>,
        "externalId" external_id: Option<ExternalId>,
        /// REQUIRED.
        "userName" user_name: Text,
        "name" name: Option<Name>,
        "displayName" display_name: Option<Text>,
        "nickName" nick_name: Option<Text>,
        "profileUrl" profile_url: Option<Text>,
        "title" title: Option<Text>,
        "userType" user_type: Option<Text>,
        "preferredLanguage" preferred_language: Option<Text>,
        "locale" locale: Option<Text>,
        "timezone" timezone: Option<Text>,
        "active" active: Option<bool>,
        /// Written by clients, never shown by servers.
        "password" password: Option<Secret>,
        "emails" emails: Vec<Email>,
        "phoneNumbers" phone_numbers: Vec<PhoneNumber>,
        "ims" ims: Vec<Im>,
        "photos" photos: Vec<Photo>,
        "addresses" addresses: Vec<Address>,
        /// Read-only: membership is changed through the group.
        "groups" groups: Vec<GroupMembership>,
        "entitlements" entitlements: Vec<Entitlement>,
        "roles" roles: Vec<Role>,
        "x509Certificates" x509_certificates: Vec<X509Certificate>,
        /// The extension that most users have; others are read with [`User::extension`].
        "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User" enterprise: Option<EnterpriseUser>,
        "meta" meta: Option<Meta>,
    }
}

resource!(User, SchemaUri::USER, SchemaSet::user(), required = user_name "userName", enterprise: EnterpriseUser);

complex! {
    /// The parts of a user's name (RFC 7643 §4.1.1).
    pub struct Name {
        "formatted" formatted: Option<Text>,
        "familyName" family_name: Option<Text>,
        "givenName" given_name: Option<Text>,
        "middleName" middle_name: Option<Text>,
        "honorificPrefix" honorific_prefix: Option<Text>,
        "honorificSuffix" honorific_suffix: Option<Text>,
    }
}

complex_value!(Name);

macro_rules! multi_valued {
    ($($(#[$doc:meta])* $type:ident)*) => {
        $(
            complex! {
                $(#[$doc])*
                pub struct $type {
                    "value" value: Option<Text>,
                    "display" display: Option<Text>,
                    "type" kind: Option<Text>,
                    "primary" primary: Option<bool>,
                }
            }

            complex_value!($type, value = value);

            impl $type {
                /// An element with this `value`.
                #[must_use]
                pub fn new(value: impl Into<Text>) -> Self {
                    Self { value: Some(value.into()), ..Self::default() }
                }

                /// Sets `type`.
                #[must_use]
                pub fn with_type(mut self, kind: impl Into<Text>) -> Self {
                    self.kind = Some(kind.into());
                    self
                }

                /// Marks the element as the primary one; at most one of a list is.
                #[must_use]
                pub fn with_primary(mut self) -> Self {
                    self.primary = Some(true);
                    self
                }
            }
        )*
    };
}

multi_valued! {
    /// An e-mail address (RFC 7643 §4.1.2).
    Email
    /// A phone number (RFC 7643 §4.1.2).
    PhoneNumber
    /// An instant messaging address (RFC 7643 §4.1.2).
    Im
    /// The URI of a picture (RFC 7643 §4.1.2).
    Photo
    /// Something that the user has a right to (RFC 7643 §4.1.2).
    Entitlement
    /// A role of the user (RFC 7643 §4.1.2).
    Role
    /// A certificate, its `value` in base64 (RFC 7643 §4.1.2).
    X509Certificate
}

complex! {
    /// A postal address (RFC 7643 §4.1.2).
    pub struct Address {
        "formatted" formatted: Option<Text>,
        "streetAddress" street_address: Option<Text>,
        "locality" locality: Option<Text>,
        "region" region: Option<Text>,
        "postalCode" postal_code: Option<Text>,
        /// An ISO 3166-1 alpha-2 code.
        "country" country: Option<Text>,
        "type" kind: Option<Text>,
        "primary" primary: Option<bool>,
    }
}

complex_value!(Address);

complex! {
    /// A group that the user belongs to (RFC 7643 §4.1.2); the service provider works it out.
    pub struct GroupMembership {
        /// The `id` of the group.
        "value" value: Option<Text>,
        "$ref" reference: Option<Text>,
        "display" display: Option<Text>,
        /// `direct` or `indirect`.
        "type" kind: Option<Text>,
    }
}

complex_value!(GroupMembership, value = value);
