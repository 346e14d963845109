"""The protocol itself: bytes that came, without a client library."""

from recorder import Wire, request


def wire(s):
    """Inline commands, split requests, transactions and subscriptions."""
    w = Wire(s.path)

    def exchange(label, data, replies=1, of=None):
        def work():
            (of or w).socket.sendall(data)
            return b"".join((of or w).read() for _ in range(replies))
        s.call(f"send {label}", work)

    exchange("an inline PING", b"PING\r\n")
    exchange("an inline command ended by a line feed", b"ping\n")
    exchange("an inline SET with quotes", b"SET a \"x y\\n\\x41\"\r\n")
    exchange("an inline SET with single quotes", b"SET b 'it\\'s'\r\n")
    exchange("an inline MGET", b"  MGET a   b \r\n")
    exchange("empty lines, then PING", b"\r\n\r\nPING\r\n")
    exchange("three commands at once", request("PING") + request("SET", "c", 1) + request("GET", "c"), 3)
    exchange("an empty array, then PING", b"*0\r\n" + request("PING"))
    exchange("a negative array, then PING", b"*-1\r\n" + request("PING"))
    exchange("an empty command name", request(""))
    data = request("SET", "split", "in two")

    def split():
        for index in range(len(data)):
            w.socket.sendall(data[index:index + 1])
        return w.read()

    s.call("send a command byte by byte", split)
    for words in (("MULTI",), ("SET", "a", 1), ("GET", "a"), ("LPUSH", "a", "x"), ("BLPOP", "missing", 0), ("EXEC",),
                  ("MULTI",), ("MULTI",), ("NOPE",), ("GET",), ("EXEC",), ("EXEC",), ("DISCARD",), ("WATCH", "a"),
                  ("MULTI",),
                  ("WATCH", "a"), ("SUBSCRIBE", "x"), ("DISCARD",), ("MULTI",), ("EXEC",)):
        s.ask(w, *words)
    s.ask(w, "WATCH", "a")
    s.client.set("a", "changed")
    for words in (("MULTI",), ("GET", "a"), ("EXEC",), ("MULTI",), ("SELECT", 1), ("SET", "a", "in 1"), ("EXEC",),
                  ("GET", "a"), ("SELECT", 0)):
        s.ask(w, *words)
    for protocol in (2, 3):
        t = Wire(s.path, protocol)
        s.ask(t, "SUBSCRIBE", "a", "b", replies=2)
        for words in (("GET", "a"), ("PING",), ("PING", "message"), ("NOPE",), ("MULTI",)):
            s.ask(t, *words)
        if protocol == 3:
            s.ask(t, "DISCARD")
        s.ask(t, "PSUBSCRIBE", "a*")
        s.client.publish("a", "x")
        s.call("read two messages", lambda: t.read() + t.read())
        s.ask(t, "UNSUBSCRIBE", "a")
        s.ask(t, "UNSUBSCRIBE", "b", "never", replies=2)
        s.ask(t, "PUNSUBSCRIBE")
        s.ask(t, "PUNSUBSCRIBE")
        s.ask(t, "UNSUBSCRIBE")
        s.ask(t, "GET", "a")
        s.ask(t, "SUBSCRIBE", "a")
        s.ask(t, "RESET")
        s.ask(t, "GET", "a")
        s.ask(t, "SUBSCRIBE", "a")
        s.ask(t, "QUIT")
        s.call("read after QUIT", t.read)
        t.close()
    s.ask(w, "MULTI")
    s.ask(w, "CLIENT", "SETNAME", "x")
    s.ask(w, "RESET")
    s.ask(w, "CLIENT", "GETNAME")
    s.ask(w, "EXEC")
    s.ask(w, "QUIT")
    s.call("read after QUIT", w.read)
    w.close()


# Requests whose replies show each form of the protocol's values.
REPLIES = """
SET a 1 | GET a | GET missing | INCR a | STRLEN a | EXISTS a missing | TYPE a | TYPE missing | MGET a missing
TTL a | SET a 2 NX | SET a 2 GET | GETRANGE missing 0 1 | INCRBYFLOAT f 3.1 | INCRBYFLOAT f 1e15 | LCS a f IDX
RPUSH l x y z | LRANGE l 0 -1 | LRANGE missing 0 -1 | LPOP missing | LPOP missing 1 | LPOP l 0 | LPOP l 1
LPOS l y COUNT 0 | LPOS l nope | LINDEX l 9 | LMPOP 1 l LEFT | LMPOP 1 missing LEFT | BLPOP missing 0.01
BLMPOP 0.01 1 missing LEFT | BLMOVE missing l LEFT LEFT 0.01 | BLPOP l 1 | HSET h f v | HGETALL h
HGETALL missing | HGET h f | HGET h x | HMGET h f x | HKEYS h | HVALS h | HINCRBYFLOAT h n 1.5
HRANDFIELD missing | HRANDFIELD missing 1 | HDEL h n | HRANDFIELD h 1 WITHVALUES | HRANDFIELD h -2 WITHVALUES
HSCAN h 0 | SADD s 1 2 3 | SMEMBERS s | SMEMBERS missing | SISMEMBER s 1 | SMISMEMBER s 1 9 | SINTER s s
SUNION s missing | SDIFF s missing | SPOP missing | SPOP missing 2 | SRANDMEMBER missing | SRANDMEMBER missing 2
SSCAN missing 0 | SADD one x | SPOP one 1 | ZADD z 1 a 2.5 b inf c | ZADD z INCR 1 a | ZADD z NX INCR 1 a
ZSCORE z b | ZSCORE z x | ZMSCORE z a x c | ZRANGE z 0 -1 | ZRANGE z 0 -1 WITHSCORES
ZRANGEBYSCORE z -inf +inf WITHSCORES | ZREVRANGE z 0 0 WITHSCORES | ZINCRBY z 0.1 a | ZRANK z a | ZRANK z x
ZPOPMIN z | ZPOPMIN z 1 | ZPOPMAX missing | ZADD z 1 a 2 b | ZMPOP 1 z MIN | ZMPOP 1 z MAX COUNT 2
ZMPOP 1 missing MIN | BZPOPMIN missing 0.01 | BZMPOP 0.01 1 missing MIN | ZADD z 1 a 2.25 b | BZPOPMAX z 1
ZUNION 1 z WITHSCORES | ZINTER 1 z | ZDIFF 1 z WITHSCORES | ZRANDMEMBER z 1 WITHSCORES | ZRANDMEMBER missing
ZRANDMEMBER missing 1 | ZSCAN z 0 | ZADD z 0.1 t | ZSCORE z t | ZADD z 1e30 u | ZSCORE z u | XADD x 1-1 f v
XADD x NOMKSTREAM 1-2 f v g w | XADD missing NOMKSTREAM 1-1 f v | XRANGE x - + | XREAD STREAMS x 0
XREAD STREAMS x $ | XREAD BLOCK 10 STREAMS x $ | XGROUP CREATE x g 0 | XREADGROUP GROUP g c COUNT 1 STREAMS x >
XPENDING x g | XPENDING x h | XREADGROUP GROUP g c STREAMS x 0 | XINFO GROUPS x | XCLAIM x g d 0 1-1 JUSTID
XAUTOCLAIM x g d 0 0 JUSTID | XACK x g 1-1 | XDEL x 1-2 | XREADGROUP GROUP g c STREAMS x > | XPENDING x g
XPENDING x g - + 5 | GEOADD geo 13.361389 38.115556 Palermo | GEOPOS geo Palermo x
GEODIST geo Palermo Palermo km | GEODIST geo Palermo x | GEOHASH geo Palermo x
GEOSEARCH geo FROMLONLAT 13 38 BYRADIUS 100 km WITHCOORD WITHDIST WITHHASH
BITFIELD b SET u8 0 255 OVERFLOW FAIL INCRBY u8 0 10 GET u4 0 | BITPOS missing 0 | PFADD p a | PFCOUNT p
PFADD p a | PING | PING x | ECHO x | SELECT 0 | SELECT 99 | KEYS nothing | RANDOMKEY
SCAN 0 MATCH nothing COUNT 1000 | OBJECT ENCODING a | OBJECT ENCODING missing | OBJECT FREQ a | SORT missing
SORT z BY nosort GET # GET nothing_* | DUMP missing | EXPIRE missing 1 | EXPIRETIME missing | COPY a a2
PERSIST a | RENAMENX a a2 | MOVE a 99 | RENAME missing x | DEBUG SLEEP 0 | WAIT 0 0 | ROLE | SLOWLOG GET 0
LATENCY LATEST | CONFIG GET maxmemory | CONFIG GET nothing | CONFIG SET timeout x | CONFIG RESETSTAT
CLIENT GETNAME | CLIENT SETNAME x | CLIENT GETNAME | CLIENT GETREDIR | CLIENT NO-EVICT ON | COMMAND GETKEYS GET a
COMMAND LIST FILTERBY PATTERN hget | PUBSUB CHANNELS | PUBSUB NUMSUB a | PUBSUB NUMPAT | PUBLISH a x
MEMORY USAGE missing | MEMORY PURGE | INFO nothing | FLUSHDB | RANDOMKEY | DBSIZE | SAVE | GET | NOPE x
LPUSH l 1 | GET l | INCR l | AUTH x | AUTH x y
"""


def replies(s):
    """The bytes of a reply of each form, in the session's protocol."""
    w = s.wire()
    random = ("RANDOMKEY",)
    for line in REPLIES.strip().splitlines():
        for part in line.split(" | "):
            words = part.split()
            # A random key is one of many, until there is none.
            if words[0] in random:
                s.ask(w, *words, normalise=lambda value: value[:1])
            else:
                s.ask(w, *words)
    w.close()


def errors(s):
    """Requests that break the protocol: the server answers and closes."""
    for label, data in (
            ("an invalid number of words", b"*x\r\n"), ("too many words", b"*2147483648\r\n"),
            ("no bulk string", b"*1\r\n!3\r\nfoo\r\n"),
            ("an invalid length", b"*1\r\n$x\r\n"), ("a negative length", b"*1\r\n$-5\r\n"),
            ("a huge length", b"*1\r\n$99999999999\r\n"),
            ("unbalanced quotes", b"GET \"a\r\n"), ("text after quotes", b"GET \"a\"b\r\n"),
            ("a long inline line", b"x" * 70000),
            ("a long number of words", b"*" + b"1" * 70000), ("a long length", b"*1\r\n$" + b"1" * 70000),
            ("a request of another protocol", b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")):
        w = Wire(s.path)

        def work():
            w.socket.sendall(data)
            return w.read() + w.read()

        s.call(f"send {label}", work)
        w.close()
    s.run("ping")
