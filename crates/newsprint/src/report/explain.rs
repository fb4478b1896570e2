//! What each table's columns mean, in one place.

use std::collections::BTreeMap;

use crate::table::{Cell, Table, printable};

/// The definition of a table.
pub(super) fn explain(table: &str) -> String {
    let definition = definition(table);
    let is_judged = super::associations::NAMES.contains(&table);
    let judged = if is_judged { JUDGED } else { "" };
    format!("{definition}{judged}")
}

/// What a table that was asked for rests on: how many of each, and what was left out and why.
pub(super) fn rests_on(table: &Table) -> String {
    let ranges = ["n", "sessions", "missing", "effective_n", "events"];
    let ranges = ranges.iter().filter_map(|name| range(table, name));
    let readings = counted(table, "reading");
    let notes = table
        .notes
        .iter()
        .map(|note| format!("  {}\n", printable(note)));
    let lines = [format!("  rows           {}\n", table.rows.len())];
    let lines = lines.into_iter().chain(ranges).chain(readings).chain(notes);
    format!("as asked for:\n{}", lines.collect::<String>())
}

/// The least and the greatest count of a column.
fn range(table: &Table, name: &str) -> Option<String> {
    let place = table.columns.iter().position(|column| *column == name)?;
    let counts = table.rows.iter().filter_map(|row| match row.get(place)? {
        Cell::Count(count) => Some(*count),
        _ => None,
    });
    let (least, most) = (counts.clone().min()?, counts.max()?);
    Some(match least == most {
        true => format!("  {name:14} {least}\n"),
        false => format!("  {name:14} {least} to {most}\n"),
    })
}

/// How many rows have each text of a column.
fn counted(table: &Table, name: &str) -> Vec<String> {
    let place = table.columns.iter().position(|column| *column == name);
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for row in &table.rows {
        if let Some(Cell::Text(text)) = place.and_then(|place| row.get(place)) {
            *counts.entry(text).or_default() += 1;
        }
    }
    let counted = counts
        .iter()
        .map(|(text, count)| format!("  {name:14} {count} {text}\n"));
    counted.collect()
}

fn definition(table: &str) -> &'static str {
    match table {
        super::theme_day::NAME => THEME_DAY,
        super::returns::NAME => RETURNS,
        super::ic::NAME => IC,
        super::quantiles::NAME => QUANTILES,
        super::regression::NAME => REGRESSION,
        super::hit_rate::NAME => HIT_RATE,
        super::lead_lag::NAME => LEAD_LAG,
        super::event_study::NAME => EVENT_STUDY,
        super::granger::NAME => GRANGER,
        super::coverage::NAME => COVERAGE,
        super::stories::STORIES => STORIES,
        super::stories::STORY => STORY,
        _ => ARTICLES,
    }
}

const ARTICLES: &str = "\
articles: one row per article (canonical address), its first revision known by --as-of
  available_at  first instant at which this store's user could have known it, UTC: the later of publication and first
                sight; of replayed pages the publication time (reconstructed)
  session       reaction session: the first whose close is after available_at
  phase         where available_at falls: regular, pre_open, post_close, non_session_day
  tone          mean over its sentences of p_positive − p_negative
";

const COVERAGE: &str = "\
coverage: one row per hour (UTC) and source; of configured sources every hour, of others those in which something was seen
  reads_due      slots of schedule.fetch in the hour, by today's configuration
  reads_ok       the source's own address was read, or had not been modified
  reads_blocked  it was not, because somebody keeps us out (robots.txt, a wall, too many requests, the host's rest or budget)
  reads_failed   it was not, for any other reason
  expected       mean of named in this hour of the week over the four weeks before, as far as the source was read then
  named          pages that the source named for the first time in this hour; by what has come of them by --as-of:
  articles       an article
  blocked        kept out, as above
  no_article     gone, a missing page that answers 200, or a page that holds no article
  failed         any other failure; most are asked again
  pending        not asked yet
  reading        news; news in part (others blocked or failed); no news (read, nothing there); blocked; failing; pending;
                 not asked (no slot, nobody ran it, or the source's last answer still stood by its own Cache-Control)
";

const THEME_DAY: &str = "\
theme_day: one row per reaction session, theme and index
  An article counts for a theme it carries and for each index that it names or that the theme is linked to.
  n              articles; an article counts once, in its first session
  independent_n  stories: those of the articles that follow no earlier one (`newsprint report story` says which follow which)
  theme          a theme; or any: every article that names the index, whatever its themes
  mean_tone      mean over stories (--weight article: over articles) of the mean tone of the sentences that carry the theme (of any: that name the
                 index); tone = p_positive − p_negative
  dispersion     sample standard deviation of these tones (ddof = 1); none of one article
  share_positive share of these tones above zero
  mean_stance    mean over articles of whether the theme gets likelier or stronger (1), or less likely, later or weaker (−1)
";

/// What every table of associations says of each line.
const JUDGED: &str = "\
  n              articles in sessions that have the return
  sessions       sessions that have both a mean tone and the return; missing: sessions with a tone and no return (a close is missing, or
                 not yet struck)
  effective_n    most sessions whose windows do not overlap
  ci_low, ci_high   95 % interval of the statistic: stationary block bootstrap (Politis and Romano, 1994) of --draws draws from --seed, blocks of
                 mean length max(window, cube root of sessions) (hit_rate: Wilson's)
  p              two-sided, of the one test; q: Benjamini-Hochberg over all rows of the table asked for that have a p
  placebo_95     95th percentile of the statistic's absolute value when tones are shifted by random numbers of sessions (--shifts), at least a
                 window and a week; placebo_p: how often shifted tones show as much
  reading        an association only where q < .05, placebo_p < .05 and the interval does not hold zero; else \"no effect\", and why; \"too few
                 sessions\" below --min-n or three windows that do not overlap; \"no prices\" where no session has the return
  inputs         tones: roll_up_day and roll_up_delta by run_pair (theme, index), session and recorded_at up to --as-of; closes: price, the
                 latest revision recorded by --as-of; sessions: the exchange's calendar
  entry          fwd_c2c_h begins at the close of the reaction session, the first whose close is after the article was available, and ends
                 h rows of the series later; a window over a missing close is missing. --abnormal subtracts alpha·h + beta × the reference
                 market's move, by a line through the daily moves of sessions −250..−30
  Moves of yields are basis points of yield; all others are 1/100 of a percent of the close before.
";

const RETURNS: &str = "\
returns: one row per theme, index and window; observations are sessions, with the mean tone of their stories (--weight article:
  of their articles)
  window         c2c_0: base close to reaction close; it describes, nobody could have earned it
                 fwd_c2c_h: from the reaction close over the next h rows of the series; tradable
  bp_after_*     mean move in basis points after sessions of negative and of positive mean tone, and how many
  rho            Spearman's rank correlation of mean tone and move over sessions, average ranks for ties
  p              t approximation with effective_n − 2 degrees of freedom
";

const IC: &str = "\
ic: one row per theme, index and tradable window: the information coefficient of tone over sessions
  rho            Spearman's rank correlation of mean tone and return, average ranks for ties
  naive_t, naive_p   ρ √((n − 2) / (1 − ρ²)), as if sessions had nothing to do with each other
  nw_lags, nw_t  the slope of the return's ranks on the tone's, with Newey-West errors of max(h − 1, ⌊4 (n/100)^(2/9)⌋) lags
  p              the larger of Newey-West's and of the t approximation with effective_n − 2 degrees of freedom: with few sessions and many
                 lags the first alone claims too much
";

const QUANTILES: &str = "\
quantiles: one row per theme, index, window and quantile of mean tone, and one of the highest against the lowest
  quantile       sessions by their mean tone over the period asked for, edges as pandas.qcut has them; 1 is the lowest
  mean_tone, mean_bp   of these sessions: tone, and move in basis points
  top − bottom   the difference; p: the slope of the move on being in the highest, over the sessions of both, as in
                 ic; a quantile has 10 sessions at least
";

const REGRESSION: &str = "\
regression: one row per theme, index and tradable window: move = alpha + beta × mean tone
  alpha_bp, beta_bp, se_*   basis points; se: Newey-West, Bartlett weights, n / (n − 2) correction, lags as in ic; p as in ic, of
                 Pearson's correlation
";

const HIT_RATE: &str = "\
hit_rate: one row per theme, index, window and sign of mean tone
  hits           sessions of that sign after which the index went that way; hit_rate: their share
  base_rate      the share of all sessions with a tone after which it went that way
  ci             Wilson interval of hit_rate, less base_rate; p: exact binomial test against base_rate; both of effective_n sessions
";

const LEAD_LAG: &str = "\
lead_lag: one row per theme, index and lag
  lag            the close-to-close move of so many sessions after the tone's own; 0 is the reaction, below 0 is before it
  correlation    Pearson's, of mean tone and that move; p: t approximation with sessions − 2 degrees of freedom
";

const EVENT_STUDY: &str = "\
event_study: one row per theme, index, side and session around the event
  tone           high (low): sessions whose mean tone is above (below) 90 % of all sessions with a tone before them, at least 60; later ones
                 decide nothing
  tau            sessions after the event's; events: how many; missing: their windows reach beyond the series; overlapping: they begin
                 within another's window
  ar_bp          mean abnormal return of session tau: the return less alpha + beta × the reference market's, by a line through sessions
                 −250..−30 before the event; of an index without a reference, less its mean over these sessions
  from, car_bp   mean of the sum of abnormal returns from session `from` to tau; ci and p by the t distribution over events
  placebo_95, placebo_p   the same of as many sessions drawn at random
";

const GRANGER: &str = "\
granger: one row per theme, index, direction and number of lags
  direction      tone->return: whether tones of the sessions before help to tell the return of a session beyond its own past; return->tone:
                 the other way, by which the press follows the market
  f              F of the sums of squares without and with the other series, as statsmodels' ssr_ftest; p is of it
  Sessions without a tone are no rows: lags count sessions that have one, which have to be at least half of all. placebo: F, on the
  rows that have the most lags, with the causing series shifted, at most 99 times.
";

const STORIES: &str = "\
stories: one row per story that several articles tell, by when its origin was first seen
  An article follows the earlier one, of the ten days before it, that its first revision is most like; of two that are equally
  alike the earlier one. One that follows none is the origin of its story. Earlier is by available_at of the first revision.
  first_seen     available_at of the origin, which is the likely one: a source that was not read may have been before it
  n              articles
  publishers     different publishers among them
  echoes         articles that follow another one, directly or not: they add nothing to what is independently known
  last_seen      available_at of the last one
  publisher, title, address   of the origin
";

const STORY: &str = "\
story: one row per article of the story, by available_at of its first revision
  delay_minutes  whole minutes after the origin
  role           origin, or echo of it
  follows        place of the earlier article that its text is most like
  likeness       how sure it is that one of the two is derived from the other or both are from a third, 0..1
  evidence       what the two texts share
  A story counts as one independent report, however many echoes it has.
";
