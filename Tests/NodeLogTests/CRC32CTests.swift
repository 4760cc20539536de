import NodeLog
import Testing

/// RFC 3720 B.4, and the table as oracle of the instructions.
@Suite struct CRC32CTests {
    @Test func `the vectors of RFC 3720 come out`() {
        #expect(CRC32C.checksum([UInt8](repeating: 0, count: 32)) == 0x8A91_36AA)
        #expect(CRC32C.checksum([UInt8](repeating: 0xFF, count: 32)) == 0x62A8_AB43)
        #expect(CRC32C.checksum(Array(0..<32)) == 0x46DD_794E)
        #expect(CRC32C.checksum(Array((0..<32).reversed())) == 0x113F_DB5C)
        #expect(CRC32C.checksum(Array("123456789".utf8)) == 0xE306_9283)
        #expect(CRC32C.checksum([]) == 0)
    }

    @Test func `instructions and table agree on random bytes, in parts too`() {
        var random = TestRandom(seed: 7)
        for _ in 0..<400 {
            let bytes = random.bytes(Int(random.below(300)))
            #expect(CRC32C.checksum(bytes) == CRC32C.tableChecksum(bytes))
            let cut = Int(random.below(UInt64(bytes.count + 1)))
            let head = CRC32C.checksum(bytes, in: 0..<cut)
            #expect(CRC32C.checksum(bytes, in: cut..<bytes.count, continuing: head) == CRC32C.checksum(bytes))
        }
    }
}
