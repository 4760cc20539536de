import Cluster
import Primitives
import Synchronization

/// Remembers what a transport tells its node.
final class RecordingDelegate: TransportDelegate {
    enum Event: Equatable {
        case up(NodeID, LinkClass)
        case down(NodeID, LinkClass)
    }

    struct Record {
        var events: [Event] = []
        var reasons: [String] = []
        var frames: [LinkClass: [Frame]] = [:]
        var frameCount = 0
    }

    private let state = Mutex(Record())
    /// Called for each frame, on the link's loop.
    let onFrame: (@Sendable (Frame, NodeID, LinkClass) -> Void)?

    init(onFrame: (@Sendable (Frame, NodeID, LinkClass) -> Void)? = nil) { self.onFrame = onFrame }

    var record: Record { state.withLock { $0 } }

    func upClasses(_ peer: String) -> Set<LinkClass> {
        var up: Set<LinkClass> = []
        for event in record.events {
            switch event {
            case .up(let node, let linkClass) where node.name == peer: up.insert(linkClass)
            case .down(let node, let linkClass) where node.name == peer: up.remove(linkClass)
            default: break
            }
        }
        return up
    }

    func linkUp(_ peer: Hello) { state.withLock { $0.events.append(.up(peer.node, peer.linkClass)) } }

    func linkDown(_ peer: NodeID, _ linkClass: LinkClass, reason: String) {
        state.withLock {
            $0.events.append(.down(peer, linkClass))
            $0.reasons.append(reason)
        }
    }

    func received(_ frames: [Frame], from peer: NodeID, on linkClass: LinkClass) {
        state.withLock {
            $0.frames[linkClass, default: []] += frames
            $0.frameCount += frames.count
        }
        if let onFrame { for frame in frames { onFrame(frame, peer, linkClass) } }
    }
}
