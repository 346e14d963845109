"""Connections, the clients that others see, passwords."""

import time

from recorder import count, kind, only, size

CLIENT_FIELDS = ("id", "addr", "laddr", "fd", "name", "age", "idle", "flags", "db", "sub", "psub", "ssub", "multi",
                 "qbuf",
                 "qbuf-free", "argv-mem", "multi-mem", "rbs", "rbp", "obl", "oll", "omem", "tot-mem", "events",
                 "cmd", "user",
                 "redir", "resp")
STEADY_FIELDS = ("name", "flags", "db", "sub", "psub", "ssub", "multi", "cmd", "user", "redir", "resp")


def client_fields(value):
    """The fields of a client's line that do not depend on the run, and which other ones there are."""
    return {"present": [name for name in CLIENT_FIELDS if name in value], **only(*STEADY_FIELDS)(value)}


def hello_fields(value):
    """HELLO's reply as a dictionary, without the version and the connection's number."""
    pairs = value if isinstance(value, dict) else dict(zip(value[::2], value[1::2]))
    return {key: kind(item) if key in (b"id", b"version") else item for key, item in pairs.items()}


def connections(s):
    """PING, ECHO, SELECT, HELLO, AUTH, RESET, QUIT."""
    r = s.run
    r("ping")
    s.raws("PING hello", "PING a b", "ECHO hello", "ECHO", "ECHO a b", "ping", "pInG Mixed")
    r("echo", b"\x00\xff")
    single = s.open("single", single_connection_client=True)
    r("select", 3, on=single)
    r("set", "a", "in 3", on=single)
    r("get", "a")
    r("select", 0, on=single)
    r("get", "a", on=single)
    r("select", 16, on=single)
    r("select", -1, on=single)
    s.raw("SELECT", "x", on=single)
    s.raw("SELECT", on=single)
    r("hello")
    s.raw("HELLO", on=single, normalise=hello_fields)
    s.raw("HELLO", s.protocol, "SETNAME", "greeted", on=single, normalise=hello_fields)
    r("client_getname", on=single)
    for words in (("HELLO", 1), ("HELLO", 4), ("HELLO", "x"), ("HELLO", s.protocol, "FOO"),
                  ("HELLO", s.protocol, "SETNAME"),
                  ("HELLO", s.protocol, "SETNAME", "two words"), ("HELLO", s.protocol, "AUTH", "nobody", "wrong")):
        s.raw(*words, on=single)
    r("auth", "password")
    r("auth", "password", username="default")
    r("auth", "password", username="nobody")
    s.raws("AUTH", "AUTH a b c")
    named = s.open("named", client_name="by-option", db=2)
    r("client_getname", on=named)
    r("client_info", on=named, normalise=lambda value: value["db"])
    r("reset", on=s.open("to reset", single_connection_client=True))
    r("quit", on=s.open("to quit", single_connection_client=True))
    wrong = s.open("wrong", password="not set")
    r("ping", on=wrong)
    wrong = s.open("nobody", username="nobody", password="wrong")
    r("ping", on=wrong)
    outside = s.open("outside", db=99)
    r("ping", on=outside)
    r("flushall")


def clients(s):
    """CLIENT and its subcommands."""
    r, client = s.run, s.client
    single = s.open("single", single_connection_client=True)
    r("client_id", normalise=size)
    r("client_getname", on=single)
    r("client_setname", "me", on=single)
    r("client_getname", on=single)
    r("client_setname", "two words", on=single)
    r("client_setname", "", on=single)
    r("client_getname", on=single)
    r("client_setname", "me", on=single)
    r("client_info", on=single, normalise=client_fields)
    r("client_list", normalise=lambda value: [client_fields(one) for one in value if one["name"] == "me"])
    r("client_list", _type="normal", normalise=lambda value: [one["name"] for one in value if one["name"] == "me"])
    r("client_list", _type="pubsub")
    r("client_list", _type="replica")
    r("client_list", _type="foo")
    s.call("client_list(client_id=[id])",
           lambda: client.client_list(client_id=[str(single.client_id())]),
           lambda value: [client_fields(one) for one in value])
    r("client_list", client_id=["999999"])
    s.raws("CLIENT LIST TYPE foo", "CLIENT LIST ID x", "CLIENT LIST FOO", "CLIENT", "CLIENT FOO", "CLIENT SETNAME",
           "CLIENT GETNAME x",
           "CLIENT ID x", "CLIENT INFO x")
    s.call("addresses",
           lambda: {name: client.client_info()[name].replace(s.path, "SOCKET") for name in ("addr", "laddr")})
    r("client_info",
      normalise=lambda value: {name: count(int(value[name])) for name in ("age", "idle", "qbuf", "omem", "fd")})
    listener = client.pubsub()
    listener.subscribe("a", "b")
    listener.psubscribe("c*")
    for _ in range(3):
        listener.get_message(timeout=1)
    r("client_list", _type="pubsub", normalise=lambda value: [client_fields(one) for one in value])
    listener.close()
    with client.pipeline() as pipe:
        pipe.watch("a")
        s.call("client_info in a transaction", lambda: (pipe.multi(), pipe.client_info(), pipe.execute())[2][0],
               client_fields)

    # Killing.
    def victim(label, kill):
        """Opens a connection, has it killed, and prints what both sides see."""
        wire = s.wire()
        identifier = int(wire.ask("CLIENT", "ID")[1:])
        wire.ask("CLIENT", "SETNAME", "victim")
        s.call(label, lambda: kill(identifier))
        s.call("what the victim reads", wire.read)
        wire.close()

    victim("client_kill_filter(_id=id)", lambda identifier: client.client_kill_filter(_id=identifier))
    victim("client_kill_filter(_id=id, _type='normal', skipme=True)",
           lambda identifier: client.client_kill_filter(_id=identifier, _type="normal", skipme=True))
    victim("client_kill_filter(_id=id, user='default')",
           lambda identifier: client.client_kill_filter(_id=identifier, user="default"))
    subscribed = s.wire()
    subscribed.ask("SUBSCRIBE", "x")
    r("client_kill_filter", _type="pubsub")
    s.call("what the subscriber reads", subscribed.read)
    subscribed.close()
    r("client_kill_filter", _id=999999)
    r("client_kill_filter", addr="1.2.3.4:5")
    r("client_kill_filter", laddr="1.2.3.4:5")
    r("client_kill_filter", _type="foo")
    r("client_kill_filter", user="nobody")
    r("client_kill_filter", _id=1, maxage=5)
    r("client_kill_filter")
    r("client_kill", "1.2.3.4:5")
    s.raws("CLIENT KILL", "CLIENT KILL ID x", "CLIENT KILL ID -1", "CLIENT KILL FOO x", "CLIENT KILL TYPE foo",
           "CLIENT KILL SKIPME x",
           "CLIENT KILL ID 1 SKIPME")

    r("client_no_evict", "ON")
    r("client_no_evict", "OFF")
    r("client_no_evict", "x")
    r("client_no_touch", "ON")
    r("client_setinfo", "LIB-NAME", "x")
    r("client_getredir")
    r("client_reply", "ON")
    r("client_reply", "x")
    for words in (("OFF",), ("SKIP",)):
        wire = s.wire()
        wire.send("CLIENT", "REPLY", *words)
        wire.send("PING")
        wire.send("SET", "silent", *words)
        s.ask(wire, "CLIENT", "REPLY", "ON")
        wire.close()
        r("get", "silent")

    # Paused.
    # A pause for all commands holds back the one that would end it, too.
    r("client_pause", 400)
    waiter = s.wait("get", "silent")
    time.sleep(0.05)
    s.call("a read while all are paused still waits", waiter.thread.is_alive)
    waiter.finish()
    started = time.monotonic()
    r("client_pause", 30)
    r("client_unpause")
    s.call("the end of a pause waited for it", lambda: time.monotonic() - started > 0.02)
    r("client_pause", 5000, all=False)
    r("get", "silent")
    waiter = s.wait("set", "silent", "written")
    time.sleep(0.05)
    s.call("a write while writes are paused still waits", waiter.thread.is_alive)
    r("get", "silent")
    r("client_unpause")
    waiter.finish()
    r("client_pause", "x")
    s.raws("CLIENT PAUSE -1", "CLIENT PAUSE 10 FOO", "CLIENT PAUSE", "CLIENT UNPAUSE x")
    r("client_list", normalise=lambda value: [one["name"] for one in value if one["name"] == "me"])


def passwords(s):
    """A password that is set while clients are connected."""
    r = s.run
    keeper = s.open("keeper", single_connection_client=True)
    r("ping", on=keeper)
    r("config_set", "requirepass", "secret", on=keeper)
    try:
        r("config_get", "requirepass", on=keeper)
        r("ping", on=s.open("without"))
        r("ping", on=s.open("wrong", password="wrong"))
        r("ping", on=s.open("right", password="secret"))
        r("ping", on=s.open("right by name", username="default", password="secret"))
        r("ping", on=s.open("another name", username="other", password="secret"))
        wire = s.wire(2)
        for line in ("PING", "GET a", "MULTI", "NOPE", "HELLO 3", "AUTH", "AUTH wrong", "AUTH default wrong",
                     "AUTH secret", "GET a"):
            s.ask(wire, *line.split())
        wire.close()
    finally:
        r("config_set", "requirepass", "", on=keeper)
    r("ping", on=s.open("after"))
