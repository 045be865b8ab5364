//! Who is in scope: active, assigned with a role that counts, through the filters.

use crate::object::{Assignment, Role, SourceObject};
use crate::rules::{AssignmentScope, Clause, DefaultAccess, Operator, Rules, ScopeReason, ScopingFilter};

fn assigned(roles: &[Role]) -> SourceObject {
    let mut user = SourceObject::user("1").with("department", "Sales").with("country", "NO");
    user.assignments = roles.iter().map(|role| Assignment { role: role.clone(), through: None }).collect();
    user
}

fn named() -> Role {
    Role::Named("User".to_owned())
}

fn reason(rules: &Rules, object: &SourceObject) -> Option<ScopeReason> {
    let rules = rules.clone().compile().unwrap();
    let scope = rules.scope(object);
    assert_eq!(scope.is_in(), scope.reason().is_none());
    scope.reason()
}

#[test]
fn assignment_and_default_access() {
    use ScopeReason::*;
    // Roles; exclude, include, sync all.
    for (roles, expected) in [
        (vec![], [Some(NotAssigned), Some(NotAssigned), None]),
        (vec![Role::DefaultAccess], [Some(NotEntitled), None, None]),
        (vec![named()], [None, None, None]),
        (vec![Role::DefaultAccess, named()], [None, None, None]),
    ] {
        let user = assigned(&roles);
        let rules = |assignment, default_access| Rules { assignment, default_access, ..Rules::default() };
        let said = [
            reason(&rules(AssignmentScope::Assigned, DefaultAccess::Exclude), &user),
            reason(&rules(AssignmentScope::Assigned, DefaultAccess::Include), &user),
            reason(&rules(AssignmentScope::All, DefaultAccess::Exclude), &user),
        ];
        assert_eq!(said, expected, "{roles:?}");
    }
}

#[test]
fn active_in_the_source_comes_before_assignment() {
    let rules = Rules::default();
    let mut user = assigned(&[]);
    user.soft_deleted = true;
    assert_eq!(reason(&rules, &user), Some(ScopeReason::NotActive));
    let user = assigned(&[named()]).with("accountEnabled", false);
    assert_eq!(reason(&rules, &user), Some(ScopeReason::NotActive));
    assert_eq!(reason(&rules, &assigned(&[named()]).with("accountEnabled", true)), None);
}

#[test]
fn a_kind_that_is_not_enabled_is_nobody() {
    let mut rules = Rules { assignment: AssignmentScope::All, ..Rules::default() };
    rules.groups.enabled = false;
    assert_eq!(reason(&rules, &SourceObject::group("1")), Some(ScopeReason::NotEnabled));
    assert_eq!(reason(&rules, &assigned(&[])), None);
}

#[test]
fn clauses_are_joined_by_and_and_filters_by_or() {
    let is = |attribute: &str, value: &str| Clause::new(attribute, Operator::Equals, value);
    let mut rules = Rules::default();
    // (Sales and NO) or (IT).
    rules.users.filters = vec![
        ScopingFilter::new("Sales in Norway", [is("department", "Sales"), is("country", "NO")]),
        ScopingFilter::new("IT", [is("department", "IT")]),
    ];
    for (department, country, expected) in [
        ("Sales", "NO", None),
        ("Sales", "SE", Some(ScopeReason::Filtered)),
        ("IT", "SE", None),
        ("HR", "NO", Some(ScopeReason::Filtered)),
    ] {
        let user = assigned(&[named()]).with("department", department).with("country", country);
        assert_eq!(reason(&rules, &user), expected, "{department} {country}");
    }
    // Those of users say nothing of groups.
    let mut group = SourceObject::group("1");
    group.assignments = assigned(&[named()]).assignments;
    assert_eq!(reason(&rules, &group), None);
}

#[test]
fn details_are_those_of_a_provisioning_log() {
    let mut rules = Rules { default_access: DefaultAccess::Exclude, ..Rules::default() };
    rules.users.filters = vec![
        ScopingFilter::new(
            "Sales",
            [Clause::new("department", Operator::Equals, "Sales"), Clause::bare("manages", Operator::IsTrue)],
        ),
        ScopingFilter::new("Norway", [Clause::new("country", Operator::NotRegexMatch, "^(SE|DK)$")]),
    ];
    let rules = rules.compile().unwrap();
    let user = assigned(&[Role::DefaultAccess]);
    let details: Vec<String> =
        rules.scope(&user).details().iter().map(|(name, value)| format!("{name}: {value}")).collect();
    insta::assert_snapshot!(details.join("\n"), @r"
    Active in source system: true
    Assigned to application: true
    Scope sync all: false
    User has required role: false
    Sales department EQUALS Sales: true
    Sales manages IS TRUE: false
    Norway country NOT REGEX MATCH ^(SE|DK)$: true
    ");
}

#[test]
fn reasons_are_sentences() {
    use ScopeReason::*;
    let said: Vec<String> =
        [NotEnabled, NotActive, NotAssigned, NotEntitled, Filtered].map(|reason| reason.to_string()).to_vec();
    insta::assert_snapshot!(said.join("\n"), @r"
    objects of this kind are not provisioned
    it is not active in the source
    it is not assigned to the application
    it is not effectively entitled: its only role is Default Access
    it passes none of the scoping filters
    ");
}
