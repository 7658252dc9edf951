"""Read the three simulated streams for some seconds and print what was found as JSON.

Usage: read_simulated.py PREFIX SEED SECONDS
"""

import json
import sys
import xml.etree.ElementTree as ElementTree

import numpy as np
import pylsl

prefix, seed, seconds = sys.argv[1], sys.argv[2], float(sys.argv[3])


def open_stream(kind):
    found = pylsl.resolve_byprop("source_id", f"{prefix}-{seed}-{kind}", timeout=15)
    assert len(found) == 1, (kind, found)
    inlet = pylsl.StreamInlet(found[0], recover=False)
    inlet.open_stream(timeout=5)
    return inlet


def pull(inlet, until):
    values, stamps = [], []
    while pylsl.local_clock() < until:
        chunk, chunk_stamps = inlet.pull_chunk(timeout=0.05)
        values += chunk
        stamps += chunk_stamps
    return values, np.array(stamps)


def describe(inlet):
    info = inlet.info(timeout=5)
    return {
        "name": info.name(),
        "type": info.type(),
        "n_channels": info.channel_count(),
        "rate_hz": info.nominal_srate(),
        "format": int(info.channel_format()),
    }, ElementTree.fromstring(info.as_xml()).find("desc")


def timing(stamps):
    """Rate over the whole, largest step off the regular one, and age of the newest sample."""
    steps = np.diff(stamps)
    return {
        "n": len(stamps),
        "measured_hz": (len(stamps) - 1) / (stamps[-1] - stamps[0]),
        "worst_step_ms": float(1e3 * np.abs(steps - np.median(steps)).max()),
    }


inlets = {kind: open_stream(kind) for kind in ("eeg", "envelope", "markers")}
end = pylsl.local_clock() + seconds
report = {}
for kind, inlet in inlets.items():
    report[kind], desc = describe(inlet)
    if kind == "eeg":
        channels = desc.findall("channels/channel")
        report["labels"] = [channel.findtext("label") for channel in channels]
        report["units"] = [channel.findtext("unit") for channel in channels]
        report["cz_mm"] = [float(channels[0].findtext(f"location/{axis}")) for axis in "XYZ"]
        report["truth"] = {e.tag: e.text for e in desc.find("truth") if len(e) == 0}
        report["responses"] = [
            {e.tag: float(e.text) for e in response} for response in desc.findall("truth/response")
        ]
# Everything stays queued while one stream is pulled after the other.
eeg, eeg_stamps = pull(inlets["eeg"], end)
envelope, envelope_stamps = pull(inlets["envelope"], pylsl.local_clock() + 0.5)
markers, marker_stamps = pull(inlets["markers"], pylsl.local_clock() + 0.5)
report["eeg"] |= timing(eeg_stamps)
report["envelope"] |= timing(envelope_stamps)
report["markers"] |= {"texts": [text for (text,) in markers], "stamps": marker_stamps.tolist()}

# What was planted is measured on the samples that both streams have.
_, in_eeg, in_envelope = np.intersect1d(
    np.round(eeg_stamps * 1e5), np.round(envelope_stamps * 1e5), return_indices=True
)
y, x = np.array(eeg)[in_eeg], np.array(envelope)[in_envelope, 0]
report["n_common"] = len(x)
report["eeg_rms_uv"] = y.std(axis=0).tolist()
report["envelope_range"] = [float(x.min()), float(x.max())]
lo_hz, hi_hz = report["responses"][0]["lo_hz"], report["responses"][0]["hi_hz"]
f = np.fft.rfftfreq(len(x), 1 / 500)
taper = np.hanning(len(x))
X, Y = (np.fft.rfft(taper * (v - v.mean())) for v in (x, y[:, 0]))
band = (f > lo_hz) & (f < hi_hz)
sxy = np.conj(X) * Y
delays = np.arange(0, 0.2, 1e-4)
match = [(sxy[band] * np.exp(2j * np.pi * f[band] * delay)).sum().real for delay in delays]
report["delay_ms"] = float(1e3 * delays[int(np.argmax(match))])
report["gain_uv"] = float(max(match) / (np.abs(X[band]) ** 2).sum())
print(json.dumps(report))
