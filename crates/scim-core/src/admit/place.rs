//! Where in a document we are; written out only when there is something to say.

use std::fmt;

/// A place in a document, such as `emails[0].value`.
pub(super) enum Place<'a> {
    /// The path that the document itself stands at; empty for a whole resource.
    Root(&'a str),
    Member(&'a Place<'a>, &'a str),
    Element(&'a Place<'a>, usize),
}

impl Place<'_> {
    pub(super) const TOP: Place<'static> = Place::Root("");

    fn is_extension(&self) -> bool {
        matches!(self, Place::Member(Place::Root(""), name) if name.contains(':'))
    }
}

impl fmt::Display for Place<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Place::Root(path) => f.write_str(path),
            Place::Member(Place::Root(""), name) => f.write_str(name),
            Place::Member(parent, name) => {
                let separator = if parent.is_extension() { ':' } else { '.' };
                write!(f, "{parent}{separator}{name}")
            }
            Place::Element(parent, at) => write!(f, "{parent}[{at}]"),
        }
    }
}
