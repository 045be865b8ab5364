//! A company that is invented: the data of `examples/provision`, always the same.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "it reads nothing: the same lines run every time, and a test runs them"
)]

mod day_two;
mod names;
mod people;
mod special;
mod write;

use std::path::PathBuf;

/// A file under `examples/provision`.
pub struct File {
    /// Its path from there.
    pub path: &'static str,
    /// What is in it.
    pub text: String,
}

/// All files.
#[must_use]
pub fn files() -> Vec<File> {
    let mut company = people::Company::hire();
    let special = special::add_to(&mut company);
    let file = |path, text| File { path, text };
    let mut files = vec![
        file("company/users.json", write::users(company.users.iter())),
        file("company/groups.json", write::groups(&company.groups)),
        file("company/appRoleAssignments.json", write::roles(&company.roles)),
        file("company/deletedItems.json", write::bin(&company)),
        file("company/README.md", special::readme(&company, &special)),
        file("company-bad-day/changes.json", day_two::mistake(&company)),
        file("company-bad-day/README.md", day_two::mistake_readme(&company)),
        file("company-day-two/README.md", day_two::README.to_owned()),
    ];
    // This one changes the company.
    files.push(file("company-day-two/changes.json", day_two::changes(&mut company, &special)));
    files
}

/// Where the files lie.
#[must_use]
pub fn folder() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples/provision"))
}
