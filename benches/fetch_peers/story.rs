//! Invented articles about markets: a title, and 15 to 25 paragraphs with 500 to 900 words.
//!
//! `[a|b]` in a pattern is one of its choices, `{name}` something of that kind. Nothing here is a real company, bank or person.

use crate::chance::Chance;

pub struct Story {
    pub title: String,
    pub author: String,
    pub paragraphs: Vec<String>,
}

impl Story {
    pub fn invent(chance: &mut Chance) -> Self {
        let title = fill(chance.one_of(TITLES), chance);
        let author = name("person", chance);
        let paragraphs = paragraphs(chance);
        Self {
            title,
            author,
            paragraphs,
        }
    }

    pub fn words(&self) -> usize {
        self.paragraphs
            .iter()
            .map(|paragraph| paragraph.split_whitespace().count())
            .sum()
    }
}

fn paragraphs(chance: &mut Chance) -> Vec<String> {
    let n_paragraphs = chance.between(15, 25) as usize;
    let n_words = chance.between(540, 860) as usize;
    let mut patterns = SENTENCES.to_vec();
    chance.shuffle(&mut patterns);
    let mut paragraphs = vec![String::new(); n_paragraphs];
    let mut words = 0;
    for (n, pattern) in patterns.into_iter().cycle().enumerate() {
        // Every paragraph gets a sentence, then some get more, as long as there is room.
        if n >= n_paragraphs && words >= n_words {
            break;
        }
        let place = if n < n_paragraphs {
            n
        } else {
            chance.below(n_paragraphs)
        };
        let sentence = fill(pattern, chance);
        words += sentence.split_whitespace().count();
        if !paragraphs[place].is_empty() {
            paragraphs[place].push(' ');
        }
        paragraphs[place].push_str(&sentence);
    }
    paragraphs
}

/// A title of another story, as lists of links show it.
pub fn headline(chance: &mut Chance) -> String {
    fill(chance.one_of(TITLES), chance)
}

/// A sentence of another story, as teasers show it.
pub fn teaser(chance: &mut Chance) -> String {
    fill(chance.one_of(SENTENCES), chance)
}

fn fill(pattern: &str, chance: &mut Chance) -> String {
    let mut filled = String::with_capacity(pattern.len() * 2);
    let mut rest = pattern;
    while let Some(at) = rest.find(['[', '{']) {
        let (before, from) = rest.split_at(at);
        let is_choice = from.starts_with('[');
        let end = from
            .find(if is_choice { ']' } else { '}' })
            .expect("a pattern closes what it opens");
        filled.push_str(before);
        let inside = &from[1..end];
        filled += &if is_choice {
            let choices: Vec<&str> = inside.split('|').collect();
            fill(chance.one_of(&choices), chance)
        } else {
            name(inside, chance)
        };
        rest = &from[end + 1..];
    }
    filled + rest
}

fn name(kind: &str, chance: &mut Chance) -> String {
    match kind {
        "company" => format!("{} {}", chance.one_of(FIRST), chance.one_of(TRADES)),
        "bank" => format!("{} & {}", chance.one_of(LAST), chance.one_of(HOUSES)),
        "person" => format!("{} {}", chance.one_of(GIVEN), chance.one_of(LAST)),
        "sector" => chance.one_of(SECTORS).to_owned(),
        "index" => chance.one_of(INDICES).to_owned(),
        "place" => chance.one_of(PLACES).to_owned(),
        "day" => chance
            .one_of(&["Monday", "Tuesday", "Wednesday", "Thursday", "Friday"])
            .to_owned(),
        "month" => chance
            .one_of(&["January", "March", "April", "June", "August", "October"])
            .to_owned(),
        "percent" => format!("{}.{}", chance.between(0, 6), chance.between(1, 9)),
        "points" => chance.between(3, 190).to_string(),
        "level" => format!("{},{:03}", chance.between(2, 39), chance.between(0, 999)),
        "yield" => format!("{}.{:02}", chance.between(2, 5), chance.between(0, 99)),
        "millions" => format!("${}m", chance.between(12, 980)),
        "billions" => format!("${}.{}bn", chance.between(1, 64), chance.between(0, 9)),
        _ => panic!("no such kind: {kind}"),
    }
}

const FIRST: &[&str] = &[
    "Ardenvale",
    "Brackwater",
    "Calloway",
    "Dunmere",
    "Eastmarch",
    "Fallowfield",
    "Greyholm",
    "Harrowgate",
    "Islemoor",
    "Juniper",
    "Kestrel",
    "Larkhill",
    "Merrowdale",
    "Northquay",
    "Oakhurst",
    "Pellworth",
    "Quarrystone",
    "Redfern",
    "Saltmarsh",
    "Thornbury",
    "Underwood",
    "Valebridge",
    "Westmoor",
    "Yarrow",
    "Zephyr",
];
const TRADES: &[&str] = &[
    "Semiconductors",
    "Foods",
    "Shipping",
    "Energy",
    "Pharmaceuticals",
    "Insurance",
    "Retail",
    "Mining",
    "Software",
    "Aerospace",
    "Homes",
    "Logistics",
    "Airlines",
    "Steel",
    "Telecom",
];
const HOUSES: &[&str] = &["Partners", "Sons", "Company", "Hale", "Whitlock", "Crane"];
const GIVEN: &[&str] = &[
    "Alma", "Bruno", "Celia", "Dario", "Edith", "Felix", "Greta", "Hugo", "Irene", "Jonas",
    "Katya", "Leon", "Mirela", "Niko", "Odile", "Pavel", "Rosa", "Stefan", "Thea", "Viktor",
];
const LAST: &[&str] = &[
    "Abernathy",
    "Bellamy",
    "Castellane",
    "Dravic",
    "Ellingsworth",
    "Farnham",
    "Gellert",
    "Holloway",
    "Ingram",
    "Jarrold",
    "Kovalenko",
    "Lindqvist",
    "Marchetti",
    "Nakagawa",
    "Okonjo",
    "Petrossian",
    "Rasmussen",
    "Sandoval",
    "Tremaine",
    "Vanterpool",
];
const SECTORS: &[&str] = &[
    "banks",
    "chipmakers",
    "utilities",
    "carmakers",
    "miners",
    "homebuilders",
    "software makers",
    "airlines",
    "retailers",
    "oil producers",
    "drugmakers",
    "small caps",
    "property trusts",
    "insurers",
];
const INDICES: &[&str] = &[
    "S&P 500",
    "Nasdaq Composite",
    "Dow Jones Industrial Average",
    "Russell 2000",
    "FTSE 100",
    "DAX",
    "Nikkei 225",
    "Stoxx Europe 600",
    "S&P/ASX 200",
    "Hang Seng",
];
const PLACES: &[&str] = &[
    "New York",
    "London",
    "Frankfurt",
    "Tokyo",
    "Sydney",
    "Hong Kong",
    "Toronto",
    "Zurich",
    "Singapore",
    "Chicago",
    "Paris",
    "Milan",
];

const TITLES: &[&str] = &[
    "{index} [gains|loses|adds|sheds] {percent}% as {sector} [lead|lag|rebound|retreat] before {month} data",
    "{company} [jumps|tumbles|slides|rallies] {percent}% after {billions} [bid|writedown|buyback|share sale]",
    "{sector} in {place} [weigh|brace for|look past] a [rate cut|rate rise|strong dollar|weak quarter], says {bank}",
    "Why {person} of {bank} [bought|sold|trimmed|doubled] {sector} in {month}",
    "{place} shares end {day} at {level} as yields [rise|fall] to {yield}%",
    "{company} [cuts|raises|keeps] its forecast for {month} as costs [bite|ease|climb]",
];

const SENTENCES: &[&str] = &[
    "The {index} [rose|fell|climbed|slipped] {percent}% to {level} on {day}, its [largest|smallest|third straight] move since {month}.",
    "Shares in {company} [gained|lost|added|gave up] {percent}% after it said that orders for the quarter came to {billions}.",
    "“[Nobody|Hardly anyone] I speak to expected {sector} to do this well with yields at {yield}%,” said {person}, a strategist at {bank} in {place}.",
    "The yield on the ten-year Treasury note [rose|fell] by {points} basis points to {yield}%, which [lifted|hurt] {sector} most.",
    "Traders in {place} now see a [one in three|two in three|fifty-fifty] chance of a rate cut before {month}, up from almost none a week ago.",
    "{company} will buy back {millions} of its own stock, a sum that {person} called [modest|generous|hard to defend] at today’s price.",
    "Among {sector}, {company} was the [best|worst] performer of the session, [up|down] {percent}% on three times its usual volume.",
    "Minutes of the last meeting showed that officials were [less|more] worried about prices than investors had come to believe.",
    "“We have been [adding|cutting] {sector} since {month}, and nothing in these numbers makes us change our mind,” {person} told clients.",
    "Crude oil [gained|lost] {percent}% as stockpiles in the Gulf [shrank|grew] for a third week, while copper hardly moved.",
    "The dollar [firmed|weakened] against most of its peers, and gold traded near a [record|two-week low] for much of the afternoon in {place}.",
    "Analysts at {bank} [raised|lowered] their target for {company} and said that margins should [recover|narrow] by {month}.",
    "Consumer prices excluding food and fuel were {percent}% higher than a year before, [a little less|slightly more] than economists had forecast.",
    "Some {millions} flowed [into|out of] funds that hold {sector} in the week to {day}, according to figures that {bank} collects.",
    "In {place}, where trading ended earlier, the {index} had [closed {percent}% higher|closed {percent}% lower|ended little changed].",
    "The company, which employs people in {place} and {place}, did not [comment|answer questions] beyond its statement.",
    "A rule of thumb at {bank} says that each {points} basis points on the long bond cost {sector} about {percent}% of their value.",
    "Volatility, as options on the {index} price it, [eased|picked up] to a level last seen in {month}.",
    "{person}, who runs {billions} at {bank}, thinks that the market is [too sure|not sure enough] of a soft landing.",
    "Home sales [fell|rose] {percent}% in {month}, the government said on {day}, while permits for new houses [held steady|dropped sharply].",
    "What had been a quiet morning ended when {company} warned that its profit would miss forecasts by {millions}.",
    "Fewer people than expected asked for unemployment benefits, a sign that hiring [has slowed less|is holding up better] than feared.",
    "Small investors were net [buyers|sellers] for the fifth week in a row, and they [favoured|avoided] {sector} above all.",
    "The bank’s [chair|deputy governor|chief economist] said in {place} that policy would stay tight [for as long as it takes|until wages cool].",
    "“Earnings [decide|will decide] this, not the central bank,” wrote {person}, whose fund has [beaten|trailed] the {index} in each of three years.",
    "Of the companies that have reported so far, [two thirds|three quarters|just over half] earned more than analysts had predicted.",
    "{company} and {company} are still in talks about a merger that would value the two at {billions}, people close to both said.",
    "Futures pointed to a [firmer|softer] open on {day}, with the {index} set to [add|lose] about {points} points.",
    "Bond investors took the auction of {billions} in new notes [calmly|badly], and the spread between two and ten years [widened|narrowed].",
    "Not everyone is convinced: {bank} told clients last week to [sell|hedge] {sector} and to hold cash instead.",
    "Exports from {place} [shrank|grew] {percent}% from a year earlier, the first such [decline|gain] since {month}.",
    "The index of service businesses came in at a level that usually goes with growth of about {percent}% a year.",
    "Its chief executive, {person}, said that customers had [delayed|brought forward] purchases and that {month} would tell more.",
    "A stronger yen [weighed on|did little to] exporters in Tokyo, where the Nikkei 225 spent the day between {level} and a little below.",
    "Credit spreads, which had [widened|tightened] all month, [moved back|hardly changed] as new issues found buyers at once.",
    "For the year the {index} is now [up|down] {percent}%, and most of that was earned on only [four|six|nine] days.",
    "“If you wait for the all-clear you pay {percent}% more,” said {person}, who manages shares of {sector} for {bank}.",
    "Regulators in {place} have asked {company} how it values {billions} of loans to commercial property.",
    "The [rally|sell-off] was broad: [four|three|nine] stocks [rose|fell] for each that did not, and only {sector} stood aside.",
    "Shipping rates from Asia have [doubled|halved] since {month}, which {company} says will [add|save] it {millions} this year.",
    "Economists at {bank} now expect growth of {percent}% next year, [half a point more|a little less] than they did in {month}.",
    "Dividends are another reason for patience, since {sector} pay {yield}% on average, more than most government bonds.",
    "Natural gas [slid|jumped] as forecasts for {place} turned [milder|colder], and shares of {company} [followed|did not follow].",
    "The next test comes on {day}, when figures on jobs and wages are due and {company} reports its quarter.",
    "Until then, {person} said, “the path of least resistance is [up|down|sideways], and few will want to stand in front of it.”",
    "After the close {company} said its finance director would leave in {month}, and the stock [lost another {percent}%|barely moved].",
];
