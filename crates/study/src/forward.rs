//! What a series of closes returns over the rows that follow.

/// `close[t + h] / close[t] − 1` for every row t, `h` rows of the series itself ahead.
///
/// `None` where one of the two closes is not known, or not above zero: such a ratio is no return.
pub fn forward_returns(closes: &[Option<f64>], horizon: usize) -> Vec<Option<f64>> {
    let is_price = |close: &f64| *close > 0.0;
    let start = closes.iter().map(|close| close.filter(is_price));
    let end = closes
        .iter()
        .skip(horizon)
        .map(|close| close.filter(is_price));
    let end = end.chain(std::iter::repeat(None));
    start
        .zip(end)
        .map(|(start, end)| Some(end? / start? - 1.0))
        .collect()
}

/// The closes with the last known one standing for each that is not known, as alphalens takes them.
///
/// What lies before the first close stays unknown.
pub fn carried_forward(closes: &[Option<f64>]) -> Vec<Option<f64>> {
    let mut last = None;
    let carried = closes.iter().map(|close| {
        last = close.or(last);
        last
    });
    carried.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_known_at_either_end_has_no_return() {
        let closes = [Some(2.0), Some(3.0), None, Some(6.0), Some(0.0), Some(-1.0)];
        assert_eq!(
            forward_returns(&closes, 1),
            [Some(0.5), None, None, None, None, None]
        );
        assert_eq!(forward_returns(&closes, 3)[0], Some(2.0));
        assert_eq!(forward_returns(&closes, 9), [None; 6]);
    }

    #[test]
    fn a_close_is_carried_forward_and_never_back() {
        let carried = carried_forward(&[None, Some(2.0), None, Some(3.0), None]);
        assert_eq!(carried, [None, Some(2.0), Some(2.0), Some(3.0), Some(3.0)]);
    }
}
