public import Primitives
internal import Synchronization

extension ClusterNode: TransportDelegate {
    public func linkUp(_ peer: Hello) {
        noteLink(peer.node, peer.linkClass, isUp: true)
        let node = peer.node
        switch peer.linkClass {
        case .control:
            world.log.linkChanged(node, isUp: true)
            membership.linkChanged(node, isUp: true)
        case .calls:
            let log = world.log
            resumeStreams { log.leader(of: $0) == node }
        case .bulk:
            _ = send(events.subscription(to: node), to: node, on: .bulk)
            events.relinked(node)
        }
    }

    public func linkDown(_ peer: NodeID, _ linkClass: LinkClass, reason: String) {
        noteLink(peer, linkClass, isUp: false)
        switch linkClass {
        case .control:
            world.log.linkChanged(peer, isUp: false)
            membership.linkChanged(peer, isUp: false)
        case .calls: calls.fail(peer: peer)
        case .bulk: events.unsubscribe(peer)
        }
    }

    public func received(_ frames: [Frame], from peer: NodeID, on linkClass: LinkClass) {
        for frame in frames {
            if frame.type == .nodeCall, linkClass == .calls {
                question(frame, from: peer)
            } else {
                receive(frame, from: peer)
            }
        }
    }

    private func receive(_ frame: Frame, from peer: NodeID) {
        switch frame.type {
        case .reply:
            let result = ReplyPayload.decode(frame.payload)
            if case .failure(.notExecuted(.notHere)) = result, frame.shard.number < settings.map.groupCount {
                // A refusal names who leads instead, by its number.
                let leader = currentMap.withLock { $0.member(number: UInt32(frame.method))?.node }
                world.log.denied(frame.shard, by: peer, leader: leader)
            }
            calls.end(frame.request, result, from: peer)
        case .call: call(frame, from: peer)
        case .soft where leads(frame, from: peer):
            guard let shard = shard(frame.shard), let payload = try? CallPayload(decoding: frame.payload) else {
                return
            }
            shard.enter {
                $0.input { $0.soft(payload.entity, method: frame.method, payload.command, at: $1) }
            }
        case .stream where leads(frame, from: peer):
            guard let shard = shard(frame.shard), let payload = try? StreamPayload(decoding: frame.payload),
                keeps(peer, payload.source)
            else { return }
            shard.enter { $0.input { $0.receive(payload, at: $1) } }
        case .streamMark where leads(frame, from: peer):
            guard let shard = shard(frame.shard), let payload = try? MarkPayload(decoding: frame.payload),
                keeps(peer, payload.shard)
            else { return }
            shard.enter { $0.input { $0.acknowledged(payload, at: $1) } }
        case .nodeCall, .nodeReply:
            events.receive(frame, from: peer) { [self] target, frame in send(frame, to: target, on: .bulk) }
        case .raft, .beat, .beatAnswer, .snapshot, .snapshotAnswer: world.log.received(frame, from: peer)
        case .gossip: membership.received(frame, from: peer)
        case .soft, .stream, .streamMark, .hello, .welcome, .refusal, .ping, .pong, .join, .joinAnswer: break
        }
    }

    /// A node speaks only for the shards that it keeps. What it says of them is committed, and so true for ever, whether
    /// it still leads them or not.
    private func keeps(_ peer: NodeID, _ shard: ShardID) -> Bool {
        shard.number < settings.map.groupCount && currentMap.withLock { $0.hosts(peer, shard) }
    }

    /// Whether this node leads the shard that something is meant for; who took it for the leader hears who is.
    private func leads(_ frame: Frame, from peer: NodeID) -> Bool {
        guard frame.shard.number < settings.map.groupCount else { return false }
        if leader(of: frame.shard) == id { return true }
        // Nobody waits for this answer: it has no number.
        refuse(Frame(.call, shard: frame.shard), to: peer, .notExecuted(.notHere))
        return false
    }

    /// The number of the node that leads a shard, as far as this one knows; 0 when it does not.
    func leaderNumber(of shard: ShardID) -> UInt16 {
        guard shard.number < settings.map.groupCount, let leader = leader(of: shard) else { return 0 }
        return currentMap.withLock { UInt16(clamping: $0.member(leader)?.number ?? 0) }
    }

    private func call(_ frame: Frame, from peer: NodeID) {
        do {
            let payload = try CallPayload(decoding: frame.payload)
            // A list asks the shard; everything else asks an entity that must live there.
            let isMeant = frame.method == KeyList.question || settings.map.shard(of: payload.entity) == frame.shard
            guard let shard = shard(frame.shard), isMeant else {
                return refuse(frame, to: peer, .notExecuted(.notHere))
            }
            let input = CommandInput.bytes(method: frame.method, payload.command)
            let slot = slot(for: frame, input, to: payload.entity, from: peer)
            let arrived = world.clock.now
            let patience = Span.milliseconds(Int64(frame.remainingMilliseconds))
            shard.enter { shard in
                shard.input { core, now in
                    if frame.remainingMilliseconds > 0, now - arrived > patience {
                        return core.refuse(slot, .notExecuted(.expired))
                    }
                    if frame.method == KeyList.question {
                        var reader = ByteReader(payload.command)
                        let limit = (try? reader.readCount(each: 0)) ?? 0
                        return core.list(payload.entity.kind, after: payload.entity.key, limit: limit, slot: slot)
                    }
                    core.request(payload.entity, input, key: payload.key, slot: slot, at: now)
                }
            }
        } catch {
            refuse(frame, to: peer, .malformed(error.description))
        }
    }

    private func refuse(_ frame: Frame, to peer: NodeID, _ error: CallError) {
        let reply = Frame(
            .reply, method: leaderNumber(of: frame.shard), request: frame.request, shard: frame.shard,
            payload: ReplyPayload.encode(.failure(error)))
        _ = send(reply, to: peer, on: .calls)
    }
}
