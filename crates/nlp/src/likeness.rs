//! Which example of a theme's file a sentence is most like: the evidence for a theme that no phrase of the sentence names.

use std::sync::OnceLock;

use newsprint_domain::theme::ThemeDefinition;

use crate::sentiment::SentimentModel;

/// Sketches of the examples that carry each theme, by its position among the definitions; made when they are first asked for.
#[derive(Debug)]
pub(crate) struct Examples(Vec<OnceLock<Vec<Sketched>>>);

/// An example's number in its file, from 1, and its sketch.
type Sketched = (usize, Vec<f32>);

impl Examples {
    pub(crate) fn new(n_themes: usize) -> Self {
        Self((0..n_themes).map(|_| OnceLock::new()).collect())
    }

    /// What evidence calls `sentence`, which carries `theme`, defined at position `owner`.
    pub(crate) fn rule(
        &self,
        model: &dyn SentimentModel,
        (owner, theme): (usize, &ThemeDefinition),
        sentence: &str,
    ) -> String {
        match self.nearest(model, (owner, theme), sentence) {
            Some(number) => format!("like example {number}"),
            None => "learned".into(),
        }
    }

    fn nearest(
        &self,
        model: &dyn SentimentModel,
        (owner, theme): (usize, &ThemeDefinition),
        sentence: &str,
    ) -> Option<usize> {
        let own = model.sketches(&[sentence])?.pop()?;
        let examples = self.0[owner].get_or_init(|| sketched(model, theme));
        let likeness = |sketch: &[f32]| -> f32 {
            let pairs = sketch.iter().zip(&own);
            pairs.map(|(left, right)| left * right).sum()
        };
        let nearest = examples
            .iter()
            .max_by(|(_, left), (_, right)| likeness(left).total_cmp(&likeness(right)));
        nearest.map(|(number, _)| *number)
    }
}

fn sketched(model: &dyn SentimentModel, theme: &ThemeDefinition) -> Vec<Sketched> {
    let carrying = (1..)
        .zip(&theme.examples)
        .filter(|(_, example)| example.hit);
    let (numbers, texts): (Vec<usize>, Vec<&str>) = carrying
        .map(|(number, example)| (number, example.text.as_str()))
        .unzip();
    let sketches = model.sketches(&texts).unwrap_or_default();
    numbers.into_iter().zip(sketches).collect()
}
