//! `newsprint.toml`. Each default is written once, in the file that is shipped.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use croner::Cron;
use newsprint_domain::identifier::IndexId;
use newsprint_domain::index::IndexDefinition;
use newsprint_fetcher::error::Limits;
use newsprint_nlp::sentiment::ModelChoice;
use serde::Deserialize;

use super::price_address::PriceAddress;
use crate::exit::misuse;

/// The file that is shipped, whose values are the defaults.
const SHIPPED: &str = include_str!("../../../../config/newsprint.toml");

/// The whole file.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Settings {
    pub(crate) store: StoreSettings,
    pub(crate) model: ModelSettings,
    pub(crate) fetch: FetchSettings,
    pub(crate) prices: PriceSettings,
    pub(crate) report: FolderSettings,
    pub(crate) schedule: ScheduleSettings,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct StoreSettings {
    pub(crate) url: String,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ModelSettings {
    pub(crate) name: ModelChoice,
    pub(crate) threads: usize,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct FetchSettings {
    pub(crate) contact: String,
    pub(crate) gap_seconds: f64,
    pub(crate) daily_budget: u32,
    pub(crate) concurrency: usize,
    pub(crate) max_minutes: f64,
    pub(crate) revisit_hours: Vec<f64>,
    pub(crate) timeout_seconds: f64,
    pub(crate) max_body_bytes: usize,
    pub(crate) evidence: PathBuf,
    pub(crate) allow_loopback: bool,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct FolderSettings {
    folder: PathBuf,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct PriceSettings {
    folder: PathBuf,
    url: PriceAddress,
    pub(crate) urls: BTreeMap<IndexId, PriceAddress>,
}

/// Cron expressions, by stage.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ScheduleSettings {
    pub(crate) fetch: Option<String>,
    pub(crate) tag: Option<String>,
    pub(crate) prices: Option<String>,
    pub(crate) report: Option<String>,
}

impl Settings {
    /// Parses and validates the file.
    pub(crate) fn parse(text: &str) -> anyhow::Result<Self> {
        let settings = read(text)?;
        let fetch = &settings.fetch;
        let check = |is_valid: bool, problem: &str| {
            if is_valid {
                Ok(())
            } else {
                Err(misuse(problem))
            }
        };
        check(
            (1..=256).contains(&settings.model.threads),
            "model.threads: use 1 to 256",
        )?;
        check(
            (0.0..=86_400.0).contains(&fetch.gap_seconds),
            "fetch.gap_seconds: use 0 to 86400",
        )?;
        check(
            fetch.daily_budget > 0,
            "fetch.daily_budget: use 1 or more; to fetch nothing, leave fetch out of [schedule]",
        )?;
        check(
            (1..=1_024).contains(&fetch.concurrency),
            "fetch.concurrency: use 1 to 1024",
        )?;
        check(
            (0.0..=1e6).contains(&fetch.max_minutes),
            "fetch.max_minutes: use 0 to 1000000",
        )?;
        let hours = &fetch.revisit_hours;
        check(
            hours.iter().all(|hours| (0.0..=10_000.0).contains(hours)) && hours.is_sorted(),
            "fetch.revisit_hours: use rising numbers of hours from 0 to 10000",
        )?;
        check(
            (0.1..=3_600.0).contains(&fetch.timeout_seconds),
            "fetch.timeout_seconds: use 0.1 to 3600",
        )?;
        check(
            (1_024..=1 << 30).contains(&fetch.max_body_bytes),
            "fetch.max_body_bytes: use 1024 to 1073741824",
        )?;
        check(
            !fetch.contact.contains(char::is_control),
            "fetch.contact: no line breaks or control characters",
        )?;
        for (stage, expression) in settings.schedule.stages() {
            expression.parse::<Cron>().map_err(|error| {
                misuse(format!(
                    "schedule.{stage}: \"{expression}\" is no cron expression: {error}"
                ))
            })?;
        }
        Ok(settings)
    }
}

/// The file as it is, or, where it was made by an older version and lacks keys, with those of the file that is shipped.
fn read(text: &str) -> anyhow::Result<Settings> {
    let refused = |error: toml::de::Error| misuse(error.to_string());
    match toml::from_str(text) {
        Err(error) if error.message().starts_with("missing field") => {
            let shipped: toml::Table = toml::from_str(SHIPPED).map_err(refused)?;
            let mut whole: toml::Table = toml::from_str(text).map_err(refused)?;
            fill(&mut whole, shipped);
            whole.try_into().map_err(refused)
        }
        settings => settings.map_err(refused),
    }
}

/// Adds to the sections of `table` what they lack; of cron expressions one that is left out is meant to be.
fn fill(table: &mut toml::Table, shipped: toml::Table) {
    for (key, default) in shipped {
        match (table.get_mut(&key), default) {
            (Some(toml::Value::Table(inner)), toml::Value::Table(default)) if key != "schedule" => {
                fill(inner, default);
            }
            (Some(_), _) => {}
            (None, default) => drop(table.insert(key, default)),
        }
    }
}

impl FetchSettings {
    pub(crate) fn gap(&self) -> Duration {
        Duration::from_secs_f64(self.gap_seconds)
    }

    pub(crate) fn limits(&self) -> Limits {
        let product = concat!("newsprint/", env!("CARGO_PKG_VERSION"));
        let user_agent = if self.contact.is_empty() {
            product.to_owned()
        } else {
            format!("{product} (+{})", self.contact)
        };
        Limits {
            user_agent,
            timeout: Duration::from_secs_f64(self.timeout_seconds),
            window: Duration::from_secs(10),
            max_body_bytes: self.max_body_bytes,
            allow_loopback: self.allow_loopback,
        }
    }
}

impl PriceSettings {
    /// The folder of files to import; `None` where it is left empty.
    pub(crate) fn folder(&self) -> Option<&PathBuf> {
        (!self.folder.as_os_str().is_empty()).then_some(&self.folder)
    }

    /// Where the closes of `index` are asked for; of an index without an exchange, which no table joins to its moves, only where it is
    /// named itself.
    pub(crate) fn address(&self, index: &IndexDefinition) -> Option<&PriceAddress> {
        let own = self.urls.get(&index.id);
        let address = own.or_else(|| index.exchange.as_ref().map(|_| &self.url));
        address.filter(|address| !address.is_empty())
    }
}

impl FolderSettings {
    /// The folder; `None` where it is left empty.
    pub(crate) fn folder(&self) -> Option<&PathBuf> {
        (!self.folder.as_os_str().is_empty()).then_some(&self.folder)
    }
}

impl ScheduleSettings {
    /// Stages and their expressions, in the order in which they run when they fall together.
    pub(crate) fn stages(&self) -> impl Iterator<Item = (&'static str, &str)> {
        let stages = [
            ("fetch", &self.fetch),
            ("tag", &self.tag),
            ("prices", &self.prices),
            ("report", &self.report),
        ];
        stages
            .into_iter()
            .filter_map(|(stage, expression)| Some((stage, expression.as_deref()?)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(from: &str, to: &str) -> String {
        assert!(SHIPPED.contains(from), "{from}");
        Settings::parse(&SHIPPED.replace(from, to))
            .unwrap_err()
            .to_string()
    }

    #[test]
    fn the_shipped_file_is_valid() {
        let settings = Settings::parse(SHIPPED).unwrap();
        assert_eq!(settings.fetch.limits().user_agent, "newsprint/0.1.0");
        assert_eq!(settings.prices.folder(), None);
    }

    #[test]
    fn a_file_of_an_older_version_has_the_defaults_of_what_it_lacks() {
        let new = ["daily_budget", "evidence", "url = \"\"", "[prices.urls]"];
        let is_new = |line: &&str| !new.iter().any(|start| line.starts_with(start));
        let older: Vec<&str> = SHIPPED.lines().filter(is_new).collect();
        let older = older
            .join("\n")
            .replace("gap_seconds = 2.0", "gap_seconds = 9.0");
        let older = older.replace("prices = \"30", "#");
        let settings = Settings::parse(&older).unwrap();
        assert_eq!(settings.fetch.daily_budget, 5_000);
        assert_eq!(settings.fetch.gap_seconds, 9.0);
        assert!(settings.prices.urls.is_empty());
        assert_eq!(settings.schedule.prices, None, "left out on purpose");
        let wrong = older.replace("[prices]", "[prices]\nfoldr = 1");
        let wrong = Settings::parse(&wrong).unwrap_err().to_string();
        assert!(wrong.contains("unknown field `foldr`"), "{wrong}");
    }

    #[test]
    fn mistakes_are_refused_by_name() {
        let unknown = refused("[prices]", "[prices]\nfoldr = 1");
        assert!(
            unknown.contains("unknown field `foldr`") && unknown.contains("line "),
            "{unknown}"
        );
        let place = refused("url = \"\"", "url = \"https://a.example/{symbol}.csv\"");
        assert!(
            place.contains("there is no place {symbol}") && place.contains("line "),
            "{place}"
        );
        assert!(refused("threads = 2", "threads = 0").contains("model.threads"));
        assert!(refused("\"full\"", "\"bert\"").contains("there is no model \"bert\""));
        assert!(refused("*/15 * * * *\"\ntag", "every hour\"\ntag").contains("schedule.fetch"));
    }
}
