//! The ways in which a day's tone is joined to moves, from those that read the market's own move back to those that could be traded.

use newsprint_study::daily_bars::DailyBars;

/// What a join is worth.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Worth {
    /// Both sides hold the same day: news that was written after the move describes it.
    LookAhead,
    /// Part of the tone was published after the move's start.
    Leaks,
    /// What the news did, which was over before a reader could trade.
    Reaction,
    /// All news was out before the move started.
    Tradable,
}

/// A column of tones and the move that it is held against.
pub(super) struct Join {
    pub(super) name: &'static str,
    pub(super) tone: &'static str,
    pub(super) worth: Worth,
    pub(super) moved: fn(&DailyBars, usize) -> Option<f64>,
}

/// Of columns sent_utc_date and sent_et_date (means by calendar date), sent_react (of articles with that reaction session) and
/// sent_preopen (of articles before its open), by session.
pub(super) const JOINS: [Join; 8] = [
    Join {
        name: "naive: UTC calendar date vs same-date close-to-close (look-ahead)",
        tone: "sent_utc_date",
        worth: Worth::LookAhead,
        moved: DailyBars::close_to_close,
    },
    Join {
        name: "naive: ET calendar date vs same-date close-to-close (look-ahead)",
        tone: "sent_et_date",
        worth: Worth::LookAhead,
        moved: DailyBars::close_to_close,
    },
    Join {
        name: "ET date vs close[d]->close[d+1] (leaks after-close articles of day d; drops weekend news)",
        tone: "sent_et_date",
        worth: Worth::Leaks,
        moved: |bars, row| bars.forward_close(row, 1),
    },
    Join {
        name: "reaction_session contemporaneous close[s-1]->close[s] (event reaction, NOT tradable)",
        tone: "sent_react",
        worth: Worth::Reaction,
        moved: DailyBars::close_to_close,
    },
    Join {
        name: "PIT tradable: reaction_session, close[s]->close[s+1]",
        tone: "sent_react",
        worth: Worth::Tradable,
        moved: |bars, row| bars.forward_close(row, 1),
    },
    Join {
        name: "PIT tradable: reaction_session, open[s+1]->close[s+1]",
        tone: "sent_react",
        worth: Worth::Tradable,
        moved: |bars, row| bars.open_to_close(row + 1),
    },
    Join {
        name: "PIT tradable: pre-open news only, open[s]->close[s]",
        tone: "sent_preopen",
        worth: Worth::Tradable,
        moved: DailyBars::open_to_close,
    },
    Join {
        name: "pre-open news vs overnight close[s-1]->open[s] (reaction, NOT tradable)",
        tone: "sent_preopen",
        worth: Worth::Reaction,
        moved: DailyBars::overnight,
    },
];
