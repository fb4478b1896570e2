//! Whether a sentence makes a theme likelier or stronger, or less likely, weaker and later: "avoiding a recession" is of recession,
//! and against it.
//!
//! The nearest cue within the clause decides: words of the theme's own file first, then negations and words of change that hold
//! for every theme. Where there is none, the file says what a bare mention means.

use newsprint_domain::sentence::Span;
use newsprint_domain::theme::{Stance, ThemeDefinition, ThemeKind};

use crate::error::NlpError;
use crate::phrases::{Match, PhraseMatcher, Reading, Role, Rule};

/// What denies or takes back whatever stands beside it.
const WEAKER: &str = "\
    avoid, avert, escape, dodge, stave off, ward off, fend off, rule out, rules out, unlikely, fade, recede, wane, \
    abate, subside, dim, diminish, dwindle, evaporate, vanish, scrap, shelve, delay, postpone, put off, push back, \
    pushed out, less likely, lower chance, lower odds, slimmer odds, odds fell, odds fall, deny, reject, dismiss, call \
    off, cancel, withdraw, abandon, fizzle, lose steam, run out of steam, unwind, reverse, pare, trim bets, pare bets, \
    scale back, dial back, roll back, walk back, temper, dash, dent, damp, dampen, cool on, off the table, further away, \
    far from, short of, end of, the end, come to an end, came to an end, no sign of, little sign of, fears ease, fear \
    ease, worries ease, concern ease, ease fears, eased fears, ease concern, ease worries, calm fears, allay, shrug off, \
    defy, despite, in spite of, shake off, brush off, doubt, sceptical, skeptical, premature, overdone, overblown, \
    exaggerated";

/// What affirms whatever stands beside it.
const STRONGER: &str = "\
    more likely, likelier, increasingly likely, higher odds, odds rose, odds rise, raise the odds, raise odds, bet on, \
    hopes of, hopes for, fears of, fear of, worry about, worries about, worries over, fears over, concern over, on the \
    brink of, brace for, price in, priced in, pave the way for, open the door to, expect, forecast, loom, mount, \
    intensify, deepen, escalate, spark, trigger, gather pace, gain momentum, pick up, announce, confirm, signal, on \
    track for, set for, poised for, on the cards, under way";

/// What says "more" of a thing that is a level or can be held.
const UP: &str = "\
    rise, gain, climb, jump, soar, surge, rally, advance, beat, outperform, outpace, lead the way, rebound, recover, \
    strong, stronger, strength, strengthen, improve, boost, upbeat, higher, expand, expansion, grow, accelerate, add, \
    firm, robust, solid, buoyant, booming, boom, hot, resilient, resilience, lift, push up, drive up, top forecasts, \
    tops forecasts, better than expected, above expectations, record profit, upgrade, optimism, favour, favor, attract, \
    heat up";

/// What says "less" of it.
const DOWN: &str = "\
    fall, drop, decline, slump, tumble, sink, slide, plunge, lose, lose ground, lag, underperform, trail, weak, weaker, \
    weaken, weakness, miss, warn, warning, lower, shrink, contract, contraction, slow, slowdown, slower, hurt, drag, \
    soft, soften, softer, sluggish, stall, stagnate, deteriorate, worsen, gloomy, disappoint, worse than expected, below \
    expectations, short of forecasts, downgrade, dive, crash, collapse, retreat, ease, dip, edge down, under pressure, \
    struggle, suffer, hit hard, pull back, fall behind, out of favour, out of favor";

const NEGATIONS: &str = "\
    not, no, never, without, nor, neither, isn't, won't, don't, doesn't, didn't, can't, cannot, couldn't, wouldn't, \
    hasn't, haven't, aren't, wasn't, weren't, rather than, instead of, fail to, fails to, little chance of, no longer, \
    not yet, hardly, barely, stop short of";

/// What leaves it open whether the words after it come true.
const OPEN: &str = "\
    if, whether, in case, should, prepared to, when the, unless, were to, even if, depends on, assume, suppose";

/// Words that set a clause against the one before.
const TURNS: &str = "\
    but, while, although, though, whereas, however, even as, yet";

/// Words between a mention and a cue, at most; a comma counts for some, a turn for more.
const REACH: usize = 10;
const COMMA: usize = 4;
const TURN: usize = 8;
/// Words between a negation and what it denies.
const NEGATION_REACH: usize = 4;

/// The cues of all themes, compiled.
#[derive(Debug)]
pub(crate) struct StanceRules {
    cues: PhraseMatcher,
    bare: Vec<Stance>,
    /// Whether each theme is a level or can be held, so that it rises and falls.
    has_level: Vec<bool>,
    /// Whether words that hold for every theme hold for it: of a policy that is only spoken of, its own words alone decide.
    can_change: Vec<bool>,
    /// The first of the owners that belong to no theme.
    general: usize,
}

/// What the words around a mention say of its theme.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Judged {
    /// The stance.
    pub(crate) stance: Stance,
    /// Whether stance words of the theme's own file decided it.
    pub(crate) by_own_words: bool,
}

/// What a cue says, by its owner among the rules: two for each theme, then these.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Cue {
    Own(usize, Stance),
    General(Stance),
    Level(Stance),
    Negation,
    Open,
    Turn,
}

/// A cue in a sentence, in words.
#[derive(Debug, Clone, Copy)]
struct Found {
    cue: Cue,
    begin: usize,
    end: usize,
}

/// Where the words of a sentence stand, and how many commas and turns lie before each.
struct Words {
    spans: Vec<Span>,
    hindrances: Vec<usize>,
}

impl StanceRules {
    pub(crate) fn new(themes: &[ThemeDefinition]) -> Result<Self, NlpError> {
        let general = themes.len() * 2;
        let own = themes.iter().enumerate().flat_map(|(place, theme)| {
            let words = &theme.stance;
            let stronger = words
                .stronger
                .iter()
                .map(move |phrase| (place * 2, phrase.as_str()));
            stronger.chain(
                words
                    .weaker
                    .iter()
                    .map(move |phrase| (place * 2 + 1, phrase.as_str())),
            )
        });
        let lists = [STRONGER, WEAKER, UP, DOWN, NEGATIONS, OPEN, TURNS];
        let shared = lists
            .into_iter()
            .enumerate()
            .flat_map(|(kind, list)| list.split(", ").map(move |phrase| (general + kind, phrase)));
        let rules = own
            .chain(shared)
            .map(|(owner, phrase)| Rule::phrase(owner, Role::Finds, phrase));
        let cues = PhraseMatcher::new(rules.collect(), |owner| match themes.get(owner / 2) {
            Some(theme) => format!("theme {}: stance", theme.id),
            None => "stance".into(),
        })?;
        Ok(Self {
            cues,
            bare: themes.iter().map(|theme| theme.stance.bare).collect(),
            has_level: themes.iter().map(has_level).collect(),
            can_change: themes.iter().map(can_change).collect(),
            general,
        })
    }

    /// The stance of each of `hits`, by the words around it.
    pub(crate) fn of(&self, reading: &Reading<'_>, hits: &[Match<'_>]) -> Vec<Judged> {
        if hits.is_empty() {
            return vec![];
        }
        let matches = self.cues.find(reading);
        let words = Words::of(
            reading,
            matches
                .iter()
                .filter(|hit| self.cue(hit.owner) == Cue::Turn),
        );
        let cues: Vec<Found> = matches
            .iter()
            .map(|hit| {
                let (begin, end) = words.range(hit.span);
                Found {
                    cue: self.cue(hit.owner),
                    begin,
                    end,
                }
            })
            .collect();
        let is_question = reading
            .sentence()
            .trim_end_matches(['"', '”', '’', '\'', ' '])
            .ends_with('?');
        let stance =
            |hit: &Match<'_>| match self.stance(hit.owner, words.range(hit.span), &words, &cues) {
                // To ask is not to affirm.
                judged if is_question => Judged {
                    stance: Stance::Neither,
                    ..judged
                },
                judged => judged,
            };
        hits.iter().map(stance).collect()
    }

    fn cue(&self, owner: usize) -> Cue {
        let sign = |weaker| {
            if weaker {
                Stance::Weaker
            } else {
                Stance::Stronger
            }
        };
        match owner.checked_sub(self.general) {
            None => Cue::Own(owner / 2, sign(owner % 2 == 1)),
            Some(0) => Cue::General(Stance::Stronger),
            Some(1) => Cue::General(Stance::Weaker),
            Some(2) => Cue::Level(Stance::Stronger),
            Some(3) => Cue::Level(Stance::Weaker),
            Some(4) => Cue::Negation,
            Some(5) => Cue::Open,
            Some(_) => Cue::Turn,
        }
    }

    fn stance(
        &self,
        theme: usize,
        (begin, end): (usize, usize),
        words: &Words,
        cues: &[Found],
    ) -> Judged {
        let bare = self.bare[theme];
        // A theme is not changed by the words that it is made of: "easing" in "easing policy".
        let is_outside = |found: &Found| found.end <= begin || found.begin >= end;
        let said = |found: &Found| match found.cue {
            Cue::Own(owner, stance) if owner == theme => Some(stance),
            Cue::General(stance) if self.can_change[theme] => is_outside(found).then_some(stance),
            Cue::Level(stance) if self.has_level[theme] => is_outside(found).then_some(stance),
            _ => None,
        };
        let nearest = cues
            .iter()
            .filter_map(|found| {
                let own = matches!(found.cue, Cue::Own(..));
                let distance = words.distance((begin, end), (found.begin, found.end));
                said(found).map(|stance| (distance, !own, found.begin, stance))
            })
            .filter(|(distance, ..)| *distance <= REACH)
            .min_by_key(|(distance, is_general, _, stance)| (*distance, *is_general, *stance));
        let stands_before = |cue: Cue, at: usize| {
            cues.iter().any(|found| {
                let distance = words.distance((at, at + 1), (found.begin, found.end));
                found.cue == cue && found.end <= at && distance <= NEGATION_REACH
            })
        };
        let stance = match nearest {
            Some((_, _, at, stance)) if stands_before(Cue::Negation, at) => stance.reversed(),
            Some((.., stance)) => stance,
            None if stands_before(Cue::Negation, begin) => bare.reversed(),
            None if stands_before(Cue::Open, begin) => Stance::Neither,
            None => bare,
        };
        Judged {
            stance,
            by_own_words: nearest.is_some_and(|(_, is_general, ..)| !is_general),
        }
    }
}

/// Of a thing that is affirmed by being mentioned, "rise" and "fall" are what it is made of; a policy does neither.
fn has_level(theme: &ThemeDefinition) -> bool {
    theme.stance.bare == Stance::Neither && can_change(theme)
}

fn can_change(theme: &ThemeDefinition) -> bool {
    theme.stance.bare != Stance::Neither || theme.kind != ThemeKind::Policy
}

impl Words {
    fn of<'a>(reading: &Reading<'_>, turns: impl Iterator<Item = &'a Match<'a>>) -> Self {
        let turns: Vec<usize> = turns.map(|hit| hit.span.start).collect();
        let (mut spans, mut hindrances, mut sum) = (Vec::new(), Vec::new(), 0);
        for (span, after_break) in reading.places() {
            sum += if after_break { COMMA } else { 0 };
            sum += if turns.contains(&span.start) { TURN } else { 0 };
            spans.push(span);
            hindrances.push(sum);
        }
        Self { spans, hindrances }
    }

    /// First word, and the word after the last, of what stands at `span`.
    fn range(&self, span: Span) -> (usize, usize) {
        let begin = self.spans.partition_point(|word| word.end <= span.start);
        let end = self.spans.partition_point(|word| word.start < span.end);
        (begin, end.max(begin + 1))
    }

    /// Words between two runs of words, and what hinders between them; 0 where they overlap.
    fn distance(&self, one: (usize, usize), other: (usize, usize)) -> usize {
        let (first, second) = if one.0 <= other.0 {
            (one, other)
        } else {
            (other, one)
        };
        if second.0 < first.1 {
            return 0;
        }
        let hindrance = |place: usize| self.hindrances.get(place).copied().unwrap_or(0);
        second.0 - first.1 + 1 + hindrance(second.0).saturating_sub(hindrance(first.1 - 1))
    }
}

#[cfg(test)]
mod tests {
    use newsprint_domain::identifier::ThemeId;
    use newsprint_domain::theme::{Codes, Example, Phrases, StanceWords};

    use super::*;
    use crate::themes::ThemeSet;

    fn theme(kind: ThemeKind, bare: Stance, phrase: &str) -> ThemeDefinition {
        let example = |text: &str, hit| Example {
            text: text.into(),
            hit,
            stance: None,
        };
        ThemeDefinition {
            id: ThemeId::new("tested").unwrap(),
            version: 1,
            label: phrase.into(),
            kind,
            defined_at: "2024-01-01".parse().unwrap(),
            valid_from: None,
            parents: vec![],
            description: phrase.into(),
            indices: vec![],
            phrases: Phrases {
                any: vec![phrase.into()],
                ..Phrases::default()
            },
            stance: StanceWords {
                bare,
                stronger: vec!["sooner".into()],
                weaker: vec!["later".into()],
            },
            codes: Codes::default(),
            examples: vec![example(phrase, true), example("nothing", false)],
        }
    }

    fn check(theme: ThemeDefinition, cases: &[(&str, i8)]) {
        let id = theme.id.clone();
        let themes = ThemeSet::new(vec![theme]).unwrap();
        for (text, expected) in cases {
            let stance = themes.stance_in(&id, text).unwrap();
            assert_eq!(stance.value(), *expected, "{text}");
        }
    }

    #[test]
    fn what_is_denied_avoided_or_fading_gets_weaker() {
        check(
            theme(ThemeKind::Driver, Stance::Stronger, "recession"),
            &[
                ("A recession has begun.", 1),
                ("The country is avoiding a recession.", -1),
                ("There will be no recession.", -1),
                ("Recession fears faded.", -1),
                ("The bank could not rule out a recession.", 1),
                ("Fears of a recession sank shares.", 1),
                ("Is this a recession?", 0),
                ("They asked whether a recession was near.", 0),
                ("A recession sooner than thought", 1),
                ("A recession later than thought", -1),
            ],
        );
    }

    #[test]
    fn what_can_be_held_rises_and_falls() {
        check(
            theme(ThemeKind::Style, Stance::Neither, "small caps"),
            &[
                ("Small caps rallied.", 1),
                ("Small caps fell.", -1),
                ("Small caps are companies.", 0),
                ("Small caps did not fall.", 1),
                ("Small caps rallied, but megacaps fell.", 1),
                ("Megacaps fell while small caps rallied.", 1),
            ],
        );
    }

    #[test]
    fn a_policy_that_is_spoken_of_is_changed_by_its_own_words_alone() {
        check(
            theme(ThemeKind::Policy, Stance::Neither, "central bank"),
            &[
                ("The central bank warned of weak growth.", 0),
                ("The central bank moves sooner.", 1),
            ],
        );
    }
}
