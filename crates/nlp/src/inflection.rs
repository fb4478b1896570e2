//! Inflected forms of English words, folded to one: "cuts", "cutting" and "cut"; "rose" and "rising"; "losses" and "loss".
//!
//! A light stemmer for comparing phrases with texts. It undoes the plural, "-ed" and "-ing" and knows the irregular verbs of market
//! prose; it does not join words of different kinds ("inflation" and "inflate" stay apart), as Porter's does. Its output is not
//! always a word: a silent e at the end of a word of several syllables is dropped from all its forms alike.

/// Folds `word`, which is in lower case.
pub(crate) fn fold_inflection(word: &mut String) {
    if word.len() < 4 || !word.is_ascii() {
        return;
    }
    if let Some(base) = irregular(word) {
        base.clone_into(word);
    } else {
        drop_plural(word);
        if word.ends_with("ing") || word.ends_with("ed") {
            drop_verb_ending(word);
        }
    }
    drop_silent_e(word);
}

/// Words that end in "-ing" or "-ed" and are no forms of a verb, or mean something of their own.
fn is_whole(word: &str) -> bool {
    matches!(
        word,
        "advanced"
            | "anything"
            | "banking"
            | "beijing"
            | "being"
            | "boeing"
            | "building"
            | "ceiling"
            | "clothing"
            | "during"
            | "earning"
            | "evening"
            | "everything"
            | "filing"
            | "holding"
            | "housing"
            | "hundred"
            | "interested"
            | "king"
            | "leading"
            | "limited"
            | "listing"
            | "manufacturing"
            | "meeting"
            | "mining"
            | "morning"
            | "nothing"
            | "offering"
            | "opening"
            | "rating"
            | "reading"
            | "ruling"
            | "sacred"
            | "shilling"
            | "something"
            | "spring"
            | "sterling"
            | "string"
            | "trading"
            | "united"
    )
}

fn irregular(word: &str) -> Option<&'static str> {
    Some(match word {
        "rose" | "risen" => "rise",
        "fell" | "fallen" => "fall",
        "minis" => "mini",
        "sank" | "sunk" => "sink",
        "shrank" | "shrunk" => "shrink",
        "slid" => "slide",
        "dove" | "dived" => "dive",
        "grew" | "grown" => "grow",
        "held" => "hold",
        "kept" => "keep",
        "lost" => "lose",
        "sold" => "sell",
        "bought" => "buy",
        "drove" | "driven" => "drive",
        "rode" | "ridden" => "ride",
        "began" | "begun" => "begin",
        "took" | "taken" => "take",
        "gave" | "given" => "give",
        "went" | "gone" | "goes" | "going" => "go",
        "came" => "come",
        "made" => "make",
        "paid" => "pay",
        "said" => "say",
        "told" => "tell",
        "spent" => "spend",
        "lent" => "lend",
        "sent" => "send",
        "bore" | "borne" => "bear",
        "broke" | "broken" => "break",
        "beaten" => "beat",
        "shook" | "shaken" => "shake",
        "sprang" | "sprung" => "spring",
        "swung" => "swing",
        "clung" => "cling",
        "struck" => "strike",
        "stood" => "stand",
        "fled" => "flee",
        "sought" => "seek",
        "brought" => "bring",
        "thought" => "think",
        "wrote" | "written" => "write",
        "withdrew" | "withdrawn" => "withdraw",
        "drew" | "drawn" => "draw",
        "threw" | "thrown" => "throw",
        "overtook" | "overtaken" => "overtake",
        "agreed" => "agree",
        "guaranteed" => "guarantee",
        "chose" | "chosen" => "choose",
        "froze" | "frozen" => "freeze",
        "spoke" | "spoken" => "speak",
        "knew" | "known" => "know",
        "wound" => "wind",
        "bled" => "bleed",
        "dealt" => "deal",
        "crept" => "creep",
        "swept" => "sweep",
        "wept" => "weep",
        "leapt" | "leaped" => "leap",
        "built" => "build",
        "using" | "used" => "use",
        _ => return None,
    })
}

/// Harman's S-stemmer (D. Harman, "How effective is suffixing?", JASIS 42, 1991), and "-es" after a hiss.
fn drop_plural(word: &mut String) {
    let ends = |endings: &[&str]| endings.iter().any(|ending| word.ends_with(ending));
    if ends(&["ies"]) && !ends(&["eies", "aies"]) {
        word.truncate(word.len() - 3);
        word.push('y');
    } else if ends(&["sses", "shes", "ches", "xes", "zzes"]) {
        word.truncate(word.len() - 2);
    } else if ends(&["es"]) && !ends(&["aes", "oes"])
        || ends(&["s"]) && !ends(&["es", "us", "ss", "is"])
    {
        word.pop();
    }
}

fn drop_verb_ending(word: &mut String) {
    if is_whole(word) {
        return;
    }
    if word.len() > 4 && word.ends_with("ied") {
        word.truncate(word.len() - 3);
        word.push('y');
        return;
    }
    let ending = if word.ends_with("ing") { 3 } else { 2 };
    let stem = &word[..word.len() - ending];
    if stem.len() < 3 || stem.ends_with('e') || vowel_groups(stem) == 0 {
        return;
    }
    word.truncate(word.len() - ending);
    if is_doubled(word) {
        word.pop();
    } else if vowel_groups(word) == 1 && lost_an_e(word) {
        word.push('e');
    }
}

/// A doubled consonant, as before "-ing" in "cutting", but not "sell" or "pass".
fn is_doubled(stem: &str) -> bool {
    let [.., before, last] = stem.as_bytes() else {
        return false;
    };
    before == last
        && match last {
            b'b' | b'd' | b'g' | b'm' | b'n' | b'p' | b'r' | b't' => true,
            b'l' => vowel_groups(stem) > 1,
            _ => false,
        }
}

/// Whether a stem of one syllable stands for a word that ends in a silent e: "hik", "surg", "eas", "handl", "chang".
fn lost_an_e(stem: &str) -> bool {
    let bytes = stem.as_bytes();
    let [.., third, before, last] = *bytes else {
        return false;
    };
    let short = !is_vowel(third)
        && is_vowel(before)
        && !is_vowel(last)
        && !matches!(last, b'w' | b'x' | b'y');
    short
        || matches!(last, b'c' | b'v' | b'u')
        || (matches!(last, b's' | b'z') && before != last)
        || (last == b'g'
            && (before != b'n' || ["ang", "eng", "ung"].iter().any(|end| stem.ends_with(end))))
        || (last == b'l' && !is_vowel(before) && before != b'l' && before != b'r')
}

/// Drops the silent e of a word of several syllables.
fn drop_silent_e(word: &mut String) {
    if word.len() > 4 && word.ends_with('e') && vowel_groups(&word[..word.len() - 1]) > 1 {
        word.pop();
    }
}

fn vowel_groups(word: &str) -> usize {
    let mut groups = 0;
    let mut inside = false;
    for (place, byte) in word.bytes().enumerate() {
        let vowel = is_vowel(byte) || (byte == b'y' && place > 0);
        groups += usize::from(vowel && !inside);
        inside = vowel;
    }
    groups
}

fn is_vowel(byte: u8) -> bool {
    matches!(byte, b'a' | b'e' | b'i' | b'o' | b'u')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folded(word: &str) -> String {
        let mut word = word.to_owned();
        fold_inflection(&mut word);
        word
    }

    #[test]
    fn all_forms_of_a_word_are_one() {
        for forms in [
            "cut cuts cutting",
            "hike hikes hiked hiking",
            "rise rises rose risen rising",
            "fall falls fell fallen falling",
            "surge surges surged surging",
            "ease eases eased easing",
            "raise raises raised raising",
            "lower lowers lowered lowering",
            "slash slashes slashed slashing",
            "decline declines declined declining",
            "loss losses",
            "tax taxes taxed taxing",
            "policy policies",
            "price prices priced pricing",
            "trade trades traded",
            "plunge plunges plunged plunging",
            "control controls controlled controlling",
            "sell sells sold selling",
            "shrink shrinks shrank shrunk shrinking",
            "change changes changed changing",
            "bring brings brought bringing",
            "upgrade upgrades upgraded upgrading",
            "increase increases increased increasing",
            "market markets",
            "handle handles handled handling",
            "stop stops stopped stopping",
            "hope hopes hoped hoping",
            "hop hops hopped hopping",
            "worry worries worried worrying",
            "squeeze squeezes squeezed squeezing",
            "issue issues issued issuing",
            "merge merges merged merging",
            "pass passes passed passing",
            "need needs needed needing",
            "load loads loaded loading",
            "crash crashes crashed crashing",
            "slump slumps slumped slumping",
            "agree agrees agreed",
        ] {
            let mut forms = forms.split(' ').map(folded);
            let first = forms.next().unwrap();
            for other in forms {
                assert_eq!(other, first);
            }
        }
    }

    #[test]
    fn words_of_their_own_stay_apart() {
        for (left, right) in [
            ("rating", "rate"),
            ("hope", "hop"),
            ("plan", "plane"),
            ("cap", "cape"),
            ("fed", "feed"),
            ("meeting", "meet"),
            ("note", "not"),
            ("earnings", "earn"),
            ("inflation", "inflate"),
            ("crisis", "crisi"),
            ("gas", "ga"),
        ] {
            assert_ne!(folded(left), folded(right), "{left}");
        }
    }
}
