//! Refuses pages that nest so deeply that parsers built on recursion, or on walking up the tree, would not come back.

/// Levels that a page may nest; browsers stop at 512.
const MAX_DEPTH: usize = 512;

/// Elements without content, and elements that are closed by the next of their kind or mean nothing out of place: left open,
/// they do not nest.
const FLAT: [&str; 29] = [
    "area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source",
    "track", "wbr", "p", "li", "dt", "dd", "option", "tr", "td", "th", "thead", "tbody", "tfoot",
    "colgroup", "html", "head", "body",
];

/// Elements whose content is text, whatever it looks like.
const RAW: [&str; 8] = [
    "script", "style", "textarea", "title", "xmp", "iframe", "noembed", "noframes",
];

/// Elements in which `/>` closes; elsewhere HTML ignores the slash.
const FOREIGN: [&str; 2] = ["svg", "math"];

/// Elements that end tags of other elements do not reach through.
const WALLS: [&str; 7] = [
    "table", "template", "object", "marquee", "applet", "svg", "math",
];

/// Elements whose end tag closes what was left open inside.
const BLOCKS: [&str; 38] = [
    "address",
    "article",
    "aside",
    "blockquote",
    "button",
    "center",
    "details",
    "dialog",
    "dir",
    "div",
    "dl",
    "fieldset",
    "figcaption",
    "figure",
    "footer",
    "form",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "header",
    "hgroup",
    "main",
    "menu",
    "nav",
    "ol",
    "pre",
    "search",
    "section",
    "select",
    "summary",
    "ul",
    "listing",
    "plaintext",
    "frameset",
    "noscript",
];

/// Elements that a page may have; each costs memory and time in proportion.
pub(crate) const MAX_ELEMENTS: usize = 300_000;
/// Character references that a page may have: html5ever takes some microseconds for each.
const MAX_REFERENCES: usize = 100_000;

/// Elements that HTML opens anew in the block after them, with all their attributes, where they are not closed.
const REOPENED: [&str; 14] = [
    "a", "b", "big", "code", "em", "font", "i", "nobr", "s", "small", "strike", "strong", "tt", "u",
];
/// Bytes that may come of that at most: the longest such tag times all elements.
const MAX_REOPENED_BYTES: usize = 64 * 1024 * 1024;

/// Why `html` would harm what parses it; `None` where it would not.
pub(crate) fn refusal(html: &str) -> Option<String> {
    let begins_element = |pair: &[u8]| pair[0] == b'<' && pair[1].is_ascii_alphabetic();
    let bytes = html.as_bytes();
    let n_elements = bytes.windows(2).filter(|pair| begins_element(pair)).count();
    if n_elements > MAX_ELEMENTS {
        return Some(format!("it has more than {MAX_ELEMENTS} elements"));
    }
    if longest_reopened(html).saturating_mul(n_elements) > MAX_REOPENED_BYTES {
        return Some("an element with long attributes may be opened anew too often".into());
    }
    if bytes.iter().filter(|byte| **byte == b'&').count() > MAX_REFERENCES {
        return Some(format!(
            "it has more than {MAX_REFERENCES} character references"
        ));
    }
    is_too_deep(html).then(|| format!("its elements nest deeper than {MAX_DEPTH} levels"))
}

/// Bytes of the longest tag of an element that may be opened anew.
fn longest_reopened(html: &str) -> usize {
    let tags = html.split('<').skip(1);
    let reopened = tags.filter(|tag| is_among(&REOPENED, name_of(tag)));
    let lengths = reopened.map(|tag| tag.find('>').unwrap_or(tag.len()));
    lengths.max().unwrap_or(0)
}

/// Whether the elements of `html` nest deeper than [`MAX_DEPTH`], by its tags alone.
fn is_too_deep(html: &str) -> bool {
    let mut open: Vec<&str> = Vec::new();
    let mut rest = html;
    while let Some(start) = rest.find('<') {
        rest = &rest[start + 1..];
        if let Some(comment) = rest.strip_prefix("!--") {
            rest = comment.find("-->").map_or("", |end| &comment[end..]);
        } else if let Some(after_slash) = rest.strip_prefix('/') {
            close(&mut open, name_of(after_slash));
        } else if rest.starts_with(|letter: char| letter.is_ascii_alphabetic()) {
            let name = name_of(rest);
            let tag = &rest[..rest.find('>').unwrap_or(rest.len())];
            rest = &rest[tag.len()..];
            if is_among(&RAW, name) {
                rest = after_raw_text(rest, name);
            } else if !is_among(&FLAT, name) && !closes_itself(tag, name, &open) {
                open.push(name);
            }
        }
        if open.len() > MAX_DEPTH {
            return true;
        }
    }
    false
}

/// What an end tag closes by the rules of HTML, doubtful cases read as nesting: a block closes all inside it, unless a table or
/// the like stands between; an inline element closes alone where a block was opened inside it; one that was never opened nothing.
fn close(open: &mut Vec<&str>, name: &str) {
    let Some(place) = open
        .iter()
        .rposition(|other| other.eq_ignore_ascii_case(name))
    else {
        return;
    };
    let holds = |names: &[&str]| open[place + 1..].iter().any(|inner| is_among(names, inner));
    if is_among(&WALLS, name)
        || (is_among(&BLOCKS, name) && !holds(&WALLS))
        || !(holds(&WALLS) || holds(&BLOCKS))
    {
        open.truncate(place);
    } else if !is_among(&BLOCKS, name) {
        open.remove(place);
    }
}

fn closes_itself(tag: &str, name: &str, open: &[&str]) -> bool {
    let is_foreign =
        || is_among(&FOREIGN, name) || open.iter().any(|other| is_among(&FOREIGN, other));
    tag.ends_with('/') && is_foreign()
}

/// What follows the end tag of a raw element; nothing where it has none.
fn after_raw_text<'a>(rest: &'a str, name: &str) -> &'a str {
    let mut ends = rest.match_indices("</").map(|(at, _)| &rest[at..]);
    ends.find(|end| name_of(&end[2..]).eq_ignore_ascii_case(name))
        .map_or("", |end| &end[2..])
}

fn name_of(tag: &str) -> &str {
    let length = tag.bytes().take_while(u8::is_ascii_alphanumeric).count();
    &tag[..length]
}

fn is_among(names: &[&str], name: &str) -> bool {
    names.iter().any(|other| other.eq_ignore_ascii_case(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wide_pages_pass() {
        for wide in [
            "<div><p>text<br></div>",
            "<p>left open <li>too",
            "<svg/>",
            "<svg><path d='M0'/></svg>",
            "<option>a",
        ] {
            assert!(!is_too_deep(&wide.repeat(10_000)), "{wide}");
        }
        assert!(!is_too_deep("< 5 and a < b"));
        let script = format!(
            "<script>{}</script><p>text",
            "document.write('<div>');".repeat(1_000)
        );
        assert!(!is_too_deep(&script));
        assert!(!is_too_deep(&format!(
            "<!-- {} --><p>text",
            "<div>".repeat(1_000)
        )));
    }

    #[test]
    fn pages_that_cost_too_much_are_refused_by_what_they_have_too_much_of() {
        let refused = |html: &str| refusal(html).unwrap_or_default();
        assert!(refused(&"<p>a".repeat(MAX_ELEMENTS + 1)).contains("300000 elements"));
        assert!(refused(&"&amp".repeat(MAX_REFERENCES + 1)).contains("references"));
        let amplified = format!(
            "<p><a href=\"{}\">{}",
            "A".repeat(50_000),
            "<p>a".repeat(12_500)
        );
        assert!(refused(&amplified).contains("opened anew"));
        assert_eq!(refusal(&"<p>a <a href='/b'>b</a>".repeat(20_000)), None);
    }

    #[test]
    fn deep_pages_do_not_pass_however_they_are_written() {
        for deep in [
            "<div>",
            "<b><i>",
            "<div></x>",
            "<div/>",
            "<optgroup>",
            "<DIV class=a>",
            "<svg><g>",
            "<div><p></p>",
        ] {
            assert!(is_too_deep(&deep.repeat(600)), "{deep}");
        }
    }
}
