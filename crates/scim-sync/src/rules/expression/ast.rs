//! The tree of an expression, and how it is written.

use std::fmt;

use regex::Regex;
use serde_json::Value;

use super::eval::Named;
use super::functions::Function;

/// An expression that was read and checked: every function exists and has the arguments that it needs.
///
/// ```
/// use scim_sync::Expression;
///
/// let expression: Expression = r#"Append( [mailNickname],"@example.com")"#.parse()?;
/// assert_eq!(expression.to_string(), r#"Append([mailNickname], "@example.com")"#);
///
/// let error = "Apend([mailNickname])".parse::<Expression>().unwrap_err();
/// assert_eq!(error.to_string(), "there is no function `Apend`; did you mean `Append`?, at byte 0");
/// # Ok::<(), scim_sync::ExpressionError>(())
/// ```
///
/// # Regular expressions
///
/// `Replace` takes those of the crate [`regex`], which take time linear in the text. What .NET has and they have not is
/// refused when the expression is read: look-around (`(?=`, `(?!`, `(?<=`, `(?<!`), references back to a group (`\1`,
/// `\k<name>`), atomic groups, balancing groups and conditions.
///
/// # Incomplete support
///
/// - Functions about dates, and those that give another value every time (`Guid`, `Now`, `RandomString`), are not there;
///   neither are `BitAnd`, `SelectUniqueValue` and the two that write whole roles.
/// - `PCase` needs its word separators: without them, Entra follows a table of .NET.
/// - Places in texts are counted in characters, where .NET counts UTF-16 units.
#[derive(Clone, PartialEq)]
pub struct Expression(pub(super) Node);

/// A node of the tree.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Node {
    /// `[mail]`
    Attribute(Attribute),
    /// A text or an integer.
    Literal(Value),
    /// `Append([mail], "x")`
    Call(Call),
    /// `[country] = "NO"`
    Compare(Box<Comparison>),
}

/// An attribute of the source.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Attribute {
    pub(super) name: String,
    pub(super) named: Named,
}

/// A function and its arguments; those that are left out are none.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Call {
    pub(super) function: &'static Function,
    pub(super) args: Vec<Option<Node>>,
    /// The regular expression among them.
    pub(super) pattern: Option<Pattern>,
}

/// A comparison of two values.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Comparison {
    pub(super) left: Node,
    pub(super) operator: Comparing,
    pub(super) right: Node,
}

/// The operators of a condition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Comparing {
    Equal,
    NotEqual,
    Greater,
    GreaterOrEqual,
    Less,
    LessOrEqual,
}

/// A regular expression; two are equal when they are written alike.
#[derive(Clone, Debug)]
pub(super) struct Pattern(pub(super) Regex);

impl Expression {
    /// Whether a part of it is a secret to logs (`Redact`).
    pub(in crate::rules) fn is_redacted(&self) -> bool {
        self.0.any(&|node| matches!(node, Node::Call(call) if call.function.name == "Redact"))
    }

    /// Whether nothing at all happens where it has no value (`IgnoreFlowIfNullOrEmpty`).
    pub(in crate::rules) fn ignores_null(&self) -> bool {
        matches!(&self.0, Node::Call(call) if call.function.name == "IgnoreFlowIfNullOrEmpty")
    }

    /// Whether it depends on the object.
    pub(in crate::rules) fn reads_source(&self) -> bool {
        self.0.any(&|node| matches!(node, Node::Attribute(_)))
    }
}

impl Node {
    fn any(&self, is: &dyn Fn(&Self) -> bool) -> bool {
        is(self)
            || match self {
                Self::Attribute(_) | Self::Literal(_) => false,
                Self::Call(call) => call.args.iter().flatten().any(|arg| arg.any(is)),
                Self::Compare(compare) => compare.left.any(is) || compare.right.any(is),
            }
    }
}

impl Comparing {
    /// All of them; those that begin like another come first.
    pub(super) const ALL: [Self; 6] =
        [Self::NotEqual, Self::GreaterOrEqual, Self::LessOrEqual, Self::Equal, Self::Greater, Self::Less];

    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Equal => "=",
            Self::NotEqual => "<>",
            Self::Greater => ">",
            Self::GreaterOrEqual => ">=",
            Self::Less => "<",
            Self::LessOrEqual => "<=",
        }
    }
}

impl PartialEq for Pattern {
    fn eq(&self, other: &Self) -> bool {
        self.0.as_str() == other.0.as_str()
    }
}

/// The expression as text; parsing is the inverse.
impl fmt::Display for Expression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Debug for Expression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Expression({self})")
    }
}

impl fmt::Display for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Attribute(attribute) => write!(f, "[{}]", attribute.name),
            Self::Literal(Value::String(text)) => {
                write!(f, "\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
            }
            Self::Literal(other) => other.fmt(f),
            Self::Call(call) => call.fmt(f),
            Self::Compare(compare) => {
                write!(f, "{} {} {}", compare.left, compare.operator.as_str(), compare.right)
            }
        }
    }
}

impl fmt::Display for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}(", self.function.name)?;
        for (at, arg) in self.args.iter().enumerate() {
            if at > 0 {
                f.write_str(", ")?;
            }
            if let Some(arg) = arg {
                arg.fmt(f)?;
            }
        }
        f.write_str(")")
    }
}
