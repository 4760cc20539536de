import Consensus
import Primitives
import Testing

/// The log in memory against a plain array, and its companions.
@Suite struct LogTests {
    @Test func `the log equals a plain list under any operations`() throws {
        var random = SeededRandom(seed: 11)
        var log = RaftLog(snapshot: .nothing, entries: [])
        var model: [LogEntry] = []
        var base: UInt64 = 0
        var term: UInt64 = 1
        for _ in 0..<20_000 {
            switch random.pick(0...9) {
            case 0...5:
                if random.chance(50) { term += 1 }
                let entry = LogEntry(index: log.lastIndex + 1, term: max(term, log.last.term), payload: [1, 2])
                log.append(entry)
                model.append(entry)
            case 6 where log.lastIndex > base && random.chance(300):
                let index = UInt64(random.pick(Int64(base + 1)...Int64(log.lastIndex)))
                guard index > log.snapshot.index else { continue }
                log.truncate(from: index)
                model.removeAll { $0.index >= index }
            case 7 where log.lastIndex > log.snapshot.index:
                let index = UInt64(random.pick(Int64(log.snapshot.index + 1)...Int64(log.lastIndex)))
                let trailing = UInt64(random.pick(0...5))
                let found = try #require(log.term(at: index))
                log.compact(
                    to: SnapshotMark(index: index, term: found, configuration: .nobody, configurationIndex: 0),
                    trailing: trailing)
                base = max(base, index > trailing ? index - trailing : 0)
                model.removeAll { $0.index <= base }
            default:
                let first = base + UInt64(random.pick(0...4))
                #expect(
                    log.entries(from: first, count: 3)
                        == (first > base ? Array(model.filter { $0.index >= first }.prefix(3)) : []))
            }
            #expect(log.base.index == base)
            #expect(log.last == model.last?.position ?? log.base)
        }
    }

    @Test func `the place where logs may agree is found`() {
        let terms: [UInt64] = [1, 1, 1, 4, 4, 5, 5, 6, 6, 6]
        let entries = terms.enumerated().map { LogEntry(index: UInt64($0 + 1), term: $1) }
        let log = RaftLog(snapshot: .nothing, entries: entries)
        for index in 0...12 as ClosedRange<UInt64> {
            for term in 0...8 as ClosedRange<UInt64> {
                let expected = entries.last { $0.index <= index && $0.term <= term }?.position ?? .zero
                #expect(log.lastAgreeing(atOrBefore: index, term: term) == expected)
            }
        }
    }

    @Test func `a list of entries stops before the limit but holds one`() {
        let entries = (1...5).map { LogEntry(index: $0, term: 1, payload: [UInt8](repeating: 0, count: 68)) }
        let log = RaftLog(snapshot: .nothing, entries: entries)
        #expect(log.entries(from: 1, bytes: 250).count == 2)
        #expect(log.entries(from: 1, bytes: 1).count == 1)
        #expect(log.entries(from: 6).isEmpty)
    }

    @Test func `a quorum of a joint configuration needs both halves`() {
        let joint = GroupConfiguration(
            voters: [1, 2, 3].map { ReplicaID($0) }, outgoing: [3, 4].map { ReplicaID($0) }, learners: [],
            learnersNext: [], autoLeave: true)
        #expect(joint.isQuorum { [1, 3, 4].contains($0.raw) })
        #expect(!joint.isQuorum { [1, 2, 3].contains($0.raw) })
        #expect(!joint.isQuorum { [3, 4].contains($0.raw) })
        #expect(!GroupConfiguration.nobody.isQuorum { _ in true })
        // Even-sized sets: half is no majority.
        let four = GroupConfiguration(voters: (1...4).map { ReplicaID($0) })
        #expect(!four.isQuorum { $0.raw <= 2 })
        #expect(four.isQuorum { $0.raw <= 3 })
    }

    @Test func `any two quorums of neighbouring configurations share a voter`() throws {
        var random = SeededRandom(seed: 5)
        for _ in 0..<300 {
            var configuration = GroupConfiguration(voters: [ReplicaID(UInt64(random.pick(1...6)))])
            for _ in 0..<8 {
                let steps = (0..<random.pick(1...3)).map { _ -> ConfigurationChange.Step in
                    let replica = ReplicaID(UInt64(random.pick(1...6)))
                    return random.chance(600)
                        ? .addVoter(replica) : random.chance(500) ? .remove(replica) : .addLearner(replica)
                }
                guard let next = try? configuration.applying(ConfigurationChange(steps)) else { continue }
                #expect(overlap(configuration, next))
                #expect(try GroupConfiguration(decoding: next.encoded) == next)
                if next.isJoint { #expect(overlap(next, next.left)) }
                configuration = next.isJoint ? next.left : next
            }
        }
    }

    /// Whether no set of the six replicas decides in one while its complement decides in the other.
    private func overlap(_ one: GroupConfiguration, _ other: GroupConfiguration) -> Bool {
        (0..<64 as Range<UInt64>).allSatisfy { set in
            !(one.isQuorum { set & (1 << ($0.raw - 1)) != 0 } && other.isQuorum { set & (1 << ($0.raw - 1)) == 0 })
        }
    }

    @Test func `the window counts messages and bytes until they are answered`() {
        var window = InflightWindow()
        for index in 1...200 as ClosedRange<UInt64> { window.add(lastIndex: index, bytes: 10) }
        #expect(window.isFull(messages: 200, bytes: .max) && window.isFull(messages: .max, bytes: 2_000))
        window.free(upTo: 150)
        #expect(window.count == 50 && window.bytes == 500)
        window.free(upTo: 200)
        #expect(window.count == 0 && window.bytes == 0)
    }
}
