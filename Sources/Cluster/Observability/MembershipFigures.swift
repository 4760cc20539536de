internal import Membership
public import Primitives

/// What a node has found out about the others since its start, and how well it keeps its own times.
public struct MembershipFigures: Sendable, Equatable, WireValue {
    /// 0 when this node keeps its times; up to 8.
    public var healthScore: UInt64 = 0
    public var probes: UInt64 = 0
    public var failedProbes: UInt64 = 0
    /// This node's own accusations.
    public var suspicions: UInt64 = 0
    /// Suspicions of others that they refuted: they were false.
    public var refuted: UInt64 = 0
    /// Suspicions of this node, which it refuted.
    public var refutations: UInt64 = 0
    public var deaths: UInt64 = 0
    /// Times for which this node stood still.
    public var pauses: UInt64 = 0

    public init() {}

    init(healthScore: Int, _ counters: Swim.Counters) {
        self.healthScore = UInt64(clamping: healthScore)
        probes = counters.probes
        failedProbes = counters.failedProbes
        suspicions = counters.suspicions
        refuted = counters.refuted
        refutations = counters.refutations
        deaths = counters.deaths
        pauses = counters.pauses
    }

    public func encode(into writer: inout ByteWriter) {
        for number in [healthScore, probes, failedProbes, suspicions, refuted, refutations, deaths, pauses] {
            writer.writeVariable(number)
        }
    }

    public init(from reader: inout ByteReader) throws(WireError) {
        healthScore = try reader.readVariable()
        probes = try reader.readVariable()
        failedProbes = try reader.readVariable()
        suspicions = try reader.readVariable()
        refuted = try reader.readVariable()
        refutations = try reader.readVariable()
        deaths = try reader.readVariable()
        pauses = try reader.readVariable()
    }
}
