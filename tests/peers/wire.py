"""Senders that speak LSL's protocol themselves, for what liblsl would not send: the peer of tests/live/faults.

wire.py MODE SECONDS

Sends 8 channels of float32 at 250 Hz, a tone of 10 Hz and 10 uV rms, unless MODE says otherwise (see MODES). The source id is the mode. Prints "ready". Only queries of
its own LSL session, named in LSLAPICFG, are answered.
"""

import configparser
import math
import os
import struct
import sys
import threading
import time

from outlet_sockets import sockets

config = configparser.ConfigParser()
config.read(os.environ["LSLAPICFG"])
SESSION = config["lab"]["SessionID"]
mode, secs = sys.argv[1], float(sys.argv[2])


def channels(n, label="E{}"):
    one = "<channel><label>{}</label><unit>microvolts</unit><type>EEG</type></channel>"
    return "<desc><channels>" + "".join(one.format(label.format(number + 1)) for number in range(n)) + "</channels></desc>"


# what the advertisement says, then what the full description holds
MODES = {
    "no-clock": ({}, channels(8)),  # nobody answers when asked for the time
    "no-description": ({}, None),  # the connection is taken, and nothing said
    "equal-labels": ({"n": 4096, "rate": 10}, channels(4096, "EEG")),
    "wide": ({"n": 1024, "rate": 500}, channels(1024)),
    "vast": ({"n": 16384, "rate": 500}, channels(16384)),
    "long": ({}, "<desc><x>" + "y" * 50_000_000 + "</x></desc>"),
    "many-channels": ({}, channels(100_000)),  # described, of 8
    "odd-labels": ({}, channels(8, "&#27;[31mE{}&#10;\u202e\u2066\u200f\u009b" + "L" * 3000)),
    "quote": ({"name": "O'Brien ]]&gt; &lt;script&gt;"}, channels(8)),
    "billion": ({"n": 1 << 30}, ""),
    "endless": ({"rate": "1e300"}, ""),
    "no-number": ({"rate": "nan"}, ""),
    "text": ({"n": 1_000_000, "fmt": "string"}, ""),
    "huge-name": ({"name": "N" * 40_000}, ""),
    "crowd": ({"count": 500}, channels(8)),
}
said, description = MODES[mode]
said = {"name": mode, "n": 8, "rate": 250, "fmt": "float32", "count": 1} | said
data, service = sockets()


def info(number=0, desc="<desc/>"):
    uid = f"33333333-3333-4333-8333-{number:012}"
    source_id = mode if said["count"] == 1 else f"{mode}-{number}"
    return f"""<?xml version="1.0"?>
<info><name>{said["name"]}</name><type>EEG</type><channel_count>{said["n"]}</channel_count><channel_format>{said["fmt"]}</channel_format>
<source_id>{source_id}</source_id><nominal_srate>{said["rate"]}</nominal_srate><version>1.1</version><created_at>{1000 + number}</created_at><uid>{uid}</uid>
<session_id>default</session_id><hostname>here</hostname><v4address>127.0.0.1</v4address><v4data_port>{data.getsockname()[1]}</v4data_port>
<v4service_port>{service.getsockname()[1]}</v4service_port><v6address/><v6data_port>0</v6data_port><v6service_port>0</v6service_port>{desc}</info>""".encode()


def be_found():
    while True:
        query, sender = service.recvfrom(65536)
        lines = query.split(b"\r\n")
        if lines[0] == b"LSL:shortinfo" and SESSION.encode() in query:
            port, query_id = lines[2].split()[:2]
            for number in range(said["count"]):
                service.sendto(query_id + b"\r\n" + info(number), (sender[0], int(port)))
                if number % 20 == 19:
                    time.sleep(0.002)  # so that none is dropped on the way
        elif lines[0] == b"LSL:timedata" and mode != "no-clock":
            wave, asked = lines[1].split()[:2]
            now = time.monotonic()
            service.sendto(b" %s %s %f %f" % (wave, asked, now, now), sender)


def feed(connection):
    n, rate_hz = said["n"], float(said["rate"])
    head = f"LSL/110 200 OK\r\nUID: 33333333-3333-4333-8333-{0:012}\r\nByte-Order: 1234\r\nSuppress-Subnormals: 0\r\nData-Protocol-Version: 110\r\n\r\n"
    pattern = lambda offset: [(number + offset) * (1 if number % 2 == 0 else -1) for number in range(n)]
    row = lambda stamp, values: b"\x02" + struct.pack(f"<d{n}f", stamp, *values)
    connection.sendall(head.encode() + row(123456.789, pattern(4)) + row(123456.789, pattern(2)))
    begin, sent = time.monotonic(), 0
    while True:
        due = int((time.monotonic() - begin) * rate_hz)
        tones = [10 * math.sqrt(2) * math.sin(2 * math.pi * 10 * number / rate_hz) for number in range(sent, due)]
        connection.sendall(b"".join(row(begin + (sent + at) / rate_hz, [tone] * n) for at, tone in enumerate(tones)))
        sent = due
        time.sleep(0.02)


def answer(connection):
    try:
        with connection, connection.makefile("rb") as asked:
            line = asked.readline()
            if description is None:
                time.sleep(secs)
            elif line.startswith(b"LSL:fullinfo"):
                connection.sendall(info(desc=description))
            elif line.startswith(b"LSL:streamfeed"):
                while asked.readline().strip():
                    pass
                feed(connection)
    except OSError:
        pass  # the reader has gone


def be_asked():
    while True:
        connection, _ = data.accept()
        threading.Thread(target=answer, args=(connection,), daemon=True).start()


print("ready", flush=True)
for body in (be_found, be_asked):
    threading.Thread(target=body, daemon=True).start()
time.sleep(secs)
