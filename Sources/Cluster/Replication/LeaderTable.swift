internal import Primitives

/// Whom a node takes for the leaders of groups: what its own replicas say, and where they cannot know, a guess that goes from
/// one node to the next until somebody answers.
struct LeaderTable: Sendable {
    private let node: NodeID
    private var heard: [NodeID?]
    private var guessed: [NodeID?]

    init(node: NodeID, groups: Int) {
        self.node = node
        heard = [NodeID?](repeating: nil, count: groups)
        guessed = heard
    }

    subscript(group: ShardID) -> NodeID? { heard[Int(group.number)] ?? guessed[Int(group.number)] }

    /// A replica here says who leads it, or that nobody does.
    mutating func hear(_ leader: NodeID?, of group: ShardID) { heard[Int(group.number)] = leader }

    /// Brings the guess in line with the map.
    /// - Parameter counts: whether a replica here is a member, and so hears of its leader.
    /// - Returns: whether somebody else is guessed now.
    mutating func review(_ group: ShardID, in map: ShardMap, counts: Bool) -> Bool {
        let place = Int(group.number)
        let known = guessed[place]
        if !map.hosts(node, group) { heard[place] = nil }
        if counts {
            guessed[place] = nil
        } else {
            let replicas = map.replicas(of: group)
            if known.map({ $0 == node || !replicas.contains($0) }) ?? true {
                guessed[place] = replicas.first { $0 != node }
            }
        }
        return !counts && guessed[place] != known
    }

    /// A node that is guessed to lead does not, and may say who does.
    /// - Returns: whether somebody else is guessed now.
    mutating func deny(_ group: ShardID, by peer: NodeID, hint: NodeID?, in map: ShardMap) -> Bool {
        let place = Int(group.number)
        // Who follows an old map may have to look everywhere.
        let replicas = map.replicas(of: group)
        let others = (replicas + map.nodes.filter { !replicas.contains($0) }).filter { $0 != node }
        guard heard[place] == nil, guessed[place] == peer, !others.isEmpty else { return false }
        if let hint, hint != peer, others.contains(hint) {
            guessed[place] = hint
        } else {
            let last = others.firstIndex(of: peer) ?? others.count - 1
            guessed[place] = others[(last + 1) % others.count]
        }
        return guessed[place] != peer
    }
}
