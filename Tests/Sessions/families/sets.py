"""Sets."""

from recorder import members_of, ordered


def sets(s):
    """Every command on sets."""
    r = s.run
    r("sadd", "s", "a", "b", "c")
    r("sadd", "s", "a", "d")
    r("smembers", "s", normalise=ordered)
    r("smembers", "missing", normalise=ordered)
    r("scard", "s")
    r("scard", "missing")
    r("sismember", "s", "a")
    r("sismember", "s", "x")
    r("sismember", "missing", "x")
    r("smismember", "s", "a", "x", "b")
    r("smismember", "missing", "a", "b")
    r("srem", "s", "a", "x")
    r("srem", "s", "x")
    r("srem", "missing", "x")
    r("sadd", "one", "x")
    r("srem", "one", "x")
    r("exists", "one")
    r("smove", "s", "t", "b")
    r("smove", "s", "t", "x")
    r("smove", "missing", "t", "x")
    r("smove", "s", "s", "c")
    r("smembers", "t", normalise=ordered)
    r("sadd", "binary", b"", b"\x00", b"\xff\r\n")
    r("smembers", "binary", normalise=ordered)

    r("sadd", "1", *"abcde")
    r("sadd", "2", *"cdef")
    r("sadd", "3", *"dxyz")
    r("sadd", "i1", 1, 2, 3, 4)
    r("sadd", "i2", 3, 4, 5)
    for method in ("sinter", "sunion", "sdiff"):
        for arguments in (("1", "2"), ("1", "2", "3"), ("1",), ("1", "missing"), ("missing", "1"), ("i1", "i2"),
                          ("i1", "1"), ("1", "1")):
            r(method, *arguments, normalise=ordered)
            r(method + "store", "dest", *arguments)
            r("smembers", "dest", normalise=ordered)
    s.encoding("dest")
    r("sinterstore", "dest", "i1", "i2")
    s.encoding("dest")
    r("sinterstore", "dest", "1", "missing")
    r("exists", "dest")
    r("sunionstore", "1", "1", "2")
    r("smembers", "1", normalise=ordered)
    r("sintercard", 2, ["1", "2"])
    r("sintercard", 2, ["1", "2"], limit=2)
    r("sintercard", 2, ["1", "missing"])
    s.raws("SINTERCARD 0 1", "SINTERCARD x 1", "SINTERCARD 3 1 2", "SINTERCARD 1 1 LIMIT -1",
           "SINTERCARD 1 1 LIMIT x",
           "SINTERCARD 1 1 FOO 2", "SINTERCARD 1 1 LIMIT", "SINTERCARD 1 1 LIMIT 0")

    members = [f"m{i}".encode() for i in range(6)]
    r("sadd", "rand", *members)
    r("srandmember", "rand", normalise=members_of(*members))
    r("srandmember", "rand", 3, normalise=members_of(*members, distinct=True))
    r("srandmember", "rand", 100, normalise=ordered)
    r("srandmember", "rand", -20, normalise=members_of(*members))
    r("srandmember", "rand", 0)
    r("srandmember", "missing")
    r("srandmember", "missing", 3)
    r("spop", "rand", normalise=members_of(*members))
    r("spop", "rand", 2, normalise=members_of(*members))
    r("scard", "rand")
    r("spop", "rand", 0)
    r("spop", "rand", 100, normalise=members_of(*members))
    r("exists", "rand")
    r("spop", "missing")
    r("spop", "missing", 3)
    r("sadd", "single", "only")
    r("spop", "single")
    r("exists", "single")
    s.raws("SPOP i1 -1", "SPOP i1 x", "SPOP i1 1 2", "SRANDMEMBER i1 x", "SRANDMEMBER i1 1 2",
           "SRANDMEMBER i1 -9223372036854775808")

    # Integers of each width of an intset, and numbers that only look like integers.
    r("sadd", "ints", 1, -1, 32767, 32768, -32769, 2147483648, -9223372036854775808, 9223372036854775807)
    s.encoding("ints")
    r("smembers", "ints", normalise=ordered)
    r("sismember", "ints", 32768)
    r("sismember", "ints", "032768")
    r("srem", "ints", 2147483648, 5)
    r("sadd", "ints", "007")
    s.encoding("ints")
    r("smembers", "ints", normalise=ordered)
    s.client.sadd("large", *(f"member:{i}" for i in range(5000)))
    r("scard", "large")
    r("srandmember", "large", 4990, normalise=lambda value: len(set(value)))
    r("spop", "large", 4990, normalise=lambda value: len(set(value)))
    r("scard", "large")
    r("unlink", "large")

    r("set", "string", "x")
    for method, arguments in (
            ("sadd", ("x",)), ("smembers", ()), ("scard", ()), ("sismember", ("x",)), ("smismember", ("x",)),
            ("srem", ("x",)), ("smove", ("s", "x")), ("spop", ()), ("spop", (2,)), ("srandmember", ()),
            ("srandmember", (2,)), ("sinter", ("1",)), ("sunion", ("1",)), ("sdiff", ("1",)), ("sscan", ())):
        r(method, "string", *arguments)
    r("smove", "1", "string", "a")
    r("sinterstore", "dest", "missing", "string")
    r("sunionstore", "string", "1", "2")
    r("type", "string")
    s.raws("SADD s", "SREM s", "SMOVE s t", "SISMEMBER s", "SMISMEMBER s", "SINTER", "SINTERSTORE d", "SDIFF",
           "SUNION",
           "SUNIONSTORE d", "SPOP", "SRANDMEMBER")
    s.digest()
