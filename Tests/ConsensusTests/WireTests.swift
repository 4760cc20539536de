import Consensus
import Primitives
import Testing

/// Golden bytes: what a replica of an earlier build sent or stored is read by later ones.
@Suite struct WireTests {
    private static func message(_ body: RaftMessage.Body) -> RaftMessage {
        RaftMessage(from: ReplicaID(1), to: ReplicaID(300), term: 5, body: body)
    }

    private static let last = LogPosition(index: 200, term: 4)
    private static let entry = LogEntry(index: 201, term: 5, payload: [0xAA, 0xBB])

    /// The head of every message above.
    private static let head = "01 ac02 05 "

    private static let golden: [(RaftMessage.Body, String)] = [
        (.preVote(last: last), "01 c801 04"),
        (.preVoteAnswer(campaign: 6, granted: true), "02 06 01"),
        (.requestVote(last: last, isForced: true), "03 c801 04 01"),
        (.voteAnswer(granted: false), "04 00"),
        (.voteAnswer(granted: true), "04 01"),
        (.append(previous: last, entries: [entry], commit: 7), "05 c801 04 07 01 c901 05 00 02 aabb"),
        (.appendAccepted(match: 201), "06 c901"),
        (.appendRejected(previous: 200, hint: LogPosition(index: 9, term: 2), lostEntries: true), "07 c801 09 02 01"),
        (.heartbeat(commit: 7, round: 130), "08 07 8201"),
        (.heartbeatAnswer(commit: 7, round: 130), "09 07 8201"),
        (.timeoutNow, "0a"),
    ]

    @Test func `messages keep their bytes`() throws {
        for (body, bytes) in Self.golden {
            let message = Self.message(body)
            #expect(hex(message.encoded) == (Self.head + bytes).filter { $0 != " " }, "\(body)")
            #expect(try RaftMessage(decoding: message.encoded) == message)
        }
    }

    @Test func `every kind of entry keeps its bytes`() throws {
        let configuration = GroupConfiguration(voters: [3, 1].map { ReplicaID($0) }, learners: [ReplicaID(2)])
        let entries: [(LogEntry, String)] = [
            (LogEntry(index: 1, term: 2, payload: [7]), "01 02 00 01 07"),
            (LogEntry(index: 1, term: 2, kind: .empty), "01 02 01 00"),
            (
                LogEntry(index: 1, term: 2, kind: .configuration, payload: configuration.encoded),
                "01 02 02 09 02 01 03 00 01 02 00 00 00"
            ),
        ]
        for (entry, bytes) in entries {
            #expect(hex(entry.encoded) == bytes.filter { $0 != " " })
            #expect(try LogEntry(decoding: entry.encoded) == entry)
        }
    }

    @Test func `states and marks keep their bytes`() throws {
        let state = HardState(term: 300, vote: ReplicaID(2), commit: 5)
        #expect(hex(state.encoded) == "ac02010205")
        #expect(hex(HardState.initial.encoded) == "000000")
        let mark = SnapshotMark(
            index: 9, term: 3, configuration: GroupConfiguration(voters: [ReplicaID(1)]), configurationIndex: 4)
        #expect(hex(mark.encoded) == "090301010000000000" + "04")
        #expect(try HardState(decoding: state.encoded) == state)
        #expect(try SnapshotMark(decoding: mark.encoded) == mark)
    }

    @Test func `configurations that nobody can have written are refused`() {
        let bad = [
            "02 03 01 00 00 00 00 00",  // voters out of order
            "02 01 01 00 00 00 00 00",  // one voter twice
            "01 01 00 01 01 00 00 00",  // a learner that is a voter
            "01 01 00 00 01 02 00 00",  // a next learner that does not go out
            "00 01 01 00 00 00 00",  // outgoing voters alone
            "01 01 00 00 00 01 00",  // leaves what it never entered
        ]
        for text in bad {
            #expect(throws: WireError.self, "\(text)") { _ = try GroupConfiguration(decoding: bytes(text)) }
        }
    }

    @Test func `any bytes give a value or an error, and any message is survived`() throws {
        var random = SeededRandom(seed: 4)
        let cluster = try ScriptedCluster("members 1 2 3", "elect 1", "propose 1 a b c", "tick 1 2")
        var decoded = 0
        for round in 0..<20_000 {
            var message = Self.golden[round % Self.golden.count].0.encoded
            message = [UInt8(random.pick(2...3)), UInt8(random.pick(1...2)), UInt8(random.pick(0...3))] + message
            for _ in 0..<random.pick(0...3) {
                message[Int(random.pick(0...Int64(message.count - 1)))] = UInt8(truncatingIfNeeded: random.next())
            }
            if random.chance(200) { message.removeLast(Int(random.pick(1...3))) }
            guard let value = try? RaftMessage(decoding: message) else { continue }
            decoded += 1
            var group = try #require(cluster.nodes[ReplicaID(random.chance(500) ? 1 : 2)]).group
            group.receive(value)
            _ = group.takeReady()
        }
        #expect(decoded > 5_000)
    }

    @Test func `numbers too large for a log are dropped before they are used`() throws {
        let cluster = try ScriptedCluster("members 1 2 3", "elect 1")
        let huge = LogPosition(index: .max, term: 1)
        let bodies: [RaftMessage.Body] = [
            .append(previous: huge, entries: [], commit: .max), .heartbeat(commit: .max, round: .max),
            .appendAccepted(match: .max), .heartbeatAnswer(commit: .max, round: .max),
            .appendRejected(previous: .max, hint: huge, lostEntries: true),
            .preVoteAnswer(campaign: .max, granted: true),
            .append(previous: .zero, entries: [LogEntry(index: 5, term: 1)], commit: 0),
        ]
        for body in bodies {
            for raw in 1...2 as ClosedRange<UInt64> {
                for term in [1, UInt64.max] {
                    var group = try #require(cluster.nodes[ReplicaID(raw)]).group
                    let from = ReplicaID(raw == 1 ? 2 : 1)
                    group.receive(RaftMessage(from: from, to: ReplicaID(raw), term: term, body: body))
                    #expect(group.term == 1 && group.commit <= 1 && group.last.index == 1)
                }
            }
        }
    }

    private func hex(_ bytes: [UInt8]) -> String {
        bytes.map { byte in (byte < 16 ? "0" : "") + String(byte, radix: 16) }.joined()
    }

    private func bytes(_ text: String) -> [UInt8] { text.split(separator: " ").compactMap { UInt8($0, radix: 16) } }
}
