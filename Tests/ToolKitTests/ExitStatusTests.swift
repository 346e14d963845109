import Testing
import ToolKit

/// `Testing` has a type of this name too.
private typealias ExitStatus = ToolKit.ExitStatus

@Suite struct ExitStatusTests {
  @Test func numbersAreThoseOfTheContract() {
    #expect(ExitStatus.allCases.map(\.rawValue) == [0, 1, 2, 64, 65, 66, 70, 73, 74])
  }

  @Test func nothingAtAllIsWell() {
    #expect(ExitStatus.worst(of: []) == .ok)
  }

  @Test func worstIsTheOneThatMustNotBeMissed() {
    let order: [ExitStatus] = [.ok, .partial, .damaged, .notThisKind, .cannotOpen, .ioError]
    for (milder, worse) in zip(order, order.dropFirst()) {
      #expect(ExitStatus.worst(of: [milder, worse]) == worse)
      #expect(ExitStatus.worst(of: [worse, milder, .ok]) == worse)
    }
    #expect(ExitStatus.worst(of: [.cannotOpen, .cannotCreate]) == .cannotCreate)
    #expect(ExitStatus.worst(of: ExitStatus.allCases) == .defect)
  }
}
