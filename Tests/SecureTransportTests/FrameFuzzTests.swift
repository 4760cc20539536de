import Cluster
import Primitives
import Testing

@Suite struct FrameFuzzTests {
    private func frames(_ random: inout SeededRandom) -> [Frame] {
        let types: [FrameType] = [.call, .reply, .stream, .streamMark, .soft, .ping, .nodeCall]
        return (0..<Int(random.next() % 6 + 1)).map { _ in
            Frame(
                types[Int(random.next() % 7)], method: UInt16(truncatingIfNeeded: random.next()),
                request: random.next(),
                shard: ShardID(UInt32(truncatingIfNeeded: random.next())),
                trace: TraceContext(high: random.next(), low: random.next(), span: random.next()),
                payload: (0..<Int(random.next() % 90)).map { UInt8(truncatingIfNeeded: $0) })
        }
    }

    @Test func `frames come out whole wherever the bytes are split`() throws {
        var random = SeededRandom(seed: 1)
        let sent = frames(&random) + frames(&random)
        let bytes = sent.flatMap(\.bytes)
        for split in 0...bytes.count {
            var decoder = FrameDecoder()
            var got: [Frame] = []
            for part in [bytes[..<split], bytes[split...]] {
                decoder.append(part)
                while let frame = try decoder.next() { got.append(frame) }
            }
            #expect(got == sent, "split at \(split)")
        }
        var decoder = FrameDecoder()
        var got: [Frame] = []
        for byte in bytes {
            decoder.append(CollectionOfOne(byte))
            while let frame = try decoder.next() { got.append(frame) }
        }
        #expect(got == sent)
    }

    @Test func `mutated streams give frames or an error, within bounds`() {
        var refused = 0
        for seed in 0..<3_000 as Range<UInt64> {
            var random = SeededRandom(seed: seed)
            var bytes = frames(&random).flatMap(\.bytes)
            for _ in 0...(random.next() % 4) {
                let place = Int(random.next() % UInt64(bytes.count))
                switch random.next() % 4 {
                case 0: bytes[place] = UInt8(truncatingIfNeeded: random.next())
                case 1: bytes[place] ^= 1 << UInt8(random.next() % 8)
                case 2: bytes.insert(UInt8(truncatingIfNeeded: random.next()), at: place)
                default: if bytes.count > 1 { bytes.removeLast(min(bytes.count - 1, Int(random.next() % 60))) }
                }
            }
            var decoder = FrameDecoder()
            var rest = bytes[...]
            do {
                while !rest.isEmpty {
                    let piece = rest.prefix(Int(random.next() % 100) + 1)
                    rest = rest.dropFirst(piece.count)
                    decoder.append(piece)
                    while let frame = try decoder.next() {
                        #expect(frame.payload.count <= bytes.count, "seed \(seed)")
                    }
                }
            } catch {
                refused += 1
            }
        }
        #expect(refused > 100)
    }
}
