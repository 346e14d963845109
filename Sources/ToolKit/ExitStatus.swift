/// How a tool ends. The same numbers mean the same thing in every tool.
package enum ExitStatus: Int32, Sendable, CaseIterable {
  /// All is well.
  case ok = 0
  /// The input is damaged, or an expectation failed, and that is the answer.
  case damaged = 1
  /// Done, but something was lost or left out, and the report says what.
  case partial = 2
  /// The arguments make no sense.
  case usage = 64
  /// The input is not of this kind at all, or of a version that this build does not know.
  case notThisKind = 65
  /// An input cannot be opened.
  case cannotOpen = 66
  /// A defect in the tool itself.
  case defect = 70
  /// The output cannot be created.
  case cannotCreate = 73
  /// Reading or writing failed on the way.
  case ioError = 74

  /// The status that a run over several inputs ends with: the one that a caller must not miss.
  ///
  /// A failure to do the work outranks an answer about the input, and a defect outranks all, since
  /// nothing that a defective run says can be relied on. No statuses at all are `ok`.
  package static func worst(of statuses: some Sequence<ExitStatus>) -> ExitStatus {
    statuses.max { $0.rank < $1.rank } ?? .ok
  }

  private var rank: Int {
    switch self {
    case .ok: 0
    case .partial: 1
    case .damaged: 2
    case .notThisKind: 3
    case .cannotOpen: 4
    case .ioError: 5
    case .cannotCreate: 6
    case .usage: 7
    case .defect: 8
    }
  }
}
