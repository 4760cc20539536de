import History
import Testing

/// The form of arrival files, as `cluster-config/make-morning.py` describes it.
@Suite struct ArrivalFileTests {
    private func file(_ lines: String...) throws -> ArrivalFile {
        try ArrivalFile(parsing: ([ArrivalFile.heading] + lines).joined(separator: "\n") + "\n")
    }

    @Test func `a line becomes an arrival`() throws {
        let arrivals = try file("1.500,sales,voice,english;orders:2.5,5,60.0,120.0").arrivals
        let skills = [Arrival.Skill(id: "english"), Arrival.Skill(id: "orders", minimumProficiency: 2.5)]
        #expect(
            arrivals == [
                Arrival(
                    at: 1.5, queue: "sales", mediaType: "voice", skills: skills, priority: 5, patienceSeconds: 60,
                    handleSeconds: 120)
            ])
    }

    @Test(arguments: [
        "1,sales,voice,english,0,60", "x,sales,voice,english,0,60,60", "-1,sales,voice,english,0,60,60",
        "1,sales,voice,english,high,60,60", "1,sales,voice,english:9,0,60,60", "1,sales,voice,a:b:c,0,60,60",
        "1,sales,voice,english,0,nan,60", "1,sales,voice,english,0,60,inf",
    ])
    func `a line that cannot be used is named`(_ line: String) {
        let error = #expect(throws: ArrivalFileError.self) { try file("0,sales,voice,english,0,60,60", line) }
        guard case .line(3, _) = error else {
            Issue.record("\(line): \(String(describing: error))")
            return
        }
    }

    @Test func `a file without heading, lines or order is refused`() {
        #expect(throws: ArrivalFileError.heading) { try ArrivalFile(parsing: "at,queue\n") }
        #expect(throws: ArrivalFileError.empty) { try file() }
        #expect(throws: ArrivalFileError.order(line: 3)) {
            try file("2,sales,voice,,0,60,60", "1,sales,voice,,0,60,60")
        }
    }

    @Test func `a file that is too short begins again behind its end`() throws {
        let file = try file("10,sales,voice,,0,60,60", "30,sales,chat,,0,60,60")
        #expect(file.first(1).map(\.at) == [10])
        #expect(file.first(5).map(\.at) == [10, 30, 55, 75, 100])
        #expect(file.first(4).map(\.mediaType) == ["voice", "chat", "voice", "chat"])
        #expect(file.first(0).isEmpty)
    }
}
