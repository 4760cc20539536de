import NIOCore
import Synchronization

/// When a peer was last heard on its control link; shared by its three links.
final class PeerPulse: Sendable {
    private let last = Mutex(NIODeadline.now())

    /// Bytes came on the control link, or a link came up.
    func beat() { last.withLock { $0 = .now() } }

    var silence: TimeAmount { last.withLock { NIODeadline.now() - $0 } }
}
