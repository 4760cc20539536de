/// Cuts the bytes of an event stream into events (HTML Living Standard, section 9.2.6).
///
/// Lines end with LF, CR or CRLF, also when the two bytes come in different reads. Comments and `retry` are dropped.
struct ServerSentEventParser {
    /// A line or an event grew beyond the limit. The parser is of no further use.
    struct TooLarge: Error {}

    private let limit: Int
    private var line: [UInt8] = []
    private var lastWasCarriageReturn = false
    private var isFirstLine = true
    private var lastID: String?
    private var type = ""
    private var data: [UInt8] = []
    private var hasData = false

    /// - Parameter limit: most bytes of one line and of one event's data.
    init(limit: Int = ClientLimits.eventBytes) {
        self.limit = limit
    }

    /// Takes the next bytes and returns the events that they complete.
    mutating func consume(_ bytes: some Sequence<UInt8>) throws(TooLarge) -> [ServerSentEvent] {
        var events: [ServerSentEvent] = []
        for byte in bytes {
            let followsCarriageReturn = lastWasCarriageReturn
            lastWasCarriageReturn = byte == UInt8(ascii: "\r")
            if byte == UInt8(ascii: "\n") && followsCarriageReturn { continue }
            if byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r") {
                if let event = try endLine() { events.append(event) }
            } else {
                guard line.count < limit else { throw TooLarge() }
                line.append(byte)
            }
        }
        return events
    }

    private mutating func endLine() throws(TooLarge) -> ServerSentEvent? {
        defer { line.removeAll(keepingCapacity: true) }
        var content = line[...]
        if isFirstLine {
            isFirstLine = false
            if content.starts(with: [0xEF, 0xBB, 0xBF]) { content = content.dropFirst(3) }
        }
        if content.isEmpty { return dispatch() }
        let name: ArraySlice<UInt8>
        var value: ArraySlice<UInt8> = []
        if let colon = content.firstIndex(of: UInt8(ascii: ":")) {
            name = content[..<colon]
            value = content[(colon + 1)...]
            if value.first == UInt8(ascii: " ") { value = value.dropFirst() }
        } else {
            name = content
        }
        try setField(String(decoding: name, as: UTF8.self), to: value)
        return nil
    }

    private mutating func setField(_ name: String, to value: ArraySlice<UInt8>) throws(TooLarge) {
        switch name {
        case "event":
            type = String(decoding: value, as: UTF8.self)
        case "data":
            guard data.count + value.count < limit else { throw TooLarge() }
            if hasData { data.append(UInt8(ascii: "\n")) }
            hasData = true
            data.append(contentsOf: value)
        case "id":
            if !value.contains(0) { lastID = value.isEmpty ? nil : String(decoding: value, as: UTF8.self) }
        default:
            break  // a comment (empty name), `retry`, or a field of a later standard
        }
    }

    private mutating func dispatch() -> ServerSentEvent? {
        defer {
            type = ""
            data.removeAll(keepingCapacity: true)
            hasData = false
        }
        guard hasData else { return nil }
        let text = String(decoding: data, as: UTF8.self)
        return ServerSentEvent(id: lastID, event: type.isEmpty ? "message" : type, data: text)
    }
}
