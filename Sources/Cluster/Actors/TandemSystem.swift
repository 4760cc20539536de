public import Distributed
public import Primitives

/// The distributed actor system: typed faces in front, numbered commands behind.
///
/// A sharded entity is always resolved as a remote reference and routed by the shard map at each call, with a short
/// cut inside the process when this node leads it. Targets and types never come from the wire: the encoder reads the
/// number of the command's own type and ignores `RemoteCallTarget`.
public final class TandemSystem: DistributedActorSystem, Sendable {
    public typealias ActorID = EntityID
    public typealias SerializationRequirement = EntityMessage
    public typealias InvocationEncoder = CommandEncoder
    public typealias InvocationDecoder = CommandDecoder
    public typealias ResultHandler = ReplyHandler

    /// How long a call that was not executed is held and tried again.
    public static let holdTime = Span.seconds(1)

    public let node: ClusterNode

    public init(node: ClusterNode) { self.node = node }

    public func resolve<Act>(id: EntityID, as type: Act.Type) throws -> Act?
    where Act: DistributedActor, Act.ID == EntityID { nil }

    public func assignID<Act>(_ type: Act.Type) -> EntityID where Act: DistributedActor, Act.ID == EntityID {
        preconditionFailure("\(type) is resolved by its id, never created: its entity lives in its shard")
    }

    public func actorReady<Act>(_ actor: Act) where Act: DistributedActor, Act.ID == EntityID {}
    public func resignID(_ id: EntityID) {}
    public func makeInvocationEncoder() -> CommandEncoder { CommandEncoder() }

    public func remoteCall<Act, Err, Res>(
        on actor: Act, target: RemoteCallTarget, invocation: inout CommandEncoder, throwing: Err.Type,
        returning: Res.Type
    ) async throws -> Res
    where Act: DistributedActor, Act.ID == EntityID, Err: Error, Res: EntityMessage {
        guard let command = invocation.command else {
            throw CallError.malformed("a distributed method takes a command")
        }
        return try await perform(command, on: actor.id, returning: returning)
    }

    public func remoteCallVoid<Act, Err>(
        on actor: Act, target: RemoteCallTarget, invocation: inout CommandEncoder, throwing: Err.Type
    ) async throws where Act: DistributedActor, Act.ID == EntityID, Err: Error {
        throw CallError.malformed("a distributed method returns a reply")
    }

    /// One call with its tries (``CallTries``).
    func perform<Res: EntityMessage>(
        _ command: any EntityCommand, on entity: EntityID, returning: Res.Type
    ) async throws -> Res {
        let context = CallContext.current
        var tries: CallTries?
        while true {
            do { return try decode(try await once(command, entity, context)) } catch let error as CallError {
                var counted =
                    tries ?? CallTries(patience: context.patience, mayRepeat: command.isRead || context.key != nil)
                let next = counted.next(after: error, at: node.world.clock.now)
                tries = counted
                switch next {
                case .again(let pause): await wait(pause)
                case .fail(let error): throw error
                }
            }
        }
    }

    private func once(
        _ command: any EntityCommand, _ entity: EntityID, _ context: CallContext
    ) async throws -> CallAnswer {
        try await withUnsafeThrowingContinuation { continuation in
            node.submit(command, to: entity, context: context) { result in
                continuation.resume(with: result.mapError { $0 as any Error })
            }
        }
    }

    private func decode<Res: EntityMessage>(_ answer: CallAnswer) throws -> Res {
        switch answer {
        case .typed(let message):
            guard let reply = message as? Res else { throw CallError.malformed("the reply is of another type") }
            return reply
        case .bytes(let bytes):
            do { return try Res(decoding: bytes) } catch { throw CallError.malformed("\(error)") }
        }
    }

    private func wait(_ length: Span) async {
        await withUnsafeContinuation { continuation in
            node.world.loops[0].schedule(after: length) { continuation.resume() }
        }
    }
}

/// Takes the one argument of a distributed method as it is; bytes are made only when it leaves the node.
public struct CommandEncoder: DistributedTargetInvocationEncoder {
    public typealias SerializationRequirement = EntityMessage
    var command: (any EntityCommand)?

    public mutating func recordGenericSubstitution<T>(_ type: T.Type) throws {
        throw CallError.malformed("distributed methods are not generic")
    }

    public mutating func recordArgument<Value: EntityMessage>(_ argument: RemoteCallArgument<Value>) throws {
        command = argument.value.asCommand
    }

    public mutating func recordReturnType<R: EntityMessage>(_ type: R.Type) throws {}
    public mutating func recordErrorType<E: Error>(_ type: E.Type) throws {}
    public mutating func doneRecording() throws {}
}

/// Required by the protocol and never used: commands dispatch through the numeric method table.
public struct CommandDecoder: DistributedTargetInvocationDecoder {
    public typealias SerializationRequirement = EntityMessage
    public mutating func decodeGenericSubstitutions() throws -> [any Any.Type] { [] }
    public mutating func decodeNextArgument<Argument: EntityMessage>() throws -> Argument {
        throw CallError.malformed("commands do not arrive by distributed targets")
    }
    public mutating func decodeErrorType() throws -> (any Any.Type)? { nil }
    public mutating func decodeReturnType() throws -> (any Any.Type)? { nil }
}

/// Required by the protocol and never used; see ``CommandDecoder``.
public struct ReplyHandler: DistributedTargetInvocationResultHandler {
    public typealias SerializationRequirement = EntityMessage
    public func onReturn<Success: EntityMessage>(value: Success) async throws {}
    public func onReturnVoid() async throws {}
    public func onThrow<Err: Error>(error: Err) async throws {}
}

/// Measures the path of a call.
public distributed actor Echo {
    public typealias ActorSystem = TandemSystem

    public distributed func answer(_ command: EchoCommand) async throws -> EchoReply {
        try await actorSystem.perform(command, on: id, returning: EchoReply.self)
    }
}
