extension CommandText {
  /// Commands on strings, lists, sets, hashes and what is kept in them.
  static let values = """
    append Adds bytes to the end of a string
      key value
    bitcount Counts the bits that are set
      key [index{start<i> end<i> [index_unit(BYTE|BIT)]}]
    bitfield Reads and changes integers of any width in a string
      key [operation(GET encoding_offset{encoding offset<i>}|write{[OVERFLOW
      wrap_sat_fail(WRAP|SAT|FAIL)] write_operation(SET encoding_offset_value{encoding offset<i>
      value<i>}|INCRBY encoding_offset_increment{encoding offset<i> increment<i>})})...]
    bitfield_ro Reads integers of any width in a string
      key [GET encoding_offset{encoding offset<i>}...+]
    bitop Combines strings bit by bit
      operation destkey<k> key...
    bitpos Finds the first bit that is set, or is not
      key bit<i> [index{start<i> [end_index{end<i> [index_unit(BYTE|BIT)]}]}]
    blmove Moves an element between lists, and waits for one
      source<k> destination<k> wherefrom(LEFT|RIGHT) whereto(LEFT|RIGHT) timeout<d>
    blmpop Takes elements from the first list that has some, and waits
      timeout<d> numkeys<i> key... where(LEFT|RIGHT) [COUNT count<i>]
    blpop Takes the first element of a list, and waits for one
      key... timeout<d>
    brpop Takes the last element of a list, and waits for one
      key... timeout<d>
    brpoplpush Moves the last element to another list, and waits for one
      source<k> destination<k> timeout<d>
    decr Takes one from a number
      key
    decrby Takes a number from a number
      key decrement<i>
    geoadd Adds places
      key [condition(NX|XX)] [change=CH] longitude_latitude_member{longitude<d> latitude<d>
      member}...
    geodist Tells how far two places are apart
      key member1 member2 [unit(M|KM|FT|MI)]
    geohash Tells geohashes of places
      key member...
    geopos Tells longitudes and latitudes of places
      key member...
    georadius Finds places in a circle, and may store them
      key longitude<d> latitude<d> radius<d> unit(M|KM|FT|MI) [WITHCOORD] [WITHDIST] [WITHHASH]
      [count{COUNT count<i> [ANY]}] [order(ASC|DESC)] [STORE key] [STOREDIST key]
    georadius_ro Finds places in a circle
      key longitude<d> latitude<d> radius<d> unit(M|KM|FT|MI) [WITHCOORD] [WITHDIST] [WITHHASH]
      [count{COUNT count<i> [ANY]}] [order(ASC|DESC)]
    georadiusbymember Finds places around another, and may store them
      key member radius<d> unit(M|KM|FT|MI) [WITHCOORD] [WITHDIST] [WITHHASH] [count{COUNT
      count<i> [ANY]}] [order(ASC|DESC)] [STORE key] [STOREDIST key]
    georadiusbymember_ro Finds places around another
      key member radius<d> unit(M|KM|FT|MI) [WITHCOORD] [WITHDIST] [WITHHASH] [count{COUNT
      count<i> [ANY]}] [order(ASC|DESC)]
    geosearch Finds places in a circle or a box
      key from(FROMMEMBER member|FROMLONLAT longitude_latitude{longitude<d> latitude<d>})
      by(circle{BYRADIUS radius<d> unit(M|KM|FT|MI)}|box{BYBOX width<d> height<d>
      unit(M|KM|FT|MI)}) [order(ASC|DESC)] [count{COUNT count<i> [ANY]}] [WITHCOORD] [WITHDIST]
      [WITHHASH]
    geosearchstore Stores the places in a circle or a box
      destination<k> source<k> from(FROMMEMBER member|FROMLONLAT longitude_latitude{longitude<d>
      latitude<d>}) by(circle{BYRADIUS radius<d> unit(M|KM|FT|MI)}|box{BYBOX width<d> height<d>
      unit(M|KM|FT|MI)}) [order(ASC|DESC)] [count{COUNT count<i> [ANY]}] [STOREDIST]
    get Reads a string
      key
    getbit Reads a bit
      key offset<i>
    getdel Reads a string and removes its key
      key
    getex Reads a string and changes when its key expires
      key [expiration(EX seconds<i>|PX milliseconds<i>|EXAT unix-time-seconds<u>|PXAT
      unix-time-milliseconds<u>|PERSIST)]
    getrange Reads a part of a string
      key start<i> end<i>
    getset Stores a string and reads what was there
      key value
    hdel Removes fields
      key field...
    hexists Tells whether a field is there
      key field
    hget Reads a field
      key field
    hgetall Reads all fields and their values
      key
    hincrby Adds an integer to a field
      key field increment<i>
    hincrbyfloat Adds a number with a fraction to a field
      key field increment<d>
    hkeys Names all fields
      key
    hlen Counts fields
      key
    hmget Reads several fields
      key field...
    hmset Sets several fields
      key field_value{field value}...
    hrandfield Draws fields
      key [options{count<i> [WITHVALUES]}]
    hscan Goes through fields in steps
      key cursor<i> [MATCH pattern] [COUNT count<i>]
    hset Sets fields
      key field_value{field value}...
    hsetnx Sets a field unless it is there
      key field value
    hstrlen Counts the bytes of a field's value
      key field
    hvals Reads the values of all fields
      key
    incr Adds one to a number
      key
    incrby Adds an integer to a number
      key increment<i>
    incrbyfloat Adds a number with a fraction to a number
      key increment<d>
    lcs Finds the longest sequence that two strings share
      key1<k> key2<k>#0 [LEN] [IDX] [MINMATCHLEN len<i>] [WITHMATCHLEN]
    lindex Reads an element
      key index<i>
    linsert Adds an element beside another
      key where(BEFORE|AFTER) pivot element
    llen Counts elements
      key
    lmove Moves an element from one list to another
      source<k> destination<k> wherefrom(LEFT|RIGHT) whereto(LEFT|RIGHT)
    lmpop Takes elements from the first list that has some
      numkeys<i> key... where(LEFT|RIGHT) [COUNT count<i>]
    lpop Takes elements from the beginning
      key [count<i>]
    lpos Finds an element
      key element [RANK rank<i>] [COUNT num-matches<i>] [MAXLEN len<i>]
    lpush Adds elements in front of a list
      key element...
    lpushx Adds elements in front of a list that is there
      key element...
    lrange Reads elements by their places
      key start<i> stop<i>
    lrem Removes equal elements
      key count<i> element
    lset Replaces an element
      key index<i> element
    ltrim Keeps a range of elements
      key start<i> stop<i>
    mget Reads several strings
      key...
    mset Stores several strings
      key_value{key value}...
    msetnx Stores several strings unless one of the keys is there
      key_value{key value}...
    pfadd Counts elements in a HyperLogLog
      key [element...]
    pfcount Estimates how many different elements there were
      key...
    pfdebug Shows the inside of a HyperLogLog
      subcommand key
    pfmerge Merges HyperLogLogs
      destkey<k> sourcekey<k>...
    psetex Stores a string for some milliseconds
      key milliseconds<i> value
    rpop Takes elements from the end
      key [count<i>]
    rpoplpush Moves the last element to another list
      source<k> destination<k>
    rpush Adds elements at the end of a list
      key element...
    rpushx Adds elements at the end of a list that is there
      key element...
    sadd Adds members
      key member...
    scard Counts members
      key
    sdiff Members of the first set that are in no other
      key...
    sdiffstore Stores the members of the first set that are in no other
      destination<k> key...
    set Stores a string, whatever was there
      key value [condition(NX|XX)] [GET] [expiration(EX seconds<i>|PX milliseconds<i>|EXAT
      unix-time-seconds<u>|PXAT unix-time-milliseconds<u>|KEEPTTL)]
    setbit Sets or clears a bit
      key offset<i> value<i>
    setex Stores a string for some seconds
      key seconds<i> value
    setnx Stores a string unless the key is there
      key value
    setrange Overwrites a part of a string
      key offset<i> value
    sinter Members that are in all sets
      key...
    sintercard Counts the members that are in all sets
      numkeys<i> key... [LIMIT limit<i>]
    sinterstore Stores the members that are in all sets
      destination<k> key...
    sismember Tells whether a member is there
      key member
    smembers Reads all members
      key
    smismember Tells which members are there
      key member...
    smove Moves a member to another set
      source<k> destination<k> member
    spop Draws members and removes them
      key [count<i>]
    srandmember Draws members
      key [count<i>]
    srem Removes members
      key member...
    sscan Goes through members in steps
      key cursor<i> [MATCH pattern] [COUNT count<i>]
    strlen Counts the bytes of a string
      key
    substr Reads a part of a string
      key start<i> end<i>
    sunion Members of any of the sets
      key...
    sunionstore Stores the members of any of the sets
      destination<k> key...
    """
}
