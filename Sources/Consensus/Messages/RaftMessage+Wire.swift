public import Primitives

extension RaftMessage: WireValue {
    public func encode(into writer: inout ByteWriter) {
        writer.write(from)
        writer.write(to)
        writer.writeVariable(term)
        writer.write(body)
    }

    public init(from reader: inout ByteReader) throws(WireError) {
        self.init(
            from: try reader.read(), to: try reader.read(), term: try reader.readVariable(), body: try reader.read())
    }
}

extension RaftMessage.Body: WireValue {
    private var tag: UInt8 {
        switch self {
        case .preVote: 1
        case .preVoteAnswer: 2
        case .requestVote: 3
        case .voteAnswer: 4
        case .append: 5
        case .appendAccepted: 6
        case .appendRejected: 7
        case .heartbeat: 8
        case .heartbeatAnswer: 9
        case .timeoutNow: 10
        }
    }

    public func encode(into writer: inout ByteWriter) {
        writer.write(tag)
        switch self {
        case .preVote(let last):
            writer.write(last)
        case .preVoteAnswer(let campaign, let granted):
            writer.writeVariable(campaign)
            writer.write(granted)
        case .requestVote(let last, let isForced):
            writer.write(last)
            writer.write(isForced)
        case .voteAnswer(let granted):
            writer.write(granted)
        case .append(let previous, let entries, let commit):
            writer.write(previous)
            writer.writeVariable(commit)
            writer.write(entries)
        case .appendAccepted(let match):
            writer.writeVariable(match)
        case .appendRejected(let previous, let hint, let lostEntries):
            writer.writeVariable(previous)
            writer.write(hint)
            writer.write(lostEntries)
        case .heartbeat(let commit, let round), .heartbeatAnswer(let commit, let round):
            writer.writeVariable(commit)
            writer.writeVariable(round)
        case .timeoutNow:
            break
        }
    }

    public init(from reader: inout ByteReader) throws(WireError) {
        switch try reader.read(UInt8.self) {
        case 1: self = .preVote(last: try reader.read())
        case 2: self = .preVoteAnswer(campaign: try reader.readVariable(), granted: try reader.readFlag())
        case 3: self = .requestVote(last: try reader.read(), isForced: try reader.readFlag())
        case 4: self = .voteAnswer(granted: try reader.readFlag())
        case 5:
            let previous = try reader.read(LogPosition.self)
            let commit = try reader.readVariable()
            self = .append(
                previous: previous, entries: try reader.readList(limit: RaftMessage.entryLimit), commit: commit)
        case 6: self = .appendAccepted(match: try reader.readVariable())
        case 7:
            self = .appendRejected(
                previous: try reader.readVariable(), hint: try reader.read(), lostEntries: try reader.readFlag())
        case 8: self = .heartbeat(commit: try reader.readVariable(), round: try reader.readVariable())
        case 9: self = .heartbeatAnswer(commit: try reader.readVariable(), round: try reader.readVariable())
        case 10: self = .timeoutNow
        case let tag: throw .unknownTag("Raft message", Int(tag))
        }
    }
}
