"""The live readout of a periodic stimulus against the same epochs cut, detrended and tested by NumPy and SciPy."""

import numpy as np
from scipy import signal, stats

import closeness

case = closeness.case()
ours = case["ours"]
rate_hz, hz, mains_hz = case["rate_hz"], case["hz"], case["mains_hz"]
n_epoch = case["n_epoch"]  # whole samples, so that FFT bins are the readout's bins
epochs = np.array(case["values_uv"]).reshape(-1, n_epoch)
epochs = epochs[[m for m in range(len(epochs)) if m not in case["rejected"]]]
n = len(epochs)


def close(name, value, digits=1e-9):
    closeness.agree(name, ours[name], value, digits)


# epochs
spectra = 2 / n_epoch * np.fft.rfft(signal.detrend(epochs, type="linear"), axis=1)
bin_hz = rate_hz / n_epoch
k = round(hz / bin_hz)
z = spectra[:, k]
mean = z.mean()
msc = abs(z.sum()) ** 2 / (n * (abs(z) ** 2).sum())
close("n_epochs", n)
close("msc", msc)
close("locked_ln_p", (n - 1) * np.log1p(-msc))
close("msc_critical", 1 - 0.05 ** (1 / (n - 1)))
close("amplitude_nv", 1e3 * abs(mean))
close("phase_rad", np.angle(mean))
variance = (abs(z - mean) ** 2).sum() / (n - 1)
close("scatter_nv", 1e3 * np.sqrt(variance / n))
close("corrected_nv", 1e3 * np.sqrt(max(0, abs(mean) ** 2 - variance / n)))
radius = np.sqrt(stats.f.ppf(0.95, 2, 2 * n - 2) * variance / n)
close("interval_hi_nv", 1e3 * (abs(mean) + radius))
r = abs((z / abs(z)).sum())
close("rayleigh_ln_p", np.sqrt(1 + 4 * n + 4 * (n * n - r * r)) - (1 + 2 * n))

# which bins are noise
frequencies = np.arange(spectra.shape[1]) * bin_hz
harmonics = np.isclose(frequencies / hz, np.round(frequencies / hz), atol=1e-9)
on_mains = abs(frequencies - mains_hz * np.round(frequencies / mains_hz)) <= 1 + 1e-9
on_mains &= np.round(frequencies / mains_hz) > 0
usable = ~(harmonics | on_mains)
usable[0] = False
usable[-1] = False  # half the rate
power = (abs(spectra) ** 2).mean(axis=0)
below = [b for b in range(k - 2, 0, -1) if usable[b]][:3]
above = [b for b in range(k + 2, len(power)) if usable[b]][:3]
f = power[k] / power[below + above].mean()
close("power_f", f)
close("power_ln_p", stats.f.logsf(f, 2 * n, 2 * n * 6), 1e-6)

nearest = sorted((b for b in range(len(power)) if usable[b] and abs(b - k) >= 2), key=lambda b: abs(b - k))[:100]
v = np.exp(np.log(abs(spectra[:, nearest]) ** 2).mean(axis=1))
w = 1 / v
mu = (w * z).sum() / w.sum()
f = (n - 1) * abs(mu) ** 2 * w.sum() / (w * abs(z - mu) ** 2).sum()
close("weighted_ln_p", stats.f.logsf(f, 2, 2 * n - 2), 1e-6)
close("weighted_nv", 1e3 * abs(mu))

# sweeps: sixteen epochs one after the other, averaged, one long FFT
n_sweeps = n // 16
sweeps = epochs[: 16 * n_sweeps].reshape(n_sweeps, 16 * n_epoch)
spectrum = 2 / (16 * n_epoch) * np.fft.rfft(sweeps.mean(axis=0))
fine_hz = np.arange(len(spectrum)) * bin_hz / 16
near_harmonic = abs(fine_hz / hz - np.round(fine_hz / hz)) * hz < 1.01 * bin_hz / 16
near_mains = abs(fine_hz - mains_hz * np.round(fine_hz / mains_hz)) <= 1 + 1e-9
near_mains &= np.round(fine_hz / mains_hz) > 0
usable = ~(near_harmonic | near_mains)
usable[0] = False
below = [b for b in range(16 * k - 2, 0, -1) if usable[b]][:60]
above = [b for b in range(16 * k + 2, len(spectrum)) if usable[b]][:60]
noise = (abs(spectrum[below + above]) ** 2).mean()
f = abs(spectrum[16 * k]) ** 2 / noise
close("f", f, 1e-7)
close("f_ln_p", stats.f.logsf(f, 2, 240), 1e-6)
close("residual_noise_nv", 1e3 * np.sqrt(noise), 1e-7)
