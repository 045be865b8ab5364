use chrono::TimeDelta;
use scim_core::ScimType;

use super::*;

fn seal() -> Seal {
    Seal::new(CursorKey::new([7; 32]))
}

fn noon() -> DateTime<Utc> {
    DateTime::from_timestamp(1_700_000_000, 123_456_789).unwrap()
}

fn tenant(name: &str) -> TenantId {
    TenantId::new(name).unwrap()
}

fn cursor(text: &str) -> Cursor {
    text.parse().unwrap()
}

fn binding(tenant: &TenantId) -> Binding<'_> {
    Binding {
        tenant,
        target: "User",
        filter: Some("active eq true"),
        sort: Some(("userName", SortOrder::Ascending)),
        subject: Some("entra"),
    }
}

fn is_invalid(answer: Result<Cursor, ScimError>) -> bool {
    answer.is_err_and(|error| error.scim_type() == Some(&ScimType::InvalidCursor) && error.status() == 400)
}

#[test]
fn what_was_sealed_is_opened() {
    let acme = tenant("acme");
    for inner in ["7", "after.bjensen_2~-", &"x".repeat(MAX_INNER)] {
        let sealed = seal().seal(&cursor(inner), &binding(&acme), noon()).unwrap();
        assert!(sealed.as_str().len() <= MAX_LEN);
        assert_eq!(seal().open(&sealed, &binding(&acme), noon()).unwrap().as_str(), inner);
    }
    let error = seal().seal(&cursor(&"x".repeat(MAX_INNER + 1)), &binding(&acme), noon()).unwrap_err();
    assert_eq!(error.to_string(), "500: internal error");
}

#[test]
fn r9865_5_2_a_cursor_is_good_for_its_own_query_only() {
    let (acme, other) = (tenant("acme"), tenant("other"));
    let own = binding(&acme);
    let foreign = [
        Binding { tenant: &other, ..own },
        Binding { target: "Group", ..own },
        Binding { filter: Some("active eq false"), ..own },
        Binding { filter: Some(""), ..own },
        Binding { filter: None, ..own },
        Binding { sort: Some(("title", SortOrder::Ascending)), ..own },
        Binding { sort: Some(("userName", SortOrder::Descending)), ..own },
        Binding { sort: None, ..own },
        Binding { subject: Some("okta"), ..own },
        Binding { subject: Some(""), ..own },
        Binding { subject: None, ..own },
        // What ends one text may not begin the next.
        Binding { target: "Usera", filter: Some("ctive eq true"), ..own },
    ];
    let sealed = seal().seal(&cursor("7"), &own, noon()).unwrap();
    assert!(seal().open(&sealed, &own, noon()).is_ok());
    for binding in foreign {
        assert!(is_invalid(seal().open(&sealed, &binding, noon())), "{binding:?}");
        let theirs = seal().seal(&cursor("7"), &binding, noon()).unwrap();
        assert!(is_invalid(seal().open(&theirs, &own, noon())), "{binding:?}");
    }
    assert!(is_invalid(Seal::new(CursorKey::new([8; 32])).open(&sealed, &own, noon())));
}

#[test]
fn r9865_2_1_what_was_tampered_with_is_no_cursor() {
    let acme = tenant("acme");
    let sealed = seal().seal(&cursor("after-bjensen"), &binding(&acme), noon()).unwrap();
    let text = sealed.as_str();
    for at in 0..text.len() {
        for byte in *b"AQgw_-.~" {
            let mut changed = text.as_bytes().to_vec();
            changed[at] = byte;
            if changed != text.as_bytes() {
                let changed = cursor(std::str::from_utf8(&changed).unwrap());
                assert!(is_invalid(seal().open(&changed, &binding(&acme), noon())), "{at}");
            }
        }
        if at > 0 {
            let (front, back) = text.split_at(at);
            assert!(is_invalid(seal().open(&cursor(front), &binding(&acme), noon())), "{at}");
            assert!(is_invalid(seal().open(&cursor(back), &binding(&acme), noon())), "{at}");
        }
    }
    // Every bit of the bytes below, too.
    let bytes = URL_SAFE_NO_PAD.decode(text).unwrap();
    for bit in 0..bytes.len() * 8 {
        let mut changed = bytes.clone();
        changed[bit / 8] ^= 1 << (bit % 8);
        let changed = cursor(&URL_SAFE_NO_PAD.encode(changed));
        assert!(is_invalid(seal().open(&changed, &binding(&acme), noon())), "{bit}");
    }
    let long = text.repeat(100);
    for garbage in ["x", "~~~~", "7", "after-bjensen", &"A".repeat(55), &format!("{text}A"), &long] {
        assert!(is_invalid(seal().open(&cursor(garbage), &binding(&acme), noon())), "{garbage:.60}");
    }
}

#[test]
fn r9865_2_1_a_cursor_expires() {
    let acme = tenant("acme");
    let seal = seal().with_timeout(Duration::from_secs(60));
    let sealed = seal.seal(&cursor("7"), &binding(&acme), noon()).unwrap();
    let after = |age: TimeDelta| seal.open(&sealed, &binding(&acme), noon() + age);
    assert!(after(TimeDelta::seconds(60)).is_ok());
    let error = after(TimeDelta::milliseconds(60_001)).unwrap_err();
    assert_eq!(error.scim_type(), Some(&ScimType::ExpiredCursor));
    // One that is not ours does not tell its age.
    let late = noon() + TimeDelta::days(1);
    assert!(is_invalid(Seal::new(CursorKey::new([8; 32])).open(&sealed, &binding(&acme), late)));
    assert!(after(TimeDelta::minutes(-5)).is_ok());
    assert!(is_invalid(after(TimeDelta::milliseconds(-300_001))));
    // No arithmetic goes astray at the ends of time.
    let long = seal.clone().with_timeout(Duration::MAX);
    assert!(long.open(&sealed, &binding(&acme), DateTime::<Utc>::MAX_UTC).is_ok());
    assert!(is_invalid(long.open(&sealed, &binding(&acme), DateTime::<Utc>::MIN_UTC)));
    assert_eq!(Seal::new(CursorKey::new([7; 32])).timeout(), Duration::from_secs(3600));
}

#[test]
fn a_later_version_is_refused() {
    let acme = tenant("acme");
    let mut sealed = vec![VERSION + 1];
    sealed.extend(noon().timestamp_millis().to_be_bytes());
    let mac = seal().mac(&sealed, &binding(&acme), b"7").finalize().into_bytes();
    sealed.extend_from_slice(&mac);
    sealed.push(b'7');
    let sealed = cursor(&URL_SAFE_NO_PAD.encode(sealed));
    assert!(is_invalid(seal().open(&sealed, &binding(&acme), noon())));
}

#[test]
fn a_cursor_is_what_it_was_in_other_versions() {
    // Worked out with Python's hmac: processes of two versions share a key while one takes the place of the other.
    let acme = tenant("acme");
    let sealed = seal().seal(&cursor("7"), &binding(&acme), noon()).unwrap();
    let expected = "AQAAAYvP5Wh7_jaxHF60sMMx7NveTiT3wXvX3FX9r_gmpzju2UA2OhM3";
    assert_eq!(sealed.as_str(), expected);
}

#[test]
fn sec_s08_an_empty_key_is_refused() {
    let error = |text: &str| CursorKey::from_text(text).unwrap_err().to_string();
    let zeros = STANDARD.encode([0; 32]);
    for text in ["", "  ", "secret", &STANDARD.encode([7; 31]), &STANDARD.encode([7; 33]), &zeros] {
        assert!(CursorKey::from_text(text).is_err(), "{text}");
    }
    assert_eq!(error(&zeros), "the key is all zeros");
    for text in [STANDARD.encode([251; 32]), URL_SAFE.encode([251; 32]), URL_SAFE_NO_PAD.encode([251; 32])] {
        assert_eq!(CursorKey::from_text(&format!(" {text}\n")).unwrap().0, [251; 32]);
    }
    assert_ne!(CursorKey::generate().unwrap().0, CursorKey::generate().unwrap().0);
}

#[test]
fn sec_s25_debug_shows_no_key() {
    let shown = format!("{:?} {:?}", CursorKey::new([77; 32]), Seal::new(CursorKey::new([77; 32])));
    assert!(!shown.contains("77"), "{shown}");
}

#[test]
fn messages() {
    let acme = tenant("acme");
    let sealed = seal().seal(&cursor("7"), &binding(&acme), noon()).unwrap();
    let invalid = seal().open(&cursor("bjensen"), &binding(&acme), noon()).unwrap_err();
    let expired = seal().open(&sealed, &binding(&acme), noon() + TimeDelta::hours(2)).unwrap_err();
    insta::assert_snapshot!(format!("{invalid}\n{expired}"), @r"
    400 invalidCursor: the cursor does not belong to this query
    400 expiredCursor: the cursor has expired: start with the first page again
    ");
}
