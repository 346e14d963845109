"""Calls a server through a client library and prints what came back."""

import datetime
import hashlib
import json
import math
import socket
import threading
import time

# A server that does not answer costs a line with an error, not the session.
TIMEOUT = 5
# Longer values are printed as their length and hash.
LONG = 400


def text(key):
    """A dictionary's key as text."""
    return key if isinstance(key, str) else repr(key)


def plain(value):
    """A value as JSON can hold it: bytes by their repr, sets sorted, dictionaries by key."""
    if value is None or isinstance(value, (bool, int)):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    if isinstance(value, str):
        return value
    if isinstance(value, (bytes, bytearray)):
        if len(value) > LONG:
            return f"{len(value)} bytes with SHA-1 {hashlib.sha1(value).hexdigest()}"
        return repr(bytes(value))
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if isinstance(value, (set, frozenset)):
        return ordered(value)
    if isinstance(value, dict):
        return {text(key): plain(value[key]) for key in sorted(value, key=text)}
    if isinstance(value, Exception):
        return f"{type(value).__name__}: {value}"
    if isinstance(value, datetime.datetime):
        return "datetime"
    return type(value).__name__


# Normalisers: each takes a result and returns what is printed for it.


def ordered(values):
    """The values in an order that does not depend on the server's."""
    if values is None:
        return None
    return sorted((plain(value) for value in values), key=json.dumps)


def kind(value):
    """The name of the value's type."""
    return type(value).__name__


def size(value):
    """Whether the value is a positive integer."""
    if isinstance(value, int) and not isinstance(value, bool) and value > 0:
        return "int > 0"
    return value


def count(value):
    """Whether the value is an integer from 0 on."""
    if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
        return "int >= 0"
    return value


def about(expected, slack=5):
    """A normaliser of times to live, which lose up to `slack` while the session runs."""
    def normalise(value):
        if isinstance(value, int) and expected - slack <= value <= expected:
            return f"about {expected}"
        return value
    return normalise


def only(*names):
    """A normaliser that keeps these fields of a dictionary."""
    def normalise(value):
        return {name: value.get(name, "missing") for name in names}
    return normalise


def kinds(*names):
    """A normaliser that keeps the types of these fields of a dictionary."""
    def normalise(value):
        return {name: kind(value[name]) if name in value else "missing" for name in names}
    return normalise


def members_of(*allowed, distinct=False):
    """A normaliser of random picks: their number, and whether they are all allowed."""
    def normalise(value):
        picks = value if isinstance(value, (list, set, tuple)) else [value]
        stray = [pick for pick in picks if pick not in allowed]
        if stray:
            return {"not among those allowed": stray}
        if distinct and len(set(picks)) != len(picks):
            return {"repeated": picks}
        return f"{len(picks)} among those allowed"
    return normalise


def shortened(argument):
    """An argument as Python would write it, cut if it is long."""
    written = repr(argument)
    return written if len(written) <= LONG else f"{written[:40]}... ({len(written)} characters)"


def described(name, arguments, options):
    """A call as Python would write it."""
    parts = [shortened(argument) for argument in arguments]
    parts += [f"{option}={shortened(value)}" for option, value in options.items()]
    return f"{name}({', '.join(parts)})"


def request(*words):
    """A command in the protocol's form."""
    parts = [f"*{len(words)}\r\n".encode()]
    for word in words:
        word = word if isinstance(word, bytes) else str(word).encode()
        parts.append(f"${len(word)}\r\n".encode() + word + b"\r\n")
    return b"".join(parts)


class Wire:
    """A connection without a client library: replies are the bytes that came."""

    def __init__(self, path, protocol=2):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(TIMEOUT)
        self.socket.connect(path)
        self.file = self.socket.makefile("rb")
        if protocol == 3:
            self.ask("HELLO", 3)

    def send(self, *words):
        self.socket.sendall(request(*words))

    def read(self):
        """The bytes of one reply, or what came before the end of the connection."""
        try:
            line = self.file.readline()
            mark, rest = line[:1], line[1:].strip()
            if mark in (b"$", b"=", b"!") and rest != b"-1":
                return line + self.file.read(int(rest) + 2)
            if mark in (b"*", b"~", b">", b"%", b"|") and rest != b"-1":
                number = int(rest) * (2 if mark in (b"%", b"|") else 1)
                return line + b"".join(self.read() for _ in range(number))
            return line or b"end"
        except ConnectionError:
            # The end of a connection shows in one of two ways, by what was
            # still unread at the server.
            return b"end"

    def ask(self, *words, replies=1):
        self.send(*words)
        return b"".join(self.read() for _ in range(replies))

    def close(self):
        self.file.close()
        self.socket.close()


class Waiter:
    """A call in a thread of its own; its line is printed by `finish`."""

    def __init__(self, session, label, function, normalise):
        self.session, self.label, self.normalise = session, label, normalise
        self.function = function
        self.outcome = None
        self.thread = threading.Thread(target=self.work, daemon=True)
        self.thread.start()

    def work(self):
        try:
            self.outcome = (self.function(), None)
        except Exception as error:
            self.outcome = (None, error)

    def replay(self):
        self.thread.join(2 * TIMEOUT)
        if self.outcome is None:
            raise TimeoutError("still waiting")
        result, error = self.outcome
        if error is not None:
            raise error
        return result

    def finish(self):
        return self.session.call(self.label, self.replay, self.normalise)


class Session:
    """Numbers the calls and prints their lines."""

    def __init__(self, library, path, protocol, folder, output):
        self.library, self.path, self.protocol = library, path, protocol
        self.folder, self.output = folder, output
        self.number = 0
        self.used = set()
        self.clients = []
        self.base = getattr(library, "Valkey" if library.__name__ == "valkey" else "Redis")
        self.client_class = self.observed()
        self.client = self.open("")

    def observed(self):
        """The library's class of clients, noting which methods are looked up."""
        used = self.used

        class Client(self.base):
            def __getattribute__(self, name):
                used.add(name)
                return super().__getattribute__(name)

        return Client

    def offered(self):
        """The names of the library's methods that send commands."""
        package = self.library.__name__
        for base in self.base.__mro__:
            if base.__module__.startswith((package + ".commands", package + ".client")):
                for name, member in vars(base).items():
                    if not name.startswith("_") and callable(member):
                        yield name

    def open(self, name, **options):
        """A client with connections of its own, printed under this name."""
        client = self.client_class(unix_socket_path=self.path, protocol=self.protocol,
                                   **{"socket_timeout": TIMEOUT, **options})
        client.printed_name = name
        self.clients.append(client)
        return client

    def wire(self, protocol=None):
        """A connection without the library, in the session's protocol by default."""
        return Wire(self.path, protocol or self.protocol)

    def close(self):
        for client in self.clients:
            try:
                client.close()
            except Exception:
                # The server may be gone already.
                pass

    def told(self, error):
        """An error's type and text, without the path of the socket."""
        return plain(error).replace(self.path, "SOCKET")

    def call(self, label, function, normalise=None):
        """Prints the line of one call, and returns the call's result; never raises."""
        self.number += 1
        line = {"n": self.number, "call": label}
        result = None
        try:
            result = function()
            line["result"] = plain(normalise(result) if normalise else result)
        except Exception as error:
            line["error"] = self.told(error)
        print(json.dumps(line), file=self.output, flush=True)
        return result

    def run(self, method, *arguments, on=None, normalise=None, **options):
        """Calls a method of a client, labelled as Python would write it."""
        client = on or self.client
        name = f"{client.printed_name}.{method}" if client.printed_name else method
        return self.call(described(name, arguments, options),
                         lambda: getattr(client, method)(*arguments, **options), normalise)

    def raw(self, *words, on=None, normalise=None):
        """Sends a command in words of its own."""
        return self.run("execute_command", *words, on=on, normalise=normalise)

    def each(self, method, *rows, **options):
        """Calls a method once for each row of arguments."""
        for row in rows:
            self.run(method, *row, **options)

    def raws(self, *lines):
        """Sends commands that are written as lines of words without spaces in them."""
        for line in lines:
            self.raw(*line.split())

    def offered_run(self, method, *arguments, **options):
        """Calls a method that only one of the libraries has."""
        if hasattr(self.client, method):
            self.run(method, *arguments, **options)

    def ask(self, wire, *words, replies=1, normalise=None):
        """Prints the bytes of a command's replies."""
        return self.call("wire " + " ".join(map(str, words)),
                         lambda: wire.ask(*words, replies=replies), normalise)

    def wait(self, method, *arguments, on=None, normalise=None, **options):
        """Starts a call in a thread, on a client of its own unless told otherwise."""
        client = on or self.open("waiter")
        label = described(f"{client.printed_name}.{method}", arguments, options)
        return Waiter(self, label, lambda: getattr(client, method)(*arguments, **options), normalise)

    def until(self, condition, seconds=2):
        """Waits for a condition, and tells whether it came."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            try:
                if condition():
                    return True
            except Exception:
                # The line of the next call will tell what is wrong.
                return False
            time.sleep(0.005)
        return False

    def until_blocked(self, number):
        """Waits until this many clients are blocked."""
        return self.until(lambda: self.client.info("clients")["blocked_clients"] == number)

    def encoding(self, key):
        self.run("object", "encoding", key)

    def digest(self):
        """Prints the digest of the whole data set, which every difference of data changes."""
        self.raw("DEBUG", "DIGEST")

    def family(self, name, function):
        """Runs one family on an empty server."""
        self.call(f"flushall() before {name}", self.client.flushall)
        try:
            function(self)
        except Exception as error:
            # A step between two calls failed; the other families go on.
            self.number += 1
            line = {"n": self.number, "call": f"the rest of {name}", "error": self.told(error)}
            print(json.dumps(line), file=self.output, flush=True)
