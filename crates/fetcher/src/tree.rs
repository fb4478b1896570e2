//! HTML to its tree, given up as soon as it has too much of anything.
//!
//! Parsers built on recursion, or on walking up the tree, would not come back from some pages. What a page nests is known only while
//! its tree is built, so that this is where it is counted: between small pieces of the page, after each of which it can be refused.

use std::borrow::Cow;
use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::time::{Duration, Instant};

use dom_query::{Document, NodeId};
use html5ever::tendril::{StrTendril, TendrilSink as _};
use html5ever::tree_builder::{ElementFlags, NodeOrText, QuirksMode, TreeBuilderOpts, TreeSink};
use html5ever::{Attribute, ParseOpts, QualName, parse_document};

use crate::error::FetchError;

/// Levels that a page may nest; browsers stop at 512.
const MAX_DEPTH: usize = 512;
/// Elements that a page may have; each costs memory and time in proportion.
pub(crate) const MAX_ELEMENTS: usize = 300_000;
/// Attributes that its elements may have together.
const MAX_ATTRIBUTES: usize = 1_000_000;
/// Bytes of these: HTML opens some elements anew, with all their attributes, in every block after them.
const MAX_ATTRIBUTE_BYTES: usize = 64 * 1024 * 1024;
/// Character references that a page may have: html5ever takes some microseconds for each.
const MAX_REFERENCES: usize = 100_000;
/// Bytes that are parsed between two looks at the limits: what they can add is small.
const PIECE_BYTES: usize = 1024;

/// The tree of `html`.
///
/// # Errors
///
/// [`FetchError::Unreadable`] where the page has too much of something; [`FetchError::TooSlow`] where building the tree takes longer than
/// `limit`.
pub(crate) fn tree(html: &str, limit: Duration) -> Result<Document, FetchError> {
    let unreadable = |reason: String| Err(FetchError::Unreadable(reason));
    if html.bytes().filter(|byte| *byte == b'&').count() > MAX_REFERENCES {
        return unreadable(format!(
            "it has more than {MAX_REFERENCES} character references"
        ));
    }
    let options = ParseOpts {
        tree_builder: TreeBuilderOpts {
            // What stands in <noscript> is for readers like this one.
            scripting_enabled: false,
            ..TreeBuilderOpts::default()
        },
        ..ParseOpts::default()
    };
    let started = Instant::now();
    let mut parser = parse_document(Building::default(), options);
    for piece in pieces(html) {
        parser.process(piece);
        if let Some(reason) = parser.tokenizer.sink.sink.refusal() {
            return unreadable(reason);
        }
        if started.elapsed() > limit {
            return Err(FetchError::TooSlow { limit });
        }
    }
    Ok(parser.finish())
}

/// `html` in pieces, cut between characters.
fn pieces(html: &str) -> impl Iterator<Item = StrTendril> {
    let mut rest = html;
    std::iter::from_fn(move || {
        let (piece, after) = rest.split_at(rest.floor_char_boundary(PIECE_BYTES));
        rest = after;
        (!piece.is_empty()).then(|| piece.into())
    })
}

/// A tree while it is built, and what it has so far.
#[derive(Default)]
struct Building {
    document: Document,
    n_elements: Cell<usize>,
    n_attributes: Cell<usize>,
    attribute_bytes: Cell<usize>,
    is_too_deep: Cell<bool>,
    /// The templates that contents belong to: in the tree, these hang from nothing.
    templates: RefCell<HashMap<NodeId, NodeId>>,
}

impl Building {
    /// Why no more of the page is parsed.
    fn refusal(&self) -> Option<String> {
        if self.is_too_deep.get() {
            return Some(format!("its elements nest deeper than {MAX_DEPTH} levels"));
        }
        if self.n_elements.get() > MAX_ELEMENTS {
            return Some(format!("it has more than {MAX_ELEMENTS} elements"));
        }
        if self.n_attributes.get() > MAX_ATTRIBUTES {
            return Some(format!("it has more than {MAX_ATTRIBUTES} attributes"));
        }
        let is_amplified = self.attribute_bytes.get() > MAX_ATTRIBUTE_BYTES;
        is_amplified
            .then(|| "an element with long attributes is opened anew again and again".to_owned())
    }

    /// Notes whether a node that is put into `parent` lies too deep.
    fn measure_below(&self, parent: NodeId) {
        let templates = self.templates.borrow();
        let above = |node: &NodeId| {
            let parent = self.document.tree.parent_of(node).map(|parent| parent.id);
            parent.or_else(|| templates.get(node).copied())
        };
        let levels = std::iter::successors(Some(parent), above).take(MAX_DEPTH + 1);
        if levels.count() > MAX_DEPTH {
            self.is_too_deep.set(true);
        }
    }

    fn measure(&self, parent: impl FnOnce() -> Option<NodeId>, child: &NodeOrText<NodeId>) {
        if matches!(child, NodeOrText::AppendNode(_))
            && let Some(parent) = parent()
        {
            self.measure_below(parent);
        }
    }

    fn parent_of(&self, node: &NodeId) -> Option<NodeId> {
        self.document.tree.parent_of(node).map(|parent| parent.id)
    }

    fn count(&self, attributes: &[Attribute]) {
        let bytes = |attribute: &Attribute| attribute.name.local.len() + attribute.value.len();
        let bytes: usize = attributes.iter().map(bytes).sum();
        self.n_elements.set(self.n_elements.get() + 1);
        self.n_attributes
            .set(self.n_attributes.get() + attributes.len());
        self.attribute_bytes.set(self.attribute_bytes.get() + bytes);
    }
}

/// What the document does itself, with the counting put before it.
impl TreeSink for Building {
    type Handle = NodeId;
    type Output = Document;
    type ElemName<'a> = <Document as TreeSink>::ElemName<'a>;

    fn finish(self) -> Document {
        self.document
    }

    /// Nobody reads them, and a page may have one for every byte.
    fn parse_error(&self, _: Cow<'static, str>) {}

    fn get_document(&self) -> NodeId {
        self.document.get_document()
    }

    fn elem_name<'a>(&'a self, target: &'a NodeId) -> Self::ElemName<'a> {
        self.document.elem_name(target)
    }

    fn create_element(
        &self,
        name: QualName,
        attributes: Vec<Attribute>,
        flags: ElementFlags,
    ) -> NodeId {
        self.count(&attributes);
        self.document.create_element(name, attributes, flags)
    }

    fn create_comment(&self, text: StrTendril) -> NodeId {
        self.document.create_comment(text)
    }

    fn create_pi(&self, target: StrTendril, data: StrTendril) -> NodeId {
        self.document.create_pi(target, data)
    }

    fn append(&self, parent: &NodeId, child: NodeOrText<NodeId>) {
        self.measure(|| Some(*parent), &child);
        self.document.append(parent, child);
    }

    fn append_before_sibling(&self, sibling: &NodeId, child: NodeOrText<NodeId>) {
        self.measure(|| self.parent_of(sibling), &child);
        self.document.append_before_sibling(sibling, child);
    }

    fn append_based_on_parent_node(
        &self,
        element: &NodeId,
        before: &NodeId,
        child: NodeOrText<NodeId>,
    ) {
        self.measure(|| self.parent_of(element).or(Some(*before)), &child);
        self.document
            .append_based_on_parent_node(element, before, child);
    }

    fn append_doctype_to_document(&self, name: StrTendril, public: StrTendril, system: StrTendril) {
        self.document
            .append_doctype_to_document(name, public, system);
    }

    fn get_template_contents(&self, target: &NodeId) -> NodeId {
        let contents = self.document.get_template_contents(target);
        self.templates.borrow_mut().insert(contents, *target);
        contents
    }

    fn same_node(&self, one: &NodeId, other: &NodeId) -> bool {
        self.document.same_node(one, other)
    }

    fn set_quirks_mode(&self, mode: QuirksMode) {
        self.document.set_quirks_mode(mode);
    }

    fn add_attrs_if_missing(&self, target: &NodeId, attributes: Vec<Attribute>) {
        self.document.add_attrs_if_missing(target, attributes);
    }

    fn remove_from_parent(&self, target: &NodeId) {
        self.document.remove_from_parent(target);
    }

    fn reparent_children(&self, node: &NodeId, parent: &NodeId) {
        self.document.reparent_children(node, parent);
    }

    fn is_mathml_annotation_xml_integration_point(&self, node: &NodeId) -> bool {
        self.document
            .is_mathml_annotation_xml_integration_point(node)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(html: &str) -> String {
        let built = tree(html, Duration::from_secs(60));
        built
            .err()
            .map(|error| error.to_string())
            .unwrap_or_default()
    }

    #[test]
    fn the_tree_is_the_one_that_is_built_at_once() {
        let html = "<!doctype html><html lang=en><p>Société <b><i>é</b>&amp</i><table><p>x<tr><td>y<template><p>z</template>
            <svg><title>t</title></svg><noscript><p>é</noscript>".repeat(40);
        let built = tree(&html, Duration::from_secs(60)).unwrap();
        assert_eq!(built.html(), Document::from(html.as_str()).html());
    }

    #[test]
    fn wide_pages_pass() {
        let quoted = "<p title='<div><div>'>a</p>";
        for wide in [
            "<div><p>text<br></div>",
            "<p>left open <li>too",
            "<svg/>",
            "<svg><path d='M0'/></svg>",
            "<option>a",
            "a < 5 and a < b",
            "<script>document.write('<div>')</script>",
            "<!-- <div> -->",
            quoted,
        ] {
            assert_eq!(refused(&wide.repeat(10_000)), "", "{wide}");
        }
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
            "<!--><div>",
            "<!-- --!><div>",
            "<div><p a=\"></div>\">",
            "<div></x a=\"></div>\">",
            "<template>",
            "<table><td><div>",
        ] {
            assert!(refused(&deep.repeat(600)).contains("512"), "{deep}");
        }
        for hides in [
            "<table>",
            "<svg><style>",
            "<math><title>",
            "<svg><![CDATA[<style>]]>",
            "<!x <style>",
        ] {
            let html = format!("{hides}{}", "<div><g>".repeat(100_000));
            assert!(refused(&html).contains("512"), "{hides}");
        }
    }

    #[test]
    fn pages_that_cost_too_much_are_refused_by_what_they_have_too_much_of() {
        assert!(refused(&"<p>a".repeat(MAX_ELEMENTS + 1)).contains("300000 elements"));
        assert!(refused(&"&amp".repeat(MAX_REFERENCES + 1)).contains("references"));
        let attributes = "<p a b c d e f g h i j>".repeat(MAX_ATTRIBUTES / 10 + 1);
        assert!(refused(&attributes).contains("attributes"));
        let amplified = format!(
            "<p><a href=\"{}\">{}",
            "A".repeat(50_000),
            "<p>a".repeat(12_500)
        );
        assert!(refused(&amplified).contains("opened anew"));
        assert_eq!(refused(&"<p>a <a href='/b'>b</a>".repeat(20_000)), "");
    }

    #[test]
    fn a_tree_that_takes_too_long_is_given_up() {
        let error = tree(&"<p>a".repeat(1_000), Duration::ZERO).err();
        assert_eq!(error.map(|error| error.kind()), Some("too_slow"));
    }
}
