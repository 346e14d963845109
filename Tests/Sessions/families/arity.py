"""Commands of newer servers, and every command with the wrong number of arguments."""

# Commands by the number of words that they take at least, and exactly.
AT_LEAST = {
    2: """auth bitcount bitfield bitfield_ro client config debug del exists geohash geopos getex hrandfield latency
       lpop memory mget object pfadd pfcount pfmerge psubscribe pubsub rpop scan sdiff sinter slowlog sort sort_ro
       spop srandmember ssubscribe subscribe sunion touch unlink watch xgroup xinfo zpopmax zpopmin zrandmember""",
    3: """bitpos blpop brpop bzpopmax bzpopmin copy expire expireat hdel hmget hscan lcs lpos lpush lpushx mset msetnx
       pexpire pexpireat rpush rpushx sadd sdiffstore set sintercard sinterstore smismember srem sscan sunionstore
       xdel xpending xsetid zdiff zinter zintercard zmscore zrem zscan zunion""",
    4: """bitop geodist hmset hset lmpop restore xack xrange xread xrevrange xtrim zadd zdiffstore zinterstore zmpop
       zrange zrangebylex zrangebyscore zrevrange zrevrangebylex zrevrangebyscore zunionstore""",
    5: "blmpop bzmpop geoadd georadiusbymember georadiusbymember_ro xadd zrangestore",
    6: "georadius georadius_ro migrate xautoclaim xclaim",
    7: "geosearch xreadgroup",
    8: "geosearchstore",
}
EXACTLY = {
    1: "bgrewriteaof dbsize discard exec lastsave monitor multi randomkey reset role save time unwatch",
    2: """decr dump echo expiretime get getdel hgetall hkeys hlen hvals incr keys llen persist pexpiretime pttl scard
       select smembers strlen ttl type xlen zcard""",
    3: """append decrby getbit getset hexists hget hstrlen incrby incrbyfloat lindex move publish rename renamenx
       rpoplpush setnx sismember spublish swapdb wait zrank zrevrank zscore""",
    4: """brpoplpush getrange hincrby hincrbyfloat hsetnx lrange lrem lset ltrim psetex setbit setex setrange smove
       substr zcount zincrby zlexcount zremrangebylex zremrangebyrank zremrangebyscore""",
    5: "linsert lmove",
    6: "blmove",
}


def arity(s):
    """One word too few, and one too many."""
    for number, names in AT_LEAST.items():
        for name in names.split():
            s.raw(name, *["x"] * (number - 2))
    for number, names in EXACTLY.items():
        for name in names.split():
            if number > 1:
                s.raw(name, *["x"] * (number - 2))
            s.raw(name, *["x"] * number)


def newer(s):
    """Commands that the libraries offer and that Redis 7.0 does not know."""
    r = s.run
    s.client.hset("h", "f", "v")
    for method, arguments in (
            ("hexpire", ("h", 100, "f")), ("hpexpire", ("h", 100, "f")), ("hexpireat", ("h", 4102444800, "f")),
            ("hpexpireat", ("h", 4102444800000, "f")), ("hpersist", ("h", "f")), ("hexpiretime", ("h", "f")),
            ("hpexpiretime", ("h", "f")), ("httl", ("h", "f")), ("hpttl", ("h", "f")), ("hsetex", ("h", {"f": "v"}))):
        s.offered_run(method, *arguments)
    r("waitaof", 0, 0, 0)
    r("hscan", "h", no_values=True)
    s.call("json().get", lambda: s.client.json().get("a"))
    s.call("ft().info", lambda: s.client.ft("index").info())
    s.call("ts().get", lambda: s.client.ts().get("a"))
    s.call("bf().add", lambda: s.client.bf().add("a", "x"))
    s.call("cf().add", lambda: s.client.cf().add("a", "x"))
    s.call("cms().info", lambda: s.client.cms().info("a"))
    s.call("topk().list", lambda: s.client.topk().list("a"))
    s.call("tdigest().min", lambda: s.client.tdigest().min("a"))
    s.call("graph().query", lambda: s.client.graph("g").query("RETURN 1"))
    s.digest()
