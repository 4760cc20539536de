import Cluster
import Distributed
import Primitives

/// The typed face of a register.
distributed actor Register {
    typealias ActorSystem = TandemSystem

    distributed func perform(_ command: RegisterCommand) async throws -> RegisterReply {
        throw CallError.notExecuted(.notHere)
    }
}

extension Register {
    /// How often it was written, as its leader says.
    nonisolated var version: UInt64 {
        get async throws {
            guard case .value(_, let version) = try await perform(.read) else {
                throw BenchError("a register answers a question with something else")
            }
            return version
        }
    }
}
