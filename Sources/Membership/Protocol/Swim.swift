public import Primitives

/// The membership of one node: SWIM (Das, Gupta and Motivala, DSN 2002) with Lifeguard (Dadgar, Phillips and Currey,
/// 2017), as a value. It takes the time, links and messages, and collects what is to be sent and what changed.
///
/// What it says is a hint. Nobody may start, stop or remove anything because of it alone (architecture, section 2).
///
/// Invariants: a member's incarnation never falls here; only a member raises its own; this node is never dead in its
/// own view; a suspicion ends by a refutation or at its deadline.
public struct Swim: Sendable {
    /// How far a word's incarnation may be ahead of what is known and of the clock: decades, in microseconds.
    static let incarnationLeap: UInt64 = 1 << 50
    /// Probes for others at a time.
    static let relaysLimit = 64

    /// What is to be done after an input.
    public struct Effects: Sendable {
        public var messages: [(to: NodeID, GossipMessage)] = []
        public var changes: [MemberChange] = []

        public init() {}
    }

    /// What happened since the start.
    public struct Counters: Sendable, Hashable {
        public var probes: UInt64 = 0
        public var failedProbes: UInt64 = 0
        /// This node's own accusations.
        public var suspicions: UInt64 = 0
        /// Suspicions of others that they refuted.
        public var refuted: UInt64 = 0
        /// Suspicions of this node, which it refuted.
        public var refutations: UInt64 = 0
        public var deaths: UInt64 = 0
        /// Times for which this node stood still.
        public var pauses: UInt64 = 0
    }

    struct Probe: Sendable {
        let target: NodeID
        var askHelpersAt: Instant
        var until: Instant
        var asked: Int?
        var nacks = 0
    }

    /// A probe for somebody else.
    struct Relay: Sendable {
        let requester: NodeID
        let number: UInt64
        let target: NodeID
        var nackAt: Instant
    }

    public let id: NodeID
    public let settings: SwimSettings
    public private(set) var incarnation: UInt64
    public private(set) var metadata: MemberMetadata
    public internal(set) var counters = Counters()
    /// Whom to take as members; nil for everybody. Who is not among them is not taken, whatever anybody says.
    public var admitted: Set<NodeID>?
    var members: [NodeID: Member] = [:]
    /// The ids of all members, sorted.
    var roster: [NodeID] = []
    var suspicions: [NodeID: Suspicion] = [:]
    var links: Set<NodeID> = []
    /// Members whose link broke, and when.
    var lost: [NodeID: Instant] = [:]
    var probes: [UInt64: Probe] = [:]
    var relays: [UInt64: Relay] = [:]
    var order = ProbeOrder()
    var news = Dissemination()
    var health: LocalHealth
    var random: SeededRandom
    var lastNumber: UInt64 = 0
    private(set) var isLeaving = false
    private var effects = Effects()
    private var nextProbe: Instant
    private var nextGossip: Instant
    private var nextSync: Instant
    private var nextForget: Instant
    private(set) var lastTick: Instant

    /// - Parameter incarnation: higher than any that this node ever had, after restarts too.
    public init(
        id: NodeID, incarnation: UInt64, metadata: MemberMetadata = MemberMetadata(),
        settings: SwimSettings = SwimSettings(), seed: UInt64, at now: Instant
    ) {
        precondition(incarnation < 1 << 62, "an incarnation of \(incarnation) leaves no room")
        self.id = id
        self.incarnation = incarnation
        self.metadata = metadata
        self.settings = settings
        health = LocalHealth(maximum: settings.isLifeguard ? settings.healthMaximum : 0)
        random = SeededRandom(seed: seed)
        let jitter = Span(microseconds: random.pick(0...settings.probeInterval.microseconds))
        nextProbe = now + jitter
        nextGossip = now
        nextSync = now + settings.syncInterval
        nextForget = now + .seconds(60)
        lastTick = now
    }

    // MARK: questions

    /// Everybody but this node, by id.
    public var others: [Member] { roster.compactMap { members[$0] } }

    public func member(_ id: NodeID) -> Member? { members[id] }

    /// This node as it tells of itself.
    public func own(at now: Instant) -> Member {
        Member(id: id, incarnation: incarnation, status: isLeaving ? .left : .alive, metadata: metadata, since: now)
    }

    /// 0 when this node keeps its times; its hints count only then.
    public var healthScore: Int { health.score }

    /// How many take part, this node included.
    var participants: Int { members.values.count { $0.status.takesPart } + 1 }

    /// What is to be done; it is not given twice.
    public mutating func takeEffects() -> Effects {
        defer { effects = Effects() }
        return effects
    }

    // MARK: inputs

    /// A connection to a node stands; both sides tell each other everything.
    public mutating func linkUp(_ peer: NodeID, at now: Instant) {
        guard peer != id else { return }
        links.insert(peer)
        lost[peer] = nil
        if id < peer { sync(with: peer, wantsAnswer: true) }
    }

    public mutating func linkDown(_ peer: NodeID, at now: Instant) {
        guard links.remove(peer) != nil else { return }
        if members[peer]?.status == .alive { lost[peer] = now }
    }

    /// Time goes on; called every ``SwimSettings/tick``.
    public mutating func tick(at now: Instant) {
        noticePause(at: now)
        lastTick = now
        lookAtLost(now)
        lookAtProbes(now)
        lookAtRelays(now)
        lookAtSuspicions(now)
        if now >= nextProbe {
            nextProbe = now + health.scaled(settings.probeInterval)
            if let target = order.takeNext(random: &random, where: { members[$0]?.status.takesPart ?? false }) {
                probe(target, at: now)
            }
        }
        if now >= nextGossip, !news.isEmpty { gossip(at: now) }
        if now >= nextSync {
            nextSync = now + settings.syncInterval
            if let peer = choose(1, where: { $0.status != .left }).first { sync(with: peer, wantsAnswer: true) }
        }
        if now >= nextForget {
            nextForget = now + .seconds(60)
            forget(now)
        }
    }

    /// Tells others something new of this node.
    public mutating func update(_ metadata: MemberMetadata) {
        guard metadata != self.metadata, !isLeaving else { return }
        self.metadata = metadata
        raise(above: incarnation)
    }

    /// Says good-bye to everybody at once. Nothing that is said later of this node is refuted.
    public mutating func leave() {
        guard !isLeaving else { return }
        isLeaving = true
        let word = MemberNews(id, incarnation: incarnation, .left)
        news.add(word)
        for peer in links.sorted() { send(GossipMessage(.gossip, news: [word]), to: peer) }
    }

    // MARK: parts

    func ownNews() -> MemberNews {
        MemberNews(id, incarnation: incarnation, isLeaving ? .left : .alive(metadata))
    }

    /// Raises this node's incarnation above one that somebody spoke of, and says so.
    mutating func raise(above spoken: UInt64) {
        incarnation = max(incarnation, spoken) + 1
        tell(ownNews())
    }

    /// Something that others should hear soon.
    mutating func tell(_ word: MemberNews) {
        news.add(word)
        nextGossip = lastTick
    }

    mutating func send(_ message: GossipMessage, to peer: NodeID) { effects.messages.append((peer, message)) }

    mutating func note(_ kind: MemberChange.Kind, _ member: Member) {
        effects.changes.append(MemberChange(kind, member))
    }

    /// News for a message. Who is suspected is told so each time, or it could not refute (Lifeguard, section IV-C).
    mutating func takeNews(for peer: NodeID) -> [MemberNews] {
        let first = settings.isLifeguard ? accusation(of: peer) : nil
        var words = news.take(
            bytes: settings.newsBytes - (first?.encoded.count ?? 0),
            limit: settings.transmissions(members: participants), first: settings.isLifeguard ? peer : nil)
        if let first, !words.contains(first) { words.insert(first, at: 0) }
        return words
    }

    private func accusation(of peer: NodeID) -> MemberNews? {
        guard let member = members[peer], let accuser = suspicions[peer]?.accusers.first else { return nil }
        return MemberNews(peer, incarnation: member.incarnation, .suspect(by: accuser))
    }

    /// Random members with a link.
    mutating func choose(_ count: Int, where isMeant: (Member) -> Bool) -> [NodeID] {
        var candidates = roster.filter { id in
            guard links.contains(id), let member = members[id] else { return false }
            return isMeant(member)
        }
        let chosen = min(count, candidates.count)
        for place in 0..<chosen {
            candidates.swapAt(place, Int(random.pick(Int64(place)...Int64(candidates.count - 1))))
        }
        return Array(candidates.prefix(chosen))
    }

    private mutating func gossip(at now: Instant) {
        nextGossip = now + settings.gossipInterval
        for peer in choose(settings.gossipFanout, where: { $0.status != .left }) {
            let words = takeNews(for: peer)
            if words.isEmpty { return }
            send(GossipMessage(.gossip, news: words), to: peer)
        }
    }

    /// A node that stood still has heard nobody: that is its own fault, and everybody gets the time back.
    private mutating func noticePause(at now: Instant) {
        let late = Span(microseconds: (now - lastTick).microseconds - settings.tick.microseconds)
        guard settings.isLifeguard, late > settings.probeTimeout else { return }
        counters.pauses += 1
        health.worsen()
        probes = probes.mapValues { probe in
            var later = probe
            later.askHelpersAt = probe.askHelpersAt + late
            later.until = probe.until + late
            return later
        }
        relays = relays.mapValues { relay in
            var later = relay
            later.nackAt = relay.nackAt + late
            return later
        }
        lost = lost.mapValues { $0 + late }
        for member in suspicions.keys { suspicions[member]?.prolong(by: late) }
    }
}
