//! The rows of tags, table by table.

use std::collections::BTreeSet;

use newsprint_domain::identifier::ThemeId;
use newsprint_domain::sentiment::{Sentiment, Tone};
use newsprint_domain::tags::{ArticleTags, Evidence, ThemeTag};
use newsprint_domain::theme::Stance;

use crate::error::{StoreError, doing};
use crate::rows::offset_column;
use crate::sql::{Kind, Rows, Transaction, Value};

const SENTENCES: Rows = Rows {
    table: "sentence_tag",
    columns: &[
        ("tagging_key", Kind::Integer),
        ("ordinal", Kind::Integer),
        ("part", Kind::Text),
        ("start_byte", Kind::Integer),
        ("end_byte", Kind::Integer),
        ("negative", Kind::Integer),
        ("positive", Kind::Integer),
    ],
    otherwise: "",
};

const THEMES: Rows = Rows {
    table: "theme_tag",
    columns: &[
        ("tagging_key", Kind::Integer),
        ("theme", Kind::Text),
        ("version", Kind::Integer),
        ("salience", Kind::Integer),
        ("tone", Kind::Integer),
        ("stance", Kind::Integer),
        ("retrospective", Kind::Truth),
    ],
    otherwise: "",
};

const EFFECTS: Rows = Rows {
    table: "theme_effect",
    columns: &[
        ("tagging_key", Kind::Integer),
        ("theme", Kind::Text),
        ("index_id", Kind::Text),
        ("tone", Kind::Integer),
    ],
    otherwise: "",
};

const INDICES: Rows = Rows {
    table: "index_tag",
    columns: &[
        ("tagging_key", Kind::Integer),
        ("index_id", Kind::Text),
        ("tone", Kind::Integer),
    ],
    otherwise: "",
};

const ENTITIES: Rows = Rows {
    table: "entity",
    columns: &[
        ("tagging_key", Kind::Integer),
        ("part", Kind::Text),
        ("start_byte", Kind::Integer),
        ("end_byte", Kind::Integer),
        ("kind", Kind::Text),
    ],
    otherwise: "",
};

const EVIDENCE: Rows = Rows {
    table: "evidence",
    columns: &[
        ("tagging_key", Kind::Integer),
        ("subject", Kind::Text),
        ("id", Kind::Text),
        ("part", Kind::Text),
        ("start_byte", Kind::Integer),
        ("end_byte", Kind::Integer),
        ("rule", Kind::Text),
        ("negative", Kind::Integer),
        ("positive", Kind::Integer),
        ("stance", Kind::Integer),
    ],
    otherwise: "",
};

/// Values of all rows that taggings add, each table's one after the other.
#[derive(Debug, Default)]
pub(crate) struct TagRows {
    sentences: Vec<Value>,
    themes: Vec<Value>,
    effects: Vec<Value>,
    indices: Vec<Value>,
    entities: Vec<Value>,
    evidence: Vec<Value>,
}

impl TagRows {
    /// Adds the rows of one tagging.
    pub(crate) fn add(
        &mut self,
        tagging: i64,
        tags: &ArticleTags,
        retrospective: &BTreeSet<ThemeId>,
    ) {
        for (ordinal, tagged) in tags.sentences.iter().enumerate() {
            self.sentences.extend([
                Value::from(tagging),
                offset_column(ordinal).into(),
                tagged.sentence.part.as_str().into(),
                offset_column(tagged.sentence.span.start).into(),
                offset_column(tagged.sentence.span.end).into(),
                tagged.sentiment.negative().into(),
                tagged.sentiment.positive().into(),
            ]);
        }
        for tag in &tags.themes {
            self.add_theme(tagging, tag, retrospective.contains(&tag.theme));
        }
        for tag in &tags.indices {
            let index = tag.index.as_str();
            let tone = tag.tone.map(Tone::millionths);
            self.indices
                .extend([Value::from(tagging), index.into(), tone.into()]);
            self.add_evidence(tagging, ("index", index), &tag.evidence);
        }
        for entity in &tags.entities {
            self.entities.extend([
                Value::from(tagging),
                entity.part.as_str().into(),
                offset_column(entity.span.start).into(),
                offset_column(entity.span.end).into(),
                entity.kind.as_str().into(),
            ]);
        }
    }

    fn add_theme(&mut self, tagging: i64, tag: &ThemeTag, retrospective: bool) {
        let theme = tag.theme.as_str();
        self.themes.extend([
            Value::from(tagging),
            theme.into(),
            tag.version.into(),
            tag.salience.into(),
            tag.tone.map(Tone::millionths).into(),
            tag.stance.into(),
            retrospective.into(),
        ]);
        for (index, tone) in &tag.effects {
            self.effects.extend([
                Value::from(tagging),
                theme.into(),
                index.as_str().into(),
                tone.millionths().into(),
            ]);
        }
        self.add_evidence(tagging, ("theme", theme), &tag.evidence);
    }

    fn add_evidence(&mut self, tagging: i64, (subject, id): (&str, &str), evidence: &[Evidence]) {
        for found in evidence {
            self.evidence.extend([
                Value::from(tagging),
                subject.into(),
                id.into(),
                found.part.as_str().into(),
                offset_column(found.span.start).into(),
                offset_column(found.span.end).into(),
                (&found.rule).into(),
                found.sentiment.map(Sentiment::negative).into(),
                found.sentiment.map(Sentiment::positive).into(),
                found.stance.map(Stance::value).into(),
            ]);
        }
    }

    /// Inserts them all.
    pub(crate) async fn insert(self, transaction: &mut Transaction) -> Result<(), StoreError> {
        let tables = [
            (SENTENCES, self.sentences),
            (THEMES, self.themes),
            (EFFECTS, self.effects),
            (INDICES, self.indices),
            (ENTITIES, self.entities),
            (EVIDENCE, self.evidence),
        ];
        for (rows, values) in tables {
            let inserted = rows.insert(transaction, values).await;
            inserted.map_err(doing("record tags"))?;
        }
        Ok(())
    }
}
