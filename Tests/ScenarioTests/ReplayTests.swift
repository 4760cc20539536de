import JSONDocuments
import Scenarios
import Testing

/// The entities that a node links, on the files that were computed by hand.
@Suite struct ReplayTests {
    /// What the engine does not tell yet.
    private static let notTold: Set<String> = ["estimates"]

    /// Files with rules that the engine does not have yet. Only ever shorter.
    private static let notPlayed = 60

    @Test(arguments: ScenarioFiles.all) func `the engine comes to what was computed by hand`(
        file: ScenarioFiles.File
    ) throws {
        let (scenario, expect) = try Scenario.read(file.bytes)
        let told = JSONValue.object((try #require(expect).members ?? []).filter { !Self.notTold.contains($0.name) })
        let result: ScenarioResult
        do { result = try Replay.play(scenario) } catch { return }
        let differences = result.differences(from: told)
        #expect(differences.isEmpty, "\(differences.joined(separator: "\n"))")
    }

    @Test func `the files that the engine cannot play are counted`() throws {
        var missing: [String: Int] = [:]
        var count = 0
        for file in ScenarioFiles.all {
            do { _ = try Replay.play(Scenario.read(file.bytes).0) } catch let error as ReplayError {
                count += 1
                for rule in error.rules { missing[rule, default: 0] += 1 }
            }
        }
        #expect(count == Self.notPlayed, "\(missing.sorted { $0.key < $1.key })")
    }
}
