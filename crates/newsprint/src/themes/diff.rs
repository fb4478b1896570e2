//! themes diff: what changed between two versions of the themes.

use std::collections::BTreeSet;
use std::path::Path;

use newsprint_domain::identifier::ThemeId;
use newsprint_domain::theme::{Phrases, Stance, ThemeDefinition};
use newsprint_nlp::themes::ThemeSet;

use crate::config::read_themes;
use crate::context::Context;
use crate::exit::{Outcome, misuse};
use crate::table::{Cell, Table};

pub(super) fn diff(context: &Context, old: &Path, new: &Path) -> anyhow::Result<Outcome> {
    let [before, after] = [read_themes(old)?, read_themes(new)?];
    let [rules_before, rules_after] = [&before, &after].map(|themes| {
        let set = ThemeSet::new(themes.values().cloned().collect());
        set.map_err(|error| misuse(error.to_string()))
    });
    let (rules_before, rules_after) = (rules_before?, rules_after?);
    let ids: BTreeSet<&ThemeId> = before.keys().chain(after.keys()).collect();
    let mut rows = Vec::new();
    for id in ids {
        match (before.get(id), after.get(id)) {
            (None, Some(_)) => rows.push(row(id, "theme", "added", "")),
            (Some(_), None) => rows.push(row(id, "theme", "removed", "")),
            (Some(old), Some(new)) => {
                rows.extend(changes(old, new));
                rows.extend(readings(id, [old, new], [&rules_before, &rules_after]));
            }
            (None, None) => {}
        }
    }
    let is_same = rows.is_empty();
    let table = Table {
        name: "theme_changes",
        columns: vec!["theme", "what", "change", "value"],
        rows,
        notes: vec![],
    };
    table.print(context.format)?;
    Ok(if is_same {
        Outcome::Nothing
    } else {
        Outcome::Done
    })
}

fn row(id: &ThemeId, what: &str, change: &str, value: &str) -> Vec<Cell> {
    vec![
        Cell::text(id.as_str()),
        Cell::text(what),
        Cell::text(change),
        Cell::text(value),
    ]
}

fn changes(old: &ThemeDefinition, new: &ThemeDefinition) -> Vec<Vec<Cell>> {
    let (before, after) = (rules(old), rules(new));
    let mut rows = Vec::new();
    if old.version != new.version {
        rows.push(row(
            &new.id,
            "version",
            "changed",
            &format!("{} → {}", old.version, new.version),
        ));
    } else if before != after {
        rows.push(row(
            &new.id,
            "version",
            "not raised",
            "rules changed: raise it, or older tags cannot be explained",
        ));
    }
    rows.extend(
        after
            .difference(&before)
            .map(|(what, rule)| row(&new.id, what, "added", rule)),
    );
    rows.extend(
        before
            .difference(&after)
            .map(|(what, rule)| row(&new.id, what, "removed", rule)),
    );
    rows
}

/// Everything that decides what a theme finds.
fn rules(theme: &ThemeDefinition) -> BTreeSet<(&'static str, String)> {
    let Phrases {
        any,
        cased,
        all,
        near,
        none,
    } = &theme.phrases;
    let words = &theme.stance;
    let lists = [
        ("any", any),
        ("cased", cased),
        ("none", none),
        ("stronger", &words.stronger),
        ("weaker", &words.weaker),
    ];
    let plain = lists
        .into_iter()
        .flat_map(|(what, list)| list.iter().map(move |rule| (what, rule.clone())));
    let all = all.iter().map(|row| ("all", row.join(" … ")));
    let near = near.iter().map(|row| {
        (
            "near",
            format!("{} within {}", row.words.join(" … "), row.within),
        )
    });
    let bare = ("bare stance", words.bare.value().to_string());
    plain.chain(all).chain(near).chain([bare]).collect()
}

/// Examples of either version that the two read differently.
fn readings(
    id: &ThemeId,
    versions: [&ThemeDefinition; 2],
    rules: [&ThemeSet; 2],
) -> Vec<Vec<Cell>> {
    let texts: BTreeSet<&str> = versions
        .iter()
        .flat_map(|theme| &theme.examples)
        .map(|example| example.text.as_str())
        .collect();
    let shown = |found: Option<Stance>| {
        found.map_or("no hit".to_owned(), |stance| {
            format!("hit, stance {}", stance.value())
        })
    };
    let read = |text: &str| rules.map(|set| shown(set.stance_in(id, text)));
    let changed = texts.into_iter().filter_map(|text| {
        let [before, after] = read(text);
        (before != after).then(|| row(id, "example", &format!("{before} → {after}"), text))
    });
    changed.collect()
}
