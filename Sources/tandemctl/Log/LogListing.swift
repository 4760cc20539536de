import Foundation
import NodeLog

/// The records of a log as text, written while they are read: a log may be larger than memory.
package struct LogListing {
    private let group: UInt32?
    private let showsPayload: Bool

    private static let titles = ["SEGMENT:BYTE", "RECORD", "GROUP", "TERM", "INDEX", "ENTRIES", "BYTES", "STORED"]
    private static let widths = [14, 9, 6, 8, 12, 8, 9, 9]
    private static let bytesPerLine = 16

    /// - Parameter group: leaves out records of other groups; stretches without a record stay in.
    package init(group: UInt32? = nil, showsPayload: Bool = false) {
        self.group = group
        self.showsPayload = showsPayload
    }

    /// Hands `say` the title, then a line for each record, then a sum.
    package func writeTable(_ directory: LogDirectory, say: (String) -> Void) throws(CommandFailure) {
        say("\(TextTable.printable("\(directory.identity)"))")
        say(Self.row(Self.titles))
        var shown = 0
        var damaged = 0
        try walk(directory) { record in
            shown += 1
            let place = "\(record.position.segment):\(record.position.offset)"
            guard let content = record.content else {
                damaged += 1
                say(Self.row([place, "DAMAGED"]) + " \(record.length) bytes that are no record")
                return
            }
            if content.payload == nil { damaged += 1 }
            let cells = [
                place, content.type, "\(content.group)", "\(content.term)", "\(content.index)", "\(content.count)",
                "\(content.rawBytes)", "\(content.storedBytes)",
            ]
            say(Self.row(cells) + (content.payload == nil ? " payload DAMAGED" : ""))
            if showsPayload, let payload = content.payload { Self.sayPayload(payload, content, say) }
        }
        say("\(shown) records" + (damaged == 0 ? "" : ", \(damaged) of them damaged"))
    }

    /// Hands `say` the pieces of one JSON value.
    package func writeJSON(_ directory: LogDirectory, say: (String) -> Void) throws(CommandFailure) {
        let identity = directory.identity
        let head = JSONValue.object([
            "cluster": .string(identity.cluster), "node": .string(identity.node),
            "generation": .number(Double(identity.generation)),
        ])
        say("{\"identity\":\(Self.text(head)),\"records\":[")
        var waiting: String?
        try walk(directory) { record in
            if let waiting { say(waiting + ",") }
            waiting = Self.text(json(record))
        }
        if let waiting { say(waiting) }
        say("]}")
    }

    private func walk(
        _ directory: LogDirectory, _ body: (LogInspector.Described) -> Void
    ) throws(CommandFailure) {
        do {
            try directory.inspector.describe { record in
                if let group, let content = record.content, content.group != group { return }
                body(record)
            }
        } catch {
            throw LogDirectory.failure(error, directory.path)
        }
    }

    private func json(_ record: LogInspector.Described) -> JSONValue {
        var fields: [String: JSONValue] = [
            "position": record.position.json, "length": .number(Double(record.length)),
            "isDamaged": .bool(record.content?.payload == nil),
        ]
        if let content = record.content {
            fields["type"] = .string(content.type)
            fields["group"] = .number(Double(content.group))
            fields["term"] = .number(Double(content.term))
            fields["index"] = .number(Double(content.index))
            fields["entries"] = .number(Double(content.count))
            fields["rawBytes"] = .number(Double(content.rawBytes))
            fields["storedBytes"] = .number(Double(content.storedBytes))
            fields["isCompressed"] = .bool(content.isCompressed)
            fields["durable"] = content.durable.json
            if showsPayload, let payload = content.payload {
                fields["payload"] = .string(Data(payload).base64EncodedString())
            }
        }
        return .object(fields)
    }

    private static func text(_ value: JSONValue) -> String {
        (try? value.json()).map { String(decoding: $0, as: UTF8.self) } ?? "null"
    }

    private static func row(_ cells: [String]) -> String {
        zip(cells, widths).map { cell, width in cell + String(repeating: " ", count: max(0, width - cell.count)) }
            .joined(separator: " ")
    }

    /// Entries apart, anything else as one piece.
    private static func sayPayload(
        _ payload: [UInt8], _ content: LogInspector.Described.Content, _ say: (String) -> Void
    ) {
        guard content.count > 0, let entries = LogEntries(payload, count: content.count) else {
            return dump(payload[...], say)
        }
        say("    commit \(entries.commit)")
        for (number, entry) in entries.entries.enumerated() {
            let index = content.index &+ UInt64(number)
            say("    entry \(index), kind \(entry.kind), \(entry.bytes.count) bytes")
            dump(entry.bytes, say)
        }
    }

    private static func dump(_ bytes: ArraySlice<UInt8>, _ say: (String) -> Void) {
        for start in stride(from: bytes.startIndex, to: bytes.endIndex, by: bytesPerLine) {
            let part = bytes[start..<min(start + bytesPerLine, bytes.endIndex)]
            let digits = part.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined(separator: " ")
            let signs = String(
                decoding: part.map { (0x20..<0x7F).contains($0) ? $0 : UInt8(ascii: ".") }, as: UTF8.self)
            let gap = String(repeating: " ", count: 3 * bytesPerLine - digits.count + 1)
            say("      \(digits)\(gap)\(signs)")
        }
    }
}
