//! Code lists: what the codes in attributes mean.

use std::collections::BTreeMap;

/// Where a code list came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum CodeListOrigin {
    /// With stadtwin.
    Builtin,
    /// Read by hand.
    File,
    /// Beside an imported file that names it.
    Import,
    /// An enumeration of a registered ADE.
    Ade,
}

impl CodeListOrigin {
    pub fn name(self) -> &'static str {
        match self {
            CodeListOrigin::Builtin => "builtin",
            CodeListOrigin::File => "file",
            CodeListOrigin::Import => "import",
            CodeListOrigin::Ade => "ade",
        }
    }

    pub fn from_name(name: &str) -> CodeListOrigin {
        use CodeListOrigin::{Ade, Builtin, File, Import};
        [Builtin, Import, Ade].into_iter().find(|origin| origin.name() == name).unwrap_or(File)
    }
}

/// A code with its texts by language; the empty language where the list does not say which it is.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Code {
    pub code: String,
    pub texts: BTreeMap<String, String>,
}

impl Code {
    /// The text in a language, else in none, else in any.
    pub fn text(&self, language: &str) -> Option<&str> {
        text_in(&self.texts, language)
    }
}

/// The text in a language, else in none, else in any.
pub fn text_in<'a>(texts: &'a BTreeMap<String, String>, language: &str) -> Option<&'a str> {
    let found = texts.get(language).or_else(|| texts.get("")).or_else(|| texts.values().next());
    found.map(String::as_str)
}

/// A code list (gml:Dictionary) on its way into the twin.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CodeList {
    /// gml:name, or the file's name.
    pub title: String,
    pub description: String,
    /// The codeSpace that all its codes name, where they do.
    pub code_space: Option<String>,
    /// In the order of the list, each once.
    pub codes: Vec<Code>,
}

/// What a codeSpace is kept under: an address as it is, a relative path without the steps upwards, since that is
/// what stays the same from file to file. `../../codelists/Building_class.xml` is `codelists/Building_class.xml`.
pub fn code_space_key(code_space: &str) -> String {
    let text = code_space.trim();
    if !is_relative(text) {
        return text.to_owned();
    }
    let parts = text.split(['/', '\\']).filter(|part| !matches!(*part, "" | "." | ".."));
    parts.collect::<Vec<_>>().join("/")
}

/// Whether a codeSpace is a path beside the file that names it; others are names only, whatever they look like.
pub fn is_relative(code_space: &str) -> bool {
    let text = code_space.trim();
    let ends_as_file = [".xml", ".gml"]
        .iter()
        .any(|ending| text.len() > ending.len() && text.to_ascii_lowercase().ends_with(ending));
    ends_as_file && !text.contains(':') && !text.starts_with(['/', '\\'])
}

/// `*/Building_class.xml`: the name under which a list is found by any codeSpace that ends so.
pub fn file_name_key(code_space: &str) -> Option<String> {
    let last = code_space.trim().rsplit(['/', '\\']).next()?;
    (last.contains('.') && !last.contains(':')).then(|| format!("*/{last}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn relative_code_spaces_lose_their_steps_upwards_and_others_are_names() {
        let cases = [
            ("../../codelists/Building_class.xml", "codelists/Building_class.xml", true),
            ("..\\codelists\\A.XML", "codelists/A.XML", true),
            (" ./A.xml ", "A.xml", true),
            ("http://example.org/lists/../A.xml", "http://example.org/lists/../A.xml", false),
            ("urn:adv:fachdatenverbindung:AA", "urn:adv:fachdatenverbindung:AA", false),
            ("/etc/A.xml", "/etc/A.xml", false),
            ("C:\\A.xml", "C:\\A.xml", false),
            ("XYZ", "XYZ", false),
            ("", "", false),
        ];
        for (text, key, relative) in cases {
            assert_eq!((code_space_key(text).as_str(), is_relative(text)), (key, relative), "{text}");
        }
        assert_eq!(file_name_key("http://example.org/lists/A.xml").as_deref(), Some("*/A.xml"));
        assert_eq!(file_name_key("http://example.org/lists/"), None);
        assert_eq!(file_name_key("urn:x:a.b"), None);
    }

    #[test]
    fn texts_are_chosen_by_language() {
        let code = |texts: &[(&str, &str)]| Code {
            code: "1".into(),
            texts: texts.iter().map(|(language, text)| ((*language).into(), (*text).into())).collect(),
        };
        let both = code(&[("de", "Haus"), ("en", "house")]);
        assert_eq!(
            (both.text("de"), both.text("en"), both.text("fr")),
            (Some("Haus"), Some("house"), Some("Haus"))
        );
        assert_eq!(code(&[("", "x"), ("aa", "y")]).text("de"), Some("x"));
        assert_eq!(code(&[]).text("de"), None);
    }
}
