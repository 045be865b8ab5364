//! Finding the field of a typed value by its name, in any case, with one comparison for most names.

/// The places of up to 31 names, by a hash that does not look at case; worked out when compiling.
pub(crate) struct Table([u8; SIZE]);

const SIZE: usize = 64;
const EMPTY: u8 = u8::MAX;

impl Table {
    /// Places the names; at most half of the table is taken, so that every search ends soon.
    #[allow(clippy::indexing_slicing, reason = "const fn: the indices are bounded")]
    pub(crate) const fn new(names: &[&str]) -> Self {
        assert!(names.len() * 2 < SIZE, "more names than the table takes");
        let mut table = [EMPTY; SIZE];
        let mut at = 0;
        while at < names.len() {
            let mut place = hash(names[at].as_bytes());
            while table[place] != EMPTY {
                place = (place + 1) % SIZE;
            }
            #[allow(clippy::cast_possible_truncation, reason = "fewer than 32")]
            {
                table[place] = at as u8;
            }
            at += 1;
        }
        Self(table)
    }

    /// The place of a name.
    #[inline]
    pub(crate) fn find(&self, names: &[&str], name: &str) -> Option<u8> {
        let mut place = hash(name.as_bytes());
        loop {
            let at = *self.0.get(place)?;
            let known = names.get(usize::from(at))?;
            if known.len() == name.len() && (*known == name || known.eq_ignore_ascii_case(name)) {
                return Some(at);
            }
            place = (place + 1) % SIZE;
        }
    }
}

/// Length, first, middle and last letter.
#[inline]
#[allow(clippy::indexing_slicing, reason = "const fn: the name is not empty")]
const fn hash(name: &[u8]) -> usize {
    if name.is_empty() {
        return 0;
    }
    let letters = (name[0] | 0x20) as usize
        + ((name[name.len() / 2] | 0x20) as usize) * 5
        + ((name[name.len() - 1] | 0x20) as usize) * 11;
    (letters + name.len() * 3) % SIZE
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_each_name_in_any_case_and_no_other() {
        const NAMES: &[&str] =
            &["value", "display", "type", "primary", "$ref", "a", "b", "c", "x509Certificates"];
        const TABLE: Table = Table::new(NAMES);
        for (at, name) in NAMES.iter().enumerate() {
            assert_eq!(TABLE.find(NAMES, name).map(usize::from), Some(at));
            assert_eq!(TABLE.find(NAMES, &name.to_ascii_uppercase()).map(usize::from), Some(at));
        }
        for name in ["", "v", "valuE ", "valux", "typé", "d"] {
            assert_eq!(TABLE.find(NAMES, name), None, "{name}");
        }
    }
}
