"""Sockets where LSL looks for an outlet, for peers that are none."""

import socket


def sockets():
    """A listening TCP socket for data and a UDP socket on the first free service port, both on the loopback."""
    data = socket.socket()
    data.bind(("127.0.0.1", 0))
    data.listen()
    service = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    for port in range(16572, 16604):
        try:
            service.bind(("127.0.0.1", port))
            break
        except OSError:
            pass
    return data, service
