"""Recomputes the measures of efrscope::dsp::periodic, looks, holm and tails with NumPy and SciPy.

Reads a JSON list of cases {"measure": name, inputs..., "ours": {...}} from stdin; complex numbers are [re, im].
Exits with a message that names the measure where a number differs by more than 1e-9, relatively.
"""

import json
import sys

import numpy as np
from scipy import stats


def complex_array(pairs):
    pairs = np.asarray(pairs, float)
    return pairs[..., 0] + 1j * pairs[..., 1]


def tail(case):
    if case["kind"] == "f":
        return {"ln": stats.f.logsf(case["x"], case["d1"], case["d2"])}
    return {"ln": stats.chi2.logsf(case["x"], 2 * case["n"])}


def f_test(case):
    power = np.asarray(case["power"])
    noise = power[case["noise_bins"]]
    k, nb = case["n_averaged"], len(noise)
    f = power[case["signal"]] / noise.mean()
    return {
        "f": f,
        "ln_p": stats.f.logsf(f, 2 * k, 2 * k * nb),
        "snr_db": 10 * np.log10(f),
        "snr_unbiased": f * (k * nb - 1) / (k * nb) - 1,
    }


def locked(case):
    z = complex_array(case["z"])
    m = len(z)
    msc = abs(z.sum()) ** 2 / (m * (abs(z) ** 2).sum())
    t2circ = (m - 1) * abs(z.mean()) ** 2 / (abs(z - z.mean()) ** 2).sum()
    eigen = np.linalg.eigvalsh(np.cov(z.real, z.imag))
    index = np.sqrt(eigen[1] / eigen[0])
    return {
        "msc": msc,
        "t2circ": t2circ,
        "ln_p": stats.f.logsf(m * t2circ, 2, 2 * m - 2),
        "variance": np.var(z, ddof=1),
        "condition_index": index,
        # Mauchly's W = det / (trace/2)^2; P(W <= w) = w^((n - 1)/2) for two variates and n = m - 1
        "condition_ln_p": (m - 2) / 2 * np.log(eigen.prod() / eigen.mean() ** 2),
    }


def hotelling(case):
    columns = [complex_array(column) for column in case["z"]]
    x = np.column_stack([part for z in columns for part in (z.real, z.imag)])
    m, q = x.shape
    t2 = m * x.mean(0) @ np.linalg.solve(np.cov(x.T), x.mean(0))
    f = t2 * (m - q) / (q * (m - 1))
    return {"t2": t2, "f": f, "ln_p": stats.f.logsf(f, q, m - q)}


def rayleigh(case):
    z = complex_array(case["z"])
    m = len(z)
    r = abs(np.exp(1j * np.angle(z)).mean())
    zar = np.sqrt(1 + 4 * m + 4 * (m**2 - (m * r) ** 2)) - (1 + 2 * m)
    return {"phase_coherence": r, "p": np.exp(zar)}


def fisher(case):
    result = stats.combine_pvalues(case["p"], method="fisher")
    return {"statistic": result.statistic, "p": result.pvalue}


def weighted(case):
    z, v = complex_array(case["z"]), np.asarray(case["variance"])
    m, w = len(z), 1 / v
    mean = np.average(z, weights=w)
    residual = (w * abs(z - mean) ** 2).sum()
    f = (m - 1) * abs(mean) ** 2 * w.sum() / residual
    return {
        "re": mean.real,
        "im": mean.imag,
        "f": f,
        "ln_p": stats.f.logsf(f, 2, 2 * m - 2),
        "n_eff": w.sum() ** 2 / (w**2).sum(),
        "residual_noise_nv": 1000 * np.sqrt(residual / ((m - 1) * w.sum())),
    }


def amplitude(case):
    z = complex_array(case["z"])
    m, confidence = len(z), case["confidence"]
    mean, variance = z.mean(), np.var(z, ddof=1)
    radius = np.sqrt(stats.f.ppf(confidence, 2, 2 * m - 2) * variance / m)
    noise = case["residual_noise_nv"] / 1000
    return {
        "amplitude_uv": abs(mean),
        "corrected_uv": np.sqrt(max(0, abs(mean) ** 2 - noise**2)),
        "phase_rad": np.angle(mean),
        "radius_uv": radius,
        "phase_half_width_rad": np.arcsin(radius / abs(mean)),
    }


def epoch(case):
    x = np.asarray(case["x"])
    t = (np.arange(len(x)) + case["rounding"]) / case["sample_rate_hz"]
    basis = np.exp(-2j * np.pi * np.outer(case["hz"], t))
    z = 2 / len(x) * basis @ (x - x.mean())
    return {"re": z.real, "im": z.imag}


def polarity(case):
    positive, negative = complex_array(case["positive"]), complex_array(case["negative"])
    n = min(len(positive), len(negative))
    envelope, fine = (positive[:n] + negative[:n]) / 2, (positive[:n] - negative[:n]) / 2
    return {"env_re": envelope.real, "env_im": envelope.imag, "tfs_re": fine.real, "tfs_im": fine.imag}


def holm(case):
    p = np.asarray(case["p"])
    order = np.argsort(p)
    adjusted = np.empty_like(p)
    adjusted[order] = np.minimum(1, np.maximum.accumulate((len(p) - np.arange(len(p))) * p[order]))
    return {"adjusted": adjusted}


def looks_on_grid(alpha, futility, dx):
    """Truncate and convolve on a grid of step dx, the integrals by the trapezoid rule."""
    x = np.arange(0, 90, dx)
    density, reject, futile, floor = 0.5 * np.exp(-x / 2), [], [], 0.0
    for k, spent in enumerate(alpha):
        mass = np.concatenate([[0], np.cumsum((density[1:] + density[:-1]) / 2 * dx)])
        ceiling = np.interp(mass[-1] - spent, mass, x)
        if k < len(futility) and futility[k] > 0:
            floor = np.interp(futility[k], mass, x)
        reject.append(ceiling)
        futile.append(floor)
        grown = density * np.exp(x / 2)
        integral = np.concatenate([[0], np.cumsum((grown[1:] + grown[:-1]) / 2 * dx)])
        passed = np.clip(integral, np.interp(floor, x, integral), np.interp(ceiling, x, integral))
        density = 0.5 * np.exp(-x / 2) * (passed - passed[0])
    return np.array(reject), np.array(futile)


def looks(case):
    alpha = np.asarray(case["alpha"]) / case["n_family"]
    reject, futile = looks_on_grid(alpha, case["futility"], 0.0005)
    return {"reject_at": reject, "futile_below": futile}


MEASURES = {
    f.__name__: f
    for f in (
        tail, f_test, locked, hotelling, rayleigh, fisher, weighted, amplitude, epoch, polarity, holm, looks,
    )
}
# the grid is the less exact one here
TOLERANCE = {"looks": 1e-6}


def main():
    complaints = []
    cases = json.load(sys.stdin)
    for i, case in enumerate(cases):
        measure = case["measure"]
        tolerance = TOLERANCE.get(measure, 1e-9)
        theirs = MEASURES[measure](case)
        assert set(theirs) == set(case["ours"]), f"{measure}: fields differ: {set(theirs) ^ set(case['ours'])}"
        for field, expected in theirs.items():
            ours, expected = np.asarray(case["ours"][field], float), np.asarray(expected, float)
            scale = np.max(np.abs(expected), initial=0)
            if ours.shape != expected.shape or not np.all(np.abs(ours - expected) <= tolerance * scale):
                complaints.append(f"{measure}.{field} (case {i}): ours {ours}, theirs {expected}")
    if not cases:
        complaints.append("no cases")
    sys.exit("\n".join(complaints) if complaints else 0)


if __name__ == "__main__":
    main()
