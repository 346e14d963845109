internal import Persistence

/// What stands at a place in a file, and is hit by a fault there.
struct FaultSite: Sendable {
  /// Of an RDB: `header`, `aux`, `function`, `module-aux`, `select-db`, `resize-db`, `slot-info`, `attributes`,
  /// `type`, `key`, `value`, `eof`, `checksum`. Of commands: `name`, `argument`, `framing`, `annotation`. Else
  /// `manifest`.
  var part: String
  /// Where the record or command begins, in bytes of the file.
  var offset: UInt64
  var database: UInt64?
  var key: ByteString?
  /// The type of the key's value.
  var type: ValueType?
  /// The number of the command in its file, from 1, and its name.
  var command: UInt64?
  var name: ByteString?
  /// Whether the place is outside of every transaction: the commands before it are run when the file ends here.
  var isSettled = true

  init(_ part: String, at offset: UInt64) {
    self.part = part
    self.offset = offset
  }
}

/// Finds what stands at places of a sound file.
struct FaultSites {
  let content: any RandomAccess
  /// Bytes of the file.
  let size: UInt64
  /// Bytes of the RDB that it begins with; 0 for none.
  let rdbEnd: UInt64

  /// What stands at some offsets within the file, in the order of the offsets, which rise.
  func find(_ offsets: [UInt64]) throws(SourceError) -> [FaultSite] {
    let inRDB = offsets.prefix { $0 < rdbEnd }
    let sites = inRDB.isEmpty ? [] : try findInRDB(Array(inRDB))
    let rest = Array(offsets.dropFirst(inRDB.count))
    return sites + (rest.isEmpty ? [] : try findInCommands(rest))
  }

  // MARK: RDB

  private func findInRDB(_ offsets: [UInt64]) throws(SourceError) -> [FaultSite] {
    let headerLength = UInt64(RDBDialect.headerLength)
    let header = try content.bytes(at: 0, count: RDBDialect.headerLength)
    let dialect: RDBDialect
    do throws(FormatError) {
      dialect = try RDBHeader.read(unsafe header.span.bytes)
    } catch {
      throw .changedWhileRead(at: 0)
    }
    let end = rdbEnd - (dialect.hasChecksum ? 9 : 1)
    var sites: [FaultSite] = []
    let head = offsets.prefix { $0 < headerLength }
    sites += head.map { _ in FaultSite("header", at: 0) }
    var left = offsets[head.count...]
    if let first = left.first, first < end {
      try RecordLocator.forEach(
        in: content, headerLength..<end, dialect, database: 0, from: first
      ) { record in
        while let offset = left.first, offset < record.range.upperBound {
          sites.append(Self.site(of: offset, in: record))
          left = left.dropFirst()
        }
        return left.first.map { $0 < end } ?? false
      }
    }
    for offset in left {
      sites.append(
        offset == end ? FaultSite("eof", at: end) : FaultSite("checksum", at: end + 1))
    }
    return sites
  }

  private static func site(of offset: UInt64, in record: LocatedRecord) -> FaultSite {
    let part =
      switch record.kind {
      case .key:
        offset < record.opcodeOffset
          ? "attributes"
          : offset == record.opcodeOffset
            ? "type" : offset < record.valueOffset ? "key" : "value"
      case .aux: "aux"
      case .moduleAux: "module-aux"
      case .function, .functionPreGA: "function"
      case .selectDB: "select-db"
      case .resizeDB: "resize-db"
      case .slotInfo, .slotImport: "slot-info"
      case .eof: "eof"
      }
    var site = FaultSite(part, at: record.range.lowerBound)
    if record.kind == .key {
      site.database = record.database
      site.key = record.key
      site.type = record.layout.type
    }
    return site
  }

  // MARK: Commands

  private func findInCommands(_ offsets: [UInt64]) throws(SourceError) -> [FaultSite] {
    var sites: [FaultSite] = []
    var left = offsets[...]
    let scanner = CommandScanner(content, rdbEnd..<size)
    let recycle = scanner.recycler()
    while !left.isEmpty, let item = try scanner.next() {
      let batch: CommandBatch
      switch item {
      case .batch(let found): batch = found
      case .large(let command):
        guard let first = left.first, first < command.fileOffset + command.count else { continue }
        do throws(LargeValueError) {
          batch = try command.readWhole()
        } catch {
          throw .changedWhileRead(at: command.fileOffset)
        }
      }
      Self.find(&left, in: batch, &sites)
      if case .batch = item { recycle(batch) }
    }
    // Behind the last command there is nothing: the file ends there.
    for offset in left { sites.append(FaultSite("framing", at: offset)) }
    return sites
  }

  private static func find(
    _ left: inout ArraySlice<UInt64>, in batch: CommandBatch, _ sites: inout [FaultSite]
  ) {
    let start = batch.fileOffset
    guard let first = left.first, first < start + UInt64(batch.count) else { return }
    let bytes = batch.bytes
    var parser = CommandParser(bytes, inputEnd: UInt64(bytes.byteCount))
    var arguments = ArgumentTable()
    var state = batch.state
    var number = batch.firstNumber
    while !parser.cursor.isAtEnd, let head = try? parser.next(&arguments) {
      let end = start + UInt64(head.end)
      while let offset = left.first, offset < end {
        left = left.dropFirst()
        let place = Int(offset - start)
        sites.append(Self.site(at: place, head, arguments, bytes, start, state, number))
      }
      if left.isEmpty { return }
      state.follow(head, in: bytes, at: start)
      if head.kind == .command { number += 1 }
    }
  }

  private static func site(
    at place: Int, _ head: CommandHead, _ arguments: borrowing ArgumentTable, _ bytes: RawSpan,
    _ start: UInt64, _ state: LogState, _ number: UInt64
  ) -> FaultSite {
    let offset = start + UInt64(head.start)
    guard head.kind == .command else {
      var site = FaultSite("annotation", at: offset)
      site.isSettled = state.transactionStart == nil
      return site
    }
    var part = "framing"
    for index in 0..<arguments.count
    where place >= arguments[index].offset && place < arguments[index].end {
      part = index == 0 ? "name" : "argument"
    }
    var site = FaultSite(part, at: offset)
    site.isSettled = state.transactionStart == nil
    site.command = number
    site.name = head.name.copy(from: bytes)
    site.database = state.database
    CommandTable.shared.command(arguments, in: bytes)?.keys
      .forEachKey(in: arguments.span, of: bytes) { index in
        if site.key == nil { site.key = arguments[index].copy(from: bytes) }
      }
    return site
  }
}
