//! Limits of an axis that do not jump.

/// Steps of room the data may leave before the axis shrinks. More than one, or it would jump to and fro.
const SLACK_STEPS: f64 = 1.25;

/// Limits on multiples of a step. They widen at once and shrink only when much room is left.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct AxisRange {
    pub(super) lo: f64,
    pub(super) hi: f64,
}

impl AxisRange {
    /// Limits for data from `lo` to `hi`, given the limits so far. Data that are no numbers change nothing.
    fn follow(so_far: Option<Self>, (lo, hi): (f64, f64), step: f64) -> Self {
        let so_far = so_far.unwrap_or(Self {
            lo: f64::INFINITY,
            hi: f64::NEG_INFINITY,
        });
        if !(lo.is_finite() && hi.is_finite()) {
            return if so_far.lo < so_far.hi {
                so_far
            } else {
                Self { lo: 0.0, hi: step }
            };
        }
        let tight = Self {
            lo: (lo / step).floor() * step,
            hi: ((hi / step).ceil() * step).max((lo / step).floor() * step + step),
        };
        let slack = SLACK_STEPS * step;
        Self {
            lo: if tight.lo < so_far.lo || lo > so_far.lo + slack {
                tight.lo
            } else {
                so_far.lo
            },
            hi: if tight.hi > so_far.hi || hi < so_far.hi - slack {
                tight.hi
            } else {
                so_far.hi
            },
        }
    }

    /// [`AxisRange::follow`] with the limits so far kept by `ui` under `name`, which is the plot's own within its panel.
    pub(super) fn remembered(
        ui: &egui::Ui,
        name: &'static str,
        extremes: (f64, f64),
        step: f64,
    ) -> Self {
        let id = ui.scope_id().with(("axis range", name));
        ui.data_mut(|memory| {
            let range = Self::follow(memory.get_temp(id), extremes, step);
            memory.insert_temp(id, range);
            range
        })
    }

    /// Lowest and highest finite value.
    pub(super) fn extremes(values: impl Iterator<Item = f64>) -> (f64, f64) {
        values
            .filter(|value| value.is_finite())
            .fold((f64::INFINITY, f64::NEG_INFINITY), |(lo, hi), value| {
                (lo.min(value), hi.max(value))
            })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_widen_at_once_and_shrink_late() {
        let first = AxisRange::follow(None, (-12.0, 33.0), 10.0);
        assert_eq!((first.lo, first.hi), (-20.0, 40.0));
        let quieter = AxisRange::follow(Some(first), (-8.0, 28.0), 10.0);
        assert_eq!(quieter, first);
        let louder = AxisRange::follow(Some(first), (-8.0, 41.0), 10.0);
        assert_eq!((louder.lo, louder.hi), (-20.0, 50.0));
        let much_quieter = AxisRange::follow(Some(louder), (-3.0, 1.0), 10.0);
        assert_eq!((much_quieter.lo, much_quieter.hi), (-10.0, 10.0));
    }

    #[test]
    fn there_is_always_room_between_the_limits() {
        for data in [(5.0, 5.0), (10.0, 10.0), (f64::INFINITY, f64::NEG_INFINITY)] {
            let range = AxisRange::follow(None, data, 10.0);
            assert!(range.lo < range.hi, "{data:?}: {range:?}");
        }
        let none = AxisRange::extremes([f64::NAN].into_iter());
        assert!(!none.0.is_finite());
    }
}
