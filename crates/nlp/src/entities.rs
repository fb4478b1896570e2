//! Companies and people that a sentence names, told by what stands in and around capitalised words. Only what is sure to be one or
//! the other is kept: a name alone says nothing.

use newsprint_domain::sentence::Span;
use newsprint_domain::tags::EntityKind;

/// Last words of companies' names.
const COMPANY_ENDINGS: &str = "\
    Inc, Corp, Corporation, Co, Company, Companies, Ltd, Limited, LLC, LP, plc, PLC, AG, SA, NV, SE, SpA, AB, ASA, Oyj, \
    KGaA, GmbH, Bhd, Group, Holdings, Holding, Bancorp, Bancshares, Bank, Motors, Motor, Airlines, Airways, \
    Pharmaceuticals, Pharma, Therapeutics, Biosciences, Technologies, Systems, Semiconductor, Industries, Brands, \
    Stores, Foods, Resources, Energy, Petroleum, Mining, Insurance, Capital, Partners, Securities, Ventures, \
    Entertainment, Pictures, Media, Communications, Electronics";

/// Words before a person's name.
const TITLES: &str = "\
    Mr, Mrs, Ms, Dr, Sir, Lord, Lady, Prof, Professor, President, Chair, Chairman, Chairwoman, Governor, Gov, Senator, \
    Sen, Rep, Secretary, Minister, Chancellor, Premier, Prime, Treasurer, Commissioner, Judge, Justice, CEO, CFO, COO, \
    executive, president, chairman, chairwoman, analyst, economist, strategist, trader, manager, founder, co-founder, \
    billionaire, investor, spokesman, spokeswoman, governor, minister";

/// Words after a person's name.
const SPEAKS: &str = "\
    said, says, told, wrote, added, argued, warned, noted, explained, testified, resigned, tweeted, believes, thinks";

/// Capitalised words that are no part of a name where they stand before one.
const NO_NAMES: &str = "\
    The, A, An, In, On, At, By, For, But, And, As, If, It, He, She, They, We, This, That, Monday, Tuesday, Wednesday, \
    Thursday, Friday, Saturday, Sunday, January, February, March, April, May, June, July, August, September, October, \
    November, December, Shares, When";

/// Most words of a name.
const MAX_WORDS: usize = 6;

/// A word with its stops and possessives cut off.
#[derive(Debug, Clone, Copy)]
struct Word<'a> {
    text: &'a str,
    span: Span,
    /// Whether a name ends with it: a comma, a stop that is not an initial's, or a possessive follows.
    ends: bool,
}

/// Names in `sentence`, in order.
pub(crate) fn entities(sentence: &str) -> Vec<(EntityKind, Span)> {
    let words = words(sentence);
    let mut found = Vec::new();
    let mut place = 0;
    while place < words.len() {
        if let Some(company) = cashtag(sentence, words[place]) {
            found.push(company);
            place += 1;
            continue;
        }
        let length = name_at(&words, place);
        if length == 0 {
            place += 1;
            continue;
        }
        let name = &words[place..place + length];
        let span = Span {
            start: name[0].span.start,
            end: name[length - 1].span.end,
        };
        let before = place.checked_sub(1).map(|before| words[before]);
        let after = words.get(place + length).copied();
        found.extend(kind_of(name, before, after).map(|kind| (kind, span)));
        place += length;
    }
    found
}

/// "$AAPL", whose sign is no part of a word.
fn cashtag(sentence: &str, word: Word<'_>) -> Option<(EntityKind, Span)> {
    let is_ticker = (1..=5).contains(&word.text.len())
        && word.text.bytes().all(|byte| byte.is_ascii_uppercase());
    let has_sign = sentence[..word.span.start].ends_with('$');
    (is_ticker && has_sign).then_some((EntityKind::Company, word.span))
}

/// How many words from `place` on are one name.
fn name_at(words: &[Word<'_>], place: usize) -> usize {
    if is_one_of(NO_NAMES, words[place].text) || is_one_of(TITLES, words[place].text) {
        return 0;
    }
    let mut length = 0;
    for word in words[place..].iter().take(MAX_WORDS) {
        if !is_capitalised(word.text) {
            break;
        }
        length += 1;
        if word.ends {
            break;
        }
    }
    // A single capital is a ticker or the start of a sentence.
    if length == 1 && words[place].text.len() < 2 {
        0
    } else {
        length
    }
}

fn kind_of(
    name: &[Word<'_>],
    before: Option<Word<'_>>,
    after: Option<Word<'_>>,
) -> Option<EntityKind> {
    let last = name[name.len() - 1].text;
    let has_title = before.is_some_and(|word| is_one_of(TITLES, word.text) && !word.ends);
    let speaks = after.is_some_and(|word| is_one_of(SPEAKS, word.text))
        && (2..=3).contains(&name.len())
        && !name[name.len() - 1].ends;
    if name.len() > 1 && is_one_of(COMPANY_ENDINGS, last) {
        Some(EntityKind::Company)
    } else if (has_title && name.len() <= 3) || (speaks && !is_one_of(COMPANY_ENDINGS, last)) {
        Some(EntityKind::Person)
    } else {
        None
    }
}

fn is_one_of(list: &str, word: &str) -> bool {
    list.split(", ").any(|listed| listed == word)
}

fn is_capitalised(word: &str) -> bool {
    let mut characters = word.chars();
    let is_upper = characters.next().is_some_and(char::is_uppercase);
    is_upper || matches!(word, "plc" | "&")
}

fn words(sentence: &str) -> Vec<Word<'_>> {
    let mut words = Vec::new();
    let mut start = None;
    for (position, character) in sentence.char_indices().chain([(sentence.len(), ' ')]) {
        let is_inside =
            character.is_alphanumeric() || matches!(character, '&' | '.' | '\'' | '’' | '-');
        match (is_inside, start) {
            (true, None) => start = Some(position),
            (false, Some(begin)) => {
                words.extend(word(sentence, begin, position));
                start = None;
            }
            _ => {}
        }
    }
    words
}

fn word(sentence: &str, begin: usize, end: usize) -> Option<Word<'_>> {
    let written = &sentence[begin..end];
    let bare = ["'s", "’s"]
        .iter()
        .find_map(|ending| written.strip_suffix(ending))
        .unwrap_or(written);
    let text = bare.trim_end_matches(['.', '\'', '’', '-']);
    let lead = text.len() - text.trim_start_matches(['.', '\'', '’', '-', '&']).len();
    let text = &text[lead..];
    let is_initial = text.len() == 1 || is_one_of(TITLES, text);
    let next = sentence[end..].chars().next();
    let is_broken = next.is_some_and(|character| !character.is_whitespace());
    (!text.is_empty()).then(|| Word {
        text,
        span: Span {
            start: begin + lead,
            end: begin + lead + text.len(),
        },
        ends: is_broken || bare.len() != written.len() || (bare.ends_with('.') && !is_initial),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(sentence: &str, expected: &[(EntityKind, &str)]) {
        let found = entities(sentence);
        let found: Vec<_> = found
            .iter()
            .map(|(kind, span)| (*kind, span.of(sentence)))
            .collect();
        assert_eq!(found, expected, "{sentence}");
    }

    #[test]
    fn companies_by_their_endings_and_cashtags() {
        use EntityKind::Company;
        check(
            "Shares of Harbour Foods Inc. rose as Meridian Holdings fell; $KLMT gained.",
            &[
                (Company, "Harbour Foods Inc"),
                (Company, "Meridian Holdings"),
                (Company, "KLMT"),
            ],
        );
        check("The Dow and Russell 2000 rose in New York on Tuesday.", &[]);
    }

    #[test]
    fn people_by_titles_and_by_speaking() {
        use EntityKind::Person;
        check(
            "Mr. Okafor said so, and strategist Jane Whitcombe agreed; Lena Ortiz said no.",
            &[
                (Person, "Okafor"),
                (Person, "Jane Whitcombe"),
                (Person, "Lena Ortiz"),
            ],
        );
        check("Treasury's Whitcombe plan, the Fed said, is dead.", &[]);
    }

    #[test]
    fn any_text_is_read() {
        for text in ["", "&", "'s", "’", "A. B. C.", "$", "É’s Ünal AG", "..."] {
            for (_, span) in entities(text) {
                assert!(text.get(span.start..span.end).is_some(), "{text}");
            }
        }
    }
}
