"""Read a simulated EEG stream and a stimulus for some seconds; print how they came and how the one follows the other, as JSON.

Usage: read_links.py EEG_SOURCE_ID STIMULUS_SOURCE_ID SECONDS LO_HZ HI_HZ

The response is looked for in the last five seconds, in the stimulus envelope's content from LO_HZ to HI_HZ (from 0: all below HI_HZ).
"""

import json
import sys
import xml.etree.ElementTree as ElementTree

import numpy as np
import pylsl
from scipy import signal
from scipy.interpolate import CubicSpline

source_ids, seconds = sys.argv[1:3], float(sys.argv[3])
lo_hz, hi_hz = float(sys.argv[4]), float(sys.argv[5])


def open_stream(source_id):
    found = pylsl.resolve_byprop("source_id", source_id, timeout=20)
    assert len(found) == 1, (source_id, found)
    inlet = pylsl.StreamInlet(found[0], recover=False)
    inlet.open_stream(timeout=5)
    return inlet


inlets = [open_stream(source_id) for source_id in source_ids]
values, stamps, ages = [[], []], [[], []], [[], []]
end = pylsl.local_clock() + seconds
while pylsl.local_clock() < end:
    for i, inlet in enumerate(inlets):
        chunk, chunk_stamps = inlet.pull_chunk(timeout=0.01, max_samples=65536)
        values[i] += chunk
        stamps[i] += chunk_stamps
        if chunk_stamps:
            ages[i].append(pylsl.local_clock() - chunk_stamps[-1])
values, stamps = [np.array(v) for v in values], [np.array(s) for s in stamps]


def describe(inlet):
    info = inlet.info(timeout=5)
    desc = ElementTree.fromstring(info.as_xml()).find("desc")
    channel = desc.find("channels/channel")
    return {
        "type": info.type(),
        "rate_hz": info.nominal_srate(),
        "channel": {e.tag: e.text for e in channel if len(e) == 0},
        "link": {e.tag: float(e.text) for e in desc.find("truth/link")},
        "truth": {e.tag: e.text for e in desc.find("truth") if len(e) == 0},
        "n_responses": len(desc.findall("truth/response")),
    }


def timing(stamps, nominal_hz):
    """Stamps on the line fitted through them, and what they tell: samples lost by their steps, the drift by the slope."""
    steps = np.diff(stamps)
    numbers = np.concatenate([[0], np.cumsum(np.round(steps / np.median(steps)))])
    period, first = np.polyfit(numbers, stamps - stamps[0], 1)
    fitted = stamps[0] + first + period * numbers
    missing = np.round(steps / np.median(steps)).astype(int) - 1
    return fitted, {
        "n": len(stamps),
        "secs": float(stamps[-1] - stamps[0]),
        "drift_ppm": float(1e6 * (1 / period / nominal_hz - 1)),
        "residual_ms": float(1e3 * (stamps - fitted).std()),
        "gaps": missing[missing > 0].tolist(),
    }


report = {}
for i, name in enumerate(["eeg", "stimulus"]):
    report[name] = describe(inlets[i])
    stamps[i], found = timing(stamps[i], report[name]["rate_hz"])
    report[name] |= found
    report[name]["median_age_ms"] = float(1e3 * np.median(ages[i]))

rate_hz = report["stimulus"]["rate_hz"]
sound = values[1][:, 0]
report["stimulus"]["highest"] = float(np.abs(sound).max())
if report["stimulus"]["type"] == "Audio":
    sound = np.abs(signal.hilbert(sound))
if lo_hz == 0:
    sections = signal.butter(4, hi_hz, "lowpass", fs=rate_hz, output="sos")
else:
    sections = signal.butter(3, [lo_hz, hi_hz], "bandpass", fs=rate_hz, output="sos")
envelope = CubicSpline(stamps[1], signal.sosfiltfilt(sections, sound - sound.mean()))
last = (stamps[0] > stamps[0][-1] - 6) & (stamps[0] < min(stamps[0][-1], stamps[1][-1]) - 1)
y = values[0][last, 0]
delays = np.arange(-0.05, 0.2, 1e-4)
match = [np.corrcoef(envelope(stamps[0][last] - delay), y)[0, 1] for delay in delays]
best = int(np.argmax(match))
report["delay_ms"] = float(1e3 * delays[best])
report["correlation"] = float(match[best])
report["eeg_rms_uv"] = float(y.std())
print(json.dumps(report))
