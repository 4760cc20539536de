import Cluster
import Primitives
import Testing

/// Frames and the first words of a link: fixed bytes, and foreign ones that give a frame or an error.
@Suite struct FrameTests {
    private let sample = Frame(
        .call, method: 2, request: 7, shard: ShardID(5), remainingMilliseconds: 1_500,
        trace: TraceContext(high: 1, low: 2, span: 3), payload: [0xAA, 0xBB])

    private func bytes(_ frame: Frame) -> [UInt8] {
        var writer = ByteWriter()
        frame.encode(into: &writer)
        return writer.bytes
    }

    @Test func `a frame has these bytes`() {
        let golden: [UInt8] = [
            2, 0, 0, 0, 4, 8, 2, 0, 7, 0, 0, 0, 0, 0, 0, 0, 5, 0, 0, 0, 0xDC, 5, 0, 0,
            1, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0, 0xAA, 0xBB,
        ]
        #expect(bytes(sample) == golden)
        #expect(Frame.headerSize == 48)
        #expect(Frame.version == 8)
    }

    @Test func `the numbers of the frame types are these`() {
        let types: [FrameType] = [
            .hello, .welcome, .refusal, .call, .reply, .stream, .streamMark, .soft, .ping, .pong, .nodeCall, .nodeReply,
            .raft, .beat, .beatAnswer, .snapshot, .snapshotAnswer, .gossip, .join, .joinAnswer,
        ]
        #expect(types.map(\.rawValue) == Array(1...20))
    }

    @Test func `a hello has these bytes`() {
        let hello = Hello(
            cluster: "demo", node: NodeID("n1"), linkClass: .calls, incarnation: 2, methodTable: 3, shardCount: 64,
            disk: 9)
        let golden: [UInt8] =
            [4, 0x64, 0x65, 0x6D, 0x6F, 2, 0x6E, 0x31, 1, 2, 0, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0]
            + [64, 0, 0, 0, 9, 0, 0, 0, 0, 0, 0, 0]
        #expect(hello.encoded == golden)
        #expect((try? Hello(decoding: golden)) == hello)
    }

    @Test func `frames come back however the stream is cut`() throws {
        let frames = (0..<20).map { number in
            Frame(
                .stream, request: UInt64(number), shard: ShardID(UInt32(number)),
                payload: [UInt8](repeating: UInt8(number), count: number * 13))
        }
        let stream = frames.flatMap { bytes($0) }
        for piece in [1, 2, 5, 47, 48, 49, 1_000, stream.count] {
            var decoder = FrameDecoder()
            var decoded: [Frame] = []
            for start in stride(from: 0, to: stream.count, by: piece) {
                decoder.append(stream[start..<min(start + piece, stream.count)])
                while let frame = try decoder.next() { decoded.append(frame) }
            }
            #expect(decoded == frames)
        }
    }

    @Test func `an unfinished frame is waited for`() throws {
        let stream = bytes(sample)
        for count in 0..<stream.count {
            var decoder = FrameDecoder()
            decoder.append(stream.prefix(count))
            #expect(try decoder.next() == nil)
        }
    }

    @Test func `a payload over the limit is refused by its header alone`() {
        var header = bytes(sample)
        let size = UInt32(Frame.maximumPayload) + 1
        for place in 0..<4 { header[place] = UInt8(truncatingIfNeeded: size >> (8 * UInt32(place))) }
        var decoder = FrameDecoder()
        decoder.append(header)
        #expect(throws: FrameError.oversized(Frame.maximumPayload + 1)) { try decoder.next() }
    }

    @Test func `an unknown type or version is refused`() {
        for type in [UInt8(0), 21, 255] {
            var stream = bytes(sample)
            stream[4] = type
            var decoder = FrameDecoder()
            decoder.append(stream)
            #expect(throws: FrameError.unknownType(type)) { try decoder.next() }
        }
        for version in [UInt8(0), 1, 255] {
            var stream = bytes(sample)
            stream[5] = version
            var decoder = FrameDecoder()
            decoder.append(stream)
            #expect(throws: FrameError.unknownVersion(version)) { try decoder.next() }
        }
    }

    @Test func `foreign bytes give frames or an error`() {
        var random = SeededRandom(seed: 21)
        let stream = bytes(sample) + bytes(sample)
        for _ in 0..<3_000 {
            var decoder = FrameDecoder()
            decoder.append(random.mutated(stream))
            do { while try decoder.next() != nil {} } catch { continue }
        }
    }

    @Test func `foreign payloads in every type of frame change nothing and stop nothing`() {
        let cluster = TestCluster(nodes: 2)
        let counter = cluster.counter(on: NodeID("n2"))
        cluster.call(.passOn(to: counter.key, [1]), cluster.counter(on: NodeID("n1")))
        cluster.call(.add(2), counter, from: NodeID("n1"))
        let samples = cluster.takePosts().map(\.frame)
        var random = SeededRandom(seed: 22)
        for number in UInt8(4)...12 {
            guard let type = FrameType(rawValue: number) else { continue }
            for round in 0..<300 {
                var frame = samples[round % samples.count]
                frame.type = type
                frame.payload = random.chance(300) ? [] : random.mutated(Array(frame.payload.dropLast()))
                cluster.deliver(.init(from: NodeID("n1"), to: NodeID("n2"), linkClass: .calls, frame: frame))
                _ = cluster.takePosts()
            }
        }
        #expect(cluster.call(.refuse, counter).reply == .refused)
    }
}

extension SeededRandom {
    /// A few bytes changed, cut, doubled or added.
    mutating func mutated(_ bytes: [UInt8]) -> [UInt8] {
        var bytes = bytes
        for _ in 0...pick(0...2) {
            let place = Int(pick(0...Int64(bytes.count)))
            switch pick(0...5) {
            case 0: bytes.insert(UInt8(truncatingIfNeeded: next()), at: place)
            case 1: bytes = Array(bytes.prefix(place))
            case 2: bytes += bytes.suffix(place)
            case 3 where place < bytes.count: bytes[place] = [0, 1, 0x7F, 0x80, 0xFF][Int(pick(0...4))]
            case _ where place < bytes.count: bytes[place] ^= 1 << UInt8(pick(0...7))
            default: break
            }
        }
        return bytes
    }
}
