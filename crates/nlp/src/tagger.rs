//! Puts the pieces together: a document in, its tags out.

mod examples;
mod target;

use std::collections::BTreeMap;

use newsprint_domain::identifier::IndexId;
use newsprint_domain::sentence::{Part, Sentence, Span};
use newsprint_domain::sentiment::{Sentiment, Tone};
use newsprint_domain::tags::{ArticleTags, Entity, IndexTag, TagRun, TaggedSentence, ThemeTag};
use newsprint_domain::theme::ThemeKind;

use crate::coreference::Named;
use crate::effect::effect;
use crate::entities::entities;
use crate::error::NlpError;
use crate::evidence::{Hit, Mention, Outline};
use crate::language::foreign_language;
use crate::learned::LearnedLayer;
use crate::likeness::Examples;
use crate::phrases::{Match, Reading};
use crate::sentiment::{ModelChoice, Query, SentenceReading, SentimentModel};
use crate::split::sentences;
use crate::targets::IndexSet;
use crate::themes::ThemeSet;
use crate::tone::{document_tone, reading, toward};
pub use examples::ExampleScore;

/// Raised whenever the code gives other tags for the same model and definitions, so that a new tag run begins.
const CODE_VERSION: &str = concat!(env!("CARGO_PKG_VERSION"), "+tagger5");

/// The texts of an article.
#[derive(Debug, Clone, Copy)]
pub struct Document<'a> {
    /// Headline; may be empty.
    pub title: &'a str,
    /// Body.
    pub text: &'a str,
}

/// A model and all definitions.
pub struct Tagger {
    model: Box<dyn SentimentModel>,
    themes: ThemeSet,
    learned: LearnedLayer,
    examples: Examples,
    indices: IndexSet,
}

/// What is found in a document.
struct Draft<'a> {
    document: Document<'a>,
    outline: Outline,
    /// Mentions by the place of their theme among the definitions.
    themes: BTreeMap<usize, Vec<Mention>>,
    /// Mentions by the place of their index.
    indices: BTreeMap<usize, Vec<Mention>>,
    /// What the model says of each sentence, once it has read them.
    readings: Vec<SentenceReading>,
    language: Option<String>,
}

impl<'a> Draft<'a> {
    /// The words of each sentence.
    fn texts(&self) -> impl Iterator<Item = &'a str> {
        let document = self.document;
        let sentences = self.outline.sentences.iter();
        sentences.map(move |sentence| document.text_of(sentence))
    }
}

impl Tagger {
    /// Tags with `model` by `themes` and `indices`.
    pub fn new(model: Box<dyn SentimentModel>, themes: ThemeSet, indices: IndexSet) -> Self {
        Self {
            learned: LearnedLayer::new(model.as_ref(), themes.definitions()),
            examples: Examples::new(themes.definitions().len()),
            model,
            themes,
            indices,
        }
    }

    /// Tags of each document, in order.
    pub fn tag(&self, documents: &[Document<'_>]) -> Result<Vec<ArticleTags>, NlpError> {
        let mut drafts: Vec<Draft<'_>> = documents
            .iter()
            .map(|document| self.draft(document))
            .collect();
        let sentences: Vec<&str> = drafts.iter().flat_map(Draft::texts).collect();
        let mut readings = self.model.read(&sentences)?.into_iter();
        let asked = self.learned.asks_for_meanings();
        let meanings = asked.then(|| self.model.meanings(&sentences)).flatten();
        let mut meanings = meanings.unwrap_or_default().into_iter();
        for draft in &mut drafts {
            let n_sentences = draft.outline.sentences.len();
            draft.readings = readings.by_ref().take(n_sentences).collect();
            let meanings: Vec<Vec<f32>> = meanings.by_ref().take(n_sentences).collect();
            if draft.language.is_none() {
                self.learn(draft, &meanings);
            }
        }
        let queries: Vec<Query<'_>> = drafts
            .iter()
            .flat_map(|draft| self.queries(draft))
            .collect();
        let mut scores = self.model.score(&queries)?.into_iter();
        Ok(drafts
            .into_iter()
            .map(|draft| self.finish(draft, &mut scores))
            .collect())
    }

    fn draft<'a>(&self, document: &Document<'a>) -> Draft<'a> {
        let outline = Outline::new(split_document(document));
        let language = foreign_language(document);
        // Phrases are English: in another language they find namesakes.
        let readings = outline.readings(document);
        let themes = match language {
            Some(_) => BTreeMap::new(),
            None => outline.mentions(&readings, |sentence| self.themes_in(sentence)),
        };
        let namesakes = self.indices.with_namesakes(&readings);
        let mut named = Named::default();
        let indices = outline.mentions(&readings, |sentence| {
            plain(self.indices.find_on(sentence, &namesakes, &mut named))
        });
        Draft {
            themes,
            indices,
            language,
            readings: vec![],
            document: *document,
            outline,
        }
    }

    /// Lets what the model has learned of themes meet what phrases found.
    fn learn(&self, draft: &mut Draft<'_>, meanings: &[Vec<f32>]) {
        let texts: Vec<&str> = draft.texts().collect();
        let outline = &draft.outline;
        let definitions = self.themes.definitions();
        let rule_for = |owner: usize, place: usize| {
            let theme = (owner, &definitions[owner]);
            self.examples.rule(self.model.as_ref(), theme, texts[place])
        };
        let said = (&*draft.readings, meanings);
        self.learned
            .settle((outline, &texts), said, &mut draft.themes, rule_for);
    }

    /// Tone of a theme's sentences toward each index that it is linked to.
    fn effects(
        &self,
        outline: &Outline,
        sentences: &[TaggedSentence],
        tag: &ThemeTag,
        indices: &[IndexTag],
    ) -> Vec<(IndexId, Tone)> {
        let definitions = self.themes.definitions().iter();
        let linked = definitions
            .filter(|definition| definition.id == tag.theme)
            .flat_map(|definition| &definition.indices);
        let effects = linked.filter_map(|index| {
            let kind = self.indices.kind(index)?;
            let tone = effect(outline, sentences, tag, (index, kind), indices)?;
            Some((index.clone(), tone))
        });
        effects.collect()
    }

    fn themes_in(&self, sentence: &Reading<'_>) -> Vec<Hit<'_>> {
        let hits = self.themes.find(sentence);
        let stances = self.themes.stances(sentence, &hits);
        hits.into_iter()
            .zip(stances.into_iter().map(Some))
            .collect()
    }

    /// What is asked of the model for a document, in the order in which [`Tagger::finish`] takes the answers: toward each theme
    /// that is something to be held, then toward each index.
    fn queries<'a>(&self, draft: &Draft<'a>) -> Vec<Query<'a>> {
        let Draft {
            document, outline, ..
        } = draft;
        let mut queries: Vec<Query<'a>> = Vec::new();
        let held = draft
            .themes
            .iter()
            .filter(|(owner, _)| self.is_held(**owner));
        for (_, mentions) in held.chain(&draft.indices) {
            queries.extend(toward(document, outline, mentions).into_values());
        }
        queries
    }

    /// Whether a theme is something that one can hold, so that a sentence can be good or bad *for* it. Of a cause or an event
    /// it can only be good or bad as such: "inflation fell" is bad for inflation and good news.
    fn is_held(&self, theme: usize) -> bool {
        let kind = self.themes.definitions()[theme].kind;
        matches!(
            kind,
            ThemeKind::Asset | ThemeKind::Style | ThemeKind::Sector
        )
    }

    fn finish(
        &self,
        draft: Draft<'_>,
        scores: &mut impl Iterator<Item = Sentiment>,
    ) -> ArticleTags {
        let Draft {
            document,
            outline,
            themes,
            indices,
            readings,
            language,
        } = draft;
        let sentences: Vec<TaggedSentence> = outline
            .sentences
            .iter()
            .copied()
            .zip(readings)
            .map(|(sentence, reading)| TaggedSentence {
                sentence,
                sentiment: reading.sentiment,
            })
            .collect();
        let tone = document_tone(
            &outline,
            &sentences,
            themes.values().chain(indices.values()),
        );
        // The models read English: of anything else they would make up a tone.
        let is_read = language.is_none();
        let tone = tone.filter(|_| is_read);
        let themes = themes.into_iter().map(|(owner, mentions)| {
            let definition = &self.themes.definitions()[owner];
            let salience = outline.salience(&mentions);
            let scores = self.is_held(owner).then_some(&mut *scores);
            let stance = outline.stance_of(&mentions);
            let (tone, evidence) = reading(&outline, &sentences, mentions, scores);
            ThemeTag {
                theme: definition.id.clone(),
                version: definition.version,
                salience,
                tone,
                stance,
                effects: vec![],
                evidence,
            }
        });
        let mut themes: Vec<ThemeTag> = themes.collect();
        let indices = indices.into_iter().map(|(owner, mentions)| {
            let (tone, evidence) = reading(&outline, &sentences, mentions, Some(&mut *scores));
            IndexTag {
                index: self.indices.definitions()[owner].id.clone(),
                tone: tone.filter(|_| is_read),
                evidence,
            }
        });
        let indices: Vec<IndexTag> = indices.collect();
        let entities = names(&document, &outline, &indices);
        for theme in &mut themes {
            theme.effects = self.effects(&outline, &sentences, theme, &indices);
        }
        ArticleTags {
            language,
            indices,
            entities,
            sentences,
            tone,
            themes,
        }
    }
}

/// Companies and people, but for what names an index.
fn names(document: &Document<'_>, outline: &Outline, indices: &[IndexTag]) -> Vec<Entity> {
    let is_index = |part: Part, span: Span| {
        let mut evidence = indices.iter().flat_map(|tag| &tag.evidence);
        evidence.any(|found| found.part == part && found.span.overlaps(span))
    };
    let found = outline.sentences.iter().flat_map(|sentence| {
        let in_sentence = entities(document.text_of(sentence)).into_iter();
        in_sentence.map(|(kind, span)| Entity {
            kind,
            part: sentence.part,
            span: Span {
                start: sentence.span.start + span.start,
                end: sentence.span.start + span.end,
            },
        })
    });
    found
        .filter(|entity| !is_index(entity.part, entity.span))
        .collect()
}

fn plain(hits: Vec<Match<'_>>) -> Vec<Hit<'_>> {
    hits.into_iter().map(|hit| (hit, None)).collect()
}

impl<'a> Document<'a> {
    /// The words of `sentence`.
    pub fn text_of(&self, sentence: &Sentence) -> &'a str {
        sentence.span.of(self.part(sentence.part))
    }

    /// The title or the body.
    pub fn part(&self, part: Part) -> &'a str {
        match part {
            Part::Title => self.title,
            Part::Body => self.text,
        }
    }
}

/// The tag run that `model` makes with definitions of this digest.
pub fn tag_run(model: &ModelChoice, definitions_hash: &str) -> Result<TagRun, NlpError> {
    let (model, model_hash) = model.identity()?;
    Ok(TagRun {
        model,
        model_hash,
        definitions_hash: definitions_hash.into(),
        code_version: CODE_VERSION.into(),
    })
}

fn split_document(document: &Document<'_>) -> Vec<Sentence> {
    let spans = [Part::Title, Part::Body]
        .into_iter()
        .map(|part| (part, sentences(document.part(part))));
    spans
        .flat_map(|(part, spans)| spans.into_iter().map(move |span| Sentence { part, span }))
        .collect()
}

#[cfg(test)]
mod tests;
