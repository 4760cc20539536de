public import Cluster
public import Distributed
internal import Primitives
public import Routing

/// The typed face of a queue. Where it runs is the shard map's business.
public distributed actor Queue {
    public typealias ActorSystem = TandemSystem

    public distributed func perform(_ command: QueueCommand) async throws -> QueueReply {
        throw CallError.notExecuted(.notHere)
    }
}

/// The typed face of an agent.
public distributed actor Agent {
    public typealias ActorSystem = TandemSystem

    public distributed func perform(_ command: AgentCommand) async throws -> AgentReply {
        throw CallError.notExecuted(.notHere)
    }
}

/// The typed face of a conversation.
public distributed actor Conversation {
    public typealias ActorSystem = TandemSystem

    public distributed func perform(_ command: ConversationCommand) async throws -> ConversationReply {
        throw CallError.notExecuted(.notHere)
    }
}

/// The typed face of the centre's configuration.
public distributed actor Centre {
    public typealias ActorSystem = TandemSystem

    public distributed func perform(_ command: CentreCommand) async throws -> CentreReply {
        throw CallError.notExecuted(.notHere)
    }
}

extension TandemSystem {
    public func queue(_ id: QueueID) throws -> Queue { try Queue.resolve(id: id.entity, using: self) }
    public func agent(_ id: AgentID) throws -> Agent { try Agent.resolve(id: id.entity, using: self) }
    public func conversation(_ id: ConversationID) throws -> Conversation {
        try Conversation.resolve(id: id.entity, using: self)
    }
    public var centre: Centre {
        get throws { try Centre.resolve(id: EntityID(.centre, CentreState.key), using: self) }
    }
}

extension MethodTable {
    /// The kinds of entity of a contact centre.
    public static var contactCentre: MethodTable {
        var table = MethodTable()
        table.register(CentreState.self)
        table.register(QueueState.self)
        table.register(AgentState.self)
        table.register(ConversationState.self)
        return table
    }
}
