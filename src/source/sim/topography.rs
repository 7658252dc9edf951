//! Where the electrodes sit, and how strongly each sees what the head makes.
//!
//! Positions are those of the ideal 10-20 system on a sphere: neighbours along the midline, the coronal line and the rim are
//! 36 or 18 degrees apart; F3, F4, P3 and P4 lie halfway between the midline and the rim. The gains are smooth functions of position,
//! plausible and no more: a large response at the vertex, alpha at the back, blinks in front.

/// Radius of the simulated head.
const HEAD_RADIUS_MM: f64 = 90.0;

/// Known labels with the angle from Cz and the azimuth from the nose, clockwise from above, in degrees.
const LAYOUT: [(&str, f64, f64); 17] = [
    ("Cz", 0.0, 0.0),
    ("Fpz", 72.0, 0.0),
    ("Fp1", 72.0, -18.0),
    ("Fp2", 72.0, 18.0),
    ("Fz", 36.0, 0.0),
    ("F7", 72.0, -54.0),
    ("F8", 72.0, 54.0),
    ("T7", 72.0, -90.0),
    ("T8", 72.0, 90.0),
    ("C3", 36.0, -90.0),
    ("C4", 36.0, 90.0),
    ("Pz", 36.0, 180.0),
    ("P7", 72.0, -126.0),
    ("P8", 72.0, 126.0),
    ("O1", 72.0, -162.0),
    ("O2", 72.0, 162.0),
    ("Oz", 72.0, 180.0),
];

/// Known labels halfway between two others on the sphere.
const HALFWAY: [(&str, &str, &str); 4] = [
    ("F3", "Fz", "F7"),
    ("F4", "Fz", "F8"),
    ("P3", "Pz", "P7"),
    ("P4", "Pz", "P8"),
];

/// How strongly one electrode sees each source; 1 is what the settings state.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Gains {
    /// Of the planted responses: 1 at Cz, 0.5 at T7 and along the rim.
    pub(super) response: f64,
    /// Of alpha: 1 at Oz, 0.24 at Cz, 0.1 in front.
    pub(super) alpha: f64,
    /// Of blinks: 1 at F8, 0.05 from the coronal line backwards.
    pub(super) blink: f64,
    /// Of the muscles under T7 and under F8: 1 there, 0.06 at Cz.
    pub(super) muscles: [f64; 2],
}

/// Where the muscles lie.
const MUSCLES: [&str; 2] = ["T7", "F8"];
/// Their reach: a Gaussian of the angle between electrode and muscle with this standard deviation.
const MUSCLE_REACH_DEG: f64 = 30.0;

/// Gains where the position is unknown: somewhere at the side.
const UNKNOWN: Gains = Gains {
    response: 0.6,
    alpha: 0.3,
    blink: 0.1,
    muscles: [0.2, 0.2],
};

/// Direction of a known label: to the right, to the front, up; of length 1.
fn direction(label: &str) -> Option<[f64; 3]> {
    if let Some((_, from_cz, azimuth)) = LAYOUT.iter().find(|(known, _, _)| *known == label) {
        let (sin_from, cos_from) = from_cz.to_radians().sin_cos();
        let (sin_azimuth, cos_azimuth) = azimuth.to_radians().sin_cos();
        return Some([sin_from * sin_azimuth, sin_from * cos_azimuth, cos_from]);
    }
    let (_, one, other) = HALFWAY.iter().find(|(known, _, _)| *known == label)?;
    let (one, other) = (direction(one)?, direction(other)?);
    let sum = [0, 1, 2].map(|axis| one[axis] + other[axis]);
    let length = sum.iter().map(|part| part * part).sum::<f64>().sqrt();
    Some(sum.map(|part| part / length))
}

/// Position of a label of the 10-20 system: right, front, up of the head's middle.
pub(super) fn location_mm(label: &str) -> Option<[f64; 3]> {
    direction(label).map(|direction| direction.map(|part| part * HEAD_RADIUS_MM))
}

/// Gains of a channel by its label.
pub(super) fn gains(label: &str) -> Gains {
    let (Some([right, front, up]), Some([_, front_f8, up_rim]), Some([_, front_oz, _])) =
        (direction(label), direction("F8"), direction("Oz"))
    else {
        return UNKNOWN;
    };
    let front_fz = 36_f64.to_radians().sin();
    let rim = up_rim.acos();
    let here = [right, front, up];
    let backwards = ((front_fz - front) / (front_fz - front_oz)).max(0.0);
    Gains {
        response: 1.0 - 0.5 * up.clamp(-1.0, 1.0).acos() / rim,
        alpha: 0.1 + 0.9 * backwards * backwards,
        blink: 0.05 + 0.95 * (front / front_f8).max(0.0),
        muscles: MUSCLES
            .map(|label| direction(label).map_or(0.0, |muscle| muscle_gain(here, muscle))),
    }
}

/// How much of a muscle's noise reaches an electrode.
fn muscle_gain(electrode: [f64; 3], muscle: [f64; 3]) -> f64 {
    let cos: f64 = (0..3).map(|axis| electrode[axis] * muscle[axis]).sum();
    let angle_deg = cos.clamp(-1.0, 1.0).acos().to_degrees();
    (-0.5 * (angle_deg / MUSCLE_REACH_DEG).powi(2)).exp()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_follow_the_ten_twenty_system() {
        let distance = |a: &str, b: &str| {
            let (a, b) = (location_mm(a).unwrap(), location_mm(b).unwrap());
            (0..3).map(|i| (a[i] - b[i]).powi(2)).sum::<f64>().sqrt()
        };
        assert_eq!(location_mm("Cz").unwrap(), [0.0, 0.0, HEAD_RADIUS_MM]);
        let [right, front, _] = location_mm("F8").unwrap();
        assert!(right > 50.0 && front > 40.0);
        let [right, front, up] = location_mm("T7").unwrap();
        assert!(right < -80.0 && front.abs() < 1e-9 && up > 20.0);
        assert!((distance("P4", "Pz") - distance("P4", "P8")).abs() < 1e-9);
        assert!((distance("Fz", "Cz") - distance("Cz", "C3")).abs() < 1e-9);
        assert_eq!(location_mm("EMG"), None);
    }

    #[test]
    fn each_source_is_strongest_where_it_belongs() {
        let near = |value: f64, expected: f64| (value - expected).abs() < 1e-9;
        assert!(near(gains("Cz").response, 1.0) && near(gains("T7").response, 0.5));
        assert!(near(gains("Oz").alpha, 1.0) && gains("Fz").alpha < 0.2);
        assert!(near(gains("F8").blink, 1.0) && (gains("Fz").blink - 1.0).abs() < 0.1);
        for label in ["Cz", "P4", "T7", "Pz", "C3", "Oz"] {
            assert!(gains(label).blink < 0.06, "{label}");
        }
        let [t7, f8] = [gains("T7").muscles, gains("F8").muscles];
        assert!(near(t7[0], 1.0) && near(f8[1], 1.0) && t7[1] < 0.01 && f8[0] < 0.01);
        assert!(gains("Cz").muscles.iter().all(|gain| *gain < 0.06));
        assert_eq!(gains("Ch 1"), UNKNOWN);
    }
}
