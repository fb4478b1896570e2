//! Text in lines of a bearable width, styles and all.

/// Columns of a line.
pub(crate) const WIDTH: usize = 110;

/// What ends every style.
const RESET: &str = "\u{1b}[0m";

/// `text` after `label`, in lines of at most [`WIDTH`] columns that begin under its first word, each with its newline. Blanks between
/// words become one; a word that is too long for a line has one of its own. Styles go on over the lines, and not over their margin.
pub(crate) fn wrapped(label: &str, text: &str) -> String {
    let margin = width(label);
    let (mut shown, mut column) = (label.to_owned(), margin);
    let mut style = String::new();
    for word in text.split_whitespace() {
        let length = width(word);
        if column > margin && column + 1 + length > WIDTH {
            let end = if style.is_empty() { "" } else { RESET };
            shown.extend([end, "\n", &" ".repeat(margin), &style]);
            column = margin;
        } else if column > margin {
            shown.push(' ');
            column += 1;
        }
        shown += word;
        column += length;
        follow(&mut style, word);
    }
    shown.truncate(shown.trim_end_matches(' ').len());
    shown + "\n"
}

/// Columns that a text takes, without its styles.
pub(crate) fn width(text: &str) -> usize {
    let mut is_style = false;
    let is_seen = |letter: char| {
        let was_style = is_style;
        is_style = letter == '\u{1b}' || (was_style && letter != 'm');
        !was_style && !is_style
    };
    text.chars().map(is_seen).filter(|seen| *seen).count()
}

/// The style that is in force after a word.
fn follow(style: &mut String, word: &str) {
    for sequence in word.split('\u{1b}').skip(1) {
        let end = sequence.find('m').map_or(sequence.len(), |end| end + 1);
        let sequence = format!("\u{1b}{}", &sequence[..end]);
        if sequence == RESET {
            style.clear();
        } else {
            *style += &sequence;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_begin_under_the_first_word_and_are_no_wider_than_the_width() {
        let words = "soared ".repeat(60);
        let shown = wrapped("  +0.96  ", &words);
        assert!(shown.lines().count() > 3);
        assert!(shown.lines().all(|line| width(line) <= WIDTH));
        assert!(
            shown
                .lines()
                .skip(1)
                .all(|line| line.starts_with("         soared"))
        );
        assert_eq!(shown.split_whitespace().skip(1).count(), 60, "none is lost");
    }

    #[test]
    fn a_long_word_stands_alone_and_nothing_is_a_line() {
        let long = "x".repeat(2 * WIDTH);
        assert_eq!(
            wrapped("> ", &format!("a {long} b")),
            format!("> a\n  {long}\n  b\n")
        );
        assert_eq!(wrapped("label ", ""), "label\n");
    }

    #[test]
    fn a_style_goes_on_over_lines_and_spares_the_margin() {
        let padding = "x".repeat(WIDTH - 8);
        let shown = wrapped("> ", &format!("{padding} \u{1b}[4mrate cuts\u{1b}[0m now"));
        let expected =
            format!("> {padding} \u{1b}[4mrate\u{1b}[0m\n  \u{1b}[4mcuts\u{1b}[0m now\n");
        assert_eq!(shown, expected);
        assert_eq!(width("\u{1b}[1;4mab\u{1b}[0m c"), 4);
    }
}
