public import Primitives

/// A queue, by the id that its configuration gives.
public struct QueueID: Sendable, Hashable, Comparable, WireValue, CustomStringConvertible {
    public let key: String
    public init(_ key: String) { self.key = key }
    public var description: String { key }
    /// The entity behind this id.
    public var entity: EntityID { EntityID(.queue, key) }
    public static func < (left: Self, right: Self) -> Bool { left.key < right.key }
    public func encode(into writer: inout ByteWriter) { writer.write(key) }
    public init(from reader: inout ByteReader) throws(WireError) { key = try reader.readString() }
}

/// An agent, by the id that the centre's configuration gives.
public struct AgentID: Sendable, Hashable, Comparable, WireValue, CustomStringConvertible {
    public let key: String
    public init(_ key: String) { self.key = key }
    public var description: String { key }
    /// The entity behind this id.
    public var entity: EntityID { EntityID(.agent, key) }
    public static func < (left: Self, right: Self) -> Bool { left.key < right.key }
    public func encode(into writer: inout ByteWriter) { writer.write(key) }
    public init(from reader: inout ByteReader) throws(WireError) { key = try reader.readString() }
}

/// A conversation; derived from the idempotency key of the request that created it.
public struct ConversationID: Sendable, Hashable, Comparable, WireValue, CustomStringConvertible {
    public let key: String
    public init(_ key: String) { self.key = key }
    public var description: String { key }
    /// The entity behind this id.
    public var entity: EntityID { EntityID(.conversation, key) }
    public static func < (left: Self, right: Self) -> Bool { left.key < right.key }
    public func encode(into writer: inout ByteWriter) { writer.write(key) }
    public init(from reader: inout ByteReader) throws(WireError) { key = try reader.readString() }
}

/// One turn of a conversation in exactly one line. What is over never comes back: numbers only grow.
public struct Ticket: Sendable, Hashable, Comparable, WireValue, CustomStringConvertible {
    public let conversation: ConversationID
    /// n of the protocol, from 1.
    public let number: UInt32

    public init(_ conversation: ConversationID, _ number: UInt32) {
        self.conversation = conversation
        self.number = number
    }

    public var description: String { "\(conversation).\(number)" }

    public static func < (left: Ticket, right: Ticket) -> Bool {
        left.conversation == right.conversation
            ? left.number < right.number : left.conversation < right.conversation
    }

    public func encode(into writer: inout ByteWriter) {
        writer.write(conversation)
        writer.writeVariable(UInt64(number))
    }

    public init(from reader: inout ByteReader) throws(WireError) {
        conversation = try reader.read(ConversationID.self)
        number = UInt32(truncatingIfNeeded: try reader.readVariable())
    }
}
