extension CommandText {
  /// Commands about the server, its clients, channels and functions.
  static let server = """
    auth Gives the password
      [username] password
    bgrewriteaof Rewrites the log beside the clients
    bgsave Writes a dump beside the clients
      [SCHEDULE]
    client Holds the commands about connections
    client|getname Tells the name of this connection
    client|getredir Tells where this connection's invalidations go
    client|id Tells the number of this connection
    client|info Describes this connection
    client|kill Ends connections
      filter(ip:port|new-format([ID client-id<i>]|[TYPE
      normal_master_slave_pubsub(NORMAL|MASTER|SLAVE|REPLICA|PUBSUB)]|[USER username]|[ADDR
      ip:port]|[LADDR ip:port]|[SKIPME yes/no])...)
    client|list Describes connections
      [TYPE normal_master_replica_pubsub(NORMAL|MASTER|REPLICA|PUBSUB)] [ID id{client-id<i>...}]
    client|no-evict Keeps this connection when memory runs out
      enabled(ON|OFF)
    client|pause Has clients wait for a while
      timeout<i> [mode(WRITE|ALL)]
    client|reply Turns the replies to this connection on or off
      on_off_skip(ON|OFF|SKIP)
    client|setinfo Tells the library that a client uses
      attr(LIB-NAME libname|LIB-VER libver)
    client|setname Names this connection
      connection-name
    client|unblock Ends the waiting of another connection
      client-id<i> [timeout_error(TIMEOUT|ERROR)]
    client|unpause Ends a pause of clients
    command Describes all commands
    command|count Counts the commands
    command|docs Tells what commands are for and what they take
      [command-name...]
    command|getkeys Finds the keys in a command
    command|getkeysandflags Finds the keys in a command and what happens to them
    command|info Describes some commands
      [command-name...]
    command|list Names the commands
      [FILTERBY filterby(MODULE module-name|ACLCAT category|PATTERN pattern)]
    config Holds the commands about settings
    config|get Reads settings
      parameter{parameter}...
    config|resetstat Sets the statistics back to zero
    config|rewrite Writes the settings to their file
    config|set Changes settings
      parameter_value{parameter value}...
    dbsize Counts the keys of a database
    debug Holds the commands for tests
    discard Ends a transaction without running it
    echo Sends a message back
      message
    exec Runs a transaction
    flushall Removes the keys of all databases
      [async(ASYNC|SYNC)]
    flushdb Removes the keys of a database
      [async(ASYNC|SYNC)]
    function Holds the commands about functions
    function|delete Removes a library
      library-name
    function|dump Makes a payload of all libraries
    function|flush Removes all libraries
      [async(ASYNC|SYNC)]
    function|load Adds a library
      [REPLACE] function-code
    function|restore Adds the libraries of a payload
      serialized-value [policy(FLUSH|APPEND|REPLACE)]
    hello Begins a connection: protocol, password, name
      [arguments{protover<i> [AUTH username_password{username password}] [SETNAME clientname]}]
    info Reports on the server
      [section...]
    lastsave Tells when a dump was last written
    latency Holds the commands about delays
    latency|history Tells the delays of an event
      event
    latency|latest Tells the last delay of every event
    latency|reset Forgets delays
      [event...]
    lolwut Shows the version with a picture
      [VERSION version<i>]
    memory Holds the commands about memory
    memory|doctor Looks for trouble with memory
    memory|malloc-stats Reports on the allocator
    memory|purge Gives free memory back to the system
    memory|stats Tells what memory is used for
    memory|usage Tells how much memory a key takes
      key [SAMPLES count<i>]
    monitor Shows the commands of all clients as they come
    multi Begins a transaction
    ping Tells that the server is there
      [message]
    psubscribe Listens to the channels of patterns
      pattern{pattern}...
    publish Sends a message to a channel
      channel message
    pubsub Holds the commands about channels
    pubsub|channels Names the channels that somebody listens to
      [pattern]
    pubsub|numpat Counts the patterns that somebody listens to
    pubsub|numsub Counts who listens to channels
      [channel...]
    pubsub|shardchannels Names the shard channels that somebody listens to
      [pattern]
    pubsub|shardnumsub Counts who listens to shard channels
      [shardchannel...]
    punsubscribe Ceases to listen to the channels of patterns
      [pattern...]
    quit Ends this connection
    reset Puts this connection back to its beginning
    restore-asking Makes a key of a payload, for clusters
      key ttl<i> serialized-value [REPLACE] [ABSTTL] [IDLETIME seconds<i>] [FREQ frequency<i>]
    role Tells the part in replication
    save Writes a dump while all clients wait
    select Chooses the database of this connection
      index<i>
    shutdown Ends the server
      [nosave_save(NOSAVE|SAVE)] [NOW] [FORCE] [ABORT]
    slowlog Holds the commands about slow commands
    slowlog|get Shows the slow commands
      [count<i>]
    slowlog|len Counts the slow commands
    slowlog|reset Forgets the slow commands
    spublish Sends a message to a shard channel
      shardchannel message
    ssubscribe Listens to shard channels
      shardchannel...
    subscribe Listens to channels
      channel...
    sunsubscribe Ceases to listen to shard channels
      [shardchannel...]
    swapdb Exchanges two databases
      index1<i> index2<i>
    time Tells the time
    unsubscribe Ceases to listen to channels
      [channel...]
    unwatch Watches no keys any more
    watch Has the transaction fail when a key changes
      key...
    """
}
