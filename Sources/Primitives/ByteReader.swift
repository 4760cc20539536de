/// Why bytes could not be decoded. The reader's position is then of no use; drop the whole message.
public enum WireError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The bytes end before the value does.
    case truncated
    /// A count is larger than the bytes left, or than the limit of its field.
    case tooLong(Int)
    /// A tag names no known case; `what` says of which type.
    case unknownTag(String, Int)
    /// A string is not valid UTF-8.
    case notUTF8
    /// Bytes are left over behind the value.
    case trailingBytes(Int)

    public var description: String {
        switch self {
        case .truncated: "the bytes end before the value does"
        case .tooLong(let count): "a count of \(count) exceeds the bytes left or the field's limit"
        case .unknownTag(let what, let tag): "\(tag) is no known \(what)"
        case .notUTF8: "a string is not valid UTF-8"
        case .trailingBytes(let count): "\(count) bytes are left over"
        }
    }
}

/// Reads what ``ByteWriter`` wrote. Every read is bounded by the bytes that are there; nothing is trusted.
public struct ByteReader: Sendable {
    @usableFromInline let bytes: [UInt8]
    @usableFromInline var position: Int
    @usableFromInline let end: Int

    public init(_ bytes: [UInt8]) {
        self.bytes = bytes
        position = 0
        end = bytes.count
    }

    /// Reads a part of `bytes` without copying it.
    public init(_ slice: ArraySlice<UInt8>) {
        bytes = Array(slice)
        position = 0
        end = bytes.count
    }

    public init(_ bytes: [UInt8], in range: Range<Int>) {
        self.bytes = bytes
        position = range.lowerBound
        end = range.upperBound
    }

    @inlinable public var remaining: Int { end - position }

    @inlinable public mutating func read<Number: FixedWidthInteger>(
        _ type: Number.Type = Number.self
    ) throws(WireError) -> Number {
        let size = MemoryLayout<Number>.size
        guard remaining >= size else { throw .truncated }
        let start = position
        position += size
        return bytes.withUnsafeBytes { Number(littleEndian: $0.loadUnaligned(fromByteOffset: start, as: Number.self)) }
    }

    @inlinable public mutating func readFlag() throws(WireError) -> Bool {
        switch try read(UInt8.self) {
        case 0: false
        case 1: true
        case let other: throw .unknownTag("flag", Int(other))
        }
    }

    public mutating func readDouble() throws(WireError) -> Double { Double(bitPattern: try read(UInt64.self)) }

    @inlinable public mutating func readVariable() throws(WireError) -> UInt64 {
        var number: UInt64 = 0
        var shift: UInt64 = 0
        while true {
            let byte = try read(UInt8.self)
            guard shift < 63 || byte <= 1 else { throw .tooLong(.max) }
            number |= UInt64(byte & 0x7F) << shift
            if byte < 0x80 { return number }
            shift += 7
        }
    }

    /// Reads a count of things that take at least `each` bytes, bounded by the bytes left and by `limit`.
    /// With `each` 0 the count is a number by itself, bounded by `limit` alone.
    @inlinable public mutating func readCount(each: Int = 1, limit: Int = .max) throws(WireError) -> Int {
        let number = try readVariable()
        guard let count = Int(exactly: number), count <= limit, each == 0 || count <= remaining / each else {
            throw .tooLong(Int(clamping: number))
        }
        return count
    }

    public mutating func readString() throws(WireError) -> String {
        let count = try readCount()
        let start = position
        position += count
        let text = bytes.withUnsafeBytes { raw in
            String(validating: UnsafeRawBufferPointer(rebasing: raw[start..<start + count]), as: UTF8.self)
        }
        guard let text else { throw .notUTF8 }
        return text
    }

    public mutating func readBytes() throws(WireError) -> [UInt8] {
        let count = try readCount()
        return try readRaw(count)
    }

    public mutating func readRaw(_ count: Int) throws(WireError) -> [UInt8] {
        guard count >= 0, count <= remaining else { throw .truncated }
        let start = position
        position += count
        return Array(bytes[start..<start + count])
    }

    public mutating func readRest() -> [UInt8] {
        let rest = Array(bytes[position..<end])
        position = end
        return rest
    }

    public mutating func readInstant() throws(WireError) -> Instant { Instant(microseconds: try read(Int64.self)) }

    @inlinable public mutating func read<Value: WireValue>(_ type: Value.Type = Value.self) throws(WireError) -> Value {
        try Value(from: &self)
    }

    @inlinable public mutating func readOptional<Value: WireValue>(
        _ type: Value.Type = Value.self
    ) throws(WireError) -> Value? {
        try readFlag() ? try Value(from: &self) : nil
    }

    public mutating func readOptionalNumber() throws(WireError) -> UInt64? {
        try readFlag() ? try read(UInt64.self) : nil
    }

    @inlinable public mutating func readList<Value: WireValue>(
        _ type: Value.Type = Value.self, limit: Int = .max
    ) throws(WireError) -> [Value] {
        let count = try readCount(limit: limit)
        var values: [Value] = []
        values.reserveCapacity(count)
        for _ in 0..<count { values.append(try Value(from: &self)) }
        return values
    }

    /// Says that the value must end here.
    public func finish() throws(WireError) {
        guard remaining == 0 else { throw .trailingBytes(remaining) }
    }
}
