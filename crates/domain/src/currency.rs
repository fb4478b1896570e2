//! Currencies by their ISO 4217 codes.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The active codes of ISO 4217 (table A.1, as amended to 2025) but for those of metals, funds, tests and none.
const CODES: &str = "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CLP \
                     CNY COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD HNL HTG HUF \
                     IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD \
                     MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB \
                     RWF SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH UGX USD \
                     UYU UZS VED VES VND VUV WST XAF XCD XCG XOF XPF YER ZAR ZMW ZWG";

/// A currency, such as `USD`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Currency(String);

/// Why a string is no currency.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("\"{0}\" is no currency: use its code of ISO 4217, such as USD")]
pub struct InvalidCurrency(String);

impl Currency {
    /// Accepts the active codes of ISO 4217, in capitals.
    ///
    /// # Errors
    ///
    /// Of any other text.
    pub fn new(code: impl Into<String>) -> Result<Self, InvalidCurrency> {
        let code = code.into();
        match CODES.split_whitespace().any(|known| known == code) {
            true => Ok(Self(code)),
            false => Err(InvalidCurrency(code)),
        }
    }

    /// The code.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for Currency {
    type Error = InvalidCurrency;
    fn try_from(code: String) -> Result<Self, Self::Error> {
        Self::new(code)
    }
}

impl From<Currency> for String {
    fn from(currency: Currency) -> Self {
        currency.0
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_codes_of_iso_4217_are_currencies() {
        assert_eq!(
            Currency::new("JPY").map(|code| code.to_string()),
            Ok("JPY".into())
        );
        for wrong in ["usd", "US", "", "DEM", "USD EUR", "GBX"] {
            let error = Currency::new(wrong).unwrap_err().to_string();
            assert!(
                error.starts_with(&format!("\"{wrong}\" is no currency")),
                "{error}"
            );
        }
    }
}
