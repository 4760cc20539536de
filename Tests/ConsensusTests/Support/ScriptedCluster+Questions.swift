import Consensus
import Testing

extension ScriptedCluster {
    convenience init(_ commands: String...) throws {
        self.init()
        settings.electionJitterTicks = 0
        for command in commands { try run(command) }
    }

    func play(_ commands: String...) throws {
        for command in commands { try run(command) }
    }

    /// What was said since the last question.
    func heard(_ text: String) -> Bool {
        defer { output = [] }
        return output.contains { $0.contains(text) }
    }

    func status(_ raw: UInt64) throws -> RaftStatus { try #require(nodes[ReplicaID(raw)]).group.status }

    /// The entries of a replica as `index/term`.
    func log(_ raw: UInt64) throws -> [LogPosition] {
        let group = try #require(nodes[ReplicaID(raw)]).group
        return (group.status.firstIndex..<group.last.index + 1).compactMap { group.entry(at: $0)?.position }
    }

    func replica(_ raw: UInt64) -> ReplicaID { ReplicaID(raw) }
}
