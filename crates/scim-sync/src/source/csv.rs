//! Users and groups as comma-separated values.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use scim_core::quote;
use serde_json::{Map, Value};

use super::table::{self, Row};
use super::whole::{Stamp, Whole, stamp_of};
use super::{Batch, Directory, Source, SourceError, Watermark, text};
use crate::object::{Kind, Members, Role, SourceId, SourceObject};

/// Tables of users, groups and memberships, as a source that is read as a whole in every cycle.
///
/// The first line has the names of the attributes. A cell is a text, and an empty cell is no value; `accountEnabled` and
/// `securityEnabled` are `true` or `false`. The column `id`, or another that is named, tells who is who; a column `manager`
/// has the id of the user's manager.
///
/// A table of roles has the columns `principalId` and `role`, of which an empty one is Default Access. Without such a table
/// nobody has a role: such a job has [`AssignmentScope::All`](crate::AssignmentScope::All).
///
/// ```no_run
/// use scim_sync::{CsvSource, Kind};
///
/// let directory = CsvSource::new("users.csv").with_id_column("employeeId").read()?;
/// assert!(directory.contains(Kind::User, &"4711".into()));
/// # Ok::<(), scim_sync::SourceError>(())
/// ```
#[derive(Clone, Debug)]
pub struct CsvSource {
    name: String,
    page_size: usize,
    files: Files,
    whole: Arc<Whole>,
}

#[derive(Clone, Debug)]
struct Files {
    users: PathBuf,
    groups: Option<PathBuf>,
    memberships: Option<PathBuf>,
    roles: Option<PathBuf>,
    id: String,
    group_id: String,
    delimiter: u8,
    max_bytes: u64,
}

impl CsvSource {
    /// Users only, known by the column `id`.
    pub fn new(users: impl Into<PathBuf>) -> Self {
        let users = users.into();
        Self {
            name: text::name_of(&users),
            page_size: 1_000,
            files: Files {
                users,
                groups: None,
                memberships: None,
                roles: None,
                id: "id".to_owned(),
                group_id: "id".to_owned(),
                delimiter: b',',
                max_bytes: 4 << 30,
            },
            whole: Arc::default(),
        }
    }

    /// With groups, known by the column `id`.
    #[must_use]
    pub fn with_groups(mut self, groups: impl Into<PathBuf>) -> Self {
        self.files.groups = Some(groups.into());
        self
    }

    /// With memberships: the columns are `groupId` and `memberId`.
    #[must_use]
    pub fn with_memberships(mut self, memberships: impl Into<PathBuf>) -> Self {
        self.files.memberships = Some(memberships.into());
        self
    }

    /// With roles of the application: the columns are `principalId` and `role`.
    #[must_use]
    pub fn with_roles(mut self, roles: impl Into<PathBuf>) -> Self {
        self.files.roles = Some(roles.into());
        self
    }

    /// Users are known by this column, which is an attribute too.
    #[must_use]
    pub fn with_id_column(mut self, name: impl Into<String>) -> Self {
        self.files.id = name.into();
        self
    }

    /// Groups are known by this column, which is an attribute too.
    #[must_use]
    pub fn with_group_id_column(mut self, name: impl Into<String>) -> Self {
        self.files.group_id = name.into();
        self
    }

    /// Cells are parted by another character than the comma, such as `;`.
    #[must_use]
    pub fn with_delimiter(mut self, delimiter: u8) -> Self {
        self.files.delimiter = delimiter;
        self
    }

    /// With another limit for the length of a file, 4 GiB by default.
    #[must_use]
    pub fn with_max_file_bytes(mut self, bytes: u64) -> Self {
        self.files.max_bytes = bytes;
        self
    }

    /// Under another name, for logs; the name of the users' file is the default.
    #[must_use]
    pub fn named(self, name: impl Into<String>) -> Self {
        Self { name: name.into(), ..self }
    }

    /// With another number of objects a page, at least one.
    #[must_use]
    pub fn with_page_size(self, page_size: usize) -> Self {
        Self { page_size: page_size.max(1), ..self }
    }

    /// Reads the tables into a directory. It blocks while it reads.
    ///
    /// # Errors
    /// [`SourceError::Malformed`] with file and line; [`SourceError::Unavailable`] when a file cannot be read.
    pub fn read(&self) -> Result<Directory, SourceError> {
        let directory = Directory::new().named(self.name.as_str()).with_page_size(self.page_size);
        self.files.read(&directory)?;
        Ok(directory)
    }
}

impl Files {
    fn read(&self, directory: &Directory) -> Result<(), SourceError> {
        self.objects(&self.users, Kind::User, &self.id, directory)?;
        let mut members: BTreeMap<SourceId, Vec<SourceId>> = BTreeMap::new();
        if let Some(path) = &self.groups {
            self.objects(path, Kind::Group, &self.group_id, directory)?;
        }
        if let Some(path) = &self.memberships {
            self.rows(path, &["groupId", "memberId"], |row| {
                let group = SourceId::from(row.required("groupId")?);
                if !directory.contains(Kind::Group, &group) {
                    return Err(row.malformed(format!("there is no group {}", quote(group.as_str()))));
                }
                members.entry(group).or_default().push(row.required("memberId")?.into());
                Ok(())
            })?;
        }
        for (group, members) in members {
            directory.set_members(&group, members);
        }
        let Some(path) = &self.roles else { return Ok(()) };
        self.rows(path, &["principalId", "role"], |row| {
            let id = SourceId::from(row.required("principalId")?);
            let kinds = [Kind::User, Kind::Group].into_iter();
            let Some(kind) = kinds.into_iter().find(|kind| directory.contains(*kind, &id)) else {
                return Err(row.malformed(format!("there is no user or group {}", quote(id.as_str()))));
            };
            let role = row.get("role").map_or(Role::DefaultAccess, |role| Role::Named(role.to_owned()));
            directory.assign(kind, &id, role);
            Ok(())
        })
    }

    fn objects(
        &self,
        path: &Path,
        kind: Kind,
        id_column: &str,
        directory: &Directory,
    ) -> Result<(), SourceError> {
        self.rows(path, &[id_column], |row| {
            let id = SourceId::from(row.required(id_column)?);
            // Members and roles name an object by its id alone.
            if [Kind::User, Kind::Group].iter().any(|kind| directory.contains(*kind, &id)) {
                let problem = format!("the id {} stands for another object already", quote(id.as_str()));
                return Err(row.malformed(problem));
            }
            let mut object = match kind {
                Kind::User => SourceObject::user(id),
                Kind::Group => SourceObject::group(id),
            };
            object.manager = row.get("manager").filter(|_| kind == Kind::User).map(SourceId::from);
            object.attributes = attributes(&row)?;
            object.members = Members::Unchanged;
            directory.put(object);
            Ok(())
        })
    }

    fn rows(
        &self,
        path: &Path,
        required: &[&str],
        each: impl FnMut(Row<'_>) -> Result<(), SourceError>,
    ) -> Result<(), SourceError> {
        let text = text::read(path, self.max_bytes)?;
        table::rows(&text::name_of(path), &text, self.delimiter, required, each)
    }

    fn stamp(&self) -> Stamp {
        let more = [&self.groups, &self.memberships, &self.roles].into_iter().flatten();
        stamp_of([&self.users].into_iter().chain(more).cloned())
    }
}

impl Source for CsvSource {
    fn name(&self) -> &str {
        &self.name
    }

    async fn changes(&self, _: Option<&Watermark>, page: Option<&str>) -> Result<Batch, SourceError> {
        let this = self.clone();
        self.whole.changes(page, move || Ok((this.files.stamp(), this.read()?))).await
    }

    async fn get(&self, kind: Kind, id: &SourceId) -> Result<Option<SourceObject>, SourceError> {
        let (this, id) = (self.clone(), id.clone());
        let stamp = self.files.stamp();
        self.whole.get(kind, id, stamp, move || this.read()).await
    }
}

fn attributes(row: &Row<'_>) -> Result<Map<String, Value>, SourceError> {
    let mut attributes = Map::new();
    for (name, cell) in row.cells() {
        let value = match name {
            "id" | "manager" => continue,
            "accountEnabled" | "securityEnabled" => match cell.to_ascii_lowercase().as_str() {
                "true" => Value::Bool(true),
                "false" => Value::Bool(false),
                _ => return Err(row.malformed(format!("`{name}` has to be `true` or `false`"))),
            },
            _ => Value::from(cell),
        };
        attributes.insert(name.to_owned(), value);
    }
    Ok(attributes)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::source::Next;
    use crate::source::folder::Folder;

    fn problem(source: &CsvSource) -> String {
        let text = source.read().unwrap_err().to_string();
        text.split_once(", ").unwrap().1.to_owned()
    }

    #[test]
    fn users_groups_members_and_roles() {
        let folder = Folder::new(&[]);
        let source = CsvSource::new(folder.file(
            "\u{feff}id,userPrincipalName,displayName,accountEnabled,manager\r\n\
             1,ann@northwind-trading.example,\"O'Neill, Ann \"\"Annie\"\"\",TRUE,\r\n\
             2,bob@northwind-trading.example,Bob,false,1\r\n",
        ))
        .with_groups(folder.file("id,displayName\ng,Staff\n"))
        .with_memberships(folder.file("groupId,memberId\ng,1\ng,2\n"))
        .with_roles(folder.file("principalId,role\ng,\n2,admin\n"));
        let directory = source.read().unwrap();
        let ann = directory.object(Kind::User, &"1".into()).unwrap();
        assert_eq!(
            Value::Object(ann.attributes),
            json!({
                "userPrincipalName": "ann@northwind-trading.example",
                "displayName": "O'Neill, Ann \"Annie\"",
                "accountEnabled": true,
            })
        );
        let bob = directory.object(Kind::User, &"2".into()).unwrap();
        assert_eq!((bob.is_active(), bob.manager), (false, Some("1".into())));
        let roles: Vec<_> = bob.assignments.into_iter().map(|one| (one.role, one.through)).collect();
        let expected = [(Role::Named("admin".into()), None), (Role::DefaultAccess, Some("g".into()))];
        assert_eq!(roles, expected);
        let staff = directory.object(Kind::Group, &"g".into()).unwrap();
        assert_eq!(staff.members, Members::All(vec!["1".into(), "2".into()]));
    }

    #[test]
    fn another_column_may_be_the_id() {
        let folder = Folder::new(&[]);
        let source = CsvSource::new(folder.file("employeeId;mail\n7;ann@northwind-trading.example\n"))
            .with_id_column("employeeId")
            .with_delimiter(b';');
        let ann = source.read().unwrap().object(Kind::User, &"7".into()).unwrap();
        assert_eq!(ann.get("employeeId"), Some(&"7".into()));
    }

    #[test]
    fn what_is_malformed_is_named_with_its_line() {
        let folder = Folder::new(&[]);
        let cases = [
            ("id,mail\n1,a\n,b\n", "line 3: `id` is empty"),
            ("id,mail\n1,\"a\nb\"\n1,b\n", "line 4: the id `1` stands for another object already"),
            ("id,mail\n1,a,b\n", "line 2: there are 3 cells, and 2 columns"),
            ("name\nx\n", "line 1: the column `id` is missing"),
            ("id,mail,mail\n", "line 1: the column `mail` stands there twice"),
            ("id,,mail\n", "line 1: a column has no name"),
            ("id,accountEnabled\n1,yes\n", "line 2: `accountEnabled` has to be `true` or `false`"),
            ("", "line 1: the column `id` is missing"),
        ];
        for (text, expected) in cases {
            assert_eq!(problem(&CsvSource::new(folder.file(text))), expected, "{text}");
        }
        let users = || CsvSource::new(folder.file("id\n1\n"));
        let memberships = users().with_memberships(folder.file("groupId,memberId\nx,1\n"));
        assert_eq!(problem(&memberships), "line 2: there is no group `x`");
        let roles = users().with_roles(folder.file("principalId,role\n1,\n2,\n"));
        assert_eq!(problem(&roles), "line 3: there is no user or group `2`");
        assert_eq!(
            problem(&users().with_groups(folder.file("id\n1\n"))),
            "line 2: the id `1` stands for another object already"
        );
    }

    #[tokio::test]
    async fn as_a_source_it_is_read_whole() {
        let folder = Folder::new(&[]);
        let source = CsvSource::new(folder.file("id\n1\n2\n")).named("people");
        assert_eq!(source.name(), "people");
        let batch = source.changes(None, None).await.unwrap();
        assert_eq!(batch.changes.len(), 2);
        let Next::Done { watermark, complete: true } = batch.next else { panic!() };
        assert_eq!(source.changes(Some(&watermark), None).await.unwrap().changes.len(), 2);
        assert!(source.get(Kind::User, &"2".into()).await.unwrap().is_some());
    }
}
