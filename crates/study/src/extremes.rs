//! Unusual values of a series, as they could have been told at the time.

/// Which side is unusual.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Extreme {
    /// Above the others.
    High,
    /// Below the others.
    Low,
}

/// Places of values that lie above (below) at least a `share` of all values before them, of which there have to be `least`.
///
/// Nothing later decides what is unusual, as a quantile of the whole series would.
pub fn extremes(values: &[f64], (side, share, least): (Extreme, f64, usize)) -> Vec<usize> {
    let mut before: Vec<f64> = Vec::with_capacity(values.len());
    let mut found = Vec::new();
    for (place, value) in values.iter().enumerate() {
        let n_below = before.partition_point(|other| other < value);
        let n_up_to = before.partition_point(|other| other <= value);
        let n_beyond = match side {
            Extreme::High => n_below,
            Extreme::Low => before.len() - n_up_to,
        };
        #[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^53")]
        let is_unusual = n_beyond as f64 >= share * before.len() as f64;
        if before.len() >= least.max(1) && is_unusual {
            found.push(place);
        }
        before.insert(n_up_to, *value);
    }
    found
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_value_is_held_against_those_before_it_alone() {
        let values = [1.0, 2.0, 3.0, 2.5, 9.0, 0.5, 9.0, 8.0];
        assert_eq!(extremes(&values, (Extreme::High, 1.0, 2)), [2, 4]);
        assert_eq!(extremes(&values, (Extreme::Low, 1.0, 2)), [5]);
        assert_eq!(extremes(&values, (Extreme::High, 0.8, 2)), [2, 4, 6]);
        assert_eq!(extremes(&values, (Extreme::High, 0.5, 100)), [0_usize; 0]);
    }

    proptest! {
        /// What is found among the first values stays so, whatever follows.
        #[test]
        fn nothing_later_changes_it(values in prop::collection::vec(-1.0_f64..1.0, 1..60), cut in 0_usize..60) {
            let asked = (Extreme::High, 0.7, 3);
            let cut = cut.min(values.len());
            let found = extremes(&values, asked);
            let earlier: Vec<usize> = found.into_iter().filter(|place| *place < cut).collect();
            prop_assert_eq!(extremes(&values[..cut], asked), earlier);
        }
    }
}
