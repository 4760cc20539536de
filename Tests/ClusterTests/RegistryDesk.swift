import Cluster
import Primitives
import Testing

/// A registry that decides and applies.
struct RegistryDesk {
    var state = ClusterState(key: ClusterState.key)
    var now = Instant(microseconds: 1_000)

    @discardableResult mutating func ask(_ command: ClusterCommand) -> ClusterReply {
        var soft = ClusterState.freshSoft()
        var context = DecisionContext(now: now, random: SeededRandom(seed: 1), shardCount: 8)
        let decision = state.decide(command, soft: &soft, in: &context)
        for event in decision.events {
            guard let copy = try? ClusterEvent(decoding: event.encoded) else {
                Issue.record("\(event) does not come back")
                continue
            }
            #expect(copy == event)
            state.apply(copy, at: now)
        }
        #expect(decision.notices.isEmpty == !decision.events.contains(where: \.changesMap))
        now = Instant(microseconds: now.microseconds + 1_000)
        return decision.reply
    }

    var map: ShardMap { state.map ?? ShardMap(shardCount: 1, nodes: [NodeID("none")]) }

    /// The leaders of all groups that move say that they are there, until nothing is left to move.
    mutating func settleAll() -> Int {
        var rounds = 0
        while rounds < 2_000 {
            if let group = moving.first {
                settle(group)
                rounds += 1
            } else if let due = state.nextDue(soft: ClusterState.freshSoft()) {
                now = max(now, due)
                ask(.due)
            } else {
                break
            }
        }
        return rounds
    }

    mutating func settle(_ group: ShardID) { ask(.reached(group, .settled, decision: map.place(of: group).decision)) }

    var moving: [ShardID] { map.groups.filter { map.place(of: $0).target != nil } }

    // MARK: joining

    static func digest(_ number: UInt8) -> [UInt8] { [UInt8](repeating: number, count: JoinToken.digestSize) }

    /// A token that holds for a second.
    static func token(_ number: UInt8, for node: NodeID? = nil, expires: Int64 = 1_000_000) -> JoinToken {
        JoinToken(id: "t\(number)", digest: digest(number), node: node, expires: Instant(microseconds: expires))
    }
}
