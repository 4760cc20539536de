import ArgumentParser
import CLZ4
import Dispatch
import Foundation
import NodeLog

/// The log's own path with LZ4 (framing, checksums, blocks, written to memory) beside the library alone, on one thread
/// and the same blocks of about 64 KiB.
struct Compress: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "LZ4 in the log, beside the library alone.")
    @Option(help: "File of payloads.") var payloads: String
    @Option(help: "Bytes of a payload.") var payloadBytes = 300
    @Option(help: "MiB of payloads.") var mebibytes = 128

    private static let entriesPerRecord = 210

    func run() async throws {
        let payloads = try Payloads(payloads, payloadBytes)
        let records = (mebibytes << 20) / (payloadBytes * Self.entriesPerRecord)
        let bytes = Double(records * Self.entriesPerRecord * payloadBytes)
        let compressed = try appendSeconds(payloads, records, compresses: true)
        let plain = try appendSeconds(payloads, records, compresses: false)
        let (library, ratio) = try librarySeconds(payloads, records)
        print(
            #"{"logLZ4":\#(bytes / compressed / 1e6),"logPlain":\#(bytes / plain / 1e6),"#
                + #""liblz4":\#(bytes / library / 1e6),"ratio":\#(ratio)}"#)
    }

    private func appendSeconds(_ payloads: Payloads, _ records: Int, compresses: Bool) throws -> Double {
        let (log, _) = try WriteAheadLog.open(
            MemoryDisk(), identity: NodeIdentity(cluster: LogNode.cluster, node: "n1", generation: 1),
            settings: LogSettings(segmentBytes: 2 * mebibytes << 20, compresses: compresses, reserveFreeBytes: 0))
        defer { log.close() }
        try log.append([.hardState(group: 0, StoredHardState(term: 1, vote: 1, commit: 0))])
        var total: UInt64 = 0
        for record in 0..<records {
            let entries = (0..<Self.entriesPerRecord).map { number in
                let place = record * Self.entriesPerRecord + number
                return StoredEntry(index: UInt64(place + 1), term: 1, kind: 0, payload: payloads[place])
            }
            let begin = DispatchTime.now().uptimeNanoseconds
            try log.append([.entries(group: 0, entries)])
            _ = try log.sync()
            total += DispatchTime.now().uptimeNanoseconds - begin
        }
        return Double(total) / 1e9
    }

    private func librarySeconds(_ payloads: Payloads, _ records: Int) throws -> (seconds: Double, ratio: Double) {
        let length = payloadBytes * Self.entriesPerRecord
        var target = [CChar](repeating: 0, count: Int(LZ4_compressBound(Int32(length))))
        var total: UInt64 = 0
        var packed = 0
        for record in 0..<records {
            let block = (0..<Self.entriesPerRecord).flatMap { payloads[record * Self.entriesPerRecord + $0] }
                .map { CChar(bitPattern: $0) }
            let begin = DispatchTime.now().uptimeNanoseconds
            let written = LZ4_compress_default(block, &target, Int32(length), Int32(target.count))
            total += DispatchTime.now().uptimeNanoseconds - begin
            guard written > 0 else { throw BenchError("the library could not compress a block") }
            packed += Int(written)
        }
        return (Double(total) / 1e9, Double(records * length) / Double(packed))
    }
}

/// A disk in memory whose syncs cost nothing, so that only the processor's part is measured.
private final class MemoryDisk: Disk {
    private final class File: DiskFile {
        var bytes: [UInt8] = []
        func size() throws(DiskError) -> UInt64 { UInt64(bytes.count) }
        func preallocate(_ count: UInt64) throws(DiskError) { grow(Int(count)) }
        func read(at offset: UInt64, count: Int) throws(DiskError) -> [UInt8] {
            let from = min(Int(offset), bytes.count)
            return Array(bytes[from..<min(from + count, bytes.count)])
        }
        func write(_ new: [UInt8], at offset: UInt64) throws(DiskError) {
            grow(Int(offset) + new.count)
            bytes.withUnsafeMutableBytes { all in
                UnsafeMutableRawBufferPointer(rebasing: all[Int(offset)..<Int(offset) + new.count]).copyBytes(from: new)
            }
        }
        func sync() throws(DiskError) {}
        func close() {}
        private func grow(_ count: Int) {
            if bytes.count < count { bytes += [UInt8](repeating: 0, count: count - bytes.count) }
        }
    }

    private var files: [String: File] = [:]

    func open(_ path: String, creating: Bool) throws(DiskError) -> any DiskFile {
        if let file = files[path] { return file }
        guard creating else { throw .notFound(path) }
        let file = File()
        files[path] = file
        return file
    }
    func createDirectory(_ path: String) throws(DiskError) {}
    func list(_ path: String) throws(DiskError) -> [String] {
        files.keys.filter { $0.hasPrefix("\(path)/") }.map { String($0.dropFirst(path.count + 1)) }
            .filter { !$0.contains("/") }.sorted()
    }
    func rename(_ path: String, to newPath: String) throws(DiskError) {
        guard let file = files.removeValue(forKey: path) else { throw .notFound(path) }
        files[newPath] = file
    }
    func remove(_ path: String) throws(DiskError) { files[path] = nil }
    func syncDirectory(_ path: String) throws(DiskError) {}
    func freeBytes() throws(DiskError) -> UInt64 { .max }
    func lock(_ path: String) throws(DiskError) {}
}
