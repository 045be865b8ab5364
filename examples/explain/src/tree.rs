//! Trees for people.

use scim_filter::{Filter, Path};

/// A filter as a tree of lines.
pub(crate) fn filter(filter: &Filter) -> String {
    node(filter).join("\n")
}

/// A path as a tree of lines.
pub(crate) fn path(path: &Path) -> String {
    let Some(inner) = &path.filter else { return format!("{}", path.attr) };
    let what = match &path.sub {
        Some(sub) => format!("{sub} of the elements of {}", path.attr),
        None => format!("the elements of {}", path.attr),
    };
    below(what, &[inner]).join("\n")
}

fn node(filter: &Filter) -> Vec<String> {
    match filter {
        Filter::And(all) => below("and".to_owned(), &all.iter().collect::<Vec<_>>()),
        Filter::Or(any) => below("or".to_owned(), &any.iter().collect::<Vec<_>>()),
        Filter::Not(inner) => below("not".to_owned(), &[inner]),
        Filter::ValuePath(path, inner) => below(format!("one element of {path}"), &[inner]),
        term => vec![term.to_string()],
    }
}

/// A line and the trees below it.
fn below(line: String, filters: &[&Filter]) -> Vec<String> {
    let mut lines = vec![line];
    for (at, filter) in filters.iter().enumerate() {
        let last = at + 1 == filters.len();
        for (at, line) in node(filter).into_iter().enumerate() {
            let start = match (at, last) {
                (0, false) => "├─ ",
                (0, true) => "└─ ",
                (_, false) => "│  ",
                (_, true) => "   ",
            };
            lines.push(format!("{start}{line}"));
        }
    }
    lines
}
