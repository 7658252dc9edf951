//! How a configuration writes that a setting is off: 0 for a number, nothing for a text. For serde's `with`.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Write the value, or 0 or nothing for `None`.
///
/// # Errors
/// Those of the serializer.
pub fn serialize<T, S>(value: &Option<T>, serializer: S) -> Result<S::Ok, S::Error>
where
    T: Default + Serialize,
    S: Serializer,
{
    match value {
        Some(value) => value.serialize(serializer),
        None => T::default().serialize(serializer),
    }
}

/// Read a value; 0 or nothing is `None`.
///
/// # Errors
/// Those of the deserializer.
pub fn deserialize<'de, T, D>(deserializer: D) -> Result<Option<T>, D::Error>
where
    T: Default + PartialEq + Deserialize<'de>,
    D: Deserializer<'de>,
{
    let value = T::deserialize(deserializer)?;
    Ok((value != T::default()).then_some(value))
}

#[cfg(test)]
mod tests {
    use serde::{Deserialize, Serialize};

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Settings {
        #[serde(with = "super")]
        number: Option<f64>,
        #[serde(with = "super")]
        text: Option<String>,
    }

    #[test]
    fn zero_and_nothing_are_off_both_ways() {
        for (text, settings) in [
            ("number = 0.0\ntext = \"\"\n", (None, None)),
            (
                "number = -1.5\ntext = \"x\"\n",
                (Some(-1.5), Some("x".to_owned())),
            ),
        ] {
            let (number, words) = settings;
            let settings = Settings {
                number,
                text: words,
            };
            assert_eq!(toml::from_str::<Settings>(text).unwrap(), settings);
            assert_eq!(toml::to_string(&settings).unwrap(), text);
        }
    }
}
