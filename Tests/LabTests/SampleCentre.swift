import Foundation
import History
import Yams

/// The sample centre as its file describes it, for the tests that hold it against the arrivals.
struct SampleCentre: Decodable {
    struct Skill: Decodable {
        var id: String
        var name: String
        var kind: String
    }

    struct Queue: Decodable {
        struct AfterContactWork: Decodable {
            var kind: String
            var seconds: Double?
        }

        struct ServiceLevel: Decodable {
            var percent: Double
            var seconds: Double
        }

        var id: String
        var division: String
        var mediaTypes: [String]
        var alertSeconds: [String: Double]
        var afterContactWork: AfterContactWork
        var wrapUpCodes: [String]
        var defaultWrapUpCode: String
        var serviceLevel: [String: ServiceLevel]
    }

    struct Agent: Decodable {
        struct Skill: Decodable {
            var skill: String
            var proficiency: Double
        }

        var id: String
        var division: String
        var skills: [Skill]
    }

    struct Members: Decodable {
        var queue: String
        var agents: [String]
    }

    var skills: [Skill]
    var queues: [Queue]
    var agents: [Agent]
    var members: [Members]

    static func load() throws -> SampleCentre {
        try YAMLDecoder().decode(SampleCentre.self, from: try text("sample-centre.yaml"))
    }

    static func morning() throws -> ArrivalFile {
        try ArrivalFile(parsing: try text("morning.csv"))
    }

    /// Agents that may take the interaction: members of its queue who hold every skill at the level asked.
    func candidates(_ arrival: Arrival) -> [String] {
        let members = self.members.first { $0.queue == arrival.queue }?.agents ?? []
        return members.filter { id in
            guard let agent = agents.first(where: { $0.id == id }) else { return false }
            return arrival.skills.allSatisfy { asked in
                agent.skills.contains { $0.skill == asked.id && $0.proficiency >= asked.minimumProficiency ?? 0 }
            }
        }
    }

    private static func text(_ name: String) throws -> String {
        let project = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../cluster-config")
        return try String(contentsOf: project.appending(path: name), encoding: .utf8)
    }
}
