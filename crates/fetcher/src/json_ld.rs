//! Structured data in `<script type="application/ld+json">`: the node that describes the article.

use dom_query::Document;
use serde_json::Value;

/// Types of schema.org that are articles.
const ARTICLE_TYPES: [&str; 9] = [
    "Article",
    "NewsArticle",
    "AnalysisNewsArticle",
    "BackgroundNewsArticle",
    "OpinionNewsArticle",
    "ReportageNewsArticle",
    "ReviewNewsArticle",
    "BlogPosting",
    "LiveBlogPosting",
];

/// The longest string of which character references are decoded.
const MAX_ESCAPED_BYTES: usize = 1_000;

/// The first node of the page that is an article; of other nodes, the first with a publication date.
pub(crate) fn article_node(document: &Document) -> Option<Value> {
    let mut dated = None;
    for script in document.select("script[type*='ld+json']").iter() {
        let Some(value) = parse(&script.text()) else {
            continue;
        };
        if let Some(article) = find(&value, &is_article) {
            return Some(article.clone());
        }
        dated =
            dated.or_else(|| find(&value, &|node| node.get("datePublished").is_some()).cloned());
    }
    dated
}

/// A string property, or the first string of a list of them.
pub(crate) fn text(node: &Value, key: &str) -> Option<String> {
    let value = node.get(key)?;
    let value = value.as_array().map_or(Some(value), |list| list.first())?;
    let text = value.as_str()?.trim();
    (!text.is_empty()).then(|| unescaped(text))
}

/// A truth value, which many sites write as a text.
pub(crate) fn truth(node: &Value, key: &str) -> Option<bool> {
    match node.get(key)? {
        Value::Bool(truth) => Some(*truth),
        Value::String(said) => said.trim().to_ascii_lowercase().parse().ok(),
        _ => None,
    }
}

/// Names of people or organisations under `key`: strings, objects with a name, or lists of either.
pub(crate) fn names(node: &Value, key: &str) -> Vec<String> {
    let Some(value) = node.get(key) else {
        return Vec::new();
    };
    let one = std::slice::from_ref(value);
    let values = value.as_array().map_or(one, Vec::as_slice);
    let names = values.iter().filter_map(|value| match value {
        Value::String(name) => Some(unescaped(name)),
        Value::Object(_) => text(value, "name"),
        _ => None,
    });
    names
        .filter(|name| !name.trim().is_empty() && !name.starts_with("http"))
        .collect()
}

/// The address in `url`, `mainEntityOfPage` or `@id` of it.
pub(crate) fn address(node: &Value) -> Option<String> {
    let main = node.get("mainEntityOfPage");
    let of_main = main.and_then(|main| {
        main.as_str()
            .map(str::to_owned)
            .or_else(|| text(main, "@id"))
    });
    of_main
        .or_else(|| text(node, "url"))
        .filter(|address| address.starts_with("http"))
}

/// Parses a script's text; sites leave comments around it and raw line breaks inside its strings.
fn parse(script: &str) -> Option<Value> {
    let text = script
        .trim()
        .trim_start_matches("<!--")
        .trim_end_matches("-->")
        .trim()
        .trim_end_matches(';');
    if let Ok(value) = serde_json::from_str(text) {
        return Some(value);
    }
    let spaced: String = text
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect();
    serde_json::from_str(&spaced).ok()
}

/// The first node that `accepts`, at the top, in a list, in a `@graph`, or as the main entity of another.
fn find<'a>(value: &'a Value, accepts: &dyn Fn(&Value) -> bool) -> Option<&'a Value> {
    match value {
        Value::Array(list) => list.iter().find_map(|item| find(item, accepts)),
        Value::Object(_) if accepts(value) => Some(value),
        Value::Object(object) => {
            let nested = ["@graph", "mainEntity"]
                .iter()
                .filter_map(|key| object.get(*key));
            nested.filter_map(|inner| find(inner, accepts)).next()
        }
        _ => None,
    }
}

fn is_article(node: &Value) -> bool {
    let is_listed = |name: &str| {
        name.rsplit('/')
            .next()
            .is_some_and(|name| ARTICLE_TYPES.contains(&name))
    };
    match node.get("@type") {
        Some(Value::String(name)) => is_listed(name),
        Some(Value::Array(names)) => names.iter().filter_map(Value::as_str).any(is_listed),
        _ => false,
    }
}

/// Character references, which JSON-LD should not have and often has.
fn unescaped(text: &str) -> String {
    // A page hidden in a headline is not worth the parsing.
    if !text.contains('&') || text.len() > MAX_ESCAPED_BYTES {
        return text.trim().to_owned();
    }
    Document::fragment(text).text().trim().to_owned()
}
