//! Attribute paths and operators.

use nom::Parser;
use nom::bytes::complete::{take_while, take_while1};
use nom::character::complete::char as one_char;
use nom::sequence::preceded;

use scim_core::{AttrName, AttrPath, SchemaUri};

use super::lexical::{blanks, is_name_char};
use super::refusal::{Refusal, Step, refuse};
use crate::ast::CompareOp;
use crate::error::Problem;

/// ```text
/// attr-path  = [ schema-uri ":" ] name [ "." name ]
/// name       = [ "$" ] ALPHA *( ALPHA / DIGIT / "-" / "_" / "$" )
/// schema-uri = ALPHA 1*uri-char            ; with a colon in it; uri-char: see `SchemaUri::allows`
/// ```
///
/// The longest run of characters that a path can have; what it means is up to [`AttrPath`].
pub(super) fn attr_path(input: &str) -> Step<'_, AttrPath> {
    let (mut run, mut rest) = split(input, |c| is_name_char(c) || matches!(c, '.' | ':'));
    if rest.starts_with(SchemaUri::allows) {
        // No name goes on so. A URI does, and a URI has a colon.
        let (uri, after) = split(input, SchemaUri::allows);
        if uri.contains(':') {
            (run, rest) = (uri, after);
        }
    }
    match run.parse() {
        Ok(path) => Ok((rest, path)),
        Err(_) => refuse(input, Problem::Expected("an attribute path")),
    }
}

/// Cuts a text where the characters of a kind end.
#[inline]
fn split(text: &str, is_in: impl Fn(char) -> bool) -> (&str, &str) {
    let end = text.find(|c| !is_in(c)).unwrap_or(text.len());
    text.split_at_checked(end).unwrap_or((text, ""))
}

/// ```text
/// "." name
/// ```
pub(super) fn sub_attr(input: &str) -> Step<'_, AttrName> {
    let (rest, name) = preceded(one_char('.'), take_while(is_name_char)).parse(input)?;
    match name.parse() {
        Ok(name) => Ok((rest, name)),
        Err(_) => {
            refuse(input.strip_prefix('.').unwrap_or(input), Problem::Expected("the name of a sub-attribute"))
        }
    }
}

/// ```text
/// 1*BL ( "pr" / compare-op )
/// compare-op = "eq" / "ne" / "co" / "sw" / "ew" / "gt" / "ge" / "lt" / "le"
/// ```
///
/// `None` is `pr`.
pub(super) fn operator<'a>(input: &'a str, path: &AttrPath) -> Step<'a, Option<CompareOp>> {
    let (after, _) = blanks(input)?;
    if after.len() == input.len() {
        return refuse(after, Problem::Expected("a blank and an operator"));
    }
    let Ok((rest, word)) = take_while1::<_, _, Refusal<'_>>(is_name_char).parse(after) else {
        return refuse(after, Problem::Expected("an operator"));
    };
    let op = match word.as_bytes() {
        [a, b] => match [a.to_ascii_lowercase(), b.to_ascii_lowercase()] {
            [b'p', b'r'] => None,
            [b'e', b'q'] => Some(CompareOp::Eq),
            [b'n', b'e'] => Some(CompareOp::Ne),
            [b'c', b'o'] => Some(CompareOp::Co),
            [b's', b'w'] => Some(CompareOp::Sw),
            [b'e', b'w'] => Some(CompareOp::Ew),
            [b'g', b't'] => Some(CompareOp::Gt),
            [b'g', b'e'] => Some(CompareOp::Ge),
            [b'l', b't'] => Some(CompareOp::Lt),
            [b'l', b'e'] => Some(CompareOp::Le),
            _ => return refuse(after, Problem::NoOperator),
        },
        _ if path.name().is_some_and(|name| *name == "not") && path.schema().is_none() => {
            return refuse(after, Problem::NotWithoutBrackets);
        }
        _ => return refuse(after, Problem::NoOperator),
    };
    Ok((rest, op))
}

#[cfg(test)]
mod tests {
    use scim_core::{AttrPath, SchemaUri};

    use crate::{Filter, Path};

    #[test]
    fn a_uri_is_read_as_far_as_it_goes() {
        for uri in [
            "http://schemas.example.com/2006/Ext",
            "urn:example:foo/bar",
            "urn:x:y~z",
            "urn:example:x:Foo+Bar",
            "svn+ssh://example.com/x",
        ] {
            let path: Path = uri.parse().unwrap();
            assert_eq!(path, AttrPath::of_schema(uri.parse().unwrap()).into(), "{uri}");
            let below: Filter = format!("({uri}:a.b pr)").parse().unwrap();
            let attribute = "a.b".parse::<AttrPath>().unwrap().with_schema(uri.parse().unwrap());
            assert_eq!(below, Filter::pr(attribute));
        }
        assert_eq!(Filter::parse("a+b pr").unwrap_err().position(), Some(1));
    }

    #[test]
    fn a_mark_of_the_grammar_is_part_of_no_uri() {
        for mark in ['(', ')', '[', ']', '"', '\\', ' '] {
            assert!(format!("urn:x{mark}y").parse::<SchemaUri>().is_err(), "{mark}");
        }
    }
}
