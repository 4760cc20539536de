public import Primitives

/// The replicated log of a node in figures.
public struct LogFigures: Sendable, Equatable, WireValue {
    /// The most groups that a node tells of: 1,024 shards and the meta group.
    public static let groupLimit = 1_025

    /// The groups that the node keeps, by their numbers.
    public var groups: [GroupFigures] = []
    /// How often the node became leader of a group since its start, also of groups that it keeps no more.
    public var changes = LeaderChanges()
    /// From the proposal of a record to its commit, in the groups that the node leads.
    public var commitTime = LatencyBuckets()
    /// By how much ticks came late.
    public var tickLateness = LatencyBuckets()
    /// The latest of all ticks.
    public var latestTick = Span.zero
    /// How far the median of the cluster's clocks is ahead of this node's, when that was last judged.
    public var clockDistance = Span.zero
    public var duty = LeaderDuty.leads
    /// Whether the disk refuses entries, or did a moment ago.
    public var isDiskFull = false

    public init() {}

    public func encode(into writer: inout ByteWriter) {
        writer.write(groups)
        writer.write(changes)
        writer.write(commitTime)
        writer.write(tickLateness)
        writer.write(latestTick.microseconds)
        writer.write(clockDistance.microseconds)
        writer.write(duty)
        writer.write(isDiskFull)
    }

    public init(from reader: inout ByteReader) throws(WireError) {
        groups = try reader.readList(limit: Self.groupLimit)
        changes = try LeaderChanges(from: &reader)
        commitTime = try LatencyBuckets(from: &reader)
        tickLateness = try LatencyBuckets(from: &reader)
        latestTick = Span(microseconds: try reader.read(Int64.self))
        clockDistance = Span(microseconds: try reader.read(Int64.self))
        duty = try LeaderDuty(from: &reader)
        isDiskFull = try reader.readFlag()
    }

    /// Groups that this node leads.
    public var led: Int { groups.count { $0.role == .leader } }
    /// Groups whose log here is not whole.
    public var repairing: Int { groups.count { $0.condition != .intact } }
    /// Groups that nobody is known to lead.
    public var leaderless: Int { groups.count { !$0.hasLeader } }
}

extension LeaderDuty: WireValue {
    public func encode(into writer: inout ByteWriter) {
        switch self {
        case .leads: writer.write(UInt8(1))
        case .clockIsOff(let distance):
            writer.write(UInt8(2))
            writer.write(distance.microseconds)
        case .diskIsFull: writer.write(UInt8(3))
        case .drains: writer.write(UInt8(4))
        }
    }

    public init(from reader: inout ByteReader) throws(WireError) {
        switch try reader.read(UInt8.self) {
        case 1: self = .leads
        case 2: self = .clockIsOff(by: Span(microseconds: try reader.read(Int64.self)))
        case 3: self = .diskIsFull
        case 4: self = .drains
        case let tag: throw .unknownTag("duty of a node", Int(tag))
        }
    }

    /// One word for figures.
    public var word: String {
        switch self {
        case .leads: "leads"
        case .clockIsOff: "clockIsOff"
        case .diskIsFull: "diskIsFull"
        case .drains: "drains"
        }
    }
}
