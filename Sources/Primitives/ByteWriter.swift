/// Writes the positional binary form of commands, replies, events and records (decision 0002).
///
/// Little-endian integers; variable-length counts (LEB128); strings as count and UTF-8. A struct passed `inout`:
/// a class would pay an exclusivity check at each field.
public struct ByteWriter: Sendable {
    @usableFromInline var buffer: [UInt8] = []

    @inlinable public var bytes: [UInt8] { buffer }

    public init(reserving capacity: Int = 128) { buffer.reserveCapacity(capacity) }

    public var count: Int { buffer.count }

    @inlinable public mutating func write<Number: FixedWidthInteger>(_ number: Number) {
        var little = number.littleEndian
        withUnsafeBytes(of: &little) { buffer.append(contentsOf: $0) }
    }

    @inlinable public mutating func write(_ flag: Bool) { buffer.append(flag ? 1 : 0) }

    public mutating func write(_ number: Double) { write(number.bitPattern) }

    /// Writes a count or small number in as few bytes as it needs.
    @inlinable public mutating func writeCount(_ count: Int) { writeVariable(UInt64(count)) }

    @inlinable public mutating func writeVariable(_ number: UInt64) {
        var rest = number
        while rest >= 0x80 {
            buffer.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        buffer.append(UInt8(truncatingIfNeeded: rest))
    }

    public mutating func write(_ text: String) {
        var text = text
        text.withUTF8 {
            writeCount($0.count)
            buffer.append(contentsOf: $0)
        }
    }

    /// Writes a count and the bytes.
    public mutating func write(bytes other: [UInt8]) {
        writeCount(other.count)
        buffer.append(contentsOf: other)
    }

    /// Writes bytes without a count; the reader knows their number.
    public mutating func write(raw other: [UInt8]) { buffer.append(contentsOf: other) }
    public mutating func write(raw other: ArraySlice<UInt8>) { buffer.append(contentsOf: other) }

    public mutating func write(_ instant: Instant) { write(instant.microseconds) }

    @inlinable public mutating func write<Value: WireValue>(_ value: Value) { value.encode(into: &self) }

    @inlinable public mutating func write<Value: WireValue>(_ value: Value?) {
        write(value != nil)
        if let value { value.encode(into: &self) }
    }

    public mutating func write(optional number: UInt64?) {
        write(number != nil)
        if let number { write(number) }
    }

    @inlinable public mutating func write<Value: WireValue>(_ values: [Value]) {
        writeCount(values.count)
        for value in values { value.encode(into: &self) }
    }

    /// Overwrites four bytes, for a length known only at the end.
    public mutating func patch(_ number: UInt32, at offset: Int) {
        for index in 0..<4 { buffer[offset + index] = UInt8(truncatingIfNeeded: number >> (8 * UInt32(index))) }
    }
}

/// A value with a positional binary form. Decoding is total: any bytes give a value or a ``WireError``.
///
/// Versions: what is logged outlives its build, so every form that was ever written stays readable.
/// - An entity's state (``Entity/encodeState(into:)``) begins with a version byte, from 1. It is written in the newest
///   version and read in all of them.
/// - Commands, events and replies have no version of their own: their enum's tag is it. A case whose form changes gets
///   a new tag; the old tag keeps its old form, is read for ever, and never means anything else.
/// - A part (a ticket, a document of settings) has neither. Who changes one changes every form that holds it: each
///   case gets a new tag, each state a new version, and the old ones read the part as it was.
/// - What is new is read one release before it is written, so that two neighbouring releases can share a cluster.
///
/// Golden bytes in the tests hold each form in place. Once released, they are only ever added to.
public protocol WireValue: Sendable {
    func encode(into writer: inout ByteWriter)
    init(from reader: inout ByteReader) throws(WireError)
}

extension WireValue {
    /// The bytes of this value alone.
    public var encoded: [UInt8] {
        var writer = ByteWriter()
        encode(into: &writer)
        return writer.bytes
    }

    /// Decodes a value that fills `bytes` completely.
    public init(decoding bytes: [UInt8]) throws(WireError) {
        var reader = ByteReader(bytes)
        try self.init(from: &reader)
        try reader.finish()
    }
}

extension String: WireValue {
    public func encode(into writer: inout ByteWriter) { writer.write(self) }
    public init(from reader: inout ByteReader) throws(WireError) { self = try reader.readString() }
}

extension Instant: WireValue {
    public func encode(into writer: inout ByteWriter) { writer.write(microseconds) }
    public init(from reader: inout ByteReader) throws(WireError) {
        self.init(microseconds: try reader.read(Int64.self))
    }
}

extension EntityID: WireValue {
    public func encode(into writer: inout ByteWriter) {
        writer.write(kind.rawValue)
        writer.write(key)
    }

    public init(from reader: inout ByteReader) throws(WireError) {
        let raw = try reader.read(UInt8.self)
        guard let kind = EntityKind(rawValue: raw) else { throw .unknownTag("entity kind", Int(raw)) }
        self.init(kind, try reader.readString())
    }
}
