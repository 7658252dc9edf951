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
# the background in the band's middle as a weighted sum of the logarithms of the flanks' bins
at = np.log(f[flanks]) - np.log(f[flanks]).mean()
middle = (width[inside] * (np.log(f[inside]) - np.log(f[flanks]).mean())).sum() / width.sum()
pull = np.zeros(len(psd))
pull[flanks] = 1 / len(flanks) + middle * at / (at**2).sum()
flank_dof = 2 / (pull @ v @ pull)
agree("flank dof", case["snr"]["flank_dof"], flank_dof)
# under the null the band has the background's shape
null = np.zeros(len(psd))
null[inside] = width[inside] * background
null_dof = 2 * null.sum() ** 2 / (null @ v @ null)
apart = 2 / null_dof + 2 / flank_dof
own_share = (apart - 2 * (null / null.sum()) @ v @ pull) / apart
log_mean = lambda shape: special.digamma(shape) - np.log(shape)
bias = np.exp(log_mean(case["n_eff"]) - log_mean(flank_dof / own_share / 2))
p = stats.f.sf(ratio * bias, null_dof / own_share, flank_dof / own_share)
agree("p of the snr", case["snr"]["p"], p, rel=1e-8)
change = 1.7
ends = [change / stats.f.ppf(1 - tail, band_dof, 33.0), change / stats.f.ppf(tail, band_dof, 33.0)]
agree("change against rest in dB", case["change_db"], 10 * np.log10(ends))
