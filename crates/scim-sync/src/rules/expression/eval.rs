//! What an expression makes of an object.

use std::borrow::Cow;
use std::cmp::Ordering;

use serde_json::Value;

use super::ast::{Call, Comparing, Comparison, Expression, Node};
use super::error::EvalError;
use crate::object::{Role, SourceObject};

/// The value of a node; null is none.
pub(super) type Answer<'a> = Result<Option<Cow<'a, Value>>, EvalError>;

/// What an expression is about.
#[derive(Clone, Copy)]
pub(in crate::rules) struct Context<'a> {
    /// The whole object.
    pub(in crate::rules) object: &'a SourceObject,
    /// What `[IsSoftDeleted]` says.
    pub(in crate::rules) soft_deleted: bool,
}

/// What a name between brackets stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::rules) enum Named {
    /// An attribute.
    Attribute,
    /// `id` and `objectId`: the id of the object.
    Id,
    /// `IsSoftDeleted`: whether the object is to be switched off.
    IsSoftDeleted,
    /// `appRoleAssignments`: the roles.
    Roles,
}

impl Named {
    pub(in crate::rules) fn of(name: &str) -> Self {
        match name {
            "id" | "objectId" => Self::Id,
            "IsSoftDeleted" => Self::IsSoftDeleted,
            "appRoleAssignments" => Self::Roles,
            _ => Self::Attribute,
        }
    }
}

impl<'a> Context<'a> {
    /// An attribute; null, `""` and `[]` are none.
    pub(in crate::rules) fn attribute(&self, named: Named, name: &str) -> Option<Cow<'a, Value>> {
        let object = self.object;
        match named {
            Named::Attribute => object.get(name).map(Cow::Borrowed),
            Named::Id => {
                let id = object.id.as_str();
                // An export often has it among the attributes too.
                let same = |name| object.get(name).filter(|value| value.as_str() == Some(id));
                let value = same("id").map(Cow::Borrowed);
                Some(value.unwrap_or_else(|| Cow::Owned(Value::String(id.to_owned()))))
            }
            Named::IsSoftDeleted => Some(Cow::Owned(Value::Bool(self.soft_deleted))),
            Named::Roles => {
                let mut names: Vec<&str> = Vec::new();
                for assignment in &object.assignments {
                    match &assignment.role {
                        Role::Named(name) if !name.is_empty() && !names.contains(&name.as_str()) => {
                            names.push(name);
                        }
                        Role::Named(_) | Role::DefaultAccess => {}
                    }
                }
                (!names.is_empty()).then(|| Cow::Owned(names.into()))
            }
        }
    }
}

impl Expression {
    /// What it makes of an object; null and `""` are none.
    pub(in crate::rules) fn eval<'a>(&'a self, cx: &Context<'a>) -> Answer<'a> {
        Ok(self.0.eval(cx)?.filter(|value| !is_empty(value)))
    }
}

impl Node {
    pub(super) fn eval<'a>(&'a self, cx: &Context<'a>) -> Answer<'a> {
        match self {
            Self::Attribute(attribute) => Ok(cx.attribute(attribute.named, &attribute.name)),
            Self::Literal(value) => Ok(Some(Cow::Borrowed(value))),
            Self::Call(call) => (call.function.call)(call, cx),
            Self::Compare(compare) => compare.eval(cx),
        }
    }

    /// The attributes in it that have no value.
    pub(super) fn missing(&self, cx: &Context<'_>) -> Option<&str> {
        match self {
            Self::Literal(_) => None,
            Self::Attribute(attribute) => {
                let value = cx.attribute(attribute.named, &attribute.name);
                value.is_none().then_some(attribute.name.as_str())
            }
            Self::Call(call) => call.args.iter().flatten().find_map(|arg| arg.missing(cx)),
            Self::Compare(compare) => compare.left.missing(cx).or_else(|| compare.right.missing(cx)),
        }
    }
}

impl Call {
    /// The value of an argument; one that is left out is null.
    pub(super) fn arg<'a>(&'a self, at: usize, cx: &Context<'a>) -> Answer<'a> {
        match self.args.get(at) {
            Some(Some(arg)) => arg.eval(cx),
            _ => Ok(None),
        }
    }

    /// The value of an argument as text.
    pub(super) fn text<'a>(&'a self, at: usize, cx: &Context<'a>) -> Result<Option<Cow<'a, str>>, EvalError> {
        match self.arg(at, cx)? {
            Some(value) => self.to_text(value).map(Some),
            None => Ok(None),
        }
    }

    /// The value of an argument as an integer.
    pub(super) fn integer(&self, at: usize, cx: &Context<'_>) -> Result<Option<i64>, EvalError> {
        let Some(value) = self.arg(at, cx)? else { return Ok(None) };
        match as_integer(&value) {
            Some(number) => Ok(Some(number)),
            None => Err(self.wrong("an integer", &value)),
        }
    }

    /// A value as text: booleans are `True` and `False`, and a list of one is that one.
    pub(super) fn to_text<'a>(&self, value: Cow<'a, Value>) -> Result<Cow<'a, str>, EvalError> {
        as_text(value).map_err(|value| self.wrong("a single value", &value))
    }

    pub(super) fn wrong(&self, expected: &'static str, value: &Value) -> EvalError {
        let found = match value {
            Value::Null => "nothing",
            Value::Bool(_) => "a boolean",
            Value::Number(_) => "a number",
            Value::String(_) => "a text",
            Value::Array(_) => "a list",
            Value::Object(_) => "an object",
        };
        EvalError::Type { function: self.function.name, expected, found }
    }
}

impl Comparison {
    fn eval<'a>(&'a self, cx: &Context<'a>) -> Answer<'a> {
        let (left, right) = (self.left.eval(cx)?, self.right.eval(cx)?);
        let holds = |order: Ordering| match self.operator {
            Comparing::Equal => order.is_eq(),
            Comparing::NotEqual => order.is_ne(),
            Comparing::Greater => order.is_gt(),
            Comparing::GreaterOrEqual => order.is_ge(),
            Comparing::Less => order.is_lt(),
            Comparing::LessOrEqual => order.is_le(),
        };
        let ordering = !matches!(self.operator, Comparing::Equal | Comparing::NotEqual);
        let numeric = |value: &Option<Cow<'_, Value>>| value.as_ref().and_then(|value| as_integer(value));
        let is_number =
            |value: &Option<Cow<'_, Value>>| value.as_ref().is_some_and(|value| value.is_number());
        let as_numbers = ordering || is_number(&left) || is_number(&right);
        if let (true, Some(left), Some(right)) = (as_numbers, numeric(&left), numeric(&right)) {
            return Ok(Some(Cow::Owned(Value::Bool(holds(left.cmp(&right))))));
        }
        let text = |value: Option<Cow<'a, Value>>| match value {
            Some(value) => as_text(value).map_err(|_| EvalError::NoCondition),
            None => Ok(Cow::Borrowed("")),
        };
        Ok(Some(Cow::Owned(Value::Bool(holds(text(left)?.cmp(&text(right)?))))))
    }
}

/// Whether a value is none: null, `""` and `[]`.
pub(in crate::rules) fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(list) => list.is_empty(),
        _ => false,
    }
}

/// A single value as text, or the value back.
pub(in crate::rules) fn as_text(value: Cow<'_, Value>) -> Result<Cow<'_, str>, Cow<'_, Value>> {
    match value {
        Cow::Borrowed(Value::String(text)) => Ok(Cow::Borrowed(text)),
        Cow::Owned(Value::String(text)) => Ok(Cow::Owned(text)),
        Cow::Borrowed(Value::Array(list)) => match list.as_slice() {
            [one] if !one.is_array() => as_text(Cow::Borrowed(one)),
            _ => Err(value),
        },
        Cow::Owned(Value::Array(mut list)) if list.len() == 1 => match list.pop() {
            Some(one) if !one.is_array() => as_text(Cow::Owned(one)),
            Some(one) => Err(Cow::Owned(one)),
            None => Err(Cow::Owned(Value::Null)),
        },
        value => match &*value {
            Value::Bool(true) => Ok(Cow::Borrowed("True")),
            Value::Bool(false) => Ok(Cow::Borrowed("False")),
            Value::Number(number) => Ok(Cow::Owned(number.to_string())),
            _ => Err(value),
        },
    }
}

fn as_integer(value: &Value) -> Option<i64> {
    match value {
        Value::Number(number) => number.as_i64(),
        Value::String(text) => text.parse().ok(),
        _ => None,
    }
}
