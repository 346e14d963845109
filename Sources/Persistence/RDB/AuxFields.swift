/// The aux fields of a file.
package enum AuxFields {
  /// Each name with all its values, in the order of the file: a name may come several times (`lua`,
  /// `slot-info`).
  package static func grouped(
    _ fields: [(name: ByteString, value: ByteString)]
  ) -> [(name: ByteString, values: [ByteString])] {
    var grouped: [(name: ByteString, values: [ByteString])] = []
    var places: [ByteString: Int] = [:]
    for (name, value) in fields {
      if let place = places[name] {
        grouped[place].values.append(value)
      } else {
        places[name] = grouped.count
        grouped.append((name, [value]))
      }
    }
    return grouped
  }
}
