//! Refuses pages that nest so deeply that parsers built on recursion, or on walking up the tree, would not come back.

/// Levels that a page may nest; browsers stop at 512.
const MAX_DEPTH: usize = 512;

/// Elements that close themselves, or are closed by what follows, and so do not nest when left open.
const FLAT: [&str; 40] = [
    "area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source",
    "track", "wbr", "p", "li", "dt", "dd", "option", "optgroup", "tr", "td", "th", "thead",
    "tbody", "tfoot", "colgroup", "caption", "rp", "rt", "html", "head", "body", "path", "use",
    "circle", "rect", "line", "polygon", "g",
];

/// Whether the tags of `html` nest deeper than [`MAX_DEPTH`], by counting those that open and close.
pub(crate) fn is_too_deep(html: &str) -> bool {
    let bytes = html.as_bytes();
    let mut depth = 0_usize;
    let mut position = 0;
    while let Some(found) = bytes[position..].iter().position(|byte| *byte == b'<') {
        let start = position + found + 1;
        position = start;
        match bytes.get(start) {
            Some(b'/') => {
                depth = depth.saturating_sub(usize::from(!is_flat(name_at(html, start + 1))))
            }
            Some(letter) if letter.is_ascii_alphabetic() => {
                let end = bytes[start..]
                    .iter()
                    .position(|byte| *byte == b'>')
                    .map_or(bytes.len(), |at| start + at);
                let closes_itself = bytes[start..end].last() == Some(&b'/');
                depth += usize::from(!closes_itself && !is_flat(name_at(html, start)));
                position = end;
            }
            _ => {}
        }
        if depth > MAX_DEPTH {
            return true;
        }
    }
    false
}

fn name_at(html: &str, start: usize) -> &str {
    let rest = html.as_bytes().get(start..).unwrap_or_default();
    let length = rest
        .iter()
        .take_while(|byte| byte.is_ascii_alphanumeric())
        .count();
    html.get(start..start + length).unwrap_or("")
}

fn is_flat(name: &str) -> bool {
    FLAT.iter().any(|flat| flat.eq_ignore_ascii_case(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wide_pages_pass_and_deep_ones_do_not() {
        assert!(!is_too_deep(&"<div><p>text<br></div>".repeat(10_000)));
        assert!(!is_too_deep(&"<p>left open <li>too".repeat(10_000)));
        assert!(!is_too_deep(&"<svg/>".repeat(10_000)));
        assert!(is_too_deep(&"<div>".repeat(600)));
        assert!(is_too_deep(&"<b><i>".repeat(300)));
        assert!(!is_too_deep("< 5 and a < b"));
    }
}
