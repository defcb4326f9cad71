//! Values in the database's own binary forms, taken and given without a detour.

use sqlx::encode::IsNull;
use sqlx::error::BoxDynError;
use sqlx::postgres::{PgArgumentBuffer, PgHasArrayType, PgTypeInfo, PgValueRef};
use sqlx::{Decode, Encode, Postgres, Type};

/// A PostGIS geometry as EWKB.
pub(super) struct Ewkb(pub Vec<u8>);

impl Type<Postgres> for Ewkb {
    fn type_info() -> PgTypeInfo {
        PgTypeInfo::with_name("geometry")
    }
}

impl PgHasArrayType for Ewkb {
    fn array_type_info() -> PgTypeInfo {
        PgTypeInfo::with_name("_geometry")
    }
}

impl Encode<'_, Postgres> for Ewkb {
    fn encode_by_ref(&self, out: &mut PgArgumentBuffer) -> Result<IsNull, BoxDynError> {
        out.extend_from_slice(&self.0);
        Ok(IsNull::No)
    }
}

impl Decode<'_, Postgres> for Ewkb {
    fn decode(value: PgValueRef<'_>) -> Result<Ewkb, BoxDynError> {
        Ok(Ewkb(value.as_bytes()?.to_vec()))
    }
}

/// A `jsonb` value as its text.
pub(super) struct JsonText(pub String);

impl Type<Postgres> for JsonText {
    fn type_info() -> PgTypeInfo {
        PgTypeInfo::with_name("jsonb")
    }
}

impl Decode<'_, Postgres> for JsonText {
    /// Binary is a version, 1, then the text.
    fn decode(value: PgValueRef<'_>) -> Result<JsonText, BoxDynError> {
        match value.as_bytes()? {
            [1, text @ ..] => Ok(JsonText(std::str::from_utf8(text)?.to_owned())),
            _ => Err("an unknown version of jsonb".into()),
        }
    }
}
