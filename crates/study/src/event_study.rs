//! What a series did around events beyond what the market explains: abnormal returns of a market model, and their averages.
//!
//! MacKinlay, "Event Studies in Economics and Finance" (1997): of each event `r = α + β m + ε` is fitted by ordinary least squares on
//! the estimation window; the abnormal return is `r − α − β m` in the event window; averages over events have cross-sectional
//! standard errors, which take events as independent.

/// The fewest sessions on which a market model is fitted.
pub const MIN_ESTIMATION: usize = 10;

/// Two windows in sessions relative to the event's own, which is 0; both ends are included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Windows {
    estimation: (i32, i32),
    event: (i32, i32),
}

/// Why two windows make no event study.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum WindowsError {
    /// A window that ends before it starts.
    #[error("a window ends before it starts")]
    Reversed,
    /// What is to be measured would be part of what it is measured against.
    #[error("the estimation window has to end before the event window starts")]
    Overlapping,
    /// Too few sessions to fit a line.
    #[error("the estimation window needs at least {MIN_ESTIMATION} sessions")]
    TooShort,
}

/// Why an event has no abnormal returns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
pub enum NoEvent {
    /// The returns start after the first session of the estimation window.
    #[error("the returns start too late for its estimation window")]
    BeforeReturns,
    /// The returns end before the last session of the event window.
    #[error("the returns end before its event window does")]
    PastReturns,
    /// Nothing can be fitted where the series or the market did not move.
    #[error("the series or the market is constant in its estimation window")]
    Constant,
}

/// One event: its market model, and its abnormal returns over the event window.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    /// The row of the event's session in the returns.
    pub session: usize,
    /// α of the market model, per session.
    pub alpha: f64,
    /// β of the market model.
    pub beta: f64,
    /// Standard error of the regression: √(SSR / (n − 2)).
    pub sigma: f64,
    /// Sessions of the estimation window.
    pub n_estimation: usize,
    pub(crate) first: i32,
    pub(crate) abnormal: Vec<f64>,
}

impl Windows {
    /// Windows with their first and last session.
    pub fn new(estimation: (i32, i32), event: (i32, i32)) -> Result<Self, WindowsError> {
        if estimation.0 > estimation.1 || event.0 > event.1 {
            return Err(WindowsError::Reversed);
        }
        if estimation.1 >= event.0 {
            return Err(WindowsError::Overlapping);
        }
        if i64::from(estimation.1) - i64::from(estimation.0) + 1
            < i64::try_from(MIN_ESTIMATION).unwrap_or(i64::MAX)
        {
            return Err(WindowsError::TooShort);
        }
        Ok(Self { estimation, event })
    }

    /// First and last session of the event window.
    pub fn event(&self) -> (i32, i32) {
        self.event
    }
}

/// Fits the market model of `returns` on `market` (simple returns of the same sessions) before the event in row `session`.
pub fn event(
    (returns, market): (&[f64], &[f64]),
    session: usize,
    windows: &Windows,
) -> Result<Event, NoEvent> {
    let n_rows = returns.len().min(market.len());
    let row = |tau: i32| session.checked_add_signed(tau as isize);
    let start = row(windows.estimation.0).ok_or(NoEvent::BeforeReturns)?;
    let (Some(end), Some(first), Some(last)) = (
        row(windows.estimation.1),
        row(windows.event.0),
        row(windows.event.1),
    ) else {
        return Err(NoEvent::BeforeReturns);
    };
    if last >= n_rows {
        return Err(NoEvent::PastReturns);
    }
    let (alpha, beta, sigma) =
        market_model(&returns[start..=end], &market[start..=end]).ok_or(NoEvent::Constant)?;
    let of_event = returns[first..=last].iter().zip(&market[first..=last]);
    Ok(Event {
        session,
        alpha,
        beta,
        sigma,
        n_estimation: end - start + 1,
        first: windows.event.0,
        abnormal: of_event.map(|(r, m)| r - alpha - beta * m).collect(),
    })
}

/// The same against the mean of the estimation window alone, for a series that no market is the measure of: β is zero.
pub fn mean_adjusted_event(
    returns: &[f64],
    session: usize,
    windows: &Windows,
) -> Result<Event, NoEvent> {
    let row = |tau: i32| {
        session
            .checked_add_signed(tau as isize)
            .ok_or(NoEvent::BeforeReturns)
    };
    let (start, end) = (row(windows.estimation.0)?, row(windows.estimation.1)?);
    let (first, last) = (row(windows.event.0)?, row(windows.event.1)?);
    let of_event = returns.get(first..=last).ok_or(NoEvent::PastReturns)?;
    let estimation = &returns[start..=end];
    let alpha = mean(estimation);
    let squares: f64 = estimation.iter().map(|r| (r - alpha).powi(2)).sum();
    Ok(Event {
        session,
        alpha,
        beta: 0.0,
        sigma: (squares / count(estimation.len() - 1)).sqrt(),
        n_estimation: estimation.len(),
        first: windows.event.0,
        abnormal: of_event.iter().map(|r| r - alpha).collect(),
    })
}

/// α, β and the standard error of the regression; `None` where the series or the market is constant.
fn market_model(returns: &[f64], market: &[f64]) -> Option<(f64, f64, f64)> {
    let is_constant = |values: &[f64]| values.iter().all(|value| *value == values[0]);
    if is_constant(market) || is_constant(returns) {
        return None;
    }
    let (mean_return, mean_market) = (mean(returns), mean(market));
    let pairs = || returns.iter().zip(market);
    let cross: f64 = pairs()
        .map(|(r, m)| (r - mean_return) * (m - mean_market))
        .sum();
    let square: f64 = market.iter().map(|m| (m - mean_market).powi(2)).sum();
    let beta = cross / square;
    let alpha = mean_return - beta * mean_market;
    let squares: f64 = pairs().map(|(r, m)| (r - alpha - beta * m).powi(2)).sum();
    let sigma = (squares / count(returns.len().checked_sub(2)?)).sqrt();
    (beta.is_finite() && sigma.is_finite()).then_some((alpha, beta, sigma))
}

impl Event {
    /// The abnormal return at `tau`; `None` outside the event window.
    pub fn abnormal(&self, tau: i32) -> Option<f64> {
        self.cumulative(tau, tau)
    }

    /// The cumulative abnormal return from `from` to `to`, both included; `None` where the event window does not hold them.
    pub fn cumulative(&self, from: i32, to: i32) -> Option<f64> {
        let place = |tau: i32| usize::try_from(tau.checked_sub(self.first)?).ok();
        Some(self.abnormal.get(place(from)?..=place(to)?)?.iter().sum())
    }
}

pub(crate) fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / count(values.len())
}

#[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^53")]
pub(crate) fn count(number: usize) -> f64 {
    number as f64
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn windows() -> Windows {
        Windows::new((-12, -3), (-1, 1)).unwrap()
    }

    /// A market that swings, and a series that follows it with α = .001 and β = 2.
    fn returns(n_rows: i32) -> (Vec<f64>, Vec<f64>) {
        let market: Vec<f64> = (0..n_rows)
            .map(|row| f64::from(row * 7 % 11 - 5) / 1000.0)
            .collect();
        let returns = market.iter().map(|m| 0.001 + 2.0 * m).collect();
        (returns, market)
    }

    #[test]
    fn what_the_market_does_not_explain_is_abnormal() {
        let (mut returns, market) = returns(40);
        returns[20] += 0.03;
        returns[21] -= 0.01;
        let event = event((&returns, &market), 20, &windows()).unwrap();
        let close = |found: f64, expected: f64| assert!((found - expected).abs() < 1e-14);
        close(event.alpha, 0.001);
        close(event.beta, 2.0);
        close(event.sigma, 0.0);
        close(event.abnormal(0).unwrap(), 0.03);
        close(event.cumulative(-1, 1).unwrap(), 0.02);
        assert_eq!(event.n_estimation, 10);
        assert_eq!(event.cumulative(-2, 1), None);
        assert_eq!(event.cumulative(1, 2), None);
    }

    #[test]
    fn without_a_market_the_mean_is_what_is_expected() {
        let mut returns: Vec<f64> = (0..40).map(|row| f64::from(row % 2) / 100.0).collect();
        returns[20] = 0.105;
        let event = mean_adjusted_event(&returns, 20, &windows()).unwrap();
        assert!((event.alpha - 0.005).abs() < 1e-15 && event.beta == 0.0);
        assert!((event.abnormal(0).unwrap() - 0.1).abs() < 1e-15);
        assert_eq!(
            mean_adjusted_event(&returns, 11, &windows()),
            Err(NoEvent::BeforeReturns)
        );
        assert_eq!(
            mean_adjusted_event(&returns, 39, &windows()),
            Err(NoEvent::PastReturns)
        );
    }

    #[test]
    fn events_without_full_windows_and_constant_markets_have_none() {
        let (returns, market) = returns(40);
        let at = |session| event((&returns, &market), session, &windows()).map(|_| ());
        assert_eq!(at(11), Err(NoEvent::BeforeReturns));
        assert_eq!(at(12), Ok(()));
        assert_eq!(at(38), Ok(()));
        assert_eq!(at(39), Err(NoEvent::PastReturns));
        let flat = vec![0.1; 40];
        let of_market = event((&returns, &flat), 20, &windows());
        assert_eq!(of_market, Err(NoEvent::Constant));
        let of_series = event((&flat, &market), 20, &windows());
        assert_eq!(of_series, Err(NoEvent::Constant));
    }

    #[test]
    fn windows_that_make_no_study() {
        assert_eq!(
            Windows::new((-30, -250), (-5, 10)),
            Err(WindowsError::Reversed)
        );
        assert_eq!(
            Windows::new((-250, -5), (-5, 10)),
            Err(WindowsError::Overlapping)
        );
        assert_eq!(
            Windows::new((-12, -6), (-5, 10)),
            Err(WindowsError::TooShort)
        );
    }

    proptest! {
        /// Adding a multiple of the market and a constant to a series changes α and β, and no abnormal return.
        #[test]
        fn abnormal_returns_do_not_depend_on_alpha_and_beta(
            noise in prop::collection::vec(-0.05_f64..0.05, 40), alpha in -0.01_f64..0.01, beta in -3.0_f64..3.0,
        ) {
            let (_, market) = returns(40);
            let shifted: Vec<f64> = noise.iter().zip(&market).map(|(r, m)| r + alpha + beta * m).collect();
            let one = event((&noise, &market), 20, &windows()).unwrap();
            let other = event((&shifted, &market), 20, &windows()).unwrap();
            prop_assert!((other.alpha - one.alpha - alpha).abs() < 1e-12);
            prop_assert!((other.beta - one.beta - beta).abs() < 1e-10);
            for tau in -1..=1 {
                prop_assert!((one.abnormal(tau).unwrap() - other.abnormal(tau).unwrap()).abs() < 1e-12);
            }
        }
    }
}
