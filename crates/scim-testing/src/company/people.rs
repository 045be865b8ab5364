//! Who works there, and in which groups they are.

use std::collections::{BTreeMap, BTreeSet};

use super::names::{BIRDS, CITIES, CULTURES, DEPARTMENTS, spellings};

pub(super) const DOMAIN: &str = "northwind-trading.example";
/// The role that most have; its name in the application is `User`.
pub(super) const USER_ROLE: &str = "3d1b7a52-9c64-4f0e-8a27-5e2f60c1b9d4";
pub(super) const DEFAULT_ACCESS: &str = "00000000-0000-0000-0000-000000000000";

const OFFICE_STAFF: usize = 1_530;
const STORES: usize = 40;
const PER_STORE: usize = 27;
const WAREHOUSE: usize = 190;

#[derive(Clone, Default)]
pub(super) struct User {
    pub(super) id: String,
    pub(super) disabled: bool,
    pub(super) upn: Option<String>,
    pub(super) mail: Option<String>,
    pub(super) display: String,
    pub(super) given: String,
    pub(super) surname: String,
    pub(super) title: String,
    pub(super) department: String,
    pub(super) office: String,
    pub(super) language: String,
    pub(super) number: usize,
    pub(super) guest: bool,
    pub(super) manager: Option<String>,
    pub(super) deleted: Option<&'static str>,
}

#[derive(Clone, Default)]
pub(super) struct Group {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) description: String,
    pub(super) not_security: bool,
    pub(super) members: Vec<String>,
    pub(super) deleted: Option<&'static str>,
}

#[derive(Clone)]
pub(super) struct Role {
    pub(super) principal: String,
    pub(super) to_group: bool,
    pub(super) role: &'static str,
}

#[derive(Default)]
pub(super) struct Company {
    pub(super) users: Vec<User>,
    pub(super) groups: Vec<Group>,
    pub(super) roles: Vec<Role>,
    random: u64,
    names: BTreeMap<String, usize>,
}

impl Company {
    pub(super) fn hire() -> Self {
        let mut company = Self { random: 0x5CED_2026, ..Self::default() };
        company.office();
        company.stores();
        company.warehouse();
        company
    }

    /// The head office: departments with ten teams each, in offices all over the world.
    fn office(&mut self) {
        let mut offices: BTreeMap<String, Vec<String>> = BTreeMap::new();
        let mut teams: Vec<Vec<Vec<usize>>> = vec![vec![Vec::new(); BIRDS.len()]; DEPARTMENTS.len()];
        let chief = self.person("Management", "Chief Executive Officer", None);
        let mut heads = Vec::new();
        for (department, ..) in DEPARTMENTS {
            heads.push(self.person(department, &format!("Head of {department}"), Some(chief)));
        }
        for (at, (department, ..)) in DEPARTMENTS.into_iter().enumerate() {
            for team in &mut teams[at] {
                team.push(self.person(department, "Team Lead", Some(heads[at])));
            }
        }
        while self.users.len() < OFFICE_STAFF {
            let mut share = self.below(100);
            let at = DEPARTMENTS.iter().position(|(_, part, _)| match share.checked_sub(*part) {
                Some(rest) => {
                    share = rest;
                    false
                }
                None => true,
            });
            let at = at.unwrap_or(0);
            let (department, _, titles) = DEPARTMENTS[at];
            let title = self.pick(&titles);
            let team = self.index(BIRDS.len());
            let lead = teams[at][team][0];
            let person = self.person(department, title, Some(lead));
            teams[at][team].push(person);
        }
        for user in &self.users {
            offices.entry(user.office.clone()).or_default().push(user.id.clone());
        }
        let everybody = self.users.iter().take(1_500).map(|user| user.id.clone()).collect();
        self.assigned("Head Office", "Everybody who works in an office", everybody);
        for (at, (department, ..)) in DEPARTMENTS.into_iter().enumerate() {
            let mut members = vec![heads[at]];
            members.extend(teams[at].iter().flatten());
            let members = self.ids(&members);
            self.assigned(department, &format!("All of {department}"), members);
            for (bird, team) in BIRDS.into_iter().zip(&teams[at]) {
                let members = self.ids(team);
                self.assigned(&format!("{department} {bird}"), &format!("A team of {department}"), members);
            }
        }
        for (office, members) in offices {
            self.assigned(&format!("Office {office}"), "Everybody in this office", members);
        }
    }

    /// The shops. Their people have access through one group; the groups of the stores are not assigned.
    fn stores(&mut self) {
        let head = self.find("Sales", "Head of Sales");
        let mut all = Vec::new();
        for store in 0..STORES {
            let name = format!("Store {:03} {}", store + 1, CITIES[store % CITIES.len()]);
            let manager = self.person("Retail", "Store Manager", Some(head));
            let mut members = vec![manager];
            for _ in 1..PER_STORE {
                members.push(self.person("Retail", "Sales Assistant", Some(manager)));
            }
            for member in &members {
                self.users[*member].office = name.clone();
            }
            let members = self.ids(&members);
            all.extend(members.clone());
            self.group(&name, "The people of one store", members);
        }
        self.assigned("Retail Stores", "Everybody who works in a store", all);
    }

    /// They do not use the application.
    fn warehouse(&mut self) {
        let head = self.find("Procurement", "Head of Procurement");
        let members: Vec<_> =
            (0..WAREHOUSE).map(|_| self.person("Warehouse", "Warehouse Clerk", Some(head))).collect();
        let members = self.ids(&members);
        self.group("Warehouse", "Everybody in the warehouse", members);
    }

    /// Somebody with a name of chance; the answer is the place in the list.
    pub(super) fn person(&mut self, department: &str, title: &str, manager: Option<usize>) -> usize {
        let culture = self.index(CULTURES.len());
        let culture = &CULTURES[culture];
        let (given, given_latin) = spellings(self.pick(culture.given));
        let (surname, surname_latin) = spellings(self.pick(culture.family));
        let display = match culture.family_first {
            true => format!("{surname} {given}"),
            false => format!("{given} {surname}"),
        };
        let mut local = format!("{given_latin}.{surname_latin}");
        let count = self.names.entry(local.clone()).or_default();
        *count += 1;
        if *count > 1 {
            local = format!("{local}{count}");
        }
        let address = format!("{local}@{DOMAIN}");
        let manager = manager.map(|manager| self.users[manager].id.clone());
        self.add(User {
            upn: Some(address.clone()),
            mail: Some(address),
            display,
            given: given.to_owned(),
            surname: surname.to_owned(),
            title: title.to_owned(),
            department: department.to_owned(),
            office: culture.office.to_owned(),
            language: culture.language.to_owned(),
            manager,
            ..User::default()
        })
    }

    /// Gives a user an id and a number.
    pub(super) fn add(&mut self, mut user: User) -> usize {
        let at = self.users.len();
        user.id = id(1, at);
        user.number = 10_000 + at;
        self.users.push(user);
        at
    }

    pub(super) fn group(&mut self, name: &str, description: &str, members: Vec<String>) -> usize {
        let at = self.groups.len();
        let (name, description) = (name.to_owned(), description.to_owned());
        self.groups.push(Group { id: id(2, at), name, description, members, ..Group::default() });
        at
    }

    /// A group that is assigned to the application.
    pub(super) fn assigned(&mut self, name: &str, description: &str, members: Vec<String>) -> usize {
        let at = self.group(name, description, members);
        self.roles.push(Role { principal: self.groups[at].id.clone(), to_group: true, role: USER_ROLE });
        at
    }

    pub(super) fn named(&self, group: &str) -> &Group {
        self.groups.iter().find(|one| one.name == group).expect("the group is there")
    }

    pub(super) fn ids(&self, users: &[usize]) -> Vec<String> {
        users.iter().map(|at| self.users[*at].id.clone()).collect()
    }

    pub(super) fn find(&self, department: &str, title: &str) -> usize {
        let is = |user: &User| user.department == department && user.title == title;
        self.users.iter().position(is).expect("there is somebody")
    }

    /// Users that have a role in the application, directly or through a group that counts.
    pub(super) fn entitled(&self) -> BTreeSet<&str> {
        let holders: BTreeSet<_> = self.roles.iter().map(|role| role.principal.as_str()).collect();
        let groups = self.groups.iter().filter(|group| holders.contains(group.id.as_str()));
        let counted = groups.filter(|group| !group.not_security && group.deleted.is_none());
        let members = counted.flat_map(|group| group.members.iter().map(String::as_str));
        let ids: BTreeSet<_> = members.chain(holders.iter().copied()).collect();
        self.users.iter().map(|user| user.id.as_str()).filter(|id| ids.contains(id)).collect()
    }

    pub(super) fn pick<T: Copy>(&mut self, list: &[T]) -> T {
        list[self.index(list.len())]
    }

    fn index(&mut self, count: usize) -> usize {
        usize::try_from(self.below(u64::try_from(count).unwrap())).unwrap()
    }

    fn below(&mut self, count: u64) -> u64 {
        self.random = self.random.wrapping_add(0x9E37_79B9_7F4A_7C15);
        mix(self.random) % count
    }
}

/// The id of the nth of a kind, with the look of any other.
pub(super) fn id(kind: u64, at: usize) -> String {
    let seed = (kind << 32) + u64::try_from(at).unwrap();
    let (a, b) = (mix(seed), mix(seed ^ 0xABCD_EF01_2345_6789));
    format!(
        "{:08x}-{:04x}-4{:03x}-8{:03x}-{:012x}",
        a >> 32,
        (a >> 16) & 0xFFFF,
        a & 0xFFF,
        b >> 52,
        b & 0xFFFF_FFFF_FFFF
    )
}

/// The finalizer of SplitMix64.
fn mix(seed: u64) -> u64 {
    let z = (seed ^ (seed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}
