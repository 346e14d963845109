extension CommandTable {
  /// The subcommands of the commands that only hold others, as `COMMAND` of Redis 7.0 and Valkey 9.1 tells
  /// them, but for HELP. The columns are told in `CommandTable+Reading.swift`.
  static let subcommandRows = """
    acl|cat -2 - - 6.0
    acl|deluser -3 a - 6.0
    acl|dryrun -4 a - 7.0
    acl|genpass -2 - - 6.0
    acl|getuser 3 a - 6.0
    acl|list 2 a - 6.0
    acl|load 2 a - 6.0
    acl|log -2 a - 6.0
    acl|save 2 a - 6.0
    acl|setuser -3 a - 6.0
    acl|users 2 a - 6.0
    acl|whoami 2 - - 6.0
    client|caching 3 - - 6.0
    client|capa -3 - - - 8.0
    client|getname 2 - - 2.6
    client|getredir 2 - - 6.0
    client|id 2 - - 5.0
    client|import-source 3 - - - 8.1
    client|info 2 - - 6.2
    client|kill -3 a - 2.4
    client|list -2 a - 2.4
    client|no-evict 3 a - 7.0
    client|no-touch 3 - - 7.2
    client|pause -3 a - 3.0
    client|reply 3 - - 3.2
    client|setinfo 4 - - 7.2
    client|setname 3 - - 2.6
    client|tracking -3 - - 6.0
    client|trackinginfo 2 - - 6.2
    client|unblock -3 a - 5.0
    client|unpause 2 a - 6.2
    cluster|addslots -3 a - 3.0
    cluster|addslotsrange -4 a - 7.0
    cluster|bumpepoch 2 a - 3.0
    cluster|cancelslotmigrations 2 a - - 9.0
    cluster|count-failure-reports 3 a - 3.0
    cluster|countkeysinslot 3 - - 3.0
    cluster|delslots -3 a - 3.0
    cluster|delslotsrange -4 a - 7.0
    cluster|failover -2 a - 3.0
    cluster|flushslot -3 wa - - 9.0
    cluster|flushslots 2 a - 3.0
    cluster|forget 3 a - 3.0
    cluster|getkeysinslot 4 - - 3.0
    cluster|getslotmigrations 2 a - - 9.0
    cluster|info 2 - - 3.0
    cluster|keyslot 3 - - 3.0
    cluster|links 2 - - 7.0
    cluster|meet -4 a - 3.0
    cluster|migrateslots -4 a - - 9.0
    cluster|myid 2 - - 3.0
    cluster|myshardid 2 - - 7.2
    cluster|nodes 2 - - 3.0
    cluster|replicas 3 a - 5.0
    cluster|replicate -3 a - 3.0
    cluster|reset -2 a - 3.0
    cluster|saveconfig 2 a - 3.0
    cluster|set-config-epoch 3 a - 3.0
    cluster|setslot -4 a - 3.0
    cluster|shards 2 - - 7.0
    cluster|slaves 3 a - 3.0
    cluster|slot-stats -4 - - - 8.0
    cluster|slots 2 - - 3.0
    cluster|syncslots -3 a - - 9.0
    command|count 2 - - 2.8
    command|docs -2 - - 7.0
    command|getkeys -3 - - 2.8
    command|getkeysandflags -3 - - 7.0
    command|info -2 - - 2.8
    command|list -2 - - 7.0
    commandlog|get 4 a - - 8.1
    commandlog|len 3 a - - 8.1
    commandlog|reset 3 a - - 8.1
    config|get -3 a - 2.0
    config|resetstat 2 a - 2.0
    config|rewrite 2 a - 2.8
    config|set -4 a - 2.0
    function|delete 3 w - 7.0
    function|dump 2 - - 7.0
    function|flush -2 w - 7.0
    function|kill 2 - - 7.0
    function|list -2 - - 7.0
    function|load -3 w - 7.0
    function|restore -3 w - 7.0
    function|stats 2 - - 7.0
    latency|doctor 2 a - 2.8
    latency|graph 3 a - 2.8
    latency|histogram -2 a - 7.0
    latency|history 3 a - 2.8
    latency|latest 2 a - 2.8
    latency|reset -2 a - 2.8
    memory|doctor 2 - - 4.0
    memory|malloc-stats 2 - - 4.0
    memory|purge 2 - - 4.0
    memory|stats 2 - - 4.0
    memory|usage -3 r 2 4.0
    module|list 2 a - 4.0
    module|load -3 a - 4.0
    module|loadex -3 a - 7.0
    module|unload 3 a - 4.0
    object|encoding 3 r 2 2.2
    object|freq 3 r 2 4.0
    object|idletime 3 r 2 2.2
    object|refcount 3 r 2 2.2
    pubsub|channels -2 - - 2.8
    pubsub|numpat 2 - - 2.8
    pubsub|numsub -2 - - 2.8
    pubsub|shardchannels -2 - - 7.0
    pubsub|shardnumsub -2 - - 7.0
    script|debug -3 - - 3.2
    script|exists -3 - - 2.6
    script|flush -2 p - 2.6
    script|kill 2 - - 2.6
    script|load 3 p - 2.6
    script|show 3 - - - 8.0
    slowlog|get -2 a - 2.2
    slowlog|len 2 a - 2.2
    slowlog|reset 2 a - 2.2
    xgroup|create -5 w 2 5.0
    xgroup|createconsumer 5 w 2 6.2
    xgroup|delconsumer 5 w 2 5.0
    xgroup|destroy 4 w 2 5.0
    xgroup|setid -5 w 2 5.0
    xinfo|consumers 4 r 2 5.0
    xinfo|groups 3 r 2 5.0
    xinfo|stream -3 r 2 5.0
    """
}
