import NIOCore

/// What every recording client of one run shares.
struct DemoContext: Sendable {
    /// Begins every key of the run, so that two runs against one cluster never share a key.
    let name: String
    let clock: LabClock
    let recorder: HistoryRecorder
    let servers: [String]
    let authorityFile: String?
    let group: any EventLoopGroup
    /// Arrival, patience and handle times are divided by this.
    let factor: Double
}
