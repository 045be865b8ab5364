//! Why something failed or was skipped, in one word.

mod of;

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

macro_rules! codes {
    ($($(#[$doc:meta])* $code:ident: $reason:literal, $action:literal;)*) => {
        /// Why something failed or was skipped, in one word: the codes of Entra's provisioning logs.
        ///
        /// ```
        /// use scim_sync::ErrorCode;
        ///
        /// let code: ErrorCode = "DuplicateTargetEntries".parse()?;
        /// assert_eq!(code.reason(), "more than one resource of the target has the matching value");
        /// # Ok::<(), scim_sync::UnknownCode>(())
        /// ```
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
        #[non_exhaustive]
        pub enum ErrorCode {
            $($(#[$doc])* $code,)*
        }

        impl ErrorCode {
            /// All codes.
            pub const ALL: &[Self] = &[$(Self::$code,)*];

            /// The code, as it stands in logs.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$code => stringify!($code),)*
                }
            }

            /// What it means, in a sentence.
            #[must_use]
            pub const fn reason(self) -> &'static str {
                match self {
                    $(Self::$code => $reason,)*
                }
            }

            /// What may be done about it, in a sentence.
            #[must_use]
            pub const fn recommended_action(self) -> &'static str {
                match self {
                    $(Self::$code => $action,)*
                }
            }
        }
    };
}

codes! {
    /// The target holds something that stands in the way, such as a value that is taken.
    Conflict:
        "the target holds something that stands in the way of the change",
        "look at the resource in the target and at the values that have to be unique there";
    /// The same, of a whole entry: a user name that somebody else has.
    EntryConflict:
        "another resource of the target has a value that has to be unique",
        "check the matching attribute, or change or remove the other resource";
    /// The target asked to be left alone.
    TooManyRequests:
        "the target takes no more requests for now",
        "nothing: it is tried again; lower the rate of requests if it happens often";
    /// The target broke.
    InternalServerError:
        "the target failed inside",
        "nothing: it is tried again in a later cycle; ask whoever runs the target if it goes on";
    /// The key may not do this.
    InsufficientRights:
        "the key is not allowed to do this in the target",
        "give the key the right to read and write users and groups";
    /// The target does not do this to such a resource.
    MethodNotAllowed:
        "the target does not take this kind of request for such a resource",
        "switch this action off in the mapping, or ask whoever runs the target";
    /// The target does not let this be changed.
    NotPermitted:
        "the target does not let this attribute or resource be changed",
        "map the attribute at creation only, or leave it out of the mapping";
    /// The key is not known, or no longer.
    Unauthorized:
        "the target does not accept the key",
        "make a new key in the target, and give it to the job";
    /// The target understood the request and will not have what is in it.
    UnprocessableEntity:
        "the target does not accept a value that was sent",
        "compare the values in the log with what the target asks for, and change the mapping or the source";
    /// The wire failed.
    WebExceptionProtocolError:
        "the connection to the target failed",
        "nothing: it is tried again in a later cycle; check the address, proxies and certificates if it goes on";
    /// The resource that the object was linked to is gone.
    InvalidAnchor:
        "the resource that this object was linked to is no longer in the target",
        "restart the job so that objects are matched anew, unless the job does that itself";
    /// The target has not got this.
    NotImplemented:
        "the target does not implement what was asked for",
        "switch this action off in the mapping, or ask whoever runs the target";
    /// Something that the target needs has no value in the source.
    MandatoryFieldsMissing:
        "an attribute that the target requires has no value",
        "give the object a value in the source, or map the attribute with a default";
    /// The same, as other targets call it.
    MissingValues:
        "values that are needed are missing",
        "give the object the missing values in the source, or map them with a default";
    /// The target knows no such attribute.
    SchemaAttributeNotFound:
        "the target knows no attribute of this name",
        "correct the attribute in the mapping, or leave it out";
    /// The job itself broke.
    InternalError:
        "the job failed inside",
        "nothing: it is tried again in a later cycle; report it if it goes on";
    /// The domain of the user name or the mail address is none that the target has verified.
    InvalidDomain:
        "the domain of the user name or of the mail address is not verified in the target",
        "verify the domain in the target, or take such users out of scope";
    /// No answer in time.
    Timeout:
        "the target did not answer in time",
        "nothing: it is tried again in a later cycle";
    /// The target has no licence left.
    LicenseLimitExceeded:
        "the target has no licence left for another user",
        "buy licences in the target, or take users out of scope";
    /// More than one resource of the target matches.
    DuplicateTargetEntries:
        "more than one resource of the target has the matching value",
        "remove the duplicates from the target, or match by another attribute";
    /// More than one object of the source matches.
    DuplicateSourceEntries:
        "more than one object of the source has the matching value",
        "remove the duplicates from the source, or match by another attribute";
    /// The object has no matching value.
    ImportSkipped:
        "the object has no value for any matching attribute",
        "give the object a value in the source, or match by another attribute";
    /// There is nothing to do.
    EntrySynchronizationSkipped:
        "the object is out of scope, or is in the target already as it should be",
        "nothing, unless it should be in scope: look at the step in which its scope was determined";
    /// An answer holds several resources where one was due.
    SystemForCrossDomainIdentityManagementMultipleEntriesInResponse:
        "the target answered with several resources where one was due",
        "ask whoever runs the target why its answer holds more than was asked for";
    /// The target does not speak SCIM as it should.
    SystemForCrossDomainIdentityManagementServiceIncompatible:
        "the target's answer is not one of SCIM",
        "check the address of the target, and ask whoever runs it to correct its answers";
    /// An attribute takes one value, and the source has several.
    SchemaPropertyCanOnlyAcceptValue:
        "the target's attribute takes one value, and the source has several",
        "map an attribute with one value, or an expression that picks one";
}

/// A text that is no [`ErrorCode`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no error code {}", scim_core::quote(.0))]
pub struct UnknownCode(Box<str>);

impl fmt::Display for ErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for ErrorCode {
    type Err = UnknownCode;

    fn from_str(text: &str) -> Result<Self, UnknownCode> {
        let found = Self::ALL.iter().find(|code| code.as_str() == text);
        found.copied().ok_or_else(|| UnknownCode(text.into()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_is_spelled_as_in_the_logs_of_entra() {
        let codes: Vec<_> = ErrorCode::ALL.iter().map(|code| code.as_str()).collect();
        assert_eq!(
            codes,
            [
                "Conflict",
                "EntryConflict",
                "TooManyRequests",
                "InternalServerError",
                "InsufficientRights",
                "MethodNotAllowed",
                "NotPermitted",
                "Unauthorized",
                "UnprocessableEntity",
                "WebExceptionProtocolError",
                "InvalidAnchor",
                "NotImplemented",
                "MandatoryFieldsMissing",
                "MissingValues",
                "SchemaAttributeNotFound",
                "InternalError",
                "InvalidDomain",
                "Timeout",
                "LicenseLimitExceeded",
                "DuplicateTargetEntries",
                "DuplicateSourceEntries",
                "ImportSkipped",
                "EntrySynchronizationSkipped",
                "SystemForCrossDomainIdentityManagementMultipleEntriesInResponse",
                "SystemForCrossDomainIdentityManagementServiceIncompatible",
                "SchemaPropertyCanOnlyAcceptValue",
            ]
        );
    }

    #[test]
    fn every_code_reads_back_and_has_its_words() {
        for code in ErrorCode::ALL {
            assert_eq!(code.to_string().parse(), Ok(*code));
            assert_eq!(serde_json::to_value(code).unwrap(), code.as_str());
            assert_eq!(serde_json::from_value::<ErrorCode>(code.as_str().into()).unwrap(), *code);
            for words in [code.reason(), code.recommended_action()] {
                assert!(words.starts_with(char::is_lowercase) && !words.ends_with('.'), "{words}");
            }
        }
        let error = "entryConflict".parse::<ErrorCode>().unwrap_err();
        assert_eq!(error.to_string(), "there is no error code `entryConflict`");
    }
}
