//! What a production returns, and how it objects.

use nom::IResult;
use nom::error::{ErrorKind, ParseError};

use super::lexical::joins;
use crate::error::Problem;

/// The result of a production: what is left of the text, and what was read.
pub(super) type Step<'a, T> = IResult<&'a str, T, Refusal<'a>>;

/// What is wrong with the text, and what is left of it at that place.
#[derive(Debug)]
pub(super) struct Refusal<'a> {
    pub(super) rest: &'a str,
    pub(super) problem: Problem,
}

impl<'a> ParseError<&'a str> for Refusal<'a> {
    fn from_error_kind(rest: &'a str, _: ErrorKind) -> Self {
        Self { rest, problem: Problem::Expected("something else") }
    }

    fn append(_: &'a str, _: ErrorKind, other: Self) -> Self {
        other
    }
}

/// An objection that no other production can answer.
#[inline]
pub(super) fn refuse<'a, T>(rest: &'a str, problem: Problem) -> Step<'a, T> {
    Err(nom::Err::Failure(Refusal { rest, problem }))
}

/// Objects to what stands where a filter could end or go on.
pub(super) fn unjoined<'a, T>(rest: &'a str, expected: &'static str) -> Step<'a, T> {
    if joins(rest) {
        return refuse(rest, Problem::Expected("a blank"));
    }
    refuse(rest, Problem::Expected(expected))
}
