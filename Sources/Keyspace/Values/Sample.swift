internal import Persistence

/// Takes some of a sequence of elements, each with the same probability.
struct Sample {
  private var wanted: Int
  private var left: Int
  private var random = SeededGenerator()

  init(of most: Int, among count: Int) {
    wanted = min(most, count)
    left = count
  }

  /// Whether there are enough.
  var isDone: Bool { wanted == 0 }

  /// Whether the next element is one of those that are taken.
  mutating func takesNext() -> Bool {
    guard wanted > 0 else { return false }
    let isTaken = Int.random(in: 0..<left, using: &random) < wanted
    left -= 1
    if isTaken { wanted -= 1 }
    return isTaken
  }
}

/// Random numbers that cost no system call each: the system is asked for the first state alone.
struct SeededGenerator: RandomNumberGenerator {
  private var state = UInt64.random(in: .min ... .max)

  mutating func next() -> UInt64 {
    state &+= 0xa076_1d64_78bd_642f
    return ByteHash.fold(state, state ^ 0xe703_7ed1_a0b4_28db)
  }
}

extension EditableListpack {
  /// Some entry of those whose number is a multiple of `step`; nil without any.
  func randomOffset(step: Int = 1) -> Int? {
    let groups = count / step
    return groups > 0 ? offset(of: Int.random(in: 0..<groups) * step) : nil
  }
}
