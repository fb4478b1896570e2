//! themes show: one theme, whole.

use newsprint_domain::theme::{Codes, ThemeDefinition};

use crate::context::Context;
use crate::exit::Outcome;
use crate::table::{Cell, Table};

pub(super) fn show(context: &Context, id: &str) -> anyhow::Result<Outcome> {
    context.config.require_theme(id)?;
    let mut themes = context.config.themes.iter();
    let Some(theme) = themes.find(|theme| theme.id.as_str() == id) else {
        return Ok(Outcome::Nothing);
    };
    let rows = facts(theme)
        .into_iter()
        .chain(rules(theme))
        .chain(examples(theme));
    let table = Table {
        name: "theme",
        columns: vec!["what", "value"],
        rows: rows
            .map(|(what, value)| vec![Cell::text(what), Cell::text(value)])
            .collect(),
        notes: vec![],
    };
    table.print(context.format)?;
    Ok(Outcome::Done)
}

fn facts(theme: &ThemeDefinition) -> Vec<(&'static str, String)> {
    let joined = |ids: Vec<&str>| ids.join(" ");
    let Codes {
        iptc,
        gdelt,
        alpha_vantage,
    } = &theme.codes;
    let facts = [
        ("id", theme.id.to_string()),
        ("version", theme.version.to_string()),
        ("label", theme.label.clone()),
        ("kind", format!("{:?}", theme.kind).to_lowercase()),
        ("description", theme.description.clone()),
        ("defined_at", theme.defined_at.to_string()),
        (
            "valid_from",
            theme
                .valid_from
                .map_or(String::new(), |day| day.to_string()),
        ),
        (
            "parents",
            joined(theme.parents.iter().map(|id| id.as_str()).collect()),
        ),
        (
            "indices",
            joined(theme.indices.iter().map(|id| id.as_str()).collect()),
        ),
        ("iptc", iptc.join(" ")),
        ("gdelt", gdelt.join(" ")),
        ("alpha_vantage", alpha_vantage.join(" ")),
        ("bare stance", theme.stance.bare.value().to_string()),
    ];
    facts
        .into_iter()
        .filter(|(_, value)| !value.is_empty())
        .collect()
}

fn rules(theme: &ThemeDefinition) -> Vec<(&'static str, String)> {
    let phrases = &theme.phrases;
    let plain = |what, list: &[String]| {
        list.iter()
            .map(move |phrase| (what, phrase.clone()))
            .collect::<Vec<_>>()
    };
    let mut rules = plain("any", &phrases.any);
    rules.extend(plain("cased", &phrases.cased));
    rules.extend(phrases.all.iter().map(|row| ("all", row.join(" … "))));
    rules.extend(phrases.near.iter().map(|row| {
        (
            "near",
            format!("{} within {}", row.words.join(" … "), row.within),
        )
    }));
    rules.extend(plain("none", &phrases.none));
    rules.extend(plain("stronger", &theme.stance.stronger));
    rules.extend(plain("weaker", &theme.stance.weaker));
    rules
}

fn examples(theme: &ThemeDefinition) -> impl Iterator<Item = (&'static str, String)> {
    theme.examples.iter().map(|example| {
        let what = if example.hit { "hits" } else { "does not hit" };
        (what, example.text.clone())
    })
}
