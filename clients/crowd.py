"""A crowd that misbehaves: half-open, slow, half-said and deaf connections to the ports it is given, until told to stop.

`crowd.py COUNT PORT... ` holds COUNT connections, spread over the ports; whoever is turned away comes again. It says
`ready` once each was tried, ends when its standard input ends, and says what became of them.
"""

import select
import socket
import struct
import sys

# One round over all of them takes this long at least, in milliseconds, so that the crowd does not win by noise alone.
ROUND_MS = 1000


def frame(*fields):
    payload = b"".join(str(field).encode() + b"\0" for field in fields)
    return struct.pack(">I", len(payload)) + payload


def greeting():
    offered = b"v157..178"
    return b"API\0" + struct.pack(">I", len(offered)) + offered


HTTP = b"GET / HTTP/1.1\r\nHost: localhost\r\nX-Slow: " + b"a" * 4000


class One:
    """A connection with one bad habit."""

    def __init__(self, number, port):
        self.number, self.port, self.socket, self.sent = number, port, None, 0
        self.habit = ["silent", "slow", "half", "deaf", "web"][number % 5]

    def open(self, counts):
        self.socket = socket.socket()
        self.socket.setblocking(False)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        self.socket.connect_ex(("127.0.0.1", self.port))
        self.sent = 0
        counts["opened"] += 1

    def say(self, data):
        try:
            return self.socket.send(data)
        except BlockingIOError:
            return 0

    def act(self, counts):
        """One step; a connection that was ended is opened anew at the next round."""
        if self.socket is None:
            self.open(counts)
            return
        try:
            if self.habit == "silent":
                pass
            elif self.habit == "slow":
                self.sent += self.say(greeting()[self.sent : self.sent + 1] or b"\0")
            elif self.habit == "web":
                self.sent += self.say(HTTP[self.sent : self.sent + 1])
            elif self.habit == "half":
                if self.sent == 0:
                    self.sent += self.say(greeting() + struct.pack(">I", 60_000) + b"71\0")
            elif self.sent == 0:
                self.sent += self.say(greeting() + frame(71, 2, self.number, ""))
            else:
                # Asks on and on, and reads nothing of what it is told.
                self.sent += self.say(frame(16, 1) + frame(61, 1))
            if self.habit != "deaf" and not self.socket.recv(4096):
                raise ConnectionError
        except BlockingIOError:
            counts["held"] += 1
        except OSError:
            counts["ended"] += 1
            self.socket.close()
            self.socket = None


def main():
    count, ports = int(sys.argv[1]), [int(port) for port in sys.argv[2:]]
    # An index of its own for habit and port, so that each habit meets each port.
    crowd = [One(number, ports[number // 5 % len(ports)]) for number in range(count)]
    counts = {"opened": 0, "ended": 0, "held": 0}
    rounds, burst = 0, max(1, count // ROUND_MS)
    while True:
        counts["held"] = 0
        for at in range(0, count, burst):
            for one in crowd[at : at + burst]:
                one.act(counts)
            if select.select([sys.stdin], [], [], 0.001)[0]:
                print(counts["opened"], counts["ended"], rounds, flush=True)
                return
        rounds += 1
        if rounds == 3:
            print("ready", flush=True)


main()
