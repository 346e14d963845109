public import Foundation

/// Where the files under `fixtures/` are.
public enum Fixtures {
  /// The folder `fixtures/` at the top of the project.
  public static let folder = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    .appendingPathComponent("fixtures")
}
