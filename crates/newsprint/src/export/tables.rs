//! The tables of an export: what their columns are, in one place. Files, comments and the data dictionary follow from it.

use crate::columnar::{Column, Kind};

/// Raised where a column is renamed, removed, or means something else.
pub(super) const SCHEMA_VERSION: u32 = 1;

/// A table of an export.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, clap::ValueEnum)]
#[value(rename_all = "snake_case")]
pub(crate) enum Name {
    /// Tone per session, theme and index
    ThemeDay,
    /// One row per article and theme
    ThemeTags,
    /// One row per article and index that it names
    IndexTags,
    /// One row per article
    Articles,
    /// One row per article and exchange
    Sessions,
    /// One row per index, session and window: what the index did
    Returns,
    /// One row per index and day: the close as known
    Prices,
    /// One row per tag run
    Runs,
}

use Kind::{Category, Date, Instant, Integer, Number, Text, Truth};

type Row = (&'static str, Kind, &'static str, &'static str);

const AVAILABLE: Row = (
    "available_at",
    Instant,
    "",
    "first instant at which it could have been known: the later of publication and first sight",
);
const SESSION: Row = (
    "session",
    Date,
    "",
    "reaction session: the first whose close is after available_at, of the exchange that the manifest names; null outside its calendar",
);
const ARTICLE: Row = (
    "article_id",
    Text,
    "",
    "the article's id, a digest of its address",
);
const PUBLISHER: Row = (
    "publisher",
    Category,
    "",
    "id of the publisher's row, else the site's domain",
);
const ADDRESS: Row = ("address", Text, "", "canonical address");
const THEME: Row = ("theme", Category, "", "the theme's id");
const INDEX: Row = ("index", Category, "", "the index's id");
const RECONSTRUCTED: Row = (
    "reconstructed",
    Truth,
    "",
    "whether available_at rests on the publication time alone",
);
const ECHO: Row = (
    "is_echo",
    Truth,
    "",
    "whether it follows an earlier article of its story, as known: it is no independent report",
);
const RETROSPECTIVE: Row = (
    "retrospective",
    Truth,
    "",
    "whether the theme was defined after the article was available",
);
const TONE: &str = "−1..1";

const THEME_DAY: &[Row] = &[
    (
        "session",
        Date,
        "",
        "reaction session of the index's exchange",
    ),
    (
        "theme",
        Category,
        "",
        "the theme's id; any: every article that names the index",
    ),
    INDEX,
    (
        "n",
        Integer,
        "articles",
        "articles that carry the theme and name the index or are of a theme linked to it; each once, in its first session",
    ),
    (
        "independent_n",
        Integer,
        "articles",
        "those of them that follow no earlier one: stories",
    ),
    (
        "mean_tone",
        Number,
        TONE,
        "mean over stories (weight article: over articles) of the tone of the sentences that carry the theme",
    ),
    (
        "dispersion",
        Number,
        TONE,
        "sample standard deviation of these tones (ddof = 1); null of one",
    ),
    (
        "share_positive",
        Number,
        "0..1",
        "share of these tones above zero",
    ),
    (
        "mean_stance",
        Number,
        TONE,
        "mean over articles of whether the theme gets likelier or stronger (1), or less likely or weaker (−1); null where no run looked",
    ),
];

const THEME_TAGS: &[Row] = &[
    AVAILABLE,
    SESSION,
    ARTICLE,
    PUBLISHER,
    ADDRESS,
    THEME,
    (
        "tone",
        Number,
        TONE,
        "mean over the sentences that carry the theme of p_positive − p_negative; null where there is none",
    ),
    ("salience", Number, "0..1", "how much of the article it is"),
    (
        "stance",
        Number,
        TONE,
        "whether the theme gets likelier or stronger (1), or less likely or weaker (−1); null of a run that did not look",
    ),
    RETROSPECTIVE,
    RECONSTRUCTED,
    ECHO,
];

const INDEX_TAGS: &[Row] = &[
    AVAILABLE,
    SESSION,
    ARTICLE,
    PUBLISHER,
    INDEX,
    (
        "tone",
        Number,
        TONE,
        "tone of the sentences that name the index, toward it; null where there is none",
    ),
    RECONSTRUCTED,
    ECHO,
];

const ARTICLES: &[Row] = &[
    AVAILABLE,
    SESSION,
    ARTICLE,
    (
        "revision_id",
        Text,
        "",
        "id of the first revision known, a digest of title, text and stated time",
    ),
    PUBLISHER,
    ADDRESS,
    (
        "language",
        Category,
        "",
        "ISO 639-3 code where it is surely not English: no theme was looked for; null otherwise",
    ),
    (
        "tone",
        Number,
        TONE,
        "mean tone of its sentences; null where it says nothing relevant or was not tagged",
    ),
    ("is_tagged", Truth, "", "whether the run has tagged it"),
    (
        "n_themes",
        Integer,
        "themes",
        "themes that it carries; null where it was not tagged",
    ),
    (
        "n_indices",
        Integer,
        "indices",
        "indices that it names; null where it was not tagged",
    ),
    RECONSTRUCTED,
    ECHO,
    ("recorded_at", Instant, "", "when newsprint recorded it"),
    (
        "title",
        Text,
        "",
        "headline; null unless the publisher's row has export_text = true, and where it was removed on request",
    ),
    ("text", Text, "", "body; null as the title is"),
];

const SESSIONS: &[Row] = &[
    AVAILABLE,
    ARTICLE,
    ("exchange", Category, "", "the exchange's MIC (ISO 10383)"),
    (
        "session",
        Date,
        "",
        "its first session whose close is after available_at",
    ),
    (
        "phase",
        Category,
        "",
        "where available_at falls: regular, pre_open, post_close, non_session_day",
    ),
];

const RETURNS: &[Row] = &[
    (
        "session",
        Date,
        "",
        "the session at whose close the window ends (c2c_0) or starts (fwd_c2c_h)",
    ),
    INDEX,
    (
        "window",
        Category,
        "",
        "c2c_0: the close before to the session's; describes. fwd_c2c_h: the session's close over the next h rows; tradable",
    ),
    (
        "move",
        Number,
        "basis points",
        "of the close before; of yields, basis points of yield; null where a close is missing",
    ),
];

const PRICES: &[Row] = &[
    ("date", Date, "", "the session"),
    INDEX,
    (
        "close",
        Number,
        "points; percent of yields",
        "the close as known, with corrections",
    ),
    ("source", Category, "", "the file that it was read from"),
    ("recorded_at", Instant, "", "when newsprint recorded it"),
];

const RUNS: &[Row] = &[
    (
        "run",
        Text,
        "",
        "the tag run's id, a digest of the four columns after it",
    ),
    ("model", Category, "", "the sentiment model"),
    ("model_hash", Text, "", "SHA-256 of its weights"),
    (
        "definitions_hash",
        Text,
        "",
        "digest of all theme and index definitions",
    ),
    ("code_version", Category, "", "version of the tagging code"),
    ("begun_at", Instant, "", "when it was begun"),
    (
        "n_tagged",
        Integer,
        "revisions",
        "revisions that it had tagged",
    ),
    (
        "is_shown",
        Truth,
        "",
        "whether it is the run of this export's tags",
    ),
];

impl Name {
    pub(super) const ALL: [Self; 8] = [
        Self::ThemeDay,
        Self::ThemeTags,
        Self::IndexTags,
        Self::Articles,
        Self::Sessions,
        Self::Returns,
        Self::Prices,
        Self::Runs,
    ];

    /// Its folder's name.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::ThemeDay => "theme_day",
            Self::ThemeTags => "theme_tags",
            Self::IndexTags => "index_tags",
            Self::Articles => "articles",
            Self::Sessions => "sessions",
            Self::Returns => "returns",
            Self::Prices => "prices",
            Self::Runs => "runs",
        }
    }

    /// What a row is, and in which order rows stand.
    pub(super) const fn meaning(self) -> &'static str {
        match self {
            Self::ThemeDay => "one row per reaction session, theme and index, in this order",
            Self::ThemeTags => {
                "one row per article (its first revision known) and theme, by available_at, article_id and theme"
            }
            Self::IndexTags => {
                "one row per article (its first revision known) and index that it names, by available_at, article_id and index"
            }
            Self::Articles => {
                "one row per article (its first revision known), by available_at and article_id"
            }
            Self::Sessions => {
                "one row per article (its first revision known) and exchange whose calendar reaches it, by available_at, article_id and exchange"
            }
            Self::Returns => "one row per session of an index, index and window, in this order",
            Self::Prices => "one row per day and index, in this order",
            Self::Runs => "one row per tag run, by begun_at",
        }
    }

    /// The column by whose year its files are parted, UTC.
    pub(super) const fn parted_by(self) -> Option<&'static str> {
        match self {
            Self::ThemeDay | Self::Returns => Some("session"),
            Self::ThemeTags | Self::IndexTags | Self::Articles | Self::Sessions => {
                Some("available_at")
            }
            Self::Prices => Some("date"),
            Self::Runs => None,
        }
    }

    pub(super) fn columns(self) -> Vec<Column> {
        let rows = match self {
            Self::ThemeDay => THEME_DAY,
            Self::ThemeTags => THEME_TAGS,
            Self::IndexTags => INDEX_TAGS,
            Self::Articles => ARTICLES,
            Self::Sessions => SESSIONS,
            Self::Returns => RETURNS,
            Self::Prices => PRICES,
            Self::Runs => RUNS,
        };
        let column = |(name, kind, unit, meaning): &Row| Column {
            name: (*name).into(),
            kind: *kind,
            unit,
            meaning: (*meaning).into(),
        };
        rows.iter().map(column).collect()
    }

    /// The table of this name.
    pub(super) fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|known| known.as_str() == name)
    }
}
