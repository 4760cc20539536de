public import Distributed
internal import Primitives

/// The typed face of the registry of the cluster: who belongs to it, which shard is where, and what is being changed.
public distributed actor Registry {
    public typealias ActorSystem = TandemSystem

    public distributed func perform(_ command: ClusterCommand) async throws -> ClusterReply {
        try await actorSystem.perform(command, on: id, returning: ClusterReply.self)
    }
}

extension TandemSystem {
    public var registry: Registry {
        get throws { try Registry.resolve(id: ClusterNode.registryEntity, using: self) }
    }
}
