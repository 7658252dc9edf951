"""H1, its radius, MSC, p, band p and detectable MSC with SciPy's spectra and distributions."""
import json
import sys

import numpy as np
from scipy import linalg, signal, stats

from near import near

case = json.load(sys.stdin)
fs, length, hop, alpha = case["fs"], case["len"], case["hop"], case["alpha"]
x, y = np.array(case["x"]), np.array(case["y"])
how = dict(fs=fs, window="hann", nperseg=length, noverlap=length - hop, detrend="constant")
f, Sxx = signal.welch(x, **how)
_, Syy = signal.welch(y, **how)
_, Sxy = signal.csd(x, y, **how)

# effective segments from the taper alone
w = signal.get_window("hann", length)
n = (len(x) - length) // hop + 1
rho = [np.sum(w[: length - k * hop] * w[k * hop :]) / np.sum(w * w) for k in range(1, -(-length // hop))]
L = n / (1 + 2 * sum((1 - (k + 1) / n) * r * r for k, r in enumerate(rho)))
near("L_eff", case["n_eff"], L)

keep = slice(1, len(f) - 1)
H1 = (Sxy / Sxx)[keep]
near("H1, real part", case["h1_re"], H1.real)
near("H1, imaginary part", case["h1_im"], H1.imag)
C = signal.coherence(x, y, **how)[1][keep]
near("MSC", case["msc"], C)
near("p", case["p"], (1 - C) ** (L - 1))
F = stats.f.isf(alpha, 2, 2 * L - 2)
near("radius", case["radius"], np.sqrt(F / (L - 1) * (1 - C) * Syy[keep] / Sxx[keep]))
near("debiased", case["debiased"], np.maximum(0, (L * C - 1) / (L - 1)))
near("coherent SNR", case["snr"], C / (1 - C))

# bins correlate as the taper and the overlap make them: |ambiguity|^2 summed over the hops apart
def ambiguity(bins, k):
    shared = w[: length - k * hop] * w[k * hop :] if k * hop < length else np.zeros(1)
    turn = np.exp(2j * np.pi * bins * np.arange(len(shared)) / length)
    return np.abs(np.sum(shared * turn) / np.sum(w * w)) ** 2


n_lags = -(-length // hop)
totals = [ambiguity(b, 0) + 2 * sum(ambiguity(b, k) for k in range(1, n_lags)) for b in range(10)]
for band in case["bands"]:
    lo, hi = band["bins"]
    weights = np.linalg.eigvalsh(linalg.toeplitz(np.array(totals[: hi - lo]) / totals[0]))
    half_fisher = -np.sum((L - 1) * np.log1p(-C[lo - 1 : hi - 1]))
    others = [weights[np.arange(len(weights)) != i] for i in range(len(weights))]
    exact = sum(np.prod(a / (a - rest)) * np.exp(-half_fisher / a) for a, rest in zip(weights, others))
    if exact < 1e-290:
        assert band["p"] < 1e-280, f"band p: {band['p']} is not 0"
    elif exact < 1e-30:
        # so far out even the correlation of bins three apart (0.0009, left out by our table) moves p by a fifth
        near("logarithm of band p", np.log(band["p"]), np.log(exact), 1e-3)
    else:
        # ours is a saddlepoint formula
        near("band p", band["p"], exact, 0.03 if exact > 1e-6 else 0.1)

for one in case["detectable"]:
    n_eff, level = one["n_eff"], one["alpha"]
    critical = stats.f.isf(level, 2, 2 * n_eff - 2)
    c = one["msc"]
    power = stats.ncf.sf(critical, 2, 2 * n_eff - 2, 2 * n_eff * c / (1 - c))
    assert abs(power - 0.8) < 1e-6, f"power {power} at MSC {c}, {one}"

# group delay: weighted regression of the unwrapped phase
for one in case["delays"]:
    lo, hi = one["bins"]
    c, weight = C[lo - 1 : hi - 1], (C / (1 - C))[lo - 1 : hi - 1]
    phase = np.unwrap(np.angle(Sxy[lo:hi]))
    mean = np.sum(weight * f[lo:hi]) / np.sum(weight)
    slope = np.sum(weight * (f[lo:hi] - mean) * phase) / np.sum(weight * (f[lo:hi] - mean) ** 2)
    near("group delay", one["delay"], -slope / (2 * np.pi))
