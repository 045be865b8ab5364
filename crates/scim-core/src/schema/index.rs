//! Finding an attribute by its name in any case, without allocating and without trusting the name.

/// A small fixed hash table over names that are compared without regard to ASCII case.
#[derive(Clone, Debug, Default)]
pub(crate) struct NameIndex {
    names: Box<[Box<str>]>,
    /// Open addressing; `EMPTY` where nothing is. At most half full, so that every search ends soon.
    table: Box<[u16]>,
}

const EMPTY: u16 = u16::MAX;

/// More names than any schema has, and few enough for the table's entries.
pub(crate) const MAX_NAMES: usize = 4096;

impl NameIndex {
    /// Indexes the names; on a name that stands twice, its place.
    pub(crate) fn new<'a>(names: impl Iterator<Item = &'a str>) -> Result<Self, usize> {
        let names: Box<[Box<str>]> = names.map(Into::into).collect();
        if names.len() > MAX_NAMES {
            return Err(MAX_NAMES);
        }
        let mut index = Self { table: vec![EMPTY; (names.len() * 2 + 1).next_power_of_two()].into(), names };
        for at in 0..index.names.len() {
            let Some(name) = index.names.get(at) else { continue };
            let mut place = hash(name) & (index.table.len() - 1);
            while let Some(taken) = index.table.get(place).copied().filter(|taken| *taken != EMPTY) {
                if index.names.get(usize::from(taken)).is_some_and(|other| other.eq_ignore_ascii_case(name)) {
                    return Err(at);
                }
                place = (place + 1) & (index.table.len() - 1);
            }
            if let (Some(slot), Ok(at)) = (index.table.get_mut(place), u16::try_from(at)) {
                *slot = at;
            }
        }
        Ok(index)
    }

    /// The place of a name, and whether it was spelled as in the schema.
    #[inline]
    pub(crate) fn find(&self, name: &str) -> Option<(usize, bool)> {
        let mask = self.table.len().wrapping_sub(1);
        let mut place = hash(name) & mask;
        loop {
            let at = usize::from(*self.table.get(place)?);
            let known = self.names.get(at)?;
            if **known == *name {
                return Some((at, true));
            }
            if known.eq_ignore_ascii_case(name) {
                return Some((at, false));
            }
            place = (place + 1) & mask;
        }
    }

    /// The name at a place.
    pub(crate) fn name(&self, at: usize) -> &str {
        self.names.get(at).map_or("", |name| name)
    }
}

/// Length, first, middle and last letter tell the names of a schema apart well enough.
#[inline]
fn hash(name: &str) -> usize {
    let bytes = name.as_bytes();
    let letter = |at: usize| bytes.get(at).map_or(0, |b| usize::from(b | 0x20));
    let hash = bytes.len().wrapping_mul(131)
        ^ letter(0).wrapping_mul(31)
        ^ letter(bytes.len() / 2).wrapping_mul(17)
        ^ letter(bytes.len().wrapping_sub(1)).wrapping_mul(7);
    hash ^ (hash >> 5)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_in_any_case() {
        let names = ["userName", "name", "nickName", "x509Certificates", "urn:a:B", "a", "b"];
        let index = NameIndex::new(names.into_iter()).unwrap();
        for (at, name) in names.iter().enumerate() {
            assert_eq!(index.find(name), Some((at, true)));
            assert_eq!(index.find(&name.to_ascii_uppercase()).map(|found| found.0), Some(at));
        }
        for name in ["", "user", "usernamE1", "ürn"] {
            assert_eq!(index.find(name), None);
        }
        assert_eq!(NameIndex::default().find("a"), None);
    }

    #[test]
    fn says_which_name_stands_twice() {
        assert_eq!(NameIndex::new(["a", "b", "A"].into_iter()).unwrap_err(), 2);
    }

    #[test]
    fn collisions_end() {
        let names: Vec<String> = (0..1000).map(|n| format!("a{n:06}z")).collect();
        let index = NameIndex::new(names.iter().map(String::as_str)).unwrap();
        assert_eq!(index.find("A000999Z"), Some((999, false)));
        assert_eq!(index.find("a00x999z"), None);
    }
}
