public import Primitives

/// How a queue orders what waits (routing-semantics 1).
public enum Ordering: String, Sendable, CaseIterable, NamedCase {
    /// Seconds waited and priority together.
    case priorityAndAge
    /// Strict priority, then the longest wait; nothing ages.
    case priority
}

/// How a queue ranks what waits (routing-semantics 1).
public struct RankRules: Sendable, Equatable, WireValue {
    public var ordering = Ordering.priorityAndAge
    /// What one point of priority is worth, 0 to 86,400 s.
    public var secondsPerPriorityPoint: Int64 = 60
    /// Added to the interaction's own priority.
    public var basePriority: [MediaType: Int32] = [:]

    public init() {}

    public init(secondsPerPriorityPoint: Int64) { self.secondsPerPriorityPoint = secondsPerPriorityPoint }

    public func encode(into writer: inout ByteWriter) {
        writer.write(ordering)
        writer.write(secondsPerPriorityPoint)
        writer.write(perMedia: basePriority) { $0.write($1) }
    }

    public init(from reader: inout ByteReader) throws(WireError) {
        ordering = try reader.read()
        secondsPerPriorityPoint = min(max(0, try reader.read(Int64.self)), 86_400)
        basePriority = try reader.readPerMedia { (reader) throws(WireError) in try reader.read(Int32.self) }
    }
}

/// An agent's place in one queue (routing-semantics 1 and 4).
public struct Membership: Sendable, Equatable {
    public var agent: AgentID
    /// From 1: the agent is a candidate once this ring is open.
    public var ring = 1
    /// Among the queues of the agent: the lower is served first.
    public var queueOrder = 0
    /// The queue is open to this agent only for what waited so long.
    public var delay = Span.zero

    public init(_ agent: AgentID) { self.agent = agent }
}
