/// What the writer knows of a group: enough to check and frame the next items, and to say when a segment is done with.
struct GroupTail: Sendable {
    var state = GroupState()
    var terms = TermIndex()
    /// The segment with the newest state record of the group.
    var stateSegment: UInt32 = 0
    /// Its place in the votes file; `nil` before the first vote.
    var voteBlock: Int?
    var voteSequence: UInt64 = 0
}
