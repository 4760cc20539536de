public import Primitives

/// Lets one node join the cluster once. What its holder shows is a secret; the registry knows a digest of it only.
public struct JoinToken: Sendable, Equatable, WireValue {
    /// Bytes of a digest (SHA-256).
    public static let digestSize = 32

    /// Names it where it is listed.
    public let id: String
    public let digest: [UInt8]
    /// The only node that it is for; nil when it is for any.
    public let node: NodeID?
    public let expires: Instant

    public init(id: String, digest: [UInt8], node: NodeID?, expires: Instant) {
        self.id = id
        self.digest = digest
        self.node = node
        self.expires = expires
    }

    public func encode(into writer: inout ByteWriter) {
        writer.write(id)
        writer.write(bytes: digest)
        writer.write(node != nil)
        if let node { writer.write(node.name) }
        writer.write(expires)
    }

    public init(from reader: inout ByteReader) throws(WireError) {
        id = try reader.readString()
        digest = try reader.readBytes()
        guard digest.count == Self.digestSize else { throw .tooLong(digest.count) }
        node = try reader.readFlag() ? NodeID(try reader.readString()) : nil
        expires = try reader.read()
    }
}

/// What a node that wants to join says of itself.
public struct JoinRequest: Sendable, Equatable, WireValue {
    public var cluster: String
    public var node: NodeID
    public var profile: NodeProfile
    /// Hash of the build's method table, as in ``Hello``.
    public var methodTable: UInt64

    public init(cluster: String, node: NodeID, profile: NodeProfile, methodTable: UInt64) {
        self.cluster = cluster
        self.node = node
        self.profile = profile
        self.methodTable = methodTable
    }

    public func encode(into writer: inout ByteWriter) {
        writer.write(cluster)
        writer.write(node.name)
        writer.write(profile)
        writer.write(methodTable)
    }

    public init(from reader: inout ByteReader) throws(WireError) {
        cluster = try reader.readString()
        node = NodeID(try reader.readString())
        profile = try reader.read()
        methodTable = try reader.read(UInt64.self)
    }
}

/// What a node of the cluster answers to one that wants to join.
public enum JoinAnswer: Sendable, Equatable, WireValue {
    /// It is a member, of this map.
    case accepted(ShardMap)
    /// It is not, and asking again does not help. Nothing changed.
    case refused(String)
    /// Nobody can say now; nothing changed, or what changed is found by asking again.
    case notNow(String)

    public func encode(into writer: inout ByteWriter) {
        switch self {
        case .accepted(let map):
            writer.write(UInt8(1))
            writer.write(map)
        case .refused(let reason):
            writer.write(UInt8(2))
            writer.write(reason)
        case .notNow(let reason):
            writer.write(UInt8(3))
            writer.write(reason)
        }
    }

    public init(from reader: inout ByteReader) throws(WireError) {
        switch try reader.read(UInt8.self) {
        case 1: self = .accepted(try reader.read())
        case 2: self = .refused(try reader.readString())
        case 3: self = .notNow(try reader.readString())
        case let tag: throw .unknownTag("answer to a node that joins", Int(tag))
        }
    }
}
