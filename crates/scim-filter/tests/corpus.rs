//! The filters and paths of `scim-testing/testdata`: what has to be read, and as what; what has to be refused, and where.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "helpers of tests")]

use std::fs;
use std::path::{Path as FilePath, PathBuf};

use scim_core::ScimError;
use scim_filter::{Filter, FilterError, Path};

#[test]
fn good_filters_have_the_tree_that_the_grammar_gives() {
    let mut seen = 0;
    for file in files("filters/ok") {
        for (text, expected) in cases(&file) {
            let filter: Filter = text.parse().unwrap_or_else(|error| panic!("{text}: {error}"));
            assert_eq!(prefix(&filter), expected.trim(), "{text}");
            let shown = filter.to_string();
            assert_eq!(shown.parse::<Filter>().as_ref(), Ok(&filter), "{text} -> {shown}");
            seen += 1;
        }
    }
    assert!(seen >= 130, "{seen} cases");
}

#[test]
fn bad_filters_are_refused_where_they_go_wrong() {
    for file in files("filters/err") {
        let said = refuse::<Filter>(&file);
        let name = format!("filters_err_{}", file.file_stem().unwrap().to_str().unwrap());
        insta::assert_snapshot!(name, said);
    }
}

#[test]
fn good_paths_have_the_parts_that_the_grammar_gives() {
    for (text, expected) in cases(&testdata().join("paths/ok.txt")) {
        let path: Path = text.parse().unwrap_or_else(|error| panic!("{text}: {error}"));
        assert_eq!(path_prefix(&path), expected.trim(), "{text}");
        assert_eq!(path.to_string().parse::<Path>().as_ref(), Ok(&path), "{text}");
    }
}

#[test]
fn bad_paths_are_refused_where_they_go_wrong() {
    insta::assert_snapshot!("paths_err", refuse::<Path>(&testdata().join("paths/err.txt")));
}

/// Checks that each text of a file is refused at its mark, and returns what was said.
fn refuse<T: std::str::FromStr<Err = FilterError>>(file: &FilePath) -> String {
    let mut said = String::new();
    for (text, mark) in cases(file) {
        let Err(error) = text.parse::<T>() else { panic!("accepted: {text}") };
        let column = mark.find('^').unwrap();
        let expected = text.char_indices().nth(column).map_or(text.len(), |(at, _)| at);
        assert_eq!(error.position(), Some(expected), "{text:?}: {error}");
        let scim = ScimError::from(error.clone());
        assert_eq!(scim.status(), 400);
        said += &format!("{}\n{} | {}\n\n", error.caret().unwrap(), scim.scim_type().unwrap(), error);
    }
    said
}

/// The pairs of lines of a file.
fn cases(file: &FilePath) -> Vec<(String, String)> {
    let text = fs::read_to_string(file).unwrap();
    let lines: Vec<&str> = text.lines().filter(|line| !line.is_empty() && !line.starts_with('#')).collect();
    assert_eq!(lines.len() % 2, 0, "{}", file.display());
    lines.chunks(2).map(|pair| (pair[0].replace('·', " ").replace('→', "\t"), pair[1].to_owned())).collect()
}

fn files(folder: &str) -> Vec<PathBuf> {
    let folder = testdata().join(folder);
    let mut files: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
}

fn testdata() -> PathBuf {
    FilePath::new(env!("CARGO_MANIFEST_DIR")).join("../scim-testing/testdata")
}

/// The tree in prefix form.
fn prefix(filter: &Filter) -> String {
    let list = |list: &[Filter]| list.iter().map(prefix).collect::<Vec<_>>().join(" ");
    match filter {
        Filter::And(all) => format!("(and {})", list(all)),
        Filter::Or(any) => format!("(or {})", list(any)),
        Filter::Not(inner) => format!("(not {})", prefix(inner)),
        Filter::Present(path) => format!("(pr {path})"),
        Filter::Compare(path, op, value) => format!("({op} {path} {value})"),
        Filter::ValuePath(path, inner) => format!("(where {path} {})", prefix(inner)),
    }
}

fn path_prefix(path: &Path) -> String {
    let filter = path.filter.as_ref().map(|filter| format!(" {}", prefix(filter))).unwrap_or_default();
    let sub = path.sub.as_ref().map(|sub| format!(" {sub}")).unwrap_or_default();
    format!("(path {}{filter}{sub})", path.attr)
}
