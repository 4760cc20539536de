import Scenarios
import Testing

/// Every file's expectation, computed by hand, is what comes out.
@Suite struct ScenarioTests {
    @Test(arguments: ScenarioFiles.all) func `the plainest player comes to what was computed by hand`(
        file: ScenarioFiles.File
    ) throws {
        let (scenario, expect) = try Scenario.read(file.bytes)
        let differences = ReferencePlayer.play(scenario).differences(from: try #require(expect))
        #expect(differences.isEmpty, "\(differences.joined(separator: "\n"))")
    }
}
