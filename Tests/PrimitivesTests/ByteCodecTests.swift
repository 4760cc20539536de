import Primitives
import Testing

/// The positional binary form: little-endian numbers, LEB128 counts, counted strings; hostile bytes never trap.
@Suite struct ByteCodecTests {
    private func read<Value>(_ bytes: [UInt8], _ body: (inout ByteReader) throws -> Value) throws -> Value {
        var reader = ByteReader(bytes)
        return try body(&reader)
    }

    private func variable(_ number: UInt64) -> [UInt8] {
        var writer = ByteWriter()
        writer.writeVariable(number)
        return writer.bytes
    }

    @Test func `numbers are little-endian of their own width`() {
        var writer = ByteWriter()
        writer.write(UInt8(0xAB))
        writer.write(UInt16(0x0102))
        writer.write(UInt32(0x0304_0506))
        writer.write(Int64(-2))
        #expect(writer.bytes == [0xAB, 2, 1, 6, 5, 4, 3, 0xFE, 255, 255, 255, 255, 255, 255, 255])
    }

    @Test func `numbers come back at both ends of their range`() throws {
        var writer = ByteWriter()
        for number in [Int64.min, -1, 0, 1, .max] { writer.write(number) }
        for number in [UInt32.min, .max] { writer.write(number) }
        var reader = ByteReader(writer.bytes)
        for number in [Int64.min, -1, 0, 1, .max] { #expect(try reader.read(Int64.self) == number) }
        for number in [UInt32.min, .max] { #expect(try reader.read(UInt32.self) == number) }
        #expect(throws: Never.self) { try reader.finish() }
    }

    @Test(
        arguments: [
            (0, [0]), (127, [0x7F]), (128, [0x80, 1]), (300, [0xAC, 2]), (16_384, [0x80, 0x80, 1]),
            (.max, [255, 255, 255, 255, 255, 255, 255, 255, 255, 1]),
        ] as [(UInt64, [UInt8])])
    func `a count takes as few bytes as it needs`(_ number: UInt64, _ bytes: [UInt8]) throws {
        #expect(variable(number) == bytes)
        #expect(try read(bytes) { try $0.readVariable() } == number)
    }

    @Test func `every power of two and its neighbours come back as counts`() throws {
        for bit in 0..<64 {
            for number in [UInt64(1) << bit, (UInt64(1) << bit) &- 1, (UInt64(1) << bit) | 1] {
                #expect(try read(variable(number)) { try $0.readVariable() } == number)
            }
        }
    }

    @Test func `a count that is longer than 64 bits is refused`() {
        let tooMany = [UInt8](repeating: 0x80, count: 10) + [1]
        let tooHigh = [UInt8](repeating: 0xFF, count: 9) + [2]
        for bytes in [tooMany, tooHigh] {
            #expect(throws: WireError.self) {
                try read(bytes) { try $0.readVariable() }
            }
        }
    }

    @Test func `a count beyond the bytes that are left is refused before anything is reserved`() {
        for count: UInt64 in [2, 1 << 40, UInt64(Int64.max), .max] {
            let bytes = variable(count) + [0x61]
            #expect(throws: WireError.self) { try read(bytes) { try $0.readString() } }
            #expect(throws: WireError.self) { try read(bytes) { try $0.readBytes() } }
            #expect(throws: WireError.self) {
                try read(bytes) { try $0.readList(String.self) }
            }
        }
    }

    @Test func `a count beyond the limit of its field is refused though the bytes are there`() throws {
        var writer = ByteWriter()
        writer.write(["a", "b", "c"])
        let bytes = writer.bytes
        #expect(try read(bytes) { try $0.readList(String.self, limit: 3) }.count == 3)
        #expect(throws: WireError.tooLong(3)) {
            try read(bytes) { try $0.readList(String.self, limit: 2) }
        }
    }

    @Test func `a raw read of a negative or too large number of bytes is truncated`() {
        for count in [-1, 4, Int.max, .min] {
            #expect(throws: WireError.truncated) {
                try read([1, 2, 3]) { try $0.readRaw(count) }
            }
        }
    }

    @Test func `a string that is not UTF-8 is refused`() {
        for bytes: [UInt8] in [[0xFF], [0xC3], [0xED, 0xA0, 0x80], [0xC0, 0xAF]] {
            #expect(throws: WireError.notUTF8) {
                try read([UInt8(bytes.count)] + bytes) { try $0.readString() }
            }
        }
    }

    @Test(arguments: ["", "a", "héllo", "日本語", "a\u{0}b", "👩‍👩‍👧"])
    func `a string comes back`(_ text: String) throws { #expect(try String(decoding: text.encoded) == text) }

    @Test func `a flag is 0 or 1 and nothing else`() throws {
        #expect(try read([0]) { try $0.readFlag() } == false)
        #expect(try read([1]) { try $0.readFlag() } == true)
        for byte in UInt8(2)...255 {
            #expect(throws: WireError.self) { try read([byte]) { try $0.readFlag() } }
        }
    }

    @Test func `a fraction keeps its bits`() throws {
        for number in [0.0, -0.0, 1.5, .infinity, .greatestFiniteMagnitude, .leastNonzeroMagnitude] {
            var writer = ByteWriter()
            writer.write(number)
            let back = try read(writer.bytes) { try $0.readDouble() }
            #expect(back.bitPattern == number.bitPattern)
        }
    }

    @Test func `an optional says whether it is there`() throws {
        var writer = ByteWriter()
        writer.write(String?.none)
        writer.write(String?.some("x"))
        writer.write(optional: nil)
        writer.write(optional: 7)
        var reader = ByteReader(writer.bytes)
        #expect(try reader.readOptional(String.self) == nil)
        #expect(try reader.readOptional(String.self) == "x")
        #expect(try reader.readOptionalNumber() == nil)
        #expect(try reader.readOptionalNumber() == 7)
    }

    @Test func `bytes behind a value are refused`() {
        #expect(throws: WireError.trailingBytes(2)) { try String(decoding: "a".encoded + [0, 0]) }
    }

    @Test func `a reader of a part never reads beyond it`() throws {
        var reader = ByteReader([1, 2, 3, 4, 5, 6], in: 1..<3)
        #expect(reader.remaining == 2)
        #expect(throws: WireError.truncated) { try reader.read(UInt32.self) }
        #expect(try reader.read(UInt8.self) == 2)
        #expect(reader.readRest() == [3])
        #expect(reader.remaining == 0)
    }

    @Test func `a patch overwrites four bytes and nothing beside them`() {
        var writer = ByteWriter()
        for byte in UInt8(0)..<6 { writer.write(byte) }
        writer.patch(0x0A0B_0C0D, at: 1)
        #expect(writer.bytes == [0, 0x0D, 0x0C, 0x0B, 0x0A, 5])
    }

    @Test func `an entity id of an unknown kind is refused`() {
        #expect(throws: WireError.unknownTag("entity kind", 0)) { try EntityID(decoding: [0] + "x".encoded) }
        #expect(throws: WireError.unknownTag("entity kind", 200)) { try EntityID(decoding: [200] + "x".encoded) }
    }
}
