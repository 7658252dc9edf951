"""A stream whose full description is another stream's than its advertisement, or nested without end. The peer of tests/live/hostile.rs.

hostile.py PROPERTY SECONDS

PROPERTY is what the description says otherwise: nominal_srate, channel_count or channel_format; or desc, which is nested. Advertised are 8 channels of float32 at
500 Hz under a name that steers terminals. Prints "ready". Only queries of its own LSL session, named in LSLAPICFG, are answered.
"""

import configparser
import os
import sys
import threading
import time

from outlet_sockets import sockets

config = configparser.ConfigParser()
config.read(os.environ["LSLAPICFG"])
SESSION = config["lab"]["SessionID"].encode()
LIES = {"nominal_srate": "0", "channel_count": "16", "channel_format": "string", "desc": "<a>" * 100_000 + "</a>" * 100_000}

data, service = sockets()


def info(**lie):
    said = {"channel_count": "8", "channel_format": "float32", "nominal_srate": "500", "desc": ""} | lie
    stated = "".join(f"<{name}>{value}</{name}>" for name, value in said.items())
    return f"""<?xml version="1.0"?>
<info><name>&#27;[31mred\u202e</name><type>EEG</type>{stated}<source_id>hostile</source_id><version>1.1</version><created_at>1000</created_at>
<uid>22222222-2222-4222-8222-222222222222</uid><session_id>default</session_id><hostname>here</hostname><v4address>127.0.0.1</v4address>
<v4data_port>{data.getsockname()[1]}</v4data_port><v4service_port>{service.getsockname()[1]}</v4service_port><v6address/>
<v6data_port>0</v6data_port><v6service_port>0</v6service_port></info>""".encode()


def be_found():
    while True:
        query, sender = service.recvfrom(65536)
        lines = query.split(b"\r\n")
        if lines[0] == b"LSL:shortinfo" and SESSION in query:
            port, number = lines[2].split()[:2]
            service.sendto(number + b"\r\n" + info(), (sender[0], int(port)))


def describe():
    while True:
        connection, _ = data.accept()
        with connection, connection.makefile("rb") as asked:
            if asked.readline().startswith(b"LSL:fullinfo"):
                connection.sendall(info(**{sys.argv[1]: LIES[sys.argv[1]]}))


print("ready", flush=True)
for body in (be_found, describe):
    threading.Thread(target=body, daemon=True).start()
time.sleep(float(sys.argv[2]))
