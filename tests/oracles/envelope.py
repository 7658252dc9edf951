"""Every envelope recipe against SciPy: zero-phase filters at the audio's own positions, read at `n - delay`.

Nothing here streams or is causal: each filter is applied to the whole signal, centred, and looked up at positions. A value of efrscope that came
with input sample n must be the one at position n - delay.
"""
import json
import sys

import numpy as np
from scipy import signal
from scipy.io import wavfile


class Sampled:
    """A signal known at the positions start, start + step, ... of the audio."""

    def __init__(self, values, start=0.0, step=1):
        self.values, self.start, self.step = np.asarray(values), start, step

    def filtered(self, taps, anchor, step):
        """`taps` about their middle, at all positions `anchor + k * step` that lie within the signal."""
        # short ones directly: the transform's rounding of 1e-17 is no silence to a root of a root
        full = np.convolve(self.values, taps) if len(taps) < 200 else signal.fftconvolve(self.values, taps)
        start = anchor % step
        n_positions = int((self.start + self.step * (len(self.values) - 1) - start) // step) + 1
        positions = start + step * np.arange(n_positions)
        index = (positions - self.start) / self.step + (len(taps) - 1) / 2
        whole = np.rint(index).astype(int)
        assert np.max(np.abs(index - whole)) < 1e-6, "the delay is not that of the filters"
        kept = (whole >= 0) & (whole < len(full))
        return Sampled(full[whole[kept]], positions[kept][0], step)

    def map(self, change):
        return Sampled(change(self.values), self.start, self.step)

    def at(self, positions):
        index = (positions - self.start) / self.step
        whole = np.rint(index).astype(int)
        assert np.max(np.abs(index - whole)) < 1e-6, "values between the samples"
        return self.values[whole]


def odd(transition_hz, rate):
    return 2 * round(3.3 * rate / transition_hz / 2) + 1


def low_pass(rate):
    return signal.firwin(odd(20, rate), 100, fs=rate)


def anti_alias(factor, rate):
    return np.ones(1) if factor == 1 else signal.firwin(odd(0.28 * rate / factor, rate), rate / factor / 2, fs=rate)


def analytic_band_pass(lo, hi, transition, rate):
    """The low-pass of half the width, moved to the middle of the band; the real part must be firwin's band-pass."""
    n = odd(transition, rate)
    moved = signal.firwin(n, (hi - lo) / 2, fs=rate, scale=False) * np.exp(1j * np.pi * (lo + hi) / rate * (np.arange(n) - n // 2))
    real = signal.firwin(n, [lo, hi], fs=rate, pass_zero=False)
    moved *= real[n // 2] / moved.real[n // 2]
    assert np.max(np.abs(moved.real - real)) < 1e-12
    return moved


def gammatone(centre, rate):
    b = 1.019 * 24.7 * (4.37 * centre / 1000 + 1)
    decay = 2 * np.pi * b / rate
    half = round(10 / decay)
    t = np.arange(-half, half + 1)
    shape = (1 + decay * np.abs(t)) * np.exp(-decay * np.abs(t))
    return 2 * shape / shape.sum() * np.exp(2j * np.pi * centre / rate * t)


def the_bands_are_gammatone_bands(rate=96000):
    """Their magnitude is that of SciPy's causal gammatone filter, four bandwidths to each side (where both are 50 dB down and
    ours is cut off); at a rate where neither folds."""
    for centre in centres(rate):
        b = 1.019 * 24.7 * (4.37 * centre / 1000 + 1)
        hz = np.linspace(max(centre - 4 * b, centre / 2), centre + 4 * b, 100)
        theirs, _ = signal.gammatone(centre, "fir", order=4, numtaps=round(2 * rate / b), fs=rate)
        ours_db, theirs_db = (20 * np.log10(np.abs(signal.freqz(taps, worN=hz, fs=rate)[1])) for taps in (gammatone(centre, rate) / 2, theirs))
        worst = np.max(np.abs(ours_db - theirs_db))
        assert worst < 1.2, f"gammatone band at {centre:.0f} Hz is {worst:.2f} dB from SciPy's"


def centres(rate):
    """28 centres evenly spaced in ERB rate; those whose bandwidth ends below half the rate."""
    number = np.linspace(21.4 * np.log10(1 + 0.00437 * 50), 21.4 * np.log10(1 + 0.00437 * 5000), 28)
    hz = (10 ** (number / 21.4) - 1) / 0.00437
    return hz[hz + 1.019 * 24.7 * (4.37 * hz / 1000 + 1) <= rate / 2]


def rectified(recipe, x, rate, anchor):
    """What the low-pass smooths, on a grid through `anchor`."""
    if recipe == "half-wave":
        return x.map(lambda v: np.maximum(v, 0)), rate
    if recipe == "rms":
        n_frame = round(0.001 * rate)
        return x.map(np.square).filtered(np.full(n_frame, 1 / n_frame), anchor, 1).map(lambda v: np.sqrt(v) ** np.log10(2)), rate
    if recipe == "paper":
        factor = round(rate / 4000)
        slower, rate = x.filtered(anti_alias(factor, rate), anchor, factor), rate / factor
        return slower.filtered(analytic_band_pass(1, 1000, 10, rate), anchor, factor).map(np.abs), rate
    factor = max(1, int(rate // 16000))
    x, rate = x.filtered(anti_alias(factor, rate), anchor, factor), rate / factor
    if recipe == "aiken-picton":
        return x.filtered(analytic_band_pass(88, min(5657, rate / 2 - 88), 88, rate), anchor, factor).map(np.abs), rate
    assert recipe == "gammatone", recipe
    down = round(rate / 4000)
    slow, slow_rate = x.filtered(anti_alias(down, rate), anchor, factor * down), rate / down
    bands = []
    for centre in centres(rate):
        low = centre <= slow_rate / 4
        taps = gammatone(centre, slow_rate if low else rate)
        band = (slow if low else x).filtered(taps, anchor, factor * down)
        bands.append(band.map(lambda z: np.abs(z) ** 0.6))
    first = max(band.start for band in bands)
    last = min(band.start + band.step * (len(band.values) - 1) for band in bands)
    positions = np.arange(first, last + 1, factor * down)
    return Sampled(sum(band.at(positions) for band in bands), first, factor * down), slow_rate


def check(name, case, x):
    rate, delay, decimation = case["rate"], case["delay"], case["decimation"]
    n = np.arange(1, len(case["values"]) + 1) * decimation - 1
    settled = n >= case["n_settling"]
    positions = n[settled] - delay
    inner, inner_rate = rectified(case["recipe"], Sampled(x), rate, positions[0])
    theirs = inner.filtered(low_pass(inner_rate), positions[0], decimation).at(positions)
    assert abs(inner_rate / 1000 - decimation * inner_rate / rate) <= 0.5, f"{name}: {decimation} is not the nearest to 1 kHz"
    ours = np.array(case["values"])[settled]
    assert len(ours) > 100, f"{name}: only {len(ours)} values"
    worst = np.max(np.abs(ours - theirs)) / np.max(np.abs(theirs))
    assert worst < 1e-6, f"{name}: off by {worst:.3e} of the greatest value"
    return positions, ours, worst


def band_pass_signals(values, rate, lo, hi):
    """The envelope between lo and hi Hz, for correlations that the mean and the drift do not decide."""
    sos = signal.butter(2, [lo, hi], "bandpass", fs=rate, output="sos")
    return signal.sosfiltfilt(sos, values)[200:-200]


def whole_signal_envelope(recipe, x, rate, passes):
    """The recipe as it is done offline: zero-phase filters, the analytic signal by one transform of the whole sound. Two passes are filtfilt's."""
    lo, hi, transition = {"paper": (1, 1000, 10), "aiken-picton": (88, min(5657, rate / 2 - 88), 88)}[recipe]

    def zero_phase(taps, y):
        return signal.filtfilt(taps, 1, y) if passes == 2 else signal.fftconvolve(y, taps, "same")

    band = signal.firwin(odd(transition, rate), [lo, hi], fs=rate, pass_zero=False)
    return zero_phase(signal.firwin(odd(20, rate), 100, fs=rate), np.abs(signal.hilbert(zero_phase(band, x))))


def check_against_offline(name, case, x, positions, ours):
    """In the bands that matter the causal form is the offline one; by the paper's filters run twice, too."""
    for passes, least in [(1, 0.998), (2, 0.998 if case["recipe"] == "paper" else 0.98)]:
        offline = whole_signal_envelope(case["recipe"], x, case["rate"], passes)[np.rint(positions).astype(int)]
        for lo, hi in [(8, 11), (53, 56), (78, 81)]:
            both = [band_pass_signals(v, case["rate"] / case["decimation"], lo, hi) for v in (ours, offline)]
            r = np.corrcoef(*both)[0, 1]
            print(f"  {lo}-{hi} Hz, {passes} passes: correlation with the offline form {r:.5f}")
            assert r > least, f"{name}, {lo}-{hi} Hz, {passes} passes: correlation with the offline form {r:.4f}"


def check_folding(name, case, x, positions, ours):
    """Rectified at eight times the rate, or compressed at the full rate, nothing folds: what does in the recipe as it is must be little."""
    rate = case["rate"]
    if case["recipe"] == "half-wave":
        up = 8
        rectified = np.maximum(signal.resample_poly(x, up, 1, window=("kaiser", 10)), 0)
    else:
        up = 1
        rectified = sum(np.abs(signal.fftconvolve(x, gammatone(centre, rate), "same")) ** 0.6 for centre in centres(rate))
    smooth = signal.fftconvolve(rectified, signal.firwin(odd(20, up * rate), 100, fs=up * rate), "same")
    smooth = smooth[up * np.rint(positions).astype(int)]
    for lo, hi in [(8, 11), (53, 56), (78, 81)]:
        clean, folded = (band_pass_signals(v, rate / case["decimation"], lo, hi) for v in (smooth, ours))
        db = 10 * np.log10(np.var(folded - clean) / np.var(clean))
        print(f"  {lo}-{hi} Hz: what folds is {db:.0f} dB of the band")
        assert db < -33, f"{name}, {lo}-{hi} Hz: {db:.1f} dB"


case = json.load(sys.stdin)
the_bands_are_gammatone_bands()
for made in case["made"]:
    name = f"{made['recipe']} at {made['rate']} Hz"
    _, _, worst = check(name, made, np.array(case["noise"][: made["n_samples"]]))
    print(f"{name}: {worst:.1e}")
for real in case["recordings"]:
    rate, x = wavfile.read(real["path"])
    assert rate == real["rate"]
    x = x[: real["n_samples"]] / 32768
    name = f"{real['recipe']} of {real['path'].rsplit('/', 1)[-1]}"
    positions, ours, worst = check(name, real, x)
    print(f"{name}: {worst:.1e}")
    if real["recipe"] in ("paper", "aiken-picton"):
        check_against_offline(name, real, x, positions, ours)
    if real["recipe"] in ("half-wave", "gammatone"):
        check_folding(name, real, x, positions, ours)
