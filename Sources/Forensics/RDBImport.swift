package import Persistence
internal import SystemPackage

/// Writes an RDB file of the JSON records that `RDBExport` writes.
///
/// There are no hints on the number of keys in it (RESIZEDB): they stand before the keys, so that all
/// records would have to be read twice, and an input that is a pipe be kept. Servers do without.
package struct RDBImport: Sendable {
  /// The release to write for; nil for the one that a first record of type `meta` tells of, and without
  /// such a record the newest Redis.
  package var target: RDBTarget?
  /// Losses that are kept; more are counted.
  package var lossLimit = 1000

  package init() {}

  /// Something that the target cannot hold.
  package struct Loss: Sendable, Equatable {
    /// The key that it is about, with its database; nil for what stands beside the keys.
    package var key: (database: UInt64, name: ByteString)?
    package var loss: ConversionLoss

    package static func == (a: Loss, b: Loss) -> Bool {
      a.key?.database == b.key?.database && a.key?.name == b.key?.name && a.loss == b.loss
    }
  }

  /// Why there is no whole RDB file.
  package enum Failure: Sendable, Equatable {
    case cannotOpen(String)
    case cannotRead(String)
    /// The input is no JSON from its first byte on.
    case notJSON(JSONError)
    case malformed(JSONError)
    /// The first record says that it comes from a file of a version that cannot be written.
    case unknownVersion(RDBMagic, Int)
  }

  /// What an import came to.
  package struct Outcome: Sendable {
    /// The release that was written for.
    package var target: RDBTarget
    /// Whether neither the caller nor a record named it.
    package var isDefaultTarget = false
    /// Keys written.
    package var keys: UInt64 = 0
    /// Keys that the target cannot hold.
    package var leftOut: UInt64 = 0
    /// What the target cannot hold, in the order of the input.
    package var losses: [Loss] = []
    /// Losses that were counted and not kept.
    package var omitted: UInt64 = 0
    /// Why what was written is no whole file.
    package var failure: Failure?

    fileprivate mutating func add(
      _ more: [ConversionLoss], of key: (database: UInt64, name: ByteString)?, limit: Int
    ) {
      for loss in more {
        if losses.count < limit {
          losses.append(Loss(key: key, loss: loss))
        } else {
          omitted += 1
        }
      }
    }
  }

  /// Reads the records of one file; `path` may be `-` for standard input.
  ///
  /// `put` gets the RDB file in pieces; what it throws ends the import. It gets nothing before the first
  /// record is read, and has no whole file when the outcome has a failure. `progress` is called for
  /// every record.
  package func run<PutError: Error>(
    _ path: String, to put: @escaping (RawSpan) throws(PutError) -> Void,
    progress: (ScanProgress) -> Void = { _ in }
  ) throws(PutError) -> Outcome {
    let input: Input
    do throws(SourceError) {
      input = try Input(path: FilePath(path))
    } catch {
      var outcome = Outcome(target: target ?? .newestRedis)
      outcome.failure = .cannotOpen(error.description)
      return outcome
    }
    let total = input.storedSize
    return try run(input, to: put) { keys in
      progress(ScanProgress(bytes: input.storedBytesRead, total: total, count: keys))
    }
  }

  /// Reads records that lie elsewhere than in a file.
  package func run<PutError: Error>(
    _ source: any ByteSource, to put: @escaping (RawSpan) throws(PutError) -> Void,
    progress: (UInt64) -> Void = { _ in }
  ) throws(PutError) -> Outcome {
    var reader = JSONRecordReader(source)
    var outcome = Outcome(target: target ?? .newestRedis)
    guard var record = Self.next(&reader, &outcome), choose(record, &outcome) else {
      return outcome
    }
    var writer = RDBWriter<PutError>(outcome.target, to: put)
    while case .some(let current) = record {
      switch current {
      case .key(let entry):
        let losses = try writer.append(entry)
        if losses.contains(where: \.isWhole) { outcome.leftOut += 1 } else { outcome.keys += 1 }
        outcome.add(losses, of: (entry.database, entry.key), limit: lossLimit)
      case .meta(let meta):
        for fact in meta.facts {
          outcome.add(try writer.append(fact), of: nil, limit: lossLimit)
        }
      }
      progress(outcome.keys + outcome.leftOut)
      guard let next = Self.next(&reader, &outcome) else { return outcome }
      record = next
    }
    try writer.finish()
    return outcome
  }

  /// The next record, or nil inside at the end; nil when there is a failure.
  private static func next(
    _ reader: inout JSONRecordReader, _ outcome: inout Outcome
  ) -> JSONRecord?? {
    do throws(JSONReadError) {
      return .some(try reader.next())
    } catch {
      switch error {
      case .source(let text): outcome.failure = .cannotRead(text)
      case .json(let error):
        outcome.failure = error.place.offset == 0 ? .notJSON(error) : .malformed(error)
      }
      return nil
    }
  }

  /// Chooses the target by the first record; false for one that cannot be written for.
  private func choose(_ first: JSONRecord?, _ outcome: inout Outcome) -> Bool {
    guard target == nil else { return true }
    guard case .meta(let meta) = first else {
      outcome.isDefaultTarget = true
      return true
    }
    guard let told = RDBTarget(meta) else {
      outcome.failure = .unknownVersion(meta.magic, meta.version)
      return false
    }
    outcome.target = told
    return true
  }
}
