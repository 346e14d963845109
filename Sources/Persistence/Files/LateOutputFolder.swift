package import SystemPackage

/// A folder for several outputs that is made when the first bytes for one of them come: what cannot be read
/// makes no folder.
package final class LateOutputFolder {
  package let path: FilePath
  /// Whether the folder has been made, or has been found empty and is in use.
  package private(set) var isOpen = false

  /// Throws `cannotCreate` for what is there and is no empty folder.
  package init(path: FilePath) throws(OutputError) {
    self.path = path
    guard (try? path.stat()) != nil else { return }
    do throws(Errno) { try path.checkIsEmptyFolder() } catch { throw .cannotCreate(error) }
  }

  /// Makes the folder, the first time. Throws `cannotCreate`.
  func open() throws(OutputError) {
    guard !isOpen else { return }
    do throws(Errno) { try path.makeEmptyFolder() } catch { throw .cannotCreate(error) }
    isOpen = true
  }
}
