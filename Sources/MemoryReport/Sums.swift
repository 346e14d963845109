internal import Forensics
internal import MemoryModel
internal import Persistence
internal import SystemPackage
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

  /// Adds a file. `put` gets its keys, when they are wanted by themselves; what it throws ends the scan.
  mutating func add(
    _ file: String, progress: (ScanProgress) -> Void,
    put: ([KeyRow]) throws(OutputError) -> Void
  ) throws(OutputError) {
    if Self.isPartial(file) { return addPartial(file) }
    var failure: OutputError?
    let verdict = scan.run(
      file, into: &report,
      put: { rows in
        guard failure == nil else { return }
        do throws(OutputError) { try put(rows) } catch { failure = error }
      }, progress: progress)
    if let failure { throw failure }
    statuses.append(verdict.exitStatus)
    tell(verdict)
  }

  /// Whether a file is a partial report. What can be read only once is none, and is not opened for this.
  private static func isPartial(_ file: String) -> Bool {
    let path = FilePath(file)
    guard file != "-", let status = try? path.stat(), status.type == .regular,
      let input = try? Input(path: path)
    else { return false }
    let beginning = try? unsafe withUnsafeTemporaryAllocation(byteCount: 16, alignment: 8) {
      buffer in
      let count = try unsafe input.readFully(into: buffer)
      return unsafe Array(buffer[0..<count])
    }
    return MemoryEstimate.isPartial(beginning ?? [])
  }

  private mutating func addPartial(_ file: String) {
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
      let other = try MemoryEstimate(partial: try Self.read(file))
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
      let isDamaged = other.files.contains { $0.status == .damaged || $0.status == .unreadable }
      statuses.append(isDamaged ? .damaged : .ok)
    } catch let error as PartialError {
      fail(error.isMismatch ? .usage : .damaged, error.description)
    } catch {
      fail(.ioError, "\(error)")
    }
  }

  private static func read(_ file: String) throws -> [UInt8] {
    let input = try Input(path: FilePath(file))
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
