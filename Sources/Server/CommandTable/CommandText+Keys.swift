extension CommandText {
  /// Commands on keys of any type, on sorted sets and on streams.
  static let keys = """
    bzmpop Takes members from the first sorted set that has some, and waits
      timeout<d> numkeys<i> key... where(MIN|MAX) [COUNT count<i>]
    bzpopmax Takes the member with the highest score, and waits for one
      key... timeout<d>
    bzpopmin Takes the member with the lowest score, and waits for one
      key... timeout<d>
    copy Copies a key
      source<k> destination<k> [DB destination-db<i>] [REPLACE]
    del Removes keys
      key...
    dump Makes a payload of a key
      key
    exists Counts the keys that are there
      key...
    expire Has a key expire in some seconds
      key seconds<i> [condition(NX|XX|GT|LT)]
    expireat Has a key expire at a time in seconds
      key unix-time-seconds<u> [condition(NX|XX|GT|LT)]
    expiretime Tells when a key expires, in seconds
      key
    keys Names all keys of a pattern
      pattern
    move Moves a key to another database
      key db<i>
    object Holds the commands about how values are kept
    object|encoding Tells how a value is encoded
      key
    object|freq Tells how often a key is used
      key
    object|idletime Tells for how many seconds a key has not been used
      key
    object|refcount Counts the users of a value
      key
    persist Has a key expire no more
      key
    pexpire Has a key expire in some milliseconds
      key milliseconds<i> [condition(NX|XX|GT|LT)]
    pexpireat Has a key expire at a time in milliseconds
      key unix-time-milliseconds<u> [condition(NX|XX|GT|LT)]
    pexpiretime Tells when a key expires, in milliseconds
      key
    pttl Tells how many milliseconds a key has left
      key
    randomkey Draws a key
    rename Renames a key, whatever has the new name
      key newkey<k>
    renamenx Renames a key unless another has the new name
      key newkey<k>
    restore Makes a key of a payload
      key ttl<i> serialized-value [REPLACE] [ABSTTL] [IDLETIME seconds<i>] [FREQ frequency<i>]
    scan Goes through keys in steps
      cursor<i> [MATCH pattern] [COUNT count<i>] [TYPE type]
    sort Sorts elements, and may store them
      key [BY pattern#1] [LIMIT offset_count{offset<i> count<i>}] [GET pattern#1...+]
      [order(ASC|DESC)] [sorting=ALPHA] [STORE destination<k>#2]
    sort_ro Sorts elements
      key [BY pattern#1] [LIMIT offset_count{offset<i> count<i>}] [GET pattern#1...+]
      [order(ASC|DESC)] [sorting=ALPHA]
    touch Counts the keys that are there, and uses them
      key...
    ttl Tells how many seconds a key has left
      key
    type Tells the type of a key
      key
    unlink Removes keys
      key...
    wait Waits for replicas
      numreplicas<i> timeout<i>
    xack Takes entries off the list of those that are pending
      key group id...
    xadd Adds an entry
      key [NOMKSTREAM] [trim{strategy(MAXLEN|MINID) [operator(equal==|approximately=~)] threshold
      [LIMIT count<i>]}] id_or_auto(auto_id=*|id) field_value{field value}...
    xautoclaim Takes over entries that have been pending for long
      key group consumer min-idle-time start [COUNT count<i>] [JUSTID]
    xclaim Takes over pending entries
      key group consumer min-idle-time id... [IDLE ms<i>] [TIME unix-time-milliseconds<u>]
      [RETRYCOUNT count<i>] [FORCE] [JUSTID] [LASTID id]
    xdel Removes entries
      key id...
    xgroup Holds the commands about consumer groups
    xgroup|create Makes a group
      key groupname id(id|new_id=$) [MKSTREAM] [ENTRIESREAD entries_read<i>]
    xgroup|createconsumer Makes a consumer of a group
      key groupname consumername
    xgroup|delconsumer Removes a consumer of a group
      key groupname consumername
    xgroup|destroy Removes a group
      key groupname
    xgroup|setid Sets the last entry that a group has been given
      key groupname id(id|new_id=$) [ENTRIESREAD entries_read<i>]
    xinfo Holds the commands that describe streams
    xinfo|consumers Describes the consumers of a group
      key groupname
    xinfo|groups Describes the groups of a stream
      key
    xinfo|stream Describes a stream
      key [FULL full{[COUNT count<i>]}]
    xlen Counts entries
      key
    xpending Tells which entries are pending
      key group [filters{[IDLE min-idle-time<i>] start end count<i> [consumer]}]
    xrange Reads a range of entries
      key start end [COUNT count<i>]
    xread Reads entries behind an ID, and may wait for some
      [COUNT count<i>] [BLOCK milliseconds<i>] STREAMS streams{key... id...}
    xreadgroup Reads entries as a consumer of a group, and may wait for some
      GROUP group_consumer{group consumer} [COUNT count<i>] [BLOCK milliseconds<i>] [NOACK]
      STREAMS streams{key... id...}
    xrevrange Reads a range of entries, the last first
      key end start [COUNT count<i>]
    xsetid Sets the last ID of a stream
      key last-id [ENTRIESADDED entries_added<i>] [MAXDELETEDID max_deleted_entry_id]
    xtrim Removes the oldest entries
      key trim{strategy(MAXLEN|MINID) [operator(equal==|approximately=~)] threshold [LIMIT
      count<i>]}
    zadd Adds members or changes their scores
      key [condition(NX|XX)] [comparison(GT|LT)] [change=CH] [increment=INCR]
      score_member{score<d> member}...
    zcard Counts members
      key
    zcount Counts members in a range of scores
      key min<d> max<d>
    zdiff Members of the first sorted set that are in no other
      numkeys<i> key... [WITHSCORES]
    zdiffstore Stores the members of the first sorted set that are in no other
      destination<k> numkeys<i> key...
    zincrby Adds to the score of a member
      key increment<i> member
    zinter Members that are in all sorted sets
      numkeys<i> key... [WEIGHTS weight<i>...] [AGGREGATE aggregate(SUM|MIN|MAX)] [WITHSCORES]
    zintercard Counts the members that are in all sorted sets
      numkeys<i> key... [LIMIT limit<i>]
    zinterstore Stores the members that are in all sorted sets
      destination<k> numkeys<i> key... [WEIGHTS weight<i>...] [AGGREGATE aggregate(SUM|MIN|MAX)]
    zlexcount Counts members in a range of texts
      key min max
    zmpop Takes members from the first sorted set that has some
      numkeys<i> key... where(MIN|MAX) [COUNT count<i>]
    zmscore Reads the scores of members
      key member...
    zpopmax Takes the members with the highest scores
      key [count<i>]
    zpopmin Takes the members with the lowest scores
      key [count<i>]
    zrandmember Draws members
      key [options{count<i> [WITHSCORES]}]
    zrange Reads a range of members
      key start stop [sortby(BYSCORE|BYLEX)] [REV] [LIMIT offset_count{offset<i> count<i>}]
      [WITHSCORES]
    zrangebylex Reads members in a range of texts
      key min max [LIMIT offset_count{offset<i> count<i>}]
    zrangebyscore Reads members in a range of scores
      key min<d> max<d> [WITHSCORES] [LIMIT offset_count{offset<i> count<i>}]
    zrangestore Stores a range of members
      dst<k> src<k> min max [sortby(BYSCORE|BYLEX)] [REV] [LIMIT offset_count{offset<i> count<i>}]
    zrank Tells how many members are below one
      key member
    zrem Removes members
      key member...
    zremrangebylex Removes members in a range of texts
      key min max
    zremrangebyrank Removes members in a range of ranks
      key start<i> stop<i>
    zremrangebyscore Removes members in a range of scores
      key min<d> max<d>
    zrevrange Reads members by their ranks, the highest score first
      key start<i> stop<i> [WITHSCORES]
    zrevrangebylex Reads members in a range of texts, the last first
      key max min [LIMIT offset_count{offset<i> count<i>}]
    zrevrangebyscore Reads members in a range of scores, the highest first
      key max<d> min<d> [WITHSCORES] [LIMIT offset_count{offset<i> count<i>}]
    zrevrank Tells how many members are above one
      key member
    zscan Goes through members in steps
      key cursor<i> [MATCH pattern] [COUNT count<i>]
    zscore Reads the score of a member
      key member
    zunion Members of any of the sorted sets
      numkeys<i> key... [WEIGHTS weight<i>...] [AGGREGATE aggregate(SUM|MIN|MAX)] [WITHSCORES]
    zunionstore Stores the members of any of the sorted sets
      destination<k> numkeys<i> key... [WEIGHTS weight<i>...] [AGGREGATE aggregate(SUM|MIN|MAX)]
    """
}
