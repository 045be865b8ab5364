//! Every requirement has a test or a line in `testdata/known-differences.txt`, and neither names one that does not exist.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use scim_testing::corpus;

/// The lists of `testdata/rules` that are accounted for, and where their tests are.
const ENFORCED: &[(&str, &str)] = &[
    ("core", "tests/core_rules"),
    ("filter", "tests/filter_rules"),
    ("patch", "tests/patch_rules"),
    ("server", "tests/server_rules"),
];

/// The rules of a list.
fn rules(list: &str) -> BTreeSet<String> {
    let text = corpus::text(&format!("rules/{list}.txt"));
    let rules: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    let set: BTreeSet<String> = rules.iter().map(|rule| (*rule).to_owned()).collect();
    assert_eq!(set.len(), rules.len(), "rules/{list}.txt names a rule twice");
    set
}

/// The lines of the ledger: list, rule, reason.
fn differences(text: &str) -> Result<Vec<(String, String)>, String> {
    let mut lines = Vec::new();
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')) {
        let mut words = line.splitn(3, ' ');
        match (words.next(), words.next(), words.next()) {
            (Some(list), Some(rule), Some(reason)) if !reason.trim().is_empty() => {
                lines.push((list.to_owned(), rule.to_owned()));
            }
            _ => return Err(format!("not `list rule reason`: {line}")),
        }
    }
    Ok(lines)
}

/// The names of the tests in a Rust file.
fn tests_in(source: &str) -> Vec<String> {
    let mut names = Vec::new();
    let mut marked = false;
    for line in source.lines().map(str::trim) {
        if line == "#[test]" {
            marked = true;
        } else if let Some(rest) = line.strip_prefix("fn ") {
            if marked {
                names.push(rest.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect());
            }
            marked = false;
        } else if !line.starts_with("#[") && !line.starts_with("//") {
            marked = false;
        }
    }
    names
}

/// The rule that a test is named after: `r7643_2_1_02_names_start_with_a_letter` is of `R7643-2.1-02`.
fn rule_of(test: &str) -> Option<String> {
    let mut words = test.strip_prefix('r')?.split('_');
    let rfc = words.next()?;
    let mut numbers: Vec<&str> =
        words.take_while(|word| !word.is_empty() && word.bytes().all(|b| b.is_ascii_digit())).collect();
    let running = numbers.pop()?;
    let fits = rfc.len() == 4
        && rfc.bytes().all(|b| b.is_ascii_digit())
        && !numbers.is_empty()
        && running.len() == 2;
    fits.then(|| format!("R{rfc}-{}-{running}", numbers.join(".")))
}

/// The tests of a folder; every file of it has to be part of its `main.rs`.
fn tests_of(folder: &str) -> Vec<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let main = fs::read_to_string(folder.join("main.rs")).unwrap();
    let mut tests = Vec::new();
    for entry in fs::read_dir(&folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        assert!(
            name == "main" || main.lines().any(|line| line == format!("mod {name};")),
            "{} is not part of main.rs",
            path.display()
        );
        tests.extend(tests_in(&fs::read_to_string(&path).unwrap()));
    }
    tests
}

/// What is wrong with the books of one list.
fn audit(rules: &BTreeSet<String>, tests: &[String], ledger: &[String]) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut tested: BTreeMap<String, usize> = BTreeMap::new();
    for test in tests {
        match rule_of(test) {
            Some(rule) if rules.contains(&rule) => *tested.entry(rule).or_default() += 1,
            Some(rule) => wrong.push(format!("the test {test} is of {rule}, which is not in the list")),
            None => wrong.push(format!("the test {test} is named after no rule")),
        }
    }
    let mut excused = BTreeSet::new();
    for rule in ledger {
        if !rules.contains(rule) {
            wrong.push(format!("the ledger has {rule}, which is not in the list"));
        } else if tested.contains_key(rule) {
            wrong.push(format!("the ledger has {rule}, which has a test"));
        }
        if !excused.insert(rule) {
            wrong.push(format!("the ledger has {rule} twice"));
        }
    }
    for rule in rules {
        if !tested.contains_key(rule) && !excused.contains(rule) {
            wrong.push(format!("{rule} has neither a test nor a line in the ledger"));
        }
    }
    wrong
}

#[test]
fn every_rule_is_accounted_for() {
    let ledger = differences(&corpus::text("known-differences.txt")).unwrap();
    for (list, folder) in ENFORCED {
        let lines: Vec<String> =
            ledger.iter().filter(|(of, _)| of == list).map(|(_, rule)| rule.clone()).collect();
        let wrong = audit(&rules(list), &tests_of(folder), &lines);
        assert!(wrong.is_empty(), "{list}:\n{}", wrong.join("\n"));
    }
}

#[test]
fn the_ledger_names_lists_and_rules_that_exist() {
    for (list, rule) in differences(&corpus::text("known-differences.txt")).unwrap() {
        assert!(corpus::path(&format!("rules/{list}.txt")).is_file(), "there is no list {list}");
        assert!(rules(&list).contains(&rule), "{rule} is not in the list {list}");
    }
}

#[test]
fn a_rule_is_in_one_list() {
    let mut seen = BTreeMap::new();
    for file in corpus::files("rules") {
        let list = file.trim_start_matches("rules/").trim_end_matches(".txt").to_owned();
        for rule in rules(&list) {
            if let Some(other) = seen.insert(rule.clone(), list.clone()) {
                panic!("{rule} is in {other} and in {list}");
            }
        }
    }
}

#[test]
fn names_are_read_as_rules() {
    assert_eq!(rule_of("r7643_2_1_02_names_start_with_a_letter").as_deref(), Some("R7643-2.1-02"));
    assert_eq!(rule_of("r9865_4_03_pagination").as_deref(), Some("R9865-4-03"));
    assert_eq!(rule_of("r7644_3_4_2_5_02_lists").as_deref(), Some("R7644-3.4.2.5-02"));
    for other in ["names", "r7643_names", "r7643_02_names", "rfc7643_2_1_02", "r7643_2_1_names"] {
        assert_eq!(rule_of(other), None, "{other}");
    }
    assert_eq!(
        tests_in("#[test]\n// why\nfn a_b() {\n}\nfn c() {}\n#[test]\n#[should_panic]\n fn d() {}"),
        ["a_b", "d"]
    );
}

#[test]
fn the_audit_sees_what_is_wrong() {
    let rules: BTreeSet<String> = ["R7643-1-01", "R7643-1-02", "R7643-1-03"].map(str::to_owned).into();
    let list = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<String>>();
    assert!(
        audit(&rules, &list(&["r7643_1_01_a", "r7643_1_01_b", "r7643_1_02_c"]), &list(&["R7643-1-03"]))
            .is_empty()
    );
    assert_eq!(
        audit(
            &rules,
            &list(&["r7643_1_01_a", "r7643_9_01_b", "c"]),
            &list(&["R7643-1-01", "R7643-9-02", "R7643-9-02"])
        ),
        [
            "the test r7643_9_01_b is of R7643-9-01, which is not in the list",
            "the test c is named after no rule",
            "the ledger has R7643-1-01, which has a test",
            "the ledger has R7643-9-02, which is not in the list",
            "the ledger has R7643-9-02, which is not in the list",
            "the ledger has R7643-9-02 twice",
            "R7643-1-02 has neither a test nor a line in the ledger",
            "R7643-1-03 has neither a test nor a line in the ledger",
        ]
    );
    assert!(differences("core R7643-1-01").is_err());
    assert_eq!(
        differences("# a\n\ncore R7643-1-01 why not").unwrap(),
        [("core".to_owned(), "R7643-1-01".to_owned())]
    );
}
