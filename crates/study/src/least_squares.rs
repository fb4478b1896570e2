//! Ordinary least squares of several regressors, by Householder's QR decomposition (Golub and Van Loan, *Matrix Computations*, 5.2).

/// A diagonal element of R this small against its column means that the column is a combination of those before it.
const RANK_TOLERANCE: f64 = 1e-11;

/// What least squares found.
#[derive(Debug, Clone, PartialEq)]
pub struct LeastSquares {
    /// One for each column, in the order given.
    pub coefficients: Vec<f64>,
    /// What the columns leave unexplained of each observation.
    pub residuals: Vec<f64>,
    /// The sum of the squared residuals.
    pub sum_of_squares: f64,
    /// `(X'X)⁻¹`, by rows.
    pub inverse: Vec<Vec<f64>>,
}

/// The coefficients for which `columns` come closest to `y`; a constant is a column of ones that the caller gives.
///
/// `None` where a column is a combination of the others (or all zero), where there are no more observations than columns,
/// where lengths differ, and where a value is not finite.
pub fn least_squares(columns: &[&[f64]], y: &[f64]) -> Option<LeastSquares> {
    let is_whole =
        |column: &[f64]| column.len() == y.len() && column.iter().all(|value| value.is_finite());
    if columns.is_empty() || y.len() <= columns.len() {
        return None;
    }
    if !is_whole(y) || !columns.iter().all(|column| is_whole(column)) {
        return None;
    }
    let decomposition = Decomposition::of(columns)?;
    let mut coefficients = decomposition.solve(y);
    // One step of refinement: the residuals' own fit takes back what rounding left in the coefficients.
    let correction = decomposition.solve(&residuals(columns, y, &coefficients));
    for (coefficient, correction) in coefficients.iter_mut().zip(correction) {
        *coefficient += correction;
    }
    let residuals = residuals(columns, y, &coefficients);
    Some(LeastSquares {
        coefficients,
        sum_of_squares: residuals.iter().map(|residual| residual * residual).sum(),
        residuals,
        inverse: decomposition.inverse(),
    })
}

fn residuals(columns: &[&[f64]], y: &[f64], coefficients: &[f64]) -> Vec<f64> {
    let mut residuals = y.to_vec();
    for (column, coefficient) in columns.iter().zip(coefficients) {
        subtract(&mut residuals, column, *coefficient);
    }
    residuals
}

/// X = QR: Q as the reflections that make it up, R as an upper triangle by columns.
struct Decomposition {
    reflections: Vec<Vec<f64>>,
    triangle: Vec<Vec<f64>>,
}

impl Decomposition {
    /// `None` where the columns are not of full rank.
    fn of(columns: &[&[f64]]) -> Option<Self> {
        let (mut reflections, mut triangle) = (Vec::new(), Vec::new());
        for column in columns {
            let mut rest = column.to_vec();
            reflect_all(&reflections, &mut rest);
            let place = reflections.len();
            let (below, whole) = (norm(&rest[place..]), norm(column));
            if !whole.is_finite() || below <= RANK_TOLERANCE * whole {
                return None;
            }
            let diagonal = if rest[place] > 0.0 { -below } else { below };
            let mut head: Vec<f64> = rest[..place].to_vec();
            head.push(diagonal);
            triangle.push(head);
            rest[place] -= diagonal;
            rest.drain(..place);
            let length = norm(&rest);
            rest.iter_mut().for_each(|value| *value /= length);
            reflections.push(rest);
        }
        Some(Self {
            reflections,
            triangle,
        })
    }

    fn solve(&self, y: &[f64]) -> Vec<f64> {
        let mut rotated = y.to_vec();
        reflect_all(&self.reflections, &mut rotated);
        rotated.truncate(self.triangle.len());
        self.back_substitute(rotated)
    }

    /// The solution of `R x = right`.
    fn back_substitute(&self, mut right: Vec<f64>) -> Vec<f64> {
        for place in (0..right.len()).rev() {
            let column = &self.triangle[place];
            right[place] /= column[place];
            let solved = right[place];
            subtract(&mut right[..place], &column[..place], solved);
        }
        right
    }

    /// `(X'X)⁻¹ = R⁻¹ R⁻ᵀ`.
    fn inverse(&self) -> Vec<Vec<f64>> {
        let n_columns = self.triangle.len();
        let inverted: Vec<Vec<f64>> = (0..n_columns)
            .map(|place| {
                let mut unit = vec![0.0; n_columns];
                unit[place] = 1.0;
                self.back_substitute(unit)
            })
            .collect();
        let entry = |row: usize, column: usize| {
            inverted
                .iter()
                .map(|inverted| inverted[row] * inverted[column])
                .sum()
        };
        (0..n_columns)
            .map(|row| (0..n_columns).map(|column| entry(row, column)).collect())
            .collect()
    }
}

/// Applies `1 − 2vv'` for each reflection, the first one first; the n-th leaves the first n values alone.
fn reflect_all(reflections: &[Vec<f64>], values: &mut [f64]) {
    for (place, reflection) in reflections.iter().enumerate() {
        let below = &mut values[place..];
        let product: f64 = reflection.iter().zip(&*below).map(|(v, x)| v * x).sum();
        subtract(below, reflection, 2.0 * product);
    }
}

fn subtract(values: &mut [f64], other: &[f64], factor: f64) {
    for (value, other) in values.iter_mut().zip(other) {
        *value -= factor * other;
    }
}

/// The Euclidean norm, scaled so that large values do not overflow and small ones do not vanish.
fn norm(values: &[f64]) -> f64 {
    let largest = values
        .iter()
        .fold(0.0_f64, |most, value| most.max(value.abs()));
    if largest == 0.0 {
        return 0.0;
    }
    let squares: f64 = values.iter().map(|value| (value / largest).powi(2)).sum();
    largest * squares.sqrt()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_line_through_points_that_lie_on_it() {
        let (ones, x) = ([1.0; 4], [1.0, 2.0, 3.0, 5.0]);
        let fit = least_squares(&[&ones, &x], &[3.0, 5.0, 7.0, 11.0]).unwrap();
        assert!((fit.coefficients[0] - 1.0).abs() < 1e-14);
        assert!((fit.coefficients[1] - 2.0).abs() < 1e-14);
        assert!(fit.sum_of_squares < 1e-26);
        // X'X = [[4, 11], [11, 39]], its determinant 35.
        let expected = [[39.0 / 35.0, -11.0 / 35.0], [-11.0 / 35.0, 4.0 / 35.0]];
        for (row, expected) in fit.inverse.iter().flatten().zip(expected.iter().flatten()) {
            assert!((row - expected).abs() < 1e-14);
        }
    }

    #[test]
    fn an_ill_conditioned_polynomial_keeps_its_certified_coefficients() {
        // Wampler 1 of NIST's Statistical Reference Datasets: y = 1 + x + x² + … + x⁵ for x = 0 … 20; every coefficient is 1.
        let x: Vec<f64> = (0..=20).map(f64::from).collect();
        let powers: Vec<Vec<f64>> = (0..=5)
            .map(|power| x.iter().map(|x| x.powi(power)).collect())
            .collect();
        let columns: Vec<&[f64]> = powers.iter().map(Vec::as_slice).collect();
        let y: Vec<f64> = (0..x.len())
            .map(|row| powers.iter().map(|column| column[row]).sum())
            .collect();
        for coefficient in least_squares(&columns, &y).unwrap().coefficients {
            assert!((coefficient - 1.0).abs() < 1e-9, "{coefficient}");
        }
    }

    #[test]
    fn nothing_is_found_where_nothing_can_be() {
        let (ones, x, twice) = ([1.0; 4], [1.0, 2.0, 3.0, 5.0], [2.0, 4.0, 6.0, 10.0]);
        let y = [1.0, 2.0, 2.0, 1.0];
        assert_eq!(least_squares(&[&ones, &ones], &y), None, "constant");
        assert_eq!(least_squares(&[&x, &twice], &y), None, "collinear");
        assert_eq!(least_squares(&[&ones, &[0.0; 4]], &y), None, "all zero");
        assert_eq!(least_squares(&[&ones[..2], &x[..2]], &y[..2]), None, "few");
        assert_eq!(least_squares(&[&ones, &x[..3]], &y), None, "lengths");
        assert_eq!(least_squares(&[&ones, &[f64::NAN; 4]], &y), None, "NaN");
        assert_eq!(least_squares(&[], &y), None, "no column");
    }

    proptest! {
        /// What defines least squares: the residuals are orthogonal to every column; and the inverse is one.
        #[test]
        fn residuals_are_orthogonal_to_the_columns(
            rows in prop::collection::vec([-1e3_f64..1e3, -1.0_f64..1.0, -1e2_f64..1e2], 8..60)
        ) {
            let ones = vec![1.0; rows.len()];
            let column = |place: usize| -> Vec<f64> { rows.iter().map(|row| row[place]).collect() };
            let (first, second, y) = (column(0), column(1), column(2));
            let columns: [&[f64]; 3] = [&ones, &first, &second];
            let Some(fit) = least_squares(&columns, &y) else { return Ok(()) };
            for (place, column) in columns.iter().enumerate() {
                let product: f64 = column.iter().zip(&fit.residuals).map(|(x, e)| x * e).sum();
                prop_assert!(product.abs() <= 1e-11 * norm(column) * norm(&y).max(1.0));
                for (other, row) in columns.iter().enumerate() {
                    // (X'X)⁻¹ X'X is the identity.
                    let entry: f64 = (0..3)
                        .map(|k| {
                            let cross: f64 = columns[k].iter().zip(*row).map(|(x, y)| x * y).sum();
                            fit.inverse[place][k] * cross
                        })
                        .sum();
                    prop_assert!((entry - f64::from(u8::from(place == other))).abs() < 1e-6);
                }
            }
        }
    }
}
