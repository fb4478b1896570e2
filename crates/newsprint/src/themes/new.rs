//! themes new: a skeleton that says what each line is for.

use std::fs;
use std::io::{ErrorKind, Write as _};

use anyhow::Context as _;
use newsprint_domain::identifier::ThemeId;

use crate::context::Context;
use crate::exit::{Outcome, misuse};
use crate::progress::say;

pub(super) fn new(context: &Context, id: &str) -> anyhow::Result<Outcome> {
    let id = ThemeId::new(id).map_err(|error| misuse(error.to_string()))?;
    let Some(folder) = context.config.folder() else {
        return Err(misuse(
            "there is no configuration folder to write to: run `newsprint init` first",
        ));
    };
    let folder = folder.join("themes");
    let path = folder.join(format!("{id}.toml"));
    let shown = path.display();
    fs::create_dir_all(&folder).with_context(|| format!("create {}", folder.display()))?;
    let mut file = match fs::File::create_new(&path) {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            return Err(misuse(format!(
                "{shown} is there already: choose another id, or edit it"
            )));
        }
        file => file.with_context(|| format!("create {shown}"))?,
    };
    file.write_all(skeleton(&id, &context.now().date_naive().to_string()).as_bytes())
        .with_context(|| format!("write {shown}"))?;
    say(&format!(
        "themes: wrote {shown}; fill it in, and try it with `newsprint themes test {id}`"
    ));
    Ok(Outcome::Done)
}

fn skeleton(id: &ThemeId, today: &str) -> String {
    let label = id.as_str().replace('_', " ");
    format!(
        r#"# Permanent: tables and notebooks refer to it.
id = "{id}"
# Raise it whenever phrases or stance words change.
version = 1
label = "{label}"
# driver | asset | style | sector | policy | event | person
kind = "driver"
# Today: articles that are older are tagged as retrospective.
defined_at = "{today}"
# The first day on which it means anything; older articles never carry it.
# valid_from = "2022-11-30"
# Broader themes.
# parents = ["growth"]
# One sentence: what a reader who slices by it wants to find.
description = "Tell here what a reader who slices by {label} wants to find."
# Indices that it is read against even where an article names none.
indices = ["GSPC"]

[phrases]
# Each carries the theme by itself. Case, number, hyphens and verb forms are folded: write each once, in its plainest form.
any = ["{label}"]
# The same, in exactly this case.
# cased = ["ABC"]
# All phrases of a row, anywhere in a sentence.
# all = [["first", "second"]]
# All phrases of a row, any order, from first to last within so many words.
# near = [{{ words = ["first", "second"], within = 5 }}]
# A match that overlaps one of these is dropped.
# none = ["something else {label}"]

[stance]
# What a bare mention says: 1 the theme is affirmed, 0 neither.
bare = 0
# Words near a mention that make it likelier or stronger, and less likely, later or weaker. Negations are known.
# stronger = ["gather pace"]
# weaker = ["delayed"]

# What other systems call it.
# [codes]
# iptc = ["medtop:20000350"]
# gdelt = ["ECON_CENTRALBANK"]
# alpha_vantage = ["economy_monetary"]

# Sentences that must carry it: write at least 12, a third of them without its main words.
[[examples]]
text = "Replace this by a sentence about {label}."
hit = true
# stance = 1

# Sentences with the same words that mean something else: write at least 8.
[[examples]]
text = "Replace this by a sentence that only looks like it."
hit = false
"#
    )
}
