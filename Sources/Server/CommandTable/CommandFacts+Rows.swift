extension CommandFacts {
  /// What Redis 7.0 tells of its commands: the answers of a server, beside which a test lays these. The columns are
  /// told in `CommandFacts.swift`; a line that ends in a colon begins a group.
  static let rows = """
    generic:
      copy 6.2.0 - - - Ra@1,Ou@2
      del 1.0.0 - - request:multi_shard,response:agg_sum Xd@1:-1
      dump 2.6.0 - - random Ra@1
      exists 1.0.0 fast - request:multi_shard,response:agg_sum R@1:-1
      expire 1.0.0 fast - - Wu@1
      expireat 1.2.0 fast - - Wu@1
      expiretime 7.0.0 fast - - Ra@1
      keys 1.0.0 - dangerous,keyspace request:all_shards,unordered
      move 1.0.0 fast - - Wau@1
      object 2.2.3
      object|encoding 2.2.3 - - random R@2
      object|freq 4.0.0 - - random R@2
      object|help 6.2.0
      object|idletime 2.2.3 - - random R@2
      object|refcount 2.2.3 - - random R@2
      persist 2.2.0 fast - - Wu@1
      pexpire 2.6.0 fast - - Wu@1
      pexpireat 2.6.0 fast - - Wu@1
      pexpiretime 7.0.0 fast - - Ra@1
      pttl 2.6.0 fast - random Ra@1
      randomkey 1.0.0 - - request:all_shards,random
      rename 1.0.0 - - - Wad@1,Ou@2
      renamenx 1.0.0 fast - - Wad@1,Oi@2
      restore 2.6.0 - dangerous,keyspace - Ou@1
      scan 2.8.0 - - random,request:special
      sort 1.0.0 - dangerous,list,set,sortedset - Ra@1,Ra?,Ou?
      sort_ro 7.0.0 movablekeys dangerous,list,set,sortedset - Ra@1,Ra?
      touch 3.2.1 fast - request:multi_shard,response:agg_sum R@1:-1
      ttl 1.0.0 fast - random Ra@1
      type 1.0.0 fast - - R@1
      unlink 4.0.0 fast - request:multi_shard,response:agg_sum Xd@1:-1
      wait 3.0.0 noscript,-blocking connection request:all_shards,response:agg_min
    string:
      append 2.0.0 fast - - Wi@1
      decr 1.0.0 fast - - Wau@1
      decrby 1.0.0 fast - - Wau@1
      get 1.0.0 fast - - Ra@1
      getdel 6.2.0 fast - - Wad@1
      getex 6.2.0 fast - - Wau@1
      getrange 2.4.0 - - - Ra@1
      getset 1.0.0/6.2.0 fast - - Wau@1
      incr 1.0.0 fast - - Wau@1
      incrby 1.0.0 fast - - Wau@1
      incrbyfloat 2.6.0 fast - - Wau@1
      lcs 7.0.0 - - - Ra@1:1
      mget 1.0.0 fast - request:multi_shard Ra@1:-1
      mset 1.0.1 - - request:multi_shard,response:all_succeeded Ou@1:-1:2
      msetnx 1.0.1 - - request:multi_shard,response:agg_min Oi@1:-1:2
      psetex 2.6.0 - - - Ou@1
      set 1.0.0 - - - Wauv@1
      setex 2.0.0 - - - Ou@1
      setnx 1.0.0 fast - - Oi@1
      setrange 2.2.0 - - - Wu@1
      strlen 2.2.0 fast - - R@1
      substr 1.0.0/2.0.0 - - - Ra@1
    list:
      blmove 6.2.0 noscript - - Wad@1,Wi@2
      blmpop 7.0.0 - - - Wad@2#
      blpop 2.0.0 noscript - - Wad@1:-2
      brpop 2.0.0 noscript - - Wad@1:-2
      brpoplpush 2.2.0/6.2.0 noscript - - Wad@1,Wi@2
      lindex 1.0.0 - - - Ra@1
      linsert 2.2.0 - - - Wi@1
      llen 1.0.0 fast - - R@1
      lmove 6.2.0 - - - Wad@1,Wi@2
      lmpop 7.0.0 - - - Wad@1#
      lpop 1.0.0 fast - - Wad@1
      lpos 6.0.6 - - - Ra@1
      lpush 1.0.0 fast - - Wi@1
      lpushx 2.2.0 fast - - Wi@1
      lrange 1.0.0 - - - Ra@1
      lrem 1.0.0 - - - Wd@1
      lset 1.0.0 - - - Wu@1
      ltrim 1.0.0 - - - Wd@1
      rpop 1.0.0 fast - - Wad@1
      rpoplpush 1.2.0/6.2.0 - - - Wad@1,Wi@2
      rpush 1.0.0 fast - - Wi@1
      rpushx 2.2.0 fast - - Wi@1
    set:
      sadd 1.0.0 fast - - Wi@1
      scard 1.0.0 fast - - R@1
      sdiff 1.0.0 - - unordered Ra@1:-1
      sdiffstore 1.0.0 - - - Ou@1,Ra@2:-1
      sinter 1.0.0 - - unordered Ra@1:-1
      sintercard 7.0.0 - - - Ra@1#
      sinterstore 1.0.0 - - - Wu@1,Ra@2:-1
      sismember 1.0.0 fast - - R@1
      smembers 1.0.0 - - unordered Ra@1
      smismember 6.2.0 fast - - Ra@1
      smove 1.0.0 fast - - Wad@1,Wi@2
      spop 1.0.0 fast - random Wad@1
      srandmember 1.0.0 - - random Ra@1
      srem 1.0.0 fast - - Wd@1
      sscan 2.8.0 - - random Ra@1
      sunion 1.0.0 - - unordered Ra@1:-1
      sunionstore 1.0.0 - - - Ou@1,Ra@2:-1
    sorted-set:
      bzmpop 7.0.0 - - - Wad@2#
      bzpopmax 5.0.0 fast,noscript - - Wad@1:-2
      bzpopmin 5.0.0 fast,noscript - - Wad@1:-2
      zadd 1.2.0 fast - - Wu@1
      zcard 1.2.0 fast - - R@1
      zcount 2.0.0 fast - - Ra@1
      zdiff 6.2.0 - - - Ra@1#
      zdiffstore 6.2.0 - - - Ou@1,Ra@2#
      zincrby 1.2.0 fast - - Wau@1
      zinter 6.2.0 - - - Ra@1#
      zintercard 7.0.0 - - - Ra@1#
      zinterstore 2.0.0 - - - Ou@1,Ra@2#
      zlexcount 2.8.9 fast - - Ra@1
      zmpop 7.0.0 - - - Wad@1#
      zmscore 6.2.0 fast - - Ra@1
      zpopmax 5.0.0 fast - - Wad@1
      zpopmin 5.0.0 fast - - Wad@1
      zrandmember 6.2.0 - - random Ra@1
      zrange 1.2.0 - - - Ra@1
      zrangebylex 2.8.9/6.2.0 - - - Ra@1
      zrangebyscore 1.0.5/6.2.0 - - - Ra@1
      zrangestore 6.2.0 - - - Ou@1,Ra@2
      zrank 2.0.0 fast - - Ra@1
      zrem 1.2.0 fast - - Wd@1
      zremrangebylex 2.8.9 - - - Wd@1
      zremrangebyrank 2.0.0 - - - Wd@1
      zremrangebyscore 1.2.0 - - - Wd@1
      zrevrange 1.2.0/6.2.0 - - - Ra@1
      zrevrangebylex 2.8.9/6.2.0 - - - Ra@1
      zrevrangebyscore 2.2.0/6.2.0 - - - Ra@1
      zrevrank 2.0.0 fast - - Ra@1
      zscan 2.8.0 - - random Ra@1
      zscore 1.2.0 fast - - Ra@1
      zunion 6.2.0 - - - Ra@1#
      zunionstore 2.0.0 - - - Ou@1,Ra@2#
    hash:
      hdel 2.0.0 fast - - Wd@1
      hexists 2.0.0 fast - - R@1
      hget 2.0.0 fast - - Ra@1
      hgetall 2.0.0 - - unordered Ra@1
      hincrby 2.0.0 fast - - Wau@1
      hincrbyfloat 2.6.0 fast - - Wau@1
      hkeys 2.0.0 - - unordered Ra@1
      hlen 2.0.0 fast - - R@1
      hmget 2.0.0 fast - - Ra@1
      hmset 2.0.0/4.0.0 fast - - Wu@1
      hrandfield 6.2.0 - - random Ra@1
      hscan 2.8.0 - - random Ra@1
      hset 2.0.0 fast - - Wu@1
      hsetnx 2.0.0 fast - - Wi@1
      hstrlen 3.2.0 fast - - R@1
      hvals 2.0.0 - - unordered Ra@1
    stream:
      xack 5.0.0 fast - - Wu@1
      xadd 5.0.0 fast - random Wu@1
      xautoclaim 6.2.0 fast - random Wd@1
      xclaim 5.0.0 fast - random Wu@1
      xdel 5.0.0 fast - - Wd@1
      xgroup 5.0.0
      xgroup|create 5.0.0 - - - Wi@2
      xgroup|createconsumer 6.2.0 - - - Wi@2
      xgroup|delconsumer 5.0.0 - - - Wd@2
      xgroup|destroy 5.0.0 - - - Wd@2
      xgroup|help 5.0.0
      xgroup|setid 5.0.0 - - - Wu@2
      xinfo 5.0.0
      xinfo|consumers 5.0.0 - - random Ra@2
      xinfo|groups 5.0.0 - - - Ra@2
      xinfo|help 5.0.0
      xinfo|stream 5.0.0 - - - Ra@2
      xlen 5.0.0 fast - - R@1
      xpending 5.0.0 - - random Ra@1
      xrange 5.0.0 - - - Ra@1
      xread 5.0.0 - - - Ra@STREAMS@1:-1:1:2
      xreadgroup 5.0.0 - - - Ra@STREAMS@4:-1:1:2
      xrevrange 5.0.0 - - - Ra@1
      xsetid 5.0.0 fast - - Wu@1
      xtrim 5.0.0 - - random Wd@1
    bitmap:
      bitcount 2.6.0 - - - Ra@1
      bitfield 3.2.0 - - - Wauv@1
      bitfield_ro 6.0.0 fast - - Ra@1
      bitop 2.6.0 - - - Ou@2,Ra@3:-1
      bitpos 2.8.7 - - - Ra@1
      getbit 2.2.0 fast - - Ra@1
      setbit 2.2.0 - - - Wau@1
    hyperloglog:
      pfadd 2.8.9 fast - - Wi@1
      pfcount 2.8.9 - - - Wa@1:-1
      pfdebug 2.8.9 syscmd - - Wa@2
      pfmerge 2.8.9 - - - Wai@1,Ra@2:-1
    geo:
      geoadd 3.2.0 - - - Wu@1
      geodist 3.2.0 - - - Ra@1
      geohash 3.2.0 - - - Ra@1
      geopos 3.2.0 - - - Ra@1
      georadius 3.2.0/6.2.0 - - - Ra@1,Ou@STORE@6,Ou@STOREDIST@6
      georadius_ro 3.2.10/6.2.0 - - - Ra@1
      georadiusbymember 3.2.0/6.2.0 - - - Ra@1,Ou@STORE@5,Ou@STOREDIST@5
      georadiusbymember_ro 3.2.10/6.2.0 - - - Ra@1
      geosearch 6.2.0 - - - Ra@1
      geosearchstore 6.2.0 - - - Ou@1,Ra@2
    pubsub:
      psubscribe 2.0.0 pubsub,noscript
      publish 2.0.0 pubsub,fast
      pubsub 2.8.0
      pubsub|channels 2.8.0 pubsub
      pubsub|help 6.2.0
      pubsub|numpat 2.8.0 pubsub
      pubsub|numsub 2.8.0 pubsub
      pubsub|shardchannels 7.0.0 pubsub
      pubsub|shardnumsub 7.0.0 pubsub
      punsubscribe 2.0.0 pubsub,noscript
      spublish 7.0.0 pubsub,fast - - n@1
      ssubscribe 7.0.0 pubsub,noscript - - n@1:-1
      subscribe 2.0.0 pubsub,noscript
      sunsubscribe 7.0.0 pubsub,noscript - - n@1:-1
      unsubscribe 2.0.0 pubsub,noscript
    transactions:
      discard 2.0.0 fast,noscript,allow_busy
      exec 1.2.0 noscript,skip_slowlog
      multi 1.2.0 fast,noscript,allow_busy
      unwatch 2.2.0 fast,noscript,allow_busy
      watch 2.2.0 fast,noscript,allow_busy - - R@1:-1
    scripting:
      function 7.0.0
      function|delete 7.0.0 noscript - request:all_shards,response:all_succeeded
      function|dump 7.0.0 noscript
      function|flush 7.0.0 noscript - request:all_shards,response:all_succeeded
      function|help 7.0.0
      function|load 7.0.0 noscript - request:all_shards,response:all_succeeded
      function|restore 7.0.0 noscript - request:all_shards,response:all_succeeded
    connection:
      auth 1.0.0 fast,noscript,allow_busy
      client 2.4.0
      client|getname 2.6.9 noscript
      client|getredir 6.0.0 noscript
      client|help 5.0.0
      client|id 5.0.0 noscript
      client|info 6.2.0 noscript - random
      client|kill 2.4.0 noscript
      client|list 2.4.0 noscript - random
      client|no-evict 7.0.0 noscript
      client|pause 2.9.50 noscript
      client|reply 3.2.0 noscript
      client|setinfo 7.2.0 noscript - request:all_nodes,response:all_succeeded
      client|setname 2.6.9 noscript
      client|unblock 5.0.0 noscript
      client|unpause 6.2.0 noscript
      echo 1.0.0 fast
      hello 6.0.0 fast,noscript,allow_busy
      ping 1.0.0 fast - request:all_shards,response:all_succeeded
      quit 1.0.0 fast,noscript,allow_busy
      reset 6.2.0 fast,noscript,allow_busy
      select 1.0.0 fast
    server:
      bgrewriteaof 1.0.0 noscript,no_async_loading
      bgsave 1.0.0 noscript,no_async_loading
      command 2.8.13 - connection unordered
      command|count 2.8.13 - connection
      command|docs 7.0.0 - connection unordered
      command|getkeys 2.8.13 - connection
      command|getkeysandflags 7.0.0 - connection
      command|help 5.0.0 - connection
      command|info 2.8.13 - connection unordered
      command|list 7.0.0 - connection unordered
      config 2.0.0
      config|get 2.0.0 noscript
      config|help 5.0.0
      config|resetstat 2.0.0 noscript
      config|rewrite 2.8.0 noscript
      config|set 2.0.0 noscript - request:all_nodes,response:all_succeeded
      dbsize 1.0.0 fast keyspace request:all_shards,response:agg_sum
      debug 1.0.0 noscript,syscmd
      flushall 1.0.0 - dangerous,keyspace request:all_shards,response:all_succeeded
      flushdb 1.0.0 - dangerous,keyspace request:all_shards,response:all_succeeded
      info 1.0.0 - dangerous random,request:all_shards,response:special
      lastsave 1.0.0 fast admin,dangerous random
      latency 2.8.13
      latency|help 2.8.13
      latency|history 2.8.13 noscript - random,request:all_nodes,response:special
      latency|latest 2.8.13 noscript - random,request:all_nodes,response:special
      latency|reset 2.8.13 noscript - request:all_nodes,response:all_succeeded
      lolwut 5.0.0 fast
      memory 4.0.0
      memory|doctor 4.0.0 - - random,request:all_shards,response:special
      memory|help 4.0.0
      memory|malloc-stats 4.0.0 - - random,request:all_shards,response:special
      memory|purge 4.0.0 - - request:all_shards,response:all_succeeded
      memory|stats 4.0.0 - - random,request:all_shards,response:special
      memory|usage 4.0.0 - - - R@2
      monitor 1.0.0 noscript
      restore-asking 3.0.0 asking,syscmd dangerous,keyspace - Ou@1
      role 2.8.12 fast,noscript admin,dangerous
      save 1.0.0 noscript,no_async_loading
      shutdown 1.0.0 noscript,allow_busy
      slowlog 2.2.12
      slowlog|get 2.2.12 - - request:all_nodes,random
      slowlog|help 6.2.0
      slowlog|len 2.2.12 - - request:all_nodes,response:agg_sum,random
      slowlog|reset 2.2.12 - - request:all_nodes,response:all_succeeded
      swapdb 4.0.0 fast dangerous,keyspace
      time 2.6.0 fast - random
    """
}
