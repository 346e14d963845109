/// A record of type `meta`: what stands in a file beside its keys.
public struct JSONMeta: Sendable, Equatable {
  /// The letters before the version digits of the file's header.
  public internal(set) var magic = RDBMagic.redis
  /// The version in the header.
  public internal(set) var version = 0
  /// Offset in bytes of the record in the (decompressed) text.
  public internal(set) var offset: UInt64 = 0
  /// Everything the record holds: aux fields, functions, data of modules, each in their order.
  package internal(set) var facts: [MetaFact] = []

  /// The aux fields in their order; the values of one that came several times stand together.
  public var aux: [(name: ByteString, value: ByteString)] {
    facts.compactMap { if case .aux(let name, let value) = $0 { (name, value) } else { nil } }
  }

  /// The code of the function libraries.
  public var functions: [ByteString] {
    facts.compactMap { if case .function(let code) = $0 { code } else { nil } }
  }

  /// Data of modules beside the keys, to be loaded before (`when` 1) or after (2) them: the module's
  /// name, the version of its encoding, and the operands as they stand in a file.
  public var moduleAux: [(module: ByteString, version: Int, when: UInt64, operands: ByteString)] {
    facts.compactMap {
      if case .moduleAux(let id, let when, let operands) = $0 {
        (id.name, id.version, when, operands)
      } else {
        nil
      }
    }
  }
}

/// Reads the members of records of type `meta`.
enum RecordMetaReader {
  static func aux(
    _ tokens: inout JSONTokenizer, _ strings: inout RecordStrings
  ) throws(JSONReadError) -> [MetaFact] {
    try tokens.expect(.beginObject)
    var names: Set<ByteString> = []
    var facts: [MetaFact] = []
    while try tokens.next() != .endObject {
      let name = try strings.bytes(tokens)
      guard names.insert(name).inserted else { throw RecordValueReader.duplicate(tokens) }
      switch try tokens.next() {
      case .string: facts.append(.aux(name: name, value: try strings.bytes(tokens)))
      case .beginArray:
        while try tokens.hasElement(.string) {
          facts.append(.aux(name: name, value: try strings.bytes(tokens)))
        }
      default: throw tokens.refusal("a string or an array of strings")
      }
    }
    return facts
  }

  private enum LibraryMember: Int, MemberName {
    case name, engine, description, code
    static let names: [StaticString] = ["name", "engine", "description", "code"]
  }

  static func functions(
    _ tokens: inout JSONTokenizer, _ strings: inout RecordStrings
  ) throws(JSONReadError) -> [MetaFact] {
    try tokens.expect(.beginArray)
    var facts: [MetaFact] = []
    while true {
      switch try tokens.next() {
      case .endArray: return facts
      case .string: facts.append(.function(code: try strings.bytes(tokens)))
      case .beginObject: facts.append(try library(&tokens, &strings))
      default: throw tokens.refusal("a string or an object")
      }
    }
  }

  private static func library(
    _ tokens: inout JSONTokenizer, _ strings: inout RecordStrings
  ) throws(JSONReadError) -> MetaFact {
    var name = ByteString([])
    var engine = ByteString([])
    var description: ByteString?
    var code = ByteString([])
    var members = ObjectMembers<LibraryMember>(tokens)
    while let member = try members.next(&tokens) {
      let text = try strings.read(&tokens)
      switch member {
      case .name: name = text
      case .engine: engine = text
      case .description: description = text
      case .code: code = text
      }
    }
    try members.require(.name, .engine, .code)
    return .functionPreGA(name: name, engine: engine, description: description, code: code)
  }

  private enum AuxMember: Int, MemberName {
    case module, version, when, base64
    static let names: [StaticString] = ["module", "version", "when", "base64"]
  }

  static func moduleAux(_ tokens: inout JSONTokenizer) throws(JSONReadError) -> [MetaFact] {
    try tokens.expect(.beginArray)
    var facts: [MetaFact] = []
    while try tokens.hasElement(.beginObject) {
      var name = ByteString([])
      var version: UInt64 = 0
      var when: UInt64 = 0
      var operands = ByteString([])
      var place = tokens.place
      var members = ObjectMembers<AuxMember>(tokens)
      while let member = try members.next(&tokens) {
        switch member {
        case .module: name = try RecordValueReader.moduleName(&tokens)
        case .version: version = try tokens.readUnsigned(0...1023)
        case .when: when = try tokens.readUnsigned()
        case .base64:
          operands = try RecordValueReader.base64(&tokens)
          place = tokens.place
        }
      }
      try members.require(.module, .version, .when, .base64)
      guard let id = ModuleID(name: name, version: version) else {
        preconditionFailure("both were checked")
      }
      _ = try RecordValueReader.module(id, operands, place)
      facts.append(.moduleAux(id, when: when, operands: operands))
    }
    return facts
  }
}

extension MetaFact {
  /// The same fact with each of its byte strings replaced.
  func mapStrings(_ change: (ByteString) -> ByteString) -> MetaFact {
    switch self {
    case .aux(let name, let value): .aux(name: change(name), value: change(value))
    case .function(let code): .function(code: change(code))
    case .functionPreGA(let name, let engine, let description, let code):
      .functionPreGA(
        name: change(name), engine: change(engine), description: description.map(change),
        code: change(code))
    // Written alike in every style.
    case .moduleAux: self
    }
  }
}
