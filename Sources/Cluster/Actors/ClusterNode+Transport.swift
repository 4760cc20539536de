public import Primitives

extension ClusterNode: TransportDelegate {
    public func linkUp(_ peer: Hello) {
        noteLink(peer.node, peer.linkClass, isUp: true)
        let node = peer.node
        switch peer.linkClass {
        case .control: break
        case .calls:
            let map = settings.map
            for shard in map.shards(of: id) {
                self.shard(shard)?.enter { $0.input { $0.resume({ map.owner(of: $0) == node }, at: $1) } }
            }
        case .bulk:
            _ = send(events.subscription(to: node), to: node, on: .bulk)
            events.relinked(node)
        }
    }

    public func linkDown(_ peer: NodeID, _ linkClass: LinkClass, reason: String) {
        noteLink(peer, linkClass, isUp: false)
        switch linkClass {
        case .control: break
        case .calls: calls.fail(peer: peer)
        case .bulk: events.unsubscribe(peer)
        }
    }

    public func received(_ frames: [Frame], from peer: NodeID, on linkClass: LinkClass) {
        for frame in frames { receive(frame, from: peer) }
    }

    private func receive(_ frame: Frame, from peer: NodeID) {
        switch frame.type {
        case .reply: calls.end(frame.request, ReplyPayload.decode(frame.payload), from: peer)
        case .call: call(frame, from: peer)
        case .soft:
            guard let shard = shard(frame.shard), let payload = try? CallPayload(decoding: frame.payload) else {
                return
            }
            shard.enter {
                $0.input { $0.soft(payload.entity, method: frame.method, payload.command, at: $1) }
            }
        case .stream:
            guard let shard = shard(frame.shard), let payload = try? StreamPayload(decoding: frame.payload),
                leads(peer, payload.source)
            else { return }
            shard.enter { $0.input { $0.receive(payload, at: $1) } }
        case .streamMark:
            guard let shard = shard(frame.shard), let payload = try? MarkPayload(decoding: frame.payload),
                leads(peer, payload.shard)
            else { return }
            shard.enter { $0.input { $0.acknowledged(payload, at: $1) } }
        case .nodeCall, .nodeReply:
            events.receive(frame, from: peer) { [self] target, frame in _ = send(frame, to: target, on: .bulk) }
        case .hello, .welcome, .refusal, .ping, .pong: break
        }
    }

    /// A node speaks only for the shards that it leads.
    private func leads(_ peer: NodeID, _ shard: ShardID) -> Bool {
        shard.number < settings.map.shardCount && settings.map.owner(of: shard) == peer
    }

    private func call(_ frame: Frame, from peer: NodeID) {
        let slot = ReplySlot.remote(peer, request: frame.request)
        do {
            let payload = try CallPayload(decoding: frame.payload)
            guard let shard = shard(frame.shard), settings.map.shard(of: payload.entity) == frame.shard else {
                return refuse(frame, to: peer, .notExecuted(.notHere))
            }
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
                    core.request(
                        payload.entity, .bytes(method: frame.method, payload.command), key: payload.key, slot: slot,
                        at: now)
                }
            }
        } catch {
            refuse(frame, to: peer, .malformed(error.description))
        }
    }

    private func refuse(_ frame: Frame, to peer: NodeID, _ error: CallError) {
        let reply = Frame(
            .reply, request: frame.request, shard: frame.shard, payload: ReplyPayload.encode(.failure(error)))
        _ = send(reply, to: peer, on: .calls)
    }
}
