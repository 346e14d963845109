internal import Glibc
internal import Persistence
internal import Synchronization
internal import SystemPackage

/// The faults that what the server writes by itself is to have. Those who write ask it where one could be; without
/// faults, that is a look at a flag.
///
/// Every fault leaves a label beside the file that it breaks, which is durable before the process is killed.
final class FaultPlan: Sendable {
  /// A fault that is still to come, or that lasts.
  private struct Pending {
    let spec: FaultSpec
    /// How often a point is still to be passed.
    var left = 1
    /// Whether there is a label of it.
    var isTold = false

    init(_ spec: FaultSpec) {
      self.spec = spec
      if case .kill(_, let count) = spec.kind { left = count }
    }
  }

  private struct State {
    var pending: [Pending] = []
    /// Files of the log, some of whose bytes may not be durable.
    var files: [LogFile] = []
    /// What bytes were combined with, by their file and offset.
    var turned: [FilePath: [UInt64: UInt8]] = [:]

    var dropsSyncs: Bool { pending.contains { $0.spec.kind == .dropSync } }
  }

  private let active = Atomic(false)
  private let state = Mutex(State())
  /// The name of the release of the log's commands.
  private let release: String

  init(release: String) { self.release = release }

  /// Whether there are any.
  var isActive: Bool { active.load(ordering: .relaxed) }

  // MARK: Setting

  /// Adds faults to those that there are.
  func add(_ specs: [FaultSpec]) {
    state.withLock { $0.pending += specs.map { Pending($0) } }
    active.store(!list.isEmpty, ordering: .relaxed)
  }

  /// Faults that are still to come, or that last.
  var list: [FaultSpec] { state.withLock { $0.pending.map(\.spec) } }

  func clear() {
    active.store(false, ordering: .relaxed)
    state.withLock { $0.pending = [] }
  }

  // MARK: Files of the log

  /// A file of the log is written to from now on.
  func watch(_ file: LogFile) { state.withLock { $0.files.append(file) } }

  /// A file is written to no longer. It may be cut off all the same, while syncs are not done.
  func forget(_ file: LogFile) {
    state.withLock { state in
      let isKept = state.dropsSyncs && file.path.exists
      if !isKept { state.files.removeAll { $0 === file } }
    }
  }

  /// A file of the log has been cut off, since what was written behind that counts for nothing.
  func cut(_ path: FilePath, to size: UInt64) {
    state.withLock { state in
      state.turned[path] = state.turned[path]?.filter { $0.key < size }
    }
  }

  /// Writes bytes at the end of a file of the log, with the faults that are to be in them.
  func write(_ bytes: RawSpan, to file: LogFile) throws(Errno) {
    let start = file.size
    let end = start + UInt64(bytes.byteCount)
    if let (name, error) = failure(ofWrites: true) {
      tell(.failWrite(name, from: start), of: file.path)
      try file.put(bytes.extracting(first: bytes.byteCount / 2))
      throw error
    }
    let (cut, flips) = due(start..<end)
    guard cut != nil || !flips.isEmpty else { return try file.put(bytes) }
    let sound = ByteString(bytes).bytes
    var broken = sound
    for flip in flips { broken[Int(flip.offset - start)] ^= 1 << flip.bit }
    if let cut { broken.removeLast(Int(end - cut)) }
    try file.put(unsafe broken.span.bytes)
    tell(flips, cut, in: sound, at: start, of: file.path)
    if cut != nil { losePower() }
  }

  /// Whether a sync of a file of the log is answered without being done. Throws the error that it is to fail with.
  func answersSync(of file: LogFile) throws(Errno) -> Bool {
    guard isActive else { return false }
    if let (name, error) = failure(ofWrites: false) {
      tell(.failSync(name, from: file.size), of: file.path)
      throw error
    }
    return state.withLock { $0.dropsSyncs }
  }

  /// The error that writes, or syncs, are to fail with.
  private func failure(ofWrites: Bool) -> (name: String, error: Errno)? {
    for spec in list {
      switch spec.kind {
      case .failWrite(let name, let error) where ofWrites: return (name, error)
      case .failSync(let name, let error) where !ofWrites: return (name, error)
      default: break
      }
    }
    return nil
  }

  /// Where bytes that are to be written end, and which of their bits are turned. Flips are no longer to come then.
  private func due(_ range: Range<UInt64>) -> (cut: UInt64?, flips: [FileFaults.PlacedFlip]) {
    state.withLock { state in
      var cut: UInt64?
      for case .torn(let offset) in state.pending.map(\.spec.kind) where range.contains(offset) {
        cut = min(cut ?? offset, offset)
      }
      var flips: [FileFaults.PlacedFlip] = []
      state.pending.removeAll { pending in
        guard case .flip(let offset, let bit) = pending.spec.kind, range.contains(offset),
          offset < cut ?? .max
        else { return false }
        flips.append(FileFaults.PlacedFlip(offset: offset, bit: bit))
        return true
      }
      return (cut, flips)
    }
  }

  // MARK: Points

  /// A point is passed in the work on a file.
  func pass(_ point: FaultPoint, _ path: FilePath) {
    guard isActive else { return }
    let count: Int? = state.withLock { state in
      for index in state.pending.indices {
        guard case .kill(point, let count) = state.pending[index].spec.kind else { continue }
        state.pending[index].left -= 1
        if state.pending[index].left == 0 { return count }
      }
      return nil
    }
    if let count { crash(at: point, count: count, path) }
  }

  /// Kills the process as a machine ends that loses its power.
  func crash(at point: FaultPoint, count: Int = 1, _ path: FilePath) -> Never {
    write([label(.kill(point.rawValue, count: count), of: path)], beside: path)
    losePower()
  }

  /// What was not made durable is gone.
  private func losePower() -> Never {
    let files = state.withLock { $0.dropsSyncs ? $0.files : [] }
    for file in files { drop(from: file) }
    kill(getpid(), SIGKILL)
    while true { sleep(1) }
  }

  private func drop(from file: LogFile) {
    let kept = file.durableSize
    guard let content = try? StoredInput(path: file.path), content.size > kept else { return }
    let size = content.size
    var label = label(.dropSync(kept, missing: size - kept), of: file.path)
    let turned = turned(in: file.path)
    label.sound = try? FileHash.read(content.content, undoing: turned)
    label.broken = try? FileHash.read(content.content, count: kept)
    if turned.isEmpty {
      label.site = try? FaultSites(content: content.content, size: size, rdbEnd: 0).find([kept])
        .first
      label.expectation = expectation(label, content.content)
    }
    write([label], beside: file.path)
    _ = unsafe file.path.withPlatformString { unsafe truncate($0, off_t(clamping: kept)) }
  }

  // MARK: Labels

  private func turned(in path: FilePath) -> [UInt64: UInt8] {
    state.withLock { $0.turned[path] ?? [:] }
  }

  private func label(_ fault: FaultLabel.Fault, of path: FilePath) -> FaultLabel {
    let name = path.lastName ?? ""
    let isRDB = name.hasSuffix(".rdb")
    return FaultLabel(
      file: name, layout: isRDB && !name.hasSuffix(".base.rdb") ? .rdb : .multiPart,
      target: isRDB ? nil : release, fault: fault)
  }

  /// Tells once of an error that lasts.
  private func tell(_ fault: FaultLabel.Fault, of path: FilePath) {
    let isNew = state.withLock { state in
      for index in state.pending.indices where !state.pending[index].isTold {
        switch (state.pending[index].spec.kind, fault) {
        case (.failSync, .failSync), (.failWrite, .failWrite):
          state.pending[index].isTold = true
          return true
        default: break
        }
      }
      return false
    }
    if isNew { write([label(fault, of: path)], beside: path) }
  }

  /// Tells what has been broken in bytes that have been written.
  ///
  /// - `sound`: the bytes as they should have been, and `start` where they begin in the file.
  private func tell(
    _ flips: [FileFaults.PlacedFlip], _ cut: UInt64?, in sound: [UInt8], at start: UInt64,
    of path: FilePath
  ) {
    let before = turned(in: path)
    var faults: [FaultLabel.Fault] = flips.map { flip in
      let byte = sound[Int(flip.offset - start)]
      return .flip(flip.offset, bit: flip.bit, before: byte, after: byte ^ (1 << flip.bit))
    }
    let end = start + UInt64(sound.count)
    if let cut { faults.append(.torn(cut, missing: end - cut)) }
    state.withLock { state in
      for flip in flips {
        state.turned[path, default: [:]][flip.offset, default: 0] ^= 1 << flip.bit
      }
    }
    let finder = FaultSites(content: WrittenBytes(sound, at: start), size: end, rdbEnd: start)
    let content = (try? StoredInput(path: path))?.content
    let labels = faults.map { fault in
      var label = label(fault, of: path)
      let offset =
        switch fault {
        case .flip(let offset, _, _, _): offset
        default: cut ?? end
        }
      label.site = try? finder.find([offset]).first
      // Only what is written now has been read.
      label.site?.command = nil
      label.site?.database = nil
      guard let content else { return label }
      label.sound = try? FileHash.read(
        content, count: start, undoing: before, extra: unsafe sound.span.bytes)
      label.broken = try? FileHash.read(content)
      if before.isEmpty, faults.count == 1 { label.expectation = expectation(label, content) }
      return label
    }
    write(labels, beside: path)
  }

  private func expectation(
    _ label: FaultLabel, _ content: any RandomAccess
  ) -> FaultLabel.Expectation? {
    guard let site = label.site else { return nil }
    var fault = label.fault
    // To a reader of the file they are the same.
    if case .dropSync(let offset, let missing) = fault { fault = .torn(offset, missing: missing) }
    let forecast = FaultForecast(
      layout: label.layout, rdbEnd: 0, sound: label.sound?.bytes ?? 0, faults: [(fault, site)],
      hasChecksum: false)
    return try? forecast.expectation(content)
  }

  /// Adds labels to those beside a file. What cannot be written is not told: nobody waits for it.
  private func write(_ labels: [FaultLabel], beside path: FilePath) {
    let folder = path.removingLastComponent()
    let place = folder.appending(name: FaultLabel.name(of: path.lastName ?? ""))
    let lines = FaultLabel.lines(labels)
    guard
      let file = try? SystemPackage.FileDescriptor.open(
        place, .writeOnly, options: [.create, .append, .closeOnExec],
        permissions: [.ownerReadWrite, .groupRead, .otherRead])
    else { return }
    try? file.writeWhole(unsafe lines.span.bytes)
    fsync(file.rawValue)
    try? file.close()
    try? folder.syncFolder()
  }
}

/// Bytes of a file from some place on.
private final class WrittenBytes: RandomAccess {
  private let bytes: [UInt8]
  private let start: UInt64

  init(_ bytes: [UInt8], at start: UInt64) {
    self.bytes = bytes
    self.start = start
  }

  func read(
    at offset: UInt64, into buffer: UnsafeMutableRawBufferPointer
  ) throws(SourceError) -> Int {
    guard offset >= start, let first = Int(exactly: offset - start), first < bytes.count else {
      return 0
    }
    let piece = bytes[first...].prefix(buffer.count)
    unsafe buffer.copyBytes(from: piece)
    return piece.count
  }
}
