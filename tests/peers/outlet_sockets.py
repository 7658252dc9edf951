"""Sockets where LSL looks for an outlet, for peers that are none."""

import configparser
import os
import socket


def sockets():
    """A listening TCP socket for data and a UDP socket on the first free service port of the session, both on the loopback."""
    config = configparser.ConfigParser()
    config.read(os.environ["LSLAPICFG"])
    first = config.getint("ports", "BasePort", fallback=16572)
    data = socket.socket()
    data.bind(("127.0.0.1", 0))
    data.listen()
    service = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    for port in range(first, first + 32):
        try:
            service.bind(("127.0.0.1", port))
            break
        except OSError:
            pass
    return data, service
