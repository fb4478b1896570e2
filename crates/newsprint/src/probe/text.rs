//! `probe text`: sentences, tone, themes and indices of a text.

use newsprint_domain::sentence::{Part, Span};
use newsprint_domain::sentiment::{ONE, Sentiment, Tone};
use newsprint_domain::tags::{ArticleTags, Entity, Evidence};
use newsprint_domain::theme::Stance;
use newsprint_nlp::tagger::{Document, Tagger};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::{Answer, fields};

#[derive(Deserialize)]
pub(super) struct Line {
    #[serde(default)]
    title: Option<String>,
    text: String,
    #[serde(default)]
    target: Option<String>,
}

pub(super) fn probe(tagger: &Tagger, lines: Vec<Line>) -> Vec<Answer> {
    let documents: Vec<Document<'_>> = lines.iter().map(Line::document).collect();
    match tagger.tag(&documents) {
        Ok(tags) => lines
            .iter()
            .zip(tags)
            .map(|(line, tags)| answer(tagger, line, &tags))
            .collect(),
        Err(error) => lines.iter().map(|_| Err(error.to_string())).collect(),
    }
}

impl Line {
    fn document(&self) -> Document<'_> {
        Document {
            title: self.title.as_deref().unwrap_or_default(),
            text: &self.text,
        }
    }
}

fn answer(tagger: &Tagger, line: &Line, tags: &ArticleTags) -> Answer {
    let sentences: Vec<Value> = tags
        .sentences
        .iter()
        .map(|tagged| {
            let mut sentence = span(tagged.sentence.part, tagged.sentence.span);
            sentence.extend(probabilities(tagged.sentiment));
            Value::Object(sentence)
        })
        .collect();
    let themes = tags.themes.iter().map(|tag| {
        let salience = f64::from(tag.salience) / f64::from(ONE);
        let effect: Map<String, Value> = tag
            .effects
            .iter()
            .map(|(index, tone)| (index.to_string(), json!(tone.value())))
            .collect();
        json!({
            "id": tag.theme.as_str(),
            "salience": salience,
            "stance": f64::from(tag.stance) / f64::from(ONE),
            "effect": effect,
            "spans": spans(&tag.evidence),
            "evidence": tag.evidence.iter().map(evidence).collect::<Vec<_>>(),
        })
    });
    let indices = tags.indices.iter().map(|tag| {
        let mentions = tag.evidence.iter().map(|found| mention(line, found));
        json!({
            "id": tag.index.as_str(),
            "spans": spans(&tag.evidence),
            "mentions": mentions.collect::<Vec<_>>(),
        })
    });
    let mut answer = fields(json!({
        "sentences": sentences,
        "tone": tags.tone.map(Tone::value),
        "language": tags.language,
        "themes": themes.collect::<Vec<_>>(),
        "indices": indices.collect::<Vec<_>>(),
        "entities": tags.entities.iter().map(|entity| named(line, entity)).collect::<Vec<_>>(),
    }))?;
    if let Some(target) = &line.target {
        let tone = tagger
            .target_tone(line.document(), tags, target)
            .map_err(|error| error.to_string())?;
        answer.insert("target_tone".into(), json!(tone.map(Tone::value)));
    }
    Ok(answer)
}

/// The three probabilities by name.
pub(super) fn probabilities(sentiment: Sentiment) -> [(String, Value); 3] {
    let share = |millionths: i32| json!(f64::from(millionths) / f64::from(ONE));
    [
        ("negative".to_owned(), share(sentiment.negative())),
        ("neutral".to_owned(), share(sentiment.neutral())),
        ("positive".to_owned(), share(sentiment.positive())),
    ]
}

fn spans(evidence: &[Evidence]) -> Vec<Value> {
    evidence
        .iter()
        .map(|found| Value::Object(span(found.part, found.span)))
        .collect()
}

/// The words that a theme rests on, the rule that found them, and whether they make it stronger.
fn evidence(found: &Evidence) -> Value {
    let mut object = span(found.part, found.span);
    object.insert("rule".into(), json!(found.rule));
    object.insert("stance".into(), json!(found.stance.map(Stance::value)));
    Value::Object(object)
}

/// Where an index is named, and how.
fn mention(line: &Line, found: &Evidence) -> Value {
    let mut object = span(found.part, found.span);
    let surface = found.span.of(line.document().part(found.part));
    object.insert("surface".into(), json!(surface));
    Value::Object(object)
}

/// A company or a person.
fn named(line: &Line, entity: &Entity) -> Value {
    let mut object = span(entity.part, entity.span);
    let surface = entity.span.of(line.document().part(entity.part));
    object.insert("surface".into(), json!(surface));
    object.insert("kind".into(), json!(entity.kind.as_str()));
    Value::Object(object)
}

/// Start and end in bytes; what lies in the title says so.
fn span(part: Part, span: Span) -> Map<String, Value> {
    let mut object = Map::from_iter([
        ("start".to_owned(), json!(span.start)),
        ("end".to_owned(), json!(span.end)),
    ]);
    if part == Part::Title {
        object.insert("in".into(), json!("title"));
    }
    object
}
