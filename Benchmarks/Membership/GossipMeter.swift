import Cluster
import Primitives
import Synchronization

/// Passes frames on to the links, and counts those of membership.
final class GossipMeter: Transport {
    private let links: any Transport
    private let sent = Atomic<Int>(0)

    init(_ links: any Transport) { self.links = links }

    /// Of all frames of membership that a link has taken: header and payload, without what TLS and TCP add.
    var bytes: Int { sent.load(ordering: .relaxed) }

    func send(_ frame: Frame, to peer: NodeID, on linkClass: LinkClass) -> Bool {
        let isTaken = links.send(frame, to: peer, on: linkClass)
        if isTaken, frame.type == .gossip {
            _ = sent.wrappingAdd(Frame.headerSize + frame.payload.count, ordering: .relaxed)
        }
        return isTaken
    }
}
