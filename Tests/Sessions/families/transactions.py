"""Transactions and pipelines."""


def transactions(s):
    """MULTI, EXEC, DISCARD, WATCH."""
    r, client = s.run, s.client
    other = s.open("other")
    s.call("pipeline set, incr, get", lambda: client.pipeline().set("a", 1).incr("a").get("a").execute())
    s.call("empty pipeline", lambda: client.pipeline().execute())
    s.call("pipeline of each type", lambda: client.pipeline().rpush("l", 1, 2).lrange("l", 0, -1).hset("h", "f", "v")
           .hgetall("h").sadd("s", "x").smembers("s").zadd("z", {"m": 1}).zrange("z", 0, -1, withscores=True)
           .xadd("x", {"f": "v"}, id="1-1").xrange("x").ttl("a").type("l").exists("missing").get("missing").execute())

    # An error while executing: the other commands take effect all the same.
    s.call("runtime error", lambda: client.pipeline().set("b", "x").incr("b").lpush("b", 1).set("c", 1).execute())
    r("get", "c")
    s.call("runtime error, not raised",
           lambda: client.pipeline().set("b", "y").incr("b").lpush("b", 1).set("c", 2).execute(raise_on_error=False))
    r("mget", "b", "c")
    # An error while queuing: nothing takes effect.
    s.call("unknown command in a transaction",
           lambda: client.pipeline().set("b", "z").execute_command("NOPE", "x").set("c", 3).execute())
    s.call("wrong arity in a transaction", lambda: client.pipeline().set("b", "z").execute_command("GET").execute())
    s.call("the same, not raised",
           lambda: client.pipeline().set("b", "z").execute_command("GET").execute(raise_on_error=False))
    r("mget", "b", "c")

    def watched(label, change, keys=("w",)):
        """Watches keys, makes the change from another client, and executes."""
        def work():
            with client.pipeline() as pipe:
                pipe.watch(*keys)
                value = pipe.get("w")
                change()
                pipe.multi()
                pipe.set("w", "mine").get("w")
                return [value, pipe.execute()]
        s.call(f"watch {', '.join(keys)}: {label}", work)
        r("get", "w")
        r("delete", "w")

    r("set", "w", "1")
    watched("no change", lambda: None)
    watched("set by another", lambda: other.set("w", "theirs"))
    r("set", "w", "1")
    watched("set to the same value", lambda: other.set("w", "1"))
    r("set", "w", "1")
    watched("deleted", lambda: other.delete("w"))
    watched("a missing key, still missing", lambda: other.delete("w"))
    watched("a missing key, created", lambda: other.set("w", "1"))
    r("set", "w", "1")
    watched("expire", lambda: other.expire("w", 100))
    r("set", "w", "1")
    watched("only read", lambda: [other.get("w"), other.type("w"), other.exists("w")])
    watched("another of two keys", lambda: other.set("v", "x"), ("w", "v"))
    watched("a key that is not watched", lambda: other.set("u", "x"), ("w", "v"))
    watched("flushdb", lambda: other.flushdb())
    r("set", "w", "1")
    watched("flushdb with the key", lambda: other.flushdb())
    r("set", "w", "1")
    watched("renamed over", lambda: [other.set("n", 1), other.rename("n", "w")])
    r("set", "w", "1")
    watched("swapdb", lambda: other.swapdb(0, 1))
    r("swapdb", 0, 1)

    def unwatched():
        with client.pipeline() as pipe:
            pipe.watch("w")
            other.set("w", "theirs")
            pipe.unwatch()
            return pipe.multi() or pipe.set("w", "mine").execute()

    s.call("unwatch", unwatched)

    def discarded():
        with client.pipeline() as pipe:
            pipe.watch("w")
            other.set("w", "theirs")
            pipe.reset()
            return pipe.set("w", "mine").execute()

    s.call("reset", discarded)

    def increment(pipe):
        current = int(pipe.get("n"))
        pipe.multi()
        pipe.set("n", current + 1)
        return current

    r("set", "n", 5)
    s.call("transaction()", lambda: client.transaction(increment, "n"))
    s.call("transaction(), its function's value",
           lambda: client.transaction(increment, "n", value_from_callable=True))
    r("get", "n")
    r("watch", "n")
    r("unwatch")

    single = s.open("single", single_connection_client=True)
    for line in ("EXEC", "DISCARD", "MULTI", "SET a queued", "MULTI", "WATCH a", "PING", "EXEC", "MULTI",
                 "SET a discarded", "DISCARD",
                 "GET a", "MULTI", "NOPE", "SET a aborted", "EXEC", "GET a", "MULTI", "EXEC", "WATCH", "MULTI x",
                 "WATCH a", "SET a own",
                 "MULTI", "GET a", "EXEC", "UNWATCH"):
        s.raw(*line.split(), on=single)
    s.digest()


def pipelines(s):
    """Pipelines without transactions."""
    client = s.client
    s.call("pipeline", lambda: client.pipeline(transaction=False).set("a",
                                                                      1).incr("a").get("a").delete("a").execute())
    s.call("pipeline with an error",
           lambda: client.pipeline(transaction=False).set("a", "x").incr("a").set("b", 1).execute())
    s.run("get", "b")
    s.call("pipeline with errors, not raised",
           lambda: client.pipeline(transaction=False).incr("a").execute_command("NOPE").get("b")
           .execute_command("GET").execute(raise_on_error=False))

    def many():
        pipe = client.pipeline(transaction=False)
        for number in range(10000):
            pipe.set(f"k{number}", number)
        for number in range(10000):
            pipe.get(f"k{number}")
        results = pipe.execute()
        return [all(results[:10000]), [int(value) for value in results[10000:]] == list(range(10000))]

    s.call("pipeline of 20000 commands", many)
    s.run("dbsize")

    def large():
        pipe = client.pipeline()
        for number in range(50):
            pipe.set(f"large{number}", bytes([number]) * 100000)
            pipe.strlen(f"large{number}")
        return pipe.execute()[1::2] == [100000] * 50

    s.call("transaction with large values", large)
    s.digest()
