//! Names that people write in configuration and on the command line: publisher, theme and index ids, exchange codes.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Why a string is no identifier.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("\"{text}\" is no {what}: use 1 to 64 of {allowed}")]
pub struct InvalidIdentifier {
    text: String,
    what: &'static str,
    allowed: &'static str,
}

macro_rules! identifier {
    ($(#[$doc:meta])* $name:ident, $what:literal, $allowed:literal, $accepts:expr) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// Accepts `text` where it has the form of this identifier.
            pub fn new(text: impl Into<String>) -> Result<Self, InvalidIdentifier> {
                let text = text.into();
                let accepts: fn(char) -> bool = $accepts;
                if (1..=64).contains(&text.len()) && text.chars().all(accepts) {
                    return Ok(Self(text));
                }
                Err(InvalidIdentifier { text, what: $what, allowed: $allowed })
            }

            /// The identifier as written.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl TryFrom<String> for $name {
            type Error = InvalidIdentifier;
            fn try_from(text: String) -> Result<Self, Self::Error> {
                Self::new(text)
            }
        }

        impl From<$name> for String {
            fn from(identifier: $name) -> String {
                identifier.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.pad(&self.0)
            }
        }
    };
}

identifier!(
    /// A publisher: the id of its row in `publishers.toml`, or its registrable domain where it has none.
    PublisherId, "publisher id", "a-z 0-9 _ . -",
    |character| character.is_ascii_lowercase() || character.is_ascii_digit() || "_.-".contains(character)
);
identifier!(
    /// A theme, such as `rate_cuts`; permanent.
    ThemeId, "theme id", "a-z 0-9 _",
    |character| character.is_ascii_lowercase() || character.is_ascii_digit() || character == '_'
);
identifier!(
    /// A market index or benchmark yield, such as `RUT` or `UST10Y`; permanent, and not the name of a vendor's series.
    IndexId, "index id", "A-Z 0-9 _",
    |character| character.is_ascii_uppercase() || character.is_ascii_digit() || character == '_'
);
identifier!(
    /// An exchange by its ISO 10383 market identifier code, such as `XNYS`.
    Mic, "exchange code (MIC)", "A-Z 0-9",
    |character| character.is_ascii_uppercase() || character.is_ascii_digit()
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_name_what_is_wrong() {
        assert!(ThemeId::new("rate_cuts").is_ok());
        let error = ThemeId::new("Rate Cuts").unwrap_err().to_string();
        assert_eq!(
            error,
            "\"Rate Cuts\" is no theme id: use 1 to 64 of a-z 0-9 _"
        );
        assert!(IndexId::new("").is_err());
    }
}
