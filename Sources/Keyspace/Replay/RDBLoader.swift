internal import Persistence

/// Puts the keys of an RDB file into a keyspace.
struct RDBLoader {
  /// Threads, at least 1.
  let jobs: Int

  /// Tells the release that wrote the file, as its aux fields or else its version say.
  func load(
    _ file: AOFFile, named name: String, into keyspace: inout Keyspace,
    _ outcome: inout ReplayOutcome
  ) -> RDBTarget? {
    let scanner: RecordScanner
    do throws(ScanError) {
      scanner = try file.preamble()
    } catch {
      switch error {
      case .source(let source): outcome.failure = .unreadable(source, file: name)
      case .format(let format): outcome.failure = .rdb(format, file: name)
      }
      return nil
    }
    let recycle = scanner.recycler()
    var release = RDBTarget(magic: scanner.dialect.magic, version: scanner.dialect.version)
    var failure: ReplayOutcome.Failure?
    let stop = StopFlag()
    var checksum: UInt64 = 0
    do throws(SourceError) {
      try OrderedPipeline.run(
        jobs: jobs,
        fetch: { () throws(SourceError) -> ScannedItem? in stop.isSet ? nil : try scanner.next() },
        makeWorker: { RecordPreparer() },
        merge: { loaded in
          guard failure == nil else { return }
          checksum = CRC64.combine(checksum, loaded.checksum, lengthOfB: loaded.byteCount)
          release = loaded.writer ?? release
          for size in loaded.sizes {
            // What a file claims is believed as far as it has bytes for that.
            let keys = min(size.keys, (file.inputSize ?? 0) / Self.leastRecord)
            guard keys > 0, keyspace.select(size.database) else { continue }
            keyspace.databases[size.database].expect(keys: Int(clamping: keys))
          }
          for code in loaded.functions { keyspace.load(function: code) }
          if let error = insert(loaded.keys, into: &keyspace, &outcome, loaded.fileOffset) {
            failure = .rdb(error, file: name)
            stop.set()
          } else if let error = loaded.error {
            switch error {
            case .source(let source): failure = .unreadable(source, file: name)
            case .format(let format): failure = .rdb(format, file: name)
            case .changed:
              failure = .unreadable(.changedWhileRead(at: loaded.fileOffset), file: name)
            }
            stop.set()
          }
          if let batch = loaded.batch { recycle(batch) }
        })
    } catch {
      failure = failure ?? .unreadable(error, file: name)
    }
    let ending = scanner.ending
    if failure == nil, let error = ending.compressionError {
      failure = .unreadable(error, file: name)
    }
    if failure == nil,
      let error = ending.error ?? Self.missingChecksum(ending) ?? Self.mismatch(checksum, ending)
    {
      failure = .rdb(error, file: name)
    }
    outcome.failure = failure
    return release
  }

  /// What it means that a file ends within its checksum.
  private static func missingChecksum(_ ending: ScanEnding) -> FormatError? {
    guard let offset = ending.checksumOffset, ending.storedChecksum == nil,
      ending.compressionError == nil
    else { return nil }
    return FormatError(.truncated, at: Int(clamping: offset), "the checksum is cut off")
  }

  /// What a wrong checksum means to a server; a file without one has zero in its place.
  private static func mismatch(_ computed: UInt64, _ ending: ScanEnding) -> FormatError? {
    guard let stored = ending.storedChecksum, stored != 0, stored != computed else { return nil }
    return FormatError(
      .checksumMismatch, at: Int(clamping: ending.checksumOffset ?? 0),
      "the checksum disagrees with the bytes before it")
  }

  /// Bytes of the smallest record of a key: its type, and the lengths of two strings without bytes.
  private static let leastRecord: UInt64 = 3

  /// Keys whose places are read at once, before the first of them is put in.
  private static let keysReadAhead = 16

  /// Puts in the keys of some records. Returns why a server would not load one of them.
  ///
  /// - `offset`: of the batch of records that they are from.
  private func insert(
    _ keys: LoadedRecords.Keys, into keyspace: inout Keyspace, _ outcome: inout ReplayOutcome,
    _ offset: UInt64
  ) -> FormatError? {
    var taken: [Database.PlacedEntry] = []
    swap(&taken, &keys.entries)
    var entries = taken.mutableSpan
    for index in entries.indices {
      if index % Self.keysReadAhead == 0 {
        keys.hasRead ^= Self.readAhead(entries.span, from: index, keyspace)
      }
      let database = entries[index].database
      guard keyspace.select(database) else {
        return FormatError(
          .dbOutOfRange, at: Int(clamping: offset),
          "a key in the records from here on belongs to a database that no server has")
      }
      guard keyspace.databases[database].insertNew(&entries[index]) else {
        return FormatError(
          .duplicateKey, at: Int(clamping: offset),
          "a key in the records from here on stands in its database twice")
      }
      outcome.loadedKeys += 1
    }
    return nil
  }

  /// Reads the places of some keys. What it returns means nothing.
  @inline(__always)
  private static func readAhead(
    _ entries: Span<Database.PlacedEntry>, from start: Int, _ keyspace: borrowing Keyspace
  ) -> UInt32 {
    var read: UInt32 = 0
    let databases = keyspace.databases.span
    for index in start..<min(start + keysReadAhead, entries.count) {
      let database = entries[index].database
      if database < databases.count { read ^= databases[database].readAhead(entries[index]) }
    }
    return read
  }
}

/// What a batch of records holds, ready to be put into a keyspace.
struct LoadedRecords: @unchecked Sendable {
  // `@unchecked Sendable`: the entries are new, and handed over as a whole.

  /// Keys, which go from here to their databases without being copied: a reference that is counted by another thread
  /// than the one that made the entry takes longer than all else.
  final class Keys {
    var entries: [Database.PlacedEntry] = []
    /// Takes what is read ahead of its time, or the compiler would leave that out.
    var hasRead: UInt32 = 0
  }

  let keys = Keys()
  /// What RESIZEDB announces.
  var sizes: [(database: Int, keys: UInt64)] = []
  var functions: [ByteString] = []
  /// What wrote the file, as it says.
  var writer: RDBTarget?
  var error: LargeValueError?
  var batch: RecordBatch?
  var fileOffset: UInt64 = 0
  /// CRC64 of the bytes, started at 0, and how many there are.
  var checksum: UInt64 = 0
  var byteCount: UInt64 = 0
}

private struct RecordPreparer: PipelineWorker, ~Copyable {
  typealias Item = ScannedItem
  typealias Output = LoadedRecords

  private var values = ValueLoader()

  mutating func process(_ item: ScannedItem) -> LoadedRecords {
    var loaded = LoadedRecords()
    do throws(LargeValueError) {
      let batch: RecordBatch
      switch item {
      case .batch(let scanned): batch = scanned
      case .large(let record): batch = try record.readWhole()
      }
      loaded.batch = batch
      loaded.fileOffset = batch.fileOffset
      do throws(FormatError) {
        try read(batch, into: &loaded)
      } catch {
        throw .format(error.moved(by: batch.fileOffset))
      }
    } catch {
      loaded.error = error
    }
    return loaded
  }

  private mutating func read(
    _ batch: RecordBatch, into loaded: inout LoadedRecords
  ) throws(FormatError) {
    let bytes = batch.bytes
    loaded.checksum = CRC64.update(0, bytes)
    loaded.byteCount = UInt64(bytes.byteCount)
    var parser = RecordParser(bytes, batch.dialect, inputEnd: UInt64(bytes.byteCount))
    parser.cursor.offset = batch.bodyStart
    var database = batch.database
    var heapGrownAt = 0
    while !parser.cursor.isAtEnd {
      if parser.cursor.offset &- heapGrownAt >= ThreadHeap.step {
        heapGrownAt = parser.cursor.offset
        ThreadHeap.grow()
      }
      let head = try parser.next()
      switch head.kind {
      case .key:
        let entry = try values.load(head.name, head.layout, &parser.cursor)
        if head.hasExpiry { entry.expiresAt = head.expiresAt }
        entry.eviction = EvictionData(
          idle: head.hasIdle ? head.idle : nil,
          frequency: head.hasFrequency ? head.frequency : nil)
        loaded.keys.entries.append(
          Database.PlacedEntry(entry, database: Int(clamping: database)))
      case .selectDB: database = head.numbers.0
      case .resizeDB:
        loaded.sizes.append((Int(clamping: database), head.numbers.0))
      case .function: loaded.functions.append(try values.copy(head.name, in: bytes))
      case .aux:
        let (name, value) = (
          try values.copy(head.name, in: bytes), try values.copy(head.text, in: bytes)
        )
        // A field may have been copied from another file: what it tells has to write this version.
        if let writer = RDBTarget(aux: name, value), writer.writes(batch.dialect) {
          loaded.writer = writer
        }
      default: break
      }
    }
  }
}
