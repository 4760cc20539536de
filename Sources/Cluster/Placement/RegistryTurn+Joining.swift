internal import Primitives

/// Nodes that come, and what is known of those that are there.
extension RegistryTurn {
    mutating func announce(_ node: NodeID, _ profile: NodeProfile, _ map: ShardMap) -> ClusterReply {
        guard let member = map.member(node) else { return .refused(.unknownNode) }
        // Who comes with another disk has forgotten what it promised.
        guard member.profile.disk == 0 || member.profile.disk == profile.disk else { return .refused(.otherDisk) }
        guard profile.formats.contains(map.floor) else { return .refused(.outsideFloor) }
        var next = profile
        let isFree = isAddressFree(profile.address, for: node, map)
        // The rest holds all the same: above all which disk it has.
        if !isFree { next.address = member.profile.address }
        if member.profile != next { log(.announced(node, next)) }
        return isFree ? .done : .refused(.addressTaken)
    }

    /// Asked again after an answer that was lost, it gives the same one.
    mutating func join(_ node: NodeID, _ profile: NodeProfile, _ digest: [UInt8], _ map: ShardMap) -> ClusterReply {
        if let member = map.member(node) {
            // A founder that has not said yet which disk it has.
            if member.profile.disk == 0 { return .refused(.notFounded) }
            return member.profile.disk == profile.disk ? .map(map) : .refused(.nameTaken)
        }
        guard let token = state.tokens.first(where: { $0.digest == digest }) else { return .refused(.unknownToken) }
        guard token.expires > now else { return .refused(.expiredToken) }
        guard token.node == nil || token.node == node else { return .refused(.tokenOfAnother) }
        guard profile.formats.contains(map.floor) else { return .refused(.outsideFloor) }
        guard isAddressFree(profile.address, for: node, map) else { return .refused(.addressTaken) }
        guard profile.disk != 0, map.members.count < ShardMap.memberLimit, map.nextNumber <= UInt16.max else {
            return .refused(.tooManyNodes)
        }
        log(.joined(node, profile, token: token.id))
        return .map(state.map)
    }

    /// Who is being emptied may be gone, and another node on its machine.
    private func isAddressFree(_ address: String, for node: NodeID, _ map: ShardMap) -> Bool {
        address.isEmpty || !map.members.contains { $0.node != node && !$0.isDraining && $0.profile.address == address }
    }

    mutating func admit(_ token: JoinToken) -> ClusterReply {
        // A repeated command finds its token.
        if state.tokens.contains(where: { $0.id == token.id }) { return .done }
        guard state.tokens.count(where: { $0.expires > now }) < ClusterState.tokensKept else {
            return .refused(.tooManyTokens)
        }
        log(.admitted(token))
        return .done
    }

    mutating func raise(_ floor: UInt32, _ map: ShardMap) -> ClusterReply {
        guard floor >= map.floor, map.members.allSatisfy({ $0.profile.formats.contains(floor) }) else {
            return .refused(.cannotRaise)
        }
        if floor > map.floor { log(.raised(floor: floor)) }
        return .done
    }
}
