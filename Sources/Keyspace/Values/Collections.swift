internal import Persistence
struct ListValue: Sendable { var elements: [ByteString] = [] }
struct SetValue: Sendable { var elements: [ByteString] = [] }
struct HashValue: Sendable { var elements: [RDBField] = [] }
struct SortedSetValue: Sendable { var elements: [RDBScoredMember] = [] }
struct StreamValue: Sendable { var stream = RDBStream() }
