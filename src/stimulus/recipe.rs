//! The named ways from audio to envelope.

/// A definition of "the envelope". Coherence is only comparable between runs of one recipe.
///
/// Every recipe but [`Recipe::AsIs`] takes audio at 8 to 192 kHz, ends with the same low-pass (gain 1 within 0.02 dB up to 90 Hz, -6 dB at 100 Hz,
/// below -50 dB from 110 Hz, linear phase, 82.5 ms) and gives about 1000 values a second. None is scaled to its maximum: the maximum is known
/// only when the sound is over, and neither coherence nor phase depends on scale.
///
/// | recipe | steps before the low-pass | delay at 48 kHz |
/// |---|---|---|
/// | paper | band-pass 1 to 1000 Hz, magnitude of the analytic signal | 249 ms |
/// | aiken-picton | band-pass 88 to 5657 Hz, magnitude of the analytic signal | 102 ms |
/// | gammatone | 28 bands, their magnitudes to the power 0.6, summed | 136 ms |
/// | rms | root mean square over 1 ms, to the power log10(2) | 83 ms |
/// | half-wave | negative values set to 0 | 83 ms |
/// | as-is | none, and no low-pass | 0 |
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Recipe {
    /// The stream already is an envelope or an auxiliary channel: every value is handed on as it came.
    AsIs,
    /// Hasan et al. 2025, as their code does it: band-pass 1 to 1000 Hz, magnitude of the analytic signal, low-pass 100 Hz.
    ///
    /// Their filters run forwards and backwards over the whole sound. Here each runs once, causally, with the same transition widths (10 and
    /// 20 Hz), the band-pass at about 4 kHz instead of 22.05 kHz: edges fall by 6 dB where theirs fall by 12 dB, and the analytic signal comes
    /// from a finite filter instead of a transform of the whole sound.
    Paper,
    /// Aiken & Picton 2008 (*Ear and Hearing* 29:139-157): band-pass 88 to 5657 Hz, magnitude of the analytic signal, low-pass.
    ///
    /// Their low-pass at about 90 Hz is at 100 Hz here, so that 78 to 81 Hz pass whole. Audio below 11.5 kHz narrows the band to 88 Hz
    /// below half its rate.
    AikenPicton,
    /// 28 gammatone bands spaced evenly in ERB rate from 50 to 5000 Hz, magnitude to the power 0.6, summed (Biesmans et al. 2017).
    ///
    /// Each band has the magnitude response of a fourth-order gammatone filter, `(1 + ((f - f0)/b)^2)^-2` with `b = 1.019 ERB`, and linear
    /// phase: all bands and all modulation rates have one delay, and what the cochlea delays more at low frequencies counts as part of the
    /// listener's response. The modulation of a tone of 150 to 4500 Hz at 81 Hz, which narrow bands smooth and the slopes of their neighbours
    /// bring back, comes out at 0.95 to 1.35 of its depth, that at 8 Hz at 1.0.
    /// Audio below 11.2 kHz leaves out the bands that do not lie below half its rate.
    Gammatone,
    /// Root mean square over frames, to the power log10(2), as the mTRF-Toolbox does (Crosse et al. 2016).
    ///
    /// The frames are 1 ms long and move by single samples, so that carriers do not beat with the frames; such a frame takes 0.1 dB off the mean
    /// square's modulation at 81 Hz.
    Rms,
    /// Half-wave rectified audio, as for subcortical responses.
    ///
    /// Rectifying makes harmonics, and at low rates those of pure high tones fold: prefer 44.1 kHz. Of speech at 16 kHz and music at 8 kHz what
    /// folds into 8 to 11, 53 to 56 and 78 to 81 Hz is 33 dB and more below the envelope's own content there.
    HalfWave,
}

impl Recipe {
    /// All recipes.
    pub const ALL: [Self; 6] = [
        Self::AsIs,
        Self::Paper,
        Self::AikenPicton,
        Self::Gammatone,
        Self::Rms,
        Self::HalfWave,
    ];

    /// The name in settings and on the screen.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::AsIs => "as-is",
            Self::Paper => "paper",
            Self::AikenPicton => "aiken-picton",
            Self::Gammatone => "gammatone",
            Self::Rms => "rms",
            Self::HalfWave => "half-wave",
        }
    }

    /// The recipe of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|recipe| recipe.name() == name)
    }
}
