//! Progress on standard error: a bar for people, lines for logs.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// A bar over `n_items`; hidden where standard error is no terminal.
pub(crate) fn bar(stage: &'static str, n_items: usize) -> ProgressBar {
    let target = ProgressDrawTarget::stderr();
    let bar = ProgressBar::with_draw_target(Some(n_items as u64), target);
    let style = ProgressStyle::with_template("{prefix:>8} {bar:30} {pos}/{len} {elapsed} {msg}");
    if let Ok(style) = style {
        bar.set_style(style);
    }
    bar.set_prefix(stage);
    bar
}

/// Says what a stage came to, or what is being done.
pub(crate) fn say(message: &str) {
    anstream::eprintln!("{message}");
}
