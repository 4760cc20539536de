internal import Primitives

/// Nodes that come, and what is known of those that are there.
extension RegistryTurn {
    mutating func announce(_ node: NodeID, _ profile: NodeProfile, _ map: ShardMap) -> ClusterReply {
        guard let member = map.member(node) else { return .refused(.unknownNode) }
        // Who comes with another disk has forgotten what it promised.
        guard member.profile.disk == 0 || member.profile.disk == profile.disk else { return .refused(.otherDisk) }
        guard isAddressFree(profile.address, for: node, map) else { return .refused(.addressTaken) }
        guard profile.formats.contains(map.floor) else { return .refused(.outsideFloor) }
        if member.profile != profile { log(.announced(node, profile)) }
        return .done
    }

    /// Asked again after an answer that was lost, it gives the same one.
    mutating func join(_ node: NodeID, _ profile: NodeProfile, _ digest: [UInt8], _ map: ShardMap) -> ClusterReply {
        if let member = map.member(node) {
            let isSame = profile.disk != 0 && member.profile.disk == profile.disk
            return isSame ? .map(map) : .refused(.nameTaken)
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

    private func isAddressFree(_ address: String, for node: NodeID, _ map: ShardMap) -> Bool {
        address.isEmpty || !map.members.contains { $0.node != node && $0.profile.address == address }
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
