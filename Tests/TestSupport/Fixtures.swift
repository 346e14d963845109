public import Foundation

/// Where the files of the project are.
public enum Fixtures {
  /// The top of the project.
  public static let project = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
  /// The folder `fixtures/` at the top of the project.
  public static let folder = project.appendingPathComponent("fixtures")
}
