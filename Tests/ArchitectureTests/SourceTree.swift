import Foundation
import TestSupport

/// A Swift file of `Sources/`.
struct SourceFile: Sendable {
  /// From `Sources/` on: `Persistence/RDB/KeyHash.swift`.
  var path: String
  var text: String

  /// The module.
  var module: String { String(path.prefix { $0 != "/" }) }
  /// The folder inside the module; empty for a file that lies in the module itself.
  var folder: String {
    let parts = path.split(separator: "/")
    return parts.count > 2 ? String(parts[1]) : ""
  }

  /// The text without comments and the contents of strings. (A string that ends in an interpolation
  /// with a string inside is cut short there; the sources have the means to do without.)
  var code: String {
    text.replacing(/(?s)\/\*.*?\*\//, with: "")
      .replacing(/(?s)""".*?"""/, with: "\"\"")
      .replacing(/"(?:\\.|[^"\\\n])*"/, with: "\"\"")
      .replacing(/\/\/[^\n]*/, with: "")
  }

  /// The names of modules it imports.
  var imports: Set<String> {
    Set(
      code.matches(of: /(?m)^(?:@\w+ )*(?:(?:public|package|internal) )?import (?:\w+ )?(\w+)/)
        .map { String($0.1) })
  }

  /// The types it declares that are not nested in others.
  var declaredTypes: Set<String> {
    Set(
      code.matches(
        of: /(?m)^(?!.*\bimport )(?:[@\w()]+ )*(?:struct|class|enum|protocol|actor|typealias) (\w+)/
      ).map { String($0.1) })
  }

  /// Every word of the code.
  var words: Set<String> { Set(code.matches(of: /\w+/).map { String($0.0) }) }

  /// All files of `Sources/`.
  static func all() throws -> [SourceFile] {
    let folder = Fixtures.project.appendingPathComponent("Sources")
    return try FileManager.default.subpathsOfDirectory(atPath: folder.path).sorted()
      .filter { $0.hasSuffix(".swift") }
      .map {
        SourceFile(
          path: $0,
          text: try String(contentsOf: folder.appendingPathComponent($0), encoding: .utf8))
      }
  }
}
