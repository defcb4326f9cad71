//! Tokens: `stw_<prefix>_<secret>`. The prefix finds and names a token, the secret proves it; only its hash is kept.

use std::io::Read;

/// Marks our tokens, so that scanners for leaked secrets can find them.
const MARK: &str = "stw_";
/// Bytes of the prefix, written as 12 hex digits.
const PREFIX_BYTES: usize = 6;
/// Bytes of the secret: 256 bits.
const SECRET_BYTES: usize = 32;

/// A token at the one moment when its secret is known.
pub struct IssuedToken {
    /// What its owner keeps; never stored, never logged.
    pub text: String,
    pub prefix: String,
    pub hash: [u8; 32],
}

/// A new token from the machine's randomness.
pub fn issue_token() -> std::io::Result<IssuedToken> {
    let (prefix, secret) = (random_hex(PREFIX_BYTES)?, random_hex(SECRET_BYTES)?);
    let hash = *blake3::hash(secret.as_bytes()).as_bytes();
    Ok(IssuedToken { text: format!("{MARK}{prefix}_{secret}"), prefix, hash })
}

/// As many random bytes as hex digits, two each.
pub fn random_hex(bytes: usize) -> std::io::Result<String> {
    let mut random = vec![0; bytes];
    std::fs::File::open("/dev/urandom")?.read_exact(&mut random)?;
    Ok(random.iter().map(|byte| format!("{byte:02x}")).collect())
}

/// Prefix and hash of a token as shown; `None` when it cannot be one of ours.
pub fn read_token(text: &str) -> Option<(&str, [u8; 32])> {
    let (prefix, secret) = text.strip_prefix(MARK)?.split_once('_')?;
    let is_hex = |part: &str, bytes: usize| {
        part.len() == 2 * bytes && part.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
    };
    let fits = is_hex(prefix, PREFIX_BYTES) && is_hex(secret, SECRET_BYTES);
    fits.then(|| (prefix, *blake3::hash(secret.as_bytes()).as_bytes()))
}

/// Compares in constant time, so that the time taken tells nothing.
pub fn is_same_hash(a: [u8; 32], b: [u8; 32]) -> bool {
    blake3::Hash::from_bytes(a) == blake3::Hash::from_bytes(b)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_read_back_and_nothing_else_is() {
        let token = issue_token().unwrap();
        // 4 + 12 + 1 + 64 characters.
        assert_eq!(token.text.len(), 81);
        let (prefix, hash) = read_token(&token.text).unwrap();
        assert_eq!(prefix, token.prefix);
        assert!(is_same_hash(hash, token.hash));
        let other = issue_token().unwrap();
        assert_ne!(other.text, token.text);
        assert!(!is_same_hash(hash, other.hash));
        let upper = token.text.to_uppercase();
        let (short, long) = (&token.text[..80], format!("{}0", token.text));
        for wrong in ["", "stw_", "stw_a_b", short, long.as_str(), upper.as_str()] {
            assert!(read_token(wrong).is_none(), "{wrong}");
        }
    }
}
