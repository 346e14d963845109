import Foundation
import Persistence
import SystemPackage
import TestSupport
import Testing

@Suite struct OutputFileTests {
  // MARK: What is written

  @Test func fileIsWholeOrAbsent() throws {
    let folder = try TemporaryFolder()
    let path = folder.path.appending("out")
    let output = try OutputFile(path: path)
    try output.write("first, ")
    #expect(!folder.names.contains("out"))
    #expect(folder.names.count == 1)
    #expect(folder.names.allSatisfy { $0.hasPrefix(".out.") })
    try output.write("second")
    try output.commit()
    #expect(folder.names == ["out"])
    #expect(try read(path) == Array("first, second".utf8))
  }

  @Test func emptyOutputIsAFile() throws {
    let folder = try TemporaryFolder()
    let path = folder.path.appending("out")
    try OutputFile(path: path).commit()
    #expect(try read(path) == [])
  }

  @Test func oldFileStaysUntilTheCommit() throws {
    let folder = try TemporaryFolder()
    let path = try folder.write(Array("old".utf8), "out")
    let output = try OutputFile(path: path)
    try output.write("new")
    #expect(try read(path) == Array("old".utf8))
    try output.commit()
    #expect(try read(path) == Array("new".utf8))
    #expect(folder.names == ["out"])
  }

  @Test func nothingIsLeftOfWhatIsNotCommitted() throws {
    let folder = try TemporaryFolder()
    let path = try folder.write(Array("old".utf8), "out")
    do {
      let output = try OutputFile(path: path)
      try output.write("new")
    }
    #expect(folder.names == ["out"])
    let output = try OutputFile(path: path)
    try output.write("new")
    output.cancel()
    #expect(folder.names == ["out"])
    #expect(try read(path) == Array("old".utf8))
  }

  @Test func inputAndOutputMayBeTheSameFile() throws {
    let data = outputSample(300_000)
    let folder = try TemporaryFolder()
    let path = try folder.write(data, "dump")
    let input = try Input(path: path)
    let output = try OutputFile(path: path)
    var piece = try read(input, upTo: 10_000)
    while !piece.isEmpty {
      try output.write(piece.map { ~$0 })
      piece = try read(input, upTo: 10_000)
    }
    try output.commit()
    let isRight = try read(path) == data.map { ~$0 }
    #expect(isRight)
  }

  @Test func relativeNames() throws {
    let name = ".build/output-\(UInt64.random(in: .min ... .max))"
    let output = try OutputFile(path: FilePath(name))
    try output.write("text")
    try output.commit()
    #expect(try read(FilePath(name)) == Array("text".utf8))
    unsafe unlink(name)
  }

  @Test func longNames() throws {
    let folder = try TemporaryFolder()
    let name = String(repeating: "é", count: 127)
    let output = try OutputFile(path: folder.path.appending(name))
    try output.commit()
    #expect(folder.names == [name])
  }

  // MARK: Permissions and links

  @Test(arguments: [0o600, 0o644, 0o640, 0o4711] as [CModeT])
  func oldPermissionsStay(mode: CModeT) throws {
    let folder = try TemporaryFolder()
    let path = try folder.write([1], "out")
    try folder.change(path, mode)
    try OutputFile(path: path).commit()
    #expect(try path.stat().permissions.rawValue == mode)
    #expect(try read(path) == [])
  }

  @Test func newFileHasWhatTheUmaskLeaves() async {
    await #expect(processExitsWith: .success) {
      let folder = try TemporaryFolder()
      for (mask, mode) in [(0o022, 0o644), (0o077, 0o600), (0, 0o666)] as [(mode_t, CModeT)] {
        umask(mask)
        let path = folder.path.appending("out-\(mask)")
        try OutputFile(path: path).commit()
        try #require(try path.stat().permissions.rawValue == mode)
      }
    }
  }

  @Test func linkStaysALink() throws {
    let folder = try TemporaryFolder()
    let target = try folder.write([1], "data/target")
    for (link, place) in [("direct", "data/target"), ("again", "direct"), ("new", "data/new")] {
      try folder.link(link, to: place)
    }
    for (link, destination) in [("direct", "target"), ("again", "target"), ("new", "new")] {
      let path = folder.path.appending(link)
      let output = try OutputFile(path: path)
      try output.write(link)
      try output.commit()
      #expect(try path.stat(followTargetSymlink: false).type == .symbolicLink)
      let written = target.removingLastComponent().appending(destination)
      #expect(try read(written) == Array(link.utf8))
    }
    #expect(folder.names.sorted() == ["again", "data", "direct", "new"])
  }

  // MARK: What is no regular file

  @Test func deviceIsWrittenDirectly() throws {
    let output = try OutputFile(path: "/dev/null")
    try output.write("text")
    try output.commit()
    #expect(try FilePath("/dev/null").stat().type == .characterSpecial)
  }

  @Test func fifoIsWrittenDirectly() throws {
    let folder = try TemporaryFolder()
    let path = try folder.makeFIFO()
    // Not a task: it might be given this thread, which waits for it.
    let reader = Monitor<Result<[UInt8], any Error>?>(nil)
    Thread.detachNewThread {
      let result = Result { try readAll(Input(path: path)).bytes }
      reader.withLock { $0 = result }
      reader.signalAll()
    }
    let output = try OutputFile(path: path)
    try output.write("through the pipe")
    try output.commit()
    let read = reader.withLock(when: { $0 != nil }) { $0 }
    #expect(try read?.get() == Array("through the pipe".utf8))
    #expect(folder.names == ["fifo"])
  }

  /// What the descriptor has written before is still there.
  @Test(arguments: ["/dev/fd", "/proc/self/fd"])
  func descriptorIsWrittenWhereItStands(directory: FilePath) throws {
    let folder = try TemporaryFolder()
    let path = try folder.write([], "out")
    let descriptor = try FileDescriptor.open(path, .writeOnly, options: [.closeOnExec])
    try descriptor.writeAll("before ".utf8)
    let output = try OutputFile(path: directory.appending(String(descriptor.rawValue)))
    try output.write("and after")
    try output.commit()
    try descriptor.writeAll(".".utf8)
    try descriptor.close()
    #expect(try read(path) == Array("before and after.".utf8))
  }

  @Test(arguments: [nil, "-", "/dev/stdout"] as [FilePath?])
  func standardOutput(path: FilePath?) async throws {
    let name = path?.string ?? "nil"
    let result = try await #require(
      processExitsWith: .success, observing: [\.standardOutputContent]
    ) { [name = name as String] in
      let output = try OutputFile(path: name == "nil" ? nil : FilePath(name))
      try output.write("the answer")
      try output.commit()
      // It is not closed: more may follow.
      try FileDescriptor.standardOutput.writeAll(" and more".utf8)
    }
    let text = String(decoding: result.standardOutputContent, as: UTF8.self)
    #expect(text.contains("the answer and more"))
  }

  // MARK: Failures

  @Test func whatCannotBeCreated() throws {
    let folder = try TemporaryFolder()
    _ = try folder.write([1], "file")
    try folder.link("loop", to: "loop")
    let cases: [(FilePath, Errno)] = [
      (folder.path, .isDirectory), ("/", .isDirectory), ("", .noSuchFileOrDirectory),
      (folder.path.appending("missing").appending("out"), .noSuchFileOrDirectory),
      (folder.path.appending("file").appending("out"), .notDirectory),
      (folder.path.appending("loop"), .tooManySymbolicLinkLevels),
      ("/dev/fd/999", .badFileDescriptor),
      (folder.path.appending(String(repeating: "x", count: 256)), .fileNameTooLong),
    ]
    for (path, errno) in cases {
      #expect(throws: OutputError.cannotCreate(errno), "\(path)") {
        _ = try OutputFile(path: path)
      }
    }
    #expect(folder.names.sorted() == ["file", "loop"])
  }

  /// A superuser may write anywhere, so that the child gives that up.
  @Test func protectedFileAndFolder() async {
    await #expect(processExitsWith: .success) {
      let folder = try TemporaryFolder()
      let file = try folder.write([1], "file")
      try folder.change(file, 0o444)
      try folder.change(folder.path, 0o755)
      if geteuid() == 0 {
        try #require(unsafe chown(file.string, 65534, 65534) == 0)
        try #require(seteuid(65534) == 0)
      } else {
        try folder.change(folder.path, 0o555)
      }
      for path in [file, folder.path.appending("new")] {
        #expect(throws: OutputError.cannotCreate(.permissionDenied)) {
          _ = try OutputFile(path: path)
        }
      }
      _ = seteuid(0)
      try folder.change(folder.path, 0o755)
    }
  }

  @Test(arguments: ["/dev/full", "link.gz", "link.lz4"])
  func fullDevice(name: String) throws {
    let folder = try TemporaryFolder()
    let path = name.hasPrefix("/") ? FilePath(name) : folder.path.appending(name)
    if !name.hasPrefix("/") { try folder.link(name, to: "/dev/full") }
    let output = try OutputFile(path: path)
    let failure = OutputError.writeFailed(.noSpace)
    // More than a compressor holds back.
    var random = SplitMix64(seed: 1)
    let piece = random.bytes(300_000)
    #expect(throws: failure) { try output.write(piece) }
    #expect(throws: failure) { try output.write(piece) }
    #expect(throws: failure) { try output.commit() }
  }

  /// A compressor holds so little back that only the end fails.
  @Test(arguments: ["gz", "lz4"])
  func fullDeviceAtTheEnd(name: String) throws {
    let folder = try TemporaryFolder()
    let path = folder.path.appending("link.\(name)")
    try folder.link("link.\(name)", to: "/dev/full")
    let output = try OutputFile(path: path)
    if name == "gz" { try output.write("text") }
    #expect(throws: OutputError.writeFailed(.noSpace)) { try output.commit() }
  }

  @Test func failedWriteLeavesNothing() async {
    await #expect(processExitsWith: .success) {
      // A file may not grow beyond 100,000 bytes, as if the disk were full.
      signal(SIGXFSZ, SIG_IGN)
      var limit = rlimit(rlim_cur: 100_000, rlim_max: 100_000)
      try #require(unsafe setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit) == 0)
      let folder = try TemporaryFolder()
      let path = try folder.write(Array("old".utf8), "out")
      let output = try OutputFile(path: path)
      try output.write([UInt8](repeating: 1, count: 60_000))
      #expect(throws: OutputError.writeFailed(.fileTooLarge)) {
        try output.write([UInt8](repeating: 1, count: 60_000))
      }
      #expect(folder.names == ["out"])
      #expect(try read(path) == Array("old".utf8))
    }
  }

  @Test func descriptions() {
    #expect(
      OutputError.cannotCreate(.permissionDenied).description
        == "cannot create the output: Permission denied")
    #expect(
      OutputError.writeFailed(.noSpace).description
        == "cannot write the output: No space left on device")
  }
}
