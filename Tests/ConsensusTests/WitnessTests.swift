import Consensus
import Testing

/// A group of one voter and one learner whose voter comes back with a damaged log (decision 0015).
@Suite struct WitnessTests {
    /// 1 has the only vote; both hold an empty entry, `a` and `b`, all committed.
    private func group(_ more: String...) throws -> ScriptedCluster {
        let cluster = try ScriptedCluster("members 1 learners 2", "elect 1", "propose 1 a", "propose 1 b", "tick 1 2")
        #expect(try cluster.status(2).commit == 3)
        for command in more { try cluster.play(command) }
        return cluster
    }

    @Test(arguments: ["tail=unknown", "tail=3/t1", "hole=unknown", "hole=3/t1"])
    func `what the voter has lost comes back from the learner, which hands leadership back`(_ damage: String) throws {
        let cluster = try group("crash 1", "damage 1 2", "restart 1 \(damage) witness=2")
        #expect(try cluster.status(1).last.index == 2)
        try cluster.play("elect 1", "tick 1 2")
        #expect(try cluster.status(1).role == .leader)
        #expect(try cluster.status(1).condition == .intact)
        #expect(try cluster.status(2).role == .follower)
        #expect(cluster.heard("2 is leader"))
        try cluster.play("propose 1 c", "tick 1 2")
        #expect(try cluster.log(1).contains(LogPosition(index: 3, term: 1)))
        #expect(try cluster.log(1) == cluster.log(2))
        #expect(try cluster.status(2).commit == cluster.status(1).last.index)
    }

    @Test func `a voter that has lost everything, its term too, gets it all back`() throws {
        let cluster = try group("crash 1", "damage 1 0", "forget 1", "restart 1 hole=unknown witness=2")
        for _ in 0..<3 { try cluster.play("elect 1") }
        try cluster.play("tick 1 2")
        #expect(try cluster.status(1).role == .leader)
        #expect(try cluster.log(1).contains(LogPosition(index: 3, term: 1)))
        #expect(try cluster.log(1) == cluster.log(2))
    }

    @Test func `the first part of what comes back ends no damage`() throws {
        // 1 has lost its term and everything; 2 holds entries of several terms and stands in.
        let cluster = try group("crash 1", "restart 1", "elect 1", "propose 1 c", "tick 1 2", "crash 1", "restart 1")
        for command in ["elect 1", "propose 1 d", "tick 1 2", "crash 1", "damage 1 0", "forget 1"] {
            try cluster.play(command)
        }
        try cluster.play("restart 1 hole=unknown witness=2")
        var voter = try #require(cluster.nodes[ReplicaID(1)]).group
        let learner = try #require(cluster.nodes[ReplicaID(2)]).group
        let term = learner.term + 1
        let ask = RaftMessage.Body.requestVote(last: learner.status.last, isForced: true)
        voter.receive(RaftMessage(from: ReplicaID(2), to: ReplicaID(1), term: term, body: ask))
        let part = (1...UInt64(5)).compactMap { learner.entry(at: $0) }
        #expect(part.last.map { $0.term > 1 } ?? false)
        let body = RaftMessage.Body.append(
            previous: LogPosition(index: 0, term: 0), entries: part, commit: learner.commit)
        voter.receive(RaftMessage(from: ReplicaID(2), to: ReplicaID(1), term: term, body: body))
        #expect(voter.last.index == 5)
        #expect(voter.condition != .intact)
    }

    @Test func `behind a hole a learner that knows less changes nothing`() throws {
        let cluster = try group("cut 1-2", "propose 1 c", "propose 1 d", "crash 1", "damage 1 4")
        try cluster.play("restart 1 hole=unknown witness=2", "heal", "elect 1", "elect 1", "tick 1 2")
        #expect(try cluster.status(1).role == .follower)
    }

    @Test func `where the learner is behind, the voter goes on with what it has`() throws {
        let cluster = try group("cut 1-2", "propose 1 c", "propose 1 d", "crash 1", "damage 1 4")
        try cluster.play("restart 1 tail=unknown witness=2", "heal", "elect 1", "elect 1", "tick 1 2")
        #expect(try cluster.status(1).role == .leader)
        #expect(!cluster.heard("2 is leader"))
        #expect(try cluster.log(1).contains(LogPosition(index: 4, term: 1)))
        #expect(try cluster.log(1) == cluster.log(2))
    }

    @Test func `without the learner a damaged voter does not lead`() throws {
        let cluster = try group("crash 1", "damage 1 2", "crash 2", "restart 1 tail=unknown witness=2")
        try cluster.play("elect 1", "elect 1")
        #expect(try cluster.status(1).role == .follower)
        try cluster.play("restart 2", "elect 1", "tick 1 2")
        #expect(try cluster.status(1).role == .leader)
        #expect(try cluster.log(1).contains(LogPosition(index: 3, term: 1)))
    }

    @Test func `a learner that is damaged, too, gives what it has`() throws {
        let cluster = try group("crash 1", "damage 1 1", "crash 2", "damage 2 2", "restart 2 tail=unknown")
        try cluster.play("restart 1 tail=unknown witness=2", "elect 1", "tick 1 2")
        #expect(try cluster.status(1).role == .leader)
        #expect(try cluster.log(1).contains(LogPosition(index: 2, term: 1)))
        #expect(try cluster.log(1) == cluster.log(2))
    }

    @Test func `an intact voter asks nobody, and no learner stands in for one of several voters`() throws {
        let alone = try group("crash 1", "restart 1 witness=2", "elect 1")
        #expect(try alone.status(1).role == .leader)
        #expect(!alone.heard("2 is leader"))
        let three = try ScriptedCluster("members 1 3 learners 2", "elect 1", "propose 1 a", "tick 1 2")
        try three.play("crash 1", "damage 1 1", "cut 2-3", "restart 1 tail=unknown witness=2", "elect 1")
        #expect(try three.status(2).role == .follower)
    }

    @Test func `a question of an earlier time moves nobody`() throws {
        let cluster = try group()
        var learner = try #require(cluster.nodes[ReplicaID(2)]).group
        let before = learner.term
        learner.receive(RaftMessage(from: ReplicaID(3), to: ReplicaID(2), term: before, body: .timeoutNow))
        #expect(learner.term == before)
        #expect(learner.role == .follower)
    }
}
