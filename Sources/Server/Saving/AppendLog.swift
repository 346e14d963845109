internal import Glibc
internal import Keyspace
internal import NIOCore
internal import NIOPosix
internal import Persistence
internal import SystemPackage

/// The log of commands: a base, a file that commands are added to, and a manifest.
///
/// Commands are collected and written once for all that came together; with `appendfsync always` they are made
/// durable then, and only then are their replies sent. Source: aof.c of Redis 7.0.
final class AppendLog {
  #if !DEBUG
    @safe @exclusivity(unchecked)
  #endif
  var settings: ServerSettings
  private(set) var files: LogListing

  /// Why nothing can be written; nil when it can. Writes are refused meanwhile, and tried again.
  private(set) var failure: Errno?
  /// Bytes of the file that commands are added to.
  var fileSize: UInt64 { file.size }
  /// Bytes of the other files that would be loaded.
  private(set) var otherSize: UInt64 = 0
  /// Bytes of all files after the last rewrite, or at the start.
  private(set) var sizeAtRewrite: UInt64 = 0
  /// How often commands were written although the sync before had not come to its end.
  private(set) var delayedSyncs: UInt64 = 0
  private(set) var isSyncing = false
  /// Whether a sync has failed in between, so that what is in the file may not be on the disk.
  var hasDoubts = false

  var isRewriting = false
  var lastRewriteFailed = false
  /// Unix milliseconds at which the rewrite that runs began.
  var rewriteStart: Int64 = 0
  /// Milliseconds that the last rewrite took; nil before the first.
  var lastRewriteDuration: Int64?
  var rewrites: UInt64 = 0

  private var file: LogFile
  private let faults: FaultPlan
  #if !DEBUG
    @safe @exclusivity(unchecked)
  #endif
  private var buffer = Persistence.ByteBuffer(capacity: 64 << 10)
  #if !DEBUG
    @safe @exclusivity(unchecked)
  #endif
  private var selected: Int?
  #if !DEBUG
    @safe @exclusivity(unchecked)
  #endif
  private var timestamp: Int64?
  /// Bytes that have been handed in since the start, and those of them that are as durable as they are to be
  /// before replies are sent.
  private var position: UInt64 = 0
  private var settledPosition: UInt64 = 0
  private var lastSync = WallClock.milliseconds
  private var needsSync = false
  /// Unix milliseconds since which writing waits for a sync; nil when it does not.
  private var postponedSince: Int64?
  /// Unix milliseconds before which a write that failed is not tried again.
  private var retryAt: Int64 = 0
  private let syncThread: NIOThreadPool
  private let eventLoop: any EventLoop

  /// Opens the file that commands are added to.
  ///
  /// - `files`: what is loaded; the last incremental file is gone on with, or the first one begun.
  init(
    _ settings: ServerSettings, _ files: LogListing, _ faults: FaultPlan, eventLoop: any EventLoop
  ) throws(LogError) {
    self.settings = settings
    self.faults = faults
    self.files = files
    self.eventLoop = eventLoop
    syncThread = NIOThreadPool(numberOfThreads: 1)
    let last: AOFManifest.Record
    if let listed = files.manifest.lastIncremental {
      last = listed
    } else {
      last = files.nextIncremental()
      self.files.manifest.records.append(last)
    }
    file = try LogFile(files.folder.appending(name: last.name), faults)
    syncThread.start()
    measure()
    sizeAtRewrite = size
  }

  /// Bytes of all files that would be loaded, with what is not written yet.
  var size: UInt64 { otherSize + fileSize + UInt64(buffer.count) }
  var bufferedBytes: Int { buffer.count }
  /// The file that commands are added to.
  var path: FilePath { file.path }

  private func measure() {
    otherSize = files.manifest.loaded.dropLast().reduce(0) { sum, record in
      let size = (try? Stat(files.folder.appending(name: record.name)))?.size ?? 0
      return sum + UInt64(max(size, 0))
    }
  }

  // MARK: Adding

  /// Adds a command as it came.
  func append(_ arguments: Arguments, database: Int, now: Int64) {
    let before = buffer.count
    prepare(database, now)
    begin(arguments.count)
    for index in 0..<arguments.count { buffer.append(argument: arguments[index]) }
    position += UInt64(buffer.count - before)
  }

  /// Adds commands that belong together: a loader runs all of them or none.
  func append(_ commands: [(database: Int, command: [ByteString])], now: Int64) {
    let before = buffer.count
    guard let first = commands.first else { return }
    prepare(first.database, now)
    if commands.count > 1 { append(["MULTI"]) }
    for (database, command) in commands {
      select(database)
      append(command)
    }
    if commands.count > 1 { append(["EXEC"]) }
    position += UInt64(buffer.count - before)
  }

  private func prepare(_ database: Int, _ now: Int64) {
    if settings.annotatesTime, timestamp != now / 1000 {
      timestamp = now / 1000
      buffer.append(ByteString("#TS:\(now / 1000)\r\n"))
    }
    select(database)
  }

  private func select(_ database: Int) {
    guard selected != database else { return }
    selected = database
    append(["SELECT", ByteString(String(database))])
  }

  private func append(_ command: [ByteString]) {
    begin(command.count)
    for word in command { buffer.append(argument: unsafe word.bytes.span.bytes) }
  }

  private func begin(_ count: Int) { buffer.append(line: UInt8(ascii: "*"), Int64(count)) }

  // MARK: Replies

  /// The client has changed something: it is told so when that is as durable as it is to be.
  func holdReplies(of client: Client) { client.logPosition = position }

  /// Whether replies to a client have to wait. Only `always` promises anything.
  func holdsReplies(of client: Client) -> Bool {
    settings.appendSync == .always && client.logPosition > settledPosition
  }

  // MARK: Writing

  /// Writes what has been added, and syncs as the settings say.
  func write(now: Int64) {
    if buffer.count > 0, mayWrite(now) {
      do throws(Errno) {
        try writeBuffer()
        if failure != nil { failure = nil }
      } catch {
        failure = error
        retryAt = now + 100
      }
    }
    if settings.appendSync == .everySecond { syncInBackground(now) }
    if settings.appendSync != .always { settledPosition = position }
  }

  private func mayWrite(_ now: Int64) -> Bool {
    if failure != nil, now < retryAt { return false }
    guard settings.appendSync == .everySecond, isSyncing else {
      postponedSince = nil
      return true
    }
    // A write would wait for the sync that runs, and all clients with it. Not for longer than two seconds.
    guard let since = postponedSince else {
      postponedSince = now
      return false
    }
    guard now - since >= 2000 else { return false }
    postponedSince = nil
    delayedSyncs += 1
    return true
  }

  /// Writes the buffer, all of it or nothing: a command that is cut off would be in the way of the next one.
  private func writeBuffer() throws(Errno) {
    let size = file.size
    do throws(Errno) {
      try file.append(buffer.bytes)
      if settings.appendSync == .always, !skipsSyncs { try file.sync() }
    } catch {
      file.cut(to: size)
      throw error
    }
    if settings.appendSync == .always { settledPosition = position } else { needsSync = true }
    buffer.removeAll()
  }

  /// Whether a save or rewrite is to have the disk for itself.
  var skipsSyncs = false

  private func syncInBackground(_ now: Int64) {
    guard needsSync, !isSyncing, !skipsSyncs, now - lastSync >= 1000 else { return }
    lastSync = now
    isSyncing = true
    needsSync = false
    let file = file
    let log = NIOLoopBound(self, eventLoop: eventLoop)
    syncThread.runIfActive(eventLoop: eventLoop) { () -> Errno? in
      do throws(Errno) {
        try file.sync()
        return nil
      } catch {
        return error
      }
    }.assumeIsolated().whenComplete { result in
      switch result {
      case .success(let error): log.value.endSync(error)
      case .failure: log.value.endSync(.ioError)
      }
    }
  }

  private func endSync(_ error: Errno?) {
    isSyncing = false
    guard let error else {
      if hasDoubts { failure = nil }
      // What waited for the sync.
      return write(now: WallClock.milliseconds)
    }
    failure = error
    hasDoubts = true
    needsSync = true
  }

  /// Writes and syncs all that there is, at once.
  func settle(now: Int64) throws(LogError) {
    retryAt = 0
    postponedSince = nil
    do throws(Errno) {
      if buffer.count > 0 { try writeBuffer() }
      try file.sync()
    } catch {
      failure = error
      throw .file(error, path)
    }
    settledPosition = position
  }

  /// Ends the use of the log; to be called once, after ``settle(now:)``.
  func close() {
    file.close()
    syncThread.shutdownGracefully { _ in }
  }

  // MARK: Rewriting

  /// Goes on in a new file, so that a rewrite of what there is now can take the place of all before it.
  ///
  /// - `isFirst`: no file that is there is of any use before the rewrite is done; the manifest stays as it is
  ///   until then.
  func beginFile(isFirst: Bool, now: Int64) throws(LogError) {
    if buffer.count > 0 { try settle(now: now) }
    var next = files
    let record = next.nextIncremental()
    let new = try LogFile(files.folder.appending(name: record.name), isNew: true, faults)
    next.manifest.records.append(record)
    if !isFirst {
      do throws(LogError) {
        try next.write()
      } catch {
        new.close()
        throw error
      }
    }
    // A sync of the old file may be running: the number must not be given to another file meanwhile.
    let old = file
    syncThread.submit { _ in
      try? old.sync()
      old.close()
    }
    files = next
    otherSize += fileSize
    file = new
    selected = nil
    timestamp = nil
  }

  /// Has a base that has been written, and the file that was begun with it, take the place of all others.
  func adopt(base name: ByteString, _ number: UInt64) throws(LogError) {
    try files.adopt(base: name, number, with: files.manifest.lastIncremental)
    measure()
    sizeAtRewrite = size
  }
}
