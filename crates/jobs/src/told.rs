//! Errors as sentences.

/// The error with its causes; a cause that the message before it holds already is not told twice.
pub fn with_causes(error: &anyhow::Error) -> String {
    let mut told = String::new();
    let mut before = String::new();
    for cause in error.chain() {
        let message = cause.to_string();
        if told.is_empty() {
            told.clone_from(&message);
        } else if !before.contains(&message) {
            told.push_str(": ");
            told.push_str(&message);
        }
        // What a transparent layer hides does not count as told.
        if !message.is_empty() {
            before = message;
        }
    }
    told
}

#[cfg(test)]
mod tests {
    use super::*;
    use anyhow::Context;
    use stadtwin_formats::FormatError;

    #[test]
    fn no_cause_is_told_twice() {
        let source = std::io::Error::new(std::io::ErrorKind::NotFound, "no such file");
        let error = FormatError::Io { name: "a.gml".to_owned(), source };
        let error = Err::<(), _>(error).context("the import failed").unwrap_err();
        assert_eq!(with_causes(&error), "the import failed: cannot read `a.gml`: no such file");
        let error = anyhow::anyhow!("deep").context("middle").context("top");
        assert_eq!(with_causes(&error), "top: middle: deep");
    }
}
