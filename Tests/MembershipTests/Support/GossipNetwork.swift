import Membership
import Primitives

/// Many members on one thread under virtual time, with the delays, cuts, pauses and crashes that a test asks for.
final class GossipNetwork {
    struct Event {
        let time: Instant
        let observer: NodeID
        let change: MemberChange
    }

    private struct Delivery {
        let from: NodeID
        let to: NodeID
        let message: GossipMessage
    }

    struct Pair: Hashable {
        let from: NodeID
        let to: NodeID
    }

    private static let step = Span.milliseconds(5)

    private(set) var now = Instant(microseconds: 1_800_000_000_000_000)
    private(set) var swims: [NodeID: Swim] = [:]
    private(set) var events: [Event] = []
    /// Bytes of all messages that were sent.
    private(set) var bytes = 0
    let ids: [NodeID]
    let settings: SwimSettings
    /// Directions in which nothing arrives.
    var cuts: Set<Pair> = []
    /// Of a thousand messages, so many are lost.
    var lossPerThousand = 0
    var delay: ClosedRange<Int64> = 200...2_000
    private var pausedUntil: [NodeID: Instant] = [:]
    /// What is under way, by the step of its arrival.
    private var deliveries: [Instant: [Delivery]] = [:]
    /// What waits for members that stand still.
    private var waiting: [NodeID: [Delivery]] = [:]
    private var nextTick: [NodeID: Instant] = [:]
    private var random: SeededRandom

    /// All members, linked with each other.
    init(_ count: Int, settings: SwimSettings = SwimSettings(), seed: UInt64 = 1) {
        ids = (1...count).map { NodeID($0 < 10 ? "n0\($0)" : "n\($0)") }
        self.settings = settings
        random = SeededRandom(seed: seed)
        for id in ids { start(id) }
    }

    /// Starts a member, for the first time or again, and links it with everybody who runs.
    func start(_ id: NodeID, incarnation: UInt64? = nil) {
        let swim = Swim(
            id: id, incarnation: incarnation ?? UInt64(now.microseconds), metadata: MemberMetadata(address: "\(id):1"),
            settings: settings, seed: random.next(), at: now)
        swims[id] = swim
        nextTick[id] = now + Span(microseconds: random.pick(0...50_000))
        for peer in ids where peer != id && swims[peer] != nil { link(id, peer) }
    }

    func link(_ left: NodeID, _ right: NodeID) {
        act(left) { $0.linkUp(right, at: self.now) }
        act(right) { $0.linkUp(left, at: self.now) }
    }

    /// The process ends: its connections break.
    func crash(_ id: NodeID) {
        swims[id] = nil
        waiting[id] = nil
        deliveries = deliveries.mapValues { $0.filter { $0.to != id } }
        for peer in ids { act(peer) { $0.linkDown(id, at: self.now) } }
    }

    /// The process stands still; what comes in waits.
    func pause(_ id: NodeID, for span: Span) { pausedUntil[id] = now + span }

    func isPaused(_ id: NodeID) -> Bool { pausedUntil[id].map { now < $0 } ?? false }

    /// Nothing passes between two groups of members, though their connections stand.
    func partition(_ left: [NodeID], from right: [NodeID]) {
        for one in left {
            for other in right { cuts.formUnion([Pair(from: one, to: other), Pair(from: other, to: one)]) }
        }
    }

    func act(_ id: NodeID, _ body: (inout Swim) -> Void) {
        guard var swim = swims[id] else { return }
        body(&swim)
        let effects = swim.takeEffects()
        swims[id] = swim
        for change in effects.changes { events.append(Event(time: now, observer: id, change: change)) }
        for (peer, message) in effects.messages {
            let size = message.encoded.count
            bytes += size
            // Everything goes over the wire.
            guard let copy = try? GossipMessage(decoding: message.encoded), !random.chance(lossPerThousand) else {
                continue
            }
            let steps = 1 + random.pick(delay) / Self.step.microseconds
            deliveries[now + Self.step * steps, default: []].append(Delivery(from: id, to: peer, message: copy))
        }
    }

    func run(for span: Span, each step: (() -> Void)? = nil) {
        let end = now + span
        while now < end {
            now = now + Self.step
            step?()
            // Who wakes up looks at its clock before it reads what has come in: the worst order.
            for id in ids where swims[id] != nil && !isPaused(id) {
                guard let due = nextTick[id], due <= now else { continue }
                nextTick[id] = max(due + settings.tick, now)
                act(id) { $0.tick(at: self.now) }
            }
            deliver()
        }
    }

    private func deliver() {
        for id in ids where !isPaused(id) { waiting.removeValue(forKey: id)?.forEach(deliver) }
        for delivery in deliveries.removeValue(forKey: now) ?? [] {
            if isPaused(delivery.to) { waiting[delivery.to, default: []].append(delivery) } else { deliver(delivery) }
        }
    }

    private func deliver(_ delivery: Delivery) {
        guard !cuts.contains(Pair(from: delivery.from, to: delivery.to)) else { return }
        act(delivery.to) { $0.receive(delivery.message, from: delivery.from, at: self.now) }
    }

    // MARK: questions

    func status(of member: NodeID, at observer: NodeID) -> MemberStatus? { swims[observer]?.member(member)?.status }

    /// Whether every running member takes every other running one for alive, and no other.
    var agrees: Bool {
        let running = ids.filter { swims[$0] != nil }
        return running.allSatisfy { observer in
            ids.allSatisfy { member in
                member == observer || (status(of: member, at: observer) == .alive) == (swims[member] != nil)
            }
        }
    }

    /// When each observer noted such a change of a member, from a moment on.
    func times(of kind: MemberChange.Kind, about member: NodeID, since start: Instant) -> [Instant] {
        events.filter { $0.change.kind == kind && $0.change.member.id == member && $0.time >= start }.map(\.time)
    }
}
