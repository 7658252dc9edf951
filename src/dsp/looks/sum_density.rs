//! The exact distribution of a sum of chi-squared values that was let through every earlier look.

/// A polynomial with coefficients that are never negative, on `from..to`, in powers of `y - from`.
#[derive(Debug, Clone)]
struct Piece {
    from: f64,
    to: f64,
    coefficients: Vec<f64>,
    /// Sum of all derivatives: `exp(-y)` times this is the integral of `exp(-u) P(u)` from `y` on.
    derivatives: Vec<f64>,
}

impl Piece {
    fn new(from: f64, to: f64, coefficients: Vec<f64>) -> Self {
        let mut derivatives = coefficients.clone();
        for power in (1..coefficients.len()).rev() {
            // d_j = p_j + (j + 1) d_(j+1)
            derivatives[power - 1] += power as f64 * derivatives[power];
        }
        Self {
            from,
            to,
            coefficients,
            derivatives,
        }
    }

    /// Integral of `exp(-u) P(u)` over the part of the piece at and above `y`.
    fn mass_above(&self, y: f64) -> f64 {
        let upto = |y: f64| (-y).exp() * horner(&self.derivatives, y - self.from);
        if y >= self.to {
            0.0
        } else if self.to.is_finite() {
            upto(y.max(self.from)) - upto(self.to)
        } else {
            upto(y.max(self.from))
        }
    }

    /// The same polynomial, restricted to what of it lies in `lo..hi`.
    fn cut(&self, lo: f64, hi: f64) -> Option<Self> {
        let (from, to) = (self.from.max(lo), self.to.min(hi));
        (from < to).then(|| Self::new(from, to, recentred(&self.coefficients, from - self.from)))
    }
}

/// Density of `y = Sigma / 2` at one look, `exp(-y) h(y)` with a piecewise polynomial `h`.
///
/// `chi2(2) / 2` is exponential, so `h = 1` at the first look, and truncation to `lo..hi` followed by convolution with the next
/// block gives `h_next(y) = integral of h from lo to min(y, hi)`: polynomials all the way, with no grid and no cancellation,
/// as all coefficients are sums of positive terms.
#[derive(Debug, Clone)]
pub(super) struct SumDensity {
    pieces: Vec<Piece>,
}

impl SumDensity {
    /// The first look's.
    pub(super) fn first() -> Self {
        Self {
            pieces: vec![Piece::new(0.0, f64::INFINITY, vec![1.0])],
        }
    }

    /// Probability of getting to this look and reading at least `y` there.
    pub(super) fn mass_above(&self, y: f64) -> f64 {
        self.pieces.iter().map(|piece| piece.mass_above(y)).sum()
    }

    /// Lower end of what can be read here.
    pub(super) fn start(&self) -> f64 {
        self.pieces.first().map_or(0.0, |piece| piece.from)
    }

    /// The `y` above which the mass is `mass`, by bisection to the last digit.
    pub(super) fn quantile_above(&self, mass: f64) -> f64 {
        let mut lo = self.start();
        let mut hi = lo + 1.0;
        while self.mass_above(hi) > mass && hi < 1e4 {
            hi = 2.0 * hi + 1.0;
        }
        loop {
            let middle = f64::midpoint(lo, hi);
            if middle <= lo || middle >= hi {
                return hi;
            }
            if self.mass_above(middle) > mass {
                lo = middle;
            } else {
                hi = middle;
            }
        }
    }

    /// The next look's density, if the test goes on only within `lo..hi`.
    pub(super) fn next(&self, lo: f64, hi: f64) -> Self {
        let mut before = 0.0;
        let mut pieces = Vec::with_capacity(self.pieces.len() + 2);
        for piece in self.pieces.iter().filter_map(|piece| piece.cut(lo, hi)) {
            let mut integral = Vec::with_capacity(piece.coefficients.len() + 1);
            integral.push(before);
            let powers = piece.coefficients.iter().enumerate();
            integral.extend(powers.map(|(power, c)| c / (power + 1) as f64));
            before = horner(&integral, piece.to - piece.from);
            pieces.push(Piece::new(piece.from, piece.to, integral));
        }
        pieces.push(Piece::new(hi, f64::INFINITY, vec![before]));
        Self { pieces }
    }
}

fn horner(coefficients: &[f64], t: f64) -> f64 {
    coefficients.iter().rev().fold(0.0, |sum, c| sum * t + c)
}

/// Coefficients in powers of `t - by`, by repeated synthetic division.
fn recentred(coefficients: &[f64], by: f64) -> Vec<f64> {
    let mut shifted = coefficients.to_vec();
    for from in 0..shifted.len() {
        for power in (from + 1..shifted.len()).rev() {
            shifted[power - 1] += by * shifted[power];
        }
    }
    shifted
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dsp::tails::chi2_even_survival;

    #[test]
    fn without_limits_the_sum_is_chi_squared() {
        let mut density = SumDensity::first();
        for n in 1..=12_u32 {
            for y in [0.1, 3.0, 30.0] {
                let expected = chi2_even_survival(2.0 * y, n).p();
                let actual = density.mass_above(y);
                assert!(
                    (actual / expected - 1.0).abs() < 1e-12,
                    "{n} {y}: {actual} {expected}"
                );
            }
            density = density.next(0.0, 1e3);
        }
    }

    #[test]
    fn mass_that_is_cut_off_is_missing_at_the_next_look() {
        let first = SumDensity::first();
        let kept = first.mass_above(0.4) - first.mass_above(3.0);
        let second = first.next(0.4, 3.0);
        assert!((second.mass_above(0.0) - kept).abs() < 1e-15);
        let third = second.next(0.9, 2.0);
        let kept = second.mass_above(0.9) - second.mass_above(2.0);
        assert!((third.mass_above(0.0) - kept).abs() < 1e-15);
        assert!((third.start() - 0.9).abs() < 1e-15);
    }

    #[test]
    fn recentring_keeps_the_polynomial() {
        let (polynomial, by) = ([1.0, 2.0, 0.5, 3.0], 0.7);
        let shifted = recentred(&polynomial, by);
        assert!((horner(&shifted, 1.1) - horner(&polynomial, 1.8)).abs() < 1e-12);
    }
}
