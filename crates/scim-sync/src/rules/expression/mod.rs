//! Expressions of mappings, in the language of Entra's provisioning service.
//!
//! ```text
//! expression = operand END
//! operand    = attribute / text / integer / call / mode
//! attribute  = "[" 1*( any character but "[" and "]" ) "]"
//! text       = DQUOTE *( any character but DQUOTE and "\" / "\" character ) DQUOTE
//! integer    = [ "-" ] 1*DIGIT
//! call       = name "(" [ argument *( "," argument ) ] ")"
//! argument   = [ operand [ comparison operand ] ]
//! comparison = "=" / "<>" / ">" / ">=" / "<" / "<="
//! mode       = "vbBinaryCompare" / "vbTextCompare"
//! ```
//!
//! White space may stand between any two of these. Names are case-sensitive. An argument may be left out, as in
//! `Switch([state], , "NSW", "Sydney")`. In a text, a backslash stands before a quotation mark or a backslash; before any other
//! character it stands for itself.

mod ast;
mod error;
mod eval;
mod functions;
mod parse;
#[cfg(test)]
mod tests;

pub use self::ast::Expression;
pub(in crate::rules) use self::error::EvalError;
pub use self::error::ExpressionError;
pub(in crate::rules) use self::eval::{Context, Named, as_text, is_empty};
