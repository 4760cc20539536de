public import Primitives

/// What happened to the links of a node since its start.
public struct LinkFigures: Sendable, Equatable, WireValue {
    /// The most reasons that are told.
    public static let reasonLimit = 64
    /// The longest name of a reason, in bytes.
    public static let nameLimit = 64

    /// Links and connections that were refused or given up, by reason.
    public var refusals: [String: UInt64] = [:]
    /// Times that a link came up, and went down.
    public var ups: UInt64 = 0
    public var downs: UInt64 = 0
    /// Frames that were not taken: no link, a full buffer, or a frame beyond the limit.
    public var sendsRefused: UInt64 = 0
    public var framesReceived: UInt64 = 0
    public var bytesSent: UInt64 = 0
    public var bytesReceived: UInt64 = 0

    public init() {}

    public func encode(into writer: inout ByteWriter) {
        let told = refusals.sorted { $0.key < $1.key }.prefix(Self.reasonLimit)
        writer.writeCount(told.count)
        for (reason, count) in told {
            writer.write(reason)
            writer.writeVariable(count)
        }
        for number in [ups, downs, sendsRefused, framesReceived, bytesSent, bytesReceived] {
            writer.writeVariable(number)
        }
    }

    public init(from reader: inout ByteReader) throws(WireError) {
        let count = try reader.readCount(each: 2, limit: Self.reasonLimit)
        for _ in 0..<count {
            let reason = try reader.readString()
            guard reason.utf8.count <= Self.nameLimit else { throw .tooLong(reason.utf8.count) }
            refusals[reason] = try reader.readVariable()
        }
        ups = try reader.readVariable()
        downs = try reader.readVariable()
        sendsRefused = try reader.readVariable()
        framesReceived = try reader.readVariable()
        bytesSent = try reader.readVariable()
        bytesReceived = try reader.readVariable()
    }
}
