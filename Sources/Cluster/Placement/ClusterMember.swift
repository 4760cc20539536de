public import Primitives

/// A node that is part of the cluster.
public struct ClusterMember: Sendable, Equatable, WireValue {
    public let node: NodeID
    /// Its number in the names of replicas; no other node ever has the same.
    public let number: UInt32
    /// What it has said of itself last.
    public package(set) var profile: NodeProfile
    /// Nothing is put there, and what is there goes.
    public package(set) var isDraining: Bool

    public init(node: NodeID, number: UInt32, profile: NodeProfile = NodeProfile(), isDraining: Bool = false) {
        self.node = node
        self.number = number
        self.profile = profile
        self.isDraining = isDraining
    }

    /// What fails together with it; empty when it has not said.
    public var zone: String { profile.zone }

    public func encode(into writer: inout ByteWriter) {
        writer.write(node.name)
        writer.write(number)
        writer.write(profile)
        writer.write(isDraining)
    }

    public init(from reader: inout ByteReader) throws(WireError) {
        node = NodeID(try reader.readString())
        number = try reader.read(UInt32.self)
        profile = try reader.read()
        isDraining = try reader.readFlag()
    }
}

/// What a node says of itself to the registry.
public struct NodeProfile: Sendable, Equatable, WireValue {
    /// Longest zone and address, in bytes of UTF-8.
    public static let textLimit = 255

    /// What fails together with it; empty when there are no zones.
    public var zone: String
    /// Where the other nodes reach it, `host:port`; empty when it has not said.
    public var address: String
    /// The number that its data directory was given when it was made, so that an empty one in its place is known for what
    /// it is; 0 when it has not said.
    public var disk: UInt64
    public var formats: FormatRange

    public init(zone: String = "", address: String = "", disk: UInt64 = 0, formats: FormatRange = .ours) {
        self.zone = zone
        self.address = address
        self.disk = disk
        self.formats = formats
    }

    public func encode(into writer: inout ByteWriter) {
        writer.write(zone)
        writer.write(address)
        writer.write(disk)
        writer.write(formats)
    }

    public init(from reader: inout ByteReader) throws(WireError) {
        zone = try reader.readString()
        address = try reader.readString()
        guard zone.utf8.count <= Self.textLimit, address.utf8.count <= Self.textLimit else {
            throw .tooLong(max(zone.utf8.count, address.utf8.count))
        }
        disk = try reader.read(UInt64.self)
        formats = try reader.read()
    }
}

/// The forms of commands, events and records that a build reads and writes (architecture, section 7: schema evolution).
///
/// Newer forms are written only when the version floor of the cluster has reached them: nobody who cannot read them can be
/// a member then.
public struct FormatRange: Sendable, Equatable, WireValue, CustomStringConvertible {
    /// Of this build.
    public static let ours = FormatRange(oldest: 1, newest: 1)

    public let oldest: UInt32
    public let newest: UInt32

    public init(oldest: UInt32, newest: UInt32) {
        self.oldest = oldest
        self.newest = newest
    }

    public func contains(_ format: UInt32) -> Bool { oldest <= format && format <= newest }

    public var description: String { oldest == newest ? "\(newest)" : "\(oldest) to \(newest)" }

    public func encode(into writer: inout ByteWriter) {
        writer.write(oldest)
        writer.write(newest)
    }

    public init(from reader: inout ByteReader) throws(WireError) {
        oldest = try reader.read(UInt32.self)
        newest = try reader.read(UInt32.self)
    }
}
