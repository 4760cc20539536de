import Consensus
import Foundation
import Testing

/// Scripted runs: each file holds commands (`> command`) and what they must bring about.
///
/// With REWRITE_TRANSCRIPTS=1 in the environment the files are written anew; a person then reads the difference.
@Suite struct TranscriptTests {
    private static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .appendingPathComponent("Transcripts")
    private static let rewrites = ProcessInfo.processInfo.environment["REWRITE_TRANSCRIPTS"] == "1"

    @Test func `every transcript comes out as written`() throws {
        let names = try FileManager.default.contentsOfDirectory(atPath: Self.folder.path)
            .filter { $0.hasSuffix(".txt") }.sorted()
        #expect(names.count >= 15)
        for name in names {
            let file = Self.folder.appendingPathComponent(name)
            let expected = try String(contentsOf: file, encoding: .utf8)
            let actual = try Self.play(expected)
            if Self.rewrites {
                try actual.write(to: file, atomically: true, encoding: .utf8)
            } else {
                let difference = Self.difference(expected, actual)
                #expect(difference == nil, "\(name): \(difference ?? "")")
            }
        }
    }

    @Test func `a changed transcript is noticed`() throws {
        let script = "> members 1\n> elect 1\n"
        let played = try Self.play(script)
        #expect(Self.difference(played, played) == nil)
        #expect(Self.difference(played.replacing("leader of t1", with: "leader of t2"), played) != nil)
    }

    /// The script with the output of each command behind it.
    private static func play(_ script: String) throws -> String {
        let cluster = ScriptedCluster()
        cluster.settings.electionJitterTicks = 0
        var lines: [String] = []
        for line in script.split(separator: "\n", omittingEmptySubsequences: false) {
            if line.hasPrefix("#") || line.isEmpty { lines.append(String(line)) }
            guard line.hasPrefix("> ") else { continue }
            lines.append(String(line))
            cluster.output = []
            let command = line.dropFirst(2)
            try cluster.run(String(command.hasPrefix("quiet ") ? command.dropFirst(6) : command))
            if !command.hasPrefix("quiet ") { lines += cluster.output }
        }
        while lines.last?.isEmpty == true { lines.removeLast() }
        return lines.joined(separator: "\n") + "\n"
    }

    private static func difference(_ expected: String, _ actual: String) -> String? {
        let wanted = expected.split(separator: "\n")
        let found = actual.split(separator: "\n")
        for number in 0..<max(wanted.count, found.count) {
            let left = number < wanted.count ? wanted[number] : "(end)"
            let right = number < found.count ? found[number] : "(end)"
            if left != right { return "line \(number + 1): expected \"\(left)\", found \"\(right)\"" }
        }
        return nil
    }
}
