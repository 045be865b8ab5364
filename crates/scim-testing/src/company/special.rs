//! The odd ones: each is here because directories have them and engines stumble over them.

use super::people::{Company, DEFAULT_ACCESS, DOMAIN, Role, USER_ROLE, User, id};

/// What is expected of an object, with the default mapping for Atlassian Cloud.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Fate {
    Created,
    Skipped,
    Failed,
}

pub(super) struct Case {
    who: String,
    what: &'static str,
    fate: Fate,
    why: &'static str,
}

/// Those that later changes come back to.
pub(super) struct Special {
    cases: Vec<Case>,
    pub(super) disabled: Vec<usize>,
    pub(super) in_bin: Vec<usize>,
    pub(super) directly_assigned: Vec<usize>,
    pub(super) unverified: usize,
}

pub(super) fn add_to(company: &mut Company) -> Special {
    let mut special = Special {
        cases: Vec::new(),
        disabled: Vec::new(),
        in_bin: Vec::new(),
        directly_assigned: Vec::new(),
        unverified: 0,
    };
    names(company, &mut special);
    accounts(company, &mut special);
    duplicates(company, &mut special);
    managers(company, &mut special);
    groups(company, &mut special);
    special
}

/// Somebody who is assigned directly.
fn somebody(company: &mut Company, given: &str, surname: &str, local: &str) -> usize {
    let address = format!("{local}@{DOMAIN}");
    let at = company.add(User {
        upn: Some(address.clone()),
        mail: Some(address),
        display: format!("{given} {surname}"),
        given: given.to_owned(),
        surname: surname.to_owned(),
        title: "Adviser".to_owned(),
        department: "Advisory Board".to_owned(),
        office: "Dublin".to_owned(),
        language: "en-IE".to_owned(),
        ..User::default()
    });
    assign(company, at, USER_ROLE);
    at
}

fn assign(company: &mut Company, at: usize, role: &'static str) {
    let principal = company.users[at].id.clone();
    company.roles.push(Role { principal, to_group: false, role });
}

impl Special {
    fn note(&mut self, who: impl Into<String>, what: &'static str, fate: Fate, why: &'static str) {
        self.cases.push(Case { who: who.into(), what, fate, why });
    }
}

fn upn(company: &Company, at: usize) -> String {
    company.users[at].upn.clone().unwrap_or_else(|| company.users[at].display.clone())
}

fn names(company: &mut Company, special: &mut Special) {
    let long = "Wolfeschlegelsteinhausenbergerdorff".repeat(4);
    for (given, surname, local, what) in [
        (
            "Sinéad",
            "O'Brien",
            "sinead.o'brien",
            "an apostrophe in the name and in the address, which is what matching asks for",
        ),
        (
            "Robert \"Bob\"",
            "D'Angelo-Smythe \\ Sons",
            "robert.dangelo",
            "quotation marks and a backslash in the names",
        ),
        (
            "Hubert Blaine",
            long.as_str(),
            "hubert.wolfeschlegelsteinhausenbergerdorff",
            "a family name of 140 characters",
        ),
        ("Nguyễn Thị Minh", "Khai", "khai.nguyenthiminh", "letters with two marks"),
        ("محمد", "عبد الرحمن", "mohamed.abdelrahman", "a script from right to left"),
        ("👩‍💻 Ada", "Byron", "ada.byron", "a character made of several"),
    ] {
        let at = somebody(company, given, surname, local);
        special.note(upn(company, at), what, Fate::Created, "");
    }
    let at = somebody(company, "Mono", "", "mononym");
    special.note(upn(company, at), "no family name", Fate::Created, "without `name.familyName`");
    let at = somebody(company, "Eska", "Pé", "eska.pe");
    company.users[at].display = "Eska \u{1b}[31mPé\u{7}".to_owned();
    company.users[at].title = "=HYPERLINK(\"https://evil.example\",\"Boss\")".to_owned();
    let what = "a display name with terminal codes, and a job title that a spreadsheet would run";
    special.note(upn(company, at), what, Fate::Created, "logs and reports print neither as it is");
    special.directly_assigned = (company.users.len() - 8..company.users.len()).collect();
}

fn accounts(company: &mut Company, special: &mut Special) {
    for (given, surname, local, partner) in [
        ("Greta", "Holm", "greta.holm", "brightwater-design.example"),
        ("Ian", "McTavish", "ian_mctavish", "brightwater-design.example"),
        ("Priya", "Raman", "priya.raman", "kestrel-audit.example"),
    ] {
        let at = somebody(company, given, surname, local);
        company.users[at].upn = Some(format!("{local}_{partner}#EXT#@{DOMAIN}"));
        company.users[at].mail = Some(format!("{local}@{partner}"));
        company.users[at].guest = true;
        let why = "as the address at the partner, so the target has to take that domain too";
        special.note(upn(company, at), "a guest", Fate::Created, why);
    }
    for (given, surname, local) in [("Noor", "Haddad", "noor.haddad"), ("Emil", "Sørensen", "emil.soerensen")]
    {
        let at = somebody(company, given, surname, local);
        company.users[at].mail = None;
        special.note(upn(company, at), "no mailbox: `mail` is null", Fate::Created, "without `emails`");
    }
    let at = somebody(company, "Dora", "Default", "dora.default");
    company.roles.pop();
    assign(company, at, DEFAULT_ACCESS);
    let why = "skipped as not effectively entitled where Default Access is excluded";
    special.note(upn(company, at), "the only role is Default Access", Fate::Created, why);

    let at = somebody(company, "Milo", "Newcome", "milo.newcome");
    let address = "milo.newcome@northwind-acquired.example".to_owned();
    (company.users[at].upn, company.users[at].mail) = (Some(address.clone()), Some(address));
    special.unverified = at;
    let why = "400 where the target takes verified domains only; created elsewhere";
    special.note(upn(company, at), "of a domain that is not verified", Fate::Failed, why);

    let at = somebody(company, "Room", "3.14 Whiteboard", "unused");
    (company.users[at].upn, company.users[at].mail) = (None, None);
    special.note(upn(company, at), "no `userPrincipalName`", Fate::Skipped, "nothing to match by");

    for (given, surname, local) in [
        ("Backup", "Service", "svc-backup"),
        ("Build", "Service", "svc-build"),
        ("Break", "Glass", "break-glass"),
    ] {
        let at = somebody(company, given, surname, local);
        company.roles.pop();
        company.users[at].department = "Service Accounts".to_owned();
        special.note(upn(company, at), "a service account without any role", Fate::Skipped, "not assigned");
    }
    for number in 0..24 {
        let at = company.person("Support", "Support Agent", None);
        assign(company, at, USER_ROLE);
        company.users[at].disabled = true;
        special.disabled.push(at);
        if number == 0 {
            let what = "and 23 more of Support: sign-in is blocked";
            special.note(upn(company, at), what, Fate::Skipped, "not active, so not created");
        }
    }
    for number in 0..8 {
        let at = company.person("Marketing", "Editor", None);
        assign(company, at, USER_ROLE);
        company.users[at].deleted = Some(["2026-01-20T09:30:00Z", "2026-01-28T16:05:00Z"][number % 2]);
        special.in_bin.push(at);
        if number == 0 {
            let what = "and 7 more of Marketing: in the bin";
            special.note(upn(company, at), what, Fate::Skipped, "not active, so not created");
        }
    }
}

fn duplicates(company: &mut Company, special: &mut Special) {
    let at = somebody(company, "Pat", "Double", "pat.double");
    special.note(upn(company, at), "the first of two with one name", Fate::Created, "");
    let at = somebody(company, "Pat", "Double", "Pat.Double");
    let why = "DuplicateSourceEntries: names are compared without case, and the first has the account";
    special.note(upn(company, at), "the second, in other case", Fate::Failed, why);

    for (local, what) in [("reception.east", "shares its `mail`"), ("reception.west", "with this one")] {
        let at = somebody(company, "Reception", local.trim_start_matches("reception."), local);
        company.users[at].mail = Some(format!("reception@{DOMAIN}"));
        special.note(upn(company, at), what, Fate::Created, "`mail` is not matched by");
    }
}

fn managers(company: &mut Company, special: &mut Special) {
    let a = somebody(company, "Castor", "Gemini", "castor.gemini");
    let b = somebody(company, "Pollux", "Gemini", "pollux.gemini");
    company.users[a].manager = Some(company.users[b].id.clone());
    company.users[b].manager = Some(company.users[a].id.clone());
    special.note(upn(company, a), "the manager of his own manager", Fate::Created, "");
    special.note(upn(company, b), "the other one", Fate::Created, "");
    let at = somebody(company, "Solo", "Boss", "solo.boss");
    company.users[at].manager = Some(company.users[at].id.clone());
    special.note(upn(company, at), "her own manager", Fate::Created, "");
    let at = somebody(company, "Orla", "Vacant", "orla.vacant");
    company.users[at].manager = Some(id(9, 1));
    special.note(upn(company, at), "a manager who is not in the export", Fate::Created, "no manager is set");
    let at = somebody(company, "Wanda", "Dock", "wanda.dock");
    let clerk = company.find("Warehouse", "Warehouse Clerk");
    company.users[at].manager = Some(company.users[clerk].id.clone());
    special.note(upn(company, at), "a manager who is out of scope", Fate::Created, "no manager is set");
}

fn groups(company: &mut Company, special: &mut Special) {
    let named = |company: &Company, name: &str| company.named(name).id.clone();
    let lead = |company: &Company, department: &str| company.named(department).members[0].clone();

    let nested = vec![named(company, "Engineering"), named(company, "Design"), lead(company, "Product")];
    company.assigned("Makers", "Who makes things", nested);
    let what = "holds two groups and one user";
    special.note(
        "Makers",
        what,
        Fate::Created,
        "nothing is flattened; members of nested groups count nowhere",
    );

    let pool: Vec<_> = (0..30).map(|_| company.person("Contractors", "Contractor", None)).collect();
    let pool = company.ids(&pool);
    company.group("Contractor Pool", "Who is called when needed", pool);
    let members = vec![named(company, "Contractor Pool"), lead(company, "Legal")];
    company.assigned("External Collaboration", "With people from outside", members);
    let why = "the pool itself and its 30 contractors are skipped: not assigned";
    special.note("External Collaboration", "an assigned group around one that is not", Fate::Created, why);

    let first = company.assigned("Circle One", "Holds Circle Two", Vec::new());
    let second = company.assigned("Circle Two", "Holds Circle One", vec![company.groups[first].id.clone()]);
    company.groups[first].members = vec![company.groups[second].id.clone(), lead(company, "IT")];
    special.note("Circle One", "holds a group that holds it", Fate::Created, "");
    special.note("Circle Two", "the other one", Fate::Created, "");

    let lunch: Vec<_> = company.users.iter().rev().take(12).map(|user| user.id.clone()).collect();
    let at = company.assigned("Friday Lunch", "A list for mail", lunch);
    company.groups[at].not_security = true;
    let why = "not assigned: that it has a role counts neither for it nor for its members";
    special.note("Friday Lunch", "not `securityEnabled`", Fate::Skipped, why);

    company.assigned("Disaster Recovery", "Nobody yet", Vec::new());
    special.note("Disaster Recovery", "nobody in it", Fate::Created, "");
    let champions = company.named("Security").members.iter().take(9).cloned().collect();
    company.assigned("Security Champions", "The first of two", champions);
    special.note("Security Champions", "the first of two with one name", Fate::Created, "");
    let champions = company.named("Support").members.iter().take(7).cloned().collect();
    company.assigned("Security Champions", "The second of two", champions);
    let why = "DuplicateSourceEntries: the first has the group";
    special.note("Security Champions", "the second", Fate::Failed, why);

    for (name, what) in [
        ("Équipe Numérique – Île-de-France", "accents and a dash"),
        ("開発チーム", "another script"),
        ("Q&A \"Ask Us\" <Anything>; DROP", "characters that mean something elsewhere"),
        ("=Finance Models", "a name that a spreadsheet would run"),
        ("-Legacy, do not use", "likewise, with a comma"),
    ] {
        let members = company.named("Finance").members.iter().skip(3).take(5).cloned().collect();
        company.assigned(name, "A group with a name", members);
        special.note(name, what, Fate::Created, "");
    }
    let mut members: Vec<_> = company.named("People").members.iter().take(4).cloned().collect();
    members.push(id(9, 2));
    company.assigned("Onboarding", "With somebody who is gone", members);
    special.note("Onboarding", "a member that is not in the export", Fate::Created, "without that member");

    let at = company.assigned("Project Zeppelin", "Given up", company.named("Product").members.clone());
    company.groups[at].deleted = Some("2026-01-25T12:00:00Z");
    special.note("Project Zeppelin", "in the bin", Fate::Skipped, "not active, so not created");
    let why = "not assigned, although its people have access through `Retail Stores`";
    special.note("Store 001 Aachen", "and 39 more stores", Fate::Skipped, why);
    special.note("Warehouse", "and its 190 people", Fate::Skipped, "not assigned");
}

pub(super) fn readme(company: &Company, special: &Special) -> String {
    let entitled = company.entitled();
    let present = company.users.iter().filter(|user| user.deleted.is_none());
    let active = present.clone().filter(|user| !user.disabled && entitled.contains(user.id.as_str())).count();
    let groups = company.groups.iter().filter(|group| group.deleted.is_none());
    let holders: Vec<_> = company.roles.iter().map(|role| &role.principal).collect();
    let assigned = groups.clone().filter(|group| !group.not_security && holders.contains(&&group.id)).count();
    let largest = company.groups.iter().map(|group| group.members.len()).max().unwrap_or(0);
    // Those rows stand for one object each.
    let lost = |case: &&Case| case.fate == Fate::Failed || case.why == "nothing to match by";
    let of_user = |case: &&Case| case.who.contains('@') || case.who.starts_with("Room");
    let not_created = |users| special.cases.iter().filter(lost).filter(|case| of_user(case) == users).count();
    let (users_created, groups_created) = (active - not_created(true), assigned - not_created(false));
    let mut text = format!(
        "# company\n\n\
         The directory of a company that does not exist, as Microsoft Graph would export it: {} users and {} groups, and {}\n\
         objects in the bin. {active} users are active and assigned, and {assigned} groups; of these, {users_created} and {groups_created} are created,\n\
         as the table below explains. The largest group has {largest} members. All this is written by\n\
         `cargo run -p scim-testing --example make-company`, which always writes the same; a test compares.\n\n\
         The odd ones, and what becomes of each under the default mapping for Atlassian Cloud when `{DOMAIN}`,\n\
         `brightwater-design.example` and `kestrel-audit.example` are the target's verified domains:\n\n\
         | user or group | what is odd | outcome | why |\n|---|---|---|---|\n",
        present.count(),
        groups.count(),
        company.users.iter().filter(|user| user.deleted.is_some()).count() + 1,
    );
    for Case { who, what, fate, why } in &special.cases {
        let fate = match fate {
            Fate::Created => "created",
            Fate::Skipped => "skipped",
            Fate::Failed => "failed",
        };
        text.push_str(&format!("| `{who}` | {what} | {fate} | {why} |\n"));
    }
    text
}
