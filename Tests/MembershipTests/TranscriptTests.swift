import Foundation
import Testing

/// Scripted runs of one member: each file holds commands (`> command`) and what they must bring about.
///
/// With REWRITE_TRANSCRIPTS=1 in the environment the files are written anew; a person then reads the difference.
@Suite struct TranscriptTests {
    private static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .appendingPathComponent("Transcripts")

    private static let names: [String] =
        ((try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []).filter { $0.hasSuffix(".txt") }
        .sorted()

    @Test func `there are transcripts`() { #expect(Self.names.count >= 8) }

    @Test(arguments: names) func `comes out as written`(name: String) throws {
        let file = Self.folder.appendingPathComponent(name)
        let expected = try String(contentsOf: file, encoding: .utf8)
        var member = ScriptedMember()
        var lines: [String] = []
        for line in expected.split(separator: "\n", omittingEmptySubsequences: false).map(String.init) {
            if line.hasPrefix("#") || line.isEmpty { lines.append(line) }
            guard line.hasPrefix("> ") else { continue }
            lines.append(line)
            lines += try member.run(String(line.dropFirst(2)))
        }
        while lines.last?.isEmpty == true { lines.removeLast() }
        let actual = lines.joined(separator: "\n") + "\n"
        if ProcessInfo.processInfo.environment["REWRITE_TRANSCRIPTS"] == "1" {
            try actual.write(to: file, atomically: true, encoding: .utf8)
        } else {
            #expect(actual == expected)
        }
    }
}
