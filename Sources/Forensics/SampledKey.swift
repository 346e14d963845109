internal import Persistence

/// What a rewrite would write of a key, as far as the commands of a log tell.
struct SampledKey: BitwiseCopyable {
  enum Kind: Equatable, BitwiseCopyable {
    /// Nothing is left.
    case none
    case string
    /// A value of which only its bytes are known, about.
    case opaque
    case collection(KeyEvent.Collection)
  }

  /// `StableHash` of the key.
  let hash: UInt64
  /// The database, whatever number it has at the moment.
  let database: UInt32
  /// Bytes of the key.
  let length: UInt32
  /// Bytes of all its commands, or of its shares in them.
  var logged: UInt64 = 0
  /// When it was last written, on the clock that FLUSHALL and FLUSHDB move on.
  var epoch: UInt64

  /// The number of the value: a new one has none of the fields of the one before.
  private(set) var generation: UInt32 = 0
  private(set) var kind = Kind.none
  /// Bytes of a string or an opaque value.
  private var size: Int64 = 0
  /// What the counting commands add up to.
  private var sum: Int64 = 0
  /// Elements that are known by their number, and their bytes with framing.
  private var elements = 0.0
  private var elementBytes = 0.0
  /// Fields in the sample of fields, and their bytes with framing.
  var fields = 0.0
  var fieldBytes = 0.0
  /// Fields that went without a name.
  private var removed = 0.0
  private var besides: Int64 = 0
  private var lifetime: Int64?
  private var isGivenAway = false

  /// Elements of a command that a rewrite writes. Source: AOF_REWRITE_ITEMS_PER_CMD of server.h.
  private static let elementsOfCommand = 64.0

  init(_ event: KeyEvent, database: UInt32, epoch: UInt64) {
    hash = event.key
    self.database = database
    length = event.keyLength
    self.epoch = epoch
  }

  /// Forgets the value.
  mutating func clear() {
    generation &+= 1
    kind = .none
    (size, sum, besides) = (0, 0, 0)
    (elements, elementBytes, fields, fieldBytes, removed) = (0, 0, 0, 0, 0)
    lifetime = nil
    isGivenAway = false
  }

  /// Takes in what a command does to the key, `share` being the share of all fields that are in the
  /// sample.
  mutating func apply(_ event: KeyEvent, share: Double) {
    logged &+= event.logged
    if isGivenAway { clear() }
    switch event.kind {
    case .string, .stringKeepingLifetime:
      let kept = event.kind == .string ? nil : lifetime
      begin(.string)
      size = event.size
      lifetime = kept
    case .value:
      begin(.opaque)
      size = event.size
    case .deleted: clear()
    case .givenAway: isGivenAway = true
    case .counted:
      become(.string)
      sum = sum.addingReportingOverflow(event.number).partialValue
      size = max(size, Int64(NumberText.digits(sum)))
    case .appended:
      become(.string)
      size += event.size
    case .atLeast:
      become(.string)
      size = max(size, event.size)
    case .hyperLogLog:
      become(.string)
      // A header of 16 bytes, some three bytes for what is new to a sparse one, and 2¹⁴ registers of
      // six bits at most. Source: hyperloglog.c.
      size = min(max(size, 18) + 3, 12_304)
    case .added: add(event)
    case .removed: take(Double(event.number), share)
    case .kept:
      take(count(share) - reach(event.number, event.size, count(share)), share)
    case .cut: take(reach(event.number, event.size, count(share)), share)
    case .limited: take(count(share) - Double(event.number), share)
    case .fields: become(.collection(event.type))
    case .beside:
      if kind == .none { begin(.opaque) }
      besides = max(0, besides + event.size)
    case .expires: lifetime = event.number
    case .persists: lifetime = nil
    case .touched, .field, .fieldRemoved, .flushAll, .flushDatabase, .swapDatabases: break
    }
  }

  /// A field in the sample is set, or goes; `before` and `after` are its sizes, nil without it.
  mutating func changeField(from before: Int64?, to after: Int64?) {
    fields += (after == nil ? 0 : 1) - (before == nil ? 0 : 1)
    fieldBytes += Double((after ?? 0) - (before ?? 0))
  }

  /// Begins a new value.
  private mutating func begin(_ kind: Kind) {
    clear()
    self.kind = kind
  }

  /// Goes on with a value of a kind, or begins one.
  private mutating func become(_ kind: Kind) {
    if self.kind != kind { begin(kind) }
  }

  private mutating func add(_ event: KeyEvent) {
    become(.collection(event.type))
    let size =
      event.size >= 0
      ? Double(event.size)
      : Double(event.number) * (elements > 0 ? elementBytes / elements : Self.usualElement)
    elements += Double(event.number)
    elementBytes += size
  }

  /// Bytes of an element, framing included, when nothing is known of it.
  private static let usualElement = 16.0

  // MARK: Elements

  /// Elements of a collection.
  private func count(_ share: Double) -> Double { max(0, elements + fields / share - removed) }

  /// Elements between two positions of `count`; both count from the end below 0.
  private func reach(_ start: Int64, _ stop: Int64, _ count: Double) -> Double {
    let first = start < 0 ? max(0, count + Double(start)) : Double(start)
    let last = stop < 0 ? count + Double(stop) : min(Double(stop), count - 1)
    return max(0, last - first + 1)
  }

  /// Takes elements away, each with the bytes of one. Without any left, the key is gone, but for a stream.
  private mutating func take(_ number: Double, _ share: Double) {
    guard case .collection(let type) = kind, number > 0 else { return }
    let count = count(share)
    if number >= count - 1e-6 {
      let besides = besides
      if type == .stream { begin(kind) } else { clear() }
      self.besides = type == .stream ? besides : 0
    } else if fields == 0, removed == 0 {
      elementBytes *= (elements - number) / elements
      elements -= number
    } else {
      removed += number
    }
  }

  // MARK: Bytes

  /// Bytes of the commands that a rewrite writes of the key; 0 when its lifetime ended before `now`, in Unix
  /// milliseconds.
  func liveBytes(share: Double, now: Int64) -> Double {
    if let lifetime, lifetime < now { return 0 }
    let key = Double(CommandSize.argument(UInt64(length)))
    var bytes = Double(besides)
    switch kind {
    case .none: return 0
    case .string:
      let value = CommandSize.argument(UInt64(size))
      bytes += Double(CommandSize.count(3) + CommandSize.argument(3)) + key + Double(value)
    case .opaque: if size > 0 { bytes += Double(size) + key }
    case .collection(.stream):
      // And XSETID, with ENTRIESADDED and MAXDELETEDID.
      bytes += elementBytes + key + 110
    case .collection:
      let all = elements + fields / share
      let count = count(share)
      guard all > 0, count > 0 else { return 0 }
      let commands = (count / Self.elementsOfCommand).rounded(.up)
      let head = Double(CommandSize.count(66) + CommandSize.argument(5)) + key
      bytes += (elementBytes + fieldBytes / share) * count / all + commands * head
    }
    guard let lifetime else { return bytes }
    let digits = lifetime == .max ? 13 : NumberText.digits(lifetime)
    let expiry =
      CommandSize.count(3) + CommandSize.argument(9) + CommandSize.argument(UInt64(digits))
    return bytes + key + Double(expiry)
  }

  /// The variance of those bytes that comes of the sample of fields.
  func fieldVariance(share: Double) -> Double {
    fields > 0 ? (1 - share) / (share * share) * fieldBytes * fieldBytes / fields : 0
  }
}
