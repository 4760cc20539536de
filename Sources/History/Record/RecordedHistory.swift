import Foundation

/// A client history, read from its text.
public struct RecordedHistory: Sendable, Equatable {
    /// A record and where it stands.
    public struct Line: Sendable, Equatable {
        /// 1 for the header's line.
        public var number: Int
        public var record: HistoryRecord

        public init(number: Int, record: HistoryRecord) {
            self.number = number
            self.record = record
        }
    }

    /// Longest line that is read, in bytes.
    public static let lineLimit = 64 * 1024

    public var header: HistoryHeader
    /// In the order of the file, which is about that of completion.
    public var lines: [Line]

    public init(header: HistoryHeader, lines: [Line]) {
        self.header = header
        self.lines = lines
    }

    /// Reads JSON lines, UTF-8; empty lines are skipped.
    /// - Throws: ``HistoryError`` for the first line that cannot be read.
    public init(parsing text: some Sequence<UInt8>) throws(HistoryError) {
        let decoder = JSONDecoder()
        var header: HistoryHeader?
        var lines: [Line] = []
        var number = 0
        var pending: [UInt8] = []
        func take() throws(HistoryError) {
            number += 1
            defer { pending.removeAll(keepingCapacity: true) }
            if pending.isEmpty { return }
            let data = Data(pending)
            if header == nil {
                header = try Self.header(data, decoder, number)
            } else {
                lines.append(Line(number: number, record: try Self.decode(HistoryRecord.self, data, decoder, number)))
            }
        }
        for byte in text {
            if byte == UInt8(ascii: "\n") {
                try take()
            } else {
                pending.append(byte)
                guard pending.count <= Self.lineLimit else {
                    throw .malformed(line: number + 1, "longer than \(Self.lineLimit) bytes")
                }
            }
        }
        if !pending.isEmpty { try take() }
        guard let header else { throw .empty }
        self.init(header: header, lines: lines)
    }

    /// The text of one line, without the line feed.
    public static func encode(_ value: some Encodable) throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return Array(try encoder.encode(value))
    }

    private static func header(
        _ data: Data, _ decoder: JSONDecoder, _ number: Int
    ) throws(HistoryError) -> HistoryHeader {
        let header = try decode(HistoryHeader.self, data, decoder, number)
        guard header.format == HistoryHeader.formatName, header.version == HistoryHeader.currentVersion else {
            throw .otherFormat("\(header.format) version \(header.version)")
        }
        return header
    }

    private static func decode<Value: Decodable>(
        _ type: Value.Type, _ data: Data, _ decoder: JSONDecoder, _ number: Int
    ) throws(HistoryError) -> Value {
        do {
            return try decoder.decode(type, from: data)
        } catch {
            throw .malformed(line: number, reason(error))
        }
    }

    private static func reason(_ error: any Error) -> String {
        guard let error = error as? DecodingError else { return "\(error)" }
        switch error {
        case .keyNotFound(let key, _): return "“\(key.stringValue)” is missing"
        case .typeMismatch(_, let context), .valueNotFound(_, let context), .dataCorrupted(let context):
            let path = context.codingPath.map(\.stringValue).joined(separator: ".")
            return (path.isEmpty ? "" : "“\(path)”: ") + context.debugDescription
        @unknown default: return "\(error)"
        }
    }
}
