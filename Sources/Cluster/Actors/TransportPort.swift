internal import Primitives
internal import Synchronization

/// Where a node's frames leave: closed until its transport is there, and again when the node has stopped.
final class TransportPort: Sendable {
    private let transport: Mutex<(any Transport)?> = Mutex(nil)

    func open(_ transport: any Transport) { self.transport.withLock { $0 = transport } }
    func close() { transport.withLock { $0 = nil } }

    func follow(_ members: [ClusterMember]) { transport.withLock { $0 }?.follow(members) }
    /// What happened to the links; nothing before the transport is there, and when the node has stopped.
    var figures: LinkFigures { transport.withLock { $0 }?.linkFigures ?? LinkFigures() }

    /// - Returns: false when nothing was sent.
    func send(_ frame: Frame, to peer: NodeID, on linkClass: LinkClass) -> Bool {
        transport.withLock { $0 }?.send(frame, to: peer, on: linkClass) ?? false
    }
}
