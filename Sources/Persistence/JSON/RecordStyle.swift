/// How the keys of a dump are written as JSON.
package struct RecordStyle: Sendable {
  /// What stands around the records.
  package enum Layout: String, Sendable, CaseIterable {
    /// One array, one record a line.
    case records
    /// JSON Lines: one record a line and nothing around them.
    case lines
    /// An array with one object a database, in which a key's name is the member's name.
    case keyed
  }

  package var layout = Layout.records
  /// Every string in base64, instead of UTF-8 where a record is UTF-8 and Latin-1 where it is not.
  package var usesBase64 = false
  /// Records have no value.
  package var keysOnly = false

  package init() {}
}

extension JSONWriter {
  /// The member `bytes` of a record, where its strings are not UTF-8 text.
  mutating func byteStyleMember() {
    guard byteStyle != .utf8 else { return }
    key("bytes")
    string(byteStyle.rawValue)
  }

  /// The members `module` and `version`.
  mutating func members(of module: ModuleID) {
    key("module")
    // Nine letters, digits, `-` and `_`, in base64 as little as names of members.
    string(module.name)
    key("version")
    integer(UInt64(module.version))
  }
}
