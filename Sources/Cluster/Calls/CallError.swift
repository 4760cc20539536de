public import Primitives

/// Why a call has no reply. Each case says whether anything may have changed.
public enum CallError: Error, Sendable, Equatable, CustomStringConvertible {
    /// Nothing was done and nothing changed: try again later.
    case notExecuted(NotExecuted)
    /// It may have happened. Ask again with the same key, or read the state.
    case outcomeUnknown(String)
    /// The idempotency key was used for another request; nothing changed.
    case keyReused
    /// What the command would log does not fit a record; nothing changed, and trying again does not help.
    case tooLarge(bytes: UInt64)
    /// The two ends do not speak the same language; nothing changed.
    case malformed(String)

    public enum NotExecuted: UInt8, Sendable, CustomStringConvertible {
        case notConnected = 0
        case overloaded = 1
        case expired = 2
        case notHere = 3

        public var description: String {
            switch self {
            case .notConnected: "the node that leads this shard is not reachable"
            case .overloaded: "too many calls are under way"
            case .expired: "the deadline passed before the call was taken up"
            case .notHere: "the node asked does not lead this shard"
            }
        }
    }

    public var description: String {
        switch self {
        case .notExecuted(let reason): "not executed: \(reason); nothing changed, try again"
        case .outcomeUnknown(let reason): "the outcome is unknown: \(reason); try again with the same key"
        case .keyReused: "this idempotency key was used for another request; nothing changed"
        case .tooLarge(let bytes): "it would log \(bytes) bytes, more than fits; nothing changed"
        case .malformed(let detail): "malformed: \(detail); nothing changed"
        }
    }
}

/// Makes a repeated request from outside have one effect and one answer.
public struct RequestKey: Sendable, Hashable, WireValue {
    /// Principal, method, path and the client's key.
    public let scope: String
    /// Hash of the body: the same scope with another body is refused.
    public let body: UInt64

    public init(scope: String, body: UInt64) {
        self.scope = scope
        self.body = body
    }

    public func encode(into writer: inout ByteWriter) {
        writer.write(scope)
        writer.write(body)
    }

    public init(from reader: inout ByteReader) throws(WireError) {
        scope = try reader.readString()
        body = try reader.read(UInt64.self)
    }
}

/// What travels with a call beside its command.
public struct CallContext: Sendable {
    public var key: RequestKey?
    /// How long the caller waits, retries included.
    public var patience: Span
    public var trace: TraceContext

    public init(key: RequestKey? = nil, patience: Span = .seconds(5), trace: TraceContext = .none) {
        self.key = key
        self.patience = patience
        self.trace = trace
    }

    /// The context of the current task; distributed methods take only their command.
    @TaskLocal public static var current = CallContext()
}

/// A command on its way to its entity: still typed on this node, bytes from another.
public enum CommandInput: Sendable {
    case typed(any EntityCommand)
    case bytes(method: UInt16, [UInt8])
}

/// The answer to a call: typed when it was decided on this node, bytes from another.
public enum CallAnswer: Sendable {
    case typed(any EntityMessage)
    case bytes([UInt8])
}

/// Where the answer to a call goes.
public enum ReplySlot: Sendable {
    case nobody
    case local(@Sendable (Result<CallAnswer, CallError>) -> Void)
    case remote(NodeID, request: UInt64)
}
