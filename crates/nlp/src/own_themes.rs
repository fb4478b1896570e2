//! Themes that no model was taught, found by what their files' examples are about.
//!
//! For each of them a linear classifier is fitted when the tagger is made: logistic regression, with a penalty on large weights,
//! over the model's vectors of what a sentence is about; the theme's description and the examples that carry it against the
//! examples that do not and some of those of other themes.

use newsprint_domain::theme::{Stance, ThemeDefinition};

use crate::sentiment::SentimentModel;

/// Length of every vector before it is weighed.
const LENGTH: f32 = 5.0;
/// What an example of another theme counts for beside one of the theme's own: it may well carry the theme too.
const OTHERS: f32 = 0.3;
/// Examples of each other theme.
const PER_THEME: usize = 4;
/// Log-odds from which a sentence carries the theme, at least. A handful of examples cannot speak for all prose: below this the
/// classifier finds more that is wrong than phrases miss (`training/newsprint_training/left_out.py`).
const LEAST: f32 = 1.5;
/// How far above its highest example that must not hit the threshold lies.
const MARGIN: f32 = 0.1;
/// Steps of the fit; it has long settled by then.
const STEPS: usize = 300;

/// A theme's classifier.
#[derive(Debug)]
pub(crate) struct OwnTheme {
    /// Position among the definitions.
    pub(crate) owner: usize,
    /// What a bare mention says: the examples are too few to tell stances by.
    pub(crate) stance: Stance,
    weights: Vec<f32>,
    bias: f32,
    least: f32,
}

/// What a sentence is about, whether it carries the theme, and what it counts for.
struct Lesson<'a> {
    about: &'a [f32],
    carries: bool,
    weight: f32,
}

/// Classifiers of the themes in `definitions` that `model` was not taught; none where the model cannot tell what sentences are
/// about.
pub(crate) fn own_themes(
    model: &dyn SentimentModel,
    definitions: &[ThemeDefinition],
) -> Vec<OwnTheme> {
    let is_taught = |definition: &ThemeDefinition| {
        let mut taught = model.taught().iter();
        taught.any(|theme| theme.id == definition.id)
    };
    let own: Vec<usize> = (0..definitions.len())
        .filter(|owner| !is_taught(&definitions[*owner]))
        .collect();
    if own.is_empty() {
        return vec![];
    }
    let texts: Vec<Vec<(&str, bool)>> = definitions.iter().map(texts_of).collect();
    let about: Option<Vec<Vec<Vec<f32>>>> = texts
        .iter()
        .map(|texts| {
            let texts: Vec<&str> = texts.iter().map(|(text, _)| *text).collect();
            Some(model.meanings(&texts)?.into_iter().map(scaled).collect())
        })
        .collect();
    let Some(about) = about else {
        return vec![];
    };
    let fitted = own.into_iter().map(|owner| {
        let lessons = (0..definitions.len()).flat_map(|other| {
            let pairs = texts[other].iter().zip(&about[other]);
            let lessons = pairs.map(move |((_, carries), about)| Lesson {
                about,
                carries: *carries && other == owner,
                weight: if other == owner { 1.0 } else { OTHERS },
            });
            let n = if other == owner {
                usize::MAX
            } else {
                PER_THEME
            };
            lessons.take(n)
        });
        OwnTheme::fitted(
            owner,
            definitions[owner].stance.bare,
            &lessons.collect::<Vec<_>>(),
        )
    });
    fitted.collect()
}

/// The description and the examples of a theme, those that carry it first.
fn texts_of(definition: &ThemeDefinition) -> Vec<(&str, bool)> {
    let mut examples: Vec<(&str, bool)> = definition
        .examples
        .iter()
        .map(|example| (example.text.as_str(), example.hit))
        .collect();
    examples.sort_by_key(|(_, hit)| !hit);
    std::iter::once((definition.description.as_str(), true))
        .chain(examples)
        .collect()
}

/// The vector at [`LENGTH`].
fn scaled(mut about: Vec<f32>) -> Vec<f32> {
    let length = about.iter().map(|value| value * value).sum::<f32>().sqrt();
    let by = LENGTH / length.max(f32::MIN_POSITIVE);
    about.iter_mut().for_each(|value| *value *= by);
    about
}

fn product(left: &[f32], right: &[f32]) -> f32 {
    left.iter().zip(right).map(|(l, r)| l * r).sum()
}

impl OwnTheme {
    /// Whether a sentence that is about this carries the theme.
    pub(crate) fn is_in(&self, about: &[f32]) -> bool {
        let about = scaled(about.to_vec());
        self.log_odds(&about) >= self.least
    }

    fn log_odds(&self, about: &[f32]) -> f32 {
        product(&self.weights, about) + self.bias
    }

    /// Nesterov's accelerated gradient descent with a step that the loss's curvature allows.
    fn fitted(owner: usize, stance: Stance, lessons: &[Lesson<'_>]) -> Self {
        let width = lessons.first().map_or(0, |lesson| lesson.about.len());
        let mut theme = Self {
            owner,
            stance,
            weights: vec![0.0; width],
            bias: 0.0,
            least: LEAST,
        };
        let total: f32 = lessons.iter().map(|lesson| lesson.weight).sum();
        let step = 1.0 / (1.0 + 0.25 * total * (LENGTH * LENGTH + 1.0));
        // The last value is the bias.
        let mut point = vec![0.0; width + 1];
        let mut before = point.clone();
        for n in 0..STEPS {
            let momentum = n as f32 / (n as f32 + 3.0);
            let ahead: Vec<f32> = point
                .iter()
                .zip(&before)
                .map(|(now, before)| now + momentum * (now - before))
                .collect();
            let gradient = gradient(&ahead, lessons);
            before = std::mem::replace(
                &mut point,
                ahead
                    .iter()
                    .zip(gradient)
                    .map(|(value, slope)| value - step * slope)
                    .collect(),
            );
        }
        theme.bias = point.pop().unwrap_or(0.0);
        theme.weights = point;
        let must_not = lessons
            .iter()
            .filter(|lesson| !lesson.carries && lesson.weight >= 1.0);
        let highest = must_not
            .map(|lesson| theme.log_odds(lesson.about))
            .fold(f32::NEG_INFINITY, f32::max);
        theme.least = LEAST.max(highest + MARGIN);
        theme
    }
}

/// Slope of the penalised loss at `point`, whose last value is the bias.
fn gradient(point: &[f32], lessons: &[Lesson<'_>]) -> Vec<f32> {
    let (weights, bias) = point.split_at(point.len() - 1);
    let mut slope = point.to_vec();
    slope[weights.len()] = 0.0;
    for lesson in lessons {
        let odds = product(weights, lesson.about) + bias[0];
        let wanted = f32::from(u8::from(lesson.carries));
        let off = lesson.weight * (1.0 / (1.0 + (-odds).exp()) - wanted);
        for (sum, value) in slope.iter_mut().zip(lesson.about) {
            *sum += off * value;
        }
        slope[weights.len()] += off;
    }
    slope
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_examples_share_decides() {
        let about = |first: f32, second: f32, third: f32| scaled(vec![first, second, third]);
        let (theme, other) = (about(1.0, 0.1, 0.4), about(0.1, 1.0, 0.4));
        let (nearly, background) = (about(0.6, 0.2, 1.0), about(0.0, 0.3, 1.0));
        let lesson = |about, carries, weight| Lesson {
            about,
            carries,
            weight,
        };
        let own = OwnTheme::fitted(
            3,
            Stance::Neither,
            &[
                // A dozen examples that are alike.
                lesson(&theme, true, 12.0),
                lesson(&other, false, 1.0),
                lesson(&nearly, false, 1.0),
                lesson(&background, false, OTHERS),
            ],
        );
        assert!(own.is_in(&[2.0, 0.1, 0.6]), "its own, at another length");
        assert!(!own.is_in(&nearly), "an example that must not hit");
        assert!(!own.is_in(&[0.0, 1.0, 0.5]) && !own.is_in(&[0.0, 0.0, 1.0]));
        assert_eq!(own.owner, 3);
    }

    #[test]
    fn the_fit_has_settled() {
        let (theme, other) = (scaled(vec![1.0, 0.2]), scaled(vec![0.2, 1.0]));
        let lessons = [(&theme, true), (&other, false)].map(|(about, carries)| Lesson {
            about,
            carries,
            weight: 1.0,
        });
        let own = OwnTheme::fitted(0, Stance::Neither, &lessons);
        let mut point = own.weights.clone();
        point.push(own.bias);
        let slope = gradient(&point, &lessons);
        assert!(slope.iter().all(|value| value.abs() < 1e-2), "{slope:?}");
    }
}
