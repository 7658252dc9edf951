//! What playing can fail with.

/// Why stimuli cannot be played, or no longer.
#[derive(Debug, thiserror::Error)]
pub enum PlayError {
    /// The plays are too many or none.
    #[error(
        "{n_plays} plays of files are asked for (files x --loop x --repeat); allowed are 1 to {allowed}"
    )]
    Plays {
        /// How many.
        n_plays: u64,
        /// The most.
        allowed: u64,
    },
    /// Two files differ in what must be the same.
    #[error(
        "{first_file} has {first} channels and {file} has {found}; allowed is one number for all files, or --mono"
    )]
    Channels {
        /// Of the first file.
        first: usize,
        /// Its name.
        first_file: String,
        /// Of the other.
        found: usize,
        /// Its name.
        file: String,
    },
    /// Full scale would be exceeded.
    #[error(
        "{file} reaches {peak:.3} of full scale and would clip; allowed is 1: with --gain-db {fitting_gain_db:.1} it fits"
    )]
    Clips {
        /// Which file.
        file: String,
        /// Its greatest magnitude after gain and resampling.
        peak: f32,
        /// Gain at which it would not clip.
        fitting_gain_db: f64,
    },
    /// The resampler refused.
    #[error("{file} cannot be resampled from {from_hz} Hz to {to_hz} Hz: {problem}")]
    Resampling {
        /// Which file.
        file: String,
        /// Its rate.
        from_hz: u32,
        /// The output's.
        to_hz: u32,
        /// The resampler's words.
        problem: String,
    },
    /// There is no such device.
    #[error(
        "no sound device {wanted:?}; there are: {found}; `efrscope play --devices` tells more, `--device none` plays without one"
    )]
    NoSuchDevice {
        /// What was asked for.
        wanted: String,
        /// The names that there are.
        found: String,
    },
    /// This build has no sound.
    #[error(
        "the sound device {wanted:?} is asked for, and this efrscope was built without sound; allowed is `--device none` (no sound, paced by the \
         clock), or build it with `cargo build --release --features sound` (on Debian with libasound2-dev and pkg-config)"
    )]
    BuiltWithoutSound {
        /// What was asked for.
        wanted: String,
    },
    /// The device cannot do what is asked.
    #[error("the sound device {device} cannot play {wanted}; it has {found}")]
    Unsupported {
        /// Which.
        device: String,
        /// Rate and channels asked for.
        wanted: String,
        /// What it can.
        found: String,
    },
    /// The system's sound failed.
    #[error(
        "the sound device failed while {doing}: {problem}; `efrscope play --devices` lists the devices, `--device none` plays without one"
    )]
    Sound {
        /// What was being done.
        doing: &'static str,
        /// Its words.
        problem: String,
    },
    /// The files together are too long.
    #[error(
        "the files hold {n_values} values in all (samples x channels, at the output's rate); allowed are {allowed}"
    )]
    TooMuch {
        /// How many.
        n_values: usize,
        /// The most.
        allowed: usize,
    },
    /// The device was opened and asks for nothing.
    #[error("the sound device {device} has asked for no sample for {secs} s")]
    Stalled {
        /// Which.
        device: String,
        /// Since when.
        secs: f64,
    },
}
