internal import Primitives

/// Whom to probe next: everybody once in each round, in an order that is shuffled anew for each (SWIM, section 4.3).
struct ProbeOrder: Sendable {
    private var order: [NodeID] = []
    private var next = 0

    /// A new member comes at a random place of the round.
    mutating func insert(_ member: NodeID, random: inout SeededRandom) {
        let place = Int(random.pick(0...Int64(order.count)))
        order.insert(member, at: place)
        if place < next { next += 1 }
    }

    mutating func remove(_ member: NodeID) {
        guard let place = order.firstIndex(of: member) else { return }
        order.remove(at: place)
        if place < next { next -= 1 }
    }

    mutating func takeNext(random: inout SeededRandom, where isMeant: (NodeID) -> Bool) -> NodeID? {
        for _ in order.indices {
            if next >= order.count {
                next = 0
                order.shuffle(using: &random)
            }
            let member = order[next]
            next += 1
            if isMeant(member) { return member }
        }
        return nil
    }
}
