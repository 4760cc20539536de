public import Primitives

/// What the centre's configuration says of one queue, with its members.
public struct QueueSettings: Sendable, Equatable, WireValue {
    /// The configuration version that last touched this queue; an older one never replaces a newer.
    public var version: UInt64
    public var name: String
    public var division: String
    public var media: [MediaType]
    public var rank: RankRules
    public var routing: RoutingRules
    public var offers: OfferRules
    public var wrapUpCodes: [String]
    public var defaultWrapUpCode: String?
    public var serviceLevel: [ServiceLevel]
    public var members: [AgentID]

    public init(
        version: UInt64 = 0, name: String = "", division: String = "", media: [MediaType] = MediaType.routed,
        rank: RankRules = RankRules(), routing: RoutingRules = RoutingRules(), offers: OfferRules = OfferRules(),
        wrapUpCodes: [String] = [], defaultWrapUpCode: String? = nil, serviceLevel: [ServiceLevel] = [],
        members: [AgentID] = []
    ) {
        self.version = version
        self.name = name
        self.division = division
        self.media = media
        self.rank = rank
        self.routing = routing
        self.offers = offers
        self.wrapUpCodes = wrapUpCodes
        self.defaultWrapUpCode = defaultWrapUpCode
        self.serviceLevel = serviceLevel
        self.members = members
    }

    /// Members of one queue.
    static let memberLimit = 20_000

    public func encode(into writer: inout ByteWriter) {
        writer.write(version)
        writer.write(name)
        writer.write(division)
        writer.write(media)
        writer.write(rank)
        writer.write(routing)
        writer.write(offers)
        writer.write(wrapUpCodes)
        writer.write(defaultWrapUpCode)
        writer.write(serviceLevel)
        writer.write(members)
    }

    public init(from reader: inout ByteReader) throws(WireError) {
        version = try reader.read(UInt64.self)
        name = try reader.readString()
        division = try reader.readString()
        media = try reader.readList(limit: 16)
        rank = try reader.read()
        routing = try reader.read()
        offers = try reader.read()
        wrapUpCodes = try reader.readList(limit: 1_000)
        defaultWrapUpCode = try reader.readOptional()
        serviceLevel = try reader.readList(limit: 16)
        members = try reader.readList(limit: Self.memberLimit)
    }
}

/// The goal that a share of a medium's interactions is answered within so many seconds.
public struct ServiceLevel: Sendable, Equatable, WireValue {
    public var media: MediaType
    public var percent: Double
    public var seconds: Int64

    public init(media: MediaType, percent: Double, seconds: Int64) {
        self.media = media
        self.percent = percent
        self.seconds = seconds
    }

    public func encode(into writer: inout ByteWriter) {
        writer.write(media)
        writer.write(percent)
        writer.write(seconds)
    }

    public init(from reader: inout ByteReader) throws(WireError) {
        media = try reader.read(MediaType.self)
        percent = try reader.readDouble()
        seconds = try reader.read(Int64.self)
    }
}
