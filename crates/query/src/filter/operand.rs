//! CQL2 text: values, brackets and calls.

use super::error::FilterError;
use super::lexer::Token;
use super::operator::Family;
use super::text::Parser;
use super::wkt;
use super::{Expression, Instant, Kind, Literal, Operator, Position};

impl Parser {
    pub fn operand(&mut self) -> Result<Expression, FilterError> {
        let at = self.position();
        match self.peek().clone() {
            Token::Number(number) => {
                self.advance();
                self.made(at, Kind::Literal(Literal::Number(number)))
            }
            Token::Text(text) => {
                self.advance();
                self.made(at, Kind::Literal(Literal::Text(text)))
            }
            Token::Quoted(name) => {
                self.advance();
                match self.peek() {
                    Token::Symbol("(") => self.function(at, name),
                    _ => self.made(at, Kind::Property(name)),
                }
            }
            Token::Symbol("(") => self.bracket(),
            Token::Name(name) => self.named(at, name),
            token => Err(self.fault(format!("a value is expected, not {token}"))),
        }
    }

    /// A bracket around one expression, or an array.
    fn bracket(&mut self) -> Result<Expression, FilterError> {
        let (at, start) = (self.position(), self.next);
        self.expect("(")?;
        if *self.peek() == Token::Symbol(")") {
            self.next = start;
            return self.list();
        }
        let first = self.either()?;
        match self.peek() {
            Token::Symbol(",") => self.list_from(at, first),
            _ => {
                self.expect(")")?;
                Ok(first)
            }
        }
    }

    /// `(a, b, …)`, also with one element or none.
    pub fn list(&mut self) -> Result<Expression, FilterError> {
        let at = self.position();
        self.expect("(")?;
        if self.takes_symbol(")") {
            return self.made(at, Kind::List(Vec::new()));
        }
        let first = self.either()?;
        self.list_from(at, first)
    }

    fn list_from(&mut self, at: Position, first: Expression) -> Result<Expression, FilterError> {
        let mut items = vec![first];
        while self.takes_symbol(",") {
            items.push(self.either()?);
        }
        self.expect(")")?;
        self.made(at, Kind::List(items))
    }

    fn named(&mut self, at: Position, name: String) -> Result<Expression, FilterError> {
        if wkt::begins(&name, self.peek_at(1), self.peek_at(2)) {
            let shape = wkt::shape(self)?;
            self.budget.shape(&at, &shape)?;
            return match shape.fault() {
                Some(fault) => Err(FilterError::syntax(&at, fault)),
                None => self.made(at, Kind::Literal(Literal::Shape(shape))),
            };
        }
        self.advance();
        let is_call = *self.peek() == Token::Symbol("(");
        let upper = name.to_ascii_uppercase();
        match upper.as_str() {
            "TRUE" | "FALSE" => self.made(at, Kind::Literal(Literal::Boolean(upper == "TRUE"))),
            "DATE" | "TIMESTAMP" if is_call => self.instant(at, upper == "DATE"),
            "INTERVAL" if is_call => self.interval(at),
            "AND" | "OR" | "NOT" | "LIKE" | "BETWEEN" | "IN" | "IS" | "NULL" => Err(FilterError::syntax(
                &at,
                format!(
                    "a value is expected, not the keyword {upper}; names in double quotes are no keywords"
                ),
            )),
            _ if !is_call => self.made(at, Kind::Property(name)),
            _ => match Operator::by_text(&upper).filter(|operator| operator.is_call()) {
                Some(operator) => self.operator_call(at, operator),
                None => self.function(at, name),
            },
        }
    }

    fn operator_call(&mut self, at: Position, operator: Operator) -> Result<Expression, FilterError> {
        self.expect("(")?;
        let (least, _) = operator.operand_counts();
        let mut operands = Vec::new();
        for index in 0..least {
            if index > 0 {
                self.expect(",")?;
            }
            let is_array = operator.family() == Family::Array;
            operands.push(if is_array { self.array_operand()? } else { self.either()? });
        }
        self.expect(")")?;
        self.call(at, operator, operands)
    }

    /// A bracket is an array, also around one element, unless an operator follows it.
    fn array_operand(&mut self) -> Result<Expression, FilterError> {
        let start = self.next;
        if *self.peek() == Token::Symbol("(") {
            let list = self.list()?;
            if matches!(self.peek(), Token::Symbol("," | ")")) {
                return Ok(list);
            }
            self.next = start;
        }
        self.either()
    }

    fn function(&mut self, at: Position, name: String) -> Result<Expression, FilterError> {
        self.expect("(")?;
        let mut arguments = Vec::new();
        while *self.peek() != Token::Symbol(")") {
            if !arguments.is_empty() {
                self.expect(",")?;
            }
            arguments.push(self.either()?);
        }
        self.expect(")")?;
        self.made(at, Kind::Function(name, arguments))
    }

    /// `DATE('…')` or `TIMESTAMP('…')`.
    fn instant(&mut self, at: Position, is_day: bool) -> Result<Expression, FilterError> {
        self.expect("(")?;
        let found = match self.peek() {
            Token::Text(text) if is_day => Instant::day(text),
            Token::Text(text) => Instant::time(text),
            _ => None,
        };
        let Some(instant) = found else {
            let expected = if is_day { "a date as '2020-01-31'" } else { "a time as '2020-01-31T12:00:00Z'" };
            return Err(self.fault(format!("{expected} is expected, not {}", self.peek())));
        };
        self.advance();
        self.expect(")")?;
        self.made(at, Kind::Literal(Literal::Instant(instant)))
    }

    fn interval(&mut self, at: Position) -> Result<Expression, FilterError> {
        self.expect("(")?;
        let from = self.interval_end()?;
        self.expect(",")?;
        let to = self.interval_end()?;
        self.expect(")")?;
        self.made(at, Kind::Interval(Box::new([from, to])))
    }

    fn interval_end(&mut self) -> Result<Expression, FilterError> {
        let at = self.position();
        let Token::Text(text) = self.peek().clone() else { return self.operand() };
        let literal = match text.as_str() {
            ".." => Literal::Open,
            _ => Literal::Instant(Instant::parse(&text).ok_or_else(|| {
                self.fault(format!("a date, a time or '..' is expected, not {}", self.peek()))
            })?),
        };
        self.advance();
        self.made(at, Kind::Literal(literal))
    }
}
