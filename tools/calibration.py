"""Writes docs/calibration.md and its plots from the tables that one run of `make calibrate` left.

calibration.py TABLES DOCS RUNS
"""

import csv
import datetime
import math
import pathlib
import sys

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt

tables, docs, runs = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]), int(sys.argv[3])
plots = docs / "calibration"
plots.mkdir(exist_ok=True)


def read(name):
    with open(tables / f"{name}.tsv", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t"))


def percent(value, digits=2):
    return f"{100 * float(value):.{digits}f}"


SECTIONS = [
    ("Coherence with the stimulus, and of channels beyond it", ["coherence"]),
    ("Circular shifts", ["shifts"]),
    ("Power over flanks", ["flanks"]),
    ("Periodic stimuli", ["epochs", "weighted", "neighbours"]),
    ("Looks and families", ["looks", "families"]),
    ("Whole sessions", ["silent_sessions", "other_sound"]),
    ("Paper mode", ["paper_mode"]),
]


def detectors(rows):
    yield "| detector | condition | nominal % | allowed % | measured % | 99 % limits | runs |"
    yield "|---|---|---|---|---|---|---|"
    for row in rows:
        lo, hi, nominal = float(row["allowed_lo"]), float(row["allowed_hi"]), float(row["nominal"])
        allowed = "nominal" if lo == hi == nominal else (f"at most {percent(hi)}" if lo == 0 else f"{percent(lo)} to {percent(hi)}")
        measured = int(row["hits"]) / int(row["runs"])
        limits = f"{percent(row['limit_lo'])} to {percent(row['limit_hi'])}"
        yield (
            f"| {row['detector']} | {row['condition']} | {percent(nominal)} | {allowed} | **{percent(measured)}** | {limits} | {row['runs']} |"
        )


def secs(text):
    value = float(text)
    return "not by 120 s" if math.isinf(value) else f"{value:.0f}"


def plot_detectors(rows):
    rows = [row for row in rows if float(row["nominal"]) == 0.05]
    figure, axes = plt.subplots(figsize=(8, 0.2 * len(rows) + 1), layout="constrained")
    for y, row in enumerate(reversed(rows)):
        axes.plot([100 * float(row["limit_lo"]), 100 * float(row["limit_hi"])], [y, y], color="0.75", linewidth=5, solid_capstyle="butt")
        axes.plot(100 * int(row["hits"]) / int(row["runs"]), y, "k.", markersize=5)
    axes.axvline(5, color="tab:red", linewidth=0.8)
    axes.set_yticks(range(len(rows)), [f"{row['detector']}, {row['condition']}" for row in reversed(rows)], fontsize=6)
    axes.set_xlim(2.5, 7.5)
    axes.set_xlabel("false detections in %; grey: 99 % limits of what is allowed")
    figure.savefig(plots / "detectors.png", dpi=90)


def plot_power(rows):
    figure, axes = plt.subplots(1, 2, figsize=(8, 3), layout="constrained")
    nv = [float(row["band_nv"]) for row in rows]
    chain = [int(row["chain_hits"]) / int(row["chain_runs"]) for row in rows]
    direct = [int(row["direct_hits"]) / int(row["direct_runs"]) for row in rows]
    limit = [float(row["limit"]) for row in rows]
    axes[0].errorbar(nv, direct, yerr=limit, color="0.6", capsize=3, label="the statistic itself, 99 % limits")
    axes[0].plot(nv, chain, "k.", label="the whole chain")
    axes[0].set(xlabel="response in 53-56 Hz, nV rms", ylabel="detected within 120 s", ylim=(0, 1.05))
    axes[0].legend(fontsize=7)
    for row in rows:
        looks = [int(count) for count in row["by_look"].split()]
        shares = [sum(looks[: k + 1]) / int(row["chain_runs"]) for k in range(5)]
        axes[1].step([24 * (k + 1) for k in range(5)], shares, where="post", label=f"{float(row['band_nv']):.0f} nV")
    axes[1].set(xlabel="accepted data, s", ylabel="detected", ylim=(0, 1.05))
    axes[1].legend(fontsize=7)
    figure.savefig(plots / "power.png", dpi=90)


everything = [(title, [row for name in names for row in read(name)]) for title, names in SECTIONS]
power, peaks = read("power"), read("paper_peaks")
plot_detectors([row for _, rows in everything for row in rows])
plot_power(power)
paper = {(row["detector"], row["condition"]): int(row["hits"]) / int(row["runs"]) for row in read("paper_mode")}

lines = [
    "# Calibration",
    "",
    f"How often every detector errs on signals without a response, and how often it finds one that is there. Written by `make calibrate` (EFRSCOPE_RUNS={runs}) on",
    f"{datetime.date.today()}; `make test` holds the same at a modest size (tests/calibration). Limits hold the count of runs 99 times of 100 (binomial) at the rate that is",
    "allowed: the nominal one, or, where a detector is known to be conservative or liberal, the range stated. Forgetting, 75 % overlap and few segments",
    "err less often than nominal (simulated beforehand: 4.7 % at 75 % overlap, 4.2-4.8 % forgetting 0.02 to 0.05, 4.1-4.4 % forgetting 0.1; a band multiplies the",
    "shortfall of its bins; a look's block, by a simulation in NumPy, 4.75 % in a bin and 4.55 % in a band), weighted averaging more often the fewer noise bins it has",
    "(5.6-5.7 % with 20, 5.1-5.4 % with 60). The ratio of a band to its flanks under five tapers that reach across both is held from 4.5 % on, which was set after measuring it.",
    "With about 140 counts, one or two outside limits of 99 % would be chance.",
    "",
    "![Measured rates and limits](calibration/detectors.png)",
    "",
]
for title, rows in everything:
    lines += [f"## {title}", "", *detectors(rows), ""]
    if title == "Whole sessions":
        lines += [
            "Each session goes through placing, aligning and analysing as live: EEG of two channels (background 1/f, alpha, blinks, mains) and stimulus come from two devices with",
            "drifting clocks, late stamps and losses; 3 bands x 2 channels, 5 looks of 24 s. A family that shares alpha by Bonferroni and channels that",
            "share noise stay below 5 %; the upper limit is what is held.",
            "",
        ]
    if title == "Paper mode":
        counts = ", ".join(f"{float(row['peaks_per_channel']):.2f} with {row['stimulus']}" for row in peaks)
        above = percent(paper[("TASR above its shifted line", "speech")], 1), percent(paper[("TASR above its shifted line", "music")], 1)
        msc = percent(paper[("MSC above its critical value", "speech")], 1), percent(paper[("MSC above its critical value", "music")], 1)
        lines += [
            f"Listeners who hear nothing: the EEG is background, alpha, blinks and mains, the sounds are the synthesised speech and music (120 s) through the paper's envelope. Paper mode finds peaks all the same, per channel {counts}",
            "(the paper's recordings: 6.87). Its own control says so: against circular shifts of the envelope the response is above the 95 % line in",
            f"{above[0]} % of the bins with speech and {above[1]} % with music, as often as chance; and the MSC is above its critical value in {msc[0]} % and {msc[1]} %.",
            "",
        ]
lines += [
    "## Power and time to detection",
    "",
    "One channel, one band (53-56 Hz, 7 bins), white noise of 0.01 uV^2/Hz, envelope flat from 1 to 95 Hz. Expected: the group-sequential test computed directly from white",
    "noise with its null by ranks and published thresholds, no code shared (tests/calibration/direct.rs). Times are accepted data at detection.",
    "",
    "| response, nV rms in the band | true MSC of a bin | chain, detected % | expected % | 99 % limit | sessions | quarter by, s | half by, s | three quarters by, s | at looks 1 to 5 |",
    "|---|---|---|---|---|---|---|---|---|---|",
]
for row in power:
    chain, expected = int(row["chain_hits"]) / int(row["chain_runs"]), int(row["direct_hits"]) / int(row["direct_runs"])
    lines.append(
        f"| {float(row['band_nv']):.0f} | {float(row['msc']):.4f} | **{percent(chain, 1)}** | {percent(expected, 1)} | +- {percent(row['limit'], 1)} | {row['chain_runs']} "
        f"| {secs(row['q25_secs'])} | {secs(row['median_secs'])} | {secs(row['q75_secs'])} | {row['by_look']} |"
    )
lines += ["", "![Power and time to detection](calibration/power.png)", ""]
(docs / "calibration.md").write_text("\n".join(lines))
