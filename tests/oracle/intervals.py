"""Effective counts, intervals and flank fits: SciPy's distributions, and plain matrices in place of our recursions."""

import numpy as np
from scipy import special, stats

from closeness import agree, case

case = case()
n, hop, tapers = case["len"], case["hop"], np.array(case["tapers"])
gains = np.array(case["gains"])
hops, weights = np.array(case["hops"]), np.array(case["weights"])


def rho_sq(lag, bins):
    """Share-weighted squared correlation, from the tapers' definition as a sum over all pairs of tapers."""
    turn = np.exp(2j * np.pi * bins * np.arange(n) / n)
    early, late = (tapers * turn)[:, : n - lag], tapers[:, lag:]
    return (np.outer(gains, gains) * np.abs(early @ late.T) ** 2).sum() if lag < n else 0.0


lags = np.abs(hops[:, None] - hops[None, :]) * hop
share = np.outer(weights, weights) / weights.sum() ** 2
variance = [(share * np.vectorize(lambda lag: rho_sq(lag, m))(lags)).sum() for m in range(case["n_distances"])]
agree("variances by distance of bins", case["by_distance"], variance, rel=1e-8, floor=1e-9)
agree("n_eff", case["n_eff"], 1 / variance[0])

psd, dof = np.array(case["psd"]), 2 * case["n_eff"]
tail = 0.025
agree("interval of a bin", case["bin"], [psd[7] * dof / stats.chi2.ppf(1 - tail, dof), psd[7] * dof / stats.chi2.ppf(tail, dof)])

f = np.arange(len(psd)) * case["df_hz"]
lo, hi = case["band_hz"]
width = np.clip(np.minimum(f + case["df_hz"] / 2, hi) - np.maximum(f - case["df_hz"] / 2, lo), 0, None) / case["df_hz"]
x = width * psd
distance = np.abs(np.arange(len(psd))[:, None] - np.arange(len(psd))[None, :])
table = np.append(case["by_distance"], 0)
v = table[np.minimum(distance, len(table) - 1)]
band_dof = 2 * x.sum() ** 2 / (x @ v @ x)
agree("band dof", case["band_dof"], band_dof)

flanks = np.array(case["flank_bins"])
fit = np.polyfit(np.log(f[flanks]), np.log(psd[flanks]), 1)
inside = width > 0
background = np.exp(np.polyval(fit, np.log(f[inside])))
ratio = x.sum() / (width[inside] @ background)
agree("snr", case["snr"]["ratio"], ratio)
ones = np.zeros(len(psd))
ones[flanks] = 1
flank_dof = 2 * ones.sum() ** 2 / (ones @ v @ ones)
agree("flank dof", case["snr"]["flank_dof"], flank_dof)
bias = np.exp(special.digamma(case["n_eff"]) - np.log(case["n_eff"]))
agree("p of the snr", case["snr"]["p"], stats.f.sf(ratio * bias, band_dof, flank_dof), rel=1e-8)
change = 1.7
ends = [change / stats.f.ppf(1 - tail, band_dof, 33.0), change / stats.f.ppf(tail, band_dof, 33.0)]
agree("change against rest in dB", case["change_db"], 10 * np.log10(ends))
