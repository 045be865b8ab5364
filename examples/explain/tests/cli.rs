//! The tool as it is called.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "helpers of tests")]

use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Output, Stdio};

fn explain(arguments: &[&str], input: &str) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_explain"))
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    // A run that reads nothing may be gone before everything is written.
    let _ = stdin.write_all(input.as_bytes());
    drop(stdin);
    child.wait_with_output().unwrap()
}

fn says(arguments: &[&str], code: i32) -> String {
    let output = explain(arguments, "");
    assert_eq!(output.status.code(), Some(code), "{output:?}");
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn a_filter_is_shown_as_a_tree() {
    let text = r#"title pr and (userType eq "Employee" or emails[type eq "work"])"#;
    assert_eq!(
        says(&["filter", text], 0),
        "\
title pr and (userType eq \"Employee\" or emails[type eq \"work\"])

and
├─ title pr
└─ or
   ├─ userType eq \"Employee\"
   └─ one element of emails
      └─ type eq \"work\"
"
    );
}

#[test]
fn a_mistake_is_shown_with_its_place() {
    assert_eq!(
        says(&["filter", "userName is \"bjensen\""], 1),
        "\
userName is \"bjensen\"
         ^
`is` is not an operator, at byte 9
expected an operator: `pr`, `eq`, `ne`, `co`, `sw`, `ew`, `gt`, `ge`, `lt` or `le`
"
    );
}

#[test]
fn a_path_is_shown_too_and_leniency_has_to_be_asked_for() {
    assert_eq!(
        says(&["path", r#"emails[type eq "work"].value"#], 0),
        "emails[type eq \"work\"].value\n\nvalue of the elements of emails\n└─ type eq \"work\"\n"
    );
    let text = r#"emails[type eq "work"].value eq "x""#;
    assert!(says(&["filter", text], 1).contains("belongs inside of the brackets"));
    assert!(says(&["filter", "--lenient", text], 0).contains("not of the grammar: ENT-23"));
}

#[test]
fn batches_are_answered_line_by_line() {
    let input = r#""title pr"
"not (a eq 12345678901234567890.10 or b[c ne null]) and d sw \"\\\"é\\n\""
"userName is \"x\""

not json
"\ud800"
""
"#;
    let output = explain(&["filter", "--json"], input);
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(
        String::from_utf8(output.stdout).unwrap(),
        r#"{"ok":true,"text":"title pr","tree":{"path":"title","op":"pr"}}
{"ok":true,"text":"not (a eq 12345678901234567890.10 or b[c ne null]) and d sw \"\\\"é\\n\"","tree":{"and":[{"not":{"or":[{"path":"a","op":"eq","value":12345678901234567890.10},{"path":"b","where":{"path":"c","op":"ne","value":null}}]}},{"path":"d","op":"sw","value":"\"é\n"}]}}
{"ok":false,"error":{"position":9,"message":"`is` is not an operator, at byte 9","scimType":"invalidFilter"}}
{"ok":false,"error":{"position":0,"message":"the line is not a JSON string","scimType":"invalidSyntax"}}
{"ok":false,"error":{"position":0,"message":"the line is not a JSON string","scimType":"invalidSyntax"}}
{"ok":false,"error":{"position":0,"message":"the line is not a JSON string","scimType":"invalidSyntax"}}
{"ok":false,"error":{"position":0,"message":"the filter is empty","scimType":"invalidFilter"}}
"#
    );
    let paths = "\"userName\"\n\"emails[type eq \\\"work\\\"].value\"\n\"a[b]\"\n\"a b\"\n";
    let output = explain(&["path", "--json"], paths);
    assert_eq!(
        String::from_utf8(output.stdout).unwrap(),
        r#"{"ok":true,"text":"userName","tree":{"path":"userName"}}
{"ok":true,"text":"emails[type eq \"work\"].value","tree":{"path":"emails","where":{"path":"type","op":"eq","value":"work"},"sub":"value"}}
{"ok":false,"error":{"position":3,"message":"expected a blank and an operator, found `]`, at byte 3","scimType":"invalidFilter"}}
{"ok":false,"error":{"position":1,"message":"expected `.`, `[` or the end of the path, found ` `, at byte 1","scimType":"invalidPath"}}
"#
    );
}

#[test]
fn a_match_says_which_term_decided() {
    let testdata = concat!(env!("CARGO_MANIFEST_DIR"), "/../../crates/scim-testing/testdata/rfc7643");
    let user = format!("{testdata}/8.2-user-full.json");
    let matches = |text: &str, code| says(&["match", "--resource", &user, text], code);
    assert_eq!(
        matches(r#"active eq true and (title eq "x" or userName sw "BJ")"#, 0),
        "true, decided by\n  active eq true is true\n  userName sw \"BJ\" is true\n"
    );
    assert_eq!(
        matches(r#"active eq true and not (title pr) and nickName eq "x""#, 1),
        "false, decided by\n  title pr is true\n"
    );
    assert!(matches("emails co \"example\"", 0).contains("warning: `emails` is complex"));
    assert_eq!(
        matches("shoeSize eq 9", 1),
        "400 invalidFilter: `shoeSize` is not an attribute of this resource type\n"
    );
    let group = format!("{testdata}/8.4-group.json");
    assert!(says(&["match", "--resource", &group, "members[type eq \"User\"]"], 1).starts_with("false"));
    assert!(says(&["match", "--resource", "nowhere.json", "title pr"], 1).contains("nowhere.json"));
}

#[test]
fn nonsense_is_answered_with_the_usage() {
    for arguments in [
        &[][..],
        &["filter"],
        &["explode", "x"],
        &["filter", "a", "b"],
        &["match", "x"],
        &["path", "--json", "x"],
    ] {
        let output = explain(arguments, "");
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(String::from_utf8(output.stderr).unwrap().starts_with("usage: explain filter"));
    }
}

#[test]
fn a_patch_is_shown_as_it_was_understood() {
    let folder = std::env::temp_dir().join(format!("explain-patch-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let file = |name: &str, text: &str| {
        let path = folder.join(name);
        std::fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let patch = file(
        "patch.json",
        r#"{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[{"op":"Replace","path":"active","value":"False"}]}"#,
    );
    let user = file(
        "user.json",
        r#"{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"a","active":true}"#,
    );
    assert_eq!(
        says(&["patch", "--resource", &user, &patch], 0),
        "\
received
  {\"op\":\"Replace\",\"path\":\"active\",\"value\":\"False\"}

understood as
  1. {\"op\":\"replace\",\"path\":\"active\",\"value\":false}

tolerated
  ENT-01 at `Operations[0].op`: operation name in another case
  ENT-02 at `active`: boolean sent as a string

changed
  active

result
{
  \"active\": false,
  \"schemas\": [
    \"urn:ietf:params:scim:schemas:core:2.0:User\"
  ],
  \"userName\": \"a\"
}
"
    );
    let refused = says(&["patch", "--profile", "rfc", &patch], 1);
    assert!(
        refused.ends_with(
            "refused\n  400 invalidSyntax: operation 1: `Replace` is not an operation: `add`, `remove` or `replace`\n"
        ),
        "{refused}"
    );
    let schema = file(
        "schema.json",
        r#"{"id":"urn:example:badge:1.0:User","name":"Badge","attributes":[{"name":"badge","type":"string"}]}"#,
    );
    let input = r#"{"resource":{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"a"},"patch":{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[{"op":"add","path":"urn:example:badge:1.0:User:badge","value":"7"}]}}
{"resource":{"schemas":["urn:ietf:params:scim:schemas:core:2.0:Group"],"displayName":"g"},"patch":{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[{"op":"Remove","path":"members","value":[]}]}}
{"patch":{}}
[
"#;
    let output = explain(&["patch", "--json", "--schema", &schema], input);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert_eq!(
        String::from_utf8(output.stdout).unwrap(),
        r#"{"ok":true,"resource":{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User","urn:example:badge:1.0:User"],"urn:example:badge:1.0:User":{"badge":"7"},"userName":"a"},"changed":["urn:example:badge:1.0:User:badge","schemas"],"deviations":[]}
{"ok":false,"error":{"schemas":["urn:ietf:params:scim:api:messages:2.0:Error"],"scimType":"invalidValue","detail":"operation 1: the elements of `members` to remove are not listed","status":"400"}}
{"ok":false,"error":{"schemas":["urn:ietf:params:scim:api:messages:2.0:Error"],"scimType":"invalidSyntax","detail":"the line has no `resource`","status":"400"}}
{"ok":false,"error":{"schemas":["urn:ietf:params:scim:api:messages:2.0:Error"],"scimType":"invalidSyntax","detail":"EOF while parsing a list at line 1 column 1","status":"400"}}
"#
    );
    std::fs::remove_dir_all(folder).unwrap();
}

#[test]
fn a_line_is_answered_before_the_next_is_sent() {
    let mut child = Command::new(env!("CARGO_BIN_EXE_explain"))
        .args(["filter", "--json"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let mut answers = BufReader::new(child.stdout.take().unwrap()).lines();
    for (line, starts) in
        [("\"title pr\"", "{\"ok\":true"), ("", "{\"ok\":false"), ("\"x\"", "{\"ok\":false")]
    {
        writeln!(stdin, "{line}").unwrap();
        // Without an answer, this would wait forever.
        assert!(answers.next().unwrap().unwrap().starts_with(starts), "{line}");
    }
    drop(stdin);
    assert!(answers.next().is_none());
    assert!(child.wait().unwrap().success());
}

#[test]
fn a_tree_is_read_by_any_parser_up_to_24_parentheses() {
    for (depth, fits) in [(24, true), (25, false)] {
        let unit = "not (x pr or y pr and ";
        let filter = format!("a pr or b pr and {}z pr{}", unit.repeat(depth), ")".repeat(depth));
        let output = explain(&["filter", "--json"], &format!("\"{filter}\"\n"));
        let read = serde_json::from_slice::<serde_json::Value>(&output.stdout);
        assert!(output.stdout.starts_with(b"{\"ok\":true"));
        assert_eq!(read.is_ok(), fits, "{depth}");
    }
}

#[test]
fn nothing_that_a_terminal_obeys_is_printed() {
    let evil = "\u{9b}31m\u{202e}\u{200b}\u{7f}\u{e0041}é e\u{301}";
    for (arguments, code) in [
        (&["filter", &format!("title eq \"{evil}\"")][..], 0),
        (&["filter", &format!("title eq \"{evil}\" x")], 1),
        (&["filter", &format!("{evil} pr")], 1),
        (&["filter", &format!("title eq \"\u{1b}[31m{evil}")], 1),
        (&["path", &format!("emails[type eq \"{evil}\"].value")], 0),
        (&["match", "--resource", evil, "title pr"], 1),
    ] {
        let said = says(arguments, code);
        let raw = ['\u{9b}', '\u{1b}', '\u{7f}', '\u{202e}', '\u{200b}', '\u{e0041}'];
        assert!(!said.contains(raw), "{said:?}");
    }
    let shown = says(&["filter", &format!("title eq \"{evil}\"")], 0);
    let line = shown.lines().next().unwrap();
    assert_eq!(line, "title eq \"\\u009b31m\\u202e\\u200b\\u007f\\udb40\\udc41é e\u{301}\"");
    assert_eq!(says(&["filter", line], 0), shown);
}

#[test]
fn ent13_a_match_may_be_lenient_and_says_so() {
    let file = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../crates/scim-testing/testdata/rfc7643/8.3-user-enterprise.json"
    );
    let filter =
        "manager eq \"26118915-6090-4610-87e4-49d8ca9f808d\" and emails[type eq \"work\"].value ew \"com\"";
    let lenient = says(&["match", "--lenient", "--resource", file, filter], 0);
    assert!(lenient.contains("not of the grammar: ENT-13 at `manager`"), "{lenient}");
    assert!(lenient.contains("not of the grammar: ENT-23 at `emails.value`"), "{lenient}");
    let strict = says(&["match", "--resource", file, "manager pr"], 1);
    assert_eq!(strict, "400 invalidFilter: `manager` is not an attribute of this resource type\n");
}

#[cfg(unix)]
#[test]
fn an_argument_that_is_not_utf8_is_refused() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;

    let not_utf8 = OsStr::from_bytes(b"title eq \"\xff\"");
    for arguments in [&[OsStr::new("filter"), not_utf8][..], &[not_utf8]] {
        let output = Command::new(env!("CARGO_BIN_EXE_explain")).args(arguments).output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{output:?}");
        assert!(String::from_utf8(output.stderr).unwrap().starts_with("an argument is not UTF-8\nusage:"));
    }
}
