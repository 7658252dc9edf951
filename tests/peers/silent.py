"""A marker stream that can be found and never answers: what a sender whose program hangs looks like. The peer of tests/live/raw.rs.

silent.py SECONDS

Answers when it is looked for, takes connections, and says nothing on them. Prints "ready", and after that a line for each connection.
"""

import sys
import threading
import time

from outlet_sockets import sockets

data, service = sockets()

INFO = f"""<?xml version="1.0"?>
<info><name>silent</name><type>Markers</type><channel_count>1</channel_count><channel_format>string</channel_format><source_id>silent</source_id>
<nominal_srate>0</nominal_srate><version>1.1</version><created_at>1000</created_at><uid>11111111-1111-4111-8111-111111111111</uid>
<session_id>default</session_id><hostname>here</hostname><v4address>127.0.0.1</v4address><v4data_port>{data.getsockname()[1]}</v4data_port>
<v4service_port>{service.getsockname()[1]}</v4service_port><v6address/><v6data_port>0</v6data_port><v6service_port>0</v6service_port><desc/></info>"""


def be_found():
    while True:
        query, sender = service.recvfrom(65536)
        lines = query.split(b"\r\n")
        if lines[0] == b"LSL:shortinfo":
            port, number = lines[2].split()[:2]
            service.sendto(number + b"\r\n" + INFO.encode(), (sender[0], int(port)))


def hang():
    connections = []
    while True:
        connections.append(data.accept())
        print("connected", flush=True)


print("ready", flush=True)
for body in (be_found, hang):
    threading.Thread(target=body, daemon=True).start()
time.sleep(float(sys.argv[1]))
