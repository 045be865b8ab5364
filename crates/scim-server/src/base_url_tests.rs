use super::*;

fn tenant(name: &str) -> TenantId {
    TenantId::new(name).unwrap()
}

fn one() -> BaseUrl {
    BaseUrl::new("https://app.example/scim/v2").unwrap()
}

fn many() -> BaseUrl {
    BaseUrl::per_tenant("https://app.example/scim/directory/{tenant}").unwrap()
}

#[test]
fn what_is_a_base_url() {
    for (text, expected) in [
        ("https://app.example/scim/v2", "https://app.example/scim/v2"),
        ("https://app.example/scim/v2/", "https://app.example/scim/v2"),
        ("https://app.example", "https://app.example"),
        ("https://app.example/", "https://app.example"),
        ("http://localhost:8080/scim", "http://localhost:8080/scim"),
        ("HTTPS://App.Example:443/Scim", "https://app.example/Scim"),
        ("http://[::1]:8080/scim", "http://[::1]:8080/scim"),
        ("https://app.example/a%20b/caf\u{e9}", "https://app.example/a%20b/caf%C3%A9"),
        ("https://app.example/@team/scim", "https://app.example/@team/scim"),
    ] {
        assert_eq!(BaseUrl::new(text).unwrap().to_string(), expected, "{text}");
        let per_tenant = format!("{}/{{tenant}}", text.trim_end_matches('/'));
        assert_eq!(BaseUrl::per_tenant(&per_tenant).unwrap().to_string(), format!("{expected}/{{tenant}}"));
    }
    assert_eq!(many(), BaseUrl::per_tenant("https://app.example/scim/directory/{tenant}/").unwrap());
}

#[test]
fn what_is_none() {
    let refused = [
        "",
        "/scim/v2",
        "app.example/scim",
        "https://",
        "https:app.example",
        "ftp://app.example/scim",
        "https://app.example/scim?x=1",
        "https://app.example/scim#x",
        "https://app.example/scim?",
        "https://me:secret@app.example/scim",
        "https://app.example/a/../scim",
        "https://app.example/a/%2e%2E/scim",
        "https://app.example//scim",
        "https://app.example/scim//",
        "https://app.example/a%zzb",
        "https://app.example/a b",
        " https://app.example/a",
        "https://app.example\\scim",
        "https://app.example/{tenant}",
    ];
    let mut messages: Vec<String> =
        refused.iter().map(|text| BaseUrl::new(text).unwrap_err().to_string()).collect();
    let refused = [
        "https://app.example/scim",
        "https://app.example/{tenant}/scim",
        "https://app.example/t-{tenant}",
        "https://app.example/{tenant}/{tenant}",
        "https://{tenant}",
        "https://app.example/scim?t=/{tenant}",
        "https://app.example/scim//{tenant}",
        "{tenant}",
    ];
    messages.extend(refused.iter().map(|text| BaseUrl::per_tenant(text).unwrap_err().to_string()));
    insta::assert_snapshot!(messages.join("\n"), @r"
    `` is no base URL: it is not an absolute URL
    `/scim/v2` is no base URL: it is not an absolute URL
    `app.example/scim` is no base URL: it is not an absolute URL
    `https://` is no base URL: it is not an absolute URL
    `https:app.example` is no base URL: it is not an absolute URL
    `ftp://app.example/scim` is no base URL: it has to begin with `http://` or `https://`
    `https://app.example/scim?x=1` is no base URL: it has a query or a fragment
    `https://app.example/scim#x` is no base URL: it has a query or a fragment
    `https://app.example/scim?` is no base URL: it has a query or a fragment
    `app.example/scim` is no base URL: it has a user
    `https://app.example/a/../scim` is no base URL: its path has a segment that is empty, `.`, `..` or wrongly encoded
    `https://app.example/a/%2e%2E/scim` is no base URL: its path has a segment that is empty, `.`, `..` or wrongly encoded
    `https://app.example//scim` is no base URL: its path has a segment that is empty, `.`, `..` or wrongly encoded
    `https://app.example/scim//` is no base URL: its path has a segment that is empty, `.`, `..` or wrongly encoded
    `https://app.example/a%zzb` is no base URL: its path has a segment that is empty, `.`, `..` or wrongly encoded
    `https://app.example/a b` is no base URL: it has blanks, control characters or backslashes
    ` https://app.example/a` is no base URL: it has blanks, control characters or backslashes
    `https://app.example\scim` is no base URL: it has blanks, control characters or backslashes
    `https://app.example/{tenant}` is no base URL: `{tenant}` stands only at the end of a base URL per tenant
    `https://app.example/scim` is no base URL: its last segment has to be `{tenant}`
    `https://app.example/{tenant}/scim` is no base URL: its last segment has to be `{tenant}`
    `https://app.example/t-{tenant}` is no base URL: its last segment has to be `{tenant}`
    `https://app.example/{tenant}/{tenant}` is no base URL: `{tenant}` stands only at the end of a base URL per tenant
    `https://{tenant}` is no base URL: it is not an absolute URL
    `https://app.example/scim?t=/{tenant}` is no base URL: it has a query or a fragment
    `https://app.example/scim//{tenant}` is no base URL: its path has a segment that is empty, `.`, `..` or wrongly encoded
    `{tenant}` is no base URL: its last segment has to be `{tenant}`
    ");
}

#[test]
fn sec_s25_a_password_in_a_url_is_not_shown() {
    let error = BaseUrl::new("https://me:secret@app.example/scim").unwrap_err();
    assert!(!format!("{error} {error:?}").contains("secret"), "{error:?}");
}

#[test]
fn links_are_encoded_and_begin_with_the_base() {
    let acme = tenant("acme");
    assert_eq!(one().for_tenant(&acme).as_str(), "https://app.example/scim/v2");
    assert_eq!(many().for_tenant(&acme).as_str(), "https://app.example/scim/directory/acme");
    assert_eq!(one().for_tenant(&acme).endpoint("/Schemas"), "https://app.example/scim/v2/Schemas");
    for (id, segment) in [
        ("2819c223-7f76", "2819c223-7f76"),
        ("a/b", "a%2Fb"),
        ("b@example.com", "b%40example.com"),
        ("urn:a:b", "urn:a:b"),
        ("50% ?#", "50%25%20%3F%23"),
        ("J\u{f6}rg", "J%C3%B6rg"),
        ("a..b~c_d", "a..b~c_d"),
        ("..", "%2E%2E"),
        (".", "%2E"),
    ] {
        let expected = format!("https://app.example/scim/v2/Users/{segment}");
        assert_eq!(one().for_tenant(&acme).location("/Users", id), expected);
        assert_eq!(one().for_tenant(&acme).location("Users", id), expected);
        assert_eq!(decode_segment(segment).unwrap(), id);
    }
    let base = many().for_tenant(&tenant("a/b c"));
    assert_eq!(base.location("/Groups", "7"), "https://app.example/scim/directory/a%2Fb%20c/Groups/7");
}

#[test]
fn paths_for_all_tenants() {
    for (path, rest) in [
        // The whole path.
        ("/scim/v2/Users/7", "/Users/7"),
        ("/scim/v2/Users", "/Users"),
        ("/scim/v2/", "/"),
        ("/scim/v2", ""),
        ("/scim/%76%32/Users", "/Users"),
        // A framework took the base away.
        ("/Users/7", "/Users/7"),
        ("/", "/"),
        ("", ""),
        // Almost the base, and so not.
        ("/scim/v2x/Users", "/scim/v2x/Users"),
        ("/scim/v", "/scim/v"),
        ("/scim", "/scim"),
        ("/SCIM/v2/Users", "/SCIM/v2/Users"),
        ("/scim//v2/Users", "/scim//v2/Users"),
        ("/scim%2Fv2/Users", "/scim%2Fv2/Users"),
        ("/scim/%zz/Users", "/scim/%zz/Users"),
        // Nothing is resolved: no route has such segments.
        ("/scim/v2/../admin", "/../admin"),
        ("/../scim/v2/Users", "/../scim/v2/Users"),
    ] {
        assert_eq!(one().split(path), Some((None, rest)), "{path}");
    }
    assert_eq!(one().split("Users"), None);
    assert_eq!(one().split("*"), None);
    let root = BaseUrl::new("https://app.example").unwrap();
    assert_eq!(root.split("/Users"), Some((None, "/Users")));
}

#[test]
fn paths_per_tenant() {
    for (path, expected) in [
        ("/scim/directory/acme/Users/7", Some(("acme", "/Users/7"))),
        ("/scim/directory/acme/", Some(("acme", "/"))),
        ("/scim/directory/acme", Some(("acme", ""))),
        ("/scim/directory/a%2Fb%20c/Users", Some(("a%2Fb%20c", "/Users"))),
        ("/scim/directory/a%C3%A9/Users", Some(("a%C3%A9", "/Users"))),
        ("/acme/Users/7", Some(("acme", "/Users/7"))),
        ("/acme", Some(("acme", ""))),
        // No tenant.
        ("/scim/directory/", None),
        ("/scim/directory", None),
        ("/scim/directory//Users", None),
        ("//Users", None),
        ("/", None),
        ("", None),
        ("acme/Users", None),
        // None could be called that.
        ("/scim/directory/../Users", None),
        ("/scim/directory/%2e%2E/Users", None),
        ("/./Users", None),
        ("/a%zz/Users", None),
        ("/a%2/Users", None),
        ("/a%FF/Users", None),
    ] {
        let expected = expected.map(|(tenant, rest)| (Some(tenant), rest));
        assert_eq!(many().split(path), expected, "{path}");
    }
    let root = BaseUrl::per_tenant("https://app.example/{tenant}").unwrap();
    assert_eq!(root.split("/acme/Users"), Some((Some("acme"), "/Users")));
}

#[test]
fn a_tenant_is_named_exactly() {
    let name = "a/b \u{e9}+%41";
    let base = many().for_tenant(&tenant(name));
    let path = base.as_str().strip_prefix("https://app.example").unwrap();
    let (segment, _) = many().split(path).unwrap();
    assert!(tenant_matches(segment.unwrap(), &tenant(name)));
    for (segment, of, expected) in [
        ("acme", "acme", true),
        ("%61cme", "acme", true),
        ("Acme", "acme", false),
        ("acme%20", "acme", false),
        ("acm", "acme", false),
        // Decoded once.
        ("%2561cme", "acme", false),
        ("%2561cme", "%61cme", true),
        ("a+b", "a b", false),
        ("a%zz", "a%zz", false),
        ("..", "..", false),
        ("%2E%2E", "..", false),
    ] {
        assert_eq!(tenant_matches(segment, &tenant(of)), expected, "{segment}");
    }
}
