import ArgumentParser

/// The laboratory of Tandem: plays a centre against a cluster, and checks what was seen.
@main
struct TandemLab: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tandem-lab",
        abstract: "Plays a contact centre against a cluster and checks what its clients saw.",
        subcommands: [
            Demo.self, Verify.self, Simulate.self, Planted.self, Boundaries.self, ReplayCommand.self, Chaos.self,
        ])
}
