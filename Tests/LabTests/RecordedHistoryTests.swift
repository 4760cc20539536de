import History
import Testing

/// The text of histories; `docs/history-format.md`.
@Suite struct RecordedHistoryTests {
    @Test func `what was written is read again`() throws {
        var made = HandMadeHistory()
        made.wholeCall("c1", with: "ada")
        let history = made.finished()
        var text = try RecordedHistory.encode(history.header) + Array("\n".utf8)
        for line in history.lines { text += try RecordedHistory.encode(line.record) + Array("\n".utf8) }
        #expect(try RecordedHistory(parsing: text) == history)
        // An empty line moves the numbers, and nothing else; the last line feed may be missing.
        #expect(try RecordedHistory(parsing: text.dropLast()) == history)
        #expect(try RecordedHistory(parsing: Array("\n".utf8) + text).lines.first?.number == 3)
    }

    @Test func `the form of a line stays as it is documented`() throws {
        var record = HistoryRecord(.accept, process: "agent:ada", invoked: 10, completed: 25, outcome: .unknown)
        (record.status, record.offer, record.agent, record.conversation) = (504, "o1", "ada", "c1")
        (record.server, record.attempt, record.key) = ("http://127.0.0.1:8081", 2, "k1")
        let text = """
            {"agent":"ada","attempt":2,"completed":25,"conversation":"c1","invoked":10,"key":"k1",\
            "offer":"o1","operation":"accept","outcome":"unknown","process":"agent:ada",\
            "server":"http://127.0.0.1:8081","status":504}
            """
        #expect(String(decoding: try RecordedHistory.encode(record), as: UTF8.self) == text)
    }

    @Test func `what is no history is refused with its line`() throws {
        let header = """
            {"format":"tandem-history","version":1,"startedAt":"","seed":1,"factor":80,"interactions":1,"servers":[]}
            """
        #expect(throws: HistoryError.empty) { try RecordedHistory(parsing: []) }
        #expect(throws: HistoryError.otherFormat("tandem-history version 9")) {
            try RecordedHistory(parsing: header.replacing("\"version\":1", with: "\"version\":9").utf8)
        }
        #expect(throws: HistoryError.malformed(line: 2, "“process” is missing")) {
            try RecordedHistory(parsing: "\(header)\n{}\n".utf8)
        }
        #expect(throws: HistoryError.self) { try RecordedHistory(parsing: "\(header)\nnot json\n".utf8) }
        let long = String(repeating: " ", count: RecordedHistory.lineLimit + 1)
        #expect(throws: HistoryError.self) { try RecordedHistory(parsing: "\(header)\n\(long)\n".utf8) }
    }
}
