//! Decimal numbers in bulk: exact fixed-point scanning, the general parser for the rest.

/// 10^0 … 10^15: exact as f64, so that one division rounds correctly.
const POWERS: [f64; 16] =
    [1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15];

/// One decimal number without surrounding space, finite.
pub fn number(token: &[u8]) -> Option<f64> {
    let token = token.strip_prefix(b"+").unwrap_or(token);
    fixed_point(token).or_else(|| fast_float2::parse(token).ok()).filter(|value: &f64| value.is_finite())
}

/// Appends the numbers of a list; separators are white space, and commas where `commas` is set.
/// Gives the first token that is no finite number as the error.
pub fn numbers<'a>(text: &'a [u8], commas: bool, out: &mut Vec<f64>) -> Result<(), &'a [u8]> {
    let separator = |byte: &u8| matches!(byte, b' ' | b'\n' | b'\t' | b'\r') || (commas && *byte == b',');
    for token in text.split(separator).filter(|token| !token.is_empty()) {
        out.push(number(token).ok_or(token)?);
    }
    Ok(())
}

/// `-123.456` with at most 15 digits: both mantissa and power are exact then, and so is the rounding.
fn fixed_point(token: &[u8]) -> Option<f64> {
    let (negative, digits) = match token.strip_prefix(b"-") {
        Some(rest) => (true, rest),
        None => (false, token),
    };
    if digits.is_empty() || digits.len() > 16 {
        return None;
    }
    let mut mantissa: u64 = 0;
    let mut count = 0_usize;
    let mut point = None;
    for byte in digits {
        match byte {
            b'0'..=b'9' => {
                mantissa = mantissa * 10 + u64::from(byte - b'0');
                count += 1;
            }
            b'.' if point.is_none() => point = Some(count),
            _ => return None,
        }
    }
    if count == 0 || count > 15 {
        return None;
    }
    let decimals = count - point.unwrap_or(count);
    let value = mantissa as f64 / POWERS.get(decimals)?;
    Some(if negative { -value } else { value })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn lists_are_read_whole_or_name_the_bad_token() {
        let cases = [
            ("1 2.5\n-3e2", false, Ok(vec![1.0, 2.5, -300.0])),
            ("1,2 3,4", true, Ok(vec![1.0, 2.0, 3.0, 4.0])),
            ("1,2", false, Err("1,2")),
            ("1 NaN", false, Err("NaN")),
            ("INF", false, Err("INF")),
            ("  ", false, Ok(vec![])),
        ];
        for (text, commas, expected) in cases {
            let mut out = Vec::new();
            let result = numbers(text.as_bytes(), commas, &mut out)
                .map(|()| out)
                .map_err(|token| String::from_utf8_lossy(token).into_owned());
            assert_eq!(result, expected.map_err(str::to_owned), "{text}");
        }
    }

    proptest! {
        #[test]
        fn agrees_with_the_standard_library(text in "-?[0-9]{1,14}(\\.[0-9]{0,12})?([eE]-?[0-9]{1,2})?") {
            let expected: f64 = text.parse().unwrap();
            prop_assert_eq!(number(text.as_bytes()).map(f64::to_bits), Some(expected.to_bits()));
        }

        #[test]
        fn any_bytes_are_survived(bytes in proptest::collection::vec(any::<u8>(), 0..40)) {
            let _ = number(&bytes);
        }
    }
}
