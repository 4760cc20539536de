import Consensus
import Primitives

/// A network of replicas of one group that misbehaves in every way allowed, driven by one seed and watched by an
/// ``Oracle``.
final class Chaos {
    struct Node {
        var group: RaftGroup
        var disk: Disk
        var application: Application
    }

    /// What a run has most of.
    enum Weather: Int64 {
        case calm
        /// Elections, crashes and losses are frequent.
        case stormy
        /// One short reign follows another; nothing else happens.
        case reigns
    }

    struct Transfer {
        let from: ReplicaID
        let to: ReplicaID
        let mark: SnapshotMark
        let digest: UInt64
    }

    /// Messages under way; beyond that random ones are lost.
    static let networkLimit = 300

    var random: SeededRandom
    let fault: PlantedFault?
    /// The number of the last decision about the members.
    var decisions: UInt64 = 0
    var settings = RaftSettings()
    var nodes: [ReplicaID: Node] = [:]
    var down: [ReplicaID: Disk] = [:]
    var network: [RaftMessage] = []
    var transfers: [Transfer] = []
    var cuts: Set<[ReplicaID]> = []
    var oracle = Oracle()
    var proposals: UInt64 = 0
    var readCount: UInt64 = 0
    private var starts: UInt64 = 0
    private let weather: Weather
    /// Replicas whose clock stands still for so many steps.
    var asleep: [ReplicaID: Int] = [:]

    /// Three to five founding voters and two replicas that may join later.
    init(seed: UInt64, planting fault: PlantedFault? = nil) throws {
        random = SeededRandom(seed: seed)
        self.fault = fault
        weather = Weather(rawValue: random.pick(0...2)) ?? .calm
        settings.electionTicks = 8
        settings.electionJitterTicks = 8
        settings.heartbeatTicks = 2
        settings.transferTicks = 8
        settings.inflightMessages = Int(random.pick(1...6))
        settings.messageEntries = weather != .calm ? 1 : Int(random.pick(1...8))
        settings.trailingEntries = UInt64(random.pick(0...6))
        settings.uncommittedBytes = 2_000
        settings.readyBytes = Int(random.pick(40...400))
        settings.heartbeatsByDriver = random.chance(300)
        let count = UInt64(random.pick(3...5))
        let founding = SnapshotMark(founding: GroupConfiguration(voters: (1...count).map { ReplicaID($0) }))
        for raw in 1...count { try start(ReplicaID(raw), Disk(founding)) }
        for raw in count + 1...count + 2 { try start(ReplicaID(raw), Disk(.nothing)) }
    }

    var ids: [ReplicaID] { nodes.keys.sorted() }

    func start(_ id: ReplicaID, _ disk: Disk) throws {
        starts += 1
        let group = try RaftGroup(
            id: id, settings: settings, restored: disk.restored, seed: random.next() ^ starts, planting: fault)
        nodes[id] = Node(
            group: group, disk: disk, application: Application(digest: disk.digest, index: disk.snapshot.index))
        oracle.started(id, group)
    }

    // MARK: steps

    /// One random event. The oracle has the last word after each.
    func step() throws {
        for sleeper in asleep.keys.sorted() {
            let left = (asleep[sleeper] ?? 0) - 1
            asleep[sleeper] = left > 0 ? left : nil
        }
        switch weather {
        case .calm: break
        case .stormy: if random.chance(50) { return try storm() }
        case .reigns: return try random.chance(30) ? shortReign() : ()
        }
        let id = ids.isEmpty ? nil : ids[Int(random.pick(0...Int64(ids.count - 1)))]
        let dice = random.pick(0...999)
        switch dice {
        case ..<450:
            for _ in 0..<random.pick(1...5) {
                deliver(keeping: random.chance(30), losing: random.chance(weather == .stormy ? 250 : 50))
            }
        case ..<560:
            for one in ids where asleep[one] == nil && random.chance(600) { input(one) { $0.tick() } }
            if settings.heartbeatsByDriver { beat() }
        case ..<760: if let id { for _ in 0..<random.pick(1...3) { persist(id) } }
        case ..<850: propose()
        case ..<900: read()
        case ..<915: if let id { compact(id) }
        case ..<935: moveSnapshot()
        case ..<940: if let id { crash(id) }
        case ..<965: try restart()
        case ..<970: changePartition()
        case ..<980: changeMembers()
        case ..<985: transferLeadership()
        case ..<987: if let id { lose(id) }
        case ..<989: depose()
        case ..<993: if let id { asleep[id] = Int(random.pick(50...500)) }
        case ..<996: if let id { input(id) { $0.tick(12) } }
        default: if let id { input(id) { $0.campaign() } }
        }
    }

    private func storm() throws {
        let id = ids.isEmpty ? nil : ids[Int(random.pick(0...Int64(ids.count - 1)))]
        switch random.pick(0...9) {
        case 0...3: if let id { input(id) { $0.campaign() } }
        case 4: if let leader = leaders.first { crash(leader) }
        case 5, 6: try restart()
        case 7: depose()
        case 8: changePartition()
        default:
            let gone = leaders.first
            for id in ids where id != gone && nodes[id]?.group.leader == gone { lose(id) }
        }
    }

    func input(_ id: ReplicaID, _ body: (inout RaftGroup) -> Void) {
        guard nodes[id] != nil else { return }
        nodes[id].map { oracle.before(id, $0.group) }
        if var node = nodes.removeValue(forKey: id) {
            body(&node.group)
            drain(&node, id)
            nodes[id] = node
            oracle.after(id, node.group)
        }
    }

    private func drain(_ node: inout Node, _ id: ReplicaID) {
        while true {
            let ready = node.group.takeReady()
            guard !ready.isEmpty else { return }
            if let write = ready.write { node.disk.queue.append(write) }
            oracle.took(ready, of: id, node.group)
            for message in ready.messages {
                oracle.sent(message, disk: node.disk, condition: node.group.condition)
                network.append(message)
            }
            for entry in ready.committed {
                node.application.apply(entry)
                oracle.applied(entry, node.application, by: id)
                node.group.applied(upTo: entry.index)
            }
            for order in ready.snapshotsToSend {
                transfers.append(
                    Transfer(from: id, to: order.to, mark: node.disk.snapshot, digest: node.disk.digest))
            }
        }
    }

    func deliver(keeping: Bool = false, losing: Bool = false, ordered: Bool = false) {
        while network.count > Self.networkLimit {
            network.swapAt(Int(random.pick(0...Int64(network.count - 1))), network.count - 1)
            network.removeLast()
        }
        guard !network.isEmpty else { return }
        // Mostly among the oldest, sometimes any: delay and reordering.
        let reach = ordered ? 0 : random.chance(850) ? min(4, network.count - 1) : network.count - 1
        let position = Int(random.pick(0...Int64(reach)))
        let message = network[position]
        if !keeping { network.remove(at: position) }
        guard !losing, !cuts.contains([message.from, message.to]) else { return }
        input(message.to) { $0.receive(message) }
    }

    func persist(_ id: ReplicaID) {
        guard let token = nodes[id]?.disk.sync() else { return }
        input(id) { $0.persisted(token) }
    }

    var leaders: [ReplicaID] { ids.filter { nodes[$0]?.group.role == .leader } }

    private func anyLeader() -> ReplicaID? {
        let found = leaders
        return found.isEmpty ? nil : found[Int(random.pick(0...Int64(found.count - 1)))]
    }

    func propose() {
        guard let leader = anyLeader() else { return }
        proposals += 1
        let payload = Array("p\(proposals)".utf8)
        input(leader) { group in _ = try? group.propose(payload) }
    }

    func read() {
        guard let leader = anyLeader() else { return }
        readCount += 1
        let id = readCount
        oracle.asked(read: id)
        input(leader) { $0.requestRead(id: id) }
    }

    private func compact(_ id: ReplicaID) {
        guard let node = nodes[id], let mark = node.group.mark(at: node.application.index) else { return }
        nodes[id]?.disk.compact(to: mark, digest: node.application.digest)
        input(id) { $0.compact(upTo: mark) }
    }

    func moveSnapshot() {
        guard !transfers.isEmpty else { return }
        let transfer = transfers.remove(at: Int(random.pick(0...Int64(transfers.count - 1))))
        let arrives = !cuts.contains([transfer.from, transfer.to]) && nodes[transfer.to] != nil && random.chance(850)
        if arrives {
            nodes[transfer.to]?.disk.received[transfer.mark.index] = transfer.digest
            if nodes[transfer.to]?.group.installSnapshot(transfer.mark) == true {
                nodes[transfer.to]?.application = Application(digest: transfer.digest, index: transfer.mark.index)
                oracle.restored(transfer.mark, digest: transfer.digest, by: transfer.to)
            }
            input(transfer.to) { _ in }
        }
        input(transfer.from) { $0.snapshotSent(to: transfer.to, succeeded: arrives) }
    }
}
