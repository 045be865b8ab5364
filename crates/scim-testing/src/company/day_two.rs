//! What changes on the next day, and on a bad one, in the shape of Graph's delta queries.

use std::collections::{BTreeMap, BTreeSet};

use super::names::{BIRDS, DEPARTMENTS};
use super::people::{Company, DOMAIN, Role, USER_ROLE};
use super::special::Special;
use super::write::{group, list, object, role, text, user};

pub(super) const README: &str = "# company-day-two

The changes to [company](../company) until the next day, in the shape of Graph's delta queries. It is written by the same command.

| what | how it is told | outcome |
|---|---|---|
| 20 joiners, 6 of them in a store | new users, `members@delta` of their groups | created, and members of their groups |
| 16 movers | `department`, `jobTitle`, `manager@delta`; out of two groups and into two others | members removed and added |
| 4 new names | `surname`, `displayName`, `userPrincipalName`, `mail` | updated, under the ids that they have |
| 10 new job titles | `jobTitle` | nothing, since it is not mapped by default |
| 6 leavers whose sign-in is blocked | `accountEnabled` | disabled |
| 5 leavers in the bin | `@removed`, `changed` | disabled |
| 3 leavers who are gone for good | `@removed`, `deleted` | deleted |
| 2 leavers by role, 2 by group | a role removed, `members@delta` of `Retail Stores` | disabled |
| one who may sign in again, one back from the bin | `accountEnabled`, a user without `deletedDateTime` | created |
| one whose domain is a verified one now | `userPrincipalName`, `mail` | created |
| `Engineering Falcon` is called `Engineering Peregrine` | `displayName` | refused where names of groups stay, as in Atlassian Cloud |
| `Makers` has another description | `description` | nothing, since it is not mapped |
| `Robotics Lab` | a new group with a role | created with its members |
| `Marketing Jackdaw` | `@removed`, `deleted` | deleted |
| `Support Jackdaw` | its role removed | out of scope |

That is far less than the deletion guard holds back.
";

pub(super) fn mistake_readme(company: &Company) -> String {
    let people = company.named("Retail Stores").members.len();
    let all = company.entitled().len();
    let share = people * 100 / all;
    format!(
        "# company-bad-day

One wrong click, as a change to [company](../company): `Retail Stores` loses its role, and with it {people} of {all} users with a
role lose theirs, {share} in a hundred. Nobody left the company. A job without a deletion guard would disable them all; with it
nothing is sent until somebody has looked.
"
    )
}

pub(super) fn mistake(company: &Company) -> String {
    let (at, stores) = role_of(company, "Retail Stores");
    format!("{{\"appRoleAssignments\":{}}}\n", list([removed_role(at, stores)]))
}

pub(super) fn changes(company: &mut Company, special: &Special) -> String {
    let mut day = Day::new(company);
    day.joiners();
    day.movers();
    day.news(special);
    day.leavers(special);
    day.groups();
    day.finish()
}

struct Day<'a> {
    company: &'a mut Company,
    users: Vec<String>,
    groups: Vec<String>,
    roles: Vec<String>,
    /// Who comes into which group and who goes.
    members: BTreeMap<String, (Vec<String>, Vec<String>)>,
    /// Who has not been changed yet.
    free: Vec<usize>,
}

impl<'a> Day<'a> {
    fn new(company: &'a mut Company) -> Self {
        let of_office = company.named("Head Office").members.iter().collect::<BTreeSet<_>>();
        let plain = |at: &usize| {
            let user = &company.users[*at];
            of_office.contains(&user.id) && user.title != "Team Lead" && !user.title.starts_with("Head of")
        };
        // Every 17th, so that the changes are spread over departments and teams.
        let free = (2..company.users.len()).step_by(17).filter(plain).collect();
        Self {
            company,
            users: Vec::new(),
            groups: Vec::new(),
            roles: Vec::new(),
            members: BTreeMap::new(),
            free,
        }
    }

    fn next(&mut self) -> usize {
        self.free.pop().expect("there are enough people")
    }

    fn id(&self, at: usize) -> String {
        self.company.users[at].id.clone()
    }

    fn joins(&mut self, group: &str, at: usize) {
        let (group, id) = (self.company.named(group).id.clone(), self.id(at));
        self.members.entry(group).or_default().0.push(id);
    }

    fn leaves(&mut self, group: &str, at: usize) {
        let (group, id) = (self.company.named(group).id.clone(), self.id(at));
        self.members.entry(group).or_default().1.push(id);
    }

    fn joiners(&mut self) {
        for number in 0..14 {
            let (department, _, titles) = DEPARTMENTS[number % DEPARTMENTS.len()];
            let head = self.company.find(department, &format!("Head of {department}"));
            let at = self.company.person(department, titles[number % titles.len()], Some(head));
            self.users.push(user(&self.company.users[at]));
            for group in [
                "Head Office",
                department,
                &format!("{department} {}", BIRDS[number % BIRDS.len()]),
                "Onboarding",
            ] {
                self.joins(group, at);
            }
        }
        for _ in 0..6 {
            let head = self.company.find("Retail", "Store Manager");
            let at = self.company.person("Retail", "Sales Assistant", Some(head));
            self.company.users[at].office = "Store 001 Aachen".to_owned();
            self.users.push(user(&self.company.users[at]));
            self.joins("Retail Stores", at);
            self.joins("Store 001 Aachen", at);
        }
    }

    fn movers(&mut self) {
        for number in 0..16 {
            let at = self.next();
            let (id, department) = (self.id(at), self.company.users[at].department.clone());
            let from = DEPARTMENTS.iter().position(|(name, ..)| *name == department).expect("a department");
            let (to, _, titles) = DEPARTMENTS[(from + 1 + number % 3) % DEPARTMENTS.len()];
            let head = self.company.find(to, &format!("Head of {to}"));
            self.users.push(object(&[
                ("id", text(&id)),
                ("department", text(to)),
                ("jobTitle", text(titles[1])),
                ("manager@delta", format!("[{}]", object(&[("id", text(&self.id(head)))]))),
            ]));
            let teams = BIRDS.map(|bird| format!("{department} {bird}"));
            let team = teams.iter().find(|team| self.company.named(team).members.contains(&id));
            self.leaves(&department, at);
            if let Some(team) = team {
                self.leaves(team, at);
            }
            self.joins(to, at);
            self.joins(&format!("{to} {}", BIRDS[number % 8]), at);
        }
    }

    fn news(&mut self, special: &Special) {
        for (number, surname) in
            ["Lindgren-Okafor", "O'Keeffe", "Żeleńska", "de la Croix"].into_iter().enumerate()
        {
            let at = self.next();
            let address = format!("renamed.person{}@{DOMAIN}", number + 1);
            let given = &self.company.users[at].given;
            self.users.push(object(&[
                ("id", text(&self.id(at))),
                ("surname", text(surname)),
                ("displayName", text(&format!("{given} {surname}"))),
                ("userPrincipalName", text(&address)),
                ("mail", text(&address)),
            ]));
        }
        for _ in 0..10 {
            let at = self.next();
            self.set(at, "jobTitle", text("Principal"));
        }
        self.set(special.disabled[0], "accountEnabled", "true".to_owned());
        let mut back = self.company.users[special.in_bin[0]].clone();
        back.deleted = None;
        self.users.push(user(&back));
        let address = text(&format!("milo.newcome@{DOMAIN}"));
        let id = text(&self.id(special.unverified));
        self.users.push(object(&[("id", id), ("userPrincipalName", address.clone()), ("mail", address)]));
    }

    fn leavers(&mut self, special: &Special) {
        for _ in 0..6 {
            let at = self.next();
            self.set(at, "accountEnabled", "false".to_owned());
        }
        for reason in ["changed"; 5].into_iter().chain(["deleted"; 3]) {
            let at = self.next();
            self.set(at, "@removed", object(&[("reason", text(reason))]));
        }
        for at in special.directly_assigned.iter().take(2) {
            let id = self.id(*at);
            let roles = self.company.roles.iter();
            let (at, role) = roles.enumerate().find(|(_, role)| role.principal == id).expect("a role");
            self.roles.push(removed_role(at, role));
        }
        let stores = self.company.named("Retail Stores").members.clone();
        for id in [&stores[40], &stores[400]] {
            let at = self.company.users.iter().position(|user| user.id == *id).expect("somebody");
            self.leaves("Retail Stores", at);
        }
    }

    fn groups(&mut self) {
        let named = |company: &Company, name: &str| text(&company.named(name).id);
        let falcon = named(self.company, "Engineering Falcon");
        self.groups.push(object(&[("id", falcon), ("displayName", text("Engineering Peregrine"))]));
        let makers = named(self.company, "Makers");
        self.groups.push(object(&[
            ("id", makers),
            ("description", text("Who builds, and who draws what is built")),
        ]));

        let makers = self.company.named("Engineering").members.iter().skip(20).take(8).cloned().collect();
        let at = self.company.group("Robotics Lab", "New", makers);
        self.groups.push(group(&self.company.groups[at], &BTreeSet::new()));
        let principal = self.company.groups[at].id.clone();
        self.roles.push(role(self.company.roles.len(), &Role { principal, to_group: true, role: USER_ROLE }));

        let gone = named(self.company, "Marketing Jackdaw");
        self.groups.push(object(&[("id", gone), ("@removed", object(&[("reason", text("deleted"))]))]));
        let (at, support) = role_of(self.company, "Support Jackdaw");
        self.roles.push(removed_role(at, support));
    }

    fn set(&mut self, at: usize, name: &str, value: String) {
        let id = text(&self.id(at));
        self.users.push(object(&[("id", id), (name, value)]));
    }

    fn finish(mut self) -> String {
        for (group, (came, went)) in std::mem::take(&mut self.members) {
            let came = came.iter().map(|id| object(&[("id", text(id))]));
            let removed = object(&[("reason", text("deleted"))]);
            let went = went.iter().map(|id| object(&[("id", text(id)), ("@removed", removed.clone())]));
            let members: Vec<_> = came.chain(went).collect();
            let members = format!("[{}]", members.join(","));
            self.groups.push(object(&[("id", text(&group)), ("members@delta", members)]));
        }
        format!(
            "{{\"users\":{},\n\"groups\":{},\n\"appRoleAssignments\":{}}}\n",
            list(self.users),
            list(self.groups),
            list(self.roles)
        )
    }
}

fn role_of<'a>(company: &'a Company, group: &str) -> (usize, &'a Role) {
    let id = &company.named(group).id;
    company.roles.iter().enumerate().find(|(_, role)| role.principal == *id).expect("the group has a role")
}

fn removed_role(at: usize, one: &Role) -> String {
    let removed = format!(",\"@removed\":{}}}", object(&[("reason", text("deleted"))]));
    let line = role(at, one);
    format!("{}{removed}", line.strip_suffix('}').unwrap_or(&line))
}
