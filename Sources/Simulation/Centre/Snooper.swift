internal import Cluster
internal import Primitives
internal import Routing

/// Somebody who reads the queues' events and guesses offer ids: tickets and attempts are known, the nonce is not.
///
/// Proof for `@unchecked Sendable`: used only through a ``SimulatedWorld``, which checks its thread at each use.
final class Snooper: @unchecked Sendable {
    private let cluster: SimulatedCluster
    private(set) var violation: String?

    init(cluster: SimulatedCluster) { self.cluster = cluster }

    /// Tries to accept something that is offered to somebody.
    func guess(_ snapshot: ClusterSnapshot) {
        let offered = snapshot.queues.values.flatMap { queue in
            queue.tickets.values.compactMap { queued -> (QueueID, QueuedTicket, QueuedTicket.Attempt)? in
                switch queued.state {
                case .held(let attempt, _), .alerting(let attempt, _): (queue.id, queued, attempt)
                case .waiting, .connected: nil
                }
            }
        }.sorted { $0.1.ticket < $1.1.ticket }
        guard let (queue, queued, attempt) = offered.first, let node = cluster.anyNode() else { return }
        let offer = OfferID(queue: queue, ticket: queued.ticket, attempt: attempt.number, nonce: attempt.nonce &+ 1)
        node.submit(QueueCommand.acceptOffer(offer, attempt.agent), to: queue.entity) { [self] result in
            let reply: QueueReply? =
                switch result {
                case .success(.typed(let message)): message as? QueueReply
                case .success(.bytes(let bytes)): try? QueueReply(decoding: bytes)
                case .failure: nil
                }
            if case .accepted = reply {
                violation = "promise 2: \(queued.ticket) was accepted by somebody who was not rung"
            }
        }
    }
}
