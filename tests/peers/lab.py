"""Senders as laboratories have them, each after a public report or a fault that was seen: the peer of tests/live/faults.

lab.py CASE SECONDS [VALUE...]

Unless a case says otherwise, channels are called E1, E2 and so on, in microvolts, and carry a tone of 10 Hz and 10 uV rms in independent white noise of 0.5 uV, so little that it moves the
power of a few seconds by 0.5 %: the power from 8 to 11 Hz is 100 uV^2. The source id is the name of the case. Prints "ready" once the outlets are there.
"""

import sys
import threading
import time

import numpy as np
import pylsl

case, secs, *values = sys.argv[1:]
secs = float(secs)
random = np.random.default_rng(1)


def outlet(n_channels, rate_hz, name=None, source_id=None, stype="EEG"):
    """An outlet with described channels."""
    info = pylsl.StreamInfo(name or case, stype, n_channels, rate_hz, "float32", source_id or case)
    channels = info.desc().append_child("channels")
    for number in range(n_channels):
        channel = channels.append_child("channel")
        channel.append_child_value("label", f"E{number + 1}")
        channel.append_child_value("unit", "microvolts")
        channel.append_child_value("type", stype)
    return pylsl.StreamOutlet(info)


def eeg(first, n, rate_hz, n_channels, hz=10.0):
    tone = 10 * np.sqrt(2) * np.sin(2 * np.pi * hz * (first + np.arange(n)) / rate_hz)
    return tone[:, None] + 0.5 * random.standard_normal((n, n_channels))


def send(outlet, rate_hz, make, chunk=None, push=None):
    """Push chunks at the true rate until the time is over. `push(values, stamp of the last)` does it otherwise than by push_chunk."""
    chunk = chunk or max(1, round(rate_hz / 50))
    push = push or (lambda values, stamp: outlet.push_chunk(np.ascontiguousarray(values, np.float32), stamp))
    begin, first = pylsl.local_clock(), 0
    while first < secs * rate_hz:
        time.sleep(max(0.0, begin + (first + chunk) / rate_hz - pylsl.local_clock()))
        push(make(first, chunk, rate_hz), begin + (first + chunk - 1) / rate_hz)
        first += chunk


def rate(source_id, nominal_hz, true_hz, chunk, hz):
    """A wrong nominal rate. Chunks of one sample are stamped by liblsl when they are pushed."""
    nominal_hz, true_hz, chunk, hz = float(nominal_hz), float(true_hz), int(chunk), float(hz)
    out = outlet(4, nominal_hz, source_id=source_id)
    one_by_one = lambda values, _: out.push_sample(values[0].tolist())
    make = lambda first, n, _: eeg(first, n, true_hz, 4, hz=hz)
    return lambda: send(out, true_hz, make, chunk, one_by_one if chunk == 1 else None)


def equal_stamps(source_id, chunk_secs):
    """All samples of a chunk carry the time of its last."""
    out = outlet(4, 250, source_id=source_id)

    def push(values, stamp):
        for row in values.tolist():
            out.push_sample(row, stamp)

    return lambda: send(out, 250, lambda first, n, _: eeg(first, n, 250, 4), round(float(chunk_secs) * 250), push)


def stepped_clock(at_secs, step_secs):
    """The sender's clock steps while no sample is lost."""
    out = outlet(4, 250)
    at_secs, step_secs = float(at_secs), float(step_secs)
    begin = pylsl.local_clock()

    def push(values, stamp):
        out.push_chunk(np.ascontiguousarray(values, np.float32), stamp + (step_secs if stamp - begin > at_secs else 0))

    return lambda: send(out, 250, lambda first, n, _: eeg(first, n, 250, 4), None, push)


def counted():
    """The third channel numbers the samples from 0 to 255. Chunks are stamped when they come to be pushed, up to 80 ms late; 7 samples are lost after eight seconds,
    300 after ten, and 3 after eleven."""
    out = outlet(3, 250)
    holes = {8: 7, 10: 300, 11: 3}
    n_lost = 0

    def make(first, n, rate_hz):
        nonlocal n_lost
        n_lost += holes.pop(first // 250, 0)
        values = eeg(first + n_lost, n, rate_hz, 3)
        values[:, 2] = (first + n_lost + np.arange(n)) % 256
        return values

    def push(values, stamp):
        time.sleep(0.08 * random.random())
        out.push_chunk(np.ascontiguousarray(values, np.float32), max(stamp + n_lost / 250, pylsl.local_clock()))

    def go():
        begin, first = pylsl.local_clock(), 0
        while first < secs * 250:
            time.sleep(max(0.0, begin + (first + n_lost + 25) / 250 - pylsl.local_clock()))
            push(make(first, 25, 250), begin + (first + 24) / 250)
            first += 25

    return go


def unix_stamps():
    """Stamps are the computer's time of day; a stimulus beside it is on the LSL clock."""
    out = outlet(4, 250)
    envelope = outlet(1, 250, source_id="unix_stamps-envelope", stype="StimulusEnvelope")
    off_secs = time.time() - pylsl.local_clock()
    push = lambda values, stamp: out.push_chunk(np.ascontiguousarray(values, np.float32), stamp + off_secs)
    beside = lambda: send(envelope, 250, lambda first, n, _: np.abs(random.standard_normal((n, 1))))
    threading.Thread(target=beside, daemon=True).start()
    return lambda: send(out, 250, lambda first, n, _: eeg(first, n, 250, 4), None, push)


def amplifier(source_id, n_channels, rate_hz):
    """An ordinary one; what it is like differs from start to start."""
    n_channels, rate_hz = int(n_channels), float(rate_hz)
    out = outlet(n_channels, rate_hz, name="amplifier", source_id=source_id)
    return lambda: send(out, rate_hz, lambda first, n, _: eeg(first, n, rate_hz, n_channels))


def nan_packets():
    """Two of a hundred packets of one channel got lost on the air and are sent as NaN."""
    out = outlet(4, 256)

    def make(first, n, rate_hz):
        values = eeg(first, n, rate_hz, 4)
        if random.random() < 0.02:
            values[:, 1] = np.nan
        return values

    return lambda: send(out, 256, make, 12)


def nan_channel():
    """The fourth channel never holds a number."""
    out = outlet(4, 256)

    def make(first, n, rate_hz):
        values = eeg(first, n, rate_hz, 4)
        values[:, 3] = np.nan
        return values

    return lambda: send(out, 256, make)


def markers():
    """An EEG, and markers as integers, as numbers, as three fields of a sample, and as text that steers terminals."""
    kinds = {
        "integers": ("int32", [[1], [2]]),
        "floats": ("float32", [[0.5], [3.0]]),
        "fields": ("string", [["start", "speech.wav", "true"]]),
        "numbers": ("double64", [[7.25, 5, 1]]),
        "odd": ("string", [[""], ["x" * 5000], ["Größe \x1b[31mred\n\u202e"]]),
    }
    outs = [(pylsl.StreamOutlet(pylsl.StreamInfo(name, "Markers", len(sent[0]), 0, fmt, name)), sent) for name, (fmt, sent) in kinds.items()]

    def mark():
        number = 0
        while True:
            time.sleep(0.5)
            for out, sent in outs:
                out.push_sample(sent[number % len(sent)])
            number += 1

    threading.Thread(target=mark, daemon=True).start()
    return amplifier("markers", 2, 250)


go = globals()[case](*values)
print("ready", flush=True)
go()
