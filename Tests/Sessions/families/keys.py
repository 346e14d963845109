"""Commands on keys of any type."""

import time

from recorder import about, kind, members_of, only, ordered

FAR = 4102444800
ALL_TYPES = ("string", "list", "set", "zset", "hash", "stream")


def one_of_each(s, prefix=""):
    """Makes one key of each type, named after it."""
    client = s.client
    client.delete(*(prefix + name for name in ALL_TYPES))
    client.set(prefix + "string", "value")
    client.rpush(prefix + "list", "a", "b", "c")
    client.sadd(prefix + "set", "x")
    client.zadd(prefix + "zset", {"m": 1.5, "n": 2})
    client.hset(prefix + "hash", mapping={"f": "v", "g": "w"})
    client.xadd(prefix + "stream", {"f": "v"}, id="1-1")


def keys(s):
    """Existence, types, names, copies."""
    r = s.run
    r("randomkey")
    r("keys")
    r("dbsize")
    one_of_each(s)
    s.each("type", *((name,) for name in ALL_TYPES + ("missing",)))
    r("keys", normalise=ordered)
    r("randomkey", normalise=members_of(*(name.encode() for name in ALL_TYPES)))
    r("dbsize")
    r("exists", "string", "list", "missing", "string")
    r("touch", "string", "list", "missing")
    r("delete", "string", "missing")
    r("delete", "string")
    r("unlink", "list", "set", "missing")
    r("unlink", "list")
    one_of_each(s)
    r("mset", {"key:1": 1, "key:2": 2, "key:10": 3, "kay:1": 4, "k*y": 5, "[x]": 6, "": 7})
    for pattern in ("key:*", "key:?", "k[ae]y:1", "k[^e]y:1", "k[a-d]y:1", "k\\*y", "\\[x\\]", "*1*", "", "*",
                    "nothing*",
                    "key:[12]", "key:[", "k??:1"):
        r("keys", pattern, normalise=ordered)

    r("rename", "string", "string2")
    r("get", "string2")
    r("rename", "missing", "other")
    r("rename", "string2", "string2")
    r("rename", "string2", "list")
    r("type", "list")
    r("renamenx", "list", "hash")
    r("renamenx", "list", "fresh")
    r("renamenx", "missing", "fresh")
    r("renamenx", "fresh", "fresh")
    r("set", "timed", "1", ex=100)
    r("set", "target", "2", ex=1000)
    r("rename", "timed", "target")
    r("ttl", "target", normalise=about(100))

    for name in ALL_TYPES[2:]:
        r("copy", name, name + "-copy")
        r("type", name + "-copy")
        s.encoding(name + "-copy")
    r("copy", "target", "target-copy")
    r("ttl", "target-copy", normalise=about(100))
    r("copy", "hash", "set")
    r("copy", "hash", "set", replace=True)
    r("hgetall", "set")
    r("copy", "missing", "x")
    r("copy", "hash", "hash")
    r("copy", "hash", "hash", destination_db=1)
    r("copy", "hash", "hash", destination_db=1)
    r("copy", "hash", "hash", destination_db=99)
    s.raws("COPY hash x DB one", "COPY hash x FOO", "RENAME a", "TYPE", "DEL", "EXISTS", "COPY hash x DB -1")
    r("hset", "hash", "f", "changed")
    r("hget", "hash-copy", "f")
    r("object", "encoding", "missing")
    s.digest()


def expiry(s):
    """Times to live."""
    r = s.run
    for name in ("expire", "pexpire", "expireat", "pexpireat"):
        r(name, "missing", 100)
    r("mset", {"a": 1, "b": 2, "c": 3})
    r("ttl", "a")
    r("pttl", "a")
    r("ttl", "missing")
    r("pttl", "missing")
    r("expiretime", "a")
    r("expiretime", "missing")
    r("pexpiretime", "a")
    r("pexpiretime", "missing")
    r("persist", "a")
    r("persist", "missing")
    r("expire", "a", 100)
    r("ttl", "a", normalise=about(100))
    r("persist", "a")
    r("ttl", "a")
    r("pexpire", "a", 100500)
    r("pttl", "a", normalise=about(100500, 5000))
    r("expireat", "a", FAR)
    r("expiretime", "a")
    r("pexpiretime", "a")
    r("pexpireat", "a", FAR * 1000 + 499)
    r("expiretime", "a")
    r("pexpiretime", "a")
    # Each option, on a key without a time to live and on one with it.
    for options in ({"nx": True}, {"xx": True}, {"gt": True}, {"lt": True}):
        r("persist", "b")
        r("expire", "b", 100, **options)
        r("ttl", "b", normalise=about(100))
        r("expire", "b", 1000)
        r("expire", "b", 500, **options)
        r("expire", "b", 2000, **options)
        r("ttl", "b", normalise=lambda value: round(value, -2))
    r("pexpire", "b", 100000, lt=True)
    r("expireat", "b", FAR, gt=True)
    r("expireat", "b", FAR - 1, gt=True)
    r("pexpireat", "b", FAR * 1000 - 1000, lt=True)
    r("expiretime", "b")
    r("expireat", "b", FAR, nx=True)
    r("expire", "b", 100, xx=True, gt=True)
    r("expire", "b", 100, xx=True, lt=True)
    s.raws("EXPIRE a 100 NX XX", "EXPIRE a 100 NX GT", "EXPIRE a 100 GT LT", "EXPIRE a 100 FOO", "EXPIRE a ten",
           "EXPIRE a 9223372036854775807", "PEXPIRE a 9223372036854775807", "EXPIRE a -9223372036854775808",
           "EXPIREAT a 9223372036854775807", "PEXPIREAT a x", "EXPIRE a", "EXPIRE a 1.5", "EXPIRE missing 100 FOO")
    r("expire", "c", -1)
    r("exists", "c")
    r("set", "c", "1")
    r("expire", "c", 0)
    r("exists", "c")
    r("set", "c", "1")
    r("expireat", "c", 1)
    r("exists", "c")
    r("rpush", "l", "1")
    r("pexpire", "l", 250)
    r("set", "s", "1", px=250)
    r("dbsize")
    time.sleep(0.3)
    r("lrange", "l", 0, -1)
    r("exists", "l", "s")
    r("rpush", "l", "2")
    r("ttl", "l")
    r("ttl", "s")
    r("dbsize")
    # What keeps a time to live, and what takes it away.
    r("set", "k", "1", ex=100)
    r("append", "k", "1")
    r("incr", "k")
    r("ttl", "k", normalise=about(100))
    r("getset", "k", "1")
    r("ttl", "k")
    r("hset", "h", "f", "1")
    r("expire", "h", 100)
    r("hset", "h", "f", "2")
    r("ttl", "h", normalise=about(100))
    s.digest()


def databases(s):
    """SELECT, MOVE, SWAPDB, FLUSHDB, DBSIZE."""
    r = s.run
    one = s.open("one", db=1)
    r("set", "a", "0")
    r("set", "a", "1", on=one)
    r("set", "only", "here", ex=100)
    r("move", "only", 1)
    r("exists", "only")
    r("ttl", "only", on=one, normalise=about(100))
    r("move", "a", 1)
    r("move", "missing", 1)
    r("move", "a", 0)
    r("move", "a", 99)
    s.raws("MOVE a x", "MOVE a -1", "MOVE a")
    r("swapdb", 0, 1)
    r("get", "a")
    r("get", "a", on=one)
    r("swapdb", 0, 0)
    r("swapdb", 0, 99)
    s.raws("SWAPDB x 1", "SWAPDB 0 y", "SWAPDB -1 0", "SWAPDB 0")
    r("dbsize")
    r("dbsize", on=one)
    single = s.open("single", single_connection_client=True)
    r("select", 1, on=single)
    r("get", "a", on=single)
    r("select", 15, on=single)
    r("select", 16, on=single)
    r("dbsize", on=single)
    s.raw("SELECT", "x", on=single)
    s.raw("SELECT", "-1", on=single)
    r("info", "keyspace", normalise=lambda value: {name: only("keys", "expires")(value[name]) for name in value})
    r("flushdb", on=one)
    r("dbsize", on=one)
    r("dbsize")
    r("flushdb", asynchronous=True)
    r("dbsize")
    r("set", "a", "1", on=one)
    s.raws("FLUSHDB FOO", "FLUSHALL FOO", "FLUSHDB SYNC", "FLUSHALL SYNC ASYNC")
    r("flushall", asynchronous=True)
    r("dbsize", on=one)
    s.digest()


def object_fields(value):
    """DEBUG OBJECT's fields without the address and the clock."""
    if isinstance(value, bytes):
        # In protocol 3 the libraries leave the text as it is.
        value = dict(pair.split(":") for pair in ("type:" + value.decode()).split())
    return {field: "varies" if field.startswith("lru") else value[field] for field in value if field != "at"}


def objects(s):
    """OBJECT and DEBUG OBJECT, and the sizes at which encodings change."""
    r, client = s.run, s.client
    one_of_each(s)
    client.set("int", 12345)
    client.set("shared", 5)
    client.set("negative", -5)
    client.set("embstr", "x" * 44)
    client.set("raw", "x" * 45)
    client.set("long digits", "123456789012345678901")
    client.sadd("intset", 1, 2, 3)
    names = ALL_TYPES + ("int", "shared", "negative", "embstr", "raw", "long digits", "intset")
    for name in names:
        s.encoding(name)
        r("object", "refcount", name)
        r("object", "idletime", name, normalise=kind)
    for name in ("string", "int", "raw", "list", "intset", "set", "zset", "hash", "stream"):
        r("debug_object", name, normalise=object_fields)
    r("debug_object", "missing")
    r("object", "freq", "string")
    for word in ("encoding", "refcount", "idletime", "freq"):
        r("object", word, "missing")
    r("object", "foo", "string")
    s.raws("OBJECT", "OBJECT ENCODING", "OBJECT ENCODING a b", "DEBUG OBJECT", "OBJECT FOO")
    r("config_set", "maxmemory-policy", "allkeys-lfu")
    r("set", "counted", "1")
    r("object", "freq", "counted", normalise=kind)
    r("object", "idletime", "counted")
    r("config_set", "maxmemory-policy", "noeviction")

    client.flushall()
    # The last size of one encoding, and the first of the next.
    for number in (128, 129, 512, 513):
        client.delete("h", "z", "s", "t")
        client.hset("h", mapping={f"f{i}": i for i in range(number)})
        client.zadd("z", {f"m{i}": i for i in range(number)})
        client.sadd("s", *range(number))
        client.sadd("t", *(f"m{i}" for i in range(number)))
        s.call(f"encodings of {number} elements",
               lambda: [client.object("encoding", key) for key in ("h", "z", "s", "t")])
    for length in (64, 65):
        client.delete("h", "z", "g", "t")
        client.hset("h", "f", "x" * length)
        client.hset("g", "x" * length, "v")
        client.zadd("z", {"x" * length: 1})
        client.sadd("t", "x" * length)
        s.call(f"encodings of {length} bytes",
               lambda: [client.object("encoding", key) for key in ("h", "g", "z", "t")])
    client.sadd("u", 1, 2)
    s.encoding("u")
    client.sadd("u", "x")
    s.encoding("u")
    client.srem("u", "x")
    s.encoding("u")
    client.rpush("l", *range(10000))
    s.encoding("l")
    r("config_set", "hash-max-listpack-entries", 2)
    r("config_set", "zset-max-listpack-value", 3)
    r("config_set", "set-max-intset-entries", 2)
    client.delete("h", "z", "s")
    r("hset", "h", mapping={"a": 1, "b": 2})
    s.encoding("h")
    r("hset", "h", "c", 3)
    s.encoding("h")
    r("hdel", "h", "c", "b")
    s.encoding("h")
    r("zadd", "z", {"abc": 1})
    s.encoding("z")
    r("zadd", "z", {"abcd": 1})
    s.encoding("z")
    r("sadd", "s", 1, 2)
    s.encoding("s")
    r("sadd", "s", 3)
    s.encoding("s")
    r("config_set", "hash-max-listpack-entries", 512)
    r("config_set", "zset-max-listpack-value", 64)
    r("config_set", "set-max-intset-entries", 512)
    s.encoding("h")
    for value in ("12", "012", "-0", "9223372036854775807", "9223372036854775808", "1.5", ""):
        client.set("v", value)
        s.call(f"encoding of {value!r}", lambda: client.object("encoding", "v"))
    client.append("v", "x")
    s.encoding("v")
    client.set("v", "1")
    client.setrange("v", 0, "2")
    s.encoding("v")
    client.set("v", "1")
    client.append("v", "2")
    s.encoding("v")
    client.incr("v")
    s.encoding("v")
    s.digest()


def sort(s):
    """SORT with its options."""
    r = s.run
    r("rpush", "l", 3, 1, 10, 2)
    r("sort", "l")
    r("sort", "l", desc=True)
    r("sort", "l", alpha=True)
    r("sort", "l", start=1, num=2)
    r("sort", "l", start=0, num=-1)
    r("sort", "l", start=10, num=5)
    r("sort", "l", start=1)
    r("sort_ro", "l", desc=True)
    r("mset", {"w_1": 30, "w_2": 10, "w_3": 20, "o_1": "one", "o_2": "two", "o_3": "three"})
    r("sort", "l", by="w_*")
    r("sort", "l", by="w_*", get="o_*")
    r("sort", "l", by="w_*", get=["#", "o_*"])
    r("sort", "l", by="w_*", get=["#", "o_*"], groups=True)
    r("sort", "l", by="nosort", get=["#", "w_*"])
    r("sort", "l", by="nosort", desc=True)
    r("sort", "l", by="nosort", start=1, num=2)
    r("sort", "l", by="o_*", alpha=True)
    for number, name in ((1, "c"), (2, "a"), (3, "b")):
        r("hset", f"h_{number}", mapping={"name": name, "rank": 10 - number})
    r("sort", "l", by="h_*->rank", get=["#", "h_*->name", "h_*->missing"])
    r("sort", "l", by="h_*->name", alpha=True, get="h_*->name")
    r("sort", "l", store="stored")
    r("lrange", "stored", 0, -1)
    s.encoding("stored")
    r("sort", "l", by="w_*", get=["#", "o_*"], store="stored")
    r("lrange", "stored", 0, -1)
    r("sort", "missing", store="stored")
    r("exists", "stored")
    r("sort", "missing")
    r("sadd", "s", 5, 4, 11)
    r("sort", "s")
    r("sort", "s", desc=True, start=0, num=2)
    r("sort", "s", by="nosort", store="stored")
    r("lrange", "stored", 0, -1)
    r("zadd", "z", {"3": 1, "1": 2, "2": 3})
    r("sort", "z")
    r("sort", "z", by="nosort")
    r("sort", "z", by="nosort", desc=True)
    r("sort", "z", by="nosort", desc=True, start=0, num=2)
    r("rpush", "t", "b", "a", "C", "\xe9", "")
    r("sort", "t", alpha=True)
    r("sort", "t", alpha=True, desc=True)
    r("sort", "t")
    r("rpush", "d", "1.5", "-2", "1e2", "0.001")
    r("sort", "d")
    r("hset", "h", "a", "1")
    r("sort", "h")
    r("sort", "w_1")
    # Equal weights: the elements themselves decide.
    r("rpush", "e", "b", "c", "a")
    r("sort", "e", by="x_*", alpha=True)
    r("mset", {"x_a": "1", "x_b": "1", "x_c": "0"})
    r("sort", "e", by="x_*")
    s.raws("SORT", "SORT l FOO", "SORT l LIMIT 0", "SORT l LIMIT a b", "SORT l BY", "SORT_RO l STORE x",
           "SORT t BY w_*", "SORT l GET w_* GET # LIMIT 0 2 ASC ALPHA DESC")
    s.digest()


def scan(s):
    """The commands that go through keys and elements by a cursor."""
    client = s.client
    client.mset({f"key:{i}": i for i in range(300)})
    client.mset({f"other:{i}": i for i in range(20)})
    one_of_each(s)
    client.hset("large hash", mapping={f"f{i}": i for i in range(200)})
    client.sadd("large set", *(f"m{i}" for i in range(200)))
    client.zadd("large zset", {f"m{i}": i / 2 for i in range(200)})

    def collected(label, function):
        """The scanned elements without the repetitions that a cursor may give."""
        s.call(label, lambda: ordered(set(function())))

    collected("scan_iter()", lambda: client.scan_iter())
    collected("scan_iter count 7", lambda: client.scan_iter(count=7))
    collected("scan_iter match key:1*", lambda: client.scan_iter(match="key:1*"))
    collected("scan_iter match key:1? count 1000", lambda: client.scan_iter(match="key:1?", count=1000))
    collected("scan_iter match nothing", lambda: client.scan_iter(match="nothing"))
    for name in ALL_TYPES:
        collected(f"scan_iter type {name}", lambda: client.scan_iter(_type=name, match="*[sh]*"))
    collected("scan_iter type FOO", lambda: client.scan_iter(_type="foo"))
    collected("hscan_iter large hash", lambda: client.hscan_iter("large hash", count=5))
    collected("hscan_iter large hash match f1*", lambda: client.hscan_iter("large hash", match="f1*"))
    collected("sscan_iter large set", lambda: client.sscan_iter("large set", count=5))
    collected("sscan_iter large set match m?", lambda: client.sscan_iter("large set", match="m?"))
    collected("zscan_iter large zset", lambda: client.zscan_iter("large zset", count=5))
    collected("zscan_iter large zset match *9", lambda: client.zscan_iter("large zset", match="*9"))
    s.run("scan", count=100000, normalise=lambda value: [value[0], len(value[1])])
    s.run("hscan", "hash")
    s.run("hscan", "hash", match="f")
    s.run("hscan", "missing")
    s.run("sscan", "set")
    s.run("sscan", "missing")
    s.run("zscan", "zset")
    s.run("zscan", "zset", match="m", count=1)
    s.run("zscan", "missing")
    client.sadd("intset", 3, 1, 2)
    s.run("sscan", "intset", match="[12]", normalise=lambda value: [value[0], ordered(value[1])])
    s.run("hscan", "string")
    s.run("sscan", "string")
    s.run("zscan", "string")
    s.raws("SCAN", "SCAN x", "SCAN 0 COUNT 0", "SCAN 0 COUNT x", "SCAN 0 MATCH", "SCAN 0 FOO", "HSCAN hash x",
           "HSCAN hash 0 TYPE string", "SCAN -1 COUNT 5 FOO", "SSCAN set", "ZSCAN zset 0 COUNT -1",
           "HSCAN hash 0 NOVALUES")


# What Redis 7.0 dumps for a key of each type.
PAYLOADS = {name: bytes.fromhex(digits) for name, digits in {
    "string":
        "000576616c75650a0081f6c138c1aa9b6e",
    "list":
        "12010210100000000300816102816202816302ff0a00c818b90c9533529e",
    "set":
        "020101780a00ffe880ba760c2f09",
    "zset":
        "1114140000000400816d0283312e3504816e020201ff0a00f1b03a6d585f6938",
    "hash":
        "1013130000000400816602817602816702817702ff0a00d9dec5c9160fb235",
    "stream":
        "130110000000000000000100000000000000011d1d0000000a0001010001010181660200010201000100018176020401ff01"
        "01010101000001000a00ff55ab626ac035db",
    "ints":
        "0b0e02000000030000000100020003000a00a5025ce26d6e4d1b",
}.items()}
# A string that breaks off, under a right checksum.
BROKEN = bytes.fromhex("003f76610a0032ba1c0f1a37c552")


def dump(s):
    """DUMP and RESTORE."""
    r, client = s.run, s.client
    r("dump", "missing")
    one_of_each(s)
    client.set("int", 12345)
    client.set("text", "a" * 19)
    client.set("repeated", "ab" * 500)
    client.sadd("ints", 1, 2, 3)
    for name in ("string", "int", "text"):
        r("dump", name)
    for name in ALL_TYPES + ("ints", "repeated"):
        s.call(f"restore of a dump of {name}", lambda: client.restore("again", 0, client.dump(name), replace=True))
        r("type", "again")
        s.encoding("again")
        s.call(f"digest values of {name} and its copy are equal",
               lambda: len(set(client.execute_command("DEBUG", "DIGEST-VALUE", name, "again"))) == 1)
    for name in sorted(PAYLOADS):
        r("restore", "from " + name, 0, PAYLOADS[name])
        r("type", "from " + name)
        s.encoding("from " + name)
    r("get", "from string")
    r("lrange", "from list", 0, -1)
    r("smembers", "from set", normalise=ordered)
    r("smembers", "from ints", normalise=ordered)
    r("zrange", "from zset", 0, -1, withscores=True)
    r("hgetall", "from hash")
    r("xrange", "from stream")
    payload = PAYLOADS["string"]
    r("restore", "busy", 0, payload)
    r("restore", "busy", 0, payload)
    r("restore", "busy", 100000, payload, replace=True)
    r("ttl", "busy", normalise=about(100))
    r("restore", "busy", FAR * 1000, payload, replace=True, absttl=True)
    r("pexpiretime", "busy")
    r("restore", "busy", 1, payload, replace=True, absttl=True)
    r("exists", "busy")
    r("restore", "idle", 0, payload, idletime=1000)
    r("object", "idletime", "idle", normalise=lambda value: value >= 1000)
    r("restore", "freq", 0, payload, frequency=10)
    r("restore", "bad", -1, payload)
    r("restore", "bad", 0, b"")
    r("restore", "bad", 0, b"nonsense")
    r("restore", "bad", 0, payload[:-1] + b"\x00")
    r("restore", "bad", 0, payload[:-10] + b"\xff\xff" + payload[-8:])
    r("restore", "bad", 0, b"\x0f" + payload[1:])
    r("restore", "bad", 0, payload, idletime=-1)
    r("restore", "bad", 0, payload, frequency=256)
    r("restore", "bad", 0, payload, frequency=1, idletime=1)
    r("restore", "bad", 0, BROKEN)
    s.raws("RESTORE bad x y", "RESTORE bad 0", "RESTORE bad 0 y FOO", "DUMP", "RESTORE string 0 y")
    r("exists", "bad")
    s.digest()
