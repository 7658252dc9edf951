//! Where the electrodes of the 10-10 system sit on an ideal head.
//!
//! On a sphere: neighbours along the midline, the coronal line and the rim are 18 degrees apart (Nuwer et al. 1998); the rest lies evenly on the
//! arcs from the midline to the rim.

/// Radius of the ideal head.
pub const HEAD_RADIUS_M: f64 = 0.095;

/// Rows of the system from front to back: first letters, the midline's angle from Cz (front positive) and the azimuth of the rim on the right.
const ROWS: [(&str, f64, f64); 9] = [
    ("Fp", 72.0, 18.0),
    ("AF", 54.0, 36.0),
    ("F", 36.0, 54.0),
    ("FC", 18.0, 72.0),
    ("C", 0.0, 90.0),
    ("CP", -18.0, 108.0),
    ("P", -36.0, 126.0),
    ("PO", -54.0, 144.0),
    ("O", -72.0, 162.0),
];
/// The rim's angle from Cz.
const RIM_DEG: f64 = 72.0;
/// Inferior chain, one step below the rim: `F9`, `P10` and their like.
const BELOW_RIM_DEG: f64 = 90.0;
/// Other names of the same places.
const ALIASES: [(&str, &str); 8] = [
    ("T3", "T7"),
    ("T4", "T8"),
    ("T5", "P7"),
    ("T6", "P8"),
    ("T9", "C9"),
    ("T10", "C10"),
    ("M1", "TP9"),
    ("M2", "TP10"),
];

/// Position of an electrode by its name, metres: right, front, up of the head's middle. `None` for names outside the system.
///
/// Case does not matter, nor dots behind the name.
#[must_use]
pub fn electrode_position_m(label: &str) -> Option<[f64; 3]> {
    let label = label.trim().trim_end_matches('.');
    let alias = ALIASES
        .iter()
        .find(|(other, _)| other.eq_ignore_ascii_case(label));
    let label = alias.map_or(label, |(_, name)| name);
    let split = label.find(|c: char| c.is_ascii_digit());
    let (letters, number) = match split {
        Some(at) => (&label[..at], label[at..].parse::<u32>().ok()?),
        None => (label.strip_suffix(['z', 'Z'])?, 0),
    };
    let (front_deg, rim_deg) = row(letters)?;
    let direction = direction(letters, number, front_deg, rim_deg)?;
    Some(direction.map(|part| part * HEAD_RADIUS_M))
}

/// Midline angle and rim azimuth of the row with these letters: temporal names stand at the ends of the central rows.
fn row(letters: &str) -> Option<(f64, f64)> {
    let letters = match letters.to_ascii_uppercase().as_str() {
        "T" => "C".to_owned(),
        "FT" => "FC".to_owned(),
        "TP" => "CP".to_owned(),
        other => other.to_owned(),
    };
    let found = ROWS
        .iter()
        .find(|(known, ..)| known.eq_ignore_ascii_case(&letters));
    if let Some(&(_, front_deg, rim_deg)) = found {
        return Some((front_deg, rim_deg));
    }
    // the inion
    (letters == "I").then_some((-BELOW_RIM_DEG, 162.0))
}

/// Unit vector: `number` 0 is the midline, odd ones are left, 7 and 8 the rim.
fn direction(letters: &str, number: u32, front_deg: f64, rim_deg: f64) -> Option<[f64; 3]> {
    let (sin, cos) = front_deg.to_radians().sin_cos();
    let midline = [0.0, sin, cos];
    if number == 0 {
        return Some(midline);
    }
    let step = number.div_ceil(2);
    let has_few = matches!(letters.to_ascii_uppercase().as_str(), "FP" | "O");
    let share = match (has_few, step) {
        // Fp1, Fp2, O1 and O2 are the rim of their rows
        (true, 1) | (false, 5) => 1.0,
        (false, 1..=4) => f64::from(step) / 4.0,
        _ => return None,
    };
    let side = if number % 2 == 1 { -1.0 } else { 1.0 };
    let from_cz = if step == 5 { BELOW_RIM_DEG } else { RIM_DEG };
    let (sin_from, cos_from) = from_cz.to_radians().sin_cos();
    let (sin_azimuth, cos_azimuth) = (side * rim_deg).to_radians().sin_cos();
    let rim = [sin_from * sin_azimuth, sin_from * cos_azimuth, cos_from];
    Some(between(midline, rim, share))
}

/// The unit vector at a share of the arc from `a` to `b`.
fn between(a: [f64; 3], b: [f64; 3], share: f64) -> [f64; 3] {
    let cos: f64 = a.iter().zip(&b).map(|(a, b)| a * b).sum();
    let angle = cos.clamp(-1.0, 1.0).acos();
    let (near, far) = (
        ((1.0 - share) * angle).sin() / angle.sin(),
        (share * angle).sin() / angle.sin(),
    );
    [0, 1, 2].map(|axis| near * a[axis] + far * b[axis])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(label: &str) -> [f64; 3] {
        electrode_position_m(label).unwrap_or_else(|| panic!("{label}"))
    }

    fn apart(a: &str, b: &str) -> f64 {
        let (a, b) = (at(a), at(b));
        (0..3).map(|i| (a[i] - b[i]).powi(2)).sum::<f64>().sqrt()
    }

    #[test]
    fn every_electrode_of_a_64_channel_cap_has_its_place() {
        let cap = "FC5 FC3 FC1 FCz FC2 FC4 FC6 C5 C3 C1 Cz C2 C4 C6 CP5 CP3 CP1 CPz CP2 CP4 CP6 Fp1 Fpz Fp2 AF7 AF3 AFz AF4 AF8 F7 F5 F3 F1 \
                   Fz F2 F4 F6 F8 FT7 FT8 T7 T8 T9 T10 TP7 TP8 P7 P5 P3 P1 Pz P2 P4 P6 P8 PO7 PO3 POz PO4 PO8 O1 Oz O2 Iz";
        let places: Vec<[f64; 3]> = cap.split_whitespace().map(at).collect();
        assert_eq!(places.len(), 64);
        for (i, a) in places.iter().enumerate() {
            let radius = a.iter().map(|x| x * x).sum::<f64>().sqrt();
            assert!((radius - HEAD_RADIUS_M).abs() < 1e-12);
            for b in &places[..i] {
                let apart = (0..3).map(|k| (a[k] - b[k]).powi(2)).sum::<f64>().sqrt();
                assert!(apart > 0.015, "two electrodes {apart} m apart");
            }
        }
    }

    #[test]
    fn left_is_left_and_neighbours_are_a_step_apart() {
        assert!(at("T7")[0] < -0.08 && at("F8")[0] > 0.0 && at("F8")[1] > 0.0);
        assert!(at("Oz")[1] < -0.08 && at("Cz")[2] > 0.0949);
        assert!((apart("Cz", "C1") - apart("Cz", "FCz")).abs() < 1e-12);
        assert!((apart("C3", "C1") - apart("Cz", "C1")).abs() < 1e-12);
        assert_eq!(at("T3"), at("T7"));
        assert_eq!(at("Fc5."), at("FC5"));
        assert_eq!(at("FT9"), at("ft9"));
    }

    #[test]
    fn other_names_have_no_place() {
        for label in ["", "EMG", "Ch 1", "A1-A2", "X3", "Cz2", "F11", "O5", "z"] {
            assert_eq!(electrode_position_m(label), None, "{label:?}");
        }
    }
}
