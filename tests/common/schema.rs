//! As much of JSON Schema as the schema of a line uses: its names, and whether a line keeps to it.

#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use std::collections::BTreeSet;

use serde_json::Value;

/// A schema with its `$ref` followed.
fn resolved<'a>(root: &'a Value, schema: &'a Value) -> &'a Value {
    match schema["$ref"].as_str() {
        Some(place) => root.pointer(place.trim_start_matches('#')).unwrap(),
        None => schema,
    }
}

/// The schemas a value may keep to.
fn choices(schema: &Value) -> impl Iterator<Item = &Value> {
    let lists = ["anyOf", "oneOf"].map(|key| schema[key].as_array());
    lists.into_iter().flatten().flatten()
}

/// The dotted path of every field, with `*` for the names of channels, pairs, bands, rules and stimuli, and for places in a list.
pub(crate) fn every_path(root: &Value) -> BTreeSet<String> {
    let mut paths = BTreeSet::new();
    walk(root, root, "", &mut paths);
    paths
}

fn walk(root: &Value, schema: &Value, path: &str, paths: &mut BTreeSet<String>) {
    let schema = resolved(root, schema);
    let below = |name: &str| format!("{path}{}{name}", if path.is_empty() { "" } else { "." });
    for (name, field) in schema["properties"].as_object().into_iter().flatten() {
        paths.insert(below(name));
        walk(root, field, &below(name), paths);
    }
    if schema["additionalProperties"].is_object() {
        walk(root, &schema["additionalProperties"], &below("*"), paths);
    }
    if schema["items"].is_object() {
        walk(root, &schema["items"], &below("*"), paths);
    }
    choices(schema).for_each(|choice| walk(root, choice, path, paths));
}

/// The name of every field.
pub(crate) fn every_name(root: &Value) -> BTreeSet<String> {
    let paths = every_path(root);
    let names = paths.iter().filter_map(|path| path.rsplit('.').next());
    names.map(str::to_owned).collect()
}

/// Every word that stands as a value.
pub(crate) fn every_word(schema: &Value) -> BTreeSet<String> {
    match schema {
        Value::Object(parts) => {
            let listed = parts.get("enum").and_then(Value::as_array);
            let words = listed.into_iter().flatten().chain(parts.get("const"));
            let words = words.filter_map(Value::as_str).map(str::to_owned);
            words.chain(parts.values().flat_map(every_word)).collect()
        }
        Value::Array(parts) => parts.iter().flat_map(every_word).collect(),
        _ => BTreeSet::new(),
    }
}

/// Where and how `value` does not keep to the schema.
pub(crate) fn violations(root: &Value, value: &Value) -> Vec<String> {
    let mut found = Vec::new();
    check(root, root, value, "", &mut found);
    found
}

fn check(root: &Value, schema: &Value, value: &Value, path: &str, found: &mut Vec<String>) {
    let schema = resolved(root, schema);
    let mut all = Vec::new();
    for choice in choices(schema) {
        let mut its = Vec::new();
        check(root, choice, value, path, &mut its);
        all.push(its);
    }
    // of several choices the nearest one tells what is wrong
    found.extend(all.into_iter().min_by_key(Vec::len).into_iter().flatten());
    let types: Vec<&str> = match &schema["type"] {
        Value::Array(types) => types.iter().filter_map(Value::as_str).collect(),
        one => one.as_str().into_iter().collect(),
    };
    if !types.is_empty() && !types.iter().any(|one| is_of_type(value, one)) {
        found.push(format!("{path}: {value} is not of {types:?}"));
    }
    let words = schema["enum"].as_array();
    if words.is_some_and(|words| !words.contains(value)) {
        found.push(format!("{path}: {value} is none of {words:?}"));
    }
    match value {
        Value::Object(fields) => check_fields(root, schema, fields, path, found),
        Value::Array(items) if schema["items"].is_object() => {
            for item in items {
                check(root, &schema["items"], item, &format!("{path}[]"), found);
            }
        }
        _ => {}
    }
}

fn check_fields(
    root: &Value,
    schema: &Value,
    fields: &serde_json::Map<String, Value>,
    path: &str,
    found: &mut Vec<String>,
) {
    let required = schema["required"].as_array().into_iter().flatten();
    for name in required.filter_map(Value::as_str) {
        if !fields.contains_key(name) {
            found.push(format!("{path}.{name} is missing"));
        }
    }
    for (name, field) in fields {
        let below = format!("{path}.{name}");
        match (&schema["properties"][name], &schema["additionalProperties"]) {
            (Value::Null, Value::Bool(false)) => found.push(format!("{below} is not known")),
            (Value::Null, others) => check(root, others, field, &below, found),
            (known, _) => check(root, known, field, &below, found),
        }
    }
}

fn is_of_type(value: &Value, name: &str) -> bool {
    match name {
        "null" => value.is_null(),
        "boolean" => value.is_boolean(),
        "number" => value.is_number(),
        "integer" => value.is_i64() || value.is_u64(),
        "string" => value.is_string(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        _ => false,
    }
}
