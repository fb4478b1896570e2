//! What fetch outcomes mean to tables: that there is an article, that we were kept out, that there is none, or that it failed.

use std::collections::BTreeMap;

use newsprint_store::DELETED;

use crate::polite::STOPPED;

/// What an outcome means for coverage.
pub(super) enum Kind {
    Seen,
    /// Somebody keeps us out, or we keep out ourselves because we were asked to.
    Blocked,
    /// There is nothing to be had.
    NoArticle,
    Failed,
    /// Nobody was asked.
    Pending,
}

pub(super) fn kind(outcome: &str) -> Kind {
    match outcome {
        "ok" | "not_modified" => Kind::Seen,
        "robots_disallowed" | "rate_limited" | "paywall" | "consent_wall" | "bot_wall"
        | "blocked_address" | "host_resting" | "budget_spent" => Kind::Blocked,
        STOPPED => Kind::Pending,
        "gone" | "soft_404" | "not_article" | DELETED => Kind::NoArticle,
        _ => Kind::Failed,
    }
}

/// What a table of articles says of those that it has not, so that none is taken for no news.
pub(super) fn not_among_these(failed: &BTreeMap<String, i64>, n_waiting: i64) -> Option<String> {
    let of = |is_kind: fn(&Kind) -> bool| {
        let kinds = failed.iter().filter(|(outcome, _)| is_kind(&kind(outcome)));
        let kinds: Vec<String> = kinds.map(|(outcome, n)| format!("{n} {outcome}")).collect();
        kinds.join(", ")
    };
    let groups = [
        ("kept out", of(|kind| matches!(kind, Kind::Blocked))),
        ("failed", of(|kind| matches!(kind, Kind::Failed))),
        (
            "no article there",
            of(|kind| matches!(kind, Kind::NoArticle)),
        ),
    ];
    let mut told: Vec<String> = groups
        .into_iter()
        .filter(|(_, kinds)| !kinds.is_empty())
        .map(|(group, kinds)| format!("{group}: {kinds}"))
        .collect();
    if n_waiting > 0 {
        told.push(format!("not asked yet: {n_waiting}"));
    }
    let told = told.join("; ");
    (!told.is_empty()).then(|| {
        format!("addresses and files that gave no article: {told} (`newsprint report coverage` has them by hour)")
    })
}
