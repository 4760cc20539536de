public import Primitives

/// The clock of a node: real, or the simulator's.
public protocol NodeClock: Sendable {
    var now: Instant { get }
}

/// A loop that runs entity code of many shards, one piece of work at a time: an event loop, or the simulator.
public protocol EntityLoop: AnyObject, Sendable {
    /// True while the caller runs on this loop.
    var isCurrent: Bool { get }
    /// Runs `work` on the loop, after what is queued already.
    func execute(_ work: @escaping @Sendable () -> Void)
    /// Runs `work` on the loop after at least `delay`.
    func schedule(after delay: Span, _ work: @escaping @Sendable () -> Void)
}

/// Everything that a node needs of the world, so that the simulator can be one.
public struct NodeWorld: Sendable {
    public let clock: any NodeClock
    /// Shards are spread over these.
    public let loops: [any EntityLoop]
    /// Runs no entity code: membership.
    public let control: any EntityLoop
    public let log: any ShardLog
    /// How busy this node is, in thousandths.
    public let load: @Sendable () -> UInt16
    /// What the log's disk has taken.
    public let disk: @Sendable () -> DiskFigures
    /// When the certificate in use ends; nil where the node has none.
    public let certificateEnds: @Sendable () -> Instant?
    /// Seeds every random decision of the node; another at each start.
    public let seed: UInt64

    /// - Parameter control: the first of `loops` if there is none of its own.
    public init(
        clock: any NodeClock, loops: [any EntityLoop], control: (any EntityLoop)? = nil, log: any ShardLog,
        load: @escaping @Sendable () -> UInt16 = { 0 }, disk: @escaping @Sendable () -> DiskFigures = { DiskFigures() },
        certificateEnds: @escaping @Sendable () -> Instant? = { nil }, seed: UInt64
    ) {
        precondition(!loops.isEmpty, "a node needs a loop")
        self.clock = clock
        self.loops = loops
        self.control = control ?? loops[0]
        self.load = load
        self.disk = disk
        self.certificateEnds = certificateEnds
        self.log = log
        self.seed = seed
    }
}
