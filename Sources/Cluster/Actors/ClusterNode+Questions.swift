public import Primitives

/// What one node asks of another for operators.
extension ClusterNode {
    /// How long a node may take to answer.
    private static let patience = Span.seconds(1)

    /// What a node knows of its replicas.
    /// - Throws: ``CallError`` when there is no connection, or no answer in time.
    public func shardReports(of peer: NodeID) async throws -> [ShardReport] {
        var reader = ByteReader(try await ask(.shards, of: peer))
        return try reader.readList(limit: settings.map.groupCount)
    }

    /// Asks a node that leads a shard to hand it over.
    /// - Returns: false when it does not lead it, or the heir is not ready: it keeps no replica, does not answer, or
    ///   lacks too much of the log.
    /// - Throws: ``CallError`` when there is no connection, or no answer in time.
    public func transfer(_ shard: ShardID, from leader: NodeID, to heir: NodeID) async throws -> Bool {
        var reader = ByteReader(try await ask(.transfer(shard, to: heir), of: leader))
        return try reader.readFlag()
    }

    /// What a node tells of itself in figures.
    /// - Throws: ``CallError`` when there is no connection, or no answer in time; ``WireError`` when the answer cannot be
    ///   read.
    public func figures(of peer: NodeID) async throws -> NodeFigures {
        try NodeFigures(decoding: try await ask(.figures, of: peer))
    }

    private func ask(_ question: NodeQuestion, of peer: NodeID) async throws -> [UInt8] {
        try await withCheckedThrowingContinuation { continuation in
            ask(question, of: peer) { continuation.resume(with: $0.mapError { $0 as any Error }) }
        }
    }

    func ask(
        _ question: NodeQuestion, of peer: NodeID,
        complete: @escaping @Sendable (Result<[UInt8], CallError>) -> Void
    ) {
        if peer == id { return answer(question) { complete(.success($0)) } }
        let call = PendingCalls.Call(peer: peer, deadline: world.clock.now + Self.patience) { result in
            complete(
                result.flatMap { answer in
                    guard case .bytes(let bytes) = answer else {
                        return .failure(.malformed("no answer to a question"))
                    }
                    return .success(bytes)
                })
        }
        guard let request = calls.begin(call) else { return complete(.failure(.notExecuted(.overloaded))) }
        let frame = Frame(.nodeCall, request: request, payload: question.encoded)
        if !send(frame, to: peer, on: .calls) { calls.end(request, .failure(.notExecuted(.notConnected))) }
    }

    private func answer(_ question: NodeQuestion, _ give: @escaping @Sendable ([UInt8]) -> Void) {
        var writer = ByteWriter()
        switch question {
        case .shards:
            world.log.report { reports in
                var writer = ByteWriter()
                writer.write(reports)
                give(writer.bytes)
            }
        case .figures: figures { give($0.encoded) }
        case .map(let epoch):
            let map = map
            writer.write(map.epoch > epoch ? map : nil)
            give(writer.bytes)
        case .transfer(let shard, let heir):
            guard shard.number < settings.map.groupCount else {
                writer.write(false)
                return give(writer.bytes)
            }
            world.log.transfer(shard, to: heir) { isBegun in
                var writer = ByteWriter()
                writer.write(isBegun)
                give(writer.bytes)
            }
        }
    }

    /// A peer asks.
    func question(_ frame: Frame, from peer: NodeID) {
        do {
            answer(try NodeQuestion(decoding: frame.payload)) { [self] bytes in
                let reply = Frame(
                    .reply, request: frame.request, payload: ReplyPayload.encode(.success(.bytes(bytes))))
                _ = send(reply, to: peer, on: .calls)
            }
        } catch {
            let reply = ReplyPayload.encode(.failure(.malformed(error.description)))
            _ = send(Frame(.reply, request: frame.request, payload: reply), to: peer, on: .calls)
        }
    }
}
