public import Primitives

/// What a replica must know after a restart beside its log (Raft paper, figure 2, "persistent state").
public struct HardState: Hashable, Sendable, WireValue {
    public let term: UInt64
    /// Whom this replica voted for in `term`.
    public let vote: ReplicaID?
    /// An index known to be committed. A hint: it may lag behind, and no write happens for its sake alone.
    public let commit: UInt64

    public static let initial = HardState(term: 0, vote: nil, commit: 0)

    public init(term: UInt64, vote: ReplicaID?, commit: UInt64) {
        self.term = term
        self.vote = vote
        self.commit = commit
    }

    public func encode(into writer: inout ByteWriter) {
        writer.writeVariable(term)
        writer.write(vote)
        writer.writeVariable(commit)
    }

    public init(from reader: inout ByteReader) throws(WireError) {
        term = try reader.readVariable()
        vote = try reader.readOptional(ReplicaID.self)
        commit = try reader.readVariable()
    }
}
