//! Answers for programs: one JSON object a line. It is written by hand so that numbers keep every digit.

use std::fmt::Write;

use scim_filter::{Filter, FilterError, Path};

/// The answer about a filter.
pub(crate) fn filter(filter: &Filter) -> Result<String, FilterError> {
    let mut tree = String::new();
    node(filter, &mut tree);
    Ok(format!(r#"{{"ok":true,"text":{},"tree":{tree}}}"#, text(&filter.to_string())))
}

/// The answer about a path.
pub(crate) fn path(path: &Path) -> Result<String, FilterError> {
    let mut tree = format!(r#"{{"path":{}"#, text(&path.attr.to_string()));
    if let Some(inner) = &path.filter {
        tree.push_str(r#","where":"#);
        node(inner, &mut tree);
    }
    if let Some(sub) = &path.sub {
        let _ = write!(tree, r#","sub":{}"#, text(sub.as_str()));
    }
    tree.push('}');
    Ok(format!(r#"{{"ok":true,"text":{},"tree":{tree}}}"#, text(&path.to_string())))
}

/// The answer about a text that is refused.
pub(crate) fn refusal(error: &FilterError) -> String {
    let keyword = error.scim_type().map(|keyword| keyword.to_string()).unwrap_or_default();
    refused(error.position().unwrap_or(0), &error.to_string(), &keyword)
}

/// The answer to a line that is no JSON string.
pub(crate) fn not_a_string() -> String {
    refused(0, "the line is not a JSON string", "invalidSyntax")
}

fn refused(position: usize, message: &str, keyword: &str) -> String {
    format!(
        r#"{{"ok":false,"error":{{"position":{position},"message":{},"scimType":{}}}}}"#,
        text(message),
        text(keyword)
    )
}

/// Writing to a string does not fail, so results are dropped.
fn node(filter: &Filter, out: &mut String) {
    match filter {
        Filter::And(all) => list("and", all, out),
        Filter::Or(any) => list("or", any, out),
        Filter::Not(inner) => {
            out.push_str(r#"{"not":"#);
            node(inner, out);
            out.push('}');
        }
        Filter::Present(path) => {
            let _ = write!(out, r#"{{"path":{},"op":"pr"}}"#, text(&path.to_string()));
        }
        Filter::Compare(path, op, value) => {
            // A literal prints as JSON.
            let _ = write!(out, r#"{{"path":{},"op":"{op}","value":{value}}}"#, text(&path.to_string()));
        }
        Filter::ValuePath(path, inner) => {
            let _ = write!(out, r#"{{"path":{},"where":"#, text(&path.to_string()));
            node(inner, out);
            out.push('}');
        }
    }
}

fn list(name: &str, filters: &[Filter], out: &mut String) {
    let _ = write!(out, r#"{{"{name}":["#);
    for (at, filter) in filters.iter().enumerate() {
        if at > 0 {
            out.push(',');
        }
        node(filter, out);
    }
    out.push_str("]}");
}

/// A text as a JSON string.
fn text(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}
