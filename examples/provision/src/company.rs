//! The company: an export of its directory, what changes in it on day two, and what goes wrong on a bad day.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use scim_sync::{Directory, GraphExport, ImportReport, Kind, Role, SourceId};

use crate::Failure;

/// A company.
pub(crate) struct Company {
    /// What its directory holds now.
    pub(crate) directory: Directory,
    pub(crate) report: ImportReport,
    /// Where the changes of day two and of a bad day are.
    day_two: PathBuf,
    bad_day: PathBuf,
    /// The domains that it has verified; none where the export does not say.
    pub(crate) domains: Vec<String>,
}

impl Company {
    /// Reads the export, with the changes of day two where that has begun. They are beside it: those of `company` in
    /// `company-day-two/changes.json`, as Microsoft Graph's delta queries write them.
    pub(crate) fn read(path: &Path, day_two_began: bool) -> Result<Self, Failure> {
        let beside = |what: &str| {
            let mut name = path.file_name().map_or_else(OsString::new, ToOwned::to_owned);
            name.push(what);
            path.with_file_name(name).join("changes.json")
        };
        let (day_two, bad_day) = (beside("-day-two"), beside("-bad-day"));
        let mut export = GraphExport::new(path);
        if day_two_began {
            export = export.with_changes(&day_two);
        }
        let (directory, report) = export.read()?;
        Ok(Self { directory, report, day_two, bad_day, domains: domains(path)? })
    }

    /// Whether something changes on day two.
    pub(crate) fn has_day_two(&self) -> bool {
        self.day_two.is_file()
    }

    /// Day two comes: says how many objects changed.
    pub(crate) fn begin_day_two(&self, now: DateTime<Utc>) -> Result<u64, Failure> {
        self.change(&self.day_two, now)
    }

    /// Somebody makes a mistake: gives the roles that were taken away with it.
    pub(crate) fn begin_bad_day(&self, now: DateTime<Utc>) -> Result<Vec<(Kind, SourceId, Role)>, Failure> {
        let before = self.roles();
        self.change(&self.bad_day, now)?;
        let after = self.roles();
        Ok(before.into_iter().filter(|role| !after.contains(role)).collect())
    }

    /// Somebody corrects the mistake.
    pub(crate) fn end_bad_day(&self, taken: &[(Kind, SourceId, Role)]) {
        for (kind, id, role) in taken {
            self.directory.assign(*kind, id, role.clone());
        }
    }

    /// What people call an object.
    pub(crate) fn name(&self, kind: Kind, id: &SourceId) -> String {
        let object = self.directory.object(kind, id);
        object.map_or_else(|| id.to_string(), |object| object.display_name().to_owned())
    }

    fn change(&self, file: &Path, now: DateTime<Utc>) -> Result<u64, Failure> {
        let text = std::fs::read_to_string(file).map_err(|error| format!("{}: {error}", file.display()))?;
        let name = file.file_name().unwrap_or_default().to_string_lossy();
        let report = self.directory.apply_delta(&name, &text, now)?;
        Ok((report.users + report.groups + report.assignments) as u64)
    }

    /// Every role that somebody has in person.
    fn roles(&self) -> Vec<(Kind, SourceId, Role)> {
        let mut roles = Vec::new();
        for kind in [Kind::User, Kind::Group] {
            for id in self.directory.ids(kind) {
                let Some(object) = self.directory.object(kind, &id) else { continue };
                let own = object.assignments.into_iter().filter(|assignment| assignment.through.is_none());
                roles.extend(own.map(|assignment| (kind, id.clone(), assignment.role)));
            }
        }
        roles
    }
}

/// The verified domains, of `organization.json` or `domains.json` as Microsoft Graph has them.
fn domains(path: &Path) -> Result<Vec<String>, Failure> {
    let mut domains = Vec::new();
    for (name, list) in [("organization.json", "verifiedDomains"), ("domains.json", "")] {
        let file = path.join(name);
        if !file.is_file() {
            continue;
        }
        let text = std::fs::read_to_string(&file).map_err(|error| format!("{}: {error}", file.display()))?;
        let json: serde_json::Value =
            serde_json::from_str(&text).map_err(|error| format!("{name}: {error}"))?;
        let values = json.get("value").unwrap_or(&json);
        let one = std::slice::from_ref(values);
        for value in values.as_array().map_or(one, Vec::as_slice) {
            let inner = value.get(list).and_then(serde_json::Value::as_array);
            for domain in inner.map_or(std::slice::from_ref(value), Vec::as_slice) {
                let verified = domain.get("isVerified").and_then(serde_json::Value::as_bool) != Some(false);
                let named = domain.get("name").or(domain.get("id")).and_then(|name| name.as_str());
                domains.extend(named.filter(|name| verified && name.contains('.')).map(str::to_owned));
            }
        }
    }
    Ok(domains)
}
