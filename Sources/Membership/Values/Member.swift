public import Primitives

/// What a node believes of another one (SWIM, sections 3 and 4.2).
public enum MemberStatus: UInt8, Sendable, Hashable, CaseIterable {
    case alive = 1
    /// Somebody had no answer from it; it may still refute that.
    case suspect = 2
    /// It did not refute a suspicion in time. A hint like everything here: nothing is removed because of it.
    case dead = 3
    /// It said that it goes.
    case left = 4

    /// Whether it takes part: is probed, asked for help and told news.
    public var takesPart: Bool { self == .alive || self == .suspect }
}

/// What a node tells of itself. It changes only together with the node's incarnation.
public struct MemberMetadata: Sendable, Hashable {
    /// Longest address, zone and version, in bytes of UTF-8.
    public static let textLimit = 255
    /// Longest list of led shards, in bytes: a bit for each of 1,024.
    public static let leadsLimit = 128

    /// Where other nodes reach it, `host:port`.
    public var address: String
    /// What fails together with it; empty when there are none.
    public var zone: String
    /// Of the program.
    public var version: String
    /// How busy its loops are, in thousandths.
    public var load: UInt16
    /// The shards that it leads, as bits, the lowest number first: a hint of whom to ask.
    public var leads: [UInt8]

    public init(address: String = "", zone: String = "", version: String = "", load: UInt16 = 0, leads: [UInt8] = []) {
        self.address = address
        self.zone = zone
        self.version = version
        self.load = load
        self.leads = leads
    }

    public func leads(_ shard: ShardID) -> Bool {
        let byte = Int(shard.number / 8)
        return byte < leads.count && leads[byte] & (1 << (shard.number % 8)) != 0
    }
}

/// A node as another one sees it.
public struct Member: Sendable, Hashable {
    public let id: NodeID
    /// Raised by the node itself, to refute what is said of it, when its metadata change and at each start; word of a
    /// lower one is old.
    public var incarnation: UInt64
    public var status: MemberStatus
    public var metadata: MemberMetadata
    /// Since when it has this status here.
    public var since: Instant

    public init(id: NodeID, incarnation: UInt64, status: MemberStatus, metadata: MemberMetadata, since: Instant) {
        self.id = id
        self.incarnation = incarnation
        self.status = status
        self.metadata = metadata
        self.since = since
    }
}

/// What became of a member in this node's view.
public struct MemberChange: Sendable, Hashable {
    public enum Kind: Sendable, Hashable {
        /// It is new, or is back from the dead or with a new life.
        case joined
        case suspected
        /// This node is well and has no answer itself, and so many others say the same that a follower may look for
        /// another leader (`min(2, n − 2)` of them).
        case confirmed
        /// It refuted a suspicion.
        case refuted
        /// Its metadata or incarnation changed.
        case updated
        case died
        case left
        /// It was dead or gone for so long that it is forgotten.
        case forgotten
    }

    public let kind: Kind
    public let member: Member

    public init(_ kind: Kind, _ member: Member) {
        self.kind = kind
        self.member = member
    }
}
