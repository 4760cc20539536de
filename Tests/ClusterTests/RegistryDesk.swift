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

    /// The leaders of all groups that move say that they are there.
    mutating func settleAll() -> Int {
        var rounds = 0
        while let group = map.groups.first(where: { map.place(of: $0).target != nil }), rounds < 2_000 {
            ask(.reached(group, .settled, decision: map.place(of: group).decision))
            rounds += 1
        }
        return rounds
    }

    // MARK: joining

    static func digest(_ number: UInt8) -> [UInt8] { [UInt8](repeating: number, count: JoinToken.digestSize) }

    /// A token that holds for a second.
    static func token(_ number: UInt8, for node: NodeID? = nil, expires: Int64 = 1_000_000) -> JoinToken {
        JoinToken(id: "t\(number)", digest: digest(number), node: node, expires: Instant(microseconds: expires))
    }
}
