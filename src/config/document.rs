//! The text of a configuration, with the place of every key: names keys that do not exist, and those whose value cannot be read.

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::config::Problem;

/// A configuration as TOML.
pub(super) struct Document<'a> {
    text: &'a str,
    table: Spanned<DeTable<'a>>,
}

/// A key with a value, and its whole name.
struct Entry<'a> {
    name: String,
    start: usize,
    value: &'a Spanned<DeValue<'a>>,
}

impl<'a> Document<'a> {
    pub(super) fn parse(text: &'a str) -> Result<Self, toml::de::Error> {
        let table = DeTable::parse(text)?;
        Ok(Self { text, table })
    }

    /// Refuses the first key that is none of `known`, where a list's first entry stands for all.
    pub(super) fn refuse_unknown(&self, known: &toml::Table) -> Result<(), Problem> {
        self.refuse_unknown_in(self.table.get_ref(), known, "")
    }

    fn refuse_unknown_in(
        &self,
        written: &DeTable<'_>,
        known: &toml::Table,
        name: &str,
    ) -> Result<(), Problem> {
        for (key, value) in written {
            let field = key.get_ref();
            let Some(known_value) = known.get(field.as_ref()) else {
                return Err(Problem::NoSuchKey {
                    field: field.to_string(),
                    table: if name.is_empty() { "the file" } else { name }.to_owned(),
                    line: self.line(key.span().start),
                    known: known.keys().map(|key| format!("`{key}`")).collect(),
                });
            };
            let name = joined(name, field);
            match (value.get_ref(), known_value) {
                (DeValue::Table(inner), toml::Value::Table(known)) => {
                    self.refuse_unknown_in(inner, known, &name)?;
                }
                (DeValue::Array(entries), toml::Value::Array(known)) => {
                    let Some(toml::Value::Table(known)) = known.first() else {
                        continue;
                    };
                    for (i, entry) in entries.iter().enumerate() {
                        if let DeValue::Table(inner) = entry.get_ref() {
                            self.refuse_unknown_in(inner, known, &format!("{name}[{i}]"))?;
                        }
                    }
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// The key whose value serde could not read; `None` where the trouble has no key.
    pub(super) fn unreadable(&self, error: &toml::de::Error) -> Option<Problem> {
        let at = error.span()?.start;
        let entry = entry_at(self.table.get_ref(), at, "")?;
        Some(Problem::Unreadable {
            key: entry.name,
            value: self.text.get(entry.value.span())?.to_owned(),
            expected: expected(error.message()),
            line: self.line(entry.start),
        })
    }

    /// Number of the line, from 1.
    fn line(&self, at: usize) -> usize {
        let before = self.text.bytes().take(at);
        before.filter(|&byte| byte == b'\n').count() + 1
    }
}

/// The key, other than a table's, whose name or value holds byte `at`.
fn entry_at<'a>(table: &'a DeTable<'a>, at: usize, name: &str) -> Option<Entry<'a>> {
    table.iter().find_map(|(key, value)| {
        let name = joined(name, key.get_ref());
        match value.get_ref() {
            DeValue::Table(inner) => entry_at(inner, at, &name),
            DeValue::Array(entries) if entries.iter().any(|entry| entry.get_ref().is_table()) => {
                entries.iter().enumerate().find_map(|(i, entry)| {
                    let inner = entry.get_ref().as_table()?;
                    entry_at(inner, at, &format!("{name}[{i}]"))
                })
            }
            _ => {
                let start = key.span().start;
                let is_there = (start..value.span().end).contains(&at);
                is_there.then_some(Entry { name, start, value })
            }
        }
    })
}

fn joined(name: &str, key: &str) -> String {
    if name.is_empty() {
        key.to_owned()
    } else {
        format!("{name}.{key}")
    }
}

/// Serde's words, but those for an enum (``unknown variant `x`, expected `a` or `b` ``) as everywhere else here.
fn expected(message: &str) -> String {
    match message.split_once(", expected ") {
        Some((variant, words)) if variant.starts_with("unknown variant") => {
            let words = words.strip_prefix("one of ").unwrap_or(words);
            format!("allowed is {}", words.replace('`', "\""))
        }
        _ => message.to_owned(),
    }
}
