import Foundation
import History
import Testing

/// `cluster-config/sample-centre.yaml` and `cluster-config/morning.csv` fit together.
@Suite struct SampleCentreTests {
    let centre: SampleCentre
    let morning: ArrivalFile

    init() throws {
        centre = try SampleCentre.load()
        morning = try SampleCentre.morning()
    }

    @Test func `the centre has the size that the README promises`() {
        #expect(centre.queues.count >= 6)
        #expect(centre.skills.count == 12)
        #expect(centre.skills.contains { $0.kind == "language" })
        #expect(centre.agents.count == 60)
        #expect(Set(centre.queues.flatMap(\.mediaTypes)) == ["voice", "chat", "message", "email", "social"])
        #expect(Set(centre.queues.map(\.division)) == ["north", "south"])
        #expect(Set(centre.agents.map(\.division)) == ["north", "south"])
    }

    @Test func `identifiers are unique and refer to what there is`() {
        let skills = Set(centre.skills.map(\.id))
        let agents = Set(centre.agents.map(\.id))
        #expect(skills.count == centre.skills.count)
        #expect(agents.count == centre.agents.count)
        #expect(Set(centre.queues.map(\.id)).count == centre.queues.count)
        #expect(Set(centre.members.map(\.queue)) == Set(centre.queues.map(\.id)))
        for agent in centre.agents {
            #expect(agent.skills.allSatisfy { skills.contains($0.skill) }, "\(agent.id)")
            #expect(Set(agent.skills.map(\.skill)).count == agent.skills.count, "\(agent.id)")
            for skill in agent.skills {
                #expect((0...5).contains(skill.proficiency), "\(agent.id) \(skill.skill)")
            }
        }
        for line in centre.members {
            let queue = centre.queues.first { $0.id == line.queue }
            #expect(Set(line.agents).count == line.agents.count, "\(line.queue)")
            for id in line.agents {
                let agent = centre.agents.first { $0.id == id }
                #expect(agent != nil && agent?.division == queue?.division, "\(id) in \(line.queue)")
            }
        }
    }

    @Test func `queues say how long to ring, how to wrap up and what is in time`() {
        for queue in centre.queues {
            #expect(Set(queue.alertSeconds.keys) == Set(queue.mediaTypes), "\(queue.id)")
            #expect(Set(queue.serviceLevel.keys) == Set(queue.mediaTypes), "\(queue.id)")
            #expect(queue.alertSeconds.values.allSatisfy { (1...900).contains($0) }, "\(queue.id)")
            #expect(queue.wrapUpCodes.contains(queue.defaultWrapUpCode), "\(queue.id)")
            #expect(queue.serviceLevel.values.allSatisfy { (0...100).contains($0.percent) }, "\(queue.id)")
            switch queue.afterContactWork.kind {
            case "none": #expect(queue.afterContactWork.seconds == nil, "\(queue.id)")
            default: #expect((1...3).contains(queue.afterContactWork.seconds ?? 0), "\(queue.id)")
            }
        }
    }

    @Test func `the morning has 2,000 interactions, each for at least two agents`() {
        #expect(morning.arrivals.count == 2_000)
        for (index, arrival) in morning.arrivals.enumerated() {
            let queue = centre.queues.first { $0.id == arrival.queue }
            #expect(queue?.mediaTypes.contains(arrival.mediaType) == true, "line \(index + 2)")
            #expect(centre.candidates(arrival).count >= 2, "line \(index + 2)")
            #expect((0..<14_400).contains(arrival.at), "line \(index + 2)")
            #expect(arrival.handleSeconds > 0 && arrival.patienceSeconds > 0, "line \(index + 2)")
        }
        #expect(Set(morning.arrivals.map(\.queue)) == Set(centre.queues.map(\.id)))
        #expect(Set(morning.arrivals.map(\.mediaType)).count == 5)
    }

    @Test func `the work of the morning keeps sixty agents busy and does not drown them`() {
        // One after the other; chats and messages overlap, so the agents' time in work is a little less.
        let handle = morning.arrivals.map(\.handleSeconds).reduce(0, +)
        let share = handle / (60 * 14_400)
        #expect((0.55...0.85).contains(share), "handle time is \(share) of the agents' time")
    }
}
