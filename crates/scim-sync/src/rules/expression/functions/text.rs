//! Functions about texts. Places are counted in characters, from 1 on.

use std::borrow::Cow;

use scim_core::value::binary;
use serde_json::Value;
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use super::super::ast::Call;
use super::super::error::{EvalError, MAX_TEXT};
use super::super::eval::{Answer, Context};

pub(super) fn made<'a>(text: String) -> Answer<'a> {
    Ok(Some(Cow::Owned(Value::String(text))))
}

/// A text that may not grow beyond all measure: calls nest, and each can multiply.
pub(super) struct Growing {
    text: String,
    function: &'static str,
}

impl Growing {
    pub(super) fn new(call: &Call) -> Self {
        Self { text: String::new(), function: call.function.name }
    }

    pub(super) fn push(&mut self, text: &str) -> Result<(), EvalError> {
        if self.text.len() + text.len() > MAX_TEXT {
            return Err(EvalError::TooLong(self.function));
        }
        self.text.push_str(text);
        Ok(())
    }

    pub(super) fn done<'a>(self) -> Answer<'a> {
        made(self.text)
    }
}

/// `Append(source, suffix)`. Without a source there is nothing to append to.
pub(super) fn append<'a>(call: &'a Call, cx: &Context<'a>) -> Answer<'a> {
    let Some(source) = call.text(0, cx)?.filter(|source| !source.is_empty()) else { return Ok(None) };
    let mut text = Growing::new(call);
    text.push(&source)?;
    text.push(&call.text(1, cx)?.unwrap_or_default())?;
    text.done()
}

/// `Join(separator, source1, ...)`: lists are joined element by element; what has no value is passed over.
pub(super) fn join<'a>(call: &'a Call, cx: &Context<'a>) -> Answer<'a> {
    let separator = call.text(0, cx)?.unwrap_or_default();
    let mut text = Growing::new(call);
    let mut first = true;
    let mut add = |part: &str| {
        if part.is_empty() {
            return Ok(());
        }
        if !std::mem::take(&mut first) {
            text.push(&separator)?;
        }
        text.push(part)
    };
    for at in 1..call.args.len() {
        match call.arg(at, cx)? {
            Some(Cow::Borrowed(Value::Array(list))) => {
                list.iter().try_for_each(|one| add(&call.to_text(Cow::Borrowed(one))?))?;
            }
            Some(Cow::Owned(Value::Array(list))) => {
                list.into_iter().try_for_each(|one| add(&call.to_text(Cow::Owned(one))?))?;
            }
            Some(single) => add(&call.to_text(single)?)?,
            None => {}
        }
    }
    if first { Ok(None) } else { text.done() }
}

/// `Left(string, characters)`: everything for a negative number; `""` for null.
pub(super) fn left<'a>(call: &'a Call, cx: &Context<'a>) -> Answer<'a> {
    let source = call.text(0, cx)?.unwrap_or_default();
    match usize::try_from(call.integer(1, cx)?.unwrap_or(0)) {
        Ok(most) => made(source.chars().take(most).collect()),
        Err(_) => made(source.into_owned()),
    }
}

/// `Mid(source, start, length)`: what lies beyond the ends is not there.
pub(super) fn mid<'a>(call: &'a Call, cx: &Context<'a>) -> Answer<'a> {
    let Some(source) = call.text(0, cx)? else { return Ok(None) };
    let start = call.integer(1, cx)?.unwrap_or(1).max(1) - 1;
    let length = call.integer(2, cx)?.unwrap_or(0).max(0);
    let count = |number: i64| usize::try_from(number).unwrap_or(usize::MAX);
    made(source.chars().skip(count(start)).take(count(length)).collect())
}

/// `InStr(string, find, start, compare)`: the place of the first occurrence from `start` on; 0 where there is none.
pub(super) fn in_str<'a>(call: &'a Call, cx: &Context<'a>) -> Answer<'a> {
    let (source, wanted) = (call.text(0, cx)?.unwrap_or_default(), call.text(1, cx)?.unwrap_or_default());
    let start = usize::try_from(call.integer(2, cx)?.unwrap_or(1).max(1) - 1).unwrap_or(usize::MAX);
    let any_case = call.text(3, cx)?.is_some_and(|mode| mode == "vbTextCompare");
    let fold = |c: char| if any_case { one(c.to_lowercase(), c) } else { c };
    let source: Vec<char> = source.chars().map(fold).collect();
    let wanted: Vec<char> = wanted.chars().map(fold).collect();
    // An empty text is found where the search begins.
    let place = match source.get(start..) {
        Some(rest) if wanted.is_empty() => Some(start).filter(|_| !rest.is_empty()),
        Some(rest) => rest.windows(wanted.len()).position(|window| *window == *wanted).map(|at| at + start),
        None => None,
    };
    Ok(Some(Cow::Owned(place.map_or(0, |at| at + 1).into())))
}

/// `Word(string, number, delimiters)`: `""` where there is no such word. Every character of the last argument delimits.
pub(super) fn word<'a>(call: &'a Call, cx: &Context<'a>) -> Answer<'a> {
    let source = call.text(0, cx)?.unwrap_or_default();
    let number = call.integer(1, cx)?.unwrap_or(0);
    let delimiters = call.text(2, cx)?.unwrap_or_default();
    let mut words = source.split(|c| delimiters.contains(c)).filter(|word| !word.is_empty());
    let index = usize::try_from(number).ok().and_then(|number| number.checked_sub(1));
    made(index.and_then(|index| words.nth(index)).unwrap_or_default().to_owned())
}

/// `StripSpaces(source)`: without any blank (U+0020).
pub(super) fn strip_spaces<'a>(call: &'a Call, cx: &Context<'a>) -> Answer<'a> {
    match call.text(0, cx)? {
        Some(source) => made(source.replace(' ', "")),
        None => Ok(None),
    }
}

/// `ToLower(source, culture)`
pub(super) fn to_lower<'a>(call: &'a Call, cx: &Context<'a>) -> Answer<'a> {
    change_case(call, cx, |c, turkic| match c {
        'I' if turkic => 'ı',
        'İ' if turkic => 'i',
        c => one(c.to_lowercase(), c),
    })
}

/// `ToUpper(source, culture)`
pub(super) fn to_upper<'a>(call: &'a Call, cx: &Context<'a>) -> Answer<'a> {
    change_case(call, cx, |c, turkic| match c {
        'i' if turkic => 'İ',
        'ı' if turkic => 'I',
        c => one(c.to_uppercase(), c),
    })
}

/// Character by character, as .NET does: `ß` has no capital of its own, and stays. Turkish and Azerbaijani have two letters i.
fn change_case<'a>(call: &'a Call, cx: &Context<'a>, change: fn(char, bool) -> char) -> Answer<'a> {
    let Some(source) = call.text(0, cx)? else { return Ok(None) };
    let culture = call.text(1, cx)?.unwrap_or_default();
    let language = culture.split('-').next().unwrap_or_default();
    let turkic = ["tr", "az"].iter().any(|one| language.eq_ignore_ascii_case(one));
    made(source.chars().map(|c| change(c, turkic)).collect())
}

/// The one character that another becomes, or itself where it becomes several.
fn one(mut changed: impl Iterator<Item = char>, c: char) -> char {
    match (changed.next(), changed.next()) {
        (Some(one), None) => one,
        _ => c,
    }
}

/// `PCase(source, separators)`: words begin with a capital, and only they.
pub(super) fn p_case<'a>(call: &'a Call, cx: &Context<'a>) -> Answer<'a> {
    let Some(source) = call.text(0, cx)? else { return Ok(None) };
    let separators = call.text(1, cx)?.unwrap_or_default();
    let mut begins = true;
    let cased = source.chars().map(|c| {
        let cased = if begins { one(c.to_uppercase(), c) } else { one(c.to_lowercase(), c) };
        begins = separators.contains(c);
        cased
    });
    made(cased.collect())
}

/// `NormalizeDiacritics(source)`: Latin letters without their marks. Other scripts keep theirs.
pub(super) fn normalize_diacritics<'a>(call: &'a Call, cx: &Context<'a>) -> Answer<'a> {
    let Some(source) = call.text(0, cx)? else { return Ok(None) };
    let mut plain = String::with_capacity(source.len());
    let mut latin = false;
    for c in source.nfd() {
        if latin && is_combining_mark(c) {
            continue;
        }
        let mut letter = [0; 4];
        let letter: &str = match c {
            'æ' => "ae",
            'Æ' => "AE",
            'ø' | 'œ' => "oe",
            'Ø' | 'Œ' => "OE",
            'ß' => "ss",
            'ł' => "l",
            'Ł' => "L",
            'ı' => "i",
            c => c.encode_utf8(&mut letter),
        };
        latin = letter.is_ascii();
        plain.push_str(letter);
    }
    made(plain.nfc().collect())
}

/// `ConvertToBase64(source)`: of the text in UTF-16, little end first.
pub(super) fn convert_to_base64<'a>(call: &'a Call, cx: &Context<'a>) -> Answer<'a> {
    let Some(source) = call.text(0, cx)? else { return Ok(None) };
    let bytes: Vec<u8> = source.encode_utf16().flat_map(u16::to_le_bytes).collect();
    bounded(call, binary::encode(&bytes))
}

/// `ConvertToUTF8Hex(source)`
pub(super) fn convert_to_utf8_hex<'a>(call: &'a Call, cx: &Context<'a>) -> Answer<'a> {
    let Some(source) = call.text(0, cx)? else { return Ok(None) };
    bounded(call, source.bytes().map(|byte| format!("{byte:02X}")).collect())
}

fn bounded<'a>(call: &Call, text: String) -> Answer<'a> {
    if text.len() > MAX_TEXT { Err(EvalError::TooLong(call.function.name)) } else { made(text) }
}
