//! themes test --gold: themes, stances and indices against articles that people labelled sentence by sentence.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use anyhow::Context as _;
use newsprint_domain::identifier::{IndexId, ThemeId};
use newsprint_domain::sentence::{Part, Span};
use newsprint_domain::tags::{ArticleTags, Evidence};
use newsprint_domain::theme::Stance;
use newsprint_nlp::tagger::Document;
use newsprint_study::labelling::{Counts, macro_average, pooled};
use serde::Deserialize;

use crate::context::Context;
use crate::exit::{Outcome, misuse};
use crate::progress::say;
use crate::table::{Cell, Table, printable};

/// Stands for the labelled articles that are compiled in.
pub(super) const BUILT_IN: &str = "built-in";

const SHIPPED: &str = include_str!("../../../../tests/fixtures/gold/themes.jsonl");

/// Stands for every index that has no id of its own in the labels.
const OTHER: &str = "OTHER";

/// An article with its labels.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Article {
    id: String,
    title: String,
    #[serde(default)]
    title_labels: Labels,
    sentences: Vec<Labelled>,
}

#[derive(Debug, Deserialize)]
struct Labelled {
    text: String,
    #[serde(flatten)]
    labels: Labels,
}

/// What a sentence is about.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Labels {
    themes: BTreeMap<ThemeId, Stance>,
    indices: Vec<Named>,
    /// Words that could be an index and need not be.
    ambiguous: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Named {
    id: String,
    surface: String,
    /// Whether the words mean an index that was named earlier.
    #[serde(default)]
    #[expect(dead_code, reason = "for readers of the file")]
    coref: bool,
}

/// A labelled sentence and where it stands.
struct Place<'a> {
    part: Part,
    span: Span,
    text: &'a str,
    labels: &'a Labels,
}

/// What was counted.
#[derive(Default)]
struct Score {
    n_sentences: usize,
    themes: BTreeMap<ThemeId, Counts>,
    /// Stances of themes that are there and were found, by stance.
    stances: BTreeMap<Stance, Counts>,
    indices: Counts,
    /// Ambiguous words that were read right, and all of them.
    ambiguous: (usize, usize),
    mistakes: Vec<String>,
}

pub(super) fn test(context: &Context, only: Option<&str>, file: &Path) -> anyhow::Result<Outcome> {
    if let Some(id) = only {
        context.config.require_theme(id)?;
    }
    let articles = read(file)?;
    let tagger = context.load_tagger()?;
    let known: BTreeSet<&str> = context
        .config
        .indices
        .iter()
        .map(|index| index.id.as_str())
        .collect();
    let mut score = Score::default();
    for article in &articles {
        let text = article.text();
        let document = Document {
            title: &article.title,
            text: &text,
        };
        let tags = tagger.tag(&[document])?.remove(0);
        for place in article.places() {
            score.add(article, &place, &tags, &known);
        }
    }
    for mistake in score
        .mistakes
        .iter()
        .filter(|mistake| only.is_none_or(|id| mistake.contains(&format!(" {id}:"))))
    {
        say(mistake);
    }
    score.table(articles.len(), only).print(context.format)?;
    Ok(Outcome::Done)
}

fn read(file: &Path) -> anyhow::Result<Vec<Article>> {
    let text = if file == Path::new(BUILT_IN) {
        SHIPPED.to_owned()
    } else {
        std::fs::read_to_string(file).with_context(|| format!("read {}", file.display()))?
    };
    let mut articles = Vec::new();
    for (place, line) in text
        .lines()
        .enumerate()
        .filter(|(_, line)| !line.trim().is_empty())
    {
        let article = serde_json::from_str(line);
        articles.push(
            article.map_err(|error| {
                misuse(format!("{}: line {}: {error}", file.display(), place + 1))
            })?,
        );
    }
    Ok(articles)
}

impl Article {
    /// The sentences with a space between them.
    fn text(&self) -> String {
        let sentences: Vec<&str> = self
            .sentences
            .iter()
            .map(|sentence| sentence.text.as_str())
            .collect();
        sentences.join(" ")
    }

    fn places(&self) -> Vec<Place<'_>> {
        let title = Place {
            part: Part::Title,
            span: Span {
                start: 0,
                end: self.title.len(),
            },
            text: &self.title,
            labels: &self.title_labels,
        };
        let mut start = 0;
        let sentences = self.sentences.iter().map(|sentence| {
            let span = Span {
                start,
                end: start + sentence.text.len(),
            };
            start = span.end + 1;
            Place {
                part: Part::Body,
                span,
                text: &sentence.text,
                labels: &sentence.labels,
            }
        });
        std::iter::once(title).chain(sentences).collect()
    }
}

impl Place<'_> {
    fn holds(&self, found: &Evidence) -> bool {
        found.part == self.part
            && self.span.start <= found.span.start
            && found.span.start < self.span.end
    }

    /// The sum of the stances that were found here of each theme.
    fn themes(&self, tags: &ArticleTags) -> BTreeMap<ThemeId, Stance> {
        let found = tags.themes.iter().filter_map(|tag| {
            let here: Vec<&Evidence> = tag
                .evidence
                .iter()
                .filter(|found| self.holds(found))
                .collect();
            let sum = here
                .iter()
                .filter_map(|found| found.stance)
                .map(|stance| i32::from(stance.value()))
                .sum();
            (!here.is_empty()).then(|| (tag.theme.clone(), Stance::of_sum(sum)))
        });
        found.collect()
    }

    /// Indices that were found here, and where in the sentence.
    fn indices(&self, tags: &ArticleTags) -> Vec<(IndexId, Span)> {
        let found = tags.indices.iter().flat_map(|tag| {
            let here = tag.evidence.iter().filter(|found| self.holds(found));
            here.map(|found| {
                let span = Span {
                    start: found.span.start - self.span.start,
                    end: found.span.end - self.span.start,
                };
                (tag.index.clone(), span)
            })
        });
        found.collect()
    }

    /// Labelled indices with where they stand: of words that stand twice, each mention takes the next.
    fn labelled_indices(&self) -> Vec<(&str, Span)> {
        let mut taken: BTreeMap<&str, usize> = BTreeMap::new();
        let labelled = self.labels.indices.iter().filter_map(|named| {
            let from = taken.entry(&named.surface).or_insert(0);
            let start = *from + self.text[*from..].find(&named.surface)?;
            *from = start + named.surface.len();
            Some((named.id.as_str(), Span { start, end: *from }))
        });
        labelled.collect()
    }
}

impl Score {
    fn add(
        &mut self,
        article: &Article,
        place: &Place<'_>,
        tags: &ArticleTags,
        known: &BTreeSet<&str>,
    ) {
        self.n_sentences += 1;
        let found = place.themes(tags);
        let all: BTreeSet<&ThemeId> = found.keys().chain(place.labels.themes.keys()).collect();
        for theme in all {
            let (right, said) = (place.labels.themes.get(theme), found.get(theme));
            self.themes
                .entry(theme.clone())
                .or_default()
                .add(right.is_some(), said.is_some());
            if let (Some(right), Some(said)) = (right, said) {
                for stance in [Stance::Weaker, Stance::Neither, Stance::Stronger] {
                    self.stances
                        .entry(stance)
                        .or_default()
                        .add(*right == stance, *said == stance);
                }
            }
            let shown = |stance: Option<&Stance>| {
                stance.map_or("none".into(), |stance| stance.value().to_string())
            };
            if right != said {
                self.mistake(
                    article,
                    place,
                    &format!("{theme}: is {}, found {}", shown(right), shown(said)),
                );
            }
        }
        self.add_indices(article, place, tags, known);
    }

    /// A mention is right where one of the same index overlaps it. An index that the labels have no id for counts as [`OTHER`].
    fn add_indices(
        &mut self,
        article: &Article,
        place: &Place<'_>,
        tags: &ArticleTags,
        known: &BTreeSet<&str>,
    ) {
        let labelled = place.labelled_indices();
        let found = place.indices(tags);
        let is_same = |label: &str, id: &IndexId| {
            label == id.as_str() || (label == OTHER && known.contains(id.as_str()))
        };
        for (label, span) in &labelled {
            let is_found = found
                .iter()
                .any(|(id, at)| is_same(label, id) && at.overlaps(*span));
            self.indices.add(true, is_found);
            if !is_found {
                self.mistake(
                    article,
                    place,
                    &format!("{label}: missed “{}”", span.of(place.text)),
                );
            }
        }
        for (id, span) in &found {
            let is_right = labelled
                .iter()
                .any(|(label, at)| is_same(label, id) && at.overlaps(*span));
            if !is_right {
                self.indices.add(false, true);
                self.mistake(
                    article,
                    place,
                    &format!("{id}: found in “{}”", span.of(place.text)),
                );
            }
        }
        for words in &place.labels.ambiguous {
            let Some(start) = place.text.find(words.as_str()) else {
                continue;
            };
            let at = Span {
                start,
                end: start + words.len(),
            };
            let is_index = labelled.iter().any(|(_, span)| span.overlaps(at));
            let is_found = found.iter().any(|(_, span)| span.overlaps(at));
            self.ambiguous.0 += usize::from(is_index == is_found);
            self.ambiguous.1 += 1;
        }
    }

    fn mistake(&mut self, article: &Article, place: &Place<'_>, what: &str) {
        self.mistakes
            .push(format!("{}: {what}: {}", article.id, printable(place.text)));
    }

    fn table(&self, n_articles: usize, only: Option<&str>) -> Table {
        let row = |name: &str, counts: Option<&Counts>, scores: [Option<f64>; 3]| {
            let [precision, recall, f1] = scores.map(|score| Cell::number(score, 3));
            let n = counts.map_or(Cell::Null, |c| {
                Cell::count(c.true_positives + c.false_negatives)
            });
            vec![Cell::text(name), n, precision, recall, f1]
        };
        let of = |counts: &Counts| [counts.precision(), counts.recall(), counts.f1()];
        let shown = self
            .themes
            .iter()
            .filter(|(id, _)| only.is_none_or(|only| id.as_str() == only));
        let mut rows: Vec<Vec<Cell>> = shown
            .map(|(id, counts)| row(id.as_str(), Some(counts), of(counts)))
            .collect();
        if only.is_none() {
            let scores = [Counts::precision, Counts::recall, Counts::f1]
                .map(|score| macro_average(&self.themes, score));
            rows.push(row("themes, macro", None, scores));
            let all = pooled(&self.themes);
            rows.push(row("themes, micro", Some(&all), of(&all)));
            let scores = [Counts::precision, Counts::recall, Counts::f1]
                .map(|score| macro_average(&self.stances, score));
            rows.push(row("stance, macro", Some(&pooled(&self.stances)), scores));
            rows.push(row(
                "index mentions",
                Some(&self.indices),
                of(&self.indices),
            ));
        }
        let (n_right, n_ambiguous) = self.ambiguous;
        Table {
            name: "gold",
            columns: vec!["what", "n", "precision", "recall", "f1"],
            rows,
            notes: vec![
                format!(
                    "{n_articles} articles, {} sentences with their titles",
                    self.n_sentences
                ),
                "stance: of themes that are there and were found".into(),
                format!("ambiguous names read right: {n_right} of {n_ambiguous}"),
            ],
        }
    }
}
