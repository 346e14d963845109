"""Strings, counters and bits."""

import time

from recorder import about, kind

# A time in the year 2100, for expiry times that can be printed.
FAR = 4102444800


def strings(s):
    """SET and its options, GET and its relatives, ranges, LCS."""
    r = s.run
    r("set", "a", b"1")
    r("get", "a")
    r("get", "missing")
    r("set", "a", "2", nx=True)
    r("set", "b", "2", nx=True)
    r("set", "c", "3", xx=True)
    r("set", "a", "3", xx=True)
    r("set", "a", "4", get=True)
    r("set", "new", "4", get=True)
    r("set", "new", "5", nx=True, get=True)
    r("set", "newer", "5", nx=True, get=True)
    r("set", "absent", "5", xx=True, get=True)
    r("set", "a", "v", ex=100)
    r("ttl", "a", normalise=about(100))
    r("set", "a", "w", keepttl=True)
    r("ttl", "a", normalise=about(100))
    r("set", "a", "w")
    r("ttl", "a")
    r("set", "a", "w", px=100000)
    r("pttl", "a", normalise=about(100000, 5000))
    r("set", "a", "w", exat=FAR)
    r("expiretime", "a")
    r("set", "a", "w", pxat=FAR * 1000 + 1)
    r("pexpiretime", "a")
    r("set", "a", "w", exat=1)
    r("exists", "a")
    r("set", "a", "w", px=30)
    time.sleep(0.06)
    r("get", "a")
    for options in ({"ex": 0}, {"ex": -1}, {"px": 0}, {"ex": 9223372036854775807}, {"exat": 0}):
        r("set", "a", "w", **options)
    s.raws("SET a 1 EX abc", "SET a 1 NX XX", "SET a 1 EX 10 PX 10", "SET a 1 KEEPTTL EX 10", "SET a 1 EX",
           "SET a 1 FOO", "SET a", "GET a b", "SET a 1 nx get", "SET a 2 XX KEEPTTL GET")
    r("set", "", "empty key")
    r("get", "")
    r("set", b"\x00\xff\r\n", b"\r\n\x00\xfe")
    r("get", b"\x00\xff\r\n")
    r("set", "long", b"0123456789" * 100000)
    r("get", "long")
    r("strlen", "long")

    r("getset", "g", "1")
    r("getset", "g", "2")
    r("getdel", "g")
    r("getdel", "g")
    r("set", "x", "1")
    r("getex", "x")
    r("getex", "x", ex=100)
    r("ttl", "x", normalise=about(100))
    r("getex", "x", px=200000)
    r("ttl", "x", normalise=about(200))
    r("getex", "x", exat=FAR)
    r("expiretime", "x")
    r("getex", "x", pxat=FAR * 1000)
    r("getex", "x", persist=True)
    r("ttl", "x")
    r("getex", "missing", ex=10)
    s.raws("GETEX x EX 0", "GETEX x EX 10 PERSIST", "GETEX x KEEPTTL", "GETEX x EX ten", "GETEX x EXAT 1", "GET x")

    r("setnx", "nx", "1")
    r("setnx", "nx", "2")
    r("setex", "sx", 100, "1")
    r("ttl", "sx", normalise=about(100))
    r("psetex", "sx", 100000, "2")
    r("ttl", "sx", normalise=about(100))
    s.raws("SETEX sx 0 1", "SETEX sx ten 1", "PSETEX sx -5 1", "PSETEX sx 9223372036854775807 1")
    r("mset", {"m1": "1", "m2": "2", "m3": ""})
    r("mget", "m1", "missing", "m2", "m3")
    r("mget", ["m1", "m2"])
    r("msetnx", {"m3": "3", "m4": "4"})
    r("msetnx", {"m4": "4", "m5": "5"})
    s.raws("MSET a", "MSET a 1 b", "MSETNX a 1 b", "MGET m1 m1 m4")

    r("append", "ap", "Hello")
    r("append", "ap", " World")
    r("append", "ap", "")
    r("get", "ap")
    r("strlen", "ap")
    r("strlen", "missing")
    s.each("getrange", ("ap", 0, 4), ("ap", -5, -1), ("ap", 0, -1), ("ap", 5, 2), ("ap", 100, 200), ("ap", -100, 2),
           ("ap", -2, -5), ("missing", 0, -1))
    r("substr", "ap", 3, 6)
    s.raws("GETRANGE ap zero 1", "GETRANGE ap 0")
    r("setrange", "ap", 6, "Redis")
    r("setrange", "ap", 15, "x")
    r("get", "ap")
    r("setrange", "sr", 0, "")
    r("exists", "sr")
    r("setrange", "sr", 3, "x")
    r("get", "sr")
    r("setrange", "sr", -1, "x")
    r("setrange", "sr", 536870912, "x")

    r("mset", {"l1": "ohmytext", "l2": "mynewtext"})
    r("lcs", "l1", "l2")
    r("lcs", "l1", "l2", len=True)
    r("lcs", "l1", "l2", idx=True)
    r("lcs", "l1", "l2", idx=True, withmatchlen=True)
    r("lcs", "l1", "l2", idx=True, minmatchlen=4)
    r("lcs", "l1", "l2", idx=True, minmatchlen=4, withmatchlen=True)
    r("lcs", "l1", "missing")
    r("lcs", "missing", "missing", idx=True)
    s.raws("LCS l1 l2 LEN IDX", "LCS l1 l2 FOO", "LCS l1", "LCS l1 l2 IDX MINMATCHLEN -1")
    r("stralgo", "LCS", "ohmytext", "mynewtext")

    s.call("client['dunder'] = 'v'", lambda: s.client.__setitem__("dunder", "v"))
    s.call("client['dunder']", lambda: s.client["dunder"])
    s.call("'dunder' in client", lambda: "dunder" in s.client)
    s.call("del client['dunder']", lambda: s.client.__delitem__("dunder"))
    s.call("client['dunder'] once more", lambda: s.client["dunder"])

    r("rpush", "list", "1")
    for method, arguments in (
            ("get", ()), ("getset", ("1",)), ("getdel", ()), ("getex", ()), ("append", ("x",)), ("strlen", ()),
            ("getrange", (0, 1)), ("setrange", (0, "x")), ("incr", ()), ("incrbyfloat", (1.5,)), ("setbit", (0, 1)),
            ("getbit", (0,)), ("bitcount", ()), ("bitpos", (1,)), ("setnx", ("1",)), ("lcs", ("l2",))):
        r(method, "list", *arguments)
    r("mget", "list", "m1")
    r("set", "list", "x", get=True)
    r("lrange", "list", 0, -1)
    r("set", "list", "now a string")
    r("type", "list")
    decoding = s.open("decoding", decode_responses=True)
    r("set", "text", "h\u00e9llo", on=decoding)
    r("get", "text", on=decoding)
    r("get", "text")
    s.digest()


def counters(s):
    """INCR and its relatives, and the numbers at which they stop."""
    r = s.run
    r("incr", "n")
    r("incr", "n", 10)
    r("incrby", "n", -3)
    r("decr", "n")
    r("decr", "n", 4)
    r("decrby", "n", 5)
    r("get", "n")
    s.encoding("n")
    r("set", "big", "9223372036854775807")
    r("incr", "big")
    r("decr", "big")
    r("set", "small", "-9223372036854775808")
    r("decr", "small")
    s.raws("DECRBY n -9223372036854775808", "INCRBY n 9223372036854775808", "INCRBY n 1.5", "INCRBY n abc",
           "INCR n 1")
    for value in ("abc", "", " 1", "1 ", "+1", "01", "1e3", "0x10", "-0", "9223372036854775808"):
        r("set", "odd", value)
        r("incr", "odd")
    r("incrbyfloat", "f", 10.5)
    r("incrbyfloat", "f", 0.1)
    r("incrbyfloat", "f", -5)
    r("get", "f")
    r("set", "f", "5.0e3")
    r("incrbyfloat", "f", 200)
    r("set", "f", "3.0")
    r("incrbyfloat", "f", 1)
    s.encoding("f")
    r("incrbyfloat", "n", 0.5)
    r("incr", "n")
    s.raws("INCRBYFLOAT f 1e17", "INCRBYFLOAT f 1e-17", "INCRBYFLOAT f inf", "INCRBYFLOAT f nan", "INCRBYFLOAT f abc",
           "INCRBYFLOAT f 1.7e308", "GET f")
    r("set", "f", "abc")
    r("incrbyfloat", "f", 1)
    r("set", "f", "1")
    for step in ("0.1", "0.2", "1e20", "-1e20", "3.14159265358979", "0.000000001"):
        r("incrbyfloat", "f", step)
        r("get", "f")
    r("expire", "n", 100)
    r("set", "n", "5", keepttl=True)
    r("incr", "n")
    r("ttl", "n", normalise=about(100))
    s.digest()


def bits(s):
    """Bits, BITOP, BITFIELD."""
    r = s.run
    r("setbit", "b", 7, 1)
    r("setbit", "b", 7, 0)
    r("setbit", "b", 100, 1)
    r("get", "b")
    s.each("getbit", ("b", 100), ("b", 7), ("b", 1000), ("missing", 0))
    s.raws("SETBIT b 0 2", "SETBIT b -1 1", "SETBIT b 4294967296 1", "SETBIT b x 1", "GETBIT b -1", "GETBIT b x")
    r("set", "c", b"\xff\xf0\x00")
    s.each("bitcount", ("c",), ("c", 0, 0), ("c", 1, 1), ("c", 0, -2), ("c", -2, -1), ("c", 5, 30), ("c", 2, 0),
           ("c", 5, 11, "BIT"), ("c", 0, 1, "BYTE"), ("missing",), ("c", -100, 1))
    s.raws("BITCOUNT c 0", "BITCOUNT c 0 1 FOO", "BITCOUNT c a b")
    s.each("bitpos", ("c", 0), ("c", 1), ("c", 1, 1), ("c", 1, 2), ("c", 0, 0, 0), ("c", 1, 2, 2),
           ("c", 0, 12, 15, "BIT"),
           ("c", 1, 10, 23, "BIT"), ("missing", 1), ("missing", 0), ("c", 0, -1), ("c", 1, -3, -2, "BYTE"))
    r("set", "ones", b"\xff\xff")
    s.each("bitpos", ("ones", 0), ("ones", 0, 0), ("ones", 0, 0, -1))
    s.raws("BITPOS c 2", "BITPOS c x", "BITPOS c 1 0 1 FOO")
    r("mset", {"o1": b"abc", "o2": b"ab\x00d\xff"})
    for operation in ("AND", "OR", "XOR"):
        r("bitop", operation, "dest", "o1", "o2")
        r("get", "dest")
    r("bitop", "NOT", "dest", "o1")
    r("get", "dest")
    r("bitop", "AND", "dest", "o1", "missing")
    r("get", "dest")
    r("bitop", "OR", "dest", "missing", "missing")
    r("exists", "dest")
    r("bitop", "NOT", "dest", "o1", "o2")
    r("bitop", "FOO", "dest", "o1")
    r("rpush", "list", "1")
    r("bitop", "OR", "dest", "o1", "list")

    def fields(label, key, build, overflow=None):
        s.call(f"bitfield({key!r}) {label}", lambda: build(s.client.bitfield(key, overflow)).execute())

    fields("set u8 0 200, get u8 0, get i8 0", "f", lambda f: f.set("u8", 0, 200).get("u8", 0).get("i8", 0))
    fields("set i5 #3 -7, get i5 #3", "f", lambda f: f.set("i5", "#3", -7).get("i5", "#3"))
    fields("incrby u2 100 1, four times", "f",
           lambda f: f.incrby("u2", 100, 1).incrby("u2", 100, 1).incrby("u2", 100, 1).incrby("u2", 100, 1))
    fields("incrby u2 102 5 saturated", "f", lambda f: f.incrby("u2", 102, 5, "SAT"))
    fields("incrby u2 102 5 failing", "f", lambda f: f.incrby("u2", 102, 5, "FAIL"))
    fields("incrby i8 8 -200 with each overflow", "f", lambda f: f.incrby("i8", 8, -200, "WRAP")
           .incrby("i8", 8, -200, "SAT").incrby("i8", 8, -200, "FAIL"))
    fields("set i64, get u63", "f", lambda f: f.set("i64", 64, -1).get("u63", 64).get("i64", 64))
    fields("get of missing", "missing", lambda f: f.get("u8", 0))
    r("get", "f")
    r("strlen", "f")
    r("bitfield_ro", "f", "u8", 0)
    r("bitfield_ro", "f", "u8", 0, items=[("u4", 4), ("i16", "#1")])
    s.raws("BITFIELD f", "BITFIELD f GET u64 0", "BITFIELD f GET i65 0", "BITFIELD f GET x8 0",
           "BITFIELD f GET u8 -1",
           "BITFIELD f OVERFLOW FOO", "BITFIELD f SET u8 0 x", "BITFIELD f FOO u8 0", "BITFIELD_RO f SET u8 0 1",
           "BITFIELD list GET u8 0", "BITFIELD f GET u8", "BITFIELD f GET u8 #-1")
    s.encoding("f")
    r("setbit", "large", 8000000, 1)
    r("strlen", "large")
    r("bitcount", "large")
    r("bitpos", "large", 1)
    r("object", "idletime", "large", normalise=kind)
    s.digest()
