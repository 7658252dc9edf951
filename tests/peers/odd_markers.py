"""Marker streams as people send them, beside an EEG of two channels whose third is a trigger line: odd_markers.py SECONDS

From public reports: a string stream of type Marker that promises 10 Hz, three string channels, three double channels, int32, and markers that are empty, long, JSON, or hold
what steers a terminal. The trigger line has the high bits of a BioSemi status set and jumps by 65536; each second it holds another code for 10 ms, reached bit by bit.
Prints "ready" once the outlets are there.
"""

import json
import sys
import time

import numpy as np
import pylsl

RATE_HZ = 500
STREAMS = {
    "jsPsych": ("Marker", 10, "string", [["tone_on"], ["tone_off"]]),
    "Unity": ("Markers", 0, "string", [["", "start speech.wav", "true"]]),
    "Emotiv": ("Markers", 0, "double64", [[1.7e9, 5, 1.7e9]]),
    "PsychoPy": ("Markers", 0, "int32", [[1], [2]]),
    "odd": ("Markers", 0, "string", [[""], ["x" * 5000], ["Gr\u00f6\u00dfe \u65e5\u672c \x1b[31mred\n"], [json.dumps({"event": "start", "id": 3})]]),
}
outlets = []
for name, (stype, rate_hz, fmt, markers) in STREAMS.items():
    info = pylsl.StreamInfo(name, stype, len(markers[0]), rate_hz, fmt, "m-" + name)
    outlets.append((pylsl.StreamOutlet(info), markers))
info = pylsl.StreamInfo("Amp", "EXG", 3, RATE_HZ, "float32", "amp-0")
channels = info.desc().append_child("channels")
for label, unit, kind in (("C3", "uV", "EEG"), ("C4", "uV", "EEG"), ("Status", "", "EEG")):
    channel = channels.append_child("channel")
    for key, value in (("label", label), ("unit", unit), ("type", kind)):
        channel.append_child_value(key, value)
eeg = pylsl.StreamOutlet(info)
print("ready", flush=True)


def code(n):
    """1 to 255, one a second."""
    second, within = divmod(n, RATE_HZ)
    value = second % 255 + 1
    return np.select([within == 0, within < 5], [value & 0x0F, value], 0)


rng = np.random.default_rng(1)
start, sent, told = pylsl.local_clock(), 0, 0
while (elapsed := pylsl.local_clock() - start) < float(sys.argv[1]):
    n = np.arange(sent, int(elapsed * RATE_HZ))
    if len(n):
        values = 5 * rng.standard_normal((len(n), 3))
        values[:, 2] = 0x280000 + (n // 777 % 2) * 65536 + code(n)
        sent += len(n)
        eeg.push_chunk(np.ascontiguousarray(values, dtype=np.float32), start + (sent - 1) / RATE_HZ)
    if elapsed >= told + 1:
        for outlet, markers in outlets:
            outlet.push_sample(markers[told % len(markers)])
        told += 1
    time.sleep(0.02)
