//! Sentiment as calibrated probabilities, and the one definition of tone.
//!
//! Both are kept as integer millionths, so that sums are exact and equal on every engine and in any order.

use std::fmt;

/// One in millionths.
pub const ONE: i32 = 1_000_000;

/// Probabilities that a sentence is negative, neutral or positive, in millionths; they add up to one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sentiment {
    negative: i32,
    positive: i32,
}

/// Probabilities that are no distribution: negative, not finite, or not adding up to one within 1e-3.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
#[error("probabilities {negative}, {neutral}, {positive} do not form a distribution")]
pub struct NotADistribution {
    negative: f64,
    neutral: f64,
    positive: f64,
}

impl Sentiment {
    /// Rounds a distribution to millionths; the neutral share takes the rounding difference.
    pub fn from_probabilities(
        negative: f64,
        neutral: f64,
        positive: f64,
    ) -> Result<Self, NotADistribution> {
        let all_valid = [negative, neutral, positive]
            .iter()
            .all(|p| p.is_finite() && *p >= 0.0);
        if !all_valid || (negative + neutral + positive - 1.0).abs() > 1e-3 {
            return Err(NotADistribution {
                negative,
                neutral,
                positive,
            });
        }
        let negative = millionths(negative).min(ONE);
        let positive = millionths(positive).min(ONE - negative);
        Ok(Self { negative, positive })
    }

    /// Reads what [`Sentiment::negative`] and [`Sentiment::positive`] give; `None` where both together are more than one.
    pub fn from_millionths(negative: i32, positive: i32) -> Option<Self> {
        let is_valid = negative >= 0 && positive >= 0 && negative <= ONE - positive;
        is_valid.then_some(Self { negative, positive })
    }

    /// Probability of a negative sentence, in millionths.
    pub fn negative(self) -> i32 {
        self.negative
    }

    /// Probability of a neutral sentence, in millionths.
    pub fn neutral(self) -> i32 {
        ONE - self.negative - self.positive
    }

    /// Probability of a positive sentence, in millionths.
    pub fn positive(self) -> i32 {
        self.positive
    }

    /// `p_positive − p_negative`.
    pub fn tone(self) -> Tone {
        Tone(self.positive - self.negative)
    }
}

/// How positive a text is: −1 (surely negative) to 1 (surely positive), in millionths.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Tone(i32);

impl Tone {
    /// Accepts millionths within −1..1.
    pub fn from_millionths(value: i32) -> Option<Self> {
        (-ONE..=ONE).contains(&value).then_some(Self(value))
    }

    /// The tone in millionths.
    pub fn millionths(self) -> i32 {
        self.0
    }

    /// The tone as a number in −1..1.
    pub fn value(self) -> f64 {
        f64::from(self.0) / f64::from(ONE)
    }

    /// The mean of tones with their weights, rounded to the nearest millionth (halves away from zero); `None` of nothing.
    ///
    /// Weights are positive. The sum is exact, so the result does not depend on the order.
    pub fn weighted_mean(tones: impl IntoIterator<Item = (Tone, i64)>) -> Option<Self> {
        let (mut sum, mut total) = (0_i64, 0_i64);
        for (tone, weight) in tones {
            sum += i64::from(tone.0) * weight;
            total += weight;
        }
        if total == 0 {
            return None;
        }
        let rounded = (sum.abs() + total / 2) / total * sum.signum();
        i32::try_from(rounded).ok().and_then(Self::from_millionths)
    }
}

impl fmt::Display for Tone {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:+.2}", self.value())
    }
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "the caller has checked 0..=1 up to 1e-3"
)]
fn millionths(probability: f64) -> i32 {
    (probability * f64::from(ONE)).round() as i32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn probabilities_add_up_to_one_after_rounding() {
        let sentiment = Sentiment::from_probabilities(1.0 / 3.0, 1.0 / 3.0, 1.0 / 3.0).unwrap();
        assert_eq!(
            sentiment.negative() + sentiment.neutral() + sentiment.positive(),
            ONE
        );
        assert_eq!(sentiment.tone(), Tone(0));
    }

    #[test]
    fn a_vector_that_is_no_distribution_is_refused() {
        assert!(Sentiment::from_probabilities(f64::NAN, 0.5, 0.5).is_err());
        assert!(Sentiment::from_probabilities(0.5, 0.5, 0.5).is_err());
        assert!(Sentiment::from_probabilities(-0.1, 0.6, 0.5).is_err());
        assert!(Sentiment::from_millionths(600_000, 400_001).is_none());
        assert!(Sentiment::from_millionths(-1, 0).is_none());
        let halves = Sentiment::from_millionths(500_000, 500_000);
        assert_eq!(halves.map(Sentiment::neutral), Some(0));
    }

    #[test]
    fn mean_is_exact_and_null_of_nothing() {
        let mean = |tones: &[(i32, i64)]| {
            Tone::weighted_mean(tones.iter().map(|(tone, weight)| (Tone(*tone), *weight)))
        };
        assert_eq!(mean(&[]), None);
        assert_eq!(mean(&[(1, 1), (2, 1)]), Some(Tone(2)));
        assert_eq!(mean(&[(-1, 1), (-2, 1)]), Some(Tone(-2)));
        assert_eq!(mean(&[(ONE, 1), (-ONE, 1), (0, 1)]), Some(Tone(0)));
        assert_eq!(mean(&[(ONE, 3), (-ONE, 1)]), Some(Tone(ONE / 2)));
    }
}
