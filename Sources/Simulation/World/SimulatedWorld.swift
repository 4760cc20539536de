internal import Cluster
#if canImport(Glibc)
    internal import Glibc
#endif
internal import Primitives

/// Virtual time, one source of randomness, one queue of events, one trace.
///
/// Proof for `@unchecked Sendable`: a world is made, run and dropped on one thread, and every entrance checks that it
/// is called on that thread.
final class SimulatedWorld: @unchecked Sendable {
    private let thread = pthread_self()
    private var queue = EventQueue()
    private var time: Instant
    private var generator: SeededRandom
    private var hash: UInt64 = 0
    private var lines: [String] = []
    private var eventCount: UInt64 = 0

    /// Where virtual time begins.
    static let origin = Instant(microseconds: 1_760_000_000_000_000)

    /// Lines kept of the trace; the newest matter when a run fails.
    private static let traceLimit = 400

    init(seed: UInt64) {
        generator = SeededRandom(seed: seed)
        time = Self.origin
    }

    var now: Instant { checked { time } }
    var events: UInt64 { checked { eventCount } }
    var traceHash: UInt64 { checked { hash } }
    var trace: [String] { checked { lines } }

    func random<Result>(_ draw: (inout SeededRandom) -> Result) -> Result { checked { draw(&generator) } }
    func chance(_ perThousand: Int) -> Bool { random { $0.chance(perThousand) } }
    func span(_ range: ClosedRange<Int64>) -> Span { random { .microseconds($0.pick(range)) } }

    func after(_ delay: Span, _ run: @escaping () -> Void) {
        checked { queue.schedule(at: time + max(.zero, delay), run) }
    }

    func at(_ instant: Instant, _ run: @escaping () -> Void) {
        checked { queue.schedule(at: max(time, instant), run) }
    }

    /// Adds something that happened to the hash, and to the lines that a failure prints.
    func note(_ line: @autoclosure () -> String, _ values: UInt64..., keep: Bool = true) {
        checked {
            hash = StableHash.combine(hash, UInt64(bitPattern: time.microseconds))
            for value in values { hash = StableHash.combine(hash, value) }
            guard keep else { return }
            let line = line()
            hash = StableHash.combine(hash, StableHash.of(line))
            keepLine(line)
        }
    }

    /// Adds a line of one who follows an entity: what happens, and so the hash, is the same without it.
    func show(_ line: String) { checked { keepLine(line) } }

    private func keepLine(_ line: String) {
        if lines.count == 2 * Self.traceLimit { lines.removeFirst(Self.traceLimit) }
        lines.append("\((time - Self.origin).seconds) \(line)")
    }

    /// Runs events until `isDone`, or until virtual time reaches `end`.
    func run(until end: Instant, _ isDone: () -> Bool) {
        while !isDone(), let event = checked({ queue.popFirst() }) {
            guard event.time <= end else {
                queue.schedule(at: event.time, event.run)
                time = end
                return
            }
            time = max(time, event.time)
            eventCount += 1
            event.run()
        }
    }

    /// Nothing happens any more; what waited to happen is let go, and with it everything that it holds.
    func end() { checked { queue.removeAll() } }

    private func checked<Result>(_ body: () -> Result) -> Result {
        precondition(pthread_equal(thread, pthread_self()) != 0, "a simulated world stays on its thread")
        return body()
    }
}

/// A node's clock: virtual time with an offset and a rate of its own.
struct SimulatedClock: NodeClock {
    let world: SimulatedWorld
    let offset: Span
    /// Parts per million.
    let drift: Int64

    var now: Instant {
        let elapsed = (world.now - SimulatedWorld.origin).microseconds
        return world.now + offset + .microseconds(elapsed * drift / 1_000_000)
    }
}

/// The loop of one life of a node: what is queued dies with the life.
final class SimulatedLoop: EntityLoop, Sendable {
    let world: SimulatedWorld
    let life: NodeLife

    init(world: SimulatedWorld, life: NodeLife) {
        self.world = world
        self.life = life
    }

    var isCurrent: Bool { true }

    func execute(_ work: @escaping @Sendable () -> Void) { schedule(after: .microseconds(1), work) }

    func schedule(after delay: Span, _ work: @escaping @Sendable () -> Void) {
        world.after(delay) { [self] in run(work) }
    }

    /// A process that stands still does it when it goes on.
    private func run(_ work: @escaping @Sendable () -> Void) {
        guard life.isAlive else { return }
        guard life.standsUntil <= world.now else { return world.at(life.standsUntil) { [self] in run(work) } }
        work()
    }
}
