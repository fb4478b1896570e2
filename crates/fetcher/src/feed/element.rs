//! An element while it is open.

use std::borrow::Cow;

use url::Url;

use super::role::{Form, Role, form_of, is_packed};

/// An element that is open.
pub(super) struct Open<'a> {
    pub(super) name: &'a str,
    pub(super) role: Role,
    pub(super) text: String,
    /// The base of the element around it, where this one states another.
    pub(super) outer_base: Option<Option<Url>>,
    /// Of words: how they are written.
    pub(super) form: Form,
    pub(super) is_base64: bool,
    /// Of an id: whether it is an address too.
    pub(super) is_link: bool,
}

impl<'a> Open<'a> {
    pub(super) fn new(name: &'a str, role: Role, attributes: &Attributes<'a>) -> Self {
        let kind = value(attributes, "type")
            .unwrap_or_default()
            .to_ascii_lowercase();
        let mode = value(attributes, "mode").unwrap_or_default();
        Self {
            name,
            role,
            text: String::new(),
            outer_base: None,
            form: match role {
                Role::Prose(_, usual) => form_of(&kind, mode, usual),
                _ => Form::Plain,
            },
            is_base64: mode.eq_ignore_ascii_case("base64") || is_packed(&kind),
            is_link: value(attributes, "ispermalink").is_none_or(|said| said.trim() == "true"),
        }
    }
}

/// Names and values in a tag.
pub(super) type Attributes<'a> = [(&'a str, Cow<'a, str>)];

/// The value of an attribute, whatever its case.
pub(super) fn value<'v>(attributes: &'v Attributes<'_>, wanted: &str) -> Option<&'v str> {
    let found = attributes
        .iter()
        .find(|(name, _)| name.eq_ignore_ascii_case(wanted));
    found.map(|(_, value)| value.as_ref())
}
