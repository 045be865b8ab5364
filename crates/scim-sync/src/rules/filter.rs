//! Scoping filters, ready for use.

use std::borrow::Cow;

use regex::Regex;
use scim_core::quote;
use serde_json::Value;

use super::error::RulesProblem;
use super::expression::{Named, as_text};
use super::scope::{Clause, Operator, ScopingFilter};
use crate::object::{Kind, SourceObject};

/// The filters of one kind: whoever passes one of them counts, and everybody where there are none.
#[derive(Clone, Debug, Default)]
pub(super) struct Filters(Vec<Vec<Test>>);

/// A clause, ready for use.
#[derive(Clone, Debug)]
struct Test {
    attribute: String,
    named: Named,
    check: Check,
    /// `{title} {attribute} {operator} {value}`, for logs.
    words: String,
}

#[derive(Clone, Debug)]
enum Check {
    Contains(String, bool),
    EndsWith(String),
    Equals(String, bool),
    AtLeast(u64),
    Is(bool),
    HasValue(bool),
    Matches(Regex, bool),
}

impl Filters {
    /// Reads filters, and adds what is wrong with them to the problems.
    pub(super) fn compile(kind: Kind, filters: &[ScopingFilter], problems: &mut Vec<RulesProblem>) -> Self {
        let mut all = Vec::with_capacity(filters.len());
        for (at, filter) in filters.iter().enumerate() {
            let place = format!("{kind}s, filter {} {}", at + 1, quote(&filter.title));
            if filter.clauses.is_empty() {
                problems.push(RulesProblem::new(&place, "it has no clauses, so that everybody would pass"));
            }
            let mut tests = Vec::with_capacity(filter.clauses.len());
            for (at, clause) in filter.clauses.iter().enumerate() {
                match Test::compile(kind, &filter.title, clause) {
                    Ok(test) => tests.push(test),
                    Err(words) => {
                        problems.push(RulesProblem::new(&format!("{place}, clause {}", at + 1), words));
                    }
                }
            }
            all.push(tests);
        }
        Self(all)
    }

    pub(super) fn pass(&self, object: &SourceObject) -> bool {
        self.0.is_empty() || self.0.iter().any(|filter| filter.iter().all(|test| test.passes(object)))
    }

    pub(super) fn details(&self, object: &SourceObject) -> impl Iterator<Item = (String, String)> {
        self.0.iter().flatten().map(|test| (test.words.clone(), test.passes(object).to_string()))
    }
}

impl Test {
    fn compile(kind: Kind, title: &str, clause: &Clause) -> Result<Self, String> {
        let Clause { attribute, operator, value } = clause;
        if let Some(why) = unsupported(kind, attribute) {
            return Err(format!("scoping filters cannot ask about {}: {why}", quote(attribute)));
        }
        let value = value.as_deref().filter(|value| !value.is_empty());
        let needed = || value.map(str::to_owned).ok_or_else(|| format!("`{operator}` needs a value"));
        let number = || {
            let text = needed()?;
            let digits = text.bytes().all(|byte| byte.is_ascii_digit());
            text.parse::<u64>()
                .ok()
                .filter(|_| digits)
                .ok_or_else(|| format!("`{operator}` needs an integer from 0 on, not {}", quote(&text)))
        };
        let check = match operator {
            Operator::And | Operator::Includes => Check::Contains(needed()?, true),
            Operator::NotAnd => Check::Contains(needed()?, false),
            Operator::EndsWith => Check::EndsWith(needed()?),
            Operator::Equals => Check::Equals(needed()?, true),
            Operator::NotEquals => Check::Equals(needed()?, false),
            Operator::GreaterThan => match number()?.checked_add(1) {
                Some(least) => Check::AtLeast(least),
                None => return Err(format!("nothing is greater than {}", quote(value.unwrap_or_default()))),
            },
            Operator::GreaterThanOrEquals => Check::AtLeast(number()?),
            Operator::IsTrue => Check::Is(true),
            Operator::IsFalse => Check::Is(false),
            Operator::IsNull => Check::HasValue(false),
            Operator::IsNotNull => Check::HasValue(true),
            Operator::RegexMatch => Check::Matches(super::regex::compile(&needed()?)?, true),
            Operator::NotRegexMatch => Check::Matches(super::regex::compile(&needed()?)?, false),
        };
        if let (Check::Is(_) | Check::HasValue(_), Some(value)) = (&check, value) {
            return Err(format!("`{operator}` takes no value, and has {}", quote(value)));
        }
        let words = format!("{title} {attribute} {operator} {}", value.unwrap_or_default()).trim().to_owned();
        Ok(Self { attribute: attribute.clone(), named: Named::of(attribute), check, words })
    }

    /// Whether the clause is true of the object; without a value, only `IS NULL` is. Lists and objects are compared with
    /// nothing.
    fn passes(&self, object: &SourceObject) -> bool {
        let text = match self.named {
            Named::Id => Cow::Borrowed(object.id.as_str()),
            _ => {
                let value = object.get(&self.attribute);
                if let Check::HasValue(has) = self.check {
                    return value.is_some() == has;
                }
                let Some(value) = value.filter(|value| !value.is_array()) else { return false };
                if let (Check::AtLeast(least), Value::Number(number)) = (&self.check, value) {
                    return number.as_u64().is_some_and(|number| number >= *least);
                }
                match as_text(Cow::Borrowed(value)) {
                    Ok(text) => text,
                    Err(_) => return false,
                }
            }
        };
        match &self.check {
            Check::Contains(part, wanted) => text.contains(part.as_str()) == *wanted,
            Check::EndsWith(end) => text.ends_with(end.as_str()),
            Check::Equals(other, wanted) => (*text == **other) == *wanted,
            Check::AtLeast(least) => {
                let digits = text.bytes().all(|byte| byte.is_ascii_digit());
                digits && text.parse::<u64>().is_ok_and(|number| number >= *least)
            }
            Check::Is(truth) => text.eq_ignore_ascii_case(if *truth { "true" } else { "false" }),
            Check::HasValue(has) => *has,
            Check::Matches(regex, wanted) => regex.is_match(&text) == *wanted,
        }
    }
}

/// Why filters cannot ask about an attribute, as Entra's cannot.
fn unsupported(kind: Kind, attribute: &str) -> Option<&'static str> {
    let is = |names: &[&str]| names.iter().any(|name| name.eq_ignore_ascii_case(attribute));
    if attribute.trim().is_empty() {
        return Some("it is no name");
    }
    if is(&["IsMemberOf", "memberOf", "transitiveMemberOf"]) {
        return Some("membership is not an attribute; assign the group instead");
    }
    if is(&["members"]) && kind == Kind::Group {
        return Some("a group is not judged by its members");
    }
    if is(&["appRoleAssignments", "userType", "manager"]) {
        return Some("Entra does not support it");
    }
    if is(&["IsSoftDeleted"]) {
        return Some("it is worked out from the scope");
    }
    if is(MULTI_VALUED) {
        return Some("it has several values");
    }
    if is(DATES) {
        return Some("it is a date");
    }
    None
}

/// The lists among the attributes of users and groups in Microsoft Graph.
const MULTI_VALUED: &[&str] = &[
    "assignedLabels",
    "assignedLicenses",
    "assignedPlans",
    "businessPhones",
    "directReports",
    "groupTypes",
    "identities",
    "imAddresses",
    "interests",
    "licenseAssignmentStates",
    "onPremisesProvisioningErrors",
    "otherMails",
    "owners",
    "pastProjects",
    "provisionedPlans",
    "proxyAddresses",
    "resourceBehaviorOptions",
    "resourceProvisioningOptions",
    "responsibilities",
    "schools",
    "serviceProvisioningErrors",
    "skills",
];

/// The dates among them.
const DATES: &[&str] = &[
    "birthday",
    "createdDateTime",
    "deletedDateTime",
    "employeeHireDate",
    "employeeLeaveDateTime",
    "expirationDateTime",
    "externalUserStateChangeDateTime",
    "hireDate",
    "lastPasswordChangeDateTime",
    "onPremisesLastSyncDateTime",
    "refreshTokensValidFromDateTime",
    "renewedDateTime",
    "signInSessionsValidFromDateTime",
];
