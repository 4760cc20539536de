public import Primitives

/// What a frame is for. The numbers are part of the wire format.
public enum FrameType: UInt8, Sendable {
    /// First frame of the dialling side: who it is and what it speaks.
    case hello = 1
    /// The accepting side's own hello; the link is then up.
    case welcome = 2
    /// The reason why a link is refused; the link closes.
    case refusal = 3
    /// A command for an entity that expects a reply.
    case call = 4
    case reply = 5
    /// Logged messages of one (source shard, target shard) stream, in order.
    case stream = 6
    /// Up to which number a stream has been taken.
    case streamMark = 7
    /// A soft message: may be lost, doubled or late.
    case soft = 8
    case ping = 9
    case pong = 10
    /// A request to a node rather than to an entity, and its answer (event feeds, figures).
    case nodeCall = 11
    case nodeReply = 12
    /// Messages between replicas of groups.
    case raft = 13
    /// Which groups the sender leads, or follows the receiver in: the heartbeat of a pair of nodes.
    case beat = 14
    case beatAnswer = 15
    /// A piece of a group's snapshot for a replica that is too far behind, and how it goes on.
    case snapshot = 16
    case snapshotAnswer = 17
    /// A message of the membership (SWIM).
    case gossip = 18
    /// First frame of a node that is no member yet and wants to be, and the answer; the connection then closes.
    case join = 19
    case joinAnswer = 20
}

/// One frame between two nodes: a fixed 48-byte little-endian header and a bounded payload.
///
/// ```
/// offset 0 length of payload u32 | 4 type u8 | 5 version u8 | 6 method u16 | 8 request u64 | 16 shard u32
///        20 remaining milliseconds u32 (0: no deadline) | 24 trace high u64 | 32 trace low u64 | 40 span u64
/// ```
public struct Frame: Sendable, Equatable {
    public static let headerSize = 48
    public static let version: UInt8 = 8
    /// Payloads beyond this are refused on both sides.
    public static let maximumPayload = 4 << 20

    public var type: FrameType
    public var method: UInt16
    public var request: UInt64
    public var shard: ShardID
    public var remainingMilliseconds: UInt32
    public var trace: TraceContext
    public var payload: [UInt8]

    public init(
        _ type: FrameType, method: UInt16 = 0, request: UInt64 = 0, shard: ShardID = ShardID(0),
        remainingMilliseconds: UInt32 = 0, trace: TraceContext = .none, payload: [UInt8] = []
    ) {
        self.type = type
        self.method = method
        self.request = request
        self.shard = shard
        self.remainingMilliseconds = remainingMilliseconds
        self.trace = trace
        self.payload = payload
    }

    /// Writes header and payload.
    public func encode(into writer: inout ByteWriter) {
        writer.write(UInt32(payload.count))
        writer.write(type.rawValue)
        writer.write(Self.version)
        writer.write(method)
        writer.write(request)
        writer.write(shard.number)
        writer.write(remainingMilliseconds)
        writer.write(trace.high)
        writer.write(trace.low)
        writer.write(trace.span)
        writer.write(raw: payload)
    }
}

/// The ids of W3C Trace Context that travel with a call; all zero means not traced.
public struct TraceContext: Sendable, Equatable {
    public var high: UInt64
    public var low: UInt64
    public var span: UInt64

    public init(high: UInt64, low: UInt64, span: UInt64) {
        self.high = high
        self.low = low
        self.span = span
    }

    public static let none = TraceContext(high: 0, low: 0, span: 0)

    public var isTraced: Bool { high | low != 0 }
    /// The id of the trace as it is written everywhere: 32 hexadecimal digits.
    public var traceText: String { Self.text(of: high) + Self.text(of: low) }
    public var spanText: String { Self.text(of: span) }

    /// 16 hexadecimal digits, in lower case.
    public static func text(of number: UInt64) -> String {
        let digits = String(number, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}

/// Why bytes are no frame. The link closes, the reason is logged once and counted; the process goes on.
public enum FrameError: Error, Sendable, Equatable, CustomStringConvertible {
    case oversized(Int)
    case unknownType(UInt8)
    case unknownVersion(UInt8)

    public var description: String {
        switch self {
        case .oversized(let size): "a payload of \(size) bytes exceeds the limit of \(Frame.maximumPayload)"
        case .unknownType(let type): "\(type) is no frame type"
        case .unknownVersion(let version): "frame version \(version), this node speaks \(Frame.version)"
        }
    }
}

/// Cuts a stream of bytes into frames. Holds at most one incomplete frame.
public struct FrameDecoder: Sendable {
    private var buffer: [UInt8] = []
    private var start = 0

    public init() {}

    public mutating func append(_ bytes: some Collection<UInt8>) {
        if start > 0, start == buffer.count || start > 1 << 16 {
            buffer.removeFirst(start)
            start = 0
        }
        buffer.append(contentsOf: bytes)
    }

    /// The next whole frame, or nil when more bytes are needed.
    /// - Throws: ``FrameError``; the decoder is then of no further use.
    public mutating func next() throws(FrameError) -> Frame? {
        let available = buffer.count - start
        guard available >= 6 else { return nil }
        let header = buffer.withUnsafeBytes { raw in
            Header(
                length: UInt32(littleEndian: raw.loadUnaligned(fromByteOffset: start, as: UInt32.self)),
                type: raw[start + 4], version: raw[start + 5])
        }
        guard header.version == Frame.version else { throw .unknownVersion(header.version) }
        guard let type = FrameType(rawValue: header.type) else { throw .unknownType(header.type) }
        guard header.length <= Frame.maximumPayload else { throw .oversized(Int(header.length)) }
        let size = Frame.headerSize + Int(header.length)
        guard available >= size else { return nil }
        let from = start
        start += size
        return buffer.withUnsafeBytes { raw in
            func number<Number: FixedWidthInteger>(_ offset: Int, _ type: Number.Type) -> Number {
                Number(littleEndian: raw.loadUnaligned(fromByteOffset: from + offset, as: type))
            }
            return Frame(
                type, method: number(6, UInt16.self), request: number(8, UInt64.self),
                shard: ShardID(number(16, UInt32.self)), remainingMilliseconds: number(20, UInt32.self),
                trace: TraceContext(
                    high: number(24, UInt64.self), low: number(32, UInt64.self), span: number(40, UInt64.self)),
                payload: Array(raw[(from + Frame.headerSize)..<(from + size)]))
        }
    }

    private struct Header {
        var length: UInt32
        var type: UInt8
        var version: UInt8
    }
}
