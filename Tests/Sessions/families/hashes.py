"""Hashes."""

from recorder import members_of, ordered


def hashes(s):
    """Every command on hashes."""
    r = s.run
    r("hset", "h", "a", "1")
    r("hset", "h", "a", "2")
    r("hset", "h", mapping={"b": "2", "c": "3"})
    r("hset", "h", "d", "4", mapping={"e": "5"}, items=["f", "6"])
    r("hset", "h")
    r("hmset", "h", {"g": "7", "a": "0"})
    r("hget", "h", "a")
    r("hget", "h", "missing")
    r("hget", "missing", "a")
    r("hmget", "h", "a", "missing", "b")
    r("hmget", "h", ["a", "g"])
    r("hmget", "missing", "a", "b")
    r("hgetall", "h")
    r("hgetall", "missing")
    r("hkeys", "h", normalise=ordered)
    r("hvals", "h", normalise=ordered)
    r("hkeys", "missing")
    r("hvals", "missing")
    r("hlen", "h")
    r("hlen", "missing")
    r("hexists", "h", "a")
    r("hexists", "h", "missing")
    r("hexists", "missing", "a")
    r("hstrlen", "h", "a")
    r("hstrlen", "h", "missing")
    r("hsetnx", "h", "a", "x")
    r("hsetnx", "h", "n", "x")
    r("hdel", "h", "a", "missing", "b")
    r("hdel", "h", "missing")
    r("hdel", "missing", "a")
    r("hset", "one", "f", "v")
    r("hdel", "one", "f")
    r("exists", "one")
    r("hset", "h", "", "")
    r("hget", "h", "")
    r("hset", "h", b"\x00\xff", b"\r\n")
    r("hgetall", "h")

    r("hincrby", "n", "i")
    r("hincrby", "n", "i", 41)
    r("hincrby", "n", "i", -100)
    r("hset", "n", "big", "9223372036854775807")
    r("hincrby", "n", "big", 1)
    r("hset", "n", "text", "abc")
    r("hincrby", "n", "text", 1)
    r("hincrbyfloat", "n", "text", 1)
    r("hincrbyfloat", "n", "f", 10.5)
    r("hincrbyfloat", "n", "f", 0.1)
    r("hincrbyfloat", "n", "i", 0.5)
    r("hincrby", "n", "i", 1)
    s.raws("HINCRBYFLOAT n f 1e20", "HINCRBYFLOAT n f inf", "HINCRBYFLOAT n f nan", "HINCRBYFLOAT n f x",
           "HINCRBYFLOAT n f 2.0e2", "HINCRBY n i x", "HINCRBY n i 1.5", "HGET n f")

    names = {f"f{i}".encode(): f"v{i}".encode() for i in range(5)}
    r("hset", "rand", mapping=names)
    r("hrandfield", "rand", normalise=members_of(*names))
    r("hrandfield", "rand", 3, normalise=members_of(*names, distinct=True))
    r("hrandfield", "rand", 100, normalise=ordered)
    r("hrandfield", "rand", -20, normalise=members_of(*names))
    r("hrandfield", "rand", 0)
    # Protocol 3 gives pairs, protocol 2 a flat list.
    r("hrandfield", "rand", 100, withvalues=True, normalise=lambda value: [type(value[0]).__name__, ordered(
        value if isinstance(value[0], list) else zip(value[::2], value[1::2]))])
    r("hrandfield", "missing")
    r("hrandfield", "missing", 5)
    r("hset", "single", "f", "v")
    r("hrandfield", "single", -3, withvalues=True)
    s.raws("HRANDFIELD rand x", "HRANDFIELD rand 1 FOO", "HRANDFIELD rand -9223372036854775808 WITHVALUES")

    large = {f"field:{i}": "v" * (i % 90) for i in range(1000)}
    s.client.hset("large", mapping=large)
    r("hlen", "large")
    s.encoding("large")
    r("hmget", "large", "field:0", "field:1", "field:999", "field:1000")
    s.call("hgetall large holds what was written",
           lambda: s.client.hgetall("large") == {key.encode(): value.encode() for key, value in large.items()})
    r("hdel", "large", *(f"field:{i}" for i in range(990)))
    r("hgetall", "large")
    s.encoding("large")

    r("set", "string", "x")
    for method, arguments in (
            ("hset", ("a", "1")), ("hget", ("a",)), ("hmget", ("a",)), ("hgetall", ()), ("hkeys", ()), ("hvals", ()),
            ("hlen", ()), ("hexists", ("a",)), ("hstrlen", ("a",)), ("hsetnx", ("a", "1")), ("hdel", ("a",)),
            ("hincrby", ("a",)), ("hincrbyfloat", ("a",)), ("hrandfield", ()), ("hscan", ()), ("hmset", ({"a": 1},))):
        r(method, "string", *arguments)
    s.raws("HSET h a", "HSET h a 1 b", "HMSET h a", "HMSET h a 1 b", "HGET h", "HDEL h", "HLEN", "HGETALL h x",
           "HSETNX h a")
    s.digest()
