internal import Primitives
internal import Synchronization

/// Calls of traced requests, as the node that serves them tells of them. Others pass by at the cost of one comparison.
extension ClusterNode {
    /// `complete`, or for a traced call something that also tells of it.
    /// - Parameter caller: the span that the call comes from.
    func traced(
        _ caller: TraceContext, _ input: CommandInput, to entity: EntityID, on shard: ShardID,
        _ complete: @escaping @Sendable (Result<CallAnswer, CallError>) -> Void
    ) -> @Sendable (Result<CallAnswer, CallError>) -> Void {
        guard caller.isTraced else { return complete }
        let arrived = world.clock.now
        return { [self] result in
            let now = world.clock.now
            if let leftOut = traces.admit(at: now) {
                var call = TracedCall(caller: caller, span: nextSpan(), entity: entity, shard: shard)
                call.command = settings.table.name(of: input, to: entity)
                call.taken = max(.zero, now - arrived)
                call.leftOut = leftOut
                if case .failure(let error) = result { call.error = error }
                settings.traced(call)
            }
            complete(result)
        }
    }

    /// Where the answer to a call of another node goes.
    func slot(for frame: Frame, _ input: CommandInput, to entity: EntityID, from peer: NodeID) -> ReplySlot {
        let (request, shard) = (frame.request, frame.shard)
        guard frame.trace.isTraced else { return .remote(peer, request: request) }
        return .local(
            traced(frame.trace, input, to: entity, on: shard) { [self] result in
                reply(result, to: peer, request: request, of: shard)
            })
    }

    /// Another number each time, never zero, and hardly one of another node.
    private func nextSpan() -> UInt64 {
        let own = StableHash.combine(world.seed, StableHash.of(id.name))
        return max(1, StableHash.combine(own, spans.wrappingAdd(1, ordering: .relaxed).newValue))
    }
}
