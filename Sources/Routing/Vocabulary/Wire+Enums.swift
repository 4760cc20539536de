public import Primitives

/// Reads the tag of an enum with raw values; an unknown one is an error that names the type.
func readCase<Case: RawRepresentable>(
    _ type: Case.Type, from reader: inout ByteReader
) throws(WireError) -> Case where Case.RawValue == UInt8 {
    let raw = try reader.read(UInt8.self)
    guard let value = Case(rawValue: raw) else { throw .unknownTag("\(type)", Int(raw)) }
    return value
}

/// An enum whose cases have names in the API. On the wire a case is its place: new ones come behind the others.
public protocol NamedCase: WireValue, CaseIterable, Equatable {}

extension NamedCase {
    public func encode(into writer: inout ByteWriter) {
        writer.write(UInt8(clamping: Self.allCases.enumerated().first { $0.element == self }?.offset ?? 0))
    }

    public init(from reader: inout ByteReader) throws(WireError) {
        let place = Int(try reader.read(UInt8.self))
        guard let found = Self.allCases.dropFirst(place).first else { throw .unknownTag("\(Self.self)", place) }
        self = found
    }
}

extension ByteWriter {
    /// A value for some media, in the order of the media.
    mutating func write<Value>(perMedia values: [MediaType: Value], _ write: (inout ByteWriter, Value) -> Void) {
        writeCount(values.count)
        for media in MediaType.allCases {
            guard let value = values[media] else { continue }
            self.write(media)
            write(&self, value)
        }
    }
}

extension ByteReader {
    mutating func readPerMedia<Value>(
        _ read: (inout ByteReader) throws(WireError) -> Value
    ) throws(WireError) -> [MediaType: Value] {
        var values: [MediaType: Value] = [:]
        for _ in 0..<(try readCount(each: 2, limit: MediaType.allCases.count)) {
            let media = try self.read(MediaType.self)
            values[media] = try read(&self)
        }
        return values
    }
}
