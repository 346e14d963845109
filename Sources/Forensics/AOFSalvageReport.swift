/// What a salvage of an AOF did with every byte of its input: it is kept, or in a gap.
package struct AOFSalvageReport: Sendable {
  /// A file of the AOF.
  package struct Part: Sendable {
    /// Its name, where there are several.
    package var file: String?
    /// What was made of its commands.
    package var plan: AOFSalvagePlan
    /// What was made of the RDB in front of them, if that was damaged and something of it came back.
    package var rdb: SalvageReport?
    package var bytes: UInt64 = 0
    package var bytesKept: UInt64 = 0

    init(file: String?, plan: AOFSalvagePlan) {
      self.file = file
      self.plan = plan
    }
  }

  /// Where the new AOF is; nil when nothing came back.
  package var output: String?
  /// Where the bytes are that were left out, one gap after another; nil without any.
  package var skippedSavedAs: String?
  /// In the order of loading.
  package var parts: [Part] = []
  /// Files that the manifest lists and that are not there, or cannot be read.
  package var missing: [String] = []
  /// What a check of the output says.
  package var after: AOFVerdict.Status?

  package var commandsKept: UInt64 { parts.reduce(0) { $0 + $1.plan.commandsKept } }
  package var bytes: UInt64 { parts.reduce(0) { $0 + $1.bytes } }
  package var bytesKept: UInt64 { parts.reduce(0) { $0 + $1.bytesKept } }
  /// Bytes that were left out because only commands up to a time were asked for.
  package var bytesCut: UInt64 { parts.reduce(0) { $0 + $1.plan.bytesCut } }
  /// Commands that could be read and are left out.
  package var commandsLeftOut: UInt64 {
    parts.reduce(0) {
      $0 + UInt64($1.plan.omittedCommands.count) + $1.plan.unlistedCommands
    }
  }

  /// Nothing is missing that was asked for, and nothing in doubt.
  package var isComplete: Bool {
    missing.isEmpty && bytesKept + bytesCut == bytes
      && parts.allSatisfy { $0.plan.doubts.isEmpty && $0.rdb?.isComplete != false }
  }
}
