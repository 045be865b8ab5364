//! Blanks, keywords and marks.

use nom::Parser;
use nom::bytes::complete::{take_while, take_while1};
use nom::character::complete::char as one_char;
use nom::combinator::{peek, recognize};
use nom::sequence::{preceded, terminated};

use super::refusal::{Refusal, Step, refuse};
use crate::error::Problem;

/// `nameChar`, RFC 7643 §2.1.
#[inline]
pub(super) fn is_name_char(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '$')
}

/// ```text
/// *BL
/// ```
#[inline]
pub(super) fn blanks(input: &str) -> Step<'_, &str> {
    take_while(|c| c == ' ').parse(input)
}

/// ```text
/// 1*BL
/// ```
#[inline]
fn blanks1(input: &str) -> Step<'_, &str> {
    take_while1(|c| c == ' ').parse(input)
}

/// A bracket or parenthesis.
#[inline]
pub(super) fn mark<'a>(mark: char) -> impl Parser<&'a str, Output = char, Error = Refusal<'a>> {
    one_char(mark)
}

/// A word, in any case, that ends where a name would end.
#[inline]
fn keyword<'a>(word: &'static str) -> impl Parser<&'a str, Output = &'a str, Error = Refusal<'a>> {
    // nom's `tag_no_case` folds character by character; keywords are ASCII.
    move |input: &'a str| match input.split_at_checked(word.len()) {
        Some((head, rest)) if head.eq_ignore_ascii_case(word) && !rest.starts_with(is_name_char) => {
            Ok((rest, head))
        }
        _ => Err(nom::Err::Error(Refusal { rest: input, problem: Problem::Expected(word) })),
    }
}

/// ```text
/// 1*BL word 1*BL
/// ```
#[inline]
pub(super) fn joint<'a>(word: &'static str, input: &'a str) -> Step<'a, ()> {
    let (input, _) = preceded(blanks1, keyword(word)).parse(input)?;
    match blanks1(input) {
        Ok((input, _)) => Ok((input, ())),
        Err(_) if input.is_empty() => refuse(input, Problem::Expected("an attribute, `not (` or `(`")),
        Err(_) => refuse(input, Problem::Expected("a blank")),
    }
}

/// Whether the text starts with `and` or `or`.
pub(super) fn joins(input: &str) -> bool {
    keyword("and").or(keyword("or")).parse(input).is_ok()
}

/// ```text
/// "not" *BL           ; before a parenthesis
/// ```
#[inline]
pub(super) fn negation(input: &str) -> Step<'_, &str> {
    // Most of what is read does not start so.
    if !input.starts_with(['n', 'N']) {
        return Err(nom::Err::Error(Refusal { rest: input, problem: Problem::Expected("`not`") }));
    }
    recognize((keyword("not"), terminated(blanks, peek(one_char('('))))).parse(input)
}
