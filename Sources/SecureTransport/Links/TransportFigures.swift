import Synchronization

/// Counters of a node's links since its start; thread-safe.
public final class TransportFigures: Sendable {
    /// The counters at one moment.
    public struct Snapshot: Sendable, Equatable {
        public var refusals: [RefusalReason: Int] = [:]
        public var linksUp = 0
        public var linksDown = 0
        /// Sends that were answered `false`: no link, a full buffer, or a frame beyond the limit.
        public var sendsRefused = 0
        public var framesReceived = 0
        public var bytesSent = 0
        public var bytesReceived = 0
    }

    private let state = Mutex(Snapshot())

    public var snapshot: Snapshot { state.withLock { $0 } }

    func count(_ reason: RefusalReason) { state.withLock { $0.refusals[reason, default: 0] += 1 } }
    func countLinkUp() { state.withLock { $0.linksUp += 1 } }
    func countLinkDown() { state.withLock { $0.linksDown += 1 } }
    func countRefusedSend() { state.withLock { $0.sendsRefused += 1 } }

    func countSent(bytes: Int) { state.withLock { $0.bytesSent += bytes } }

    func countReceived(frames: Int, bytes: Int) {
        state.withLock {
            $0.framesReceived += frames
            $0.bytesReceived += bytes
        }
    }
}
