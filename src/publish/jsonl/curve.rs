//! A value for every bin.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Serialize, Serializer};

/// A value per bin, written in single precision: a line holds thousands of them.
pub(super) struct Curve<'a>(pub(super) Cow<'a, [f64]>);

impl Serialize for Curve<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[expect(
            clippy::cast_possible_truncation,
            reason = "seven digits are more than any estimate has"
        )]
        serializer.collect_seq(self.0.iter().map(|&value| value as f32))
    }
}

/// That of any other list of numbers, some of which may be null.
impl JsonSchema for Curve<'_> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        Vec::<Option<f32>>::schema_name()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        Vec::<Option<f32>>::json_schema(generator)
    }
}
