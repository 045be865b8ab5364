//! Runs in which nothing goes wrong.

use provision::Ending;

use crate::support::{Place, keys, row, section};

#[tokio::test(flavor = "multi_thread")]
async fn a_company_is_provisioned_and_kept_true() {
    let place = Place::new();
    let text = place.play(&[]).await.ends(Ending::Good);
    assert!(section(&text, "Target").contains("the target works"), "{text}");

    let initial = section(&text, "Initial cycle");
    assert_eq!(row(initial, "created"), Some([60, 7]), "{text}");
    // Switched off, without a role, without one that counts, in the bin; and the group without a role.
    assert_eq!(row(initial, "skipped"), Some([4, 1]), "{text}");
    // The name of another one, and a domain that is not verified.
    assert_eq!(row(initial, "failed"), Some([2, 0]), "{text}");
    assert_eq!(row(initial, "manager set"), Some([59, 0]), "{text}");
    assert!(initial.contains("it is not effectively entitled") && initial.contains("DuplicateSourceEntries"));
    // 60 in everyone, three teams of ten, two teams and one user under the umbrella, chicken and egg.
    assert!(initial.contains("95 members added to groups"), "{initial}");

    let (planned, done) = (section(&text, "Day two"), section(&text, "Incremental cycle"));
    for (name, expected) in [("updated", [2, 1]), ("disabled", [1, 0]), ("deleted", [1, 1])] {
        assert_eq!(row(planned, name), Some(expected), "{name} in\n{planned}");
        assert_eq!(row(done, name), Some(expected), "{name} in\n{done}");
    }
    // Who was refused on the first day is tried once more, and nobody can know before that it is in vain.
    assert_eq!((row(planned, "created"), row(planned, "failed")), (Some([3, 0]), Some([1, 0])), "{planned}");
    assert_eq!((row(done, "created"), row(done, "failed")), (Some([2, 0]), Some([2, 0])), "{done}");
    let silent = section(&text, "One more cycle");
    assert!(silent.contains("\n  nothing\n") && silent.contains("requests: none"), "{silent}");
    assert!(text.contains("Verdict: good."), "{text}");
    // 60 at first, two more, one less, one closed.
    assert!(text.contains("  60 users, 6 groups, "), "{text}");

    let key = keys(&text);
    assert_eq!(key.len(), 1, "the key is shown once\n{text}");
    assert!(!text.contains('\u{1b}'), "what a terminal obeys came through");
    for file in ["log.jsonl", "tables/logs.csv", "tables/steps.csv", "tables/modified-properties.csv"] {
        let log = std::fs::read_to_string(place.path("run").join(file)).unwrap();
        assert!(log.lines().count() > 60 && !log.contains(&key[0]) && !log.contains('\u{1b}'), "{file}");
        assert!(!log.contains(",=Given"), "{file} has a formula");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_run_goes_on_with_another_key() {
    let place = Place::new();
    let first = place.play(&[]).await.ends(Ending::Good);
    let second = place.play(&[]).await.ends(Ending::Good);
    let cycle = section(&second, "The first cycle of this run");
    assert_eq!(
        (row(cycle, "created"), row(cycle, "updated"), row(cycle, "deleted")),
        (None, None, None),
        "{second}"
    );
    assert!(!second.contains("Day two"), "{second}");
    assert_ne!(keys(&first), keys(&second));
}

#[tokio::test(flavor = "multi_thread")]
async fn other_rules_and_dialects() {
    for (rules, dialect) in [("atlassian", "entra"), ("scim", "rfc"), ("scim", "okta")] {
        let text = Place::new().play(&["--rules", rules, "--dialect", dialect]).await.ends(Ending::Good);
        assert!(section(&text, "One more cycle").contains("requests: none"), "{rules} {dialect}\n{text}");
    }
    let place = Place::new();
    let file = place.path("rules.json");
    let mut rules = scim_sync::Rules::entra_to_atlassian();
    rules.groups.enabled = false;
    std::fs::write(&file, serde_json::to_string(&rules).unwrap()).unwrap();
    let text = place.play(&["--rules", file.to_str().unwrap()]).await.ends(Ending::Good);
    assert_eq!(row(section(&text, "Initial cycle"), "created"), Some([60, 0]), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn one_object_on_demand_with_five_steps() {
    let place = Place::new();
    let text = place.play(&["--on-demand", "USER7@tiny.example"]).await.ends(Ending::Good);
    let shown = section(&text, "user user7@tiny.example");
    let steps: Vec<&str> =
        shown.lines().filter(|line| line.starts_with("  ") && line.as_bytes()[3] == b'.').collect();
    let begins = [
        "1. Test connection: it works",
        "2. Import: success",
        "3. Determine scope: success",
        "4. Match: success",
    ];
    for begin in begins {
        assert!(steps.iter().any(|step| step.trim_start().starts_with(begin)), "{begin} in\n{shown}");
    }
    assert!(shown.contains("5. Action: success, it was created"), "{shown}");
    assert!(
        shown.contains("Assigned to application: true")
            && shown.contains("title: nothing becomes \"Title 7\"")
    );

    let group = ["--on-demand", "red", "--member", "id-1", "--member", "user7@tiny.example"];
    let text = place.play(&group).await.ends(Ending::Good);
    assert!(section(&text, "user user1@tiny.example").contains("it was created"), "{text}");
    assert!(
        section(&text, "user user7@tiny.example")
            .contains("5. Action: skipped, target and source are the same")
    );
    assert!(section(&text, "group The red").contains("it was created"), "{text}");
    assert!(text.contains("its members were written") && text.contains("added: 2"), "{text}");

    let text = place.play(&["--on-demand", "id-63"]).await.ends(Ending::Bad);
    assert!(text.contains("4. Match: failure") && text.contains("what to do:"), "{text}");
    let nobody = place.play(&["--on-demand", "nobody"]).await;
    assert_eq!(nobody.ending.unwrap_err().to_string(), "the company has nobody and no group `nobody`");
}
