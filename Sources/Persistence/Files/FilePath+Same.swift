package import SystemPackage

extension FilePath {
  /// Whether both names lead to one file that is there.
  package func isSameFile(as other: FilePath) -> Bool {
    guard let a = try? stat(), let b = try? other.stat() else { return false }
    return a.deviceID == b.deviceID && a.inode == b.inode
  }
}
