"""Sends marker streams of every format over LSL with pylsl: the peer of tests/lsl_raw.rs.

markers.py SECONDS

Every stream, called by its format, sends one marker of two or three channels five times a second, all with one stamp. Prints "ready" once the outlets are there.
"""

import sys
import time

import pylsl

STAMP_SECS = 12345.678901234567
MARKERS = {
    "string": ["tone\ton", "", "x" * 5000],
    "int8": [-128, 127],
    "int16": [-32768, 32767],
    "int32": [-(2**31), 2**31 - 1],
    "int64": [-(2**63), 2**53 + 1],
    "float32": [0.5, 3.0],
    "double64": [0.1, -7.0],
}

outlets = []
for fmt, values in MARKERS.items():
    info = pylsl.StreamInfo(fmt, "Markers", len(values), 0, fmt, "m-" + fmt)
    info.desc().append_child_value("said_by", "markers.py")
    outlets.append((pylsl.StreamOutlet(info), values))
# numbers at a steady rate are no markers, nor are those of an amplifier that promises no rate
others = [pylsl.StreamOutlet(pylsl.StreamInfo(name, stype, 1, rate_hz, "float32", name)) for name, stype, rate_hz in (("steady", "Markers", 10), ("amp", "EEG", 0))]
print("ready", flush=True)

end = time.monotonic() + float(sys.argv[1])
while time.monotonic() < end:
    time.sleep(0.2)
    for outlet, values in outlets:
        outlet.push_sample(values, STAMP_SECS)
    for outlet in others:
        outlet.push_sample([1.0])
