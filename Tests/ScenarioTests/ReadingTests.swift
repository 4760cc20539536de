import JSONDocuments
import Primitives
import Routing
import Scenarios
import Testing

/// Scenario files are read whole, or refused with every place that is wrong.
@Suite struct ReadingTests {
    @Test func `every rule has its files`() {
        let sections = Set(ScenarioFiles.all.compactMap { Int($0.name.prefix { $0.isNumber }) })
        #expect(sections.isSuperset(of: 1...10))
        #expect(ScenarioFiles.all.count >= 100)
    }

    @Test(arguments: ScenarioFiles.all) func `a file is read, and expects what a result holds`(
        file: ScenarioFiles.File
    ) throws {
        let (scenario, expect) = try Scenario.read(file.bytes)
        #expect(!scenario.queues.isEmpty && !scenario.interactions.isEmpty)
        let empty = ScenarioResult().json
        let members = try #require(expect?.members, "it expects nothing")
        #expect(!members.isEmpty)
        for member in members {
            #expect(empty[member.name] != nil, "no result holds \(member.name)")
            guard member.name == "statistics" else { continue }
            let figures = empty["statistics"]?.members?.map(\.name) ?? []
            for figure in member.value.members ?? [] { #expect(figures.contains(figure.name), "\(figure.name)") }
        }
        // No file may hold by expecting nothing: of an empty result something differs.
        #expect(!ScenarioResult().differences(from: try #require(expect)).isEmpty)
        let text = try JSONParser.parse(file.bytes)
        let rule = try #require(text["rule"]?.text)
        let section = file.name.prefix { $0.isNumber }
        #expect(rule.prefix { $0.isNumber } == section, "the name says section \(section)")
        #expect(text["why"]?.list?.isEmpty == false)
    }

    /// A scenario with something wrong, and where.
    static let wrong: [(String, [String])] = [
        (#"{"queues": [{"id": "q"}], "agents": []"#, [""]),
        (#"{"queues": [{"id": "q"}], "agents": [], "interactions": [], "extra": 1}"#, ["/extra"]),
        (
            #"{"queues": [{"id": "q", "members": ["a", "b", "b"]}], "agents": [{"id": "b"}], "interactions": []}"#,
            ["/queues/0/members/0", "/queues/0/members/2"]
        ),
        (
            #"{"queues": [{"id": "q"}], "agents": [{"id": "a"}, {"id": "a"}], "interactions": [{"id": "c", "at": -1, "queue": "q"}]}"#,
            ["/agents/1/id", "/interactions/0/at"]
        ),
        (
            #"{"queues": [{"id": "q"}], "agents": [], "interactions": [{"id": "c", "at": 0, "queue": "r", "agent": "z"}]}"#,
            ["/interactions/0/queue", "/interactions/0/agent", "/interactions/0/agent"]
        ),
        (
            #"{"queues": [{"id": "q", "routing": {"then": "bullseye"}}], "agents": [], "interactions": []}"#,
            ["/queues/0/routing/rings"]
        ),
        (
            #"""
            {"queues": [{"id": "q", "routing": {"then": "bullseye", "rings": [{"waitSeconds": 1, "addGroups": ["g"]}]},
            "overflow": {"action": "queue"}}], "agents": [], "interactions": []}
            """#,
            ["/queues/0/overflow/queue", "/queues/0/routing/rings/0/addGroups"]
        ),
        (
            #"""
            {"queues": [{"id": "q"}], "agents": [{"id": "a"}], "interactions": [{"id": "c", "at": 0, "queue": "q"}],
            "controls": [{"at": 1}, {"at": 1, "agent": "a"}, {"at": 1, "agent": "a", "connection": "lost", "presence": "away"},
            {"at": 1, "interaction": "c", "onQueue": true}, {"at": 1, "interaction": "c", "transfer": {}}]}
            """#,
            ["/controls/0", "/controls/1", "/controls/2", "/controls/3", "/controls/4/transfer"]
        ),
        (
            #"{"queues": [{"id": "q"}], "agents": [{"id": "a"}], "interactions": [], "unanswered": [["a", "c"], ["a", 3]]}"#,
            ["/unanswered/0/1", "/unanswered/1"]
        ),
    ]

    @Test(arguments: wrong) func `what is wrong is told with its place`(text: String, places: [String]) {
        do {
            _ = try Scenario.read(Array(text.utf8))
            Issue.record("it was read")
        } catch {
            #expect(error.problems.map(\.pointer) == places, "\(error)")
        }
    }

    @Test func `rules are read as they stand, and absent ones are the defaults`() throws {
        let text = #"""
            {"queues": [{"id": "q", "members": ["a", {"agent": "b", "ring": 2, "queueOrder": -1, "delaySeconds": 2.5}],
            "ordering": "priority", "basePriority": {"chat": -3}, "evaluation": "leastLoaded",
            "routing": {"stages": {"lastAgent": {}, "preferred": {"rules": [{"minimumScore": 80, "waitSeconds": 9}, {"any": true}]}},
            "cascade": [{"afterSeconds": 5, "lowerMinimumBy": 0.3}]},
            "afterContactWork": {"kind": "mandatoryTimed", "seconds": 9}, "overflow": {"maxWaitSeconds": 7, "action": "end"}}],
            "utilization": {"media": {"email": {"mayBeInterruptedBy": ["voice"]}}},
            "agents": [{"id": "a", "presence": "away", "skills": [{"skill": "x"}, {"skill": "y", "proficiency": 2.3}]},
            {"id": "b", "utilization": {"media": {"email": {"maximum": 3}}}}],
            "interactions": [{"id": "c", "at": 0.125, "queue": "q"}], "declined": [["a", "c", 2], ["b", "c"]]}
            """#
        let (scenario, expect) = try Scenario.read(Array(text.utf8))
        #expect(expect == nil)
        let queue = try #require(scenario.queues.first)
        var second = Membership(AgentID("b"))
        (second.ring, second.queueOrder, second.delay) = (2, -1, .milliseconds(2_500))
        #expect(queue.members == [Membership(AgentID("a")), second])
        #expect(queue.rank.ordering == .priority && queue.rank.basePriority == [.chat: -3])
        #expect(queue.rank.secondsPerPriorityPoint == 60)
        #expect(queue.routing.evaluation == .leastLoaded && queue.routing.lastAgent == .seconds(30))
        #expect(
            queue.routing.preferred.rules == [.init(minimumScore: 80, wait: .seconds(9)), .init(wait: .seconds(5))])
        #expect(queue.routing.cascade == [CascadeStep(after: .seconds(5), lowerMinimumBy: 3)])
        #expect(queue.offers.afterContactWork == .mandatoryTimed(.seconds(9)))
        #expect(queue.overflow?.maxWait == .seconds(7) && queue.overflow?.action == .end)
        let (first, other) = (scenario.agents[0], scenario.agents[1])
        #expect(first.presence == .away && !first.onQueue && other.onQueue)
        #expect(first.skills == [HeldSkill(skill: "x"), HeldSkill(skill: "y", level: 23)])
        #expect(other.utilization[.email].maximum == 3 && first.utilization[.email].maximum == 1)
        #expect(other.utilization[.email].mayBeInterruptedBy == [.voice])
        #expect(scenario.interactions[0].at == Instant.zero + .milliseconds(125))
        #expect(scenario.answers.declined.values.sorted() == [2, .max])
    }

    @Test func `a difference names the member, what came, and what was expected`() throws {
        var result = ScenarioResult()
        result.offers = [.init(.zero + .seconds(3), "c", AgentID("a"))]
        result.statistics.abandonRate = 0.5
        #expect(result.differences(from: ["offers": [[3, "c", "a"]], "statistics": ["abandonRate": 0.5]]).isEmpty)
        let found = result.differences(from: ["offers": [[4, "c", "a"]], "statistics": ["answered": 1]])
        #expect(found == [#"offers: [[3,"c","a"]], expected [[4,"c","a"]]"#, "statistics/answered: 0, expected 1"])
    }
}
