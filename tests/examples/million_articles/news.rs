//! Texts and tags of articles.

use std::collections::{BTreeSet, VecDeque};
use std::fmt::Write as _;

use newsprint_domain::article::Article;
use newsprint_domain::identifier::{IndexId, PublisherId, ThemeId};
use newsprint_domain::sentence::{Part, Sentence, Span};
use newsprint_domain::sentiment::{Sentiment, Tone};
use newsprint_domain::tags::{ArticleTags, Evidence, IndexTag, TaggedSentence, ThemeTag};
use newsprint_domain::theme::Stance;

use crate::dice::Dice;
use crate::world::World;

const SITES: usize = 40;
const WORDS: usize = 6_000;
/// Earlier articles that a copy may be of.
const RECENT: usize = 400;
/// Share of articles that are copies.
const COPIES: f64 = 0.08;

/// An article with its tags.
pub(crate) struct Written {
    pub(crate) source: String,
    pub(crate) article: Article,
    pub(crate) tags: ArticleTags,
    pub(crate) retrospective: BTreeSet<ThemeId>,
}

pub(crate) struct News<'a> {
    world: &'a World,
    dice: Dice,
    words: Vec<String>,
    recent: VecDeque<(String, String)>,
}

impl<'a> News<'a> {
    pub(crate) fn new(world: &'a World) -> Self {
        let mut dice = Dice::new(20_240_716);
        let syllables = [
            "bar", "con", "der", "fi", "gra", "ho", "in", "kel", "lo", "mar", "nu", "or", "pre",
            "qui", "ra", "sto", "ti", "un", "ver", "wa",
        ];
        let word = |dice: &mut Dice| {
            (0..dice.between(1, 4))
                .map(|_| syllables[dice.below(syllables.len())])
                .collect::<String>()
        };
        let words = (0..WORDS).map(|_| word(&mut dice)).collect();
        Self {
            world,
            dice,
            words,
            recent: VecDeque::new(),
        }
    }

    /// The article that comes at this place.
    pub(crate) fn write(&mut self, place: usize) -> Written {
        let site = self.dice.below(SITES);
        let is_copy = self.recent.len() == RECENT && self.dice.share() < COPIES;
        let (title, text) = if is_copy {
            self.copy()
        } else {
            (self.sentence(5, 11), self.text())
        };
        let first_seen = self.world.available_at(place);
        let tags = self.tags(&title, &text);
        let article = Article {
            publisher: PublisherId::new(format!("site_{site}"))
                .unwrap_or_else(|error| panic!("{error}")),
            address: format!("https://site-{site}.example/markets/{place}"),
            fetched_from: format!("https://site-{site}.example/markets/{place}"),
            title: title.clone(),
            authors: vec!["Ann Lee".into()],
            site: None,
            language: Some("en".into()),
            text: text.clone(),
            published: None,
            first_seen,
            replayed: false,
        };
        self.recent.push_back((title, text));
        if self.recent.len() > RECENT {
            self.recent.pop_front();
        }
        let retrospective = tags
            .themes
            .iter()
            .map(|tag| tag.theme.clone())
            .filter(|_| place.is_multiple_of(2));
        Written {
            source: format!("https://site-{site}.example/feed"),
            retrospective: retrospective.collect(),
            article,
            tags,
        }
    }

    fn copy(&mut self) -> (String, String) {
        let place = self.dice.below(RECENT);
        let (_, text) = self.recent[place].clone();
        let title = self.sentence(5, 11);
        let lead = self.sentence(8, 20);
        (title, format!("{lead}\n\n{text}"))
    }

    fn sentence(&mut self, least: usize, most: usize) -> String {
        let n_words = self.dice.between(least, most);
        let mut sentence = String::new();
        for place in 0..n_words {
            let word = self.dice.often_small(WORDS);
            if place > 0 {
                sentence.push(' ');
            }
            if self.dice.share() < 0.04 {
                let (whole, hundredths) = (self.dice.below(40), self.dice.between(1, 99));
                let level = self.dice.between(1_000, 40_000);
                // Writing to a string does not fail.
                let _ = match self.dice.share() < 0.3 {
                    true => write!(sentence, "{whole}.{hundredths}%"),
                    false => write!(sentence, "{level}.{hundredths}"),
                };
            } else {
                sentence.push_str(&self.words[word]);
            }
        }
        sentence.push('.');
        sentence
    }

    /// Between 60 and 1,000 words, mostly about 350.
    fn text(&mut self) -> String {
        let n_sentences = 3 + self.dice.below(12) + self.dice.below(12) + self.dice.often_small(30);
        let mut text = String::new();
        for place in 0..n_sentences {
            if place > 0 {
                text.push_str(if place % 3 == 0 { "\n\n" } else { " " });
            }
            let sentence = self.sentence(8, 30);
            text.push_str(&sentence);
        }
        text
    }

    fn tags(&mut self, title: &str, text: &str) -> ArticleTags {
        let mut sentences = vec![self.tagged(Part::Title, 0, title.len())];
        let mut start = 0;
        for sentence in text.split_inclusive(". ") {
            sentences.push(self.tagged(Part::Body, start, start + sentence.trim_end().len()));
            start += sentence.len();
        }
        let (n_themes, n_indices) = (self.dice.between(1, 5), self.dice.between(1, 3));
        let themes: BTreeSet<usize> = (0..n_themes)
            .map(|_| self.dice.often_small(self.world.themes.len()))
            .collect();
        let indices: BTreeSet<usize> = (0..n_indices)
            .map(|_| self.dice.often_small(self.world.indices.len()))
            .collect();
        ArticleTags {
            language: (self.dice.share() < 0.02).then(|| "deu".into()),
            tone: Some(self.tone()),
            themes: themes
                .into_iter()
                .map(|theme| self.theme(self.world.themes[theme].clone(), text.len()))
                .collect(),
            indices: indices
                .into_iter()
                .map(|index| self.index(self.world.indices[index].clone(), text.len()))
                .collect(),
            entities: vec![],
            sentences,
        }
    }

    fn tagged(&mut self, part: Part, start: usize, end: usize) -> TaggedSentence {
        let negative = self.dice.share();
        let positive = (1.0 - negative) * self.dice.share();
        let sentiment =
            Sentiment::from_probabilities(negative, 1.0 - negative - positive, positive);
        TaggedSentence {
            sentence: Sentence {
                part,
                span: Span { start, end },
            },
            sentiment: sentiment.unwrap_or_else(|error| panic!("{error}")),
        }
    }

    fn tone(&mut self) -> Tone {
        let millionths = self.dice.below(2_000_001) as i32 - 1_000_000;
        Tone::from_millionths(millionths).unwrap_or_else(|| panic!("{millionths}"))
    }

    fn theme(&mut self, theme: ThemeId, length: usize) -> ThemeTag {
        ThemeTag {
            evidence: self.evidence(theme.as_str(), length, true),
            theme,
            version: 1,
            salience: self.dice.below(1_000_001) as i32,
            tone: Some(self.tone()),
            stance: self.dice.below(3) as i32 * 1_000_000 - 1_000_000,
            effects: vec![],
        }
    }

    fn index(&mut self, index: IndexId, length: usize) -> IndexTag {
        IndexTag {
            evidence: self.evidence(index.as_str(), length, false),
            index,
            tone: Some(self.tone()),
        }
    }

    fn evidence(&mut self, rule: &str, length: usize, has_stance: bool) -> Vec<Evidence> {
        let starts: BTreeSet<usize> = (0..self.dice.between(1, 4))
            .map(|_| self.dice.below(length))
            .collect();
        let evidence = starts.into_iter().map(|start| Evidence {
            part: Part::Body,
            span: Span {
                start,
                end: start + 8,
            },
            rule: rule.to_owned(),
            sentiment: None,
            stance: has_stance.then_some(Stance::Stronger),
        });
        evidence.collect()
    }
}

/// Rows that these tags are, the tagging's own among them.
pub(crate) fn n_rows(tags: &ArticleTags) -> usize {
    let of_themes: usize = tags
        .themes
        .iter()
        .map(|tag| 1 + tag.evidence.len() + tag.effects.len())
        .sum();
    let of_indices: usize = tags.indices.iter().map(|tag| 1 + tag.evidence.len()).sum();
    1 + tags.sentences.len() + tags.entities.len() + of_themes + of_indices
}
