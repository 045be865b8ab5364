use proptest::prelude::*;
use serde_json::{Value, json};

use super::ast::{Attribute, Call, Comparing, Comparison, Node};
use super::eval::Named;
use super::functions::{self, FUNCTIONS};
use super::{Context, Expression};
use crate::object::{Assignment, Role, SourceObject};

fn person() -> SourceObject {
    let role = |name: &str| Assignment { role: Role::Named(name.to_owned()), through: None };
    let mut person = SourceObject::user("8f-2a")
        .with("givenName", "Zoë")
        .with("surname", "Ødegård")
        .with("country", "USA")
        .with("state", "CA")
        .with("mail", "john.doe@contoso.com")
        .with("telephoneNumber", "+91 9998887777")
        .with("empty", "")
        .with("none", Value::Null)
        .with("list", json!(["a", "b", "a", "c"]))
        .with("one", json!(["x"]))
        .with("nothing", json!([]))
        .with("age", 42)
        .with("yes", true)
        .with("no", false)
        .with("object", json!({"a": 1}));
    person.assignments = vec![
        role("Admin"),
        Assignment { role: Role::DefaultAccess, through: None },
        Assignment { role: Role::Named("Admin".to_owned()), through: Some("g-1".into()) },
    ];
    person
}

/// The value for the person, or the error in brackets.
fn eval_for(object: &SourceObject, text: &str) -> Value {
    let expression = Expression::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"));
    match expression.eval(&Context { object, soft_deleted: true }) {
        Ok(value) => value.map_or(Value::Null, std::borrow::Cow::into_owned),
        Err(error) => format!("<{error}>").into(),
    }
}

fn check(cases: &[(&str, Value)]) {
    let person = person();
    for (text, expected) in cases {
        assert_eq!(eval_for(&person, text), *expected, "{text}");
    }
}

#[test]
fn operands() {
    check(&[
        ("[givenName]", json!("Zoë")),
        ("[ givenName ]", json!("Zoë")),
        ("[givenname]", Value::Null),
        ("[empty]", Value::Null),
        ("[none]", Value::Null),
        ("[nothing]", Value::Null),
        ("[age]", json!(42)),
        ("[id]", json!("8f-2a")),
        ("[objectId]", json!("8f-2a")),
        ("[IsSoftDeleted]", json!(true)),
        ("[appRoleAssignments]", json!(["Admin"])),
        (r#""say \"hi\" \\ \d""#, json!(r#"say "hi" \ \d"#)),
        (r#""""#, Value::Null),
        ("-7", json!(-7)),
        ("vbTextCompare", json!("vbTextCompare")),
    ]);
}

#[test]
fn switch() {
    check(&[
        (r#"Switch([state], "Sydney", "NSW", "Sydney", "CA", "Los Angeles")"#, json!("Los Angeles")),
        (r#"Switch([state], "Sydney", "ca", "Los Angeles")"#, json!("Sydney")),
        (r#"Switch([state], , "ca", "Los Angeles")"#, Value::Null),
        (r#"Switch([empty], "filled", "", "empty")"#, json!("empty")),
        (r#"Switch([none], [country], "", "Other")"#, json!("Other")),
        (r#"Switch([state], [country], "", "Other")"#, json!("USA")),
        (r#"Switch([IsSoftDeleted], , "False", "True", "True", "False")"#, json!("False")),
        (r#"Switch([age], "no", "42", "yes")"#, json!("yes")),
        (r#"Switch(IsPresent([mail]), , "True", [mail])"#, json!("john.doe@contoso.com")),
        (r#"Switch([one], , "x", "list of one")"#, json!("list of one")),
        (r#"Switch([list], , "x", "list")"#, json!("<`Switch` takes a single value here, not a list>")),
    ]);
}

#[test]
fn conditions() {
    let undecided = "<`none` has no value, so `IIF` cannot decide; `Switch` takes \"\" as a key for that>";
    check(&[
        (r#"IIF([country]="USA", [country], [state])"#, json!("USA")),
        (r#"IIF([country] = "usa", "yes", "no")"#, json!("no")),
        (r#"IIF([country]<>"USA", "yes", "no")"#, json!("no")),
        (r#"IIF([age] > 5, "yes", "no")"#, json!("yes")),
        (r#"IIF([age] >= 42, "yes", "no")"#, json!("yes")),
        (r#"IIF([age] < 100, "yes", "no")"#, json!("yes")),
        (r#"IIF([age] <= "41", "yes", "no")"#, json!("no")),
        (r#"IIF("10" > "9", "yes", "no")"#, json!("yes")),
        (r#"IIF("b" > "a", "yes", "no")"#, json!("yes")),
        (r#"IIF("10" = 10, "yes", "no")"#, json!("yes")),
        (r#"IIF("010" = "10", "yes", "no")"#, json!("no")),
        (r#"IIF([yes], "yes", "no")"#, json!("yes")),
        (r#"IIF([country] = "USA", IIF([state] = "CA", "True", "False"), "False")"#, json!("True")),
        (r#"IIF([none] = "", "Other", [country])"#, json!(undecided)),
        (r#"IIF(IsNullOrEmpty([none]), "Other", [country])"#, json!(undecided)),
        (r#"IIF([state] = "CA", [none], "no")"#, Value::Null),
        (r#"IIF([state], "yes", "no")"#, json!("<the condition of `IIF` is neither true nor false>")),
        (r#"IIF([list] = "a", "yes", "no")"#, json!("<the condition of `IIF` is neither true nor false>")),
        (r#"Not([IsSoftDeleted])"#, json!(false)),
        (r#"Not("True")"#, json!(false)),
        (r#"Not("true")"#, json!(false)),
        (r#"Not("False")"#, json!(true)),
        (r#"Not("x")"#, json!(true)),
        (r#"Not([none])"#, json!(true)),
        (r#"CBool([country] = [state])"#, json!(false)),
        (r#"CBool([age])"#, json!(true)),
        (r#"CBool("0")"#, json!(false)),
        (r#"CBool("0.5")"#, json!(true)),
        (r#"CBool([none])"#, json!(false)),
        (r#"CBool([mail])"#, json!("<`CBool` takes a number or a boolean here, not a text>")),
    ]);
}

#[test]
fn presence() {
    check(&[
        ("Coalesce([none], [empty], [mail], [country])", json!("john.doe@contoso.com")),
        (r#"Coalesce([none], "")"#, Value::Null),
        (r#"Coalesce([none], "default")"#, json!("default")),
        ("Coalesce([none])", Value::Null),
        ("IsNull([none])", json!(true)),
        ("IsNull([mail])", json!(false)),
        ("IsNullOrEmpty(Left([mail], 0))", json!(true)),
        ("IsNullOrEmpty([no])", json!(false)),
        ("IsPresent([mail])", json!(true)),
        ("IsPresent([nothing])", json!(false)),
        ("IsString([mail])", json!(true)),
        ("IsString([age])", json!(false)),
        ("IsString([none])", json!(false)),
        ("IgnoreFlowIfNullOrEmpty([mail])", json!("john.doe@contoso.com")),
        ("IgnoreFlowIfNullOrEmpty([none])", Value::Null),
        ("Redact([mail])", json!("john.doe@contoso.com")),
    ]);
}

#[test]
fn texts() {
    check(&[
        (r#"Append([mail], ".test")"#, json!("john.doe@contoso.com.test")),
        (r#"Append([age], 7)"#, json!("427")),
        (r#"Append([none], ".test")"#, Value::Null),
        (r#"Append([mail], [none])"#, json!("john.doe@contoso.com")),
        (r#"Append(Mid([givenName], 1, 3), Mid([surname], 1, 5))"#, json!("ZoëØdegå")),
        (r#"Join(", ", "", [surname], [givenName])"#, json!("Ødegård, Zoë")),
        (r#"Join("", 1000, [state])"#, json!("1000CA")),
        (r#"Join("-", [list], [one], [none])"#, json!("a-b-a-c-x")),
        (r#"Join("-", [none], [empty])"#, Value::Null),
        (r#"Join(, [country], [state])"#, json!("USACA")),
        (r#"ToLower([surname])"#, json!("ødegård")),
        (r#"ToLower("ΟΔΟΣ İI")"#, json!("οδοσ İi")),
        (r#"ToLower("İI", "tr-TR")"#, json!("iı")),
        (r#"ToUpper("straße ı")"#, json!("STRAßE I")),
        (r#"ToUpper("i", "az")"#, json!("İ")),
        (r#"ToUpper("i", "en-US")"#, json!("I")),
        (r#"ToUpper([none])"#, Value::Null),
        (r#"Left("John Doe", 3)"#, json!("Joh")),
        (r#"Left("John Doe", 0)"#, Value::Null),
        (r#"Left("John Doe", -1)"#, json!("John Doe")),
        (r#"Left("John Doe", 99)"#, json!("John Doe")),
        (r#"Left([none], 3)"#, Value::Null),
        (r#"Mid("John Doe", 6, 3)"#, json!("Doe")),
        (r#"Mid("John Doe", 6, 99)"#, json!("Doe")),
        (r#"Mid("John Doe", 99, 1)"#, Value::Null),
        (r#"Mid("John Doe", 0, 4)"#, json!("John")),
        (r#"Mid([none], 1, 4)"#, Value::Null),
        (r#"Mid([mail], "x", 4)"#, json!("<`Mid` takes an integer here, not a text>")),
        (r#"InStr("The quick brown fox", "quick")"#, json!(5)),
        (r#"InStr("repEated", "e", 3, vbBinaryCompare)"#, json!(7)),
        (r#"InStr("repEated", "e", 3, vbTextCompare)"#, json!(4)),
        (r#"InStr("repEated", "x")"#, json!(0)),
        (r#"InStr("repEated", "e", 99)"#, json!(0)),
        (r#"Word("The quick brown fox", 3, " ")"#, json!("brown")),
        (r#"Word("This,string!has&many separators", 3, ",!&#")"#, json!("has")),
        (r#"Word("a b", 3, " ")"#, Value::Null),
        (r#"Word("a b", 0, " ")"#, Value::Null),
        (r#"Word([none], 1, " ")"#, Value::Null),
        (r#"StripSpaces(" a b  c ")"#, json!("abc")),
        (r#"PCase("PINTO-DE'SILVA", " '-")"#, json!("Pinto-De'Silva")),
        (r#"PCase("mary ann", ",")"#, json!("Mary ann")),
        (r#"NormalizeDiacritics([givenName])"#, json!("Zoe")),
        (
            r#"NormalizeDiacritics("Ødegård Æsir Łódź Straße Œ ıİ ǟ ḯ")"#,
            json!("OEdegard AEsir Lodz Strasse OE iI a i"),
        ),
        (r#"NormalizeDiacritics("がー Й")"#, json!("がー Й")),
        (r#"ConvertToBase64("Hello world!")"#, json!("SABlAGwAbABvACAAdwBvAHIAbABkACEA")),
        (r#"ConvertToUTF8Hex("Hello world!")"#, json!("48656C6C6F20776F726C6421")),
        (r#"CStr([age])"#, json!("42")),
        (r#"CStr([yes])"#, json!("True")),
        (r#"CStr([object])"#, json!("<`CStr` takes a single value here, not an object>")),
    ]);
}

#[test]
fn replace_is_five_functions() {
    check(&[
        (r#"Replace([mail], "@contoso.com", , ,"", ,)"#, json!("john.doe")),
        (r#"Replace([mail], "@CONTOSO.com", , ,"", ,)"#, json!("john.doe@contoso.com")),
        (r#"Replace([mail], "o", , , "0", , )"#, json!("j0hn.d0e@c0nt0s0.c0m")),
        (r#"Replace([state],"<username>", , , , , "<username>@contoso.com")"#, json!("CA@contoso.com")),
        (r#"Replace([none],"<username>", , , , , "<username>@contoso.com")"#, Value::Null),
        (
            r#"Replace([telephoneNumber], , "\\+(?<isdCode>\\d* )(?<phoneNumber>\\d{10})", , "${phoneNumber}", , )"#,
            json!("9998887777"),
        ),
        (r#"Replace("+1 (999) 888-7777", , "[()\\s-]+", , "", , )"#, json!("+19998887777")),
        (r#"Replace("john_doe72", , "[a-zA-Z_]*", , "", , )"#, json!("72")),
        (
            r#"Replace("545 Tremont Street", ,"(?<streetNumber>^\\d*)","streetNumber", "888", , )"#,
            json!("888 Tremont Street"),
        ),
        (r#"Replace([mail], , "(?<Suffix>@(.)*)", "Suffix", "", , )"#, json!("john.doe")),
        (r#"Replace([mail], , "john\.(?<Name>d)", "Name", "$1", , )"#, json!("john.$1oe@contoso.com")),
        (
            r#"Replace([none], , "\\+(?<isdCode>\\d* )(?<phoneNumber>\\d{10})", "phoneNumber" , , [telephoneNumber], )"#,
            json!("9998887777"),
        ),
        (r#"Replace([state], , "(?<x>.)", "x", , [telephoneNumber], )"#, json!("CA")),
        (r#"Replace([none], , "(?<x>z)", "x", , [telephoneNumber], )"#, Value::Null),
        (r#"Replace("ab", , "(a)(b)", , "$2$1 $& $$ ${1}x $9 ${no} $", , )"#, json!("ba ab $ ax $9 ${no} $")),
        (r#"Replace([none], "a", , , "b", , )"#, Value::Null),
    ]);
}

#[test]
fn lists_and_roles() {
    let several = "<the user has several roles of the application, and `SingleAppRoleAssignment` takes one>";
    check(&[
        ("Count([list])", json!(4)),
        ("Count([mail])", json!(1)),
        ("Count([nothing])", json!(0)),
        ("Item([list], 2)", json!("b")),
        ("Item([list], 0)", Value::Null),
        ("Item([list], 5)", Value::Null),
        ("Item([mail], 1)", json!("john.doe@contoso.com")),
        ("Item([mail], 2)", Value::Null),
        (r#"Item(Split("a, b,,c", ","), 3)"#, json!("c")),
        ("RemoveDuplicates([list])", json!(["a", "b", "c"])),
        (
            r#"Split("PermissionSetOne, PermissionSetTwo", ",")"#,
            json!(["PermissionSetOne", "PermissionSetTwo"]),
        ),
        (r#"Split([none], ",")"#, Value::Null),
        ("SingleAppRoleAssignment([appRoleAssignments])", json!("Admin")),
        ("SingleAppRoleAssignment([list])", json!(several)),
    ]);
    let nobody = SourceObject::user("1");
    assert_eq!(eval_for(&nobody, "SingleAppRoleAssignment([appRoleAssignments])"), Value::Null);
}

#[test]
fn a_text_does_not_grow_beyond_all_measure() {
    let ten = "a".repeat(10);
    let mut text = r#""a""#.to_owned();
    for _ in 0..20 {
        text = format!(r#"Replace({text}, "a", , , "{ten}", , )"#);
    }
    let error = "<the text that `Replace` makes is longer than 1048576 bytes>";
    assert_eq!(eval_for(&person(), &text), json!(error));
}

#[test]
fn refuses_with_reason() {
    let deep = format!("{}\"a\"{}", "ToLower(".repeat(33), ")".repeat(33));
    let long = format!("\"{}\"", "é".repeat(9_999));
    let said: Vec<String> = [
        "",
        "  ",
        "mail",
        "[mail",
        "[a[b]",
        "[ ]",
        "\"abc",
        "\"abc\\",
        "'abc'",
        "-",
        "99999999999999999999",
        "[a] [b]",
        "[a] = [b]",
        "Append([a]",
        "Append([a], \"b\"",
        "Append([a])",
        "Append([a], \"b\", \"c\")",
        "append([a], \"b\")",
        "Swich([a], , \"b\", \"c\")",
        "IsNul([a])",
        "Frobnicate([a])",
        "FormatDateTime([a], , \"x\", \"y\")",
        "Append(Append([a], \"b\"), Apend([a], \"b\"))",
        "Switch([a], , \"b\")",
        "Switch([a], , \"b\", \"c\", \"d\")",
        "Not()",
        "ToLower()",
        "Coalesce()",
        "Append(, \"b\")",
        "IIF([a] = , \"b\", \"c\")",
        "IIF([a] == \"b\", \"b\", \"c\")",
        "Replace([a], \"b\", , , , , )",
        "Replace([a], , [b], , \"c\", , )",
        "Replace([a], , \"(\", , \"c\", , )",
        "Replace([a], , \"a(?=b)\", , \"c\", , )",
        "Replace([a], , \"(?<x>a)\", \"y\", \"c\", , )",
        "Replace([a], , \"(?<x>a)\", [y], \"c\", , )",
        &deep,
        &long,
    ]
    .into_iter()
    .map(|text| Expression::parse(text).unwrap_err().to_string())
    .collect();
    insta::assert_snapshot!(said.join("\n"));
}

#[test]
fn the_limits_themselves_are_read() {
    let deep = format!("{}\"a\"{}", "ToLower(".repeat(32), ")".repeat(32));
    assert_eq!(eval_for(&person(), &deep), json!("a"));
    let long = format!("\"{}\"", "é".repeat(9_998));
    assert!(Expression::parse(&long).is_ok());
}

#[test]
fn writes_as_it_is_read_by_people() {
    for (text, shown) in [
        (" Switch( [a],,\"b\",  \"c\" ) ", r#"Switch([a], , "b", "c")"#),
        ("IIF([a]=\"b\",1,-2)", r#"IIF([a] = "b", 1, -2)"#),
        ("Replace([a],\"b\",,,\"c\",,)", r#"Replace([a], "b", , , "c", , )"#),
        (r#""\d \\ \"""#, r#""\\d \\ \"""#),
    ] {
        assert_eq!(Expression::parse(text).unwrap().to_string(), shown);
    }
}

/// Any tree that the parser could have made.
fn tree() -> impl Strategy<Value = Node> {
    let attribute = "[a-zA-Z_.:,()\"\\\\é]([a-z ]{0,8}[a-z=])?"
        .prop_map(|name: String| Node::Attribute(Attribute { named: Named::of(&name), name }));
    let leaf = prop_oneof![
        attribute,
        Just(Node::Attribute(Attribute { name: "IsSoftDeleted".to_owned(), named: Named::IsSoftDeleted })),
        any::<String>().prop_map(|text| Node::Literal(Value::String(text))),
        "[\\\\\"ab]{0,6}".prop_map(|text| Node::Literal(Value::String(text))),
        any::<i64>().prop_map(|number| Node::Literal(number.into())),
    ];
    leaf.prop_recursive(5, 40, 6, |inner| {
        let compare = (inner.clone(), 0..6_usize, inner.clone()).prop_map(|(left, operator, right)| {
            Node::Compare(Box::new(Comparison { left, operator: Comparing::ALL[operator], right }))
        });
        let arg = prop_oneof![1 => Just(None), 4 => inner.prop_map(Some), 1 => compare.prop_map(Some)];
        let call = (0..FUNCTIONS.len(), proptest::collection::vec(arg, 1..8));
        call.prop_filter_map("the function takes other arguments", |(at, args)| {
            let function = &FUNCTIONS[at];
            let pattern = functions::check(function, &args).ok()?;
            if let [None] = args.as_slice() {
                return None;
            }
            Some(Node::Call(Call { function, args, pattern }))
        })
    })
    .prop_filter("a condition stands only among arguments", |node| !matches!(node, Node::Compare(_)))
}

proptest! {
    #[test]
    fn display_is_the_inverse_of_parse(node in tree()) {
        let expression = Expression(node);
        let text = expression.to_string();
        prop_assume!(text.chars().count() <= Expression::MAX_LEN);
        prop_assert_eq!(Expression::parse(&text), Ok(expression));
    }

    #[test]
    fn every_text_is_read_or_refused_at_a_place(text in "[\\[\\]\"\\\\(),=<>a-cISN 0-9é-]{0,40}") {
        match Expression::parse(&text) {
            Ok(expression) => {
                let _ = expression.eval(&Context { object: &person(), soft_deleted: false });
                prop_assert_eq!(Expression::parse(&expression.to_string()), Ok(expression));
            }
            Err(error) => prop_assert!(text.is_char_boundary(error.position())),
        }
    }

    #[test]
    fn evaluation_never_panics(node in tree()) {
        let _ = Expression(node).eval(&Context { object: &person(), soft_deleted: false });
    }
}
