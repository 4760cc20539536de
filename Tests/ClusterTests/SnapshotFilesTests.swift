import Cluster
import Consensus
import Foundation
import NodeIO
import NodeLog
import Primitives
import Testing

/// Snapshots of groups on a real disk, and on their way from one node to another.
@Suite struct SnapshotFilesTests {
    private let mark = SnapshotMark(
        index: 9, term: 3, configuration: GroupConfiguration(voters: [ReplicaID(1), ReplicaID(2), ReplicaID(3)]),
        configurationIndex: 4)

    private func snapshot(_ bytes: Int, index: UInt64 = 9) -> GroupSnapshot {
        var random = SeededRandom(seed: 5)
        let mark = SnapshotMark(
            index: index, term: 3, configuration: mark.configuration, configurationIndex: mark.configurationIndex)
        return GroupSnapshot(
            group: 7, mark: mark, state: (0..<bytes).map { _ in UInt8(truncatingIfNeeded: random.next()) })
    }

    private func stored(_ snapshot: GroupSnapshot) -> StoredMark {
        StoredMark(index: snapshot.mark.index, term: snapshot.mark.term)
    }

    /// The data directory of a node that lasts as long as the test.
    private func onDisk(_ body: (inout SnapshotFiles) throws -> Void) throws {
        let path = FileManager.default.temporaryDirectory.appendingPathComponent("tandem-\(UUID())").path
        defer { try? FileManager.default.removeItem(atPath: path) }
        let disk = try POSIXDisk(root: path)
        try disk.createDirectory("snapshots")
        var files = SnapshotFiles(SnapshotStore(disk))
        try body(&files)
    }

    /// Takes pieces from one node to another until the file is whole, or `limit` pieces have gone.
    private func transfer(
        _ snapshot: GroupSnapshot, from source: SnapshotFiles, to target: inout SnapshotFiles, limit: Int = .max
    ) throws -> (found: GroupSnapshot?, pieces: Int) {
        var offset: UInt64 = 0
        for count in 1...max(1, min(limit, 1_000)) {
            let sent = try source.piece(of: 7, mark: stored(snapshot), at: offset)
            let piece = try SnapshotPiece(decoding: sent.encoded)
            #expect(piece == sent)
            switch try target.take(piece) {
            case .next(let next): offset = next
            case .complete(let found): return (found, count)
            }
        }
        return (nil, limit)
    }

    @Test(arguments: [0, 1, 300_000, 2_000_000]) func `a state is read as it was stored`(bytes: Int) throws {
        try onDisk { files in
            let snapshot = snapshot(bytes)
            try files.save(snapshot)
            #expect(try files.load(group: 7, mark: stored(snapshot)) == snapshot)
        }
    }

    @Test(arguments: [0, 1_000_000]) func `a follower gets the state in pieces`(bytes: Int) throws {
        try onDisk { source in
            try onDisk { target in
                let snapshot = snapshot(bytes)
                try source.save(snapshot)
                #expect(try transfer(snapshot, from: source, to: &target).found == snapshot)
                #expect(try target.load(group: 7, mark: stored(snapshot)) == snapshot)
            }
        }
    }

    @Test func `a transfer that begins anew goes on where the last one ended`() throws {
        try onDisk { source in
            try onDisk { target in
                let snapshot = snapshot(2_000_000)
                try source.save(snapshot)
                let all = try transfer(snapshot, from: source, to: &target).pieces
                #expect(all == 8)
            }
            try onDisk { target in
                let snapshot = snapshot(2_000_000)
                #expect(try transfer(snapshot, from: source, to: &target, limit: 5).found == nil)
                let rest = try transfer(snapshot, from: source, to: &target)
                #expect(rest.found == snapshot)
                // One that shows where to go on, and the three that are missing.
                #expect(rest.pieces == 4)
            }
        }
    }

    @Test func `a piece of a newer snapshot replaces the transfer of an older one`() throws {
        try onDisk { source in
            try onDisk { target in
                let (old, new) = (snapshot(700_000), snapshot(600_000, index: 20))
                try source.save(old)
                #expect(try transfer(old, from: source, to: &target, limit: 1).found == nil)
                try source.save(new)
                #expect(try transfer(new, from: source, to: &target).found == new)
            }
        }
    }

    @Test func `a file that is not what the peer has is refused, and nothing is in its place`() throws {
        try onDisk { source in
            try onDisk { target in
                let snapshot = snapshot(100_000)
                try source.save(snapshot)
                let piece = try source.piece(of: 7, mark: stored(snapshot), at: 0)
                var bytes = piece.bytes
                bytes[50_000] ^= 1
                let wrong = SnapshotPiece(
                    shard: piece.shard, mark: piece.mark, total: piece.total, offset: 0, bytes: bytes)
                #expect(throws: SnapshotError.self) { try target.take(wrong) }
                #expect(throws: SnapshotError.notFound(group: 7, index: 9)) {
                    try target.load(group: 7, mark: stored(snapshot))
                }
                #expect(try transfer(snapshot, from: source, to: &target).found == snapshot)
            }
        }
    }

    @Test func `payloads of a transfer survive the wire, and garbage is refused`() throws {
        let mark = StoredMark(index: 1 << 40, term: 77)
        for outcome in [SnapshotAnswer.Outcome.next(1 << 33), .installed, .failed] {
            let answer = SnapshotAnswer(shard: ShardID(63), mark: mark, outcome: outcome)
            #expect(try SnapshotAnswer(decoding: answer.encoded) == answer)
            for length in 0..<answer.encoded.count {
                #expect(throws: WireError.self) { try SnapshotAnswer(decoding: Array(answer.encoded.prefix(length))) }
            }
        }
        #expect(throws: WireError.self) { try SnapshotAnswer(decoding: [5, 1, 1, 9]) }
        // A shard beyond all that there can be.
        #expect(throws: WireError.self) { try SnapshotPiece(decoding: [0xFF, 0xFF, 0x7F, 1, 1, 1, 0, 0]) }
    }
}
