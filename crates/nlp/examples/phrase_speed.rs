//! How fast phrases are found: all themes and all indices of a configuration folder over a text file, one thread.
//!
//! usage: phrase_speed CONFIG TEXT [ROUNDS]

#![expect(clippy::print_stdout, reason = "this is a measurement")]

use std::error::Error;
use std::fs;
use std::path::Path;
use std::time::Instant;

use newsprint_domain::index::IndexDefinition;
use newsprint_domain::theme::ThemeDefinition;
use newsprint_nlp::phrases::Reading;
use newsprint_nlp::targets::IndexSet;
use newsprint_nlp::themes::ThemeSet;

#[derive(serde::Deserialize)]
struct Indices {
    index: Vec<IndexDefinition>,
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let (Some(config), Some(text)) = (arguments.next(), arguments.next()) else {
        return Err("usage: phrase_speed CONFIG TEXT [ROUNDS]".into());
    };
    let rounds: usize = arguments.next().map_or(Ok(5), |rounds| rounds.parse())?;
    let (themes, indices) = read(Path::new(&config))?;
    let text = fs::read_to_string(text)?;
    #[expect(clippy::cast_precision_loss, reason = "bytes of a file")]
    let megabytes = text.len() as f64 / 1e6;
    for round in 1..=rounds {
        let began = Instant::now();
        let (mut n_themes, mut n_indices) = (0, 0);
        for line in text.lines() {
            let reading = Reading::of(line);
            n_themes += themes.find(&reading).len();
            n_indices += indices.find(&reading).len();
        }
        println!(
            "round {round}: {megabytes:.1} MB, {n_themes} theme hits and {n_indices} index hits at {:.0} MB/s",
            megabytes / began.elapsed().as_secs_f64()
        );
    }
    Ok(())
}

fn read(config: &Path) -> Result<(ThemeSet, IndexSet), Box<dyn Error>> {
    let mut themes = Vec::new();
    for entry in fs::read_dir(config.join("themes"))? {
        themes.push(toml::from_str::<ThemeDefinition>(&fs::read_to_string(
            entry?.path(),
        )?)?);
    }
    let indices: Indices = toml::from_str(&fs::read_to_string(config.join("indices.toml"))?)?;
    Ok((ThemeSet::new(themes)?, IndexSet::new(indices.index)?))
}
