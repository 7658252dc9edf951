//! The line that lies below all points and as high as it can: where delays only ever add, it is the true one.

/// A point `(x, y)`.
pub(super) type Point = (f64, f64);

/// Lower convex hull of points in the order of their `x`, into `hull` (Andrew's monotone chain).
pub(super) fn lower_hull(points: impl Iterator<Item = Point>, hull: &mut Vec<Point>) {
    hull.clear();
    for point in points {
        while let [.., a, b] = hull[..]
            && turns_down(a, b, point)
        {
            hull.pop();
        }
        hull.push(point);
    }
}

/// Whether `b` lies above the line from `a` to `c`.
fn turns_down(a: Point, b: Point, c: Point) -> bool {
    (b.0 - a.0) * (c.1 - a.1) - (b.1 - a.1) * (c.0 - a.0) <= 0.0
}

/// Slope of the hull at `x`: of all lines below the points the one along this edge is the highest there. The maximum-likelihood line of points with
/// exponential delays is this one at their mean `x`.
pub(super) fn slope_at(hull: &[Point], x: f64) -> Option<f64> {
    let edges = || hull.windows(2).map(|edge| (edge[0], edge[1]));
    let (a, b) = edges().find(|(_, b)| b.0 >= x).or_else(|| edges().last())?;
    Some((b.1 - a.1) / (b.0 - a.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hull_of_late_points_is_the_line_they_are_late_to() {
        let points = (0..100_u32).map(|n| {
            let x = f64::from(n);
            let late = if n % 10 == 3 {
                0.0
            } else {
                f64::from(n * 7919 % 13)
            };
            (x, 5.0 + 0.25 * x + late)
        });
        let mut hull = Vec::new();
        lower_hull(points.clone(), &mut hull);
        let slope = slope_at(&hull, 50.0).unwrap();
        assert!((slope - 0.25).abs() < 1e-12, "{slope}");
        assert!(hull.windows(2).all(|edge| edge[0].0 < edge[1].0));
        for (x, y) in points {
            let below = hull.iter().all(|&(hx, hy)| hx != x || hy <= y);
            assert!(below);
        }
    }

    #[test]
    fn one_point_has_no_slope() {
        let mut hull = Vec::new();
        lower_hull([(1.0, 2.0)].into_iter(), &mut hull);
        assert_eq!(slope_at(&hull, 1.0), None);
    }
}
