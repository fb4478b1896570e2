//! Puts the pieces together: a document in, its tags out.

use newsprint_domain::identifier::{IndexId, ThemeId};
use newsprint_domain::sentence::{Part, Sentence, Span};
use newsprint_domain::sentiment::Tone;
use newsprint_domain::tags::{ArticleTags, IndexTag, TagRun, TaggedSentence, ThemeTag};

use crate::error::NlpError;
use crate::evidence::{by_owner, evidence, salience, tone_of};
use crate::phrases::{PhraseMatcher, Role, Rule, folded_phrase};
use crate::sentiment::{ModelChoice, SentimentModel};
use crate::split::sentences;
use crate::targets::IndexSet;
use crate::themes::ThemeSet;

/// Raised whenever the code gives other tags for the same model and definitions, so that a new tag run begins.
const CODE_VERSION: &str = concat!(env!("CARGO_PKG_VERSION"), "+tagger1");

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
    indices: IndexSet,
}

impl Tagger {
    /// Tags with `model` by `themes` and `indices`.
    pub fn new(model: Box<dyn SentimentModel>, themes: ThemeSet, indices: IndexSet) -> Self {
        Self {
            model,
            themes,
            indices,
        }
    }

    /// Tags of each document, in order.
    pub fn tag(&self, documents: &[Document<'_>]) -> Result<Vec<ArticleTags>, NlpError> {
        let split: Vec<Vec<Sentence>> = documents.iter().map(split_document).collect();
        let pairs = documents.iter().zip(&split);
        let texts: Vec<&str> = pairs
            .flat_map(|(document, sentences)| {
                sentences.iter().map(|sentence| document.text_of(sentence))
            })
            .collect();
        let mut scores = self.model.score(&texts)?.into_iter();
        let tagged = documents.iter().zip(split).map(|(document, sentences)| {
            let scored = sentences.into_iter().zip(&mut scores);
            let sentences = scored.map(|(sentence, sentiment)| TaggedSentence {
                sentence,
                sentiment,
            });
            self.tag_one(*document, sentences.collect())
        });
        Ok(tagged.collect())
    }

    /// Mean tone of the sentences that name `target`: an index by id or alias, a theme by id or label, else the words as
    /// given. `None` where none does.
    pub fn target_tone(
        &self,
        document: Document<'_>,
        tags: &ArticleTags,
        target: &str,
    ) -> Result<Option<Tone>, NlpError> {
        if let Some(index) = self.index_named(target) {
            let tag = tags.indices.iter().find(|tag| tag.index == *index);
            return Ok(tag.and_then(|tag| tag.tone));
        }
        if let Some(theme) = self.theme_named(target) {
            let tag = tags.themes.iter().find(|tag| tag.theme == *theme);
            return Ok(tag.and_then(|tag| tag.tone));
        }
        let phrase = folded_phrase(target);
        if phrase.is_empty() {
            return Ok(None);
        }
        let rule = Rule {
            owner: 0,
            role: Role::Finds,
            phrase,
        };
        let matcher = PhraseMatcher::new(vec![rule], |_| format!("target \"{target}\""))?;
        let evidence = evidence(&document, &tags.sentences, |text| matcher.find(text));
        Ok(tone_of(
            &tags.sentences,
            evidence.iter().map(|(_, evidence)| evidence),
        ))
    }

    fn index_named(&self, target: &str) -> Option<&IndexId> {
        let definitions = self.indices.definitions();
        if let Some(definition) = definitions
            .iter()
            .find(|definition| definition.id.as_str() == target)
        {
            return Some(&definition.id);
        }
        let named = self.indices.find(target);
        let whole = named.iter().find(|hit| {
            hit.span
                == Span {
                    start: 0,
                    end: target.len(),
                }
        })?;
        Some(&definitions[whole.owner].id)
    }

    fn theme_named(&self, target: &str) -> Option<&ThemeId> {
        let mut definitions = self.themes.definitions().iter();
        definitions
            .find(|theme| theme.id.as_str() == target || theme.label == target)
            .map(|theme| &theme.id)
    }

    fn tag_one(&self, document: Document<'_>, sentences: Vec<TaggedSentence>) -> ArticleTags {
        let tone = Tone::mean(sentences.iter().map(|tagged| tagged.sentiment.tone()));
        let themes = self.theme_tags(&document, &sentences);
        let indices = self.index_tags(&document, &sentences);
        ArticleTags {
            sentences,
            tone,
            themes,
            indices,
        }
    }

    fn theme_tags(&self, document: &Document<'_>, sentences: &[TaggedSentence]) -> Vec<ThemeTag> {
        let found = evidence(document, sentences, |text| self.themes.find(text));
        by_owner(found, self.themes.definitions())
            .map(|(definition, evidence)| ThemeTag {
                theme: definition.id.clone(),
                version: definition.version,
                salience: salience(sentences, &evidence),
                tone: tone_of(sentences, &evidence),
                evidence,
            })
            .collect()
    }

    fn index_tags(&self, document: &Document<'_>, sentences: &[TaggedSentence]) -> Vec<IndexTag> {
        let found = evidence(document, sentences, |text| self.indices.find(text));
        by_owner(found, self.indices.definitions())
            .map(|(definition, evidence)| IndexTag {
                index: definition.id.clone(),
                tone: tone_of(sentences, &evidence),
                evidence,
            })
            .collect()
    }
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
pub fn tag_run(model: ModelChoice, definitions_hash: &str) -> TagRun {
    TagRun {
        model: model.name().into(),
        model_hash: model.weights_hash(),
        definitions_hash: definitions_hash.into(),
        code_version: CODE_VERSION.into(),
    }
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
mod tests {
    use newsprint_domain::identifier::{IndexId, Mic, ThemeId};
    use newsprint_domain::index::{IndexDefinition, SeriesKind};
    use newsprint_domain::sentiment::ONE;
    use newsprint_domain::theme::{Example, Phrases, ThemeDefinition, ThemeKind};

    use super::*;
    use crate::lexicon::LexiconModel;

    fn theme(id: &str, phrase: &str) -> ThemeDefinition {
        let example = |text: &str, hit| Example {
            text: text.into(),
            hit,
        };
        ThemeDefinition {
            id: ThemeId::new(id).unwrap(),
            version: 1,
            label: phrase.into(),
            kind: ThemeKind::Driver,
            defined_at: "2024-01-01".parse().unwrap(),
            description: phrase.into(),
            indices: vec![],
            phrases: Phrases {
                any: vec![phrase.into()],
                none: vec![],
            },
            examples: vec![example(phrase, true), example("nothing", false)],
        }
    }

    fn tagger() -> Tagger {
        let russell = IndexDefinition {
            id: IndexId::new("RUT").unwrap(),
            name: "Russell 2000".into(),
            exchange: Mic::new("XNYS").unwrap(),
            kind: SeriesKind::Price,
            series: vec![],
            aliases: vec!["Russell 2000".into()],
            cased: vec![],
            none: vec![],
        };
        let themes = ThemeSet::new(vec![
            theme("small_caps", "small cap"),
            theme("megacap_tech", "megacap technology"),
        ]);
        Tagger::new(
            Box::new(LexiconModel),
            themes.unwrap(),
            IndexSet::new(vec![russell]).unwrap(),
        )
    }

    const TITLE: &str = "Small caps soar";
    const TEXT: &str =
        "The Russell 2000 soared as small caps gained. Megacap technology slumped. It was Tuesday.";

    #[test]
    fn good_of_one_theme_and_bad_of_another_stay_apart() {
        let document = Document {
            title: TITLE,
            text: TEXT,
        };
        let tags = tagger().tag(&[document]).unwrap().remove(0);
        let tone = |id: &str| {
            tags.themes
                .iter()
                .find(|tag| tag.theme.as_str() == id)
                .unwrap()
                .tone
                .unwrap()
                .value()
        };
        assert!(tone("small_caps") > 0.0 && tone("megacap_tech") < 0.0);
        assert_eq!(tags.sentences.len(), 4);
        let russell = &tags.indices[0];
        assert_eq!(russell.evidence[0].span.of(TEXT), "Russell 2000");
        assert!(russell.tone.unwrap().value() > 0.0);
    }

    #[test]
    fn salience_rises_from_a_mention_to_the_title() {
        let tags = tagger()
            .tag(&[Document {
                title: TITLE,
                text: TEXT,
            }])
            .unwrap()
            .remove(0);
        let salience = |id: &str| {
            tags.themes
                .iter()
                .find(|tag| tag.theme.as_str() == id)
                .unwrap()
                .salience
        };
        assert_eq!(
            salience("small_caps"),
            ONE,
            "in title, lead and half of the sentences"
        );
        assert_eq!(
            salience("megacap_tech"),
            600_000,
            "in the lead and a quarter of the sentences"
        );
    }

    #[test]
    fn a_target_is_an_index_a_theme_or_words_and_null_where_nothing_names_it() {
        let document = Document {
            title: TITLE,
            text: TEXT,
        };
        let tagger = tagger();
        let tags = tagger.tag(&[document]).unwrap().remove(0);
        let tone = |target: &str| {
            tagger
                .target_tone(document, &tags, target)
                .unwrap()
                .map(Tone::value)
        };
        assert!(tone("RUT").unwrap() > 0.0);
        assert_eq!(tone("russell 2000"), tone("RUT"));
        assert!(tone("megacap_tech").unwrap() < 0.0);
        assert_eq!(tone("Tuesday"), Some(0.0));
        for unnamed in ["gold", "Amazon.com, Inc.", "rate_cuts", "", "…"] {
            assert_eq!(tone(unnamed), None, "{unnamed}");
        }
    }

    #[test]
    fn an_empty_document_has_no_tone() {
        let tags = tagger()
            .tag(&[Document {
                title: "",
                text: " \n ",
            }])
            .unwrap()
            .remove(0);
        assert_eq!((tags.tone, tags.sentences.len()), (None, 0));
    }
}
