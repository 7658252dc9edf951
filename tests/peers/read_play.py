"""Reads what `efrscope play` sends and compares it with the files: read_play.py SOURCE_ID KIND SECONDS FOLDER

KIND is audio or envelope. The files are those that the markers name, WAV of 16 bits, in FOLDER. Prints "ready" once both streams are
open, then what was found as JSON.
"""

import json
import sys
import wave
from pathlib import Path
from urllib.parse import unquote

import numpy as np
import pylsl
from pylsl.util import LostError

source_id, kind, seconds, folder = sys.argv[1:5]


def open_stream(kind):
    found = pylsl.resolve_byprop("source_id", f"{source_id}-{kind}", timeout=20)
    assert len(found) == 1, (kind, found)
    inlet = pylsl.StreamInlet(found[0], recover=False)
    inlet.open_stream(timeout=5)
    return inlet


def read_file(name):
    with wave.open(str(Path(folder) / name)) as file:
        assert file.getsampwidth() == 2
        values = np.frombuffer(file.readframes(file.getnframes()), "<i2")
        return values.reshape(-1, file.getnchannels()) / 32768


inlets = {name: open_stream(name) for name in (kind, "markers")}
print("ready", flush=True)
data = {name: ([], []) for name in inlets}
end = pylsl.local_clock() + float(seconds)
while pylsl.local_clock() < end:
    for name, inlet in inlets.items():
        try:
            values, stamps = inlet.pull_chunk(timeout=0.02, max_samples=8192)
        except LostError:
            end = 0  # the player has ended
            continue
        data[name][0].extend(values)
        data[name][1].extend(stamps)

values, stamps = np.array(data[kind][0]), np.array(data[kind][1])
texts, marker_stamps = [text for (text,) in data["markers"][0]], data["markers"][1]
steps = np.diff(stamps)
report = {
    "n": len(stamps),
    "measured_hz": (len(stamps) - 1) / (stamps[-1] - stamps[0]),
    "worst_step_us": float(1e6 * np.abs(steps - np.median(steps)).max()),
    "texts": texts,
    "marker_secs": [stamp - marker_stamps[0] for stamp in marker_stamps],
    "first_secs": stamps[0] - marker_stamps[0],
    "last_secs": stamps[-1] - marker_stamps[0],
}
if kind == "audio":
    report["plays"], heard = [], np.zeros(len(stamps), bool)
    for text, stamp in zip(texts, marker_stamps):
        event, name, *fields = text.split(" ")
        if event not in ("start", "loop"):
            continue
        fields = dict(field.split("=") for field in fields)
        at = int(np.argmin(np.abs(stamps - stamp)))
        sign = {"+": 1, "-": -1}[fields["polarity"]]
        expected = sign * read_file(unquote(name))
        got = values[at : at + len(expected)]
        heard[at : at + len(expected)] = True
        report["plays"].append({
            "off_ms": 1e3 * (stamp - stamps[at]),
            "n": len(got),
            "is_whole": len(got) == len(expected),
            "error": float(np.abs(got - expected[: len(got)]).max()),
        })
    report["silence_peak"] = float(np.abs(values[~heard]).max())
else:
    power = np.maximum(values[:, 0], 0) ** 2
    report["centre_secs"] = float((power * (stamps - marker_stamps[0])).sum() / power.sum())
    report["peak"] = float(values.max())
print(json.dumps(report))
