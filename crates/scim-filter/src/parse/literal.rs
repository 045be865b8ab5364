//! Comparison values: JSON's literals, RFC 7159.

use nom::Parser;
use nom::branch::alt;
use nom::bytes::complete::{tag, take_while, take_while_m_n, take_while1};
use nom::character::complete::{char as one_char, digit1, one_of, satisfy};
use nom::combinator::{map, not, opt, recognize, value};
use nom::sequence::{preceded, terminated};

use super::lexical::is_name_char;
use super::refusal::{Refusal, Step, refuse};
use crate::error::Problem;
use crate::literal::{Literal, Number};

/// ```text
/// literal = 'true' / 'false' / 'null' / number / string      ; in this case only
/// ```
pub(super) fn literal(input: &str) -> Step<'_, Literal> {
    match input.chars().next() {
        Some('"') => return string(input).map(|(rest, text)| (rest, Literal::String(text))),
        Some('-' | '0'..='9') => {
            if let Ok((rest, number)) = terminated(number, edge).parse(input) {
                return Ok((rest, Literal::Number(number)));
            }
        }
        Some('t' | 'f' | 'n') => {
            let word = alt((
                value(Literal::Bool(true), tag("true")),
                value(Literal::Bool(false), tag("false")),
                value(Literal::Null, tag("null")),
            ));
            if let Ok(read) = terminated(word, edge).parse(input) {
                return Ok(read);
            }
        }
        _ => {}
    }
    Err(nom::Err::Error(Refusal { rest: input, problem: Problem::Expected(VALUE) }))
}

const VALUE: &str = "a value: a string in double quotes, a number, `true`, `false` or `null`";

/// A literal ends where a name or a number would end.
fn edge(input: &str) -> Step<'_, ()> {
    not(satisfy(|c| is_name_char(c) || matches!(c, '.' | '+'))).parse(input)
}

/// ```text
/// number = [ "-" ] ( "0" / DIGIT1-9 *DIGIT ) [ "." 1*DIGIT ] [ "e" [ "+" / "-" ] 1*DIGIT ]
/// ```
pub(super) fn number(input: &str) -> Step<'_, Number> {
    // Not `digit0`: at the end of the text, nom 8.0's returns a rest that `recognize` cannot measure.
    let whole = alt((recognize(one_char('0')), digit1));
    let fraction = (one_char('.'), digit1);
    let exponent = (one_of("eE"), opt(one_of("+-")), digit1);
    let digits = recognize((opt(one_char('-')), whole, opt(fraction), opt(exponent)));
    map(digits, Number::trusted).parse(input)
}

/// ```text
/// string = DQUOTE *( unescaped / escape ) DQUOTE
/// ```
fn string(input: &str) -> Step<'_, String> {
    let (mut rest, first) = preceded(one_char('"'), unescaped).parse(input)?;
    let mut text = first.to_owned();
    loop {
        let mut chars = rest.chars();
        match chars.next() {
            Some('"') => return Ok((chars.as_str(), text)),
            Some('\\') => {
                let (after, c) = escape(rest)?;
                let (after, more) = unescaped(after)?;
                text.push(c);
                text.push_str(more);
                rest = after;
            }
            Some(_) => return refuse(rest, Problem::ControlCharacter),
            None => return refuse(input, Problem::Unterminated),
        }
    }
}

/// ```text
/// unescaped = any character but DQUOTE, "\" and U+0000 to U+001F
/// ```
fn unescaped(input: &str) -> Step<'_, &str> {
    take_while(|c| c != '"' && c != '\\' && c >= ' ').parse(input)
}

/// ```text
/// escape = "\" ( DQUOTE / "\" / "/" / 'b' / 'f' / 'n' / 'r' / 't' / 'u' 4HEXDIG )
/// ```
///
/// Two escapes of four digits that are the halves of a surrogate pair make one character.
fn escape(input: &str) -> Step<'_, char> {
    let mut chars = input.chars();
    let plain = match (chars.next(), chars.next()) {
        (_, Some(c @ ('"' | '\\' | '/'))) => c,
        (_, Some('b')) => '\u{8}',
        (_, Some('f')) => '\u{c}',
        (_, Some('n')) => '\n',
        (_, Some('r')) => '\r',
        (_, Some('t')) => '\t',
        _ => return unicode_escape(input),
    };
    Ok((chars.as_str(), plain))
}

fn unicode_escape(input: &str) -> Step<'_, char> {
    let Ok((rest, first)) = code_unit(input) else {
        return refuse(input, Problem::Escape);
    };
    if let Some(c) = char::from_u32(first) {
        return Ok((rest, c));
    }
    let pair = code_unit(rest).ok().and_then(|(rest, second)| {
        let low = second.checked_sub(0xdc00).filter(|low| *low < 0x400)?;
        let high = first.checked_sub(0xd800).filter(|high| *high < 0x400)?;
        Some((rest, char::from_u32(0x10000 + (high << 10) + low)?))
    });
    match pair {
        Some(read) => Ok(read),
        None => refuse(input, Problem::Surrogate),
    }
}

/// ```text
/// "\" 'u' 4HEXDIG
/// ```
fn code_unit(input: &str) -> Step<'_, u32> {
    let digits = take_while_m_n(4, 4, |c: char| c.is_ascii_hexdigit());
    let (rest, digits) = preceded(tag("\\u"), digits).parse(input)?;
    match u32::from_str_radix(digits, 16) {
        Ok(unit) => Ok((rest, unit)),
        Err(_) => refuse(input, Problem::Escape),
    }
}

/// A value without its quotes, as some senders write it: what stands before the next blank or bracket.
pub(super) fn bare(input: &str) -> Step<'_, &str> {
    let end = |c: char| c.is_control() || matches!(c, ' ' | '"' | '\\' | '(' | ')' | '[' | ']');
    match take_while1::<_, _, Refusal<'_>>(|c| !end(c)).parse(input) {
        Ok((rest, text)) if rest.is_empty() || rest.starts_with([' ', ')', ']']) => Ok((rest, text)),
        _ => refuse(input, Problem::Expected(VALUE)),
    }
}
