public import Primitives

/// One entry of a group's replicated log (Raft paper, 5.3).
public struct LogEntry: Hashable, Sendable, WireValue {
    /// What an entry is for; the raw value is its byte on the wire and on disk.
    public enum Kind: UInt8, Sendable {
        /// The application's.
        case normal = 0
        /// The first entry of a leader's term (Raft paper, 8).
        case empty = 1
        /// The payload is a ``GroupConfiguration`` (Raft paper, 6).
        case configuration = 2
    }

    public let index: UInt64
    public let term: UInt64
    public let kind: Kind
    public let payload: [UInt8]

    /// What an entry counts beside its payload where sizes are limited.
    public static let overheadBytes = 32

    public init(index: UInt64, term: UInt64, kind: Kind = .normal, payload: [UInt8] = []) {
        self.index = index
        self.term = term
        self.kind = kind
        self.payload = payload
    }

    public var position: LogPosition { LogPosition(index: index, term: term) }

    /// Bytes that this entry counts against limits.
    public var size: Int { payload.count + Self.overheadBytes }

    public func encode(into writer: inout ByteWriter) {
        writer.writeVariable(index)
        writer.writeVariable(term)
        writer.write(kind.rawValue)
        writer.write(bytes: payload)
    }

    public init(from reader: inout ByteReader) throws(WireError) {
        index = try reader.readVariable()
        term = try reader.readVariable()
        let raw = try reader.read(UInt8.self)
        guard let kind = Kind(rawValue: raw) else { throw .unknownTag("log entry kind", Int(raw)) }
        self.kind = kind
        payload = try reader.readBytes()
    }
}
