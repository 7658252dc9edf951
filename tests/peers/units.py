"""One 10 Hz tone of 10 uV rms in white noise of 0.5 uV, sent in ten units as devices write them: units.py SECONDS

Each channel is labelled by its unit, `counts` being those of an OpenBCI Cyton (0.02235 uV each). Prints "ready" once the outlet is there.
"""

import sys
import time

import numpy as np
import pylsl

RATE_HZ = 250
PER_UV = {
    "uVolt": 1,
    "\u00b5Volt": 1,
    "\u03bcV": 1,
    "V": 1e-6,
    "mVolt": 1e-3,
    "10^-6 V": 1,
    "microV": 1,
    "nVolt": 1e3,
    "counts": 1 / 0.02235,
    "0.1 uV": 10,
}

info = pylsl.StreamInfo("Units", "eeg ", len(PER_UV), RATE_HZ, "double64", "units")
channels = info.desc().append_child("channels")
for i, unit in enumerate(PER_UV):
    channel = channels.append_child("channel")
    # as people write it
    channel.append_child_value(("label", "Label", "name")[i % 3], unit)
    channel.append_child_value(("unit", "UNIT")[i % 2], unit)
    channel.append_child_value("type", ("EEG", "eeg", "ExG")[i % 3])
outlet = pylsl.StreamOutlet(info)

# one unit for the whole stream, labels as they stand, and FIFF's powers of ten: everything reads the same
described = pylsl.StreamInfo("Described", "Signal", 4, RATE_HZ, "double64", "described")
described.desc().append_child_value("Unit", "millivolts")
channels = described.desc().append_child("Channels")
channels.append_child_value("Channel", " Cz ")
channels.append_child("channel").append_child_value("Name", "Pz")
for label, unit, power in (("Oz", "V", "-6"), ("Fz", "", "-9 (FIFF_UNITM_N)")):
    channel = channels.append_child("channel")
    for key, value in (("label", label), ("unit", unit), ("unit_mul", power)):
        channel.append_child_value(key, value)
described = pylsl.StreamOutlet(described)
DESCRIBED_PER_UV = np.array([1e-3, 1e-3, 1, 1e3])
print("ready", flush=True)

per_uv = np.array(list(PER_UV.values()))
rng = np.random.default_rng(1)
start, sent = pylsl.local_clock(), 0
while (elapsed := pylsl.local_clock() - start) < float(sys.argv[1]):
    n = np.arange(sent, int(elapsed * RATE_HZ))
    if len(n):
        tone = 10 * np.sqrt(2) * np.sin(2 * np.pi * 10 * n / RATE_HZ)
        uv = tone[:, None] + 0.5 * rng.standard_normal((len(n), len(per_uv)))
        sent += len(n)
        outlet.push_chunk(np.ascontiguousarray(uv * per_uv), start + (sent - 1) / RATE_HZ)
        described.push_chunk(np.ascontiguousarray(uv[:, :4] * DESCRIBED_PER_UV), start + (sent - 1) / RATE_HZ)
    time.sleep(0.02)
