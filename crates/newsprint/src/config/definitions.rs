//! Publishers, themes and indices: rows of data, a place each.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use anyhow::Context as _;
use newsprint_domain::digest::sha256_hex;
use newsprint_domain::identifier::ThemeId;
use newsprint_domain::index::IndexDefinition;
use newsprint_domain::theme::ThemeDefinition;
use newsprint_fetcher::publisher::Publisher;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::files::Files;
use crate::exit::misuse;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PublisherFile {
    publisher: Vec<Publisher>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct IndexFile {
    index: Vec<IndexDefinition>,
}

/// Parses and validates a file of publishers.
pub(crate) fn publishers(text: &str) -> anyhow::Result<Vec<Publisher>> {
    let name = "publishers.toml";
    let file: PublisherFile = parse(text, name)?;
    for (place, publisher) in file.publisher.iter().enumerate() {
        let problem = publisher.problem().or_else(|| {
            let earlier = &file.publisher[..place];
            let twin = earlier
                .iter()
                .find(|other| other.id == publisher.id || other.domain == publisher.domain);
            twin.map(|other| {
                format!(
                    "has the id or domain of publisher {}: join their sources",
                    other.id
                )
            })
        });
        if let Some(problem) = problem {
            return Err(misuse(format!(
                "{name}: publisher {}: {problem}",
                publisher.id
            )));
        }
    }
    Ok(file.publisher)
}

pub(super) fn indices(files: &Files) -> anyhow::Result<Vec<IndexDefinition>> {
    parse_indices(&files.read("indices.toml")?)
}

/// Parses and validates a file of indices: of each what it is by itself, and that no price file could mean two of them.
fn parse_indices(text: &str) -> anyhow::Result<Vec<IndexDefinition>> {
    let name = "indices.toml";
    let file: IndexFile = parse(text, name)?;
    let mut ids = BTreeSet::new();
    let mut owners: BTreeMap<String, &IndexDefinition> = BTreeMap::new();
    for index in &file.index {
        let refused = |problem: String| misuse(format!("{name}: index {}: {problem}", index.id));
        if !ids.insert(&index.id) {
            return Err(refused("id: it stands twice: join the rows".into()));
        }
        if let Some(problem) = index.problem() {
            return Err(refused(problem));
        }
        for series in index
            .series
            .iter()
            .map(String::as_str)
            .chain([index.id.as_str()])
        {
            let owner = owners.entry(series_key(series)).or_insert(index);
            if !std::ptr::eq(*owner, index) {
                return Err(refused(format!(
                    "series: \"{series}\" names index {} too: leave it with one of them",
                    owner.id
                )));
            }
        }
    }
    Ok(file.index)
}

/// What names of series are compared by: without a leading "^" or "_", in any case.
pub(crate) fn series_key(name: &str) -> String {
    name.trim_start_matches(['^', '_']).to_ascii_lowercase()
}

pub(super) fn themes(files: &Files) -> anyhow::Result<Vec<ThemeDefinition>> {
    let names = files.list("themes", ".toml")?;
    if names.is_empty() {
        return Err(misuse(
            "themes/ holds no theme: add one, or run `newsprint init` in an empty folder",
        ));
    }
    // They are most of what a short command reads: parsed side by side, they are there in half the time.
    let (first, second) = names.split_at(names.len() / 2);
    let parse_all = |names: &[String]| names.iter().map(|name| theme_of(files, name)).collect();
    let (first, second): (anyhow::Result<Vec<_>>, anyhow::Result<Vec<_>>) =
        std::thread::scope(|scope| {
            let other = scope.spawn(|| parse_all(second));
            let first = parse_all(first);
            let second = other.join();
            (
                first,
                second.unwrap_or_else(|panic| std::panic::resume_unwind(panic)),
            )
        });
    let mut themes = first?;
    themes.extend(second?);
    Ok(themes)
}

fn theme_of(files: &Files, name: &str) -> anyhow::Result<ThemeDefinition> {
    let theme = theme(&files.read(name)?, name)?;
    if name == format!("themes/{}.toml", theme.id) {
        return Ok(theme);
    }
    Err(misuse(format!(
        "{name}: its id is \"{}\": name the file after it",
        theme.id
    )))
}

/// A theme's file, or all theme files of a folder, by id.
pub(crate) fn read_themes(path: &Path) -> anyhow::Result<BTreeMap<ThemeId, ThemeDefinition>> {
    let mut files = vec![path.to_owned()];
    if path.is_dir() {
        let entries =
            std::fs::read_dir(path).with_context(|| format!("read {}", path.display()))?;
        files = entries
            .map(|entry| Ok(entry?.path()))
            .collect::<std::io::Result<_>>()?;
        files.retain(|file| {
            file.extension()
                .is_some_and(|extension| extension == "toml")
        });
    }
    let themes = files.iter().map(|file| {
        let name = file.display().to_string();
        let text = std::fs::read_to_string(file)
            .map_err(|error| misuse(format!("read {name}: {error}")))?;
        let theme = theme(&text, &name)?;
        Ok((theme.id.clone(), theme))
    });
    themes.collect()
}

/// One theme; errors name the file and the line.
fn theme(text: &str, name: &str) -> anyhow::Result<ThemeDefinition> {
    let theme: ThemeDefinition = parse(text, name)?;
    if let Some(empty) = empty_list(text) {
        return Err(misuse(format!(
            "{name}: line {empty}: the list is empty: fill it, or leave the key out"
        )));
    }
    match newsprint_nlp::themes::problem_of(&theme) {
        None => Ok(theme),
        Some(problem) => {
            let line = line_of(text, &problem.words)
                .map_or(String::new(), |line| format!("line {line}: "));
            Err(misuse(format!("{name}: {line}{}", problem.message)))
        }
    }
}

/// The line of a key whose list holds nothing.
fn empty_list(text: &str) -> Option<usize> {
    let is_key_of = |line: &str, end: &str| {
        let head = line.strip_suffix(end).map(str::trim_end);
        head.is_some_and(|head| head.ends_with('='))
    };
    let lines = text
        .lines()
        .map(|line| line.split('#').next().unwrap_or("").trim());
    let mut is_opened = false;
    for (place, line) in lines.enumerate() {
        if is_opened && line.starts_with(']') {
            return Some(place);
        }
        is_opened = is_key_of(line, "[");
        let head = line.strip_suffix(']').map(str::trim_end);
        if head.is_some_and(|head| is_key_of(head, "[")) {
            return Some(place + 1);
        }
    }
    None
}

/// The last line that holds `words`: of a phrase that stands twice, the second is the one to look at.
fn line_of(text: &str, words: &str) -> Option<usize> {
    let found = text
        .lines()
        .enumerate()
        .filter(|(_, line)| line.contains(words))
        .last();
    found
        .filter(|_| !words.is_empty())
        .map(|(place, _)| place + 1)
}

/// Digest of what tags depend on in the definitions: a theme's phrases, an index's names, and no more.
pub(super) fn hash(
    themes: &[ThemeDefinition],
    indices: &[IndexDefinition],
) -> anyhow::Result<String> {
    let themes: Vec<_> = themes
        .iter()
        .map(|theme| {
            (
                &theme.id,
                theme.version,
                &theme.phrases,
                &theme.stance,
                &theme.indices,
            )
        })
        .collect();
    let indices: Vec<_> = indices
        .iter()
        .map(|index| {
            (
                &index.id,
                &index.aliases,
                &index.cased,
                &index.moving,
                &index.again,
                &index.namesakes,
                &index.none,
            )
        })
        .collect();
    let definitions =
        serde_json::to_string(&(themes, indices)).context("serialise the definitions")?;
    Ok(sha256_hex(definitions.as_bytes()))
}

fn parse<T: DeserializeOwned>(text: &str, name: &str) -> anyhow::Result<T> {
    toml::from_str(text).map_err(|error| misuse(format!("{name}: {error}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROW: &str = "[[publisher]]\nid = 'fed'\nname = 'Fed'\ndomain = 'federalreserve.gov'\n\
                       timezone = 'America/New_York'\nlanguage = 'en'\n";

    fn refused(text: &str) -> String {
        publishers(text).unwrap_err().to_string()
    }

    #[test]
    fn publishers_are_refused_by_name() {
        assert!(publishers(ROW).is_ok());
        let unknown_key = refused(&format!("{ROW}feed = 'x'\n"));
        assert!(
            unknown_key.contains("unknown field `feed`") && unknown_key.contains("line 7"),
            "{unknown_key}"
        );
        assert!(
            refused(&ROW.replace("America/New_York", "Eastern"))
                .contains("unknown time zone \"Eastern\"")
        );
        let subdomain = refused(&ROW.replace("'federal", "'www.federal"));
        assert!(
            subdomain.contains("publisher fed: domain")
                && subdomain.contains("use \"federalreserve.gov\"")
        );
        assert!(refused(&ROW.repeat(2)).contains("has the id or domain of publisher fed"));
    }

    #[test]
    fn indices_are_refused_by_file_index_and_field() {
        let row = |id: &str, more: &str| {
            format!("[[index]]\nid = '{id}'\nname = 'A'\nkind = 'price'\naliases = []\n{more}\n")
        };
        let rut = row("RUT", "series = ['^RUT']\ncurrency = 'USD'\nopens = true");
        assert!(parse_indices(&rut).is_ok());
        let refused = |text: &str| parse_indices(text).unwrap_err().to_string();
        for (from, to, expected) in [
            ("'A'", "' '", "indices.toml: index RUT: name: it is empty"),
            (
                "'^RUT'",
                "'^RUT '",
                "indices.toml: index RUT: series: \"^RUT \" is empty or has blanks",
            ),
            (
                "'price'",
                "'yield'",
                "indices.toml: index RUT: opens: a yield has no open",
            ),
        ] {
            let error = refused(&rut.replace(from, to));
            assert!(error.starts_with(expected), "{error}");
        }
        for (from, to, expected) in [
            (
                "'USD'",
                "'Dollar'",
                "\"Dollar\" is no currency: use its code of ISO 4217",
            ),
            (
                "'price'",
                "'level'",
                "unknown variant `level`, expected one of `price`, `yield`, `volatility`",
            ),
            ("opens = true", "opens = 'yes'", "expected a boolean"),
        ] {
            let error = refused(&rut.replace(from, to));
            let is_placed = error.starts_with("indices.toml: ") && error.contains("at line ");
            assert!(is_placed && error.contains(expected), "{error}");
        }
        let twice = refused(&rut.repeat(2));
        assert_eq!(
            twice,
            "indices.toml: index RUT: id: it stands twice: join the rows"
        );
        let other = refused(&format!("{rut}{}", row("RUA", "series = ['rut']")));
        let expected = "indices.toml: index RUA: series: \"rut\" names index RUT too: leave it with one of them";
        assert_eq!(other, expected);
    }
}
