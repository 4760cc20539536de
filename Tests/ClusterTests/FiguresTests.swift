import Cluster
import Primitives
import Synchronization
import Testing

/// What nodes count of themselves, and how they tell it.
@Suite struct FiguresTests {
    private func log(_ cluster: LogCluster, _ node: String) throws -> LogFigures {
        let found = Mutex<LogFigures?>(nil)
        cluster[node].log?.figures { figures in found.withLock { $0 = figures } }
        cluster.run(.milliseconds(10))
        let figures = found.withLock { $0 }
        return try #require(figures)
    }

    private func full() -> NodeFigures {
        var figures = NodeFigures(node: NodeID("n1"))
        figures.version = "1.2"
        figures.zone = "east"
        figures.time = Instant(microseconds: 5)
        figures.isDraining = true
        figures.certificateEnds = Instant(microseconds: 7)
        figures.linked = 1
        figures.peers = 2
        figures.mapEpoch = 3
        figures.log.groups = [
            GroupFigures(
                shard: ShardID(4), role: .candidate, condition: .repairing, term: 5, hasLeader: false, commitLag: 6,
                applyLag: 7, waiting: 8)
        ]
        figures.log.commitTime.add(microseconds: 9)
        figures.log.latestTick = .milliseconds(10)
        figures.log.clockDistance = .milliseconds(-11)
        figures.log.duty = .clockIsOff(by: .seconds(12))
        figures.log.isDiskFull = true
        figures.disk.batches = 13
        figures.disk.syncTime.add(.milliseconds(14))
        figures.membership.healthScore = 2
        figures.calls.repeated = 15
        figures.calls.tracesLeftOut = 19
        figures.links.refusals = ["plain_text": 16, "other": 17]
        figures.links.bytesSent = 18
        return figures
    }

    // MARK: their form

    @Test func `figures come back as they were written`() throws {
        let figures = full()
        #expect(try NodeFigures(decoding: figures.encoded) == figures)
        let empty = NodeFigures(node: NodeID("n2"))
        #expect(try NodeFigures(decoding: empty.encoded) == empty)
        for duty in [LeaderDuty.leads, .diskIsFull, .drains] {
            #expect(try LeaderDuty(decoding: duty.encoded) == duty)
        }
    }

    @Test func `bytes that end early or say too much give an error, not figures`() {
        let bytes = full().encoded
        for count in 0..<bytes.count {
            #expect(throws: WireError.self) { try NodeFigures(decoding: Array(bytes.prefix(count))) }
        }
        var other = bytes
        other[0] = 3
        let unknown = other
        #expect(throws: WireError.unknownTag("form of a node's figures", 3)) { try NodeFigures(decoding: unknown) }
        var writer = ByteWriter()
        for _ in 0..<LatencyBuckets.count { writer.writeVariable(.max) }
        writer.writeVariable(0)
        let buckets = writer.bytes
        #expect(throws: WireError.self) { try LatencyBuckets(decoding: buckets) }
        var long = NodeFigures(node: NodeID("n1"))
        long.version = String(repeating: "x", count: 256)
        let tooLong = long.encoded
        #expect(throws: WireError.tooLong(256)) { try NodeFigures(decoding: tooLong) }
    }

    @Test func `days that are left are whole ones, also when none is`() {
        var figures = NodeFigures(node: NodeID("n1"))
        #expect(figures.certificateDaysLeft == nil)
        let cases: [(Int64, Int64)] = [(259_200, 3), (86_399, 0), (0, 0), (-1, -1), (-86_400, -1), (-86_401, -2)]
        for (seconds, days) in cases {
            figures.certificateEnds = figures.time + .seconds(seconds)
            #expect(figures.certificateDaysLeft == days, "\(seconds)")
        }
    }

    // MARK: what is counted

    @Test func `why a node became leader is counted where it did`() throws {
        let cluster = try LogCluster()
        let before = try log(cluster, "n3").changes
        cluster["n1"].log?.transfer(ShardID(0), to: NodeID("n3"))
        cluster.run(.seconds(1))
        let after = try log(cluster, "n3")
        #expect(cluster.leaders[0] == "n3")
        #expect(after.changes[.transfer] == before[.transfer] + 1)
        #expect(after.changes[.hint] == before[.hint] && after.changes[.timeout] == before[.timeout])
        #expect(after.groups.first { $0.shard == ShardID(0) }?.changes[.transfer] == 1)
        let hints = try log(cluster, "n2").changes[.hint]
        cluster.cut("n1", isUp: false)
        cluster.run(.seconds(2))
        #expect(try log(cluster, "n2").changes[.hint] > hints)
    }

    @Test func `the way of each record to its commit is measured once, at the leader`() throws {
        let cluster = try LogCluster()
        for number in UInt8(1)...3 { cluster.append([number], to: ShardID(0)) }
        cluster.run(.seconds(1))
        #expect(try log(cluster, "n1").commitTime.total == 3)
        #expect(try log(cluster, "n2").commitTime.total == 0)
        let group = try #require(try log(cluster, "n1").groups.first)
        #expect(group.role == .leader && group.hasLeader && group.commitLag == 0 && group.waiting == 0)
    }

    @Test func `entries without a majority are a lag of the commit`() throws {
        let cluster = try LogCluster()
        cluster.cut("n1", isUp: false)
        for number in UInt8(1)...3 { cluster.append([number], to: ShardID(0)) }
        let group = try #require(try log(cluster, "n1").groups.first)
        #expect(group.commitLag == 3)
    }

    @Test func `a tick that comes late is measured`() throws {
        let cluster = try LogCluster()
        let before = try log(cluster, "n1")
        #expect(before.latestTick == .zero && before.tickLateness.total > 50)
        cluster.world.stall(.seconds(1))
        cluster.run(.seconds(1))
        let after = try log(cluster, "n1")
        #expect(after.latestTick > .milliseconds(900) && after.latestTick <= .seconds(1))
        #expect(after.tickLateness.quantile(1) == 1_048_576)
    }

    @Test func `a repeated request is counted by the node that answers it`() {
        let cluster = TestCluster(nodes: 2)
        let counter = cluster.counter(on: NodeID("n2"))
        let key = RequestKey(scope: "ann POST /x 1", body: 11)
        for _ in 0..<3 {
            cluster.call(.add(3), counter, from: NodeID("n1"), key: key)
            cluster.settle()
        }
        let found = Mutex<[NodeFigures]>([])
        for id in ["n1", "n2"] {
            cluster.node(NodeID(id)).figures { figures in found.withLock { $0.append(figures) } }
        }
        let figures = found.withLock(\.self)
        #expect(figures.map(\.calls.repeated) == [0, 2])
        #expect(figures.map(\.peers) == [1, 1] && figures.map(\.linked) == [1, 1])
        #expect(figures.allSatisfy { $0.calls.underWay == 0 && $0.calls.unanswered == 0 })
    }

    @Test func `any node is asked for its figures over a link`() throws {
        let cluster = TestCluster(nodes: 2)
        let question = TestCluster.Post(
            from: NodeID("n1"), to: NodeID("n2"), linkClass: .calls,
            frame: Frame(.nodeCall, request: 9, payload: [10]))
        cluster.deliver(question)
        let reply = try #require(cluster.takePosts { $0.frame.type == .reply && $0.frame.request == 9 }.first)
        #expect(reply.to == NodeID("n1") && reply.frame.payload.first == 0)
        let figures = try NodeFigures(decoding: Array(reply.frame.payload.dropFirst()))
        #expect(figures.node == NodeID("n2") && figures.peers == 1)
    }
}
