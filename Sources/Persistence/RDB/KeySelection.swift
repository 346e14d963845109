package struct KeySelection: Sendable {
  package var limit: UInt64?
  package var largerThan: UInt64?
  package init() {}
  package var selectsEverything: Bool { true }
}
package struct KeySelector {
  init(_ s: KeySelection) {}
  mutating func includes(
    key: RawSpan, database: UInt64, type: ValueType, expiresAt: Int64?, size: UInt64
  ) -> Bool { true }
}
