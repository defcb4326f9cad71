//! CQL2 text as tokens.

use super::error::{FilterError, shortened};
use super::tree::Position;

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Token {
    Name(String),
    /// In double quotes: never a keyword.
    Quoted(String),
    Text(String),
    Number(f64),
    Symbol(&'static str),
    End,
}

impl std::fmt::Display for Token {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Token::Name(name) => write!(f, "`{}`", shortened(name)),
            Token::Quoted(name) => write!(f, "\"{}\"", shortened(name)),
            Token::Text(text) => write!(f, "'{}'", shortened(text)),
            Token::Number(number) => write!(f, "{number}"),
            Token::Symbol(symbol) => write!(f, "`{symbol}`"),
            Token::End => f.write_str("the end"),
        }
    }
}

/// Longer ones before those that they begin with.
const SYMBOLS: [&str; 14] = ["<>", "<=", ">=", "<", ">", "=", "(", ")", ",", "+", "-", "*", "/", "%"];

/// Tokens with the character that each begins at, from 1; the last is `End`.
pub(super) fn tokens(text: &str) -> Result<Vec<(usize, Token)>, FilterError> {
    let mut lexer = Lexer { rest: text, at: 1 };
    let mut tokens = Vec::new();
    loop {
        lexer.skip_space();
        let at = lexer.at;
        let token = lexer.token()?;
        let is_end = token == Token::End;
        tokens.push((at, token));
        if is_end {
            return Ok(tokens);
        }
    }
}

struct Lexer<'a> {
    rest: &'a str,
    at: usize,
}

impl<'a> Lexer<'a> {
    fn skip_space(&mut self) {
        let rest = self.rest.trim_start();
        self.step(self.rest.len() - rest.len());
    }

    /// Steps over `length` bytes and gives them.
    fn step(&mut self, length: usize) -> &'a str {
        let (taken, rest) = self.rest.split_at_checked(length).unwrap_or((self.rest, ""));
        self.at += taken.chars().count();
        self.rest = rest;
        taken
    }

    fn fault(&self, message: impl Into<String>) -> FilterError {
        FilterError::syntax(&Position::Character(self.at), message)
    }

    fn token(&mut self) -> Result<Token, FilterError> {
        let mut characters = self.rest.chars();
        let Some(first) = characters.next() else { return Ok(Token::End) };
        let second = characters.next();
        let is_digit = |character: Option<char>| character.is_some_and(|c| c.is_ascii_digit());
        match first {
            '\'' => self.literal(),
            '"' => self.quoted(),
            '^' => {
                self.step(1);
                Ok(Token::Symbol("^"))
            }
            _ if first.is_ascii_digit() || first == '.' && is_digit(second) => self.number(),
            _ if is_name_start(first) => {
                let end = self.rest.find(|c| !is_name_part(c)).unwrap_or(self.rest.len());
                Ok(Token::Name(self.step(end).to_owned()))
            }
            _ => match SYMBOLS.into_iter().find(|symbol| self.rest.starts_with(symbol)) {
                Some(symbol) => {
                    self.step(symbol.len());
                    Ok(Token::Symbol(symbol))
                }
                None => Err(self.fault(format!("`{first}` has no meaning in CQL2"))),
            },
        }
    }

    /// `'it''s'` or `'it\'s'`. Other backslashes stand for themselves; before a quotation mark two are one, so that a
    /// text may end in one.
    fn literal(&mut self) -> Result<Token, FilterError> {
        let start = self.fault("a text in quotation marks has no end");
        self.step(1);
        let mut text = String::new();
        loop {
            let Some(end) = self.rest.find('\'') else { return Err(start) };
            let part = self.step(end);
            let backslashes = part.len() - part.trim_end_matches('\\').len();
            text.push_str(&part[..part.len() - backslashes.div_ceil(2)]);
            self.step(1);
            if backslashes % 2 == 1 {
                text.push('\'');
            } else if self.rest.starts_with('\'') {
                text.push('\'');
                self.step(1);
            } else {
                return Ok(Token::Text(text));
            }
        }
    }

    /// `"a ""strange"" name"`.
    fn quoted(&mut self) -> Result<Token, FilterError> {
        let start = self.fault("a name in quotation marks has no end");
        self.step(1);
        let mut name = String::new();
        loop {
            let Some(end) = self.rest.find('"') else { return Err(start) };
            name.push_str(self.step(end));
            self.step(1);
            if !self.rest.starts_with('"') {
                break;
            }
            name.push('"');
            self.step(1);
        }
        if name.is_empty() {
            return Err(start.fault_of("a name is empty"));
        }
        Ok(Token::Quoted(name))
    }

    fn number(&mut self) -> Result<Token, FilterError> {
        let bytes = self.rest.as_bytes();
        let digits = |from: usize| bytes.iter().skip(from).take_while(|byte| byte.is_ascii_digit()).count();
        let mut end = digits(0);
        if bytes.get(end) == Some(&b'.') {
            end += 1 + digits(end + 1);
        }
        if matches!(bytes.get(end), Some(b'e' | b'E')) {
            let sign = usize::from(matches!(bytes.get(end + 1), Some(b'+' | b'-')));
            let exponent = digits(end + 1 + sign);
            end += if exponent > 0 { 1 + sign + exponent } else { 0 };
        }
        let written = self.rest.get(..end).unwrap_or_default();
        match written.parse::<f64>() {
            Ok(number) if number.is_finite() => {
                self.step(end);
                Ok(Token::Number(number))
            }
            _ => Err(self.fault(format!("`{}` is no number that can be handled", shortened(written)))),
        }
    }
}

impl FilterError {
    /// The same place, another message.
    fn fault_of(self, message: &str) -> FilterError {
        FilterError::syntax(&self.at, message)
    }
}

/// The letters of CQL2's identifiers.
pub(super) fn is_name_start(c: char) -> bool {
    matches!(c, ':' | '_' | 'A'..='Z' | 'a'..='z'
        | '\u{c0}'..='\u{d6}' | '\u{d8}'..='\u{f6}' | '\u{f8}'..='\u{2ff}' | '\u{370}'..='\u{37d}'
        | '\u{37f}'..='\u{1ffe}' | '\u{200c}'..='\u{200d}' | '\u{2070}'..='\u{218f}' | '\u{2c00}'..='\u{2fef}'
        | '\u{3001}'..='\u{d7ff}' | '\u{f900}'..='\u{fdcf}' | '\u{fdf0}'..='\u{fffd}' | '\u{10000}'..='\u{effff}')
        && !c.is_whitespace()
}

pub(super) fn is_name_part(c: char) -> bool {
    is_name_start(c) || matches!(c, '.' | '0'..='9' | '\u{300}'..='\u{36f}' | '\u{203f}'..='\u{2040}')
}
