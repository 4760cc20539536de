public import Primitives

/// What Raft must know of a snapshot: the last entry that it covers and the configuration there (Raft paper, 7).
///
/// The bytes of the snapshot are the driver's business. A new group starts from a mark at index 0 that carries its
/// first configuration; a replica that joins later starts from ``SnapshotMark/nothing``.
public struct SnapshotMark: Hashable, Sendable, WireValue, CustomStringConvertible {
    public let index: UInt64
    public let term: UInt64
    public let configuration: GroupConfiguration
    /// The index of the entry that brought `configuration`: what the next change has to name as replaced.
    public let configurationIndex: UInt64

    /// The start of a replica that knows nothing yet: it belongs to no configuration and campaigns for nothing.
    public static let nothing = SnapshotMark(index: 0, term: 0, configuration: .nobody, configurationIndex: 0)

    public init(index: UInt64, term: UInt64, configuration: GroupConfiguration, configurationIndex: UInt64) {
        self.index = index
        self.term = term
        self.configuration = configuration
        self.configurationIndex = configurationIndex
    }

    /// The start of every first replica of a new group.
    public init(founding configuration: GroupConfiguration) {
        self.init(index: 0, term: 0, configuration: configuration, configurationIndex: 0)
    }

    public var position: LogPosition { LogPosition(index: index, term: term) }
    public var description: String { "\(position) of \(configuration)" }

    public func encode(into writer: inout ByteWriter) {
        writer.writeVariable(index)
        writer.writeVariable(term)
        writer.write(configuration)
        writer.writeVariable(configurationIndex)
    }

    public init(from reader: inout ByteReader) throws(WireError) {
        index = try reader.readVariable()
        term = try reader.readVariable()
        configuration = try reader.read()
        configurationIndex = try reader.readVariable()
    }
}
