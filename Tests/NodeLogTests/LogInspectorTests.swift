import CLZ4
import NodeLog
import Testing

/// What operators see of a log.
@Suite struct LogInspectorTests {
    @Test func `every record is described, damaged ones too`() throws {
        let disk = MemoryDisk()
        _ = try Sample.written(to: disk)
        var lines: [String] = []
        try LogInspector(disk).describe { lines.append($0.description) }
        #expect(lines.count >= 12)
        #expect(lines.first == "segment 1, byte 4096: state of group 1, term 1, index 1, 58 bytes")
        #expect(
            lines.contains {
                $0.contains("entries of group 3, term 5, index 1, 2 entries, ") && $0.contains(" bytes in ")
            })
        try #require(disk.files[LogPath.segment(1)]).bytes[LogLimits.page + 85] ^= 1
        try #require(disk.files[LogPath.segment(1)]).bytes[LogLimits.page + 145] ^= 1
        lines = []
        try LogInspector(disk).describe { lines.append($0.description) }
        #expect(lines[0].hasSuffix("payload DAMAGED"))
        #expect(lines[1].hasSuffix("bytes that are no record"))
    }

    @Test func `verify reports what recovery would find, and changes nothing`() throws {
        let disk = MemoryDisk()
        _ = try Sample.written(to: disk)
        #expect(try LogInspector(disk).verify().report.findings.isEmpty)
        try #require(disk.files[LogPath.segment(1)]).bytes[LogLimits.page + 400] ^= 1
        let files = disk.files.mapValues(\.bytes)
        let report = try LogInspector(disk).verify().report
        #expect(report.hasDamage && "\(report)".contains("damaged: segment 1, byte "))
        #expect(disk.files.mapValues(\.bytes) == files)
    }

    @Test func `an export is one LZ4 frame with the payloads`() throws {
        let disk = MemoryDisk()
        _ = try Sample.written(to: disk)
        let collected = Collected()
        let (records, damaged) = try LogInspector(disk).export { collected.bytes += $0 }
        #expect(damaged == 0)
        #expect(collected.bytes.little32(at: 0) == 0x184D_2204, "the frame's magic number (LZ4 frame format 1.6)")
        let raw = try #require(Self.unframe(collected.bytes))
        var place = 0
        var count = 0
        var entries = 0
        while place < raw.count {
            let length = Int(raw.little32(at: place))
            #expect(length >= LogInspector.exportPrefix)
            if raw[place + 4] == RecordType.entries.rawValue { entries += Int(raw.little32(at: place + 25)) }
            place += 4 + length
            count += 1
        }
        #expect(place == raw.count && count == records && entries == 14)
    }

    private final class Collected {
        var bytes: [UInt8] = []
    }

    /// The content of a frame, by the library's own reader.
    private static func unframe(_ frame: [UInt8]) -> [UInt8]? {
        var context: OpaquePointer?
        guard LZ4F_isError(LZ4F_createDecompressionContext(&context, UInt32(LZ4F_VERSION))) == 0 else { return nil }
        defer { LZ4F_freeDecompressionContext(context) }
        var target = [UInt8](repeating: 0, count: 1 << 20)
        var length = target.count
        var consumed = frame.count
        let code = LZ4F_decompress(context, &target, &length, frame, &consumed, nil)
        return code == 0 && consumed == frame.count ? Array(target.prefix(length)) : nil
    }
}
