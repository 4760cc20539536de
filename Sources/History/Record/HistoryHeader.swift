/// The first line of a client history: what was recorded, and how.
public struct HistoryHeader: Sendable, Equatable, Codable {
    /// The value of ``format`` in every history.
    public static let formatName = "tandem-history"
    /// The version that this program writes, and the only one that it reads.
    public static let currentVersion = 1

    public var format: String
    public var version: Int
    /// Wall-clock time of the start, RFC 3339 in UTC; for people only.
    public var startedAt: String
    public var seed: UInt64
    /// Arrival, patience and handle times were divided by this.
    public var factor: Double
    public var interactions: Int
    public var servers: [String]

    public init(startedAt: String, seed: UInt64, factor: Double, interactions: Int, servers: [String]) {
        format = Self.formatName
        version = Self.currentVersion
        self.startedAt = startedAt
        self.seed = seed
        self.factor = factor
        self.interactions = interactions
        self.servers = servers
    }
}
