import Foundation
import Persistence
import SystemPackage
import TestSupport

extension OutputFile {
  func write(_ bytes: [UInt8]) throws(OutputError) { try write(bytes.raw) }
  func write(_ text: String) throws(OutputError) { try write(Array(text.utf8)) }
}

extension TemporaryFolder {
  /// What lies in the folder, hidden files included.
  var names: [String] {
    (try? FileManager.default.contentsOfDirectory(atPath: path.string)) ?? ["no folder"]
  }

  /// Makes a symbolic link, which may lead nowhere.
  func link(_ name: String, to destination: String) throws {
    try FileManager.default.createSymbolicLink(
      atPath: path.appending(name).string, withDestinationPath: destination)
  }

  /// Sets permissions.
  func change(_ file: FilePath, _ mode: CModeT) throws {
    guard unsafe chmod(file.string, mode) == 0 else { throw Errno(rawValue: errno) }
  }
}

/// The bytes of a file as they are stored.
func read(_ path: FilePath) throws -> [UInt8] {
  Array(try Data(contentsOf: URL(fileURLWithPath: path.string)))
}

/// Text that compresses, the same every time.
func outputSample(_ count: Int) -> [UInt8] {
  var random = SplitMix64(seed: 78)
  var text: [UInt8] = []
  text.reserveCapacity(count + 40)
  while text.count < count { text += "user:\(random.next() % 1000) logged in; ".utf8 }
  return Array(text[..<count])
}
