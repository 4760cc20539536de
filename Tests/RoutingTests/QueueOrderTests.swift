import Primitives
import Routing
import Testing

/// Who is served first, and who may take it: routing-semantics sections 1 to 3.
@Suite struct QueueOrderTests {
    private func rank(
        _ microseconds: Int64, priority: Int32 = 0, seconds: Int64 = 60, queue: String = "q", sequence: UInt64 = 1
    ) -> Rank {
        Rank(
            waitingSince: Instant(microseconds: microseconds), priority: priority, media: .chat,
            rules: RankRules(secondsPerPriorityPoint: seconds), queue: QueueID(queue), sequence: sequence)
    }

    // MARK: rank

    @Test func `who waits longer comes first`() { #expect(rank(1_000_000) < rank(2_000_000)) }

    @Test func `a point of priority is worth 60 seconds of waiting`() {
        #expect(rank(60_001_000, priority: 1) > rank(1_000, priority: 0).shifted(by: -1))
        #expect(rank(60_999_000, priority: 1) < rank(1_000_000))
        #expect(rank(61_001_000, priority: 1) > rank(1_000_000))
        #expect(rank(1_000_000).key == 1_000)
        #expect(rank(1_000_000, priority: 1).key == 1_000 - 60_000)
        #expect(rank(1_000_000, priority: -2).key == 1_000 + 120_000)
    }

    @Test func `the worth of a point is the queue's to set, and may be nothing`() {
        #expect(rank(0, priority: 7, seconds: 0).key == 0)
        #expect(rank(0, priority: 1, seconds: 86_400).key == -86_400_000)
    }

    @Test func `equal keys are told apart by waiting, then queue in byte order, then sequence`() {
        let higher = rank(61_000_000, priority: 1)
        #expect(higher.key == rank(1_000_000).key)
        #expect(rank(1_000_000) < higher)
        #expect(rank(1_000_000, queue: "Z", sequence: 9) < rank(1_000_000, queue: "a", sequence: 1))
        #expect(rank(1_000_000, queue: "z", sequence: 9) < rank(1_000_000, queue: "é", sequence: 1))
        #expect(rank(1_000_000, sequence: 1) < rank(1_000_000, sequence: 2))
        #expect(!(rank(1_000_000) < rank(1_000_000)))
    }

    @Test func `times of one millisecond have one key and keep their order`() {
        #expect(rank(1_000).key == rank(1_999).key)
        #expect(rank(1_000, sequence: 9) < rank(1_999, sequence: 1))
    }

    @Test(arguments: [Int64.max, 9_000_000_000_000_000, 86_400, 0])
    func `no worth of a point turns the order of priorities round`(_ seconds: Int64) {
        let priorities: [Int32] = [.min, -25_000_000, -1, 0, 1, 25_000_000, .max]
        for microseconds in [Int64.min, -1, 0, 1_760_000_000_000_000, .max] {
            let keys = priorities.map { rank(microseconds, priority: $0, seconds: seconds).key }
            #expect(keys == keys.sorted(by: >))
        }
    }

    // MARK: the line

    @Test func `the line stands in order of rank whatever the order of arrival`() {
        var queue = Bench.queue()
        let base = queue.now
        queue.enqueue("third", since: base + .seconds(20))
        queue.enqueue("first", priority: 1, since: base + .seconds(30))
        queue.enqueue("fourth", priority: -1, since: base)
        queue.enqueue("second", since: base)
        #expect(queue.order == ["first", "second", "third", "fourth"])
        #expect(queue.line.map(\.position) == [1, 2, 3, 4])
    }

    @Test func `a kept waiting time gives the place from before`() {
        var queue = Bench.queue()
        let base = queue.now
        queue.wait(.seconds(100))
        queue.enqueue("new")
        queue.enqueue("moved", since: base)
        #expect(queue.order == ["moved", "new"])
        #expect(queue.ticket("moved")?.waitingSince == base)
    }

    @Test func `a ticket that comes back has its old place`() throws {
        var queue = Bench.queue("ann")
        let work = try queue.alerting("c1")
        queue.enqueue("c2")
        queue.wait(.seconds(5))
        queue.give(.release(work.ticket, attempt: 1, ann))
        #expect(queue.order == ["c1", "c2"])
        #expect(queue.ticket("c1")?.attempt == 1 || queue.ticket("c1")?.finished.map(\.attempt) == [1])
    }

    @Test func `another worth of priority orders the line anew`() {
        var queue = Bench.queue(seconds: 60)
        let base = queue.now
        queue.enqueue("old", since: base)
        queue.enqueue("urgent", priority: 1, since: base + .seconds(90))
        #expect(queue.order == ["old", "urgent"])
        queue.give(.configure(QueueSettings(version: 2, rank: RankRules(secondsPerPriorityPoint: 120))))
        #expect(queue.order == ["urgent", "old"])
        queue.give(.configure(QueueSettings(version: 1, rank: RankRules(secondsPerPriorityPoint: 1))))
        #expect(queue.order == ["urgent", "old"])
    }

    @Test func `what nobody may take does not hold up what stands behind it`() {
        var queue = Bench.queue("ann")
        queue.enqueue("hard", priority: 9, skills: [SkillRequest(skill: "finnish")])
        queue.available("ann")
        #expect(queue.enqueue("easy").offered(to: "ann")?.ticket == Ticket("easy"))
        #expect(queue.order == ["hard"])
    }

    // MARK: who is eligible

    @Test(arguments: [
        (SkillRequest(skill: "english"), [HeldSkill(skill: "english")], true),
        (SkillRequest(skill: "english"), [], false),
        (SkillRequest(skill: "english"), [HeldSkill(skill: "englisch")], false),
        (SkillRequest(skill: "english", minimum: 10), [HeldSkill(skill: "english")], true),
        (SkillRequest(skill: "english", minimum: 11), [HeldSkill(skill: "english")], false),
        (SkillRequest(skill: "english", minimum: 25), [HeldSkill(skill: "english", level: 25)], true),
        (SkillRequest(skill: "english", maximum: 24), [HeldSkill(skill: "english", level: 25)], false),
        (SkillRequest(skill: "english", minimum: 0), [HeldSkill(skill: "english", level: 0)], true),
        (SkillRequest(skill: "english", minimum: 0), [], false),
    ])
    func `a skill is held at a fitting level or not at all`(
        _ asked: SkillRequest, _ held: [HeldSkill], _ fits: Bool
    ) {
        #expect(held.satisfies([asked]) == fits)
        var queue = Bench.queue("ann")
        queue.available("ann", skills: held)
        #expect((queue.enqueue("c1", skills: [asked]).offered(to: "ann") != nil) == fits)
    }

    @Test func `all skills that are asked must be held`() {
        let asked = [SkillRequest(skill: "english"), SkillRequest(skill: "orders")]
        #expect(!([HeldSkill(skill: "english")].satisfies(asked)))
        #expect([HeldSkill(skill: "orders"), HeldSkill(skill: "english")].satisfies(asked))
        #expect([HeldSkill]().satisfies([]))
    }

    @Test func `an agent without room for the medium is passed over`() {
        var queue = Bench.queue("ann")
        queue.available("ann", free: [.voice: 1])
        #expect(queue.enqueue("c1", media: .chat).toAgents.isEmpty)
        #expect(queue.enqueue("c2", media: .voice).offered(to: "ann") != nil)
    }

    @Test func `an agent who has no room any more leaves the view`() {
        var queue = Bench.queue("ann")
        queue.available("ann")
        queue.available("ann", free: [:])
        #expect(queue.enqueue("c1").toAgents.isEmpty)
    }

    @Test func `an older word never replaces a newer`() {
        var queue = Bench.queue("ann")
        let old = queue.snapshot("ann")
        queue.wait(.milliseconds(1))
        queue.available("ann", free: [:])
        queue.give(.available(old, awards: 0))
        #expect(queue.enqueue("c1").toAgents.isEmpty)
    }

    @Test func `the longest idle agent is chosen`() {
        var queue = Bench.queue("ann", "ben", "cid")
        queue.available("ann", idle: 300)
        queue.available("ben", idle: 100)
        queue.available("cid", idle: 200)
        #expect(queue.enqueue("c1").offered(to: "ben") != nil)
        #expect(queue.enqueue("c2").offered(to: "cid") != nil)
        #expect(queue.enqueue("c3").offered(to: "ann") != nil)
        #expect(queue.enqueue("c4").toAgents.isEmpty)
    }

    @Test func `equally idle agents are told apart by their ids in byte order`() {
        var queue = Bench.queue("ann", "Zoe", "ben")
        for agent in ["ben", "ann", "Zoe"] { queue.available(agent, idle: 5) }
        #expect(queue.enqueue("c1").offered(to: "Zoe") != nil)
        #expect(queue.enqueue("c2").offered(to: "ann") != nil)
        #expect(queue.enqueue("c3").offered(to: "ben") != nil)
    }

    @Test func `skills come before idle time`() {
        var queue = Bench.queue("ann", "ben")
        queue.available("ann", idle: 1)
        queue.available("ben", skills: [HeldSkill(skill: "english")], idle: 2)
        #expect(queue.enqueue("c1", skills: [SkillRequest(skill: "english")]).offered(to: "ben") != nil)
    }

    // MARK: exclusion after a decline

    @Test func `an agent who declined is not asked again for 30 seconds, others are`() throws {
        var queue = Bench.queue("ann", "ben")
        let work = try queue.alerting()
        queue.available("ben")
        let said = queue.give(.declineOffer(work.offer, ann))
        #expect(said.offered(to: "ben")?.attempt == 2)
    }

    @Test func `the exclusion ends after 30 seconds and the agent is asked again`() throws {
        var queue = Bench.queue("ann")
        let work = try queue.alerting()
        queue.give(.declineOffer(work.offer, ann))
        let declined = queue.now
        let award = QueueCommand.award(work.ticket, reservation: 1, media: .chat, queue.snapshot("ann"))
        queue.wait(.milliseconds(29_990))
        #expect(queue.give(award).offered(to: "ann") == nil)
        queue.available("ann")
        let said = queue.passTime()
        #expect(queue.now - declined >= .seconds(30))
        #expect(queue.now - declined < .milliseconds(30_100))
        #expect(said.offered(to: "ann")?.attempt == 2)
    }

    @Test func `an exclusion concerns that interaction only`() throws {
        var queue = Bench.queue("ann")
        let work = try queue.alerting()
        queue.give(.declineOffer(work.offer, ann))
        queue.available("ann")
        #expect(queue.enqueue("c2").offered(to: "ann")?.ticket == Ticket("c2"))
    }
}

extension Rank {
    /// The same place, some milliseconds earlier or later.
    fileprivate func shifted(by milliseconds: Int64) -> Rank {
        Rank(
            waitingSince: waitingSince + .milliseconds(milliseconds), priority: 0, media: .chat,
            rules: RankRules(secondsPerPriorityPoint: 0), queue: queue, sequence: sequence)
    }
}
