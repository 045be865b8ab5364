//! Attribute paths and operators.

use nom::Parser;
use nom::bytes::complete::{take_while, take_while1};
use nom::character::complete::char as one_char;
use nom::sequence::preceded;

use scim_core::{AttrName, AttrPath};

use super::lexical::{blanks, is_name_char};
use super::refusal::{Refusal, Step, refuse};
use crate::ast::CompareOp;
use crate::error::Problem;

/// ```text
/// attr-path  = [ schema-uri ":" ] name [ "." name ]
/// name       = [ "$" ] ALPHA *( ALPHA / DIGIT / "-" / "_" / "$" )
/// schema-uri = 'urn:' 1*( any visible character but quotes, brackets and parentheses )
/// ```
///
/// The longest run of characters that a path can have; what it means is up to [`AttrPath`].
pub(super) fn attr_path(input: &str) -> Step<'_, AttrPath> {
    let mut in_uri = false;
    let end = input.find(|c: char| {
        in_uri |= c == ':';
        !(is_name_char(c) || matches!(c, '.' | ':') || (in_uri && is_uri_char(c)))
    });
    let (run, rest) = input.split_at_checked(end.unwrap_or(input.len())).unwrap_or((input, ""));
    match run.parse() {
        Ok(path) => Ok((rest, path)),
        Err(_) => refuse(input, Problem::Expected("an attribute path")),
    }
}

/// What a URI may hold beside the characters of a name (RFC 3986), as far as it is no mark of the grammar.
fn is_uri_char(c: char) -> bool {
    c.is_ascii_graphic() && !matches!(c, '"' | '\\' | '`' | '<' | '>' | '(' | ')' | '[' | ']')
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
