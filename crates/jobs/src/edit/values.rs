//! JSON values by what they say: 1 and 1.0 are the same number.

use serde_json::{Number, Value};

pub(super) fn is_same(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Number(a), Value::Number(b)) => is_same_number(a, b),
        (Value::Array(a), Value::Array(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| is_same(a, b))
        }
        (Value::Object(a), Value::Object(b)) => {
            let has_same = |(name, value): (&String, &Value)| b.get(name).is_some_and(|b| is_same(value, b));
            a.len() == b.len() && a.iter().all(has_same)
        }
        (a, b) => a == b,
    }
}

fn is_same_number(a: &Number, b: &Number) -> bool {
    match (a.as_i128(), b.as_i128()) {
        (Some(a), Some(b)) => a == b,
        _ => a.as_f64() == b.as_f64(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn numbers_are_what_they_count() {
        for (a, b, expected) in [
            (json!(1), json!(1.0), true),
            (json!({ "a": [1, { "b": 2.0 }] }), json!({ "a": [1.0, { "b": 2 }] }), true),
            (json!(9_007_199_254_740_993_i64), json!(9_007_199_254_740_992_i64), false),
            (json!(1), json!("1"), false),
            (json!(1), json!(true), false),
            (json!({ "a": 1 }), json!({ "a": 1, "b": null }), false),
            (json!([1, 2]), json!([2, 1]), false),
        ] {
            assert_eq!(is_same(&a, &b), expected, "{a} {b}");
        }
    }
}
