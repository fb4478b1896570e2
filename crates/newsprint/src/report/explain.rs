//! What each table's columns mean, in one place.

/// The definition of a table.
pub(super) fn explain(table: &str) -> &'static str {
    match table {
        super::theme_day::NAME => THEME_DAY,
        super::returns::NAME => RETURNS,
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

const RETURNS: &str = "\
returns: one row per theme, index and window; observations are sessions, with the mean tone of their stories (--weight article:
  of their articles)
  window         c2c_0: base close to reaction close; it describes, nobody could have earned it
                 fwd_c2c_h: from the reaction close over the next h rows of the series; tradable
  n              articles in sessions that have the return
  sessions       sessions that have it; missing: sessions that do not (a close is missing, or not yet struck)
  effective_n    most sessions whose windows do not overlap; p rests on these
  bp_after_*     mean move in basis points after sessions of negative and of positive mean tone, and how many
  rho            Spearman's rank correlation of mean tone and move over sessions, average ranks for ties
  p              two-sided, t approximation with effective_n − 2 degrees of freedom
  q              Benjamini-Hochberg over all rows of the table asked for
  reading        \"no effect\" where q ≥ .05: none that this table could tell from chance; \"too few sessions\" below
                 --min-n or three windows that do not overlap; \"no prices\" where no session has the return
  Moves of yields are basis points of yield; all others are 1/100 of a percent of the close before.
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
