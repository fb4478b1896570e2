//! Which indices a text names, by the aliases of their definitions.

use std::collections::{BTreeMap, BTreeSet};

use newsprint_domain::identifier::IndexId;
use newsprint_domain::index::{IndexDefinition, SeriesKind};
use newsprint_domain::sentence::Span;

use crate::coreference::{BackReferences, Named};
use crate::error::NlpError;
use crate::phrases::{Match, PhraseMatcher, Reading, Role, Rule};

/// What an index does.
const MOVES: &str = "\
    rise, fall, gain, climb, drop, slip, slide, jump, surge, tumble, lose, add, close, end, open, hit, rally, soar, \
    plunge, sink, edge, advance, decline, dip, rebound, finish, snap, extend, settle, ease, retreat, recover, slump, \
    bounce, up, down, shed, dive, touch, pay, yield, trade, strike, reach, top, cross, breach, hover, near, fetch, steady, \
    hold firm, hold gain, hold steady, hold near, hold above, stall, pare, post, change hands";

/// What moves an index.
const MOVED: &str = "\
    lift, push, send, drive, drag, drag down, pull, pull down, buoy, boost, knock, nudge, leave, rise in, fall in, drop in, \
    jump in, surge in, rally in, selloff in, slide in";

/// All indices, compiled.
#[derive(Debug)]
pub struct IndexSet {
    definitions: Vec<IndexDefinition>,
    matcher: PhraseMatcher,
    back: BackReferences,
    /// Names of others too, which count in a list with an index.
    beside: PhraseMatcher,
    /// What stands for an index once it was named.
    again: PhraseMatcher,
    /// Names of others that are like an index's.
    namesakes: PhraseMatcher,
    /// What an index does, without an owner.
    moves: PhraseMatcher,
    /// Rules whose last word is what the index does.
    moving: BTreeSet<String>,
    /// Rules whose first words, so many, are what moves the index.
    moved: BTreeMap<String, usize>,
}

impl IndexSet {
    /// Compiles `definitions`, sorted by id; refuses two of one id, two indices with one alias, and an index without alias.
    pub fn new(mut definitions: Vec<IndexDefinition>) -> Result<Self, NlpError> {
        definitions.sort_by(|left, right| left.id.cmp(&right.id));
        let mut ids = BTreeSet::new();
        let mut owners: BTreeMap<String, &IndexId> = BTreeMap::new();
        for definition in &definitions {
            let id = &definition.id;
            let error = |problem: String| NlpError::Definition {
                owner: format!("index {id}"),
                problem,
            };
            if !ids.insert(id) {
                return Err(error("is defined twice: remove one definition".into()));
            }
            if definition.aliases.is_empty() && definition.cased.is_empty() {
                return Err(error("has no alias: add what texts call it".into()));
            }
            for alias in definition.aliases.iter().chain(&definition.cased) {
                let owner = *owners.entry(alias.to_lowercase()).or_insert(id);
                if owner != id {
                    let problem =
                        format!("alias \"{alias}\" is {owner}'s too: it can mean only one index");
                    return Err(error(problem));
                }
            }
        }
        let rules = definitions
            .iter()
            .enumerate()
            .flat_map(|(owner, definition)| rules_of(owner, definition));
        let moving = definitions.iter().flat_map(moving).collect();
        let moved = definitions.iter().flat_map(moved).collect();
        let matcher = PhraseMatcher::new(rules.collect(), |owner| {
            format!("index {}", definitions[owner].id)
        })?;
        let compile = |rules: Vec<Rule>| {
            PhraseMatcher::new(rules, |owner| format!("index {}", definitions[owner].id))
        };
        let listed = |role, phrases: fn(&IndexDefinition) -> &Vec<String>| -> Vec<Rule> {
            let owned = definitions.iter().enumerate();
            let rules = owned.flat_map(|(owner, definition)| {
                let phrases = phrases(definition).iter();
                phrases.map(move |phrase| Rule::phrase(owner, role, phrase))
            });
            rules.collect()
        };
        let mut beside = listed(Role::Finds, |definition| &definition.moving);
        beside.extend(listed(Role::Forbids, |definition| &definition.none));
        let moves = MOVES.split(", ");
        let moves = moves.map(|phrase| Rule::phrase(0, Role::Finds, phrase));
        Ok(Self {
            beside: compile(beside)?,
            again: compile(listed(Role::Finds, |definition| &definition.again))?,
            namesakes: compile(listed(Role::Finds, |definition| &definition.namesakes))?,
            moves: compile(moves.collect())?,
            matcher,
            back: BackReferences::new()?,
            moving,
            moved,
            definitions,
        })
    }

    /// The definitions by id; [`Match::owner`] is a position in this list.
    pub fn definitions(&self) -> &[IndexDefinition] {
        &self.definitions
    }

    /// How an index's moves are measured.
    pub fn kind(&self, index: &IndexId) -> Option<SeriesKind> {
        let mut definitions = self.definitions.iter();
        definitions
            .find(|definition| definition.id == *index)
            .map(|definition| definition.kind)
    }

    /// Indices of which an article names a namesake.
    pub(crate) fn with_namesakes(&self, readings: &[Reading<'_>]) -> BTreeSet<usize> {
        let found = readings
            .iter()
            .flat_map(|sentence| self.namesakes.find(sentence));
        found.map(|hit| hit.owner).collect()
    }

    /// Names of indices in the next sentence of an article, by place, and what stands for those named before ("the index").
    pub(crate) fn find_on<'a>(
        &'a self,
        reading: &Reading<'_>,
        with_namesakes: &BTreeSet<usize>,
        before: &mut Named,
    ) -> Vec<Match<'a>> {
        let kind = |owner: usize| self.definitions[owner].kind;
        let mut named = self.find(reading);
        if named.iter().any(|hit| with_namesakes.contains(&hit.owner)) {
            let moves = self.moves.find(reading);
            named.retain(|hit| {
                let is_bare = !hit
                    .span
                    .of(reading.sentence())
                    .contains(char::is_whitespace);
                let may_be_other = is_bare && with_namesakes.contains(&hit.owner);
                !may_be_other || moves_at(reading.sentence(), &moves, hit.span.end)
            });
        }
        if named.is_empty() && before.is_empty() {
            return named;
        }
        let again = self.again.find(reading);
        self.back.resolve(reading, named, again, kind, before)
    }

    /// Names of indices in a sentence, by place; where names overlap ("Nasdaq" in "Nasdaq 100") only the longest counts.
    pub fn find(&self, reading: &Reading<'_>) -> Vec<Match<'_>> {
        let sentence = reading.sentence();
        let mut found = self.matcher.find(reading);
        for hit in &mut found {
            let n_before = self.moved.get(hit.rule).copied().unwrap_or(0);
            let span = without_article(sentence, without_first_words(sentence, hit.span, n_before));
            let moves = self.moving.contains(hit.rule);
            hit.span = if moves {
                without_last_word(sentence, span)
            } else {
                span
            };
        }
        found.sort_by_key(|hit| {
            (
                std::cmp::Reverse(hit.span.end - hit.span.start),
                hit.span.start,
                hit.owner,
            )
        });
        // What is kept does not overlap, so that only the neighbours of a match can.
        let mut kept: BTreeMap<usize, Match<'_>> = BTreeMap::new();
        for hit in found {
            let before = kept.range(..=hit.span.start).next_back();
            let after = kept.range(hit.span.start..).next();
            if !before
                .into_iter()
                .chain(after)
                .any(|(_, longer)| longer.span.overlaps(hit.span))
            {
                kept.insert(hit.span.start, hit);
            }
        }
        let mut before: Option<Match<'_>> = None;
        let mut named = Vec::with_capacity(kept.len());
        for hit in kept.into_values() {
            let repeats = before.is_some_and(|name| repeats_in_code(sentence, &name, &hit));
            before = Some(hit);
            if !repeats && !is_exchange_of_ticker(sentence, hit.span) {
                named.push(hit);
            }
        }
        self.add_beside(reading, &mut named);
        named
    }

    /// A name of others too ("S&P") that stands in a list with an index is an index: "Dow, S&P and Nasdaq hold firm".
    fn add_beside<'a>(&'a self, reading: &Reading<'_>, named: &mut Vec<Match<'a>>) {
        if named.is_empty() {
            return;
        }
        let sentence = reading.sentence();
        let is_free = |hit: &Match<'_>| {
            let next = named.partition_point(|other| other.span.end <= hit.span.start);
            named
                .get(next)
                .is_none_or(|other| !other.span.overlaps(hit.span))
        };
        let free = self.beside.find(reading).into_iter().filter(is_free);
        let mut listed: Vec<(Match<'a>, bool)> = free.map(|hit| (hit, false)).collect();
        if listed.is_empty() {
            return;
        }
        listed.extend(named.drain(..).map(|hit| (hit, true)));
        listed.sort_by_key(|(hit, _)| hit.span.start);
        let n_pairs = listed.len() - 1;
        let mut join = |left: usize, right: usize| {
            let (first, second) = (listed[left].0.span, listed[right].0.span);
            let between = sentence.get(first.end..second.start);
            if between.is_some_and(is_list_joint) && (listed[left].1 || listed[right].1) {
                (listed[left].1, listed[right].1) = (true, true);
            }
        };
        (0..n_pairs).for_each(|place| join(place, place + 1));
        (0..n_pairs).rev().for_each(|place| join(place, place + 1));
        named.extend(
            listed
                .into_iter()
                .filter(|(_, is_named)| *is_named)
                .map(|(hit, _)| hit),
        );
    }
}

/// Whether a word of market movement is the next one after `end`.
fn moves_at(sentence: &str, moves: &[Match<'_>], end: usize) -> bool {
    let next = moves.partition_point(|hit| hit.span.start < end);
    let next = moves.get(next);
    next.is_some_and(|hit| sentence[end..hit.span.start].trim().is_empty())
}

/// What stands between two members of a list.
fn is_list_joint(between: &str) -> bool {
    matches!(
        between.trim(),
        "," | "and" | ", and" | "&" | "or" | ", the" | "and the" | ", and the"
    )
}

/// "the S&P 500 <.SPX>": a code in angle brackets that repeats the name before it.
fn repeats_in_code(sentence: &str, name: &Match<'_>, code: &Match<'_>) -> bool {
    let between = sentence[name.span.end..code.span.start].trim_start();
    let opened = between.strip_prefix('<');
    name.owner == code.owner && opened.is_some_and(|rest| rest.chars().all(|c| c == '.'))
}

/// "(NASDAQ:MEIP)": the exchange that a ticker belongs to.
fn is_exchange_of_ticker(sentence: &str, span: Span) -> bool {
    let ticker = sentence[span.end..].strip_prefix(':');
    ticker.is_some_and(|ticker| ticker.starts_with(|c: char| c.is_ascii_uppercase()))
}

/// The names that count where the index is said to move, each with what it may do.
fn moving(definition: &IndexDefinition) -> impl Iterator<Item = String> {
    let names = definition.moving.iter();
    names.flat_map(|name| {
        MOVES
            .split(", ")
            .map(move |moves| format!("{name} {moves}"))
    })
}

/// The names that count where something moves the index, each after so many words.
fn moved(definition: &IndexDefinition) -> impl Iterator<Item = (String, usize)> {
    definition.moving.iter().flat_map(|name| {
        MOVED.split(", ").map(move |words| {
            let n_words = words.split(' ').count();
            (format!("{words} {name}"), n_words)
        })
    })
}

fn without_first_words(sentence: &str, span: Span, n_words: usize) -> Span {
    let mut start = span.start;
    for _ in 0..n_words {
        let rest = &sentence[start..span.end];
        let word = rest.trim_start_matches(|c: char| !c.is_whitespace());
        start += rest.len() - word.trim_start().len();
    }
    Span { start, ..span }
}

fn without_last_word(sentence: &str, span: Span) -> Span {
    let written = span.of(sentence);
    let name = written
        .trim_end_matches(|c: char| !c.is_whitespace())
        .trim_end();
    Span {
        start: span.start,
        end: span.start + name.len(),
    }
}

/// "The Dow" is found by its article, which is no part of the name.
fn without_article(sentence: &str, span: Span) -> Span {
    let written = span.of(sentence);
    let article = written
        .get(..4)
        .filter(|start| start.eq_ignore_ascii_case("the "));
    let length = article.map_or(0, str::len);
    Span {
        start: span.start + length,
        end: span.end,
    }
}

fn rules_of(owner: usize, definition: &IndexDefinition) -> impl Iterator<Item = Rule> {
    let rule = move |role| move |phrase: &String| Rule::phrase(owner, role, phrase);
    let finds = definition.aliases.iter().map(rule(Role::Finds));
    let exact = definition.cased.iter().map(rule(Role::FindsExactly));
    let moved = moved(definition);
    finds
        .chain(exact)
        .chain(moving(definition).map(move |phrase| Rule::phrase(owner, Role::Finds, phrase)))
        .chain(moved.map(move |(phrase, _)| Rule::phrase(owner, Role::Finds, phrase)))
        .chain(definition.none.iter().map(rule(Role::Forbids)))
}

#[cfg(test)]
mod tests {
    use newsprint_domain::identifier::Mic;

    use super::*;

    fn index(id: &str, aliases: &[&str], none: &[&str]) -> IndexDefinition {
        let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        IndexDefinition {
            id: IndexId::new(id).unwrap(),
            name: id.into(),
            exchange: Some(Mic::new("XNYS").unwrap()),
            kind: SeriesKind::Price,
            currency: None,
            opens: false,
            reference: None,
            series: vec![],
            aliases: owned(aliases),
            cased: vec![],
            moving: vec![],
            again: vec![],
            namesakes: vec![],
            none: owned(none),
        }
    }

    #[test]
    fn the_longest_name_wins_over_all_indices() {
        let nasdaq = index("IXIC", &["Nasdaq"], &["Nasdaq Inc"]);
        let indices = IndexSet::new(vec![nasdaq, index("NDX", &["Nasdaq 100"], &[])]).unwrap();
        let text = "The Nasdaq-100 beat the Nasdaq; Nasdaq Inc. rose.";
        let found: Vec<_> = indices
            .find(&Reading::of(text))
            .iter()
            .map(|hit| (hit.owner, hit.span.of(text)))
            .collect();
        assert_eq!(found, [(1, "Nasdaq-100"), (0, "Nasdaq")]);
    }

    #[test]
    fn a_name_of_others_too_counts_where_the_index_moves() {
        let mut index = index("GSPC", &["the S&P"], &[]);
        index.moving = vec!["S&P".into()];
        let indices = IndexSet::new(vec![index]).unwrap();
        let text = "S&P fell; the S&P is high, S&P said.";
        let found = indices.find(&Reading::of(text)).into_iter();
        let found: Vec<_> = found
            .map(|hit| (hit.span.start, hit.span.of(text)))
            .collect();
        assert_eq!(found, [(0, "S&P"), (14, "S&P")]);
    }

    #[test]
    fn clashing_aliases_are_refused_by_name() {
        let error = IndexSet::new(vec![
            index("DJI", &["the Dow"], &[]),
            index("DJT", &["The Dow"], &[]),
        ])
        .unwrap_err();
        assert_eq!(
            error.to_string(),
            "index DJT: alias \"The Dow\" is DJI's too: it can mean only one index"
        );
    }
}
