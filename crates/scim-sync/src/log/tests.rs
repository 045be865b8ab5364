//! Sinks in memory and in files.

use std::fs;
use std::io::Write as _;

use serde_json::json;

use super::*;
use crate::testing::{Scratch, record};

#[test]
fn memory_keeps_the_latest() {
    let log = MemoryLog::new(2);
    for change in ["1", "2", "3"] {
        log.clone().record(&record(change, "c", "success"));
    }
    let changes: Vec<_> = log.records().into_iter().map(|record| record.change_id).collect();
    assert_eq!(changes, ["2", "3"]);
    assert_eq!(log.take().len(), 2);
    assert_eq!(log.records(), []);

    let none = MemoryLog::new(0);
    none.record(&record("1", "c", "success"));
    assert_eq!(none.records(), []);
}

#[test]
fn a_tee_hands_over_to_all() {
    let (one, two) = (MemoryLog::default(), MemoryLog::default());
    let tee = Tee::new().and(one.clone()).and(Tee::new()).and(std::sync::Arc::new(two.clone()));
    tee.record(&record("1", "c", "success"));
    assert_eq!(one.records(), [record("1", "c", "success")]);
    assert_eq!(one.records(), two.records());
}

#[test]
fn json_lines_are_exact_and_obey_nobody() {
    let scratch = Scratch::new();
    let path = scratch.file("log.jsonl");
    let mut odd = record("2", "c", "failure");
    odd.reason = Some("a\nb\u{1b}[2J\u{9b}31m\u{202e}\u{7f}\u{2028}\"\\é💥".into());
    odd.modified_properties.push(ModifiedProperty {
        display_name: "x".into(),
        old_value: Some(json!({"a\u{85}": 1.5})),
        new_value: None,
    });
    JsonLinesLog::open(&path).unwrap().record(&record("1", "c", "success"));
    let log = JsonLinesLog::open(&path).unwrap();
    log.record(&odd);
    log.sync().unwrap();
    assert_eq!(log.lost(), 0);

    let text = fs::read_to_string(&path).unwrap();
    assert!(text.ends_with('\n'));
    assert!(!text.replace('\n', "").contains(char::is_control));
    assert!(!text.contains(['\u{202e}', '\u{2028}']));
    let read: Vec<LogRecord> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(read, [record("1", "c", "success"), odd]);
}

#[test]
fn a_torn_line_spoils_itself_only() {
    let scratch = Scratch::new();
    let path = scratch.file("log.jsonl");
    fs::write(&path, "{\"changeId\":\"half").unwrap();
    JsonLinesLog::open(&path).unwrap().record(&record("1", "c", "success"));
    let text = fs::read_to_string(&path).unwrap();
    let lines: Vec<_> = text.lines().collect();
    assert_eq!(lines.len(), 2);
    assert_eq!(lines[0], "{\"changeId\":\"half");
    assert_eq!(serde_json::from_str::<LogRecord>(lines[1]).unwrap(), record("1", "c", "success"));
}

#[cfg(target_os = "linux")]
#[test]
fn what_cannot_be_written_is_counted_and_the_job_goes_on() {
    let log = JsonLinesLog::open("/dev/full").unwrap();
    log.record(&record("1", "c", "success"));
    log.record(&record("2", "c", "success"));
    assert_eq!(log.lost(), 2);
    assert!(JsonLinesLog::open("/nowhere/log.jsonl").is_err());
}

#[test]
fn three_tables() {
    let scratch = Scratch::new();
    let directory = scratch.file("tables");
    CsvLog::open(&directory).unwrap().record(&record("1", "c", "success"));
    let mut plain = record("2", "c", "skipped");
    plain.target_identity = None;
    (plain.code, plain.reason, plain.recommended_action) = (None, None, None);
    plain.provisioning_steps.clear();
    plain.modified_properties = vec![ModifiedProperty {
        display_name: "emails".into(),
        old_value: Some(json!(null)),
        new_value: Some(json!([{"value": "a@b"}])),
    }];
    let log = CsvLog::open(&directory).unwrap();
    log.record(&plain);
    assert_eq!(log.lost(), 0);

    let read = |name: &str| fs::read_to_string(directory.join(name)).unwrap();
    assert_eq!(
        read("logs.csv"),
        "changeId,activityDateTime,jobId,cycleId,provisioningAction,status,code,reason,recommendedAction,durationInMilliseconds,sourceSystem,sourceId,sourceDisplayName,sourceType,targetSystem,targetId,targetDisplayName,targetType\n\
         1,2026-01-01T00:00:00.500Z,acme,c,update,success,EntryConflict,another resource has it,remove it,12,Contoso,u1,babs@contoso.com,user,Atlassian,2819c223,babs,user\n\
         2,2026-01-01T00:00:00.500Z,acme,c,update,skipped,,,,12,Contoso,u1,babs@contoso.com,user,Atlassian,,,\n"
    );
    assert_eq!(
        read("steps.csv"),
        "changeId,number,provisioningStepType,status,description,details\n\
         1,1,import,success,read,\n\
         1,2,scoping,success,in scope,Active in source system: true; Assigned to application: true\n"
    );
    assert_eq!(
        read("modified-properties.csv"),
        "changeId,displayName,oldValue,newValue\n\
         1,title,Guide,Senior Guide\n\
         2,emails,,\"[{\"\"value\"\":\"\"a@b\"\"}]\"\n"
    );
}

#[test]
fn cells_are_no_formulas() {
    let scratch = Scratch::new();
    let log = CsvLog::open(scratch.path()).unwrap();
    let table = [
        ("=1+1", "'=1+1"),
        ("+1", "'+1"),
        ("-1", "'-1"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\t=1", "' =1"),
        ("\r=1", "' =1"),
        ("\tname", "' name"),
        ("  =1", "'  =1"),
        ("\u{1b}=1", "'=1"),
        ("\u{ff1d}1", "'\u{ff1d}1"),
        ("=cmd|' /C calc'!A0", "'=cmd|' /C calc'!A0"),
        ("a=1", "a=1"),
        ("a\r\nb", "a  b"),
        ("a\u{0}\u{1b}[31mb\u{9b}c\u{202e}", "a[31mbc"),
        ("say \"hi\", Babs;", "say \"hi\", Babs;"),
        ("", ""),
    ];
    let mut record = record("1", "c", "success");
    record.modified_properties = table
        .iter()
        .map(|(text, _)| ModifiedProperty {
            display_name: (*text).into(),
            old_value: Some(json!(text)),
            new_value: Some(json!(-1)),
        })
        .collect();
    log.record(&record);

    let mut reader = ::csv::Reader::from_path(scratch.file("modified-properties.csv")).unwrap();
    let rows: Vec<::csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    assert_eq!(rows.len(), table.len());
    for (row, (text, cell)) in rows.iter().zip(table) {
        assert_eq!(row.iter().collect::<Vec<_>>(), ["1", cell, cell, "'-1"], "{text:?}");
    }
    // One row is one line, so that a part of one can be told.
    let text = fs::read_to_string(scratch.file("modified-properties.csv")).unwrap();
    assert_eq!(text.lines().count(), table.len() + 1);
}

#[test]
fn every_text_of_a_record_is_neutralised() {
    let scratch = Scratch::new();
    let mut record = serde_json::to_value(record("1", "c", "success")).unwrap();
    let texts = ["changeId", "jobId", "cycleId", "code", "reason", "recommendedAction"];
    for name in texts.into_iter().chain(["sourceSystem", "targetSystem"]) {
        record[name] = json!("=1\n");
    }
    for identity in ["sourceIdentity", "targetIdentity"] {
        (record[identity]["id"], record[identity]["displayName"]) = (json!("=1\n"), json!("=1\n"));
    }
    for step in record["provisioningSteps"].as_array_mut().unwrap() {
        step["description"] = json!("=1\n");
        step["details"] = json!([["=1\n", "=1\n"]]);
    }
    CsvLog::open(scratch.path()).unwrap().record(&serde_json::from_value(record).unwrap());
    for name in ["logs.csv", "steps.csv", "modified-properties.csv"] {
        let text = fs::read_to_string(scratch.file(name)).unwrap();
        assert!(!text.contains(",=") && !text.contains("\n=") && !text.contains("\"="), "{name}: {text}");
        assert!(text.contains("'=1"), "{name}: {text}");
    }
}

#[test]
fn a_table_is_cut_where_it_is_torn_and_left_alone_where_it_is_another_one() {
    let scratch = Scratch::new();
    let steps = scratch.file("steps.csv");
    CsvLog::open(scratch.path()).unwrap().record(&record("1", "c", "success"));
    let whole = fs::read_to_string(&steps).unwrap();
    let half = format!("2,1,import,success,\"half of a {}", "cell ".repeat(2_000));
    fs::OpenOptions::new().append(true).open(&steps).unwrap().write_all(half.as_bytes()).unwrap();
    CsvLog::open(scratch.path()).unwrap();
    assert_eq!(fs::read_to_string(&steps).unwrap(), whole);

    fs::write(&steps, "name,salary\nbabs,100").unwrap();
    let error = CsvLog::open(scratch.path()).unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::InvalidData);
    assert!(error.to_string().ends_with("steps.csv is another table"), "{error}");
    assert_eq!(fs::read_to_string(&steps).unwrap(), "name,salary\nbabs,100");
}

#[test]
fn secrets_are_masked_and_nothing_else() {
    for secret in [json!("x"), json!(""), json!(1), json!(true), json!(["x"]), json!({"value": "x"})] {
        assert_eq!(mask(secret.clone(), true), json!("[masked]"));
        assert_eq!(mask(secret.clone(), false), secret);
    }
}
