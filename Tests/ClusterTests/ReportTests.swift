import Cluster
import Primitives
import Synchronization
import Testing

/// What operators see of the groups, and a node that is about to stop.
@Suite struct ReportTests {
    private func reports(_ cluster: LogCluster, _ node: String) -> [ShardReport] {
        let found = Mutex<[ShardReport]>([])
        cluster[node].log?.report { reports in found.withLock { $0 = reports } }
        cluster.run(.milliseconds(10))
        return found.withLock(\.self)
    }

    @Test func `a leader tells of its followers, and all agree on the leader`() throws {
        let cluster = try LogCluster()
        cluster.append([1, 2, 3], to: ShardID(0))
        cluster.run(.seconds(1))
        let leader = try #require(reports(cluster, "n1").first)
        #expect(leader.role == .leader && leader.leader == NodeID("n1") && leader.condition == .intact)
        #expect(leader.nodes.sorted() == cluster.map.nodes && leader.commit == leader.last && leader.last >= 2)
        #expect(leader.followers.map(\.node).sorted() == [NodeID("n2"), NodeID("n3")])
        #expect(leader.followers.allSatisfy { $0.match == leader.last && !$0.needsSnapshot })
        let follower = try #require(reports(cluster, "n2").first)
        #expect(follower.role == .follower && follower.leader == NodeID("n1") && follower.followers.isEmpty)
        #expect(follower.last == leader.last && follower.term == leader.term)
    }

    @Test func `a report comes back as it was written`() throws {
        let cluster = try LogCluster()
        #expect(reports(cluster, "n2").count == 5)
        for report in reports(cluster, "n2") { #expect(try ShardReport(decoding: report.encoded) == report) }
    }

    @Test func `whether a transfer begins is said`() throws {
        let cluster = try LogCluster()
        let answers = Mutex<[Bool]>([])
        for (shard, heir) in [(0, "n3"), (1, "n3"), (2, "n9")] {
            cluster["n1"].log?.transfer(ShardID(UInt32(shard)), to: NodeID(heir)) { begun in
                answers.withLock { $0.append(begun) }
            }
        }
        cluster.run(.seconds(1))
        #expect(answers.withLock(\.self) == [true, false, false])
        #expect(cluster.leaders[0] == "n3")
    }

    @Test func `a node that is about to stop hands over everything within a second, and takes nothing back`() throws {
        let cluster = try LogCluster()
        #expect(cluster.leaders == ["n1", "n2", "n3", "n1"])
        cluster["n1"].log?.drain()
        cluster.run(.seconds(1))
        #expect(!cluster.leaders.contains("n1") && !cluster.leaders.contains("-"))
        // Its shards would go home to it after ten seconds.
        cluster.run(.seconds(60))
        #expect(!cluster.leaders.contains("n1") && !cluster.leaders.contains("-"))
        #expect(cluster["n1"].duties.last == .drains)
    }
}
