internal import Forensics
internal import Keyspace
internal import MemoryModel
internal import Persistence
internal import ToolKit

/// Adds one input after another to a report, and says on standard error what is wrong with each.
struct Sums {
  private(set) var report: MemoryEstimate
  /// What became of each input.
  private(set) var statuses: [ExitStatus] = []
  private var scan: MemoryScan
  /// Whether options say what is summed up.
  private let isShaped: Bool

  /// Bytes that a partial report has at most: it is bounded by what it tells apart.
  private static let largestPartial = 256 << 20

  init(scan: MemoryScan, wantsRows: Bool, isShaped: Bool) {
    self.scan = scan
    self.scan.wantsRows = wantsRows
    self.isShaped = isShaped
    report = MemoryEstimate(scan)
  }

  /// Adds a file. `put` gets its keys, when they are wanted by themselves; what it throws ends the run.
  mutating func add(
    _ file: String, _ progress: ProgressOption, put: ([KeyRow]) throws(OutputError) -> Void
  ) throws(OutputError) {
    var failure: OutputError?
    func forward(_ rows: [KeyRow]) {
      guard failure == nil else { return }
      do throws(OutputError) { try put(rows) } catch { failure = error }
    }
    switch MemoryInput(file) {
    case .partial(let input): addPartial(input, file)
    case .dump(let opened):
      let verdict = progress.during(unit: "keys") { show in
        scan.run(file, opened: opened, into: &report, put: forward, progress: show)
      }
      statuses.append(verdict.exitStatus)
      tell(verdict)
    case .log(let input):
      add(
        progress.during(unit: "commands") { show in
          scan.run(log: input, named: file, into: &report, put: forward, progress: show)
        }, file)
    }
    if let failure { throw failure }
  }

  private mutating func add(_ reading: LogReading, _ file: String) {
    statuses.append(reading.replay.failure?.exitStatus ?? (reading.isWhole ? .ok : .partial))
    var lines = reading.replay.lines(of: file)
    if reading.report.isLossy {
      lines += reading.report.lossLines
      lines.append("\(reading.target) cannot hold all of it: name another --target")
    }
    guard !lines.isEmpty else { return }
    try? StandardStream.errors.write(lines.map { "memory-report: \($0)\n" }.joined())
  }

  private mutating func addPartial(_ input: Input, _ file: String) {
    let name = "memory-report: \(Text.shown(file)): "
    func fail(_ status: ExitStatus, _ why: String) {
      statuses.append(status)
      try? StandardStream.errors.write("\(name)\(why)\n")
    }
    guard !scan.wantsRows else {
      return fail(.usage, "a partial report does not have the keys that --format csv lists")
    }
    guard !isShaped else {
      return fail(
        .usage, "a partial report brings the options that it was made with; give none here")
    }
    do {
      let other = try MemoryEstimate(partial: try Self.read(input))
      guard !scan.wishes.bySlot || other.wishes.bySlot else {
        return fail(.usage, "this partial report was made without --by slot")
      }
      if report.files.isEmpty {
        report = other
        let jobs = scan.jobs
        scan = MemoryScan(addingTo: report)
        scan.jobs = jobs
      } else {
        try report.merge(other)
      }
      statuses += other.files.map { file in
        switch file.status {
        case .damaged, .unreadable: .damaged
        case .ok, .warning: file.error == nil ? .ok : .partial
        }
      }
    } catch let error as PartialError {
      fail(error.isMismatch ? .usage : .damaged, error.description)
    } catch {
      fail(.ioError, "\(error)")
    }
  }

  private static func read(_ input: Input) throws -> [UInt8] {
    var bytes: [UInt8] = []
    let size = 1 << 20
    return try unsafe withUnsafeTemporaryAllocation(byteCount: size, alignment: 64) { buffer in
      while true {
        let count = try unsafe input.readFully(into: buffer)
        if count == 0 { return bytes }
        guard bytes.count + count <= largestPartial else {
          throw PartialError.tooLarge
        }
        unsafe bytes.append(contentsOf: buffer[0..<count])
      }
    }
  }

  private func tell(_ verdict: RDBVerdict) {
    let text = verdict.lines(after: "memory-report: \(Text.shown(verdict.file)): ")
    if !text.isEmpty { try? StandardStream.errors.write(text) }
  }
}
