package import Foundation

/// A JSON Schema, judged by the Python package `jsonschema`.
package struct JSONSchema {
  /// The schema.
  package let file: URL

  /// A schema of `fixtures/schemas`.
  package init(_ name: String) {
    file = Fixtures.folder.appendingPathComponent("schemas/\(name)")
  }

  private static let validator = """
    import json, sys
    from jsonschema import Draft202012Validator
    schema = json.load(open(sys.argv[1]))
    Draft202012Validator.check_schema(schema)
    validator = Draft202012Validator(schema)
    count = 0
    for line in open(sys.argv[2], encoding="utf-8", newline="\\n"):
        count += 1
        for error in validator.iter_errors(json.loads(line)):
            print(line[:120], error.json_path, error.message[:200])
    print(count)
    """

  /// What is wrong with lines of JSON, and then their number; the number alone when nothing is.
  package func judge(_ lines: [UInt8]) throws -> String {
    let folder = try TemporaryFolder()
    let lines = try folder.write("lines", lines)
    let python = Oracle.environment.appendingPathComponent("bin/python").path
    let run = try Run.program(python, ["-c", Self.validator, file.path, lines.path])
    return run.outputText + run.errorText
  }
}
