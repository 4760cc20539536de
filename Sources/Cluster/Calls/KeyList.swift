public import Primitives

/// The keys of one kind of entity that live on a shard, in byte order.
public struct KeyList: EntityMessage, Equatable {
    /// The number of this question in the wire protocol. It asks a shard, not an entity.
    static let question: UInt16 = 0xFFFF
    /// Keys in one answer.
    public static let limit = 1_000

    public let keys: [String]

    public init(keys: [String]) { self.keys = keys }
    public func encode(into writer: inout ByteWriter) { writer.write(keys) }
    public init(from reader: inout ByteReader) throws(WireError) { keys = try reader.readList(limit: Self.limit) }

    /// The first keys behind `after`.
    static func select(from keys: some Sequence<EntityID>, kind: EntityKind, after: String, limit: Int) -> KeyList {
        var first: [String] = []
        let limit = min(max(0, limit), Self.limit)
        for id in keys where id.kind == kind && id.key > after {
            if first.count == limit, let last = first.last, id.key > last { continue }
            first.insert(id.key, at: first.insertionIndex(of: id.key))
            if first.count > limit { first.removeLast() }
        }
        return KeyList(keys: first)
    }
}

extension ClusterNode {
    /// The first keys of a kind behind `after`, over all shards: scatter, then merge in byte order.
    /// - Throws: ``CallError`` when a shard does not answer; nothing changed.
    public func keys(of kind: EntityKind, after: String, limit: Int) async throws -> [String] {
        var all: [String] = []
        try await withThrowingTaskGroup(of: [String].self) { group in
            for number in 0..<settings.map.shardCount {
                group.addTask { try await self.keys(of: kind, after: after, limit: limit, on: ShardID(number)) }
            }
            for try await some in group { all += some }
        }
        return Array(all.sorted().prefix(limit))
    }

    private func keys(of kind: EntityKind, after: String, limit: Int, on shard: ShardID) async throws -> [String] {
        let answer: CallAnswer = try await withUnsafeThrowingContinuation { continuation in
            let trace = CallContext.current.trace
            submitList(kind, after: after, limit: limit, on: shard, trace: trace) { result in
                continuation.resume(with: result.mapError { $0 as any Error })
            }
        }
        switch answer {
        case .typed(let message): return (message as? KeyList)?.keys ?? []
        case .bytes(let bytes):
            do { return try KeyList(decoding: bytes).keys } catch { throw CallError.malformed("\(error)") }
        }
    }

    package func submitList(
        _ kind: EntityKind, after: String, limit: Int, on shardID: ShardID, trace: TraceContext = .none,
        complete: @escaping @Sendable (Result<CallAnswer, CallError>) -> Void
    ) {
        guard let leader = leader(of: shardID) else { return complete(.failure(.notExecuted(.notConnected))) }
        if leader == id, let shard = shard(shardID) {
            let question = CommandInput.bytes(method: KeyList.question, [])
            let complete = traced(trace, question, to: EntityID(kind, after), on: shardID, complete)
            return shard.enter { shard in
                shard.input { core, _ in core.list(kind, after: after, limit: limit, slot: .local(complete)) }
            }
        }
        let deadline = world.clock.now + .seconds(2)
        guard let request = calls.begin(.init(peer: leader, deadline: deadline, complete: complete)) else {
            return complete(.failure(.notExecuted(.overloaded)))
        }
        var command = ByteWriter()
        command.writeCount(limit)
        let payload = CallPayload.encode(entity: EntityID(kind, after), command: command.bytes)
        let frame = Frame(
            .call, method: KeyList.question, request: request, shard: shardID, remainingMilliseconds: 2_000,
            trace: trace, payload: payload)
        if !send(frame, to: leader, on: .calls) { calls.end(request, .failure(.notExecuted(.notConnected))) }
    }
}
