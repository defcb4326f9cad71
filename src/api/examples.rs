//! Examples for the API definition and its page: values of parameters, bodies and answers, as the sample city has them.

use std::sync::LazyLock;

use serde_json::Value;

/// `parameters` by component or header, `bodies` by operation and media type, `answers` by operation.
static ALL: LazyLock<Value> = LazyLock::new(|| {
    serde_json::from_str(include_str!("examples.json")).expect("the file is checked by a test")
});

/// The same of plans.
static PLANS: LazyLock<Value> = LazyLock::new(|| {
    serde_json::from_str(include_str!("plans/examples.json")).expect("the file is checked by a test")
});

fn find(kind: &str, name: &str) -> Option<&'static Value> {
    ALL[kind].get(name).or_else(|| PLANS[kind].get(name))
}

/// Of a parameter, by its name in the definition.
pub fn parameter(component: &str) -> Option<&'static Value> {
    find("parameters", component)
}

/// Of what an operation takes. Texts stand for what is no JSON.
pub fn body(operation_id: &str, media: &str) -> Option<&'static Value> {
    find("bodies", operation_id)?.get(media)
}

/// Of what an operation answers as JSON or text.
pub fn answer(operation_id: &str) -> Option<&'static Value> {
    find("answers", operation_id)
}

/// A value as it stands in an address or a header.
pub fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(items) => items.iter().map(text).collect::<Vec<_>>().join(","),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_written_with_commas() {
        let bbox = parameter("bbox").map(text);
        assert_eq!(bbox.as_deref(), Some("11.652,48.245,11.656,48.247"));
        assert_eq!(parameter("skipGeometry").map(text).as_deref(), Some("true"));
    }
}
