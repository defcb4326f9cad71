//! CQL2 text: by descent, weakest operators first.

use super::error::FilterError;
use super::lexer::{Token, tokens};
use super::limits::Budget;
use super::operator::Family;
use super::{Expression, Kind, Literal, Operator, Position};

/// Reads a filter; `FilterError::at` counts characters.
pub fn parse_text(text: &str) -> Result<Expression, FilterError> {
    let budget = Budget::text(text.len(), Position::Character(1))?;
    let mut parser = Parser { tokens: tokens(text)?, next: 0, budget };
    if *parser.peek() == Token::End {
        return Err(parser.fault("the filter is empty"));
    }
    let expression = parser.either()?;
    match parser.peek() {
        Token::End => Ok(expression),
        token => Err(parser.fault(format!("nothing more is expected, but {token} follows"))),
    }
}

pub(super) struct Parser {
    tokens: Vec<(usize, Token)>,
    pub next: usize,
    pub budget: Budget,
}

const SYMBOL_LEVELS: [&[(&str, Operator)]; 2] = [
    &[("+", Operator::Add), ("-", Operator::Subtract)],
    &[("*", Operator::Multiply), ("/", Operator::Divide), ("%", Operator::Remainder)],
];

impl Parser {
    /// `End` behind the last token.
    pub fn peek(&self) -> &Token {
        self.peek_at(0)
    }

    pub fn peek_at(&self, ahead: usize) -> &Token {
        self.tokens.get(self.next + ahead).map_or(&Token::End, |(_, token)| token)
    }

    pub fn position(&self) -> Position {
        let token = self.tokens.get(self.next).or(self.tokens.last());
        Position::Character(token.map_or(1, |(at, _)| *at))
    }

    pub fn fault(&self, message: impl Into<String>) -> FilterError {
        FilterError::syntax(&self.position(), message)
    }

    pub fn advance(&mut self) -> Token {
        let token = self.peek().clone();
        self.next = (self.next + 1).min(self.tokens.len());
        token
    }

    pub fn takes_symbol(&mut self, symbol: &'static str) -> bool {
        let is_next = *self.peek() == Token::Symbol(symbol);
        self.next += usize::from(is_next);
        is_next
    }

    pub fn expect(&mut self, symbol: &'static str) -> Result<(), FilterError> {
        match self.takes_symbol(symbol) {
            true => Ok(()),
            false => Err(self.fault(format!("`{symbol}` is expected, not {}", self.peek()))),
        }
    }

    fn is_word(&self, ahead: usize, word: &str) -> bool {
        matches!(self.peek_at(ahead), Token::Name(name) if name.eq_ignore_ascii_case(word))
    }

    fn takes_word(&mut self, word: &str) -> bool {
        let is_next = self.is_word(0, word);
        self.next += usize::from(is_next);
        is_next
    }

    pub fn made(&mut self, at: Position, kind: Kind) -> Result<Expression, FilterError> {
        self.budget.node(&at)?;
        Ok(Expression { at, kind })
    }

    pub fn call(
        &mut self,
        at: Position,
        operator: Operator,
        operands: Vec<Expression>,
    ) -> Result<Expression, FilterError> {
        self.made(at, Kind::Call(operator, operands))
    }

    /// OR.
    pub fn either(&mut self) -> Result<Expression, FilterError> {
        self.budget.enter(&self.position())?;
        let at = self.position();
        let mut operands = vec![self.both()?];
        while self.takes_word("OR") {
            operands.push(self.both()?);
        }
        self.budget.leave();
        self.joined(at, Operator::Or, operands)
    }

    fn both(&mut self) -> Result<Expression, FilterError> {
        let at = self.position();
        let mut operands = vec![self.negation()?];
        while self.takes_word("AND") {
            operands.push(self.negation()?);
        }
        self.joined(at, Operator::And, operands)
    }

    fn joined(
        &mut self,
        at: Position,
        operator: Operator,
        mut operands: Vec<Expression>,
    ) -> Result<Expression, FilterError> {
        match operands.len() {
            1 => Ok(operands.remove(0)),
            _ => self.call(at, operator, operands),
        }
    }

    fn negation(&mut self) -> Result<Expression, FilterError> {
        let at = self.position();
        if !self.takes_word("NOT") {
            return self.comparison();
        }
        self.budget.enter(&at)?;
        let operand = self.negation()?;
        self.budget.leave();
        self.call(at, Operator::Not, vec![operand])
    }

    fn comparison(&mut self) -> Result<Expression, FilterError> {
        let at = self.position();
        let left = self.sum(0)?;
        if let Token::Symbol(symbol) = self.peek()
            && let Some(operator) =
                Operator::by_text(symbol).filter(|operator| operator.family() == Family::Comparison)
        {
            self.advance();
            let right = self.sum(0)?;
            return self.call(at, operator, vec![left, right]);
        }
        self.phrase(at, left)
    }

    /// What LIKE, BETWEEN, IN and IS add to their left side.
    fn phrase(&mut self, at: Position, left: Expression) -> Result<Expression, FilterError> {
        if self.takes_word("IS") {
            let is_negated = self.takes_word("NOT");
            if !self.takes_word("NULL") {
                return Err(self.fault(format!("NULL is expected behind IS, not {}", self.peek())));
            }
            let null = self.call(at.clone(), Operator::IsNull, vec![left])?;
            return self.negated(at, is_negated, null);
        }
        let is_negated =
            self.is_word(0, "NOT") && ["LIKE", "BETWEEN", "IN"].into_iter().any(|word| self.is_word(1, word));
        self.next += usize::from(is_negated);
        let phrase = if self.takes_word("LIKE") {
            let pattern = self.sum(0)?;
            self.call(at.clone(), Operator::Like, vec![left, pattern])?
        } else if self.takes_word("BETWEEN") {
            let low = self.sum(0)?;
            if !self.takes_word("AND") {
                return Err(self.fault(format!("AND is expected in BETWEEN, not {}", self.peek())));
            }
            let high = self.sum(0)?;
            self.call(at.clone(), Operator::Between, vec![left, low, high])?
        } else if self.takes_word("IN") {
            let list = self.list()?;
            if matches!(&list.kind, Kind::List(items) if items.is_empty()) {
                return Err(FilterError::syntax(&list.at, "the list behind IN is empty"));
            }
            self.call(at.clone(), Operator::In, vec![left, list])?
        } else {
            return Ok(left);
        };
        self.negated(at, is_negated, phrase)
    }

    fn negated(
        &mut self,
        at: Position,
        is_negated: bool,
        expression: Expression,
    ) -> Result<Expression, FilterError> {
        if is_negated { self.call(at, Operator::Not, vec![expression]) } else { Ok(expression) }
    }

    /// Sums at level 0, products at level 1.
    fn sum(&mut self, level: usize) -> Result<Expression, FilterError> {
        let at = self.position();
        let mut steps = 0;
        let mut left = self.below(level)?;
        while let Some(operator) = self.infix(level) {
            self.advance();
            // Every step makes the tree a level deeper.
            self.budget.enter(&at)?;
            steps += 1;
            let right = self.below(level)?;
            left = self.call(at.clone(), operator, vec![left, right])?;
        }
        (0..steps).for_each(|_| self.budget.leave());
        Ok(left)
    }

    fn below(&mut self, level: usize) -> Result<Expression, FilterError> {
        if level == 0 { self.sum(1) } else { self.power() }
    }

    fn infix(&self, level: usize) -> Option<Operator> {
        match self.peek() {
            Token::Symbol(symbol) => {
                let found = SYMBOL_LEVELS.get(level)?.iter().find(|(known, _)| known == symbol);
                found.map(|(_, operator)| *operator)
            }
            Token::Name(name) if level == 1 && name.eq_ignore_ascii_case("DIV") => {
                Some(Operator::IntegerDivide)
            }
            _ => None,
        }
    }

    /// `a ^ b ^ c` is `a ^ (b ^ c)`.
    fn power(&mut self) -> Result<Expression, FilterError> {
        let at = self.position();
        let base = self.signed()?;
        if !self.takes_symbol("^") {
            return Ok(base);
        }
        self.budget.enter(&at)?;
        let exponent = self.power()?;
        self.budget.leave();
        self.call(at, Operator::Power, vec![base, exponent])
    }

    fn signed(&mut self) -> Result<Expression, FilterError> {
        let at = self.position();
        if self.takes_symbol("+") {
            return match self.peek() {
                Token::Number(_) => self.operand(),
                token => Err(self.fault(format!("a number is expected behind `+`, not {token}"))),
            };
        }
        if !self.takes_symbol("-") {
            return self.operand();
        }
        if let Token::Number(number) = *self.peek() {
            self.advance();
            return self.made(at, Kind::Literal(Literal::Number(-number)));
        }
        self.budget.enter(&at)?;
        let operand = self.signed()?;
        self.budget.leave();
        let minus = self.made(at.clone(), Kind::Literal(Literal::Number(-1.0)))?;
        self.call(at, Operator::Multiply, vec![minus, operand])
    }
}
