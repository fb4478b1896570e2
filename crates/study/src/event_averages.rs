//! Abnormal returns averaged over events, with cross-sectional standard errors, which take events as independent (MacKinlay, "Event Studies in
//! Economics and Finance", 1997).

use crate::distributions::{t_quantile, t_two_sided};
use crate::event_study::{Event, count, mean};

/// Averages over events at one session of the event window; what has no standard error is `None`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Average {
    /// Session relative to the event's.
    pub tau: i32,
    /// Average abnormal return.
    pub abnormal: f64,
    /// Its cross-sectional t.
    pub abnormal_t: Option<f64>,
    /// Cumulative average abnormal return from the window's first session to this one.
    pub cumulative: f64,
    /// Its standard error: standard deviation of the events' cumulative returns (ddof = 1) / √N.
    pub standard_error: f64,
    /// Its t.
    pub cumulative_t: Option<f64>,
    /// 95% band of the cumulative average, by the t distribution with N − 1 degrees of freedom.
    pub band: (f64, f64),
    /// Share of events whose cumulative abnormal return is above zero.
    pub share_positive: f64,
}

/// A cumulative abnormal return, averaged over events.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Cumulative {
    /// The average.
    pub mean: f64,
    /// 95% band by the t distribution with N − 1 degrees of freedom.
    pub band: (f64, f64),
    /// Two-sided, of the cross-sectional t; `None` where all events are alike.
    pub p: Option<f64>,
}

/// The average of the events' abnormal returns from session `from` to session `to`, both included; `None` of fewer than two events, and
/// where their window does not hold these sessions.
pub fn cumulative_average(events: &[&Event], from: i32, to: i32) -> Option<Cumulative> {
    let values: Option<Vec<f64>> = events
        .iter()
        .map(|event| event.cumulative(from, to))
        .collect();
    let values = values.filter(|values| values.len() > 1)?;
    let degrees_of_freedom = count(values.len() - 1);
    let quantile = t_quantile(0.975, degrees_of_freedom)?;
    let (mean, error) = mean_and_error(&values);
    Some(Cumulative {
        mean,
        band: (mean - quantile * error, mean + quantile * error),
        p: if error > 0.0 {
            t_two_sided(mean / error, degrees_of_freedom)
        } else {
            None
        },
    })
}

/// Averages over events of the same windows, by session; `None` of fewer than two events, which have no standard error.
pub fn averages(events: &[Event]) -> Option<Vec<Average>> {
    let (first, n_events) = (events.first()?, events.len());
    let quantile = t_quantile(0.975, count(n_events.checked_sub(1)?))?;
    let mut cumulative = vec![0.0; n_events];
    let mut rows = Vec::with_capacity(first.abnormal.len());
    for (tau, place) in (first.first..).zip(0..first.abnormal.len()) {
        let abnormal: Vec<f64> = events.iter().map(|event| event.abnormal[place]).collect();
        for (sum, of_event) in cumulative.iter_mut().zip(&abnormal) {
            *sum += of_event;
        }
        let (average, average_error) = mean_and_error(&abnormal);
        let (sum, error) = mean_and_error(&cumulative);
        let n_positive = cumulative.iter().filter(|sum| **sum > 0.0).count();
        rows.push(Average {
            tau,
            abnormal: average,
            abnormal_t: (average_error > 0.0).then(|| average / average_error),
            cumulative: sum,
            standard_error: error,
            cumulative_t: (error > 0.0).then(|| sum / error),
            band: (sum - quantile * error, sum + quantile * error),
            share_positive: count(n_positive) / count(n_events),
        });
    }
    Some(rows)
}

/// The mean of at least two values, and its standard error.
fn mean_and_error(values: &[f64]) -> (f64, f64) {
    let mean = mean(values);
    let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
    let n_values = count(values.len());
    (mean, (squares / (n_values - 1.0) / n_values).sqrt())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event_study::{Windows, event};

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
    fn a_cumulative_average_may_begin_anywhere() {
        let (mut returns, market) = returns(90);
        for (row, beyond) in [(20, 0.01), (40, 0.02), (60, 0.06)] {
            returns[row + 1] += beyond;
        }
        let events = [20, 40, 60].map(|row| event((&returns, &market), row, &windows()).unwrap());
        let events: Vec<&Event> = events.iter().collect();
        let after = cumulative_average(&events, 1, 1).unwrap();
        assert!((after.mean - 0.03).abs() < 1e-12);
        // Mean .03, standard deviation √.0007, t = 1.9640 with 2 degrees of freedom: p = .1884 (any t table).
        assert!((after.p.unwrap() - 0.1884).abs() < 1e-4, "{after:?}");
        assert!(cumulative_average(&events, -1, 0).unwrap().mean.abs() < 1e-12);
        assert_eq!(cumulative_average(&events, 1, 2), None);
        assert_eq!(cumulative_average(&events[..1], 1, 1), None);
    }

    #[test]
    fn averages_of_two_events() {
        let (mut returns, market) = returns(60);
        returns[20] += 0.01;
        returns[40] += 0.03;
        let event = |session| event((&returns, &market), session, &windows()).unwrap();
        let events = [event(20), event(40)];
        let rows = averages(&events).unwrap();
        // Mean .02, standard deviation .01 √2, so that the standard error is .01; t with one degree of freedom: 12.7062.
        assert!((rows[1].cumulative - 0.02).abs() < 1e-12);
        assert!((rows[1].standard_error - 0.01).abs() < 1e-12);
        assert!((rows[1].cumulative_t.unwrap() - 2.0).abs() < 1e-9);
        assert!((rows[1].band.1 - 0.02 - 0.127_062_047).abs() < 1e-8);
        assert!((rows[1].share_positive - 1.0).abs() < 1e-15);
        assert_eq!(
            rows.iter().map(|row| row.tau).collect::<Vec<_>>(),
            [-1, 0, 1]
        );
        assert_eq!(averages(&events[..1]), None, "one event has no spread");
        assert_eq!(averages(&[]), None);
    }
}
