//! The part of a text that is shown with an error.

use unicode_normalization::char::is_combining_mark;

/// At most 60 characters around a byte, and the column of that byte in a terminal.
pub(crate) fn window(text: &str, position: usize) -> (String, usize) {
    let (before, after) = text.split_at_checked(position).unwrap_or((text, ""));
    let visible = |c: char| if is_hidden(c) { '\u{fffd}' } else { c };
    let mut left: Vec<char> = before.chars().rev().map(visible).take(31).collect();
    left.reverse();
    if left.len() == 31 {
        if let Some(first) = left.first_mut() {
            *first = '…';
        }
    }
    let column = left.iter().map(|c| width(*c)).sum();
    left.extend(after.chars().map(visible).take(30));
    if after.chars().nth(30).is_some() {
        left.push('…');
    }
    (left.into_iter().collect(), column)
}

/// Whether a character is invisible, or says where others stand: controls, directions, joiners, tags and the like.
fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(
            c,
            '\u{ad}'
                | '\u{61c}'
                | '\u{115f}'..='\u{1160}'
                | '\u{180b}'..='\u{180f}'
                | '\u{200b}'..='\u{200f}'
                | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}'
                | '\u{3164}'
                | '\u{fe00}'..='\u{fe0f}'
                | '\u{feff}'
                | '\u{ffa0}'
                | '\u{fff0}'..='\u{fffb}'
                | '\u{1bca0}'..='\u{1bca3}'
                | '\u{1d173}'..='\u{1d17a}'
                | '\u{e0000}'..='\u{e0fff}'
        )
}

/// How many columns a character takes, near enough for a mark (Unicode's East Asian Width, in blocks).
fn width(c: char) -> usize {
    match c {
        c if c.is_ascii() => 1,
        c if is_combining_mark(c) || matches!(c, '\u{1161}'..='\u{11ff}') => 0,
        '\u{1100}'..='\u{115e}'
        | '\u{2e80}'..='\u{303e}'
        | '\u{3041}'..='\u{a4cf}'
        | '\u{a960}'..='\u{a97c}'
        | '\u{ac00}'..='\u{d7a3}'
        | '\u{f900}'..='\u{faff}'
        | '\u{fe30}'..='\u{fe6f}'
        | '\u{ff01}'..='\u{ff60}'
        | '\u{ffe0}'..='\u{ffe6}'
        | '\u{1f300}'..='\u{1f64f}'
        | '\u{1f680}'..='\u{1f6ff}'
        | '\u{1f900}'..='\u{1f9ff}'
        | '\u{20000}'..='\u{3fffd}' => 2,
        _ => 1,
    }
}
