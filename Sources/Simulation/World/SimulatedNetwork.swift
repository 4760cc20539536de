internal import Cluster
internal import Primitives

/// Links between simulated nodes. Order holds inside a link; links delay independently of each other; a cut loses a
/// tail of what is under way in each direction, and both ends learn of it.
///
/// Proof for `@unchecked Sendable`: used only through a ``SimulatedWorld``, which checks its thread at each use.
final class SimulatedNetwork: @unchecked Sendable {
    struct LinkName: Hashable, Comparable {
        let low: NodeID
        let high: NodeID
        let linkClass: LinkClass

        init(_ one: NodeID, _ other: NodeID, _ linkClass: LinkClass) {
            (low, high) = one < other ? (one, other) : (other, one)
            self.linkClass = linkClass
        }

        static func < (left: Self, right: Self) -> Bool {
            (left.low, left.high, left.linkClass.rawValue) < (right.low, right.high, right.linkClass.rawValue)
        }
    }

    private struct Link {
        var generation: UInt64 = 0
        var isUp = false
        /// When the last frame in each direction arrives, so that order holds.
        var lastArrival: [NodeID: Instant] = [:]
    }

    struct Delays {
        var usual: ClosedRange<Int64> = 100...2_000
        var spike: ClosedRange<Int64> = 20_000...400_000
        var spikePerThousand = 0
        var softLossPerThousand = 0
    }

    private let world: SimulatedWorld
    private var links: [LinkName: Link] = [:]
    private var nodes: [NodeID: ClusterNode] = [:]
    private var lives: [NodeID: NodeLife] = [:]
    var delays = Delays()
    /// When a link between two nodes last lost or held up something.
    private var troubles: [LinkName: Instant] = [:]
    private(set) var frames: UInt64 = 0
    private(set) var cuts: UInt64 = 0
    /// Called before each delivery, for faults at message boundaries.
    var beforeDelivery: (Frame, NodeID) -> Void = { _, _ in }

    init(world: SimulatedWorld) { self.world = world }

    func attach(_ node: ClusterNode, _ life: NodeLife) {
        nodes[node.id] = node
        lives[node.id] = life
        for peer in nodes.keys.sorted() where peer != node.id {
            for linkClass in LinkClass.allCases { connect(LinkName(node.id, peer, linkClass)) }
        }
    }

    func detach(_ id: NodeID) {
        nodes[id] = nil
        for name in links.keys.sorted() where name.low == id || name.high == id { cut(name, reconnect: false) }
    }

    /// Until when a node stands still; nothing reaches it before.
    private func standsUntil(_ id: NodeID) -> Instant { lives[id]?.standsUntil ?? .zero }

    /// A node stands still: all its links are troubled until it goes on.
    func noteStanding(_ id: NodeID, until end: Instant) {
        for name in links.keys where name.low == id || name.high == id {
            troubles[name] = max(end, troubles[name] ?? .zero)
        }
    }

    /// Lets go of the nodes.
    func end() {
        nodes = [:]
        lives = [:]
        beforeDelivery = { _, _ in }
    }

    private func connect(_ name: LinkName) {
        world.after(world.span(200...5_000)) { [self] in
            guard let low = nodes[name.low], let high = nodes[name.high] else { return }
            let goesOn = max(standsUntil(name.low), standsUntil(name.high))
            guard goesOn <= world.now else { return world.at(goesOn) { [self] in connect(name) } }
            // A node refuses whom it does not know for a member, and is asked again.
            guard low.map.member(high.id) != nil, high.map.member(low.id) != nil else {
                return world.after(world.span(20_000...500_000)) { [self] in connect(name) }
            }
            var link = links[name] ?? Link()
            guard !link.isUp else { return }
            link.isUp = true
            link.generation += 1
            link.lastArrival = [:]
            links[name] = link
            troubles[name] = world.now
            low.linkUp(high.hello(name.linkClass))
            high.linkUp(low.hello(name.linkClass))
        }
    }

    func send(_ frame: Frame, from source: NodeID, to peer: NodeID, on linkClass: LinkClass) -> Bool {
        let name = LinkName(source, peer, linkClass)
        guard var link = links[name], link.isUp else { return false }
        if frame.type == .soft, world.chance(delays.softLossPerThousand) {
            troubles[name] = world.now
            return true
        }
        let isHeldUp = world.chance(delays.spikePerThousand)
        let arrival = max(
            world.now + world.span(isHeldUp ? delays.spike : delays.usual), link.lastArrival[peer] ?? .zero)
        if isHeldUp { troubles[name] = max(arrival, troubles[name] ?? .zero) }
        link.lastArrival[peer] = arrival
        links[name] = link
        var writer = ByteWriter()
        frame.encode(into: &writer)
        let bytes = writer.bytes
        let generation = link.generation
        world.at(arrival) { [self] in deliver(bytes, from: source, to: peer, name, generation) }
        return true
    }

    private func deliver(_ bytes: [UInt8], from source: NodeID, to peer: NodeID, _ name: LinkName, _ generation: UInt64)
    {
        guard let link = links[name], link.isUp, link.generation == generation, let node = nodes[peer] else { return }
        let goesOn = standsUntil(peer)
        guard goesOn <= world.now else {
            return world.at(goesOn) { [self] in deliver(bytes, from: source, to: peer, name, generation) }
        }
        var decoder = FrameDecoder()
        decoder.append(bytes)
        guard let decoded = try? decoder.next() else { preconditionFailure("a frame of ours does not decode") }
        frames += 1
        world.note("", UInt64(decoded.type.rawValue), StableHash.of(bytes), keep: false)
        beforeDelivery(decoded, peer)
        // The fault at this boundary may have ended the node or the link.
        guard links[name]?.generation == generation, links[name]?.isUp == true, nodes[peer] != nil else { return }
        node.received([decoded], from: source, on: name.linkClass)
    }

    /// Cuts a link; what is under way on it is lost.
    func cut(_ name: LinkName, reconnect: Bool, after pause: Span = .zero) {
        guard var link = links[name], link.isUp else { return }
        link.isUp = false
        links[name] = link
        cuts += 1
        world.note("cut \(name.low)–\(name.high) \(name.linkClass)")
        tellDown(name.low, name.high, name.linkClass)
        tellDown(name.high, name.low, name.linkClass)
        if reconnect { world.after(pause) { [self] in connect(name) } }
    }

    /// A node hears that a link is gone; one that stands still, when it goes on.
    private func tellDown(_ id: NodeID, _ peer: NodeID, _ linkClass: LinkClass) {
        guard let node = nodes[id], let life = lives[id] else { return }
        guard life.standsUntil > world.now else { return node.linkDown(peer, linkClass, reason: "cut") }
        world.at(life.standsUntil) { if life.isAlive { node.linkDown(peer, linkClass, reason: "cut") } }
    }

    /// When calls between two nodes, or the control words that keep leaders in place, last met a loss, a delay or a
    /// cut; far in the future while there is no link.
    func lastTrouble(between one: NodeID, and other: NodeID) -> Instant {
        if one == other { return .zero }
        return [LinkClass.calls, .control].map { linkClass in
            let name = LinkName(one, other, linkClass)
            return links[name]?.isUp == true ? troubles[name] ?? .zero : .distantFuture
        }.max() ?? .zero
    }

    /// Some link that is up, if any.
    func anyLink() -> LinkName? {
        let up = links.filter(\.value.isUp).map(\.key).sorted()
        return up.isEmpty ? nil : up[world.random { Int($0.pick(0...Int64(up.count - 1))) }]
    }
}

/// One node's end of the network.
final class SimulatedTransport: Transport {
    private let network: SimulatedNetwork
    private let node: NodeID
    private let life: NodeLife

    init(network: SimulatedNetwork, node: NodeID, life: NodeLife) {
        self.network = network
        self.node = node
        self.life = life
    }

    func send(_ frame: Frame, to peer: NodeID, on linkClass: LinkClass) -> Bool {
        life.isAlive && network.send(frame, from: node, to: peer, on: linkClass)
    }
}
