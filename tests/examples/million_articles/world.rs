//! What the articles are about: themes and indices of the shipped configuration, sessions and closes of the demo.

use std::collections::BTreeMap;
use std::error::Error;
use std::path::Path;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use newsprint_domain::article::Article;
use newsprint_domain::identifier::{IndexId, Mic, ThemeId};
use newsprint_domain::session::{Alignment, Phase};
use newsprint_store::{ANY_THEME, Pair, SessionAssignment, Store};
use newsprint_tests::repository;

/// Sessions of twenty years.
const SESSIONS: std::ops::Range<&str> = "2004-01-01".."2024-01-01";

pub(crate) struct World {
    pub(crate) pairs: Vec<Pair>,
    pub(crate) themes: Vec<ThemeId>,
    pub(crate) indices: Vec<IndexId>,
    exchanges: Vec<Mic>,
    sessions: Vec<NaiveDate>,
    pub(crate) n_articles: usize,
}

impl World {
    pub(crate) fn read(n_articles: usize) -> Result<Self, Box<dyn Error>> {
        let mut world = Self {
            pairs: vec![],
            themes: vec![],
            indices: vec![],
            exchanges: vec![],
            sessions: closes("GSPC")?.into_keys().collect(),
            n_articles,
        };
        let mut linked: BTreeMap<ThemeId, Vec<String>> = BTreeMap::new();
        for entry in std::fs::read_dir(repository().join("config/themes"))? {
            let path = entry?.path();
            let theme: toml::Table = std::fs::read_to_string(&path)?.parse()?;
            let name = path
                .file_stem()
                .and_then(|stem| stem.to_str())
                .unwrap_or_default();
            let indices = theme.get("indices").and_then(|indices| indices.as_array());
            let indices = indices.into_iter().flatten().filter_map(|id| id.as_str());
            linked.insert(ThemeId::new(name)?, indices.map(str::to_owned).collect());
        }
        world.themes = linked.keys().cloned().collect();
        let indices: toml::Table =
            std::fs::read_to_string(repository().join("config/indices.toml"))?.parse()?;
        for index in indices["index"].as_array().into_iter().flatten() {
            let Some(exchange) = index.get("exchange").and_then(|exchange| exchange.as_str())
            else {
                continue;
            };
            let (id, exchange) = (
                IndexId::new(index["id"].as_str().unwrap_or_default())?,
                Mic::new(exchange)?,
            );
            let pair = |theme: &str, is_linked| Pair {
                theme: theme.into(),
                index: id.clone(),
                exchange: exchange.clone(),
                is_linked,
            };
            world.pairs.push(pair(ANY_THEME, false));
            world.pairs.extend(linked.iter().map(|(theme, indices)| {
                pair(
                    theme.as_str(),
                    indices.iter().any(|linked| linked == id.as_str()),
                )
            }));
            if !world.exchanges.contains(&exchange) {
                world.exchanges.push(exchange.clone());
            }
            world.indices.push(id);
        }
        Ok(world)
    }

    /// When an article becomes available: they come evenly, between the closes of two sessions.
    pub(crate) fn available_at(&self, place: usize) -> DateTime<Utc> {
        let (session, share) = self.session(place);
        close(self.sessions[session])
            - TimeDelta::minutes(1)
            - TimeDelta::milliseconds(((1.0 - share) * 8.0 * 3_600_000.0) as i64)
    }

    fn session(&self, place: usize) -> (usize, f64) {
        let position = place as f64 / self.n_articles as f64 * (self.sessions.len() - 1) as f64;
        (
            (position as usize + 1).min(self.sessions.len() - 1),
            position.fract(),
        )
    }

    pub(crate) fn assignments(&self, article: &Article) -> Vec<SessionAssignment> {
        let day = super::available_at(article).date_naive();
        let session = self
            .sessions
            .partition_point(|session| *session < day)
            .max(1);
        let alignment = Alignment {
            reaction_session: self.sessions[session],
            reaction_close: close(self.sessions[session]),
            base_close_session: self.sessions[session - 1],
            entry_open_session: self.sessions[session],
            phase: Phase::Regular,
        };
        let assigned = self.exchanges.iter().map(|exchange| SessionAssignment {
            exchange: exchange.clone(),
            calendar_version: "generated".into(),
            alignment: Some(alignment),
        });
        assigned.collect()
    }

    /// Closes of the demo's indices, each year's recorded at its end.
    pub(crate) async fn record_prices(&self, store: &Store) -> Result<(), Box<dyn Error>> {
        for index in ["GSPC", "RUT", "IXIC", "DJI", "VIX"] {
            let mut years: BTreeMap<String, BTreeMap<NaiveDate, f64>> = BTreeMap::new();
            for (date, close) in closes(index)? {
                years
                    .entry(date.format("%Y").to_string())
                    .or_default()
                    .insert(date, close);
            }
            for closes in years.into_values() {
                let Some(last) = closes.keys().last() else {
                    continue;
                };
                let now = close(*last) + TimeDelta::hours(1);
                store
                    .record_prices(&IndexId::new(index)?, &closes, "generated", now)
                    .await?;
            }
        }
        Ok(())
    }
}

fn close(session: NaiveDate) -> DateTime<Utc> {
    session.and_time(chrono::NaiveTime::MIN).and_utc() + TimeDelta::hours(20)
}

fn closes(index: &str) -> Result<BTreeMap<NaiveDate, f64>, Box<dyn Error>> {
    let path = repository()
        .join("demo/prices")
        .join(format!("{index}.csv"));
    let mut closes = BTreeMap::new();
    for row in csv::Reader::from_path(Path::new(&path))?.records() {
        let row = row?;
        let (date, close) = (row[0].parse()?, row[1].parse::<f64>());
        if let (Ok(close), true) = (close, SESSIONS.contains(&&row[0])) {
            closes.insert(date, close);
        }
    }
    Ok(closes)
}
