"""Sends an EEG stream whose second channel is the very stamp of the sample: the peer of tests/lsl_raw.rs.

stamps.py SECONDS

100 Hz, double64, stamps with jitter on a clock 1000 s behind ours; each 50th stamp is not a number. Prints "ready" once the outlet is there.
"""

import random
import sys
import time

import pylsl

info = pylsl.StreamInfo("stamps", "EEG", 2, 100, "double64", "stamps")
info.desc().append_child_value("said_by", "stamps.py")
outlet = pylsl.StreamOutlet(info)
print("ready", flush=True)

start = pylsl.local_clock()
for number in range(int(100 * float(sys.argv[1]))):
    due = start + number / 100
    time.sleep(max(0.0, due - pylsl.local_clock()))
    stamp = float("nan") if number % 50 == 49 else due - 1000 + random.uniform(0, 0.003)
    outlet.push_sample([float(number), stamp], stamp)
