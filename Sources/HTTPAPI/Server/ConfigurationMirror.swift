import Cluster
import ContactCentre
import Primitives
import Routing
import Synchronization

/// The configuration exactly as the centre has it, kept between reads so that only changes travel.
///
/// Unlike the follower's copy, which keeps what a centre without its log has lost, this one forgets it too: a file that
/// is applied again finds what is missing.
final class ConfigurationMirror: Sendable {
    private struct Copy {
        var state = CentreState(key: CentreState.key)
        var origin: UInt64 = 0
    }

    private let system: TandemSystem
    private let copy = Mutex(Copy())

    init(system: TandemSystem) { self.system = system }

    func ask(_ command: CentreCommand) async throws -> CentreReply {
        let centre = try system.centre
        return try await centre.perform(command)
    }

    /// The configuration as of a moment during this call.
    func read() async throws -> CentreState {
        let known = copy.withLock { $0 }
        if let state = try await read(from: known) { return state }
        // The centre began anew: nothing of the copy counts.
        if let state = try await read(from: Copy()) { return state }
        throw CallError.notExecuted(.overloaded)
    }

    /// - Returns: nil when the copy is of another life of the centre.
    private func read(from known: Copy) async throws -> CentreState? {
        let reply = try await ask(.changes(since: known.state.version))
        guard case .changes(let changes, let version, let origin) = reply else {
            throw CallError.malformed("the centre answers something else")
        }
        guard origin == known.origin || known.state.version == 0 else { return nil }
        guard version >= known.state.version else { return nil }
        var next = known
        next.origin = origin
        for change in changes { next.state.apply(change, at: .zero) }
        let result = next
        copy.withLock { copy in
            let isNewer = (origin, result.state.version) > (copy.origin, copy.state.version)
            if isNewer { copy = result }
        }
        // An answer near its limit may not be all there is.
        let size = changes.reduce(0) { $0 + $1.encoded.count }
        return size > CentreState.answerLimit / 2 ? try await read(from: result) : result.state
    }
}
