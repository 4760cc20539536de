internal import Primitives

// What the states' forms share: small numbers and near times in few bytes. Differences wrap, so that every pair of
// values comes back exactly.

extension ByteWriter {
    /// Writes a number of either sign; the nearer to 0, the fewer bytes (zigzag, then LEB128).
    mutating func write(signed number: Int64) {
        writeVariable(UInt64(bitPattern: (number << 1) ^ (number >> 63)))
    }

    /// Writes a time as its distance from one that the reader knows.
    mutating func write(_ instant: Instant, since base: Instant) {
        write(signed: instant.microseconds &- base.microseconds)
    }
}

extension ByteReader {
    /// Reads the version that opens a state.
    @discardableResult
    mutating func readStateVersion(of kind: EntityKind, newest: UInt8) throws(WireError) -> UInt8 {
        let version = try read(UInt8.self)
        guard version >= 1, version <= newest else { throw .unknownTag("version of the \(kind) state", Int(version)) }
        return version
    }

    mutating func readSigned() throws(WireError) -> Int64 {
        let number = try readVariable()
        return Int64(bitPattern: number >> 1) ^ -Int64(bitPattern: number & 1)
    }

    /// Reads a number of up to 32 bits that was written in as few bytes as it needs.
    mutating func readVariable32() throws(WireError) -> UInt32 {
        let number = try readVariable()
        guard let small = UInt32(exactly: number) else { throw .tooLong(Int(clamping: number)) }
        return small
    }

    mutating func readInstant(since base: Instant) throws(WireError) -> Instant {
        Instant(microseconds: base.microseconds &+ (try readSigned()))
    }
}
