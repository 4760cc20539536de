import Logging
import NIOCore
import Synchronization

/// Writes each (peer, reason) at most once a minute and counts every one, so that a hostile or broken peer can fill
/// neither the log nor memory.
final class RefusalLog: Sendable {
    static let interval = TimeAmount.seconds(60)
    /// Pairs remembered; while all of them are fresh, further pairs are counted but not logged.
    static let pairLimit = 1_024

    private struct Pair: Hashable {
        var peer: String
        var reason: RefusalReason
    }

    private let logger: Logger
    private let figures: TransportFigures
    private let logged = Mutex<[Pair: NIODeadline]>([:])

    init(logger: Logger, figures: TransportFigures) {
        self.logger = logger
        self.figures = figures
    }

    /// - Parameter peer: the node's id if it is verified, else its address without the port.
    func note(_ reason: RefusalReason, peer: String, detail: String, at now: NIODeadline = .now()) {
        figures.count(reason)
        let isDue = logged.withLock { logged in
            let pair = Pair(peer: peer, reason: reason)
            if let last = logged[pair], now - last < Self.interval { return false }
            if logged.count >= Self.pairLimit { logged = logged.filter { now - $0.value < Self.interval } }
            guard logged.count < Self.pairLimit else { return false }
            logged[pair] = now
            return true
        }
        guard isDue else { return }
        logger.warning(
            "link refused",
            metadata: ["tandem.peer": "\(peer)", "tandem.reason": "\(reason.rawValue)", "tandem.detail": "\(detail)"])
    }
}
