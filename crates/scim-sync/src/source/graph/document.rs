//! The outer shape of the files: lists of objects, with the line of each.

use scim_core::quote;
use serde::de::{DeserializeOwned, IgnoredAny};
use serde_json::{Deserializer, Map, Value};

use crate::source::SourceError;
use crate::source::text::malformed;

/// What a list holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Section {
    /// Users and groups; each says what it is.
    Objects,
    Users,
    Groups,
    Memberships,
    Managers,
    Assignments,
    Deleted,
    DeletedUsers,
    DeletedGroups,
}

/// One object of a list.
pub(super) struct Item<'a> {
    pub(super) file: &'a str,
    /// Where it begins.
    pub(super) line: usize,
    pub(super) fields: Map<String, Value>,
}

impl Item<'_> {
    pub(super) fn malformed(&self, problem: impl Into<String>) -> SourceError {
        malformed(self.file, self.line, problem)
    }
}

impl Section {
    /// All but [`Objects`](Self::Objects), by the names of files and lists.
    pub(super) const NAMED: [(&'static str, Self); 9] = [
        ("users", Self::Users),
        ("groups", Self::Groups),
        ("memberships", Self::Memberships),
        ("managers", Self::Managers),
        ("appRoleAssignments", Self::Assignments),
        ("appRoleAssignedTo", Self::Assignments),
        ("deletedItems", Self::Deleted),
        ("deletedUsers", Self::DeletedUsers),
        ("deletedGroups", Self::DeletedGroups),
    ];

    fn named(name: &str) -> Option<Self> {
        Self::NAMED.iter().find_map(|(one, section)| (*one == name).then_some(*section))
    }
}

/// Reads every object of a document: of a file that holds one list, or, where that is not said, of one that holds several by
/// name or one of any objects.
pub(super) fn each_item<'a>(
    file: &'a str,
    text: &'a str,
    section: Option<Section>,
    each: &mut dyn FnMut(Section, Item<'a>) -> Result<(), SourceError>,
) -> Result<(), SourceError> {
    let mut reader = Reader { file, text, at: 0, line: 1, counted: 0 };
    match reader.peek() {
        Some(b'[') => reader.list(section.unwrap_or(Section::Objects), each)?,
        Some(b'{') => reader.document(section, each)?,
        Some(_) => return Err(reader.malformed("a list or an object is expected")),
        None => return Err(reader.malformed("the file is empty")),
    }
    match reader.peek() {
        Some(_) => Err(reader.malformed("there is something after the end")),
        None => Ok(()),
    }
}

/// Reads every object of a document with one object a line.
pub(super) fn each_line<'a>(
    file: &'a str,
    text: &'a str,
    section: Section,
    each: &mut dyn FnMut(Section, Item<'a>) -> Result<(), SourceError>,
) -> Result<(), SourceError> {
    let mut reader = Reader { file, text, at: 0, line: 1, counted: 0 };
    while reader.peek().is_some() {
        let item = reader.item()?;
        each(section, item)?;
    }
    Ok(())
}

struct Reader<'a> {
    file: &'a str,
    text: &'a str,
    at: usize,
    /// The line of the byte `counted`.
    line: usize,
    counted: usize,
}

impl<'a> Reader<'a> {
    fn document(
        &mut self,
        section: Option<Section>,
        each: &mut dyn FnMut(Section, Item<'a>) -> Result<(), SourceError>,
    ) -> Result<(), SourceError> {
        let mut of_value = section.unwrap_or(Section::Objects);
        let mut found = false;
        self.object(&mut |reader, name| {
            let list = match name {
                "value" => Some(of_value),
                _ if section.is_none() => Section::named(name),
                _ => None,
            };
            if let Some(list) = list {
                found = true;
                return reader.section(name, list, each);
            }
            if !name.starts_with('@') {
                return Err(reader.malformed(format!("{} is not known here", quote(name))));
            }
            let note: Value = reader.value()?;
            if let (None, "@odata.context", Some(context)) = (section, name, note.as_str()) {
                of_value = of_context(context);
            }
            Ok(())
        })?;
        if found { Ok(()) } else { Err(self.malformed("the list `value` is missing")) }
    }

    /// A list, or an object with it.
    fn section(
        &mut self,
        name: &str,
        section: Section,
        each: &mut dyn FnMut(Section, Item<'a>) -> Result<(), SourceError>,
    ) -> Result<(), SourceError> {
        match self.peek() {
            Some(b'[') => self.list(section, each),
            Some(b'{') => self.object(&mut |reader, inner| match (inner, reader.peek()) {
                ("value", Some(b'[')) => reader.list(section, each),
                _ if inner.starts_with('@') => reader.value::<IgnoredAny>().map(|_| ()),
                _ => Err(reader.malformed(format!("a list is expected in {}", quote(name)))),
            }),
            _ => Err(self.malformed(format!("a list is expected in {}", quote(name)))),
        }
    }

    fn object(
        &mut self,
        each: &mut dyn FnMut(&mut Self, &str) -> Result<(), SourceError>,
    ) -> Result<(), SourceError> {
        self.expect(b'{', "an object is expected here")?;
        if self.peek() == Some(b'}') {
            return self.expect(b'}', "");
        }
        loop {
            if self.peek() != Some(b'"') {
                return Err(self.malformed("a name in quotation marks is expected here"));
            }
            let name: String = self.value()?;
            self.expect(b':', "`:` is expected here")?;
            each(self, &name)?;
            if self.peek() != Some(b',') {
                return self.expect(b'}', "`,` or `}` is expected here");
            }
            self.expect(b',', "")?;
        }
    }

    fn list(
        &mut self,
        section: Section,
        each: &mut dyn FnMut(Section, Item<'a>) -> Result<(), SourceError>,
    ) -> Result<(), SourceError> {
        self.expect(b'[', "a list is expected here")?;
        if self.peek() == Some(b']') {
            return self.expect(b']', "");
        }
        loop {
            let item = self.item()?;
            each(section, item)?;
            if self.peek() != Some(b',') {
                return self.expect(b']', "`,` or `]` is expected here");
            }
            self.expect(b',', "")?;
        }
    }

    fn item(&mut self) -> Result<Item<'a>, SourceError> {
        if self.peek() != Some(b'{') {
            return Err(self.malformed("an object is expected here"));
        }
        let line = self.line();
        let fields = self.value()?;
        Ok(Item { file: self.file, line, fields })
    }

    /// One value of JSON; how deep it may be nested is serde_json's own limit, 128.
    fn value<T: DeserializeOwned>(&mut self) -> Result<T, SourceError> {
        let line = self.line();
        let mut values = Deserializer::from_str(self.rest()).into_iter::<T>();
        match values.next() {
            Some(Ok(value)) => {
                self.at += values.byte_offset();
                Ok(value)
            }
            Some(Err(error)) => {
                let words = error.to_string();
                let words = words.rsplit_once(" at line ").map_or(words.as_str(), |(words, _)| words);
                let line = line + error.line().saturating_sub(1);
                Err(malformed(self.file, line, format!("this is not JSON: {words}")))
            }
            None => Err(self.malformed("the file ends too early")),
        }
    }

    fn expect(&mut self, byte: u8, problem: &str) -> Result<(), SourceError> {
        match self.peek() {
            Some(found) if found == byte => {
                self.at += 1;
                Ok(())
            }
            Some(_) => Err(self.malformed(problem)),
            None => Err(self.malformed("the file ends too early")),
        }
    }

    /// The next byte that is not white space.
    fn peek(&mut self) -> Option<u8> {
        let bytes = self.text.as_bytes();
        loop {
            match bytes.get(self.at) {
                Some(b' ' | b'\t' | b'\r' | b'\n') => self.at += 1,
                other => return other.copied(),
            }
        }
    }

    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn line(&mut self) -> usize {
        let passed = self.text.as_bytes().get(self.counted..self.at).unwrap_or_default();
        self.line += passed.iter().filter(|byte| **byte == b'\n').count();
        self.counted = self.at;
        self.line
    }

    fn malformed(&mut self, problem: impl Into<String>) -> SourceError {
        malformed(self.file, self.line(), problem)
    }
}

/// What the lists of Graph's own answers hold: their context ends with `#users` or so, and perhaps with `/$delta` or a
/// selection.
fn of_context(context: &str) -> Section {
    let set = context.rsplit_once('#').map_or("", |(_, set)| set);
    let set = set.split(['/', '(']).next().unwrap_or_default();
    Section::named(set).unwrap_or(Section::Objects)
}
