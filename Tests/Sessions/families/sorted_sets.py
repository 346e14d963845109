"""Sorted sets."""

from recorder import members_of, ordered

INFINITY = float("inf")


def sorted_sets(s):
    """Adding, scores, ranks, removing, random members."""
    r = s.run
    r("zadd", "z", {"a": 1, "b": 2.5, "c": -3})
    r("zadd", "z", {"a": 5, "d": 1e100})
    r("zadd", "z", {"a": 6, "e": 0}, ch=True)
    r("zadd", "z", {"a": 7, "f": 0}, nx=True)
    r("zadd", "z", {"a": 8, "g": 0}, xx=True)
    r("zadd", "z", {"a": 9, "g": 0}, xx=True, ch=True)
    r("zadd", "z", {"a": 1}, gt=True, ch=True)
    r("zadd", "z", {"a": 10}, gt=True, ch=True)
    r("zadd", "z", {"a": 20}, lt=True, ch=True)
    r("zadd", "z", {"a": 2, "h": 3}, lt=True, ch=True)
    r("zadd", "z", {"a": 1}, incr=True)
    r("zadd", "z", {"a": 1}, incr=True, nx=True)
    r("zadd", "z", {"i": 1}, incr=True, xx=True)
    r("zadd", "z", {"a": -1}, incr=True, gt=True)
    r("zadd", "z", {"a": 1}, xx=True, gt=True)
    r("zadd", "z", {"inf": INFINITY, "-inf": -INFINITY})
    r("zincrby", "z", -INFINITY, "inf")
    r("zrange", "z", 0, -1, withscores=True)
    r("zadd", "z", {"a": 1}, nx=True, xx=True)
    r("zadd", "z", {"a": 1}, nx=True, gt=True)
    r("zadd", "z", {"a": 1, "b": 2}, incr=True)
    r("zadd", "z", {})
    s.raws("ZADD z NX XX 1 a", "ZADD z NX GT 1 a", "ZADD z GT LT 1 a", "ZADD z INCR 1 a 2 b", "ZADD z x a",
           "ZADD z 1",
           "ZADD z 1 a 2", "ZADD z nan a", "ZADD z +inf x", "ZADD z 1 a y b", "ZADD missing XX 1 a", "EXISTS missing",
           "ZADD z 0x10 hex", "ZADD z 1e400 huge", "ZADD z 1_000 under", "ZSCORE z hex", "ZADD z XX INCR 1 nobody",
           "ZADD z INCR 2 a", "ZINCRBY z x a", "ZINCRBY z 1", "ZADD z CH NX 1 new", "ZADD z -0 minus",
           "ZSCORE z minus")
    r("zcard", "z")
    r("zcard", "missing")
    r("zscore", "z", "b")
    r("zscore", "z", "missing")
    r("zscore", "missing", "b")
    r("zmscore", "z", ["a", "missing", "inf", "-inf", "d"])
    r("zmscore", "missing", ["a"])
    r("zincrby", "z", 2.25, "b")
    r("zincrby", "z", 1, "new")
    r("zincrby", "counter", 0.1, "x")
    r("zincrby", "counter", 0.2, "x")
    s.each("zrank", ("z", "-inf"), ("z", "a"), ("z", "missing"), ("missing", "a"))
    s.each("zrevrank", ("z", "-inf"), ("z", "a"), ("z", "missing"), ("missing", "a"))
    r("zrank", "z", "a", withscore=True)
    r("zrevrank", "z", "a", withscore=True)
    s.each("zcount", ("z", "-inf", "+inf"), ("z", 0, 3), ("z", "(0", "(3"), ("z", 3, 0), ("missing", 0, 1))
    s.raws("ZCOUNT z x 1", "ZCOUNT z 1", "ZCOUNT z 1 (x", "ZCOUNT z nan 1")
    r("zrem", "z", "a", "missing", "b")
    r("zrem", "z", "missing")
    r("zrem", "missing", "a")
    r("zadd", "one", {"x": 1})
    r("zrem", "one", "x")
    r("exists", "one")

    r("zadd", "p", {"a": 1, "b": 2, "c": 3, "d": 4, "e": 5, "f": 6})
    r("zpopmin", "p")
    r("zpopmax", "p")
    r("zpopmin", "p", 2)
    r("zpopmax", "p", 0)
    r("zpopmax", "p", 10)
    r("zpopmin", "p")
    r("zpopmax", "missing", 3)
    s.raws("ZPOPMIN z -1", "ZPOPMIN z x", "ZPOPMIN z 1 2")
    r("zadd", "p", {"a": 1, "b": 2, "c": 3})
    r("zmpop", 2, ["missing", "p"], min=True)
    r("zmpop", 1, ["p"], max=True, count=1)
    r("zmpop", 1, ["p"], min=True, count=10)
    r("zmpop", 1, ["p"], min=True)
    s.raws("ZMPOP 0 p MIN", "ZMPOP 2 p MIN", "ZMPOP 1 p FOO", "ZMPOP 1 p MIN COUNT 0", "ZMPOP x p MIN",
           "ZMPOP 1 z MAX COUNT 1 COUNT 2")

    members = [f"m{i}".encode() for i in range(5)]
    r("zadd", "rand", {member: index for index, member in enumerate(members)})
    r("zrandmember", "rand", normalise=members_of(*members))
    r("zrandmember", "rand", 3, normalise=members_of(*members, distinct=True))
    r("zrandmember", "rand", 100, normalise=ordered)
    r("zrandmember", "rand", -20, normalise=members_of(*members))
    r("zrandmember", "rand", 0)
    r("zrandmember", "missing")
    r("zrandmember", "missing", 3)
    r("zadd", "single", {"x": 1.5})
    r("zrandmember", "single", -2, withscores=True)
    r("zrandmember", "single", 1, withscores=True)
    s.raws("ZRANDMEMBER rand x", "ZRANDMEMBER rand 1 FOO")

    r("set", "string", "x")
    for method, arguments in (
            ("zadd", ({"a": 1},)), ("zcard", ()), ("zscore", ("a",)), ("zmscore", (["a"],)), ("zincrby", (1, "a")),
            ("zrank", ("a",)), ("zrevrank", ("a",)), ("zcount", (0, 1)), ("zrem", ("a",)), ("zpopmin", ()),
            ("zpopmax", ()), ("zrange", (0, 1)), ("zrangebyscore", (0, 1)), ("zrangebylex", ("-", "+")),
            ("zlexcount", ("-", "+")), ("zremrangebyrank", (0, 1)), ("zremrangebyscore", (0, 1)),
            ("zremrangebylex", ("-", "+")), ("zrandmember", ()), ("zscan", ())):
        r(method, "string", *arguments)
    r("zmpop", 1, ["string"], min=True)
    r("zunion", ["string", "z"])
    # Scores whose shortest decimal form is long, and integers at the edge of doubles.
    for score in ("0.1", "3.141592653589793", "1e-10", "123456789012345680", "9007199254740993",
                  "1.7976931348623157e308",
                  "5e-324", "-0.5", "1e21", "100", "1e17", "12345678.9"):
        s.raw("ZADD", "scores", score, score)
        s.raw("ZSCORE", "scores", score)
    r("zrange", "scores", 0, -1, withscores=True)
    s.client.zadd("large", {f"member:{i:04}": i % 100 for i in range(3000)})
    s.encoding("large")
    r("zrank", "large", "member:1234")
    r("zrevrank", "large", "member:1234")
    r("zrange", "large", 1500, 1505, withscores=True)
    r("zcount", "large", 10, "(20")
    r("zremrangebyscore", "large", 5, 95)
    r("zcard", "large")
    r("zrange", "large", -4, -1, withscores=True)
    s.digest()


def ranges(s):
    """Ranges by rank, by score and by name."""
    r = s.run
    r("zadd", "z", {"a": 1, "b": 2, "c": 3, "d": 4, "e": 5, "B": 2})
    s.each("zrange", ("z", 0, -1), ("z", 1, 3), ("z", -2, -1), ("z", 3, 1), ("z", 10, 20), ("missing", 0, -1))
    r("zrange", "z", 0, 2, withscores=True)
    r("zrange", "z", 0, 2, desc=True)
    r("zrange", "z", 0, 2, desc=True, withscores=True, score_cast_func=str)
    r("zrange", "z", 2, 4, byscore=True)
    r("zrange", "z", "(2", "+inf", byscore=True, withscores=True)
    r("zrange", "z", 4, 2, byscore=True, desc=True)
    r("zrange", "z", 2, 4, byscore=True, desc=True)
    r("zrange", "z", "-inf", "+inf", byscore=True, offset=1, num=2)
    r("zrange", "z", "+inf", "-inf", byscore=True, desc=True, offset=1, num=2)
    r("zrange", "z", "-inf", "+inf", byscore=True, offset=1, num=-1)
    r("zrange", "z", "-inf", "+inf", byscore=True, offset=-1, num=2)
    r("zrange", "z", 0, -1, offset=0, num=1)
    r("zrevrange", "z", 0, 2)
    r("zrevrange", "z", 0, 2, withscores=True)
    r("zrangebyscore", "z", 2, 4)
    r("zrangebyscore", "z", "(2", "(4", withscores=True)
    r("zrangebyscore", "z", "-inf", "+inf", start=1, num=3)
    r("zrangebyscore", "z", 4, 2)
    r("zrangebyscore", "missing", 1, 2)
    r("zrevrangebyscore", "z", 4, 2)
    r("zrevrangebyscore", "z", "+inf", "(2", withscores=True, start=0, num=2)
    r("zrevrangebyscore", "z", 2, 4)
    s.raws("ZRANGE z a b", "ZRANGE z 0", "ZRANGE z 0 1 FOO", "ZRANGE z 0 1 BYSCORE BYLEX", "ZRANGE z 0 1 LIMIT 0 1",
           "ZRANGE z a b BYSCORE", "ZRANGE z a b BYLEX", "ZRANGE z - + BYLEX WITHSCORES",
           "ZRANGEBYSCORE z 0 1 LIMIT 0",
           "ZRANGEBYSCORE z 0 1 LIMIT a b", "ZRANGEBYSCORE z x 1", "ZREVRANGE z 0 1 BYSCORE", "ZREVRANGE z 0 x",
           "ZRANGEBYLEX z a b", "ZRANGEBYLEX z - [b WITHSCORES", "ZRANGEBYSCORE z 0 1 REV")

    r("zadd", "lex", {name: 0 for name in ("a", "b", "c", "d", "aa", "ab", "", "B", "\xe9")})
    for low, high in (("-", "+"), ("[a", "[c"), ("(a", "(c"), ("-", "[aa"), ("(c", "+"), ("[c", "[a"), ("+", "-"),
                      ("[", "[B")):
        r("zrangebylex", "lex", low, high)
        r("zlexcount", "lex", low, high)
    r("zrangebylex", "lex", "-", "+", start=1, num=2)
    r("zrangebylex", "missing", "-", "+")
    r("zrevrangebylex", "lex", "+", "-")
    r("zrevrangebylex", "lex", "[c", "(a", start=0, num=2)
    r("zrange", "lex", "[a", "(c", bylex=True)
    r("zrange", "lex", "(c", "[a", bylex=True, desc=True)
    r("zrange", "lex", "-", "+", bylex=True, offset=2, num=2)
    r("zlexcount", "missing", "-", "+")
    s.raws("ZLEXCOUNT lex a b", "ZREVRANGEBYLEX lex - x", "ZLEXCOUNT lex -")

    r("zrangestore", "dest", "z", 1, 2)
    r("zrange", "dest", 0, -1, withscores=True)
    r("zrangestore", "dest", "z", 2, 3, byscore=True)
    r("zrange", "dest", 0, -1, withscores=True)
    r("zrangestore", "dest", "z", "+inf", "-inf", byscore=True, desc=True, offset=0, num=2)
    r("zrange", "dest", 0, -1, withscores=True)
    r("zrangestore", "dest", "lex", "[a", "[b", bylex=True)
    r("zrange", "dest", 0, -1, withscores=True)
    s.encoding("dest")
    r("zrangestore", "dest", "z", 10, 20)
    r("exists", "dest")
    r("zrangestore", "dest", "missing", 0, -1)
    r("set", "string", "x")
    r("zrangestore", "dest", "string", 0, -1)
    r("zrangestore", "string", "z", 0, 0)
    r("type", "string")
    s.raws("ZRANGESTORE dest z 0 1 WITHSCORES", "ZRANGESTORE dest z 0", "ZRANGESTORE dest z a b")

    r("zremrangebyrank", "z", 0, 1)
    r("zremrangebyrank", "z", 10, 20)
    r("zremrangebyrank", "z", -1, -1)
    r("zremrangebyscore", "z", "(3", 4)
    r("zremrangebyscore", "z", 100, 200)
    r("zremrangebylex", "lex", "[a", "(b")
    r("zremrangebylex", "lex", "[x", "[y")
    r("zrange", "z", 0, -1, withscores=True)
    r("zrange", "lex", 0, -1)
    r("zremrangebylex", "lex", "-", "+")
    r("exists", "lex")
    r("zremrangebyrank", "missing", 0, -1)
    s.raws("ZREMRANGEBYRANK z a b", "ZREMRANGEBYSCORE z a b", "ZREMRANGEBYLEX z a b")
    s.digest()


def algebra(s):
    """Unions, intersections and differences."""
    r = s.run
    r("zadd", "1", {"a": 1, "b": 2, "c": 3})
    r("zadd", "2", {"b": 10, "c": 20, "d": 30})
    r("zadd", "3", {"c": 100, "e": INFINITY, "f": -INFINITY})
    r("sadd", "s", "b", "c", "x")
    inputs = (["1", "2"], ["1", "2", "3"], ["1"], ["1", "missing"], ["1", "s"], {"1": 2, "2": 0.5}, ["1", "1"])
    for keys in inputs:
        for aggregate in (None, "SUM", "MIN", "MAX"):
            r("zunion", keys, aggregate=aggregate, withscores=True)
            r("zinter", keys, aggregate=aggregate, withscores=True)
    for keys in inputs:
        r("zunion", keys)
        r("zinter", keys)
        r("zunionstore", "dest", keys, aggregate="MAX")
        r("zrange", "dest", 0, -1, withscores=True)
        r("zinterstore", "dest", keys)
        r("zrange", "dest", 0, -1, withscores=True)
    for keys in (["1", "2"], ["1", "2", "3"], ["1"], ["1", "missing"], ["missing", "1"], ["1", "s"], ["1", "1"]):
        r("zdiff", keys)
        r("zdiff", keys, withscores=True)
        r("zdiffstore", "dest", keys)
        r("zrange", "dest", 0, -1, withscores=True)
    r("zunion", {"3": -1, "1": 0}, withscores=True)
    r("zunionstore", "dest", {"3": 0})
    r("zrange", "dest", 0, -1, withscores=True)
    r("zinterstore", "dest", ["1", "missing"])
    r("exists", "dest")
    r("zunionstore", "1", ["1", "2"])
    r("zrange", "1", 0, -1, withscores=True)
    r("zintercard", 2, ["1", "2"])
    r("zintercard", 2, ["1", "2"], limit=1)
    r("zintercard", 2, ["1", "missing"])
    r("zintercard", 2, ["1", "s"])
    r("set", "string", "x")
    for method in ("zunion", "zinter", "zdiff"):
        r(method, ["1", "string"])
        r(method, ["missing", "string"])
        r(method + "store", "dest", ["1", "string"])
    r("zintercard", 1, ["string"])
    r("zunionstore", "string", ["1"])
    r("type", "string")
    s.raws("ZUNION 0 1", "ZUNION x 1", "ZUNION 3 1 2", "ZUNION 1 1 FOO", "ZUNION 2 1 2 WEIGHTS 1",
           "ZUNION 2 1 2 WEIGHTS x y",
           "ZUNION 1 1 AGGREGATE FOO", "ZUNIONSTORE d 1 1 WITHSCORES", "ZDIFF 1 1 WEIGHTS 1", "ZDIFF 0 1",
           "ZINTERCARD 0 1",
           "ZINTERCARD 1 1 LIMIT -1", "ZINTERCARD 1 1 LIMIT x", "ZINTERCARD 1 1 FOO", "ZUNIONSTORE d 0 1",
           "ZINTERSTORE d x 1",
           "ZUNION 1 1 WEIGHTS nan", "ZINTER 1 1 WEIGHTS inf WITHSCORES")
    s.digest()
