internal import Primitives

/// Reads the tag of an enum with raw values; an unknown one is an error that names the type.
func readCase<Case: RawRepresentable>(
    _ type: Case.Type, from reader: inout ByteReader
) throws(WireError) -> Case where Case.RawValue == UInt8 {
    let raw = try reader.read(UInt8.self)
    guard let value = Case(rawValue: raw) else { throw .unknownTag("\(type)", Int(raw)) }
    return value
}
