"""Streams and their groups of consumers."""

from recorder import count, plain

# Fields whose values depend on the clock or on the server's own structures.
VARYING = {"idle", "inactive", "seen-time", "active-time", "time_since_delivered", "radix-tree-keys",
           "radix-tree-nodes"}


def steady(value):
    """The value with times, and the sizes of radix trees, replaced by what kind of number they are."""
    if isinstance(value, dict):
        steadied = {}
        for key, item in value.items():
            name = key.decode() if isinstance(key, bytes) else key
            steadied[key] = count(item) if name in VARYING else steady(item)
        return steadied
    if isinstance(value, (list, tuple)):
        # Replies of protocol 2 nest names and values in flat lists.
        return [count(item) if index and isinstance(value[index - 1],
                                                    bytes) and value[index - 1].decode(errors="replace") in VARYING
                else steady(item) for index, item in enumerate(value)]
    if isinstance(value, int) and value > 10 ** 12:
        return "a time"
    return value


def generated(value):
    """Whether the value is an ID that the server made from its clock."""
    milliseconds, _, sequence = value.partition(b"-")
    return "an ID" if int(milliseconds) > 10 ** 12 and sequence == b"0" else value


def streams(s):
    """Entries, ranges, trimming, XREAD, XINFO, XSETID."""
    r = s.run
    r("xadd", "s", {"f": "v"}, id="1-1")
    r("xadd", "s", {"f": "v", "g": "w"}, id="1-2")
    r("xadd", "s", {"f": "v"}, id="1-*")
    r("xadd", "s", {"f": "v"}, id="2")
    r("xadd", "s", {"f": "v"}, id="5-*")
    r("xadd", "s", {"f": "v"}, id="5-0")
    r("xadd", "s", {"f": "v"}, id="1-1")
    r("xadd", "s", {"f": "v"}, id="0-0")
    r("xadd", "zero", {"f": "v"}, id="0-*")
    r("xadd", "s", {"f": "v"}, id="abc")
    r("xadd", "s", {"f": "v"}, id="1-2-3")
    r("xadd", "s", {}, id="9-9")
    r("xadd", "none", {"f": "v"}, id="1-1", nomkstream=True)
    r("exists", "none")
    r("xadd", "auto", {"f": "v"}, normalise=generated)
    r("xlen", "auto")
    r("xadd", "auto", {"f": "v"}, id="99999999999999-1")
    r("xadd", "auto", {"f": "v"})
    r("xadd", "top", {"f": "v"}, id="18446744073709551615-18446744073709551615")
    r("xadd", "top", {"f": "v"})
    r("xadd", "top", {"f": "v"}, id="18446744073709551616-0")
    r("xlen", "s")
    r("xlen", "missing")
    r("xrange", "s")
    r("xrange", "s", min="1-2", max="2")
    r("xrange", "s", min="(1-2", max="(5-0")
    r("xrange", "s", min="1", max="1")
    r("xrange", "s", count=2)
    r("xrange", "s", count=0)
    r("xrange", "s", min="9", max="1")
    r("xrange", "missing")
    r("xrevrange", "s")
    r("xrevrange", "s", max="2", min="1-2", count=1)
    r("xrevrange", "s", max="(2", min="-")
    s.raws("XRANGE s x y", "XRANGE s - + COUNT x", "XRANGE s - + COUNT -1", "XRANGE s -", "XRANGE s (- +",
           "XRANGE s - + FOO 1",
           "XREVRANGE s - +", "XRANGE s (18446744073709551615-18446744073709551615 +")
    r("xdel", "s", "1-1", "7-7")
    r("xdel", "s", "x")
    r("xdel", "missing", "1-1")
    r("xlen", "s")
    r("xadd", "binary", {b"\x00": b"\xff", "": ""}, id="1-1")
    r("xrange", "binary")

    r("xread", {"s": "0"})
    r("xread", {"s": "1-2", "binary": "0", "missing": "0"})
    r("xread", {"s": "1-2"}, count=1)
    r("xread", {"s": "$"})
    r("xread", {"missing": "0"})
    r("xread", {"s": "5-0"})
    s.raws("XREAD STREAMS s", "XREAD COUNT 1", "XREAD STREAMS s 0 t", "XREAD COUNT x STREAMS s 0", "XREAD FOO s 0",
           "XREAD STREAMS s >", "XREAD BLOCK x STREAMS s 0", "XREAD BLOCK -1 STREAMS s 0", "XREAD STREAMS s x",
           "XREAD COUNT -1 STREAMS s 1-2", "XREAD GROUP g c STREAMS s 0", "XREAD NOACK STREAMS s 0")

    client = s.client
    for number in range(1, 11):
        client.xadd("t", {"n": number}, id=f"{number}-0")
    r("xtrim", "t", maxlen=8, approximate=False)
    r("xtrim", "t", maxlen=8, approximate=False)
    r("xtrim", "t", minid="5", approximate=False)
    r("xrange", "t")
    r("xtrim", "t", maxlen=2)
    r("xlen", "t")
    r("xtrim", "t", maxlen=2, limit=0)
    r("xtrim", "t", maxlen=2, approximate=False, limit=5)
    r("xtrim", "t", maxlen=1, minid="1")
    r("xtrim", "t")
    r("xadd", "t", {"n": 11}, id="11-0", maxlen=3, approximate=False)
    r("xadd", "t", {"n": 12}, id="12-0", minid="10", approximate=False)
    r("xadd", "t", {"n": 13}, id="13-0", maxlen=100, approximate=True)
    r("xrange", "t")
    r("xtrim", "t", maxlen=0, approximate=False)
    r("xlen", "t")
    r("exists", "t")
    r("xtrim", "missing", maxlen=0)
    s.raws("XTRIM t MAXLEN -1", "XTRIM t MAXLEN x", "XTRIM t FOO 1", "XTRIM t MAXLEN", "XTRIM t MINID x",
           "XTRIM t MAXLEN ~ 5 LIMIT -1", "XADD t MAXLEN 5 LIMIT 5 * a b", "XADD t NOMKSTREAM", "XADD t *",
           "XADD t * a")
    for number in range(1, 251):
        client.xadd("long", {"n": number}, id=f"{number}-0")
    # How many entries an approximate trim leaves is the server's choice.
    s.call("an approximate trim leaves at least what it was told to",
           lambda: client.xtrim("long", maxlen=100) <= 150 and client.xlen("long") >= 100)
    r("xtrim", "long", maxlen=50, approximate=False, normalise=lambda value: value >= 50)
    r("xrange", "long", count=2)

    r("xinfo_stream", "s", normalise=steady)
    r("xinfo_stream", "s", full=True, normalise=steady)
    r("xinfo_stream", "t", normalise=steady)
    r("xinfo_stream", "missing")
    s.raws("XINFO", "XINFO STREAM", "XINFO FOO s", "XINFO STREAM s FOO", "XINFO STREAM s FULL COUNT x",
           "XINFO GROUPS",
           "XINFO CONSUMERS s")
    r("xinfo_groups", "s")
    for words in (("XSETID", "s", "100-5"), ("XSETID", "s", "1-1"),
                  ("XSETID", "s", "200-0", "ENTRIESADDED", 50, "MAXDELETEDID", "3-0"),
                  ("XSETID", "s", "200-0", "ENTRIESADDED", 1, "MAXDELETEDID", "0-0"),
                  ("XSETID", "s", "200-0", "ENTRIESADDED", -1, "MAXDELETEDID", "1-0"),
                  ("XSETID", "s", "200-0", "ENTRIESADDED", 50, "MAXDELETEDID", "300-0"),
                  ("XSETID", "missing", "1-1"), ("XSETID", "s", "x"),
                  ("XSETID", "s"), ("XSETID", "s", "200-0", "FOO", 1)):
        s.raw(*words)
    r("xinfo_stream", "s", normalise=steady)
    r("xadd", "s", {"f": "v"}, id="150-0")
    r("xadd", "s", {"f": "v"}, id="200-*")
    r("set", "string", "x")
    for method, arguments in (("xadd", ({"f": "v"},)), ("xlen", ()), ("xrange", ()), ("xrevrange", ()),
                              ("xdel", ("1-1",)),
                              ("xtrim", (5,)), ("xinfo_stream", ()), ("xinfo_groups", ()), ("xgroup_create", ("g",)),
                              ("xack", ("g", "1-1")), ("xpending", ("g",))):
        r(method, "string", *arguments)
    r("xread", {"string": "0"})
    r("delete", "auto")
    s.encoding("s")
    s.digest()


def groups(s):
    """Groups: delivery, pending entries, claims."""
    r, client = s.run, s.client
    for number in range(1, 7):
        client.xadd("s", {"n": number}, id=f"{number}-0")
    r("xgroup_create", "s", "g", id="0")
    r("xgroup_create", "s", "g", id="0")
    r("xgroup_create", "s", "end")
    r("xgroup_create", "s", "middle", id="3-0", entries_read=3)
    r("xgroup_create", "missing", "g")
    r("xgroup_create", "made", "g", mkstream=True)
    r("xlen", "made")
    r("xgroup_create", "s", "bad", id="x")
    r("xinfo_groups", "s")
    r("xreadgroup", "g", "alice", {"s": ">"}, count=2)
    r("xreadgroup", "g", "bob", {"s": ">"}, count=1)
    r("xreadgroup", "g", "alice", {"s": "0"})
    r("xreadgroup", "g", "alice", {"s": "1-0"})
    r("xreadgroup", "g", "carol", {"s": "0"})
    r("xreadgroup", "g", "bob", {"s": ">"}, count=1, noack=True)
    r("xreadgroup", "end", "alice", {"s": ">"})
    r("xreadgroup", "middle", "x", {"s": ">", "made": ">"})
    r("xreadgroup", "middle", "x", {"s": ">"}, count=1)
    r("xreadgroup", "none", "x", {"s": ">"})
    r("xreadgroup", "g", "x", {"missing": ">"})
    s.raws("XREADGROUP STREAMS s >", "XREADGROUP GROUP g c STREAMS s", "XREADGROUP GROUP g c STREAMS s $",
           "XREADGROUP GROUP g c STREAMS s x", "XREADGROUP GROUP g c COUNT 1", "XREADGROUP FOO g c STREAMS s >")
    r("xinfo_groups", "s")
    r("xinfo_consumers", "s", "g", normalise=steady)
    r("xinfo_consumers", "s", "none")
    r("xinfo_consumers", "missing", "g")
    r("xpending", "s", "g")
    r("xpending", "s", "end")
    r("xpending", "s", "none")
    r("xpending", "missing", "g")
    r("xpending_range", "s", "g", "-", "+", 10, normalise=steady)
    r("xpending_range", "s", "g", "-", "+", 10, "alice", normalise=steady)
    r("xpending_range", "s", "g", "2-0", "(3-0", 1, normalise=steady)
    r("xpending_range", "s", "g", "-", "+", 10, "nobody")
    r("xpending_range", "s", "g", "-", "+", 10, idle=100000)
    r("xpending_range", "s", "g", "-", "+", 0)
    s.raws("XPENDING s", "XPENDING s g -", "XPENDING s g - + x", "XPENDING s g x + 1", "XPENDING s g IDLE x - + 1",
           "XPENDING s g IDLE 5")

    r("xack", "s", "g", "1-0", "9-9")
    r("xack", "s", "g", "1-0")
    r("xack", "s", "none", "1-0")
    r("xack", "missing", "g", "1-0")
    r("xack", "s", "g", "x")
    r("xpending", "s", "g")
    r("xclaim", "s", "g", "carol", 0, ["2-0"])
    r("xclaim", "s", "g", "carol", 100000, ["3-0"])
    r("xclaim", "s", "g", "carol", 0, ["3-0", "9-9"], justid=True)
    r("xclaim", "s", "g", "dave", 0, ["6-0"])
    r("xclaim", "s", "g", "dave", 0, ["6-0"], force=True, retrycount=7)
    r("xclaim", "s", "g", "dave", 0, ["2-0"], idle=5000)
    r("xpending_range", "s", "g", "-", "+", 10, idle=4000, normalise=steady)
    r("xclaim", "s", "g", "dave", 0, ["2-0"], time=1000, justid=True)
    r("xpending_range", "s", "g", "-", "+", 10, normalise=steady)
    s.raws("XCLAIM s g c x 1-0", "XCLAIM s g c 0", "XCLAIM s none c 0 1-0", "XCLAIM missing g c 0 1-0",
           "XCLAIM s g c 0 1-0 FOO",
           "XCLAIM s g c 0 2-0 IDLE x", "XCLAIM s g c 0 2-0 RETRYCOUNT -1", "XCLAIM s g c 0 2-0 LASTID 5-0",
           "XCLAIM s g c 0 x")
    r("xdel", "s", "3-0")
    r("xclaim", "s", "g", "erin", 0, ["3-0"])
    r("xreadgroup", "g", "dave", {"s": "0"})
    r("xreadgroup", "g", "frank", {"s": ">"})
    r("xdel", "s", "5-0")
    r("xautoclaim", "s", "g", "grace", 0, count=1)
    r("xautoclaim", "s", "g", "grace", 0, start_id="2-1")
    r("xautoclaim", "s", "g", "grace", 0, justid=True)
    r("xautoclaim", "s", "g", "grace", 100000)
    r("xautoclaim", "s", "none", "grace", 0)
    r("xautoclaim", "missing", "g", "grace", 0)
    s.raws("XAUTOCLAIM s g c x 0", "XAUTOCLAIM s g c 0 x", "XAUTOCLAIM s g c 0 0 COUNT 0", "XAUTOCLAIM s g c 0 0 FOO",
           "XAUTOCLAIM s g c 0", "XAUTOCLAIM s g c 0 0 COUNT x")
    r("xreadgroup", "g", "grace", {"s": "0"})
    r("xinfo_stream", "s", full=True, normalise=steady)
    s.raw("XINFO", "STREAM", "s", "FULL", "COUNT", 1, normalise=lambda value: steady(plain(len(value))))

    r("xgroup_createconsumer", "s", "g", "new")
    r("xgroup_createconsumer", "s", "g", "new")
    r("xgroup_createconsumer", "s", "none", "new")
    r("xgroup_createconsumer", "missing", "g", "new")
    r("xgroup_delconsumer", "s", "g", "new")
    r("xgroup_delconsumer", "s", "g", "grace")
    r("xgroup_delconsumer", "s", "g", "nobody")
    r("xgroup_delconsumer", "s", "none", "nobody")
    r("xgroup_setid", "s", "g", "2-0")
    r("xgroup_setid", "s", "g", "0", entries_read=1)
    r("xgroup_setid", "s", "g", "$")
    r("xgroup_setid", "s", "none", "0")
    r("xgroup_setid", "missing", "g", "0")
    r("xgroup_setid", "s", "g", "x")
    r("xinfo_groups", "s")
    r("xinfo_consumers", "s", "g", normalise=steady)
    r("xgroup_destroy", "s", "end")
    r("xgroup_destroy", "s", "end")
    r("xgroup_destroy", "missing", "g")
    s.raws("XGROUP", "XGROUP FOO s g", "XGROUP CREATE s", "XGROUP CREATE s h 0 ENTRIESREAD -2",
           "XGROUP CREATE s h 0 FOO",
           "XGROUP DESTROY s")
    r("copy", "s", "s2")
    r("xinfo_groups", "s2")
    r("xpending", "s2", "middle")
    r("xtrim", "s2", maxlen=0, approximate=False)
    r("xinfo_groups", "s2")
    s.digest()
