//! Enums as the words that the wire and the database both use.

use serde::{Serialize, de::DeserializeOwned};

/// The word of a variant, for example `roll_back`.
pub fn word<T: Serialize>(value: T) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(word)) => word,
        other => unreachable!("only enums without fields are stored as words, not {other:?}"),
    }
}

/// The variant of a word that [`word`] wrote.
pub fn read<T: DeserializeOwned>(word: &str) -> Result<T, sqlx::Error> {
    serde_json::from_value(word.into()).map_err(|error| sqlx::Error::Decode(Box::new(error)))
}

/// The id of a text that an id was written as.
pub fn id<T>(text: &str) -> Result<shared::Id<T>, sqlx::Error> {
    text.parse()
        .map_err(|error| sqlx::Error::Decode(Box::new(error)))
}

/// A count that the database made.
pub fn count(number: i64) -> Result<u32, sqlx::Error> {
    u32::try_from(number).map_err(|error| sqlx::Error::Decode(Box::new(error)))
}

/// A place in a list, as the database counts.
pub fn index(place: usize) -> Result<i64, sqlx::Error> {
    i64::try_from(place).map_err(|error| sqlx::Error::Encode(Box::new(error)))
}

/// A value as JSON.
pub fn json<T: Serialize>(value: &T) -> String {
    serde_json::to_string(value).expect("values of ours have text keys and no failing parts")
}

/// A value that [`json`] wrote.
pub fn from_json<T: DeserializeOwned>(text: &str) -> Result<T, sqlx::Error> {
    serde_json::from_str(text).map_err(|error| sqlx::Error::Decode(Box::new(error)))
}

#[cfg(test)]
mod tests {
    use shared::DeploymentKind;

    #[test]
    fn a_variant_is_stored_as_its_wire_word() {
        assert_eq!(super::word(DeploymentKind::RollBack), "roll_back");
        assert_eq!(
            super::read::<DeploymentKind>("roll_back").unwrap(),
            DeploymentKind::RollBack
        );
        assert!(super::read::<DeploymentKind>("sideways").is_err());
    }
}
