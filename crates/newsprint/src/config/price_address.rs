//! Addresses of price files: a template with places for the index and the days.

use std::fmt::Write as _;

use chrono::NaiveDate;
use newsprint_domain::index::IndexDefinition;
use url::Url;

/// What stands in an address.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    Text(String),
    /// `{index}`: the index's id.
    Index,
    /// `{series}`: the first of its series, else its id.
    Series,
    /// `{from}` and `{from:FORMAT}`: the first day wanted, by the format of strftime.
    From(String),
    /// `{to}` and `{to:FORMAT}`: the last day wanted.
    To(String),
}

/// An address with places in it.
#[derive(Debug, Clone, PartialEq, Eq, serde::Deserialize)]
#[serde(try_from = "String")]
pub(crate) struct PriceAddress(Vec<Piece>);

impl PriceAddress {
    /// Reads a template, which may be empty; `Err` says what is wrong with it.
    fn parse(text: &str) -> Result<Self, String> {
        let mut pieces = Vec::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('{') {
            let (inside, after) = after
                .split_once('}')
                .ok_or_else(|| format!("\"{{{after}\" has no closing brace"))?;
            pieces.push(Piece::Text(before.into()));
            pieces.push(Piece::parse(inside)?);
            rest = after;
        }
        pieces.push(Piece::Text(rest.into()));
        let template = Self(pieces);
        if text.is_empty() {
            return Ok(template);
        }
        let day = NaiveDate::default();
        let address = template.filled("INDEX", "SERIES", (day, day))?;
        let url =
            Url::parse(&address).map_err(|error| format!("\"{text}\" is no address: {error}"))?;
        match url.scheme() {
            "http" | "https" if url.has_host() => Ok(template),
            _ => Err(format!("\"{text}\" is no address of http or https")),
        }
    }

    /// Whether there is none.
    pub(crate) fn is_empty(&self) -> bool {
        self.0 == [Piece::Text(String::new())]
    }

    /// The address of the file of `index` that has the closes from `days.0` to `days.1`.
    ///
    /// # Errors
    ///
    /// None of a template that [`PriceAddress::parse`] has read.
    pub(crate) fn of(
        &self,
        index: &IndexDefinition,
        days: (NaiveDate, NaiveDate),
    ) -> Result<String, String> {
        let id = index.id.as_str();
        self.filled(id, index.series.first().map_or(id, String::as_str), days)
    }

    fn filled(
        &self,
        index: &str,
        series: &str,
        (from, to): (NaiveDate, NaiveDate),
    ) -> Result<String, String> {
        let mut address = String::new();
        for piece in &self.0 {
            match piece {
                Piece::Text(text) => address.push_str(text),
                Piece::Index => address.push_str(index),
                Piece::Series => {
                    address.extend(url::form_urlencoded::byte_serialize(series.as_bytes()))
                }
                Piece::From(format) => write(&mut address, from, format)?,
                Piece::To(format) => write(&mut address, to, format)?,
            }
        }
        Ok(address)
    }
}

impl TryFrom<String> for PriceAddress {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        Self::parse(&text)
    }
}

impl Piece {
    fn parse(text: &str) -> Result<Self, String> {
        let (name, format) = match text.split_once(':') {
            Some((name, format)) => (name, Some(format)),
            None => (text, None),
        };
        let day = format.unwrap_or("%Y-%m-%d").to_owned();
        match (name, format) {
            ("index", None) => Ok(Self::Index),
            ("series", None) => Ok(Self::Series),
            ("from", _) => Ok(Self::From(day)),
            ("to", _) => Ok(Self::To(day)),
            _ => Err(format!(
                "there is no place {{{text}}}: there are {{index}}, {{series}}, {{from}}, {{to}}, and {{from:%Y%m%d}} and the like"
            )),
        }
    }
}

/// A day by a format of strftime, at midnight UTC: `%s` is the seconds since 1970 that Yahoo asks for.
fn write(address: &mut String, day: NaiveDate, format: &str) -> Result<(), String> {
    let midnight = day.and_time(chrono::NaiveTime::MIN).and_utc();
    write!(address, "{}", midnight.format(format))
        .map_err(|_| format!("\"{format}\" is no format of a day: use %Y, %m, %d and the like"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_filled() {
        let rut =
            "id = 'RUT'\nname = 'Russell 2000'\nkind = 'price'\nseries = ['^RUT']\naliases = []";
        let rut: IndexDefinition = toml::from_str(rut).unwrap();
        let days = ("2024-07-01".parse().unwrap(), "2024-07-17".parse().unwrap());
        let filled = |text: &str| PriceAddress::parse(text).unwrap().of(&rut, days).unwrap();
        assert_eq!(
            filled("https://a.example/q/d/?s={series}&d1={from:%Y%m%d}&d2={to:%Y%m%d}&i=d"),
            "https://a.example/q/d/?s=%5ERUT&d1=20240701&d2=20240717&i=d"
        );
        assert_eq!(
            filled("https://a.example/{index}.csv?cosd={from}"),
            "https://a.example/RUT.csv?cosd=2024-07-01"
        );
        assert_eq!(
            filled("https://a.example/{index}?period1={from:%s}"),
            "https://a.example/RUT?period1=1719792000"
        );
    }

    #[test]
    fn mistakes_are_told() {
        for (text, expected) in [
            (
                "https://a.example/{symbol}",
                "there is no place {symbol}: there are {index}",
            ),
            (
                "https://a.example/{index:%Y}",
                "there is no place {index:%Y}",
            ),
            ("https://a.example/{from", "\"{from\" has no closing brace"),
            (
                "https://a.example/{from:%Q}",
                "\"%Q\" is no format of a day",
            ),
            ("a.example/{index}", "\"a.example/{index}\" is no address"),
            (
                "file:///{index}.csv",
                "\"file:///{index}.csv\" is no address of http",
            ),
        ] {
            let error = PriceAddress::parse(text).unwrap_err();
            assert!(error.starts_with(expected), "{error}");
        }
    }
}
