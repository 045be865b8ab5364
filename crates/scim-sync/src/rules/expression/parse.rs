//! Reading an expression. One function a production; the grammar is in the module's documentation.

use std::str::FromStr;

use scim_core::quote;
use serde_json::Value;

use super::ast::{Attribute, Call, Comparing, Comparison, Expression, Node};
use super::error::ExpressionError;
use super::eval::Named;
use super::functions;

impl Expression {
    /// The longest expression, in characters.
    pub const MAX_LEN: usize = 10_000;
    /// How deep calls may nest.
    pub const MAX_DEPTH: usize = 32;

    /// Reads an expression, and checks functions, numbers of arguments and regular expressions.
    ///
    /// ```
    /// use scim_sync::Expression;
    ///
    /// let error = Expression::parse(r#"Join(" ", [givenName], [surname]"#).unwrap_err();
    /// assert_eq!(error.to_string(), "expected `,` or `)`, found the end, at byte 32");
    /// assert_eq!(error.position(), 32);
    /// ```
    ///
    /// # Errors
    /// [`ExpressionError`], with the place.
    pub fn parse(text: &str) -> Result<Self, ExpressionError> {
        // A character has at most four bytes, so that counting is not needed for what is far too long.
        if text.len() > 4 * Self::MAX_LEN || text.chars().count() > Self::MAX_LEN {
            let words = format!("an expression has at most {} characters", Self::MAX_LEN);
            return Err(ExpressionError::new(0, words));
        }
        let mut reader = Reader { text, at: 0, depth: 0 };
        reader.blanks();
        let node = reader.operand("an attribute, a text or a function")?;
        reader.blanks();
        match reader.peek() {
            None => Ok(Self(node)),
            Some(_) => Err(reader.expected("the end")),
        }
    }
}

impl FromStr for Expression {
    type Err = ExpressionError;

    /// As [`Expression::parse`].
    fn from_str(text: &str) -> Result<Self, ExpressionError> {
        Self::parse(text)
    }
}

struct Reader<'t> {
    text: &'t str,
    at: usize,
    depth: usize,
}

impl<'t> Reader<'t> {
    /// ```text
    /// operand = attribute / text / integer / call / mode
    /// ```
    fn operand(&mut self, what: &str) -> Result<Node, ExpressionError> {
        match self.peek() {
            Some('[') => self.attribute(),
            Some('"') => self.literal(),
            Some('-' | '0'..='9') => self.integer(),
            Some(c) if c.is_ascii_alphabetic() => self.call(),
            _ => Err(self.expected(what)),
        }
    }

    /// ```text
    /// attribute = "[" 1*( any character but "[" and "]" ) "]"
    /// ```
    fn attribute(&mut self) -> Result<Node, ExpressionError> {
        let start = self.at;
        self.at += 1;
        let name = self.take_while(|c| !matches!(c, '[' | ']'));
        match self.peek() {
            Some(']') => self.at += 1,
            Some(_) => return Err(self.expected("`]`")),
            None => return Err(ExpressionError::new(start, "the attribute has no closing bracket")),
        }
        if name.trim().is_empty() {
            return Err(ExpressionError::new(start, "the brackets hold no attribute"));
        }
        let name = name.trim().to_owned();
        let named = Named::of(&name);
        Ok(Node::Attribute(Attribute { name, named }))
    }

    /// ```text
    /// text = DQUOTE *( any character but DQUOTE and "\" / "\" character ) DQUOTE
    /// ```
    fn literal(&mut self) -> Result<Node, ExpressionError> {
        let start = self.at;
        self.at += 1;
        let mut text = String::new();
        loop {
            text.push_str(self.take_while(|c| !matches!(c, '"' | '\\')));
            match self.next() {
                Some('"') => return Ok(Node::Literal(Value::String(text))),
                Some(_) => match self.next() {
                    Some(c @ ('"' | '\\')) => text.push(c),
                    Some(c) => text.extend(['\\', c]),
                    None => break,
                },
                None => break,
            }
        }
        Err(ExpressionError::new(start, "the text has no closing quote"))
    }

    /// ```text
    /// integer = [ "-" ] 1*DIGIT
    /// ```
    fn integer(&mut self) -> Result<Node, ExpressionError> {
        let start = self.at;
        if self.peek() == Some('-') {
            self.at += 1;
        }
        self.take_while(|c| c.is_ascii_digit());
        let digits = self.text.get(start..self.at).unwrap_or_default();
        match digits.parse::<i64>() {
            Ok(number) => Ok(Node::Literal(number.into())),
            Err(_) => {
                Err(ExpressionError::new(start, format!("{} is not an integer of 64 bits", quote(digits))))
            }
        }
    }

    /// ```text
    /// call = name "(" [ argument *( "," argument ) ] ")"
    /// mode = "vbBinaryCompare" / "vbTextCompare"
    /// ```
    fn call(&mut self) -> Result<Node, ExpressionError> {
        let start = self.at;
        let name = self.take_while(|c| c.is_ascii_alphanumeric() || c == '_');
        self.blanks();
        if self.peek() != Some('(') {
            return match name {
                "vbBinaryCompare" | "vbTextCompare" => Ok(Node::Literal(name.into())),
                _ => {
                    let words = format!(
                        "{} is neither a function with its parentheses, an attribute in brackets nor a text in quotes",
                        quote(name)
                    );
                    Err(ExpressionError::new(start, words))
                }
            };
        }
        let function = functions::find(name).map_err(|words| ExpressionError::new(start, words))?;
        if self.depth >= Expression::MAX_DEPTH {
            let words = format!("functions are nested deeper than {}", Expression::MAX_DEPTH);
            return Err(ExpressionError::new(start, words));
        }
        self.depth += 1;
        self.at += 1;
        let mut args = Vec::new();
        loop {
            args.push(self.argument()?);
            match self.peek() {
                Some(',') => self.at += 1,
                Some(')') => break,
                _ => return Err(self.expected("`,` or `)`")),
            }
        }
        self.at += 1;
        self.depth -= 1;
        if let [None] = args.as_slice() {
            args.clear();
        }
        let pattern =
            functions::check(function, &args).map_err(|words| ExpressionError::new(start, words))?;
        Ok(Node::Call(Call { function, args, pattern }))
    }

    /// ```text
    /// argument = [ operand [ comparison operand ] ]
    /// ```
    fn argument(&mut self) -> Result<Option<Node>, ExpressionError> {
        self.blanks();
        if matches!(self.peek(), Some(',' | ')')) {
            return Ok(None);
        }
        let left = self.operand("an attribute, a text, a number, a function, `,` or `)`")?;
        self.blanks();
        let rest = self.rest();
        let Some(operator) = Comparing::ALL.into_iter().find(|one| rest.starts_with(one.as_str())) else {
            return Ok(Some(left));
        };
        self.at += operator.as_str().len();
        self.blanks();
        let right = self.operand("an attribute, a text, a number or a function")?;
        self.blanks();
        Ok(Some(Node::Compare(Box::new(Comparison { left, operator, right }))))
    }

    fn blanks(&mut self) {
        self.take_while(char::is_whitespace);
    }

    fn rest(&self) -> &'t str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn next(&mut self) -> Option<char> {
        let c = self.peek()?;
        self.at += c.len_utf8();
        Some(c)
    }

    fn take_while(&mut self, is: impl Fn(char) -> bool) -> &'t str {
        let rest = self.rest();
        let len = rest.find(|c| !is(c)).unwrap_or(rest.len());
        self.at += len;
        rest.get(..len).unwrap_or_default()
    }

    fn expected(&self, what: &str) -> ExpressionError {
        let words = match self.peek() {
            Some(c) => format!("expected {what}, found {}", quote(c.encode_utf8(&mut [0; 4]))),
            None => format!("expected {what}, found the end"),
        };
        ExpressionError::new(self.at, words)
    }
}
