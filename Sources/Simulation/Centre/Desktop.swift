internal import Cluster
internal import Primitives
internal import Routing

/// An agent's desktop: hears of rings, answers them in its own way, ends its work, and comes back after a time-out.
///
/// Proof for `@unchecked Sendable`: used only through a ``SimulatedWorld``, which checks its thread at each use.
final class Desktop: @unchecked Sendable {
    let id: AgentID
    private let centre: SimulatedCentre
    private var seen: Set<OfferID> = []
    private var working: Set<Ticket> = []
    /// A passive desktop rings and does nothing until it is told to.
    var isPassive = false
    private var ringing: OfferID?
    private(set) var accepted = 0
    private var world: SimulatedWorld { centre.cluster.world }
    private var calls: ClientCalls { centre.calls }

    init(_ id: AgentID, centre: SimulatedCentre) {
        self.id = id
        self.centre = centre
    }

    func signOn() {
        for node in centre.cluster.alive { attach(to: node) }
        setOnQueue(true)
        look()
    }

    /// Subscribes to the agent's own session on a node. Rings are soft: what is missed, ``look()`` finds.
    func attach(to node: ClusterNode) {
        let shard = centre.cluster.map.shard(of: id.entity)
        _ = node.events.read([shard], after: nil) { [weak self] item in
            guard let self, case .batch(let batch, _) = item else { return true }
            for notice in batch.notices where notice.entity == id.entity && notice.name == "offer.alerting" {
                if let offer = notice.text("offerId").flatMap(OfferID.init(text:)) { rings(offer) }
            }
            return true
        }
    }

    private func setOnQueue(_ onQueue: Bool) {
        calls.call(
            AgentCommand.setPresence(onQueue ? .available : .away, onQueue: onQueue), on: id.entity, key: nil
        ) { [self] reply in
            if reply == .unknown { world.after(.milliseconds(200)) { [self] in setOnQueue(onQueue) } }
        }
    }

    /// Reads the own state now and then, as a desktop that reconnects does.
    private func look() {
        world.after(world.span(500_000...1_500_000)) { [self] in
            guard !calls.isClosed else { return }
            calls.call(AgentCommand.view, on: id.entity, key: nil) { [self] reply in
                if case .view(let view) = reply { take(view) }
                look()
            }
        }
    }

    private func take(_ view: AgentView) {
        for slot in view.slots {
            switch slot.state {
            case .reserved(let work, _): rings(work.offer)
            case .connected(let work, _): handle(work)
            case .wrapUp(let work, let until): if until == nil { wrapUp(work) }
            case .awarded: break
            }
        }
        if view.notResponding || !view.onQueue, !centre.isUnruly || world.chance(600) { setOnQueue(true) }
        if view.onQueue, centre.isUnruly, world.chance(30) { setOnQueue(false) }
    }

    private func rings(_ offer: OfferID) {
        ringing = offer
        if isPassive { return }
        guard seen.insert(offer).inserted else { return }
        let choice = world.random { $0.pick(0...99) }
        let isIgnored = centre.isUnruly && choice >= 88
        let isDeclined = centre.isUnruly && choice >= 78
        if isIgnored { return }
        world.after(world.span(1_000...900_000)) { [self] in
            isDeclined ? decline(offer) : accept(offer)
        }
    }

    /// Answers what rang last, whether it still rings or not.
    func answerNow(accepting: Bool) {
        guard let ringing else { return }
        accepting ? accept(ringing) : decline(ringing)
    }

    private func accept(_ offer: OfferID) {
        calls.call(QueueCommand.acceptOffer(offer, id), on: offer.queue.entity, key: "accept \(id) \(offer.text)") {
            [self] reply in
            guard case .accepted = reply else { return }
            accepted += 1
            world.note("\(id) accepts \(offer.ticket) attempt \(offer.attempt)")
        }
    }

    private func decline(_ offer: OfferID) {
        calls.call(QueueCommand.declineOffer(offer, id), on: offer.queue.entity, key: "decline \(id) \(offer.text)") {
            [self] _ in world.note("\(id) declines \(offer.ticket)")
        }
    }

    /// Connected work ends after a while, by this agent.
    private func handle(_ work: OfferedWork) {
        guard working.insert(work.ticket).inserted else { return }
        world.after(world.span(200_000...6_000_000)) { [self] in end(work) }
    }

    private func end(_ work: OfferedWork) {
        let key = "end \(id) \(work.ticket) \(world.random { $0.next() })"
        calls.call(ConversationCommand.end(by: id), on: work.ticket.conversation.entity, key: key) { [self] reply in
            working.remove(work.ticket)
            world.note("\(id) ends \(work.ticket): \(reply.map { "\($0)" } ?? "refused")")
        }
    }

    private func wrapUp(_ work: OfferedWork) {
        let command = ConversationCommand.wrapUp(
            SegmentID(work.ticket, attempt: work.attempt), code: "done", notes: "", by: id)
        let key = "wrap \(id) \(work.ticket) \(work.attempt) \(world.random { $0.next() })"
        calls.call(command, on: work.ticket.conversation.entity, key: key) { _ in }
    }

    func settle() { setOnQueue(true) }
}
