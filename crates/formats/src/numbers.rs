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
    let mut rest = text;
    loop {
        rest = rest.get(rest.iter().position(|byte| !separator(byte)).unwrap_or(rest.len())..).unwrap_or(&[]);
        if rest.is_empty() {
            return Ok(());
        }
        let (value, length) = match plain(rest).filter(|(_, end)| rest.get(*end).is_none_or(separator)) {
            Some(found) => found,
            None => {
                let length = rest.iter().position(separator).unwrap_or(rest.len());
                let token = rest.get(..length).unwrap_or(rest);
                (number(token).ok_or(token)?, length)
            }
        };
        out.push(value);
        rest = rest.get(length..).unwrap_or(&[]);
    }
}

/// `-123.456` at the beginning of the bytes with at most 15 digits, eight of them looked at in one go; with its
/// length. The value is that of `fixed_point`.
fn plain(bytes: &[u8]) -> Option<(f64, usize)> {
    let (negative, unsigned) = match bytes {
        [b'-', rest @ ..] => (true, rest),
        _ => (false, bytes),
    };
    let (whole, whole_digits) = digits(unsigned);
    if whole_digits == 0 {
        return None;
    }
    let mut length = whole_digits;
    let (mut mantissa, mut decimals) = (whole, 0);
    if unsigned.get(length) == Some(&b'.') {
        let (fraction, count) = digits(unsigned.get(length + 1..)?);
        mantissa = whole * TENS.get(count)? + fraction;
        decimals = count;
        length += 1 + count;
    }
    if whole_digits + decimals > 15 {
        return None;
    }
    let value = mantissa as f64 / POWERS.get(decimals)?;
    Some((if negative { -value } else { value }, length + usize::from(negative)))
}

const TENS: [u64; 9] = [1, 10, 100, 1_000, 10_000, 100_000, 1_000_000, 10_000_000, 100_000_000];

/// The decimal number that the bytes begin with, and how many digits it has: of the first eight bytes.
fn digits(bytes: &[u8]) -> (u64, usize) {
    let chunk = match bytes.first_chunk::<8>() {
        Some(chunk) => *chunk,
        None => {
            let mut chunk = [0; 8];
            chunk.iter_mut().zip(bytes).for_each(|(place, byte)| *place = *byte);
            chunk
        }
    };
    // Each byte of a digit becomes its value, each other one more than 9.
    let values = u64::from_le_bytes(chunk) ^ 0x3030_3030_3030_3030;
    let others =
        (((values & 0x7f7f_7f7f_7f7f_7f7f) + 0x7676_7676_7676_7676) | values) & 0x8080_8080_8080_8080;
    let count = (others.trailing_zeros() / 8) as usize;
    if count == 0 {
        return (0, 0);
    }
    // The digits stand at the end with zeros before them; neighbours then join to two, four and eight digits.
    let ones = values << (64 - 8 * count);
    let twos = (ones.wrapping_mul(10) + (ones >> 8)) & 0x00ff_00ff_00ff_00ff;
    let fours = (twos.wrapping_mul(100) + (twos >> 16)) & 0x0000_ffff_0000_ffff;
    ((fours.wrapping_mul(10_000) + (fours >> 32)) & 0xffff_ffff, count)
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
        fn lists_agree_with_the_standard_library(
            texts in proptest::collection::vec("-?[0-9]{0,17}(\\.[0-9]{0,12})?(e[0-9])?", 0..6)
        ) {
            let expected: Option<Vec<u64>> = texts
                .iter()
                .filter(|text| !text.is_empty())
                .map(|text| text.parse::<f64>().ok().map(f64::to_bits))
                .collect();
            let mut out = Vec::new();
            let is_read = numbers(texts.join(" ").as_bytes(), false, &mut out).is_ok();
            prop_assert_eq!(is_read.then(|| out.into_iter().map(f64::to_bits).collect::<Vec<_>>()), expected);
        }

        #[test]
        fn any_bytes_are_survived(bytes in proptest::collection::vec(any::<u8>(), 0..40)) {
            let _ = number(&bytes);
        }
    }
}
