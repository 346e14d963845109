internal import ArgumentParser
internal import MemoryModel

/// Settings of a server with other values than the default ones.
struct SettingChange {
  /// `name=value,name=value`, as it was given.
  let text: String
  private let values: [(name: String, value: Int64)]

  /// Throws a `ValidationError` for what no server takes.
  init(text: String) throws {
    self.text = text
    values = try text.split(separator: ",", omittingEmptySubsequences: false).map(Self.value)
  }

  private static func value(_ text: Substring) throws -> (name: String, value: Int64) {
    let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
    var probe = EncodingSettings()
    guard parts.count == 2, let value = Int64(parts[1]), probe.set(String(parts[0]), to: value)
    else {
      let names = EncodingSettings.names.map(\.name).joined(separator: ", ")
      throw ValidationError("A setting is name=number. The names are: \(names).")
    }
    let name = String(parts[0])
    guard EncodingSettings.range(of: name).contains(value) else {
      throw ValidationError("No server takes \(text).")
    }
    return (name, value)
  }

  func apply(to settings: inout EncodingSettings) {
    for (name, value) in values { _ = settings.set(name, to: value) }
  }

  /// The depth up to which lists are not compressed; 0 when it is not among the settings.
  var compressDepth: Int64 {
    var settings = EncodingSettings()
    apply(to: &settings)
    return settings.compressDepth
  }
}
